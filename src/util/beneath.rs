//! Files below a directory, and bytes of files into sockets: what the standard library has no call for.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

/// `RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH` of openat2(2).
const BENEATH: u64 = 0x02 | 0x08;
/// `RESOLVE_NO_SYMLINKS` of openat2(2).
const NO_LINKS: u64 = 0x04;

/// `struct open_how`.
#[repr(C)]
struct OpenHow {
    flags: u64,
    mode: u64,
    resolve: u64,
}

/// Opens what `below` names under the directory `root`, without waiting for a FIFO's writer. Links are followed as long as
/// they stay below it. An error where it leaves the directory, by whichever way.
pub fn open(root: &Path, below: &Path) -> io::Result<File> {
    // An empty directory's name would stand for the working directory.
    let leads_down = below.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if !leads_down || root.as_os_str().is_empty() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let below = if below.as_os_str().is_empty() { Path::new(".") } else { below };
    // Where no link is on the way, names that lead down stay below: one call says so of almost all files.
    match open_resolving(libc::AT_FDCWD, &c_path(&root.join(below))?, NO_LINKS) {
        Err(e) if matches!(e.raw_os_error(), Some(libc::ELOOP | libc::ENOSYS | libc::EAGAIN | libc::EPERM)) => {}
        other => return other,
    }
    match open_by_kernel(root, below) {
        // A link with an absolute path, which may well stay below; or a kernel without the call, or one that saw a rename.
        Err(e) if matches!(e.raw_os_error(), Some(libc::EXDEV | libc::ENOSYS | libc::EAGAIN | libc::EPERM)) => {
            open_by_name(root, below)
        }
        other => other,
    }
}

fn open_by_kernel(root: &Path, below: &Path) -> io::Result<File> {
    let (root, below) = (c_path(root)?, c_path(below)?);
    // SAFETY: the path ends with a NUL, and the descriptor is owned by one File.
    let dir = unsafe {
        let dir = libc::open(root.as_ptr(), libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC);
        if dir < 0 {
            return Err(io::Error::last_os_error());
        }
        File::from_raw_fd(dir)
    };
    open_resolving(dir.as_raw_fd(), &below, BENEATH)
}

/// openat2(2) for reading.
fn open_resolving(dir: RawFd, path: &CStr, resolve: u64) -> io::Result<File> {
    let how = OpenHow {
        flags: (libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK | libc::O_NOCTTY) as u64,
        mode: 0,
        resolve,
    };
    // SAFETY: the path ends with a NUL, the struct is the kernel's and lives during the call, and the descriptor is owned
    // by one File.
    unsafe {
        let fd = libc::syscall(libc::SYS_openat2, dir, path.as_ptr(), std::ptr::from_ref(&how), size_of::<OpenHow>());
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(File::from_raw_fd(fd as RawFd)) }
    }
}

fn open_by_name(root: &Path, below: &Path) -> io::Result<File> {
    let root = root.canonicalize()?;
    let real = root.join(below).canonicalize()?;
    if !real.starts_with(&root) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    open_path(&real)
}

/// Opens a file for reading, without waiting for a FIFO's writer.
pub fn open_path(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// Sends bytes of a file from `at` on into a socket, as many as it takes. 0: the file ends there.
pub fn send_file(socket: RawFd, file: &File, at: u64, len: usize) -> io::Result<usize> {
    let mut offset = i64::try_from(at).map_err(|_| io::ErrorKind::InvalidInput)?;
    // SAFETY: the descriptors are open while their owners are borrowed, and the offset lives during the call.
    let n = unsafe { libc::sendfile(socket, file.as_raw_fd(), &mut offset, len) };
    if n < 0 { Err(io::Error::last_os_error()) } else { Ok(n as usize) }
}

/// SIGPIPE does nothing in this process.
pub fn sigpipe_is_ignored() -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asking changes nothing, and the struct is written when that succeeds (else it is zero, the default action).
    unsafe {
        libc::sigaction(libc::SIGPIPE, std::ptr::null(), now.as_mut_ptr());
        now.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_above_the_directory_is_opened() {
        let dir = std::env::temp_dir().join(format!("beneath-{}", std::process::id()));
        let root = dir.join("root");
        std::fs::create_dir_all(root.join("sub")).expect("a directory");
        std::fs::write(root.join("sub/in"), "in").expect("a file");
        std::fs::write(dir.join("out"), "out").expect("a file");
        symlink("../out", root.join("relative-out")).expect("a link");
        symlink(dir.join("out"), root.join("absolute-out")).expect("a link");
        symlink("sub/in", root.join("relative-in")).expect("a link");
        symlink(root.join("sub/in"), root.join("absolute-in")).expect("a link");
        symlink("..", root.join("up")).expect("a link");
        for (name, good) in [
            ("sub/in", true),
            ("./sub/in", true),
            ("relative-in", true),
            ("absolute-in", true),
            ("relative-out", false),
            ("absolute-out", false),
            ("up/out", false),
            ("../out", false),
            ("sub/../../out", false),
            ("/etc/passwd", false),
            ("none", false),
            ("sub/in/below", false),
            ("sub\0", false),
        ] {
            assert_eq!(open(&root, Path::new(name)).is_ok(), good, "{name:?}");
            assert_eq!(open_by_name(&root, Path::new(name)).is_ok(), good, "{name:?}, without the kernel's help");
        }
        // The directory itself may be reached through a link, and an empty name is none.
        symlink("root", dir.join("linked")).expect("a link");
        assert!(open(&dir.join("linked"), Path::new("relative-in")).is_ok());
        assert!(open(&dir.join("linked"), Path::new("up/out")).is_err());
        assert!(open(Path::new(""), Path::new("Cargo.toml")).is_err());
        std::fs::remove_dir_all(&dir).expect("removed");
    }
}
