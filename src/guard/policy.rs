//! What happens to a call from the wrong thread: the program is stopped, the call refused, or queued.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use crate::util::log::warn;

/// The three policies.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Policy {
    /// One message, then abort(), so that the core dump shows the culprit's stack.
    Abort,
    /// A message now and then; the function returns its error value and changes nothing.
    Refuse,
    /// One message per function; the call is queued to the service thread.
    Marshal,
}

impl Policy {
    fn named(name: &str) -> Option<Policy> {
        match name {
            "abort" => Some(Policy::Abort),
            "refuse" => Some(Policy::Refuse),
            "marshal" => Some(Policy::Marshal),
            _ => None,
        }
    }
}

/// The environment variable that goes before everything else.
const VARIABLE: &str = "LWS_THREAD_CHECK";

/// 0: not set; else 1 + the policy's number.
static CHOSEN: AtomicU8 = AtomicU8::new(0);
/// 0: not looked at yet; 1: it says nothing; else 2 + the policy's number. Looking twice at once does no harm, and a fork
/// finds nothing locked.
static ENVIRONMENT: AtomicU8 = AtomicU8::new(0);

/// `lwsx_set_thread_policy`.
pub fn set_thread_policy(policy: Policy) {
    CHOSEN.store(1 + policy as u8, Relaxed);
}

/// The policy in force: the environment's, else the program's, else the builder's, else `abort`.
pub fn thread_policy() -> Policy {
    let mut environment = ENVIRONMENT.load(Relaxed);
    if environment == 0 {
        environment = from_environment().map_or(1, |policy| 2 + policy as u8);
        ENVIRONMENT.store(environment, Relaxed);
    }
    match environment.checked_sub(1).filter(|n| *n > 0).unwrap_or_else(|| CHOSEN.load(Relaxed)) {
        1 => Policy::Abort,
        2 => Policy::Refuse,
        3 => Policy::Marshal,
        _ => option_env!("LWS_THREAD_CHECK_DEFAULT").and_then(Policy::named).unwrap_or(Policy::Abort),
    }
}

fn from_environment() -> Option<Policy> {
    let value = std::env::var(VARIABLE).ok()?;
    let policy = Policy::named(&value);
    if policy.is_none() {
        warn!("{VARIABLE}={value} is none of abort, refuse, marshal; it is ignored");
    }
    policy
}
