//! Floor 2: right thread, live handle, every call (`docs/threads.md` is the view from outside).
//!
//! C holds [`Handle`]s where it believes to hold pointers. A handle names a slot of the [`table`] and the life of that
//! slot which it was made for; a slot names the [`Domain`] of its context, and a domain knows the one thread that may
//! touch what is behind it. So a call goes: handle, slot, alive? domain, am I inside? object. On the right path these
//! are plain loads and compares ([`SlotRef::enter`]); everything else is cold and ends in [`policy`], which aborts,
//! refuses, or has the call queued for the thread that it belongs to.
//!
//! Nothing here knows the engine: the object behind a slot is an opaque pointer that only the thread inside the domain
//! may use. Slots and domains are never freed, so any thread may look at them at any time, without a lock.

#![cfg_attr(loom, allow(dead_code, reason = "models use a part of it"))]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("handles need 64-bit pointers");

pub mod domain;
#[cfg(not(loom))]
pub mod fork;
pub mod handle;
pub mod misuse;
#[cfg(all(test, loom))]
mod models;
pub mod policy;
pub mod queue;
pub mod report;
pub mod site;
pub mod sync;
pub mod table;
pub mod thread;
pub mod turnstile;
pub mod wake;

pub use domain::{Domain, Entered, Refusal, enter_new};
#[cfg(not(loom))]
pub use fork::fork_epoch;
pub use handle::{Handle, Kind};
pub use misuse::{Misuse, misuse_count};
pub use policy::{Policy, set_thread_policy, thread_policy};
pub use queue::{Full, Job};
pub use report::describe;
pub use site::{Rule, Site};
pub use table::{Dead, Slot, SlotRef, insert, insert_context, inside, lookup, retire, write};
