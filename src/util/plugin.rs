//! Plugins: which files of a directory are some, and loading one.
//!
//! A plugin is a shared object that exports one constant, an `lws_plugin_header` with more behind it, under the name that
//! its file has between the first `-` or `_` and the next dot: `libprotocol_mirror.so` exports `mirror`.

use std::ffi::{CStr, CString, c_int, c_void};

use crate::abi::*;
use crate::util::cptr;

/// File names shorter than that are no plugins.
const SHORTEST: usize = 7;
/// Longest name of an export.
const LONGEST: usize = 63;

/// The name of what a file exports; `None`: the file is no plugin by its name.
pub fn export_name(file: &[u8]) -> Option<&[u8]> {
    if file.len() < SHORTEST {
        return None;
    }
    let begin = file.iter().position(|c| matches!(c, b'-' | b'_'))? + 1;
    let name = file[begin..].split(|c| *c == b'.').next()?;
    (!name.is_empty() && name.len() <= LONGEST).then_some(name)
}

/// A loaded shared object, which is unloaded when this is dropped.
pub struct Loaded {
    library: *mut c_void,
    /// What it begins with; lives as long as the library stays loaded.
    pub header: *const lws_plugin_header,
}

impl Loaded {
    /// Loads a plugin. `Err` says why not; `Ok(None)`: it is one of another class.
    ///
    /// # Safety
    /// The file's constructors run, and what it exports under the name is taken for a plugin's header.
    pub unsafe fn open(path: &CStr, export: &CStr, class: &CStr) -> Result<Option<Loaded>, String> {
        // SAFETY: plain call with a NUL-ended path.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        if library.is_null() {
            return Err(last_error());
        }
        let mut loaded = Loaded { library, header: std::ptr::null() };
        // SAFETY: the library is loaded, and the export is a header as the caller accepts.
        unsafe {
            loaded.header = libc::dlsym(library, export.as_ptr()).cast();
            let Some(header) = loaded.header.as_ref() else {
                return Err(format!("it has no export '{}': {}", export.to_string_lossy(), last_error()));
            };
            if header.api_magic != LWS_PLUGIN_API_MAGIC as u32 {
                return Err(format!(
                    "it was built for plugin interface {}, this library has {LWS_PLUGIN_API_MAGIC}",
                    header.api_magic
                ));
            }
            Ok((cptr::text(header._class) == Some(class.to_bytes())).then_some(loaded))
        }
    }

    /// Keeps it loaded; the handle is for [`close`].
    pub fn keep(self) -> *mut c_void {
        std::mem::ManuallyDrop::new(self).library
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // SAFETY: opened here, and not kept.
        unsafe { close(self.library) };
    }
}

/// Unloads a library.
///
/// # Safety
/// `library` is from [`Loaded::keep`] and nothing of it is used any more.
pub unsafe fn close(library: *mut c_void) -> c_int {
    // SAFETY: by contract.
    unsafe { libc::dlclose(library) }
}

fn last_error() -> String {
    // SAFETY: the text, if there is one, lives until the next call on this thread.
    let text = unsafe { cptr::text(libc::dlerror()) };
    text.map_or_else(|| "the loader gives no reason".into(), |t| String::from_utf8_lossy(t).into_owned())
}

/// The parts as C strings; `None` where one cannot be.
pub fn c_string(bytes: &[u8]) -> Option<CString> {
    CString::new(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::export_name;

    #[test]
    fn the_export_is_named_by_the_file() {
        for (file, export) in [
            ("libprotocol_mirror.so", Some("mirror")),
            ("libwebsockets-evlib_uv.so", Some("evlib_uv")),
            ("liba-x_y_z.so.1.2", Some("x_y_z")),
            ("_leading.so", Some("leading")),
            ("a_noending", Some("noending")),
            ("libfoo.so", None),
            ("libfoo_.so", None),
            ("lib_a", None),
            ("", None),
        ] {
            assert_eq!(export_name(file.as_bytes()), export.map(str::as_bytes), "{file}");
        }
        let long = format!("lib-{}.so", "x".repeat(64));
        assert_eq!(export_name(long.as_bytes()), None);
    }
}
