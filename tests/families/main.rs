//! The helper families, from C: each `NAME.c` beside this file is compiled once and run on this library and on the
//! original, whose outputs must be equal, byte for byte; then once more with `ours`, where it checks by itself what
//! the original gets wrong. Where no original is installed, the digest recorded in `recorded.tsv` stands in for it.
//!
//! `FAMILIES_ORIGINAL=DIR` names the original's directory, `FAMILIES_RECORD=1` renews `recorded.tsv` from it,
//! `FAMILIES_VALGRIND=1` runs all of this library's part under valgrind, any error or leak of which fails the test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha1::{Digest, Sha1};

const SONAME: &str = "libwebsockets.so.17";

#[test]
fn every_family_prints_what_the_original_prints() {
    let stage = Stage::new();
    let mut failed = Vec::new();
    let mut recorded = String::new();
    for name in programs() {
        let exe = stage.compile(&name);
        let ours = stage.run(&exe, Some(&stage.dir), &[]);
        if !ours.status.success() {
            failed.push(format!("{name}: {}\n{}", ours.status, tail(&ours)));
            continue;
        }
        recorded += &format!("{name}\t{}\n", digest(&ours.stdout));
        match original() {
            // What the original does is compared without valgrind, which takes its time.
            _ if under_valgrind() => (),
            Some(dir) => {
                let original = stage.run(&exe, Some(&dir), &[]);
                if let Some(d) = first_difference(&original.stdout, &ours.stdout) {
                    failed.push(format!("{name}: {d}"));
                }
            }
            None if recorded_digest(&name).as_deref() != Some(&digest(&ours.stdout)) => {
                failed.push(format!("{name}: output differs from what recorded.tsv has the digest of"));
            }
            None => (),
        }
        let alone = stage.run(&exe, Some(&stage.dir), &["ours"]);
        if !alone.status.success() {
            failed.push(format!("{name} ours: {}\n{}", alone.status, tail(&alone)));
        }
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    if std::env::var_os("FAMILIES_RECORD").is_some() && original().is_some() {
        std::fs::write(here().join("recorded.tsv"), recorded).expect("recorded.tsv cannot be written");
    }
}

struct Stage {
    dir: PathBuf,
}

impl Stage {
    /// A directory with our shared object under its soname.
    fn new() -> Stage {
        let deps = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
        let built = deps.join("libwebsockets.so");
        assert!(built.exists(), "{} is not there: the shared object was not built", built.display());
        let dir = deps.join("families-stage");
        std::fs::create_dir_all(&dir).unwrap();
        for link in [SONAME, "libwebsockets.so"] {
            let link = dir.join(link);
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(&built, link).unwrap();
        }
        Stage { dir }
    }

    fn compile(&self, name: &str) -> PathBuf {
        let exe = self.dir.join(name);
        let out = Command::new(std::env::var("CC").unwrap_or("cc".into()))
            .args(["-std=gnu99", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"])
            .args(include_dir().map(|d| format!("-I{}", d.display())))
            .arg(here().join(format!("{name}.c")))
            .arg("-o")
            .arg(&exe)
            .arg(format!("-L{}", self.dir.display()))
            .args(["-lwebsockets", "-ldl"])
            .output()
            .expect("no C compiler: install one, or set CC");
        assert!(out.status.success(), "{name}.c does not compile:\n{}", String::from_utf8_lossy(&out.stderr));
        exe
    }

    fn run(&self, exe: &Path, lib: Option<&Path>, args: &[&str]) -> Output {
        let mut c = Command::new("timeout");
        c.arg("300");
        if under_valgrind() {
            c.args(["valgrind", "-q", "--leak-check=full", "--error-exitcode=99"]);
        }
        if let Some(dir) = lib {
            c.env("LD_LIBRARY_PATH", dir);
        }
        c.arg(exe).args(args).current_dir(here()).env("TZ", "UTC").env("LC_ALL", "C");
        c.output().expect("cannot run timeout(1)")
    }
}

fn under_valgrind() -> bool {
    std::env::var_os("FAMILIES_VALGRIND").is_some()
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/families")
}

/// Our own header once it is there; the system's until then.
fn include_dir() -> Option<PathBuf> {
    let d = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    d.join("libwebsockets.h").exists().then_some(d)
}

fn programs() -> Vec<String> {
    let only = std::env::var("FAMILIES_ONLY").unwrap_or_default();
    let mut v: Vec<String> = std::fs::read_dir(here())
        .unwrap()
        .filter_map(|e| Some(e.unwrap().file_name().to_str()?.strip_suffix(".c")?.to_string()))
        .filter(|n| only.is_empty() || only.split(',').any(|o| o == n))
        .collect();
    v.sort();
    assert!(!v.is_empty(), "no programs beside {}", file!());
    v
}

fn original() -> Option<PathBuf> {
    let mut dirs: Vec<PathBuf> = std::env::var_os("FAMILIES_ORIGINAL").map(PathBuf::from).into_iter().collect();
    dirs.extend(["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"].map(PathBuf::from));
    // An installed copy of this library is no yardstick: only the original has these symbols inside its text.
    dirs.into_iter().find(|d| std::fs::read(d.join(SONAME)).is_ok_and(|b| memchr::memmem::find(&b, b"lwsx_").is_none()))
}

fn digest(b: &[u8]) -> String {
    Sha1::digest(b).iter().map(|x| format!("{x:02x}")).collect()
}

fn recorded_digest(name: &str) -> Option<String> {
    let text = std::fs::read_to_string(here().join("recorded.tsv")).ok()?;
    text.lines().find_map(|l| l.strip_prefix(&format!("{name}\t")).map(str::to_string))
}

fn first_difference(original: &[u8], ours: &[u8]) -> Option<String> {
    let (a, b) = (String::from_utf8_lossy(original), String::from_utf8_lossy(ours));
    let mut before: Vec<&str> = Vec::new();
    let (mut la, mut lb) = (a.lines(), b.lines());
    let mut n = 0;
    loop {
        n += 1;
        match (la.next(), lb.next()) {
            (None, None) => return None,
            (x, y) if x == y => before.push(x.unwrap_or_default()),
            (x, y) => {
                let context = before[before.len().saturating_sub(3)..].join("\n    ");
                return Some(format!(
                    "line {n}:\n    {context}\n  - {}\n  + {}",
                    x.unwrap_or("(end)"),
                    y.unwrap_or("(end)")
                ));
            }
        }
    }
}

fn tail(o: &Output) -> String {
    let text = String::from_utf8_lossy(&o.stdout).into_owned() + &String::from_utf8_lossy(&o.stderr);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
