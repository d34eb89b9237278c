//! The words: what a handle is, and what is wrong with a call. A message about a wrong thread names the function, the
//! object, both threads, and what to do instead.

use std::ffi::c_void;
use std::io::Write;

use super::domain::Domain;
use super::handle::{Handle, Kind};
use super::misuse::Misuse;
use super::site::Site;
use super::table::lookup;
use super::thread;

impl std::fmt::Display for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:#x}", self.kind().name(), self.bits())
    }
}

/// What a pointer from C is, or was.
pub fn describe(p: *const c_void) -> String {
    if p.is_null() {
        return "NULL".into();
    }
    let Some(handle) = Handle::from_ptr(p) else {
        return format!("{p:p} is no handle of this library");
    };
    match lookup(handle) {
        Err(_) => format!("{handle} has ended (slot {}, life {})", handle.index(), handle.generation()),
        Ok(slot) => {
            let owner = match slot.domain().owner() {
                Some(owner) => format!("served by {owner}"),
                None => "served by no thread yet".into(),
            };
            let stand_in =
                if handle.kind() == Kind::Pseudo { ", the stand-in of a callback without a connection" } else { "" };
            format!("{handle}{stand_in}, alive (slot {}, life {}), {owner}", handle.index(), handle.generation())
        }
    }
}

/// The message about a call from the wrong thread.
pub fn broken_rule(domain: &Domain, subject: Handle, site: &Site, kind: Misuse) -> String {
    let caller = thread::identity();
    let (name, remedy) = (site.name(), site.remedy());
    match (kind, domain.owner()) {
        (Misuse::SecondEntry | Misuse::Claim, owner) => {
            let owner = owner.map_or_else(|| "another thread".into(), |o| o.to_string());
            format!(
                "{name}: called on {subject} by {caller} while {owner} is inside the library with the same context. \
                     Instead: {remedy}."
            )
        }
        (_, Some(owner)) => {
            format!(
                "{name}: called on {subject} by {caller}, but it belongs to the service thread, {owner}. \
                     Instead: {remedy}."
            )
        }
        (_, None) => {
            format!(
                "{name}: called on {subject} by {caller}, but it belongs to the service thread, which has ended; \
                     only lws_service() and lws_context_destroy() may take a context over. Instead: {remedy}."
            )
        }
    }
}

/// Tells why and ends the process, where no policy lets it go on.
#[cold]
pub fn end_process(text: &str) -> ! {
    let _ = writeln!(std::io::stderr(), "libwebsockets: {text}");
    crate::util::log::err!("{text}");
    std::process::abort()
}

/// Tells and ends the process, with this thread's stack in the core dump.
#[cold]
pub fn and_abort(text: &str) -> ! {
    let _ = writeln!(
        std::io::stderr(),
        "libwebsockets: {text}\nlibwebsockets: stopping here, so that the core dump shows the call \
         (LWS_THREAD_CHECK=refuse or =marshal lets the program go on)"
    );
    crate::util::log::err!("{text}");
    std::process::abort()
}
