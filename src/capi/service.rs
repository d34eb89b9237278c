//! The service loop: `lws_service` and waking it.

use std::ffi::c_int;

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::engine::service::{HostReady, Wait};
use crate::engine::wsi::Phase;
use crate::guard::Site;

/// Serves a context: waits, then handles what is ready, in one round. Programs call it in a loop until it returns
/// a negative number.
///
/// The thread that calls it is the context's service thread from then on. Another thread may take over when this one is
/// not inside the library.
///
/// @param context the context
/// @param timeout_ms negative: does not wait; 0: waits until something is to be done; positive: waits at most so many
///                   milliseconds
/// @return 0; -1 once the context is ending or gone; 1 for NULL, and when called from a callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_service(context: *mut lws_context, timeout_ms: c_int) -> c_int {
    enter::serve(site!("lws_service", remedy::SERVE), context, wait(timeout_ms))
}

/// As lws_service(), for one of several service threads.
///
/// @param context the context
/// @param timeout_ms as in lws_service()
/// @param tsi index of the service thread: 0, there is one
/// @return as lws_service(); 1 also for an index that does not exist.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_service_tsi(context: *mut lws_context, timeout_ms: c_int, tsi: c_int) -> c_int {
    if tsi != 0 {
        return 1;
    }
    enter::serve(site!("lws_service_tsi", remedy::SERVE), context, wait(timeout_ms))
}

fn wait(timeout_ms: c_int) -> Wait {
    match timeout_ms {
        ..0 => Wait::No,
        0 => Wait::UntilWork,
        ms => Wait::Millis(ms as u32),
    }
}

/// Wakes the service thread: every protocol of every vhost gets LWS_CALLBACK_EVENT_WAIT_CANCELLED there. Several calls
/// before it has woken are one.
///
/// @param context the context; nothing happens for NULL or one that is gone. Any thread, and signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_cancel_service(context: *mut lws_context) {
    enter::cancel(context.cast_const().cast());
}

/// As lws_cancel_service(), for the service thread of a connection.
///
/// @param wsi the connection, or the stand-in of a callback that has none; nothing happens for NULL or one that is gone.
///            Any thread, and signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_cancel_service_pt(wsi: *mut lws) {
    enter::cancel(wsi.cast_const().cast());
}

/// How long a host's own loop may wait before it calls lws_service() again.
///
/// @param context the context
/// @param timeout_ms the longest wait that the host wants, in milliseconds
/// @param tsi index of the service thread: 0, there is one
/// @return 0 when something waits already that no descriptor will announce, else `timeout_ms` or the time until the next
///         timer is due, whichever is less; 1 for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_service_adjust_timeout(context: *mut lws_context, timeout_ms: c_int, tsi: c_int) -> c_int {
    let _ = tsi;
    enter::context(site!("lws_service_adjust_timeout", remedy::SERVE), context, 1, |cx| {
        let now = crate::util::time::now_usecs();
        match cx.deadline(now) {
            None => timeout_ms,
            Some(due) => {
                let left = c_int::try_from((due - now).max(0).div_euclid(1000)).unwrap_or(c_int::MAX);
                if timeout_ms < 0 { left } else { left.min(timeout_ms) }
            }
        }
    })
}

/// Serves a descriptor that the program's own poll() found ready, and what else is ready, without waiting.
///
/// @param context the context
/// @param pollfd the descriptor, as of lws_get_socket_fd(), with what happened to it in `revents`, which is set to 0; one
///               that is not the library's is left alone. NULL: only timers and what waits inside the library are served
/// @return 0; 1 when the connection was closed in it; -1 once the context is ending, for NULL as context or one that is
///         gone, and when called from a callback. The thread that calls it is the service thread, as of lws_service().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_service_fd(context: *mut lws_context, pollfd: *mut libc::pollfd) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { service_fd(site!("lws_service_fd", remedy::SERVE), context, pollfd) }
}

/// As lws_service_fd(), for one of several service threads.
///
/// @param context the context
/// @param pollfd as in lws_service_fd()
/// @param tsi index of the service thread: 0, there is one
/// @return as lws_service_fd(); -1 also for an index that does not exist.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_service_fd_tsi(context: *mut lws_context, pollfd: *mut libc::pollfd, tsi: c_int) -> c_int {
    if tsi != 0 {
        return -1;
    }
    // SAFETY: the caller's promise.
    unsafe { service_fd(site!("lws_service_fd_tsi", remedy::SERVE), context, pollfd) }
}

/// # Safety
/// `pollfd` is NULL or a live struct.
unsafe fn service_fd(site: &'static Site, context: *mut lws_context, pollfd: *mut libc::pollfd) -> c_int {
    // SAFETY: as the caller promises. A copy: the program's struct may be gone when its callbacks have run.
    let asked = unsafe { pollfd.as_ref() }.copied();
    let mut closed = false;
    let rc = enter::serve_with(site, context, |cx| {
        let served = asked.and_then(|p| {
            let ended = p.revents & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0;
            let ready =
                HostReady { readable: p.revents & libc::POLLIN != 0, writable: p.revents & libc::POLLOUT != 0, ended };
            cx.mark_ready(p.fd, ready)
        });
        if served.is_some() {
            // SAFETY: as the caller promises; no callback has run yet that could have freed it.
            unsafe { (*pollfd).revents = 0 };
        } else if asked.is_some() {
            return true;
        }
        let going = cx.turn(Wait::No);
        closed = served.is_some_and(|wsi| matches!(wsi.phase.get(), Phase::Closing | Phase::Dead));
        going
    });
    match rc {
        0 => c_int::from(closed),
        _ => -1,
    }
}
