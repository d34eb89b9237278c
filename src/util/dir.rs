//! Directories: their entries in order, name patterns, and removal of whole trees.

use std::ffi::{CStr, CString, OsStr};
use std::fs::{self, FileType};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::abi::*;

/// The entries of a directory but for `.`, `..` and names with a `~`, in the order of the locale. They are read before the
/// first is used, so whoever uses them may change the directory.
pub fn entries(path: &CStr) -> io::Result<Vec<(CString, lws_dir_obj_type_t)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(as_path(path))? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.as_bytes().contains(&b'~')
            && let Ok(name) = CString::new(name.as_bytes())
        {
            all.push((name, entry.file_type().map_or(LDOT_UNKNOWN, object_type)));
        }
    }
    // SAFETY: both are NUL-ended.
    all.sort_by(|a, b| unsafe { libc::strcoll(a.0.as_ptr(), b.0.as_ptr()) }.cmp(&0).then_with(|| a.0.cmp(&b.0)));
    Ok(all)
}

fn as_path(path: &CStr) -> &Path {
    Path::new(OsStr::from_bytes(path.to_bytes()))
}

fn object_type(t: FileType) -> lws_dir_obj_type_t {
    match t {
        t if t.is_file() => LDOT_FILE,
        t if t.is_dir() => LDOT_DIR,
        t if t.is_symlink() => LDOT_LINK,
        t if t.is_fifo() => LDOT_FIFO,
        t if t.is_socket() => LDOTT_SOCKET,
        t if t.is_char_device() => LDOT_CHAR,
        t if t.is_block_device() => LDOT_BLOCK,
        _ => LDOT_UNKNOWN,
    }
}

/// The path of an entry.
pub fn join(dir: &CStr, name: &CStr) -> CString {
    let mut path = dir.to_bytes().to_vec();
    path.push(b'/');
    path.extend_from_slice(name.to_bytes());
    // Neither part has a NUL in it.
    CString::new(path).unwrap_or_default()
}

/// Removes a file, or a directory with all that is in it. Links are removed, not followed.
pub fn remove(path: &CStr, t: lws_dir_obj_type_t) -> io::Result<()> {
    let path = as_path(path);
    if t == LDOT_DIR { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Whether a name fits a pattern, in which `*` stands for any text.
pub fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where to go on after the last star, when what follows it did not fit.
    let mut retry = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, n));
        } else if pattern.get(p) == Some(&name[n]) {
            p += 1;
            n += 1;
        } else if let Some((after_star, from)) = retry {
            p = after_star;
            n = from + 1;
            retry = Some((p, n));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_text_and_all_else_for_itself() {
        for (pattern, name) in [
            ("*", "x"),
            ("*", ""),
            ("a", "a"),
            ("a*", "abc"),
            ("*c", "abc"),
            ("a*c", "ac"),
            ("*a*b*", "xaab"),
            ("**", "x"),
        ] {
            assert!(fits(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
        for (pattern, name) in
            [("", "x"), ("a", "ab"), ("a*", "ba"), ("*c", "cb"), ("a*a", "a"), ("*a*b*", "ba"), ("?", "x")]
        {
            assert!(!fits(pattern.as_bytes(), name.as_bytes()), "{pattern} {name}");
        }
    }
}
