//! The C headers. `libwebsockets.h` is put together from hand-written C (`src/abi/*.h.in`: what Rust cannot express),
//! the enums of `src/abi`, and what cbindgen makes of the constants, callback types and structs there and of the
//! functions in `src/capi`. A file is written only when its content changes, so that a build leaves a clean tree clean
//! and works where the sources are read-only.

use std::{fmt::Write as _, fs, path::Path};

use cbindgen::{Builder, Config, ItemType};

use crate::{
    records,
    source::{self, Names, Source},
};

/// 4.1.6 installs its parts as headers of their own. Ours are one file; these names forward to it.
const FORWARDERS: &str = "src/abi/forwarders.txt";
const OWN_PREFIX: &str = "lwsx_";

pub fn write_all(root: &Path) {
    let include = root.join("include");
    write(&include.join("libwebsockets.h"), &libwebsockets_h(root));
    write(&include.join("lws_config.h"), &input(root, "src/abi/lws_config.h.in"));
    for name in input(root, FORWARDERS).lines() {
        let text = format!("/* Part of 4.1.6's header set; everything is in libwebsockets.h. */\n#include <{MAIN}>\n");
        write(&include.join("libwebsockets").join(name), &text);
    }
}

const MAIN: &str = "libwebsockets.h";

fn libwebsockets_h(root: &Path) -> String {
    let abi = source::read_dir(&root.join("src/abi"));
    let capi = source::read_dir(&root.join("src/capi"));
    let generator = Generator {
        config: Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml"),
        names: Names::of(&abi),
        abi,
        capi,
    };
    let mut out = input(root, "src/abi/head.h.in");
    generator.tags(&mut out);
    out += &input(root, "src/abi/types.h.in");
    generator.rooms(&mut out);
    out += &input(root, "src/abi/function_types.h.in");
    section(&mut out, "Callback types and names of types");
    out += &generator.typedefs();
    section(&mut out, "Structs");
    out += &generator.records();
    out += &input(root, "src/abi/bitfields.h.in");
    section(&mut out, "Functions");
    out += &generator.functions(false);
    if root.join(crate::VARARGS).exists() {
        out += &input(root, "src/abi/varargs.h.in");
    }
    out += &input(root, "src/abi/macros.h.in");
    section(&mut out, "Additions of this implementation (prefix lwsx_): not in libwebsockets 4.1.6");
    generator.room("lwsx.rs", &mut out);
    out += &generator.functions(true);
    out += &input(root, "src/abi/tail.h.in");
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out
}

struct Generator {
    config: Config,
    names: Names,
    abi: Vec<Source>,
    capi: Vec<Source>,
}

impl Generator {
    /// Every struct by name first, so that the order of what follows does not matter for pointers.
    fn tags(&self, out: &mut String) {
        section(out, "Names of structs and unions");
        for item in &self.names.opaque {
            let comment: Vec<&str> = item.comment.iter().map(String::as_str).collect();
            crate::c_enum::push_comment(out, &comment, "");
            let _ = writeln!(out, "struct {};", item.name);
        }
        for record in &self.names.records {
            let _ = writeln!(out, "{};", record.declaration());
        }
    }

    /// Enums and constants, file by file.
    fn rooms(&self, out: &mut String) {
        for source in &self.abi {
            if !source.path.ends_with("lwsx.rs") {
                self.room_of(source, out);
            }
        }
    }

    fn room(&self, file: &str, out: &mut String) {
        for source in self.abi.iter().filter(|source| source.path.ends_with(file)) {
            self.room_of(source, out);
        }
    }

    fn room_of(&self, source: &Source, out: &mut String) {
        let enums = crate::c_enum::CEnum::all_in(source);
        let constants = self.run(std::slice::from_ref(source), &[ItemType::Constants], &[], |_| {});
        if enums.is_empty() && constants.is_empty() {
            return;
        }
        if !source.path.ends_with("lwsx.rs") {
            section(out, &source.title());
        }
        for item in enums {
            *out += &item.text;
            out.push('\n');
        }
        *out += &constants;
    }

    fn typedefs(&self) -> String {
        self.run(&self.abi, &[ItemType::Typedefs], &self.names.spelled_by_macros(), |config| {
            config.export.include = source::aliases(&self.abi).into_iter().map(|(name, _)| name).collect();
        })
    }

    fn records(&self) -> String {
        let items = [ItemType::Structs, ItemType::Unions];
        let text = self.run(&self.abi, &items, &self.names.spelled_by_macros(), |config| {
            config.export.include = self.names.records.iter().map(|record| record.name.clone()).collect();
        });
        records::by_value_order(&text, &source::aliases(&self.abi))
    }

    /// The functions of `src/capi`: either the API's, or our own additions to it.
    fn functions(&self, own: bool) -> String {
        self.run(&self.capi, &[ItemType::Functions, ItemType::Globals], &self.names.spelled(), |config| {
            let others = source::extern_functions(&self.capi);
            config.export.exclude.extend(others.into_iter().filter(|name| name.starts_with(OWN_PREFIX) != own));
            if own {
                config.export.item_types = vec![ItemType::Functions];
            }
        })
    }

    fn run(
        &self,
        sources: &[Source],
        items: &[ItemType],
        spelled: &[(String, String)],
        adjust: impl FnOnce(&mut Config),
    ) -> String {
        let mut config = self.config.clone();
        config.export.item_types = items.to_vec();
        config.export.rename.extend(spelled.iter().cloned());
        adjust(&mut config);
        let mut builder = Builder::new().with_config(config);
        // cbindgen follows the `mod` lines of a mod.rs to files that are sources of their own here.
        for source in sources.iter().filter(|source| !source.path.ends_with("mod.rs")) {
            builder = builder.with_src(&source.path);
        }
        let mut text = Vec::new();
        builder.generate().unwrap_or_else(|error| panic!("cbindgen: {error}")).write(&mut text);
        let text = String::from_utf8(text).expect("cbindgen writes UTF-8");
        if text.trim().is_empty() { String::new() } else { one_line_comments(text.trim_matches('\n')) }
    }
}

/// cbindgen spends three lines on a comment of one.
fn one_line_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < lines.len() {
        let comment = match lines[at..] {
            [open, middle, close, ..] if open.trim() == "/**" && close.trim() == "*/" => {
                middle.trim().strip_prefix("* ").map(|words| (open.trim_end_matches("/**"), words))
            }
            _ => None,
        };
        if let Some((indent, words)) = comment {
            let _ = writeln!(out, "{indent}/** {words} */");
            at += 3;
        } else {
            out += lines[at];
            out.push('\n');
            at += 1;
        }
    }
    out
}

fn section(out: &mut String, title: &str) {
    let _ = write!(out, "\n/* ---- {title} ---- */\n\n");
}

fn input(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap_or_else(|error| panic!("cannot read {name}: {error}"))
}

fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return;
    }
    let dir = path.parent().expect("a header lies in a directory");
    if let Err(error) = fs::create_dir_all(dir).and_then(|()| fs::write(path, text)) {
        panic!("{} is not what the sources give, and cannot be written: {error}", path.display());
    }
}
