//! Files as C sees them: handles with operations that a program may bring itself, and the file system's operations.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::io;
use std::rc::Rc;

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::capi::lifecycle;
use crate::engine::app::ProgramFile;
use crate::util::{alloc, cptr, vfs};

/// Most file operations that are linked behind one another: a list that is longer is a loop.
const LIST_MAX: usize = 64;

/// The file operations of a context.
pub struct FileOps {
    platform: lws_plat_file_ops,
    current: Cell<*const lws_plat_file_ops>,
}

impl FileOps {
    /// The file system's operations, followed by the program's list.
    pub fn new(program: *const lws_plat_file_ops) -> Rc<FileOps> {
        let none = lws_fops_index { sig: std::ptr::null(), len: 0 };
        let platform = lws_plat_file_ops {
            open: Some(_lws_plat_file_open),
            close: Some(_lws_plat_file_close),
            seek_cur: Some(_lws_plat_file_seek_cur),
            read: Some(_lws_plat_file_read),
            write: Some(_lws_plat_file_write),
            fi: [none; 3],
            next: program,
        };
        Rc::new(FileOps { platform, current: Cell::new(std::ptr::null()) })
    }

    /// What files are opened with now.
    pub fn current(&self) -> *const lws_plat_file_ops {
        let current = self.current.get();
        if current.is_null() { &raw const self.platform } else { current }
    }

    /// A path is the program's when other operations than the file system's would open it.
    pub fn claims(&self, path: &CStr) -> bool {
        // SAFETY: the program's list lives as long as the context.
        unsafe {
            let (selected, _) = select(self.current(), path.as_ptr());
            (*selected).open.is_some_and(|open| !std::ptr::fn_addr_eq(open, PLATFORM_OPEN))
        }
    }

    /// Opens a path that is the program's; `None`: it is not, `Some(None)`: its operations cannot open it.
    pub fn open_theirs(&self, path: &CStr, gzip: bool) -> Option<Option<TheirFile>> {
        if !self.claims(path) {
            return None;
        }
        let mut flags = libc::O_RDONLY as lws_fop_flags_t;
        if gzip {
            flags |= LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP;
        }
        // SAFETY: a live list, a NUL-ended path, a live variable.
        let handle = unsafe { lws_vfs_file_open(self.current(), path.as_ptr(), &mut flags) };
        Some((!handle.is_null()).then(|| TheirFile { handle, flags }))
    }

    fn set(&self, ops: *const lws_plat_file_ops) {
        self.current.set(ops);
    }
}

type Open =
    unsafe extern "C" fn(*const lws_plat_file_ops, *const c_char, *const c_char, *mut lws_fop_flags_t) -> lws_fop_fd_t;
const PLATFORM_OPEN: Open = _lws_plat_file_open;

/// An open file of the program's operations.
pub struct TheirFile {
    handle: lws_fop_fd_t,
    flags: lws_fop_flags_t,
}

impl ProgramFile for TheirFile {
    fn size(&self) -> u64 {
        // SAFETY: open until this is dropped.
        unsafe { (*self.handle).len }
    }

    fn changed(&self) -> u32 {
        // SAFETY: as above.
        let (flags, time) = unsafe { ((*self.handle).flags, (*self.handle).mod_time) };
        if (flags | self.flags) & LWS_FOP_FLAG_MOD_TIME_VALID != 0 { time } else { 0 }
    }

    fn is_gzip(&self) -> bool {
        // SAFETY: as above.
        (unsafe { (*self.handle).flags } | self.flags) & LWS_FOP_FLAG_COMPR_IS_GZIP != 0
    }

    fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let failed = || io::Error::from(io::ErrorKind::Other);
        // SAFETY: an open handle, whose operations live as long as the context; they get a buffer of that length.
        unsafe {
            let ops = (*self.handle).fops.as_ref().ok_or_else(failed)?;
            if (*self.handle).pos != at {
                let pos = (*self.handle).pos;
                let offset = i64::try_from(i128::from(at) - i128::from(pos)).map_err(|_| failed())?;
                let seek_cur = ops.seek_cur.ok_or_else(failed)?;
                if seek_cur(self.handle, offset) != at as lws_fileofs_t {
                    return Err(failed());
                }
            }
            let read = ops.read.ok_or_else(failed)?;
            let mut amount = 0;
            if read(self.handle, &mut amount, buffer.as_mut_ptr(), buffer.len() as u64) != 0 {
                return Err(failed());
            }
            // No more than was asked for, whatever the program says.
            Ok(usize::try_from(amount).map_or(buffer.len(), |n| n.min(buffer.len())))
        }
    }
}

