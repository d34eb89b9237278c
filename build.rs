//! Three things that cargo does not do by itself: the soname of the shared object, the C file of the variadics, and the
//! C headers in `include/`.

#[path = "build/c_enum.rs"]
mod c_enum;
#[path = "build/header.rs"]
mod header;
#[path = "build/records.rs"]
mod records;
#[path = "build/source.rs"]
mod source;

use std::{env, path::PathBuf};

const SONAME: &str = "libwebsockets.so.17";
const VARARGS: &str = "src/capi/varargs.c";

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    for input in ["build.rs", "build", "cbindgen.toml", "src/abi", "src/capi", "include"] {
        println!("cargo:rerun-if-changed={input}");
    }
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME}");
    header::write_all(&root);
    if root.join(VARARGS).exists() {
        cc::Build::new().file(VARARGS).include("include").warnings(true).extra_warnings(true).compile("lws_varargs");
    }
}
