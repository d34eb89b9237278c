//! Small files, read and written whole.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::util::cptr;

/// Writes a file, readable by its owner only (mode 0600), in place of what it may contain.
///
/// `buf` has `len` bytes. Returns 0; 1 when it cannot be written, for a negative length and for NULL.
///
/// # Safety
/// `filename` is NULL or NUL-ended, `buf` is NULL or has `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_plat_write_file(filename: *const c_char, buf: *mut c_void, len: c_int) -> c_int {
    // SAFETY: as the caller promises.
    let (path, data) = unsafe { (path(filename), cptr::length(len).and_then(|n| cptr::bytes(buf, n))) };
    let (Some(path), Some(data)) = (path, data) else { return 1 };
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    c_int::from(file.and_then(|mut f| f.write_all(data)).is_err())
}

/// Reads up to `len` bytes of a file. No NUL is added.
///
/// Returns how many were read; -1 when it cannot be read, for a negative length and for NULL.
///
/// # Safety
/// `filename` is NULL or NUL-ended, `buf` is NULL or has `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_plat_read_file(filename: *const c_char, buf: *mut c_void, len: c_int) -> c_int {
    // SAFETY: as the caller promises.
    let (path, room) = unsafe { (path(filename), cptr::length(len).and_then(|n| cptr::room(buf, n))) };
    let (Some(path), Some(mut room)) = (path, room) else { return -1 };
    let Ok(mut file) = File::open(path) else { return -1 };
    let mut done = 0;
    while !room.is_empty() {
        match file.read(room) {
            Ok(0) => break,
            Ok(n) => {
                done += n;
                room = &mut room[n..];
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => (),
            Err(_) => return -1,
        }
    }
    done as c_int
}

/// # Safety
/// `p` is NULL or NUL-ended, and unchanged while the result lives.
unsafe fn path<'a>(p: *const c_char) -> Option<&'a Path> {
    // SAFETY: by contract.
    (!p.is_null()).then(|| Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(p) }.to_bytes())))
}