impl Drop for TheirFile {
    fn drop(&mut self) {
        // SAFETY: as above; closed once.
        unsafe {
            if let Some(close) = (*self.handle).fops.as_ref().and_then(|ops| ops.close) {
                close(&mut self.handle);
            }
        }
    }
}

/// The file operations of a context: those of lws_set_fops(), else the file system's with the list that the `fops`
/// member of the creation info named behind them.
///
/// @param context the context
/// @return the operations, which live as long as the context; NULL for NULL or a context that is gone. Service thread
///         only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_get_fops(context: *mut lws_context) -> *mut lws_plat_file_ops {
    enter::context(site!("lws_get_fops", remedy::READ), context, std::ptr::null_mut(), |cx| {
        lifecycle::file_ops(cx).current().cast_mut()
    })
}

/// Replaces the file operations of a context, with which lws_serve_http_file() and mounts open files.
///
/// @param context the context; nothing happens for NULL or one that is gone
/// @param fops the operations, which have to live as long as the context; NULL brings the file system's back. Service
///             thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_fops(context: *mut lws_context, fops: *const lws_plat_file_ops) {
    let fops = enter::SendPtr(fops.cast_mut());
    enter::context_or_post(site!("lws_set_fops", remedy::CHANGE), context, (), (), move |cx| {
        lifecycle::file_ops(cx).set(fops.get());
    });
}

/// Opens a file with the operations that its path belongs to.
///
/// At each `/` of the path the list behind `fops` is asked, in order: the first whose `fi` has a signature (such as
/// ".zip/") that ends there opens the file and gets as `vpath` what follows. Where there is none, `fops` itself opens it
/// with `vpath` NULL. `open` gets `fops` as its first argument in both cases.
///
/// @param fops the operations, as of lws_get_fops()
/// @param vfs_path the path
/// @param flags O_ bits of open() and LWS_FOP_FLAG_ bits, which `open` may change
/// @return a handle, to be given to lws_vfs_file_close(); NULL when it cannot be opened, and for NULL.
///
/// # Safety
/// `fops` is NULL or a live list, `vfs_path` NULL or NUL-ended, `flags` NULL or a live variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vfs_file_open(
    fops: *const lws_plat_file_ops,
    vfs_path: *const c_char,
    flags: *mut lws_fop_flags_t,
) -> lws_fop_fd_t {
    if fops.is_null() || vfs_path.is_null() || flags.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: as the caller promises; the operations are the program's or ours, and take what they are given here.
    unsafe {
        let (selected, vpath) = select(fops, vfs_path);
        match (*selected).open {
            Some(open) => open(fops, vfs_path, vpath, flags),
            None => std::ptr::null_mut(),
        }
    }
}

/// The operations for a path and the part of it that is inside an archive, or NULL.
///
/// # Safety
/// `fops` is a live list and `path` NUL-ended.
unsafe fn select(fops: *const lws_plat_file_ops, path: *const c_char) -> (*const lws_plat_file_ops, *const c_char) {
    let mut list = Vec::new();
    // SAFETY: a NULL-ended list of live operations, whose signatures are NUL-ended.
    unsafe {
        let mut ops = (*fops).next;
        while !ops.is_null() && list.len() < LIST_MAX {
            list.push((ops, (*ops).fi.map(|i| cptr::text(i.sig))));
            ops = (*ops).next;
        }
        let sets = list.iter().map(|(_, sigs)| &sigs[..]);
        match vfs::archive_split(CStr::from_ptr(path).to_bytes(), sets) {
            Some((n, at)) => (list[n].0, path.add(at)),
            None => (fops, std::ptr::null()),
        }
    }
}

/// Length of a file when it was opened, in bytes; 0 for NULL.
///
/// # Safety
/// `fop_fd` is NULL or an open handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vfs_get_length(fop_fd: lws_fop_fd_t) -> lws_filepos_t {
    // SAFETY: as the caller promises.
    unsafe { fop_fd.as_ref() }.map_or(0, |f| f.len)
}

/// Time of a file's last change when it was opened, in seconds since 1970; 0 for NULL and where it is not known.
///
/// # Safety
/// `fop_fd` is NULL or an open handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vfs_get_mod_time(fop_fd: lws_fop_fd_t) -> u32 {
    // SAFETY: as the caller promises.
    unsafe { fop_fd.as_ref() }.map_or(0, |f| f.mod_time)
}

/// Position in a file, in bytes from its start; 0 for NULL.
///
/// # Safety
/// `fop_fd` is NULL or an open handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vfs_tell(fop_fd: lws_fop_fd_t) -> lws_filepos_t {
    // SAFETY: as the caller promises.
    unsafe { fop_fd.as_ref() }.map_or(0, |f| f.pos)
}

