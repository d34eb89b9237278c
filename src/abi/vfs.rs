//! Virtual file system: open file handles and the operations on them.

use core::ffi::{c_char, c_int, c_void};

use crate::abi::*;

/// The flags that are open()'s.
pub const LWS_FOP_FLAGS_MASK: u32 = (1 << 23) - 1;
/// The caller can use gzip.
pub const LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP: u32 = 1 << 24;
/// The file is given as gzip.
pub const LWS_FOP_FLAG_COMPR_IS_GZIP: u32 = 1 << 25;
/// mod_time is set.
pub const LWS_FOP_FLAG_MOD_TIME_VALID: u32 = 1 << 26;
/// The path is inside an archive.
pub const LWS_FOP_FLAG_VIRTUAL: u32 = 1 << 27;

/// An open file, or NULL.
pub type lws_fop_fd_t = *mut lws_fop_fd;

/// An open file. The open operation allocates it, close frees it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_fop_fd {
    /// Descriptor, when there is one.
    pub fd: lws_filefd_type,
    /// Operations that opened it.
    pub fops: *const lws_plat_file_ops,
    /// The operations' own.
    pub filesystem_priv: *mut c_void,
    /// Position.
    pub pos: lws_filepos_t,
    /// Length.
    pub len: lws_filepos_t,
    /// LWS_FOP_FLAG_ bits.
    pub flags: lws_fop_flags_t,
    /// Seconds since 1970, with LWS_FOP_FLAG_MOD_TIME_VALID.
    pub mod_time: u32,
}

/// A part of a path (".zip/") that belongs to file operations.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_fops_index {
    /// The part.
    pub sig: *const c_char,
    /// Its length.
    pub len: u8,
}

/// File operations. The list lives as long as the context.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lws_plat_file_ops {
    /// Opens filename; vpath is the part inside an archive; *flags are LWS_O_ bits, and come back changed.
    pub open: Option<
        unsafe extern "C" fn(
            *const lws_plat_file_ops,
            *const c_char,
            *const c_char,
            *mut lws_fop_flags_t,
        ) -> lws_fop_fd_t,
    >,
    /// Closes a file and sets the pointer to NULL.
    pub close: Option<unsafe extern "C" fn(*mut lws_fop_fd_t) -> c_int>,
    /// Moves the position; returns it.
    pub seek_cur: Option<unsafe extern "C" fn(lws_fop_fd_t, lws_fileofs_t) -> lws_fileofs_t>,
    /// Reads at most len bytes; *amount gets the count. 0, or < 0.
    pub read: Option<unsafe extern "C" fn(lws_fop_fd_t, *mut lws_filepos_t, *mut u8, lws_filepos_t) -> c_int>,
    /// Writes at most len bytes; *amount gets the count. 0, or < 0.
    pub write: Option<unsafe extern "C" fn(lws_fop_fd_t, *mut lws_filepos_t, *mut u8, lws_filepos_t) -> c_int>,
    /// Parts of paths that belong to these operations.
    pub fi: [lws_fops_index; 3],
    /// Next operations, or NULL.
    pub next: *const lws_plat_file_ops,
}
