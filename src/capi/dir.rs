//! Directories, as C sees them. The work is done in `util/dir.rs`.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::abi::{LDOT_DIR, lws_dir_callback_function, lws_dir_entry, lws_dir_glob_t};
use crate::util::{dir, log};

/// Calls back for each entry of a directory, in the order of names.
///
/// `.`, `..` and names with a `~` are left out. `cb(dirpath, user, entry)` gets the name and type of one entry, which live
/// during the call, and ends the run by returning non-zero; it may change the directory. Returns 0; 1 when the directory
/// cannot be read, when `cb` ended the run, and for NULL.
///
/// # Safety
/// `dirpath` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dir(dirpath: *const c_char, user: *mut c_void, cb: lws_dir_callback_function) -> c_int {
    let (Some(cb), false) = (cb, dirpath.is_null()) else { return 1 };
    // SAFETY: as the caller promises.
    let path = unsafe { CStr::from_ptr(dirpath) };
    let entries = match dir::entries(path) {
        Ok(entries) => entries,
        Err(e) => {
            log::err!("lws_dir: cannot read {}: {e}", path.to_string_lossy());
            return 1;
        }
    };
    for (name, r#type) in entries {
        let mut entry = lws_dir_entry { name: name.as_ptr(), r#type };
        // SAFETY: the callback takes what lws_dir() gives.
        if unsafe { cb(dirpath, user, &mut entry) } != 0 {
            return 1;
        }
    }
    0
}

/// Callback for lws_dir() that removes each entry, directories with all that is in them. `user` is not used.
///
/// Links are removed, not followed; the directory given to lws_dir() itself stays. Always returns 0: what cannot be
/// removed is logged. Nothing for NULL.
///
/// # Safety
/// As lws_dir() calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dir_rm_rf_cb(dirpath: *const c_char, user: *mut c_void, lde: *mut lws_dir_entry) -> c_int {
    let _ = user;
    // SAFETY: as the caller promises.
    unsafe {
        if dirpath.is_null() || lde.is_null() || (*lde).name.is_null() {
            return 0;
        }
        let (parent, name) = (CStr::from_ptr(dirpath), CStr::from_ptr((*lde).name));
        if matches!(name.to_bytes(), b"." | b"..") {
            return 0;
        }
        let path = dir::join(parent, name);
        if let Err(e) = dir::remove(&path, (*lde).r#type) {
            log::warn!("lws_dir_rm_rf_cb: cannot remove {}: {e}", path.to_string_lossy());
        }
    }
    0
}

/// Callback for lws_dir() that passes on the paths of those entries, directories excepted, whose names fit a pattern.
///
/// `user` is an `lws_dir_glob_t`: a pattern, in which `*` stands for any text, a function, and a pointer for it; what
/// that function returns is not looked at. Always returns 0. Nothing for NULL.
///
/// # Safety
/// As lws_dir() calls it, and `user` is NULL or an `lws_dir_glob_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_dir_glob_cb(dirpath: *const c_char, user: *mut c_void, lde: *mut lws_dir_entry) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        if dirpath.is_null() || user.is_null() || lde.is_null() || (*lde).name.is_null() {
            return 0;
        }
        let glob = user.cast::<lws_dir_glob_t>().read();
        let (Some(cb), false) = (glob.cb, glob.filter.is_null() || (*lde).r#type == LDOT_DIR) else { return 0 };
        let name = CStr::from_ptr((*lde).name);
        if !dir::fits(CStr::from_ptr(glob.filter).to_bytes(), name.to_bytes()) {
            return 0;
        }
        let path = dir::join(CStr::from_ptr(dirpath), name);
        cb(glob.user, path.as_ptr());
    }
    0
}