/// Moves the position in a file.
///
/// @param fop_fd an open handle
/// @param offset bytes from the start; what is outside the file means its nearer end
/// @return the new position; -1 when it cannot move, and for NULL.
///
/// # Safety
/// `fop_fd` is NULL or an open handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vfs_file_seek_set(fop_fd: lws_fop_fd_t, offset: lws_fileofs_t) -> lws_fileofs_t {
    // SAFETY: as the caller promises.
    unsafe { seek_to(fop_fd, |_| offset) }
}

/// Moves the position in a file.
///
/// @param fop_fd an open handle
/// @param offset bytes from the end, so 0 or less; what is outside the file means its nearer end
/// @return the new position; -1 when it cannot move, and for NULL.
///
/// # Safety
/// `fop_fd` is NULL or an open handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_vfs_file_seek_end(fop_fd: lws_fop_fd_t, offset: lws_fileofs_t) -> lws_fileofs_t {
    // SAFETY: as the caller promises.
    unsafe { seek_to(fop_fd, |f| offset.saturating_add_unsigned(f.len)) }
}

/// # Safety
/// `fop_fd` is NULL or an open handle.
unsafe fn seek_to(fop_fd: lws_fop_fd_t, target: impl FnOnce(&lws_fop_fd) -> i64) -> lws_fileofs_t {
    // SAFETY: as the caller promises; the reference ends before the operation is called, which is the handle's own.
    unsafe {
        let Some((offset, ops)) = fop_fd.as_ref().map(|f| (target(f).saturating_sub_unsigned(f.pos), f.fops)) else {
            return -1;
        };
        match ops.as_ref().and_then(|ops| ops.seek_cur) {
            Some(seek_cur) => seek_cur(fop_fd, offset),
            None => -1,
        }
    }
}

/// `open` of the file system's operations. The descriptor is closed by exec.
///
/// @param fops what the handle shall have as its operations
/// @param filename the path
/// @param vpath not used
/// @param flags the O_ bits of open() are used, the others kept in the handle; new files get mode 0664
/// @return a handle with length and time of change; NULL when it cannot be opened, and for NULL.
///
/// # Safety
/// `filename` is NULL or NUL-ended, `flags` NULL or a live variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _lws_plat_file_open(
    fops: *const lws_plat_file_ops,
    filename: *const c_char,
    vpath: *const c_char,
    flags: *mut lws_fop_flags_t,
) -> lws_fop_fd_t {
    let _ = vpath;
    if filename.is_null() || flags.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: as the caller promises; a descriptor that is not kept is closed, and memory is written only when there is.
    unsafe {
        let bits = (*flags & LWS_FOP_FLAGS_MASK) as c_int;
        let fd = libc::open(filename, bits | libc::O_CLOEXEC, 0o664 as c_uint);
        if fd < 0 {
            return std::ptr::null_mut();
        }
        let mut stat: libc::stat = std::mem::zeroed();
        let handle = if libc::fstat(fd, &mut stat) == 0 {
            alloc::zalloc(size_of::<lws_fop_fd>(), c"lws file").cast::<lws_fop_fd>()
        } else {
            std::ptr::null_mut()
        };
        if handle.is_null() {
            libc::close(fd);
            return handle;
        }
        handle.write(lws_fop_fd {
            fd,
            fops,
            filesystem_priv: std::ptr::null_mut(),
            pos: 0,
            len: stat.st_size as lws_filepos_t,
            flags: *flags | LWS_FOP_FLAG_MOD_TIME_VALID,
            mod_time: stat.st_mtime as u32,
        });
        handle
    }
}

/// `close` of the file system's operations: closes the descriptor, frees the handle and sets the pointer to NULL.
///
/// @param fop_fd where the handle stands
/// @return 0; -1 when the system reports an error, and for NULL. The handle is gone in either case.
///
/// # Safety
/// `fop_fd` is NULL, or points to NULL or a handle from _lws_plat_file_open().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _lws_plat_file_close(fop_fd: *mut lws_fop_fd_t) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        if fop_fd.is_null() || (*fop_fd).is_null() {
            return -1;
        }
        let handle = std::mem::replace(&mut *fop_fd, std::ptr::null_mut());
        let fd = (*handle).fd;
        alloc::free(handle.cast());
        libc::close(fd)
    }
}

