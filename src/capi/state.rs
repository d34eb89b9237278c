//! State machines, as C sees them. The work is done in `util/state.rs`.

use std::ffi::{CStr, c_int};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::guard::Site;
use crate::util::{smd, state};

/// Runs on the service thread of the manager's context; one without a context is the caller's alone.
unsafe fn on<T>(site: &'static Site, mgr: *mut lws_state_manager_t, refused: T, f: impl FnOnce() -> T) -> T {
    // SAFETY: not NULL, hence valid by contract.
    let context = if mgr.is_null() { return refused } else { unsafe { (*mgr).context } };
    if context.is_null() {
        return enter::guarded(site.name(), refused, f);
    }
    enter::context(site, context, refused, |_| f())
}

/// How a change of state becomes a system message of the context.
pub(super) fn announce(context: *mut lws_context, class: u32, name: &CStr) {
    let text = [b"{\"state\":\"".as_slice(), name.to_bytes(), b"\"}"].concat();
    if !context.is_null() && smd::announce(context as u64, class, &text) {
        enter::cancel(context.cast_const().cast());
    }
}

/// Adds a notifier to a state manager. The latest is asked first. It must be taken off before its memory goes. One that
/// has a manager already moves to this one. Nothing for NULL.
///
/// A notifier is told the present and the wanted state and may refuse the change with non-zero; when none does, it is told
/// once more, with both of them the new state. Service thread of the manager's context only.
///
/// # Safety
/// Both are NULL or valid; `nl->list` is zeroed or from an earlier call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_state_reg_notifier(mgr: *mut lws_state_manager_t, nl: *mut lws_state_notify_link_t) {
    if !nl.is_null() {
        // SAFETY: as the caller promises.
        unsafe { on(site!("lws_state_reg_notifier", remedy::CHANGE), mgr, (), || state::register(mgr, nl)) };
    }
}

/// Adds each of a NULL-ended list of notifiers, as lws_state_reg_notifier() does. Nothing for NULL. Service thread of the
/// manager's context only.
///
/// # Safety
/// `mgr` is NULL or valid, `nl` is NULL or such a list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_state_reg_notifier_list(
    mgr: *mut lws_state_manager_t,
    nl: *const *mut lws_state_notify_link_t,
) {
    // SAFETY: as the caller promises.
    unsafe {
        on(site!("lws_state_reg_notifier_list", remedy::CHANGE), mgr, (), || {
            let mut at = nl;
            while !at.is_null() && !(*at).is_null() {
                state::register(mgr, *at);
                at = at.add(1);
            }
        });
    }
}

/// Takes a notifier off its manager. Nothing for NULL and for one that has none. Service thread only.
///
/// # Safety
/// `nl` is NULL or valid, and zeroed or registered once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_state_reg_deregister(nl: *mut lws_state_notify_link_t) {
    if !nl.is_null() {
        // SAFETY: as the caller promises.
        enter::guarded("lws_state_reg_deregister", (), || unsafe { state::deregister(nl) });
    }
}

/// Tries to go straight to a state. The notifiers may refuse it, and it then stays as it was: look at `mgr->state`.
///
/// Returns 0, also when one refused and for NULL. Service thread of the manager's context only.
///
/// # Safety
/// `mgr` is NULL or valid; `mgr->state_names`, where `mgr->smd_class` is set, has a name for each state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_state_transition(mgr: *mut lws_state_manager_t, target: c_int) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        on(site!("lws_state_transition", remedy::CHANGE), mgr, 0, || {
            let context = (*mgr).context;
            state::go_to(mgr, target, &|class, name| announce(context, class, name));
            0
        })
    }
}

/// Goes up towards a state one by one, until there or until a notifier refuses a step. Nothing for a state below.
///
/// Returns 0. Service thread of the manager's context only.
///
/// # Safety
/// As lws_state_transition().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_state_transition_steps(mgr: *mut lws_state_manager_t, target: c_int) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        on(site!("lws_state_transition_steps", remedy::CHANGE), mgr, 0, || {
            let context = (*mgr).context;
            state::step_to(mgr, target, &|class, name| announce(context, class, name));
            0
        })
    }
}
