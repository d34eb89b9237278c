//! The arithmetic of back-off policies.

use std::ffi::{c_char, c_uint};

use crate::abi::*;

/// Delay of a policy without a table, and of no policy (ms).
const DEFAULT_DELAY_MS: u32 = 3000;

/// Jitter of a policy that names none, in percent.
const DEFAULT_JITTER: u32 = 30;

/// The delay for try number `*ctry`, with jitter; counts it up. `*conceal`: the policy wants a further try.
///
/// # Safety
/// Each pointer is NULL or points to a live object, the policy's table to as many entries as it says.
pub unsafe fn next_delay(retry: *const lws_retry_bo_t, ctry: *mut u16, conceal: *mut c_char) -> c_uint {
    // SAFETY: the caller's promise.
    let (retry, ctry, conceal) = unsafe { (retry.as_ref(), ctry.as_mut(), conceal.as_mut()) };
    let tries = ctry.as_ref().map_or(0, |c| **c);
    let mut ms = DEFAULT_DELAY_MS;
    let mut jitter = DEFAULT_JITTER;
    let mut more = false;
    if let Some(r) = retry {
        if r.retry_ms_table_count > 0 && !r.retry_ms_table.is_null() {
            let index = tries.min(r.retry_ms_table_count - 1);
            // SAFETY: the table has that many entries.
            ms = unsafe { *r.retry_ms_table.add(usize::from(index)) };
        }
        if r.jitter_percent != 0 {
            jitter = u32::from(r.jitter_percent);
        }
        more = tries < r.conceal_count;
    }
    if let Some(c) = ctry {
        *c = c.saturating_add(1);
    }
    if let Some(c) = conceal {
        *c = c_char::from(more);
    }
    let spread = u64::from(ms) * u64::from(jitter) / 100;
    let random = getrandom::u32().unwrap_or(0);
    ms.saturating_add(((u64::from(random) * spread) >> 32) as u32)
}