/// `seek_cur` of the file system's operations.
///
/// @param fop_fd a handle from _lws_plat_file_open()
/// @param offset bytes from the position; what is outside the file means its nearer end
/// @return the new position; -1 when it cannot move, and for NULL.
///
/// # Safety
/// `fop_fd` is NULL or a handle from _lws_plat_file_open().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _lws_plat_file_seek_cur(fop_fd: lws_fop_fd_t, offset: lws_fileofs_t) -> lws_fileofs_t {
    // SAFETY: as the caller promises.
    let Some(f) = (unsafe { fop_fd.as_mut() }) else { return -1 };
    let target = vfs::moved(f.pos, offset, f.len);
    // SAFETY: a plain call.
    let at = unsafe { libc::lseek(f.fd, target as libc::off_t, libc::SEEK_SET) };
    if at >= 0 {
        f.pos = at as lws_filepos_t;
    }
    at
}

/// `read` of the file system's operations.
///
/// @param fop_fd a handle from _lws_plat_file_open()
/// @param amount gets the count of bytes read, 0 at the end of the file and on errors
/// @param buf where they go
/// @param len most bytes to be read
/// @return 0; -1 on errors, and for NULL.
///
/// # Safety
/// `fop_fd` is NULL or a handle from _lws_plat_file_open(), `amount` NULL or a live variable, `buf` NULL or has `len`
/// writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _lws_plat_file_read(
    fop_fd: lws_fop_fd_t,
    amount: *mut lws_filepos_t,
    buf: *mut u8,
    len: lws_filepos_t,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { transfer(fop_fd, amount, buf, len, |fd| libc::read(fd, buf.cast(), len as usize)) }
}

/// `write` of the file system's operations.
///
/// @param fop_fd a handle from _lws_plat_file_open()
/// @param amount gets the count of bytes written, 0 on errors
/// @param buf where they are
/// @param len most bytes to be written
/// @return 0; -1 on errors, and for NULL.
///
/// # Safety
/// `fop_fd` is NULL or a handle from _lws_plat_file_open(), `amount` NULL or a live variable, `buf` NULL or has `len`
/// readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _lws_plat_file_write(
    fop_fd: lws_fop_fd_t,
    amount: *mut lws_filepos_t,
    buf: *mut u8,
    len: lws_filepos_t,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { transfer(fop_fd, amount, buf, len, |fd| libc::write(fd, buf.cast(), len as usize)) }
}

/// # Safety
/// As `_lws_plat_file_read`; `io` moves at most `len` bytes.
unsafe fn transfer(
    fop_fd: lws_fop_fd_t,
    amount: *mut lws_filepos_t,
    buf: *mut u8,
    len: lws_filepos_t,
    io: impl Fn(c_int) -> isize,
) -> c_int {
    // SAFETY: as the caller promises.
    let (Some(f), Some(amount)) = (unsafe { (fop_fd.as_mut(), amount.as_mut()) }) else { return -1 };
    *amount = 0;
    if buf.is_null() && len != 0 {
        return -1;
    }
    let n = loop {
        let n = io(f.fd);
        if n >= 0 || std::io::Error::last_os_error().kind() != std::io::ErrorKind::Interrupted {
            break n;
        }
    };
    let Ok(n) = u64::try_from(n) else { return -1 };
    f.pos += n;
    *amount = n;
    0
}

/// Writes a certificate or key to an open descriptor, makes it durable, and moves the descriptor back to its start.
///
/// @param vhost the vhost that it is for, on its service thread; NULL for none
/// @param is_key not used
/// @param fd the descriptor, of a regular file
/// @param buf the bytes
/// @param len how many
/// @return 0; 1 when they were not all written, for a negative length, for NULL as `buf` and for a vhost that is gone.
///
/// # Safety
/// `buf` is NULL or has `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_plat_write_cert(
    vhost: *mut lws_vhost,
    is_key: c_int,
    fd: c_int,
    buf: *mut c_void,
    len: c_int,
) -> c_int {
    let _ = is_key;
    // SAFETY: as the caller promises.
    let Some(bytes) = (unsafe { cptr::length(len).and_then(|n| cptr::bytes(buf, n)) }) else { return 1 };
    if vhost.is_null() {
        return write_durably(fd, bytes);
    }
    enter::vhost(site!("lws_plat_write_cert", remedy::CHANGE), vhost, 1, |_, _| write_durably(fd, bytes))
}

fn write_durably(fd: c_int, mut left: &[u8]) -> c_int {
    while !left.is_empty() {
        // SAFETY: the slice is readable.
        match unsafe { libc::write(fd, left.as_ptr().cast(), left.len()) } {
            n if n > 0 => left = &left[n as usize..],
            _ if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
            _ => return 1,
        }
    }
    // SAFETY: plain calls.
    let done = unsafe { libc::fsync(fd) == 0 && libc::lseek(fd, 0, libc::SEEK_SET) == 0 };
    c_int::from(!done)
}
