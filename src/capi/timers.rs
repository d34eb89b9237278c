//! Timeouts, timers of connections, and the program's own timers (sul).

use std::ffi::{c_char, c_int, c_uint};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::util::sul_wheel::{self, WheelRef};
use crate::util::time::now_usecs;

/// Sets, replaces or clears the connection's timeout: when it runs out, the connection is closed with its callbacks.
///
/// @param wsi the connection
/// @param reason PENDING_TIMEOUT_USER_OK and kin; NO_PENDING_TIMEOUT clears
/// @param secs seconds, 0 clears; LWS_TO_KILL_ASYNC or LWS_TO_KILL_SYNC closes as soon as no callback is on the stack.
///             Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_timeout(wsi: *mut lws, reason: pending_timeout, secs: c_int) {
    enter::wsi_or_post(site!("lws_set_timeout", remedy::CHANGE), wsi, (), (), move |cx, w| {
        cx.set_timeout(w, reason, secs);
    });
}

/// Arms the connection's timer: LWS_CALLBACK_TIMER comes once, after so many microseconds. A later call replaces it.
///
/// @param wsi the connection
/// @param usecs microseconds; LWS_SET_TIMER_USEC_CANCEL cancels (on 4.1.6 it fires at once). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_set_timer_usecs(wsi: *mut lws, usecs: lws_usec_t) {
    enter::wsi_or_post(site!("lws_set_timer_usecs", remedy::CHANGE), wsi, (), (), move |cx, w| {
        cx.set_user_timer(w, usecs);
    });
}

/// Tells that the peer has shown that it lives: the timers of the retry and idle policy start over.
///
/// @param wsi the connection. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_validity_confirmed(wsi: *mut lws) {
    enter::wsi_or_post(site!("lws_validity_confirmed", remedy::CHANGE), wsi, (), (), |cx, w| cx.validity_confirmed(w));
}

/// Schedules a timer, or moves it: `cb` is called once in the service thread.
///
/// @param ctx the context
/// @param tsi index of the service thread: 0, there is one
/// @param sul the timer, zeroed before its first use. It belongs to the program, and has to stay where it is until it has
///            fired or is cancelled. While it is scheduled its list.owner is set and its us is the time it is due.
/// @param _cb called with `sul`, which is off the list by then and may be scheduled again, or freed
/// @param _us microseconds from now; LWS_SET_TIMER_USEC_CANCEL cancels. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sul_schedule(
    ctx: *mut lws_context,
    tsi: c_int,
    sul: *mut lws_sorted_usec_list_t,
    _cb: sul_cb_t,
    _us: lws_usec_t,
) {
    let _ = tsi;
    schedule(site!("lws_sul_schedule", remedy::TIMER), ctx, sul, _cb, _us, false);
}

/// As lws_sul_schedule(), for a timer that may wake a machine that sleeps.
///
/// @param ctx the context
/// @param tsi index of the service thread: 0, there is one
/// @param sul the timer, as in lws_sul_schedule()
/// @param _cb called with `sul`
/// @param _us microseconds from now; LWS_SET_TIMER_USEC_CANCEL cancels. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sul_schedule_wakesuspend(
    ctx: *mut lws_context,
    tsi: c_int,
    sul: *mut lws_sorted_usec_list_t,
    _cb: sul_cb_t,
    _us: lws_usec_t,
) {
    let _ = tsi;
    schedule(site!("lws_sul_schedule_wakesuspend", remedy::TIMER), ctx, sul, _cb, _us, true);
}

fn schedule(
    site: &'static crate::guard::Site,
    ctx: *mut lws_context,
    sul: *mut lws_sorted_usec_list_t,
    cb: sul_cb_t,
    us: lws_usec_t,
    wakesuspend: bool,
) {
    if sul.is_null() {
        return;
    }
    let sul = enter::SendPtr(sul);
    enter::context_or_post(site, ctx, (), (), move |cx| {
        let sul = sul.get();
        // SAFETY: the timer is the program's, live, and belongs to this context's service thread, which this is.
        unsafe {
            if us == LWS_SET_TIMER_USEC_CANCEL {
                WheelRef::cancel(sul);
            } else {
                (*sul).cb = cb;
                cx.wheel.schedule(sul, now_usecs().saturating_add(us), wakesuspend);
            }
        }
    });
}

/// Schedules a timer whose `cb` is set already, `us` microseconds (its member) from now.
///
/// @param context the context
/// @param tsi index of the service thread: 0, there is one
/// @param flags LWSSULLI_WAKE_IF_SUSPENDED or LWSSULLI_MISS_IF_SUSPENDED
/// @param sul the timer, as in lws_sul_schedule(). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sul2_schedule(
    context: *mut lws_context,
    tsi: c_int,
    flags: c_int,
    sul: *mut lws_sorted_usec_list_t,
) {
    let _ = tsi;
    if sul.is_null() {
        return;
    }
    // SAFETY: a live timer by the API's contract.
    let (cb, us) = unsafe { ((*sul).cb, (*sul).us) };
    let wake = flags & LWSSULLI_WAKE_IF_SUSPENDED as c_int != 0;
    schedule(site!("lws_sul2_schedule", remedy::TIMER), context, sul, cb, us, wake);
}

