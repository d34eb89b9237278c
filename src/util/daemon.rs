//! Going to the background: a process of its own session, with an optional lock file that holds its number.
//!
//! The parent waits at a pipe until the daemon stands or has failed, so that its exit status tells which. Between fork()
//! and that word the child makes plain system calls only: the program may have had more threads.

use std::ffi::{CStr, CString, OsStr, c_char, c_int};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

/// The lock file that SIGTERM removes; kept for ever.
static LOCK: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
/// The process that owns it.
static OWNER: AtomicI32 = AtomicI32::new(0);

/// Exit status where there can be no second process, as of 4.1.6.
const NO_FORK: c_int = 9;

/// What the child was doing when it failed, in the order of [`STEPS`].
const STEPS: [&str; 5] =
    ["create the lock file", "write the lock file", "make a session", "change to /tmp", "open /dev/null"];

/// Goes on in a child process in the background. The calling process ends: status 0 when the daemon stands, 1 when the
/// lock file names a process that lives or the daemon could not be set up.
///
/// `Err`: the lock file's path cannot be used.
pub fn daemonize(lock: Option<&CStr>) -> io::Result<()> {
    let lock = lock.map(absolute).transpose()?;
    if let Some(path) = &lock
        && let Some(pid) = holder(path)
    {
        let _ = writeln!(io::stderr(), "Daemon already running pid {pid}");
        exit(1);
    }
    let mut pipe = [0; 2];
    // SAFETY: plain calls with live arguments; what stdio holds back leaves now, not once more from the child.
    let child = unsafe {
        libc::fflush(ptr::null_mut());
        if libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(io::Error::last_os_error());
        }
        libc::fork()
    };
    match child {
        0 => {
            become_daemon(lock.as_deref(), pipe);
            if let Some(lock) = lock {
                LOCK.store(lock.into_raw(), Ordering::Release);
            }
            take_sigterm();
            Ok(())
        }
        pid if pid < 0 => {
            let _ = writeln!(io::stderr(), "unable to fork daemon: {}", io::Error::last_os_error());
            exit(NO_FORK)
        }
        _ => wait_for_word(pipe, lock.as_deref()),
    }
}

/// The daemon changes its directory, so its lock has to be named from the root.
fn absolute(path: &CStr) -> io::Result<CString> {
    let path = std::path::absolute(Path::new(OsStr::from_bytes(path.to_bytes())))?;
    CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from)
}

/// The living process that the lock file names. The file of a dead one is removed.
fn holder(lock: &CStr) -> Option<i32> {
    let path = Path::new(OsStr::from_bytes(lock.to_bytes()));
    let text = std::fs::read_to_string(path).ok()?;
    let pid = text.trim().parse::<i32>().ok().filter(|pid| *pid > 0);
    if let Some(pid) = pid {
        // SAFETY: a plain call that only asks.
        let dead = unsafe { libc::kill(pid, 0) } != 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH);
        if !dead {
            return Some(pid);
        }
    }
    let _ = writeln!(
        io::stderr(),
        "Removing stale lock {} from dead pid {}",
        path.display(),
        pid.map_or_else(|| "(none)".into(), |p| p.to_string())
    );
    let _ = std::fs::remove_file(path);
    None
}

