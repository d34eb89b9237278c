//! Going to the background. The work is done in `util/daemon.rs`.

use std::ffi::{CStr, c_char, c_int};

use crate::util::{daemon, log};

/// Goes on in the background: the function returns in a child process that has a session of its own, /tmp as its
/// directory, /dev/null as standard input and outputs, and an empty umask. The calling process ends with exit(), status 0.
///
/// With a lock file, the child's process number is in it, mode 0640. When the file names a process that lives, the calling
/// process says so on stderr and ends with status 1; the file of a dead one is replaced. SIGTERM then removes the file and
/// ends the process at once, unless the program sets a handler of its own; SIGHUP and the terminal's stop signals are
/// ignored. Call it before threads are made, which fork() does not take along.
///
/// @param _lock_path the lock file, or NULL for none
/// @return 0 in the child; 1 when the path cannot be used or there is no descriptor left. The calling process ends with
///         status 1 when the child cannot be set up, 9 when there can be no child.
///
/// # Safety
/// `_lock_path` is NULL or NUL-ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_daemonize(_lock_path: *const c_char) -> c_int {
    // SAFETY: as the caller promises.
    let lock = (!_lock_path.is_null()).then(|| unsafe { CStr::from_ptr(_lock_path) });
    match daemon::daemonize(lock) {
        Ok(()) => 0,
        Err(e) => {
            log::err!("lws_daemonize: {e}");
            1
        }
    }
}
