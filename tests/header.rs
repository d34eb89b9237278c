//! The C side of the ABI: the header in `include/` against the data measured on the original, and compiled the ways that
//! programs do. Both are scripts in `tests/abi/`, which can be run by hand on an installed header too.

use std::{path::Path, process::Command};

fn run(program: &str, arguments: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(root.join(program))
        .args(arguments)
        .current_dir(root)
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {}\n{said}\n{complained}", output.status);
}

#[test]
fn header_has_the_layouts_and_constants_of_the_original() {
    run("tests/abi/check-layout", &["include", "-", "--all"]);
}

#[test]
fn header_compiles_in_every_way_that_programs_use_it() {
    run("tests/abi/header-compiles", &[]);
}
