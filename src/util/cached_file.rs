//! Whole files kept in memory, counted by their users, and read again when they have changed on disk.
//!
//! C holds a pointer to the file's bytes, which a NUL follows. They are a piece of an [`super::lwsac`], whose first
//! piece says where the bytes came from.

use std::ffi::CStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::ptr;

use super::lwsac::{self, Chunk};
use super::time;

/// For so many seconds the file is not looked at again.
const TRUST_SECS: i64 = 5;

#[repr(C)]
struct Info {
    modified: (i64, i64),
    size: u64,
    looked_at: i64,
}

/// The chunk that holds the bytes.
///
/// # Safety
/// `bytes` is from [`load`].
pub unsafe fn chunk(bytes: *mut u8) -> *mut Chunk {
    // SAFETY: the bytes follow the info, which is the first piece of the first chunk.
    unsafe { bytes.sub(lwsac::align(size_of::<Info>()) + lwsac::overhead(true)).cast() }
}

unsafe fn info(bytes: *mut u8) -> *mut Info {
    // SAFETY: by contract of the callers, as in `chunk`.
    unsafe { bytes.sub(lwsac::align(size_of::<Info>())).cast() }
}

/// Reads the file unless `*cache` holds it already and it has not changed. A new copy replaces the old one, which goes
/// when its last user is done. The length; None when it cannot be read, `*cache` is then as it was.
///
/// # Safety
/// `cache` is valid and holds NULL or what this made before.
pub unsafe fn load(path: &CStr, cache: *mut *mut u8) -> Option<usize> {
    let now = time::now_secs();
    // SAFETY: by contract.
    unsafe {
        let old = *cache;
        if !old.is_null() && (0..TRUST_SECS).contains(&(now - (*info(old)).looked_at)) {
            return Some((*info(old)).size as usize);
        }
        let file = File::open(Path::new(std::ffi::OsStr::from_bytes(path.to_bytes()))).ok()?;
        let meta = file.metadata().ok().filter(|m| m.is_file())?;
        let modified = (meta.mtime(), meta.mtime_nsec());
        if !old.is_null() && (*info(old)).modified == modified && (*info(old)).size == meta.size() {
            (*info(old)).looked_at = now;
            return Some(meta.size() as usize);
        }
        let new = read(file, meta.size(), Info { modified, size: meta.size(), looked_at: now })?;
        if !old.is_null() {
            lwsac::detach(&mut chunk(old));
        }
        *cache = new;
        Some(meta.size() as usize)
    }
}

fn read(mut file: File, size: u64, about: Info) -> Option<*mut u8> {
    let size = usize::try_from(size).ok()?;
    let head = lwsac::align(size_of::<Info>());
    let whole = size.checked_add(head + 1)?;
    let mut chunks: *mut Chunk = ptr::null_mut();
    // SAFETY: an empty list, and what it reserves is as large as asked for; zeroed before it is looked at as a slice.
    unsafe {
        let p = lwsac::reserve(&mut chunks, whole, whole, false);
        if p.is_null() {
            return None;
        }
        ptr::write_bytes(p, 0, whole);
        p.cast::<Info>().write(about);
        let bytes = p.add(head);
        if file.read_exact(std::slice::from_raw_parts_mut(bytes, size)).is_err() {
            lwsac::free(&mut chunks);
            return None;
        }
        Some(bytes)
    }
}
