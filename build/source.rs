//! What the headers need to know about the Rust sources before cbindgen reads them: which files there are, and which
//! names stand for C structs, unions and enums.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::c_enum::{CEnum, Tag};

/// One Rust file of `src/abi` or `src/capi`.
pub struct Source {
    pub path: PathBuf,
    pub text: String,
}

impl Source {
    /// The first paragraph of the file's `//!` comment, on one line.
    pub fn title(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(str::trim).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// All Rust files below `dir`, by path, so that the headers do not depend on the order of a directory.
pub fn read_dir(dir: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    collect(dir, &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

fn collect(dir: &Path, sources: &mut Vec<Source>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("cannot list {}: {error}", dir.display()));
    for entry in entries {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
            sources.push(Source { path, text });
        }
    }
}

/// A struct or union that the header defines, in the order of the files.
pub struct Record {
    pub name: String,
    pub keyword: &'static str,
}

/// The names of `src/abi`.
#[derive(Default)]
pub struct Names {
    pub records: Vec<Record>,
    pub opaque: Vec<String>,
    pub enums: Vec<CEnum>,
}

impl Names {
    pub fn of(sources: &[Source]) -> Self {
        let mut names = Self::default();
        for source in sources {
            names.enums.extend(CEnum::all_in(source));
            for line in source.text.lines() {
                if let Some(name) = line.strip_prefix("opaque!(").and_then(|rest| rest.strip_suffix(");")) {
                    names.opaque.push(name.to_owned());
                }
                for keyword in ["struct", "union"] {
                    let name = line.strip_prefix("pub ").and_then(|rest| rest.strip_prefix(keyword));
                    if let Some(name) = name.and_then(|rest| rest.strip_suffix(" {")) {
                        names.records.push(Record { name: name.trim().to_owned(), keyword });
                    }
                }
            }
        }
        names
    }

    /// How cbindgen is to spell names that it cannot know: those which our macros make.
    pub fn spelled_by_macros(&self) -> Vec<(String, String)> {
        let opaque = self.opaque.iter().map(|name| (name.clone(), format!("struct {name}")));
        let enums = self.enums.iter().filter_map(|item| match &item.tag {
            Tag::Enum(name) => Some((name.clone(), format!("enum {name}"))),
            Tag::Typedef | Tag::Anonymous => None,
        });
        opaque.chain(enums).collect()
    }

    /// The same, and the records, for a run that does not read `src/abi`.
    pub fn spelled(&self) -> Vec<(String, String)> {
        let records = self.records.iter().map(|record| (record.name.clone(), record.declaration()));
        self.spelled_by_macros().into_iter().chain(records).collect()
    }
}

impl Record {
    pub fn declaration(&self) -> String {
        format!("{} {}", self.keyword, self.name)
    }
}

/// The aliases that the files define with `pub type`: name and, up to the end of its line, what it stands for.
pub fn aliases(sources: &[Source]) -> Vec<(String, String)> {
    let lines = sources.iter().flat_map(|source| source.text.lines());
    let aliases = lines.filter_map(|line| line.strip_prefix("pub type ")?.split_once(" ="));
    aliases.map(|(name, of)| (name.to_owned(), of.trim().trim_end_matches(';').to_owned())).collect()
}

/// Names of the C functions that the files define: `… extern "C" fn NAME(`.
pub fn extern_functions(sources: &[Source]) -> Vec<String> {
    let mut names = Vec::new();
    for source in sources {
        for (at, marker) in source.text.match_indices("extern \"C\" fn ") {
            let name: String =
                source.text[at + marker.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                names.push(name);
            }
        }
    }
    names
}
