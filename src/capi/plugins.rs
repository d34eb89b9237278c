//! Plugins: shared objects with protocols, loaded from directories. The work is done in `util/plugin.rs`.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::abi::*;
use crate::util::plugin::{self, Loaded};
use crate::util::{alloc, dir, log};

/// Loads the plugins of a class from directories, and puts each at the head of a list.
///
/// A plugin is a file whose name has at least 7 characters; it exports one `lws_plugin_header_t` (with a class's own
/// members behind it), named as the file is between the first `-` or `_` and the next dot: `libprotocol_mirror.so` exports
/// `mirror`. Files go in the order of their names. What is no plugin, cannot be loaded or was built for another plugin
/// interface is logged and left out, as is a directory that cannot be read; plugins of other classes are left out.
///
/// @param pplugin where the list begins
/// @param d directories, ended by NULL; NULL for none
/// @param _class class that a plugin must have, such as "lws_protocol_plugin"
/// @param filter NULL, or the one export name that is wanted
/// @param each NULL, or called for each plugin when it is on the list; what it returns is not looked at
/// @param each_user handed to it
/// @return 0; 1 when there is no memory, and for NULL as `pplugin` or `_class`.
///
/// # Safety
/// `pplugin` is NULL or a live variable, `d` NULL or a NULL-ended array of NUL-ended paths; `_class` and `filter` are NULL
/// or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_plugins_init(
    pplugin: *mut *mut lws_plugin,
    d: *const *const c_char,
    _class: *const c_char,
    filter: *const c_char,
    each: each_plugin_cb_t,
    each_user: *mut c_void,
) -> c_int {
    if pplugin.is_null() || _class.is_null() {
        return 1;
    }
    // SAFETY: as the caller promises.
    unsafe {
        let wanted = (!filter.is_null()).then(|| CStr::from_ptr(filter));
        let mut next = d;
        while !next.is_null() && !(*next).is_null() {
            let place = Place { pplugin, dir: CStr::from_ptr(*next), class: CStr::from_ptr(_class), wanted };
            if !place.load_all(each, each_user) {
                return 1;
            }
            next = next.add(1);
        }
    }
    0
}

/// Where plugins come from, which ones, and where they go.
struct Place<'a> {
    pplugin: *mut *mut lws_plugin,
    dir: &'a CStr,
    class: &'a CStr,
    wanted: Option<&'a CStr>,
}

impl Place<'_> {
    /// `false`: no memory.
    ///
    /// # Safety
    /// `pplugin` is a live variable.
    unsafe fn load_all(&self, each: each_plugin_cb_t, each_user: *mut c_void) -> bool {
        let entries = match dir::entries(self.dir) {
            Ok(entries) => entries,
            Err(e) => {
                log::err!("lws_plugins_init: cannot read {}: {e}", self.dir.to_string_lossy());
                return true;
            }
        };
        for (file, kind) in entries {
            let Some(export) = plugin::export_name(file.to_bytes()).and_then(plugin::c_string) else { continue };
            if kind == LDOT_DIR || self.wanted.is_some_and(|w| *w != *export) {
                continue;
            }
            let path = dir::join(self.dir, &file);
            // SAFETY: the program asked for the plugins of this directory.
            match unsafe { Loaded::open(&path, &export, self.class) } {
                Ok(Some(loaded)) => {
                    // SAFETY: as the caller promises.
                    let Some(entry) = (unsafe { self.list(loaded) }) else { return false };
                    log::notice!("plugin {}", path.to_string_lossy());
                    if let Some(each) = each {
                        // SAFETY: the program's function for this purpose, with an entry of its list.
                        unsafe { each(entry, each_user) };
                    }
                }
                Ok(None) => log::info!("plugin {} is of another class", path.to_string_lossy()),
                Err(why) => log::err!("plugin {} is left out: {why}", path.to_string_lossy()),
            }
        }
        true
    }

    /// Puts a plugin at the head of the list. `None`: no memory.
    ///
    /// # Safety
    /// `pplugin` is a live variable.
    unsafe fn list(&self, loaded: Loaded) -> Option<*mut lws_plugin> {
        let entry = alloc::zalloc(size_of::<lws_plugin>(), c"lws plugin").cast::<lws_plugin>();
        if entry.is_null() {
            return None;
        }
        // SAFETY: the entry is new, `pplugin` live as the caller promises.
        unsafe {
            let hdr = loaded.header;
            entry.write(lws_plugin { list: *self.pplugin, hdr, u: lws_plugin_u { l: loaded.keep() } });
            *self.pplugin = entry;
        }
        Some(entry)
    }
}

/// Unloads the plugins of a list, which is empty then.
///
/// Nothing of a plugin may be in use: a vhost with its protocols has to be gone, which lws_context_destroy() sees to.
///
/// @param pplugin where the list begins
/// @param each NULL, or called for each plugin before it is unloaded; what it returns is not looked at
/// @param each_user handed to it
/// @return 0; 1 for NULL.
///
/// # Safety
/// `pplugin` is NULL or where a list from lws_plugins_init() begins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_plugins_destroy(
    pplugin: *mut *mut lws_plugin,
    each: each_plugin_cb_t,
    each_user: *mut c_void,
) -> c_int {
    if pplugin.is_null() {
        return 1;
    }
    // SAFETY: as the caller promises. The list is taken away first, so that `each` may do what it likes with `pplugin`.
    unsafe {
        let mut entry = std::mem::replace(&mut *pplugin, std::ptr::null_mut());
        while !entry.is_null() {
            if let Some(each) = each {
                each(entry, each_user);
            }
            let next = (*entry).list;
            plugin::close((*entry).u.l);
            alloc::free(entry.cast());
            entry = next;
        }
    }
    0
}