/// Cancels a timer. Harmless when it is not scheduled.
///
/// @param sul the timer, or NULL. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sul_cancel(sul: *mut lws_sorted_usec_list_t) {
    if sul.is_null() {
        return;
    }
    // SAFETY: a live timer by the API's contract; a foreign thread reads the owner only, in one access.
    let owner = unsafe { std::ptr::read_volatile(&raw const (*sul).list.owner) };
    if owner.is_null() {
        return;
    }
    match sul_wheel::context_of(owner) {
        Some(context) => {
            let context = crate::guard::Handle::from_bits(context).map_or(std::ptr::null_mut(), |h| h.as_ptr());
            let sul = enter::SendPtr(sul);
            enter::context_or_post(site!("lws_sul_cancel", remedy::TIMER), context, (), (), move |_: &_| {
                // SAFETY: as in `schedule`.
                unsafe { WheelRef::cancel(sul.get()) }
            });
        }
        // SAFETY: it stands on a list of the program's own, which the caller may change.
        None => unsafe { crate::util::dll2::remove(&raw mut (*sul).list) },
    }
}

/// When the next timer is due that may wake a machine that sleeps.
///
/// @param ctx the context
/// @param pearliest gets the time, in the microseconds of lws_now_usecs()
/// @return 0; 1 when there is none, or for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_sul_earliest_wakeable_event(ctx: *mut lws_context, pearliest: *mut lws_usec_t) -> c_int {
    let due = enter::context(site!("lws_sul_earliest_wakeable_event", remedy::READ), ctx, None, |cx| {
        cx.wheel.earliest_wakeable()
    });
    match due {
        Some(due) if !pearliest.is_null() => {
            // SAFETY: the caller's variable.
            unsafe { *pearliest = due };
            0
        }
        _ => 1,
    }
}

/// The next delay of a back-off policy, with up to its jitter on top, and a step of its counter.
///
/// @param context the context, for its randomness
/// @param retry the policy, or NULL for 3 s
/// @param ctry how many tries there were; counted up until it is beyond the policy's conceal_count
/// @param conceal gets whether the policy still wants tries after this one; or NULL
/// @return milliseconds; 0 for a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_retry_get_delay_ms(
    context: *mut lws_context,
    retry: *const lws_retry_bo_t,
    ctry: *mut u16,
    conceal: *mut c_char,
) -> c_uint {
    enter::context(site!("lws_retry_get_delay_ms", remedy::READ), context, 0, |_| {
        // SAFETY: NULL or live objects, by the API's contract.
        unsafe { crate::capi::retry::next_delay(retry, ctry, conceal) }
    })
}

/// Schedules a timer by a back-off policy.
///
/// @param context the context
/// @param tid index of the service thread: 0, there is one
/// @param sul the timer, as in lws_sul_schedule()
/// @param retry the policy
/// @param cb called with `sul`
/// @param ctry how many tries there were
/// @return 0; 1 when the policy wants no more tries (nothing is scheduled), or for a context that is gone. Service thread
///         only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_retry_sul_schedule(
    context: *mut lws_context,
    tid: c_int,
    sul: *mut lws_sorted_usec_list_t,
    retry: *const lws_retry_bo_t,
    cb: sul_cb_t,
    ctry: *mut u16,
) -> c_int {
    let _ = tid;
    if sul.is_null() {
        return 1;
    }
    enter::context(site!("lws_retry_sul_schedule", remedy::TIMER), context, 1, |cx| {
        let mut conceal: c_char = 0;
        // SAFETY: NULL or live objects, by the API's contract; this is the timer's service thread.
        unsafe {
            let ms = crate::capi::retry::next_delay(retry, ctry, &mut conceal);
            if conceal == 0 {
                return 1;
            }
            (*sul).cb = cb;
            cx.wheel.schedule(sul, now_usecs() + i64::from(ms) * 1000, false);
        }
        0
    })
}

/// As lws_retry_sul_schedule(), with the policy of a connection's vhost.
///
/// @param wsi the connection
/// @param sul the timer, as in lws_sul_schedule()
/// @param cb called with `sul`
/// @param ctry how many tries there were
/// @return 0; 1 when the policy wants no more tries, or for a connection that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_retry_sul_schedule_retry_wsi(
    wsi: *mut lws,
    sul: *mut lws_sorted_usec_list_t,
    cb: sul_cb_t,
    ctry: *mut u16,
) -> c_int {
    if sul.is_null() {
        return 1;
    }
    enter::wsi(site!("lws_retry_sul_schedule_retry_wsi", remedy::TIMER), wsi, 1, |cx, w| {
        let retry: *const lws_retry_bo_t = cx.retry_policy(w).cast();
        let mut conceal: c_char = 0;
        // SAFETY: the policy lives as long as its vhost, by the API's contract; the rest as above.
        unsafe {
            let ms = crate::capi::retry::next_delay(retry, ctry, &mut conceal);
            if conceal == 0 {
                return 1;
            }
            (*sul).cb = cb;
            cx.wheel.schedule(sul, now_usecs() + i64::from(ms) * 1000, false);
        }
        0
    })
}