/// In the child: everything up to the word that it stands, or that it does not.
fn become_daemon(lock: Option<&CStr>, pipe: [c_int; 2]) {
    // SAFETY: plain system calls with live arguments.
    unsafe {
        let own = libc::getpid();
        OWNER.store(own, Ordering::Release);
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        for signal in [libc::SIGTSTP, libc::SIGTTOU, libc::SIGTTIN, libc::SIGHUP] {
            libc::signal(signal, libc::SIG_IGN);
        }
        if let Some(lock) = lock {
            let fd = libc::open(lock.as_ptr(), libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC, 0o640);
            check(fd >= 0, 0, pipe[1]);
            let (text, len) = decimal(own);
            check(libc::write(fd, text[text.len() - len..].as_ptr().cast(), len) == len as isize, 1, pipe[1]);
            libc::close(fd);
        }
        libc::umask(0);
        check(libc::setsid() >= 0, 2, pipe[1]);
        check(libc::chdir(c"/tmp".as_ptr()) == 0, 3, pipe[1]);
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        check(null >= 0, 4, pipe[1]);
        for fd in 0..3 {
            libc::dup2(null, fd);
        }
        if null > 2 {
            libc::close(null);
        }
        say(pipe[1], &[STEPS.len() as u8]);
        libc::close(pipe[0]);
        libc::close(pipe[1]);
    }
}

/// In the child: a step that failed is told to the parent, and this process ends.
fn check(done: bool, step: u8, pipe: c_int) {
    if done {
        return;
    }
    let error = io::Error::last_os_error().raw_os_error().unwrap_or(0).to_ne_bytes();
    say(pipe, &[step, error[0], error[1], error[2], error[3]]);
    // SAFETY: ends the process without running what the parent registered.
    unsafe { libc::_exit(1) }
}

fn say(pipe: c_int, word: &[u8]) {
    // SAFETY: the slice is readable. Nobody reads when the parent was killed: then there is nobody to tell.
    unsafe { libc::write(pipe, word.as_ptr().cast(), word.len()) };
}

/// A number's digits, at the end of the array: no allocation after fork().
fn decimal(mut n: c_int) -> ([u8; 12], usize) {
    let mut text = [0; 12];
    let mut len = 0;
    while len == 0 || n > 0 {
        len += 1;
        text[12 - len] = b'0' + (n % 10) as u8;
        n /= 10;
    }
    (text, len)
}

/// In the parent: waits for the child's word, and ends the process.
fn wait_for_word(pipe: [c_int; 2], lock: Option<&CStr>) -> ! {
    let mut word = [0u8; 5];
    // SAFETY: plain calls; the array has room for what is read.
    let n = unsafe {
        libc::close(pipe[1]);
        loop {
            let n = libc::read(pipe[0], word.as_mut_ptr().cast(), word.len());
            if n >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                break n;
            }
        }
    };
    if n == 1 && usize::from(word[0]) == STEPS.len() {
        exit(0);
    }
    let step = if n == 5 { STEPS.get(usize::from(word[0])).copied() } else { None };
    let why = io::Error::from_raw_os_error(i32::from_ne_bytes([word[1], word[2], word[3], word[4]]));
    let place = lock.map(|l| format!(" ({})", l.to_string_lossy())).unwrap_or_default();
    let _ = match step {
        Some(step) => writeln!(io::stderr(), "daemon: unable to {step}{place}: {why}"),
        None => writeln!(io::stderr(), "daemon: it ended before it stood"),
    };
    exit(1)
}

fn exit(status: c_int) -> ! {
    // SAFETY: what the program registered with atexit() is meant to run here, as on 4.1.6.
    unsafe { libc::exit(status) }
}

/// SIGTERM removes the lock file and ends the process at once, as on 4.1.6. A program that wants to end in an orderly
/// way sets a handler of its own.
fn take_sigterm() {
    // SAFETY: the struct is plain, and the handler makes system calls only.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_sigterm as extern "C" fn(c_int) as usize;
        libc::sigaction(libc::SIGTERM, &action, ptr::null_mut());
    }
}

extern "C" fn on_sigterm(_signal: c_int) {
    // SAFETY: system calls only; the path is never freed. A child of the daemon leaves the lock alone.
    unsafe {
        let lock = LOCK.load(Ordering::Acquire);
        if !lock.is_null() && libc::getpid() == OWNER.load(Ordering::Acquire) {
            libc::unlink(lock);
        }
        libc::kill(libc::getpid(), libc::SIGKILL);
    }
}
