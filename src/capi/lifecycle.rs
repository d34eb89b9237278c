//! The life of a context from the outside: the one place where its allocation is made and freed, and where it passes
//! between threads.

use std::ffi::c_void;
use std::rc::Rc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use crate::abi::*;
use crate::capi::app::CProgram;
use crate::capi::creation;
use crate::capi::system_states::{self, System};
use crate::capi::vfs::FileOps;
use crate::engine::context::Context;
use crate::guard::{self, Domain, Handle, Kind};
use crate::util::log::err;
use crate::util::privileges::{self, Privileges, Resolved};
use crate::util::sul_wheel;
use crate::util::{interface, intern};

/// What the door keeps for a context beside the engine's part.
pub struct Held {
    /// The engine's part.
    pub engine: Context,
    /// System states, blobs, messages.
    pub(super) system: System,
    /// The ids to drop to, until they are dropped.
    privileges: Resolved,
    /// What files are opened with.
    files: Rc<FileOps>,
    /// Freed with the context.
    baggage: *mut std::ffi::c_void,
    /// Set to NULL when the context has ended.
    pcontext: *mut *mut lws_context,
}

// SAFETY: a context is only ever touched by the thread that has claimed its domain, and a claim is an acquire of what
// the former owner released.
unsafe impl Send for Held {}

/// Makes a context.
///
/// # Safety
/// As `lws_create_context`.
pub unsafe fn create(info: &lws_context_creation_info) -> *mut lws_context {
    ignore_sigpipe();
    // SAFETY: the caller's promise.
    let Some(config) = (unsafe { creation::context_config(info) }) else { return std::ptr::null_mut() };
    // SAFETY: the caller's promise.
    let wanted = match unsafe { privileges_of(info) } {
        Ok(wanted) => wanted,
        Err(why) => {
            err!("lws_create_context: {why}");
            return std::ptr::null_mut();
        }
    };
    if info.rlimit_nofile > 0
        && let Err(why) = interface::set_rlimit_nofile(info.rlimit_nofile)
    {
        err!("lws_create_context: rlimit_nofile {}: {why}", info.rlimit_nofile);
        return std::ptr::null_mut();
    }
    let domain = match Domain::acquire() {
        Ok(domain) => domain,
        Err(e) => {
            err!("lws_create_context: the wake-up descriptor cannot be made: {e}");
            return std::ptr::null_mut();
        }
    };
    let Some(slot) = guard::insert_context(domain) else {
        err!("lws_create_context: no handle is left");
        domain.release();
        return std::ptr::null_mut();
    };
    slot.slot.user.store(config.user, Release);
    let own_name =
        (config.options & LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME == 0).then(interface::host_name).flatten();
    slot.slot.name.store(intern::keep(own_name.as_deref().unwrap_or("unknown")).as_ptr().cast_mut().cast(), Release);
    let explicit = config.options & LWS_SERVER_OPTION_EXPLICIT_VHOSTS != 0;
    let wheel = sul_wheel::acquire(slot.handle.bits());
    let files = FileOps::new(info.fops);
    // SAFETY: the caller's promise.
    let Some(system) = (unsafe { System::new(info, slot.handle.as_ptr()) }) else {
        guard::retire(slot);
        domain.release();
        return std::ptr::null_mut();
    };
    let held = Box::new(Held {
        system,
        engine: Context::new(slot, domain, Box::new(CProgram { files: files.clone() }), config, wheel),
        privileges: wanted,
        files,
        baggage: info.external_baggage_free_on_destroy,
        pcontext: info.pcontext,
    });
    let held = Box::into_raw(held);
    slot.slot.obj.store(held.cast(), Release);
    domain.set_object(held.cast());
    let context: *mut lws_context = slot.handle.as_ptr();
    // SAFETY: just made, and no other thread knows it.
    let engine = unsafe { &(*held).engine };
    let entered = guard::enter_new(domain);
    let made = explicit || {
        // SAFETY: the caller's promise.
        let vhost = unsafe { creation::vhost_config(info, &engine.config) }.and_then(|c| engine.create_vhost(c));
        vhost.is_some() && drop_privileges(engine)
    };
    if !made {
        // SAFETY: this thread is inside.
        unsafe { end(held) };
        drop(entered);
        return std::ptr::null_mut();
    }
    drop(entered);
    if !info.pcontext.is_null() {
        // SAFETY: the program's variable, which outlives the context by the API's contract.
        unsafe { *info.pcontext = context };
    }
    context
}

/// Takes a context down and frees it.
///
/// # Safety
/// The calling thread is inside the context's domain, no callback of it is on the stack, and `held` is not used again.
pub unsafe fn end(held: *mut Held) {
    // SAFETY: the caller's promise; the closing callbacks run with the context alive.
    let (slot, domain) = unsafe {
        system_states::ending(&(*held).engine);
        (*held).engine.destroy();
        ((*held).engine.slot, (*held).engine.domain)
    };
    guard::retire(slot);
    // SAFETY: the handle is gone, so nobody can come in any more.
    let held = unsafe { Box::from_raw(held) };
    held.engine.wheel.release();
    if !held.pcontext.is_null() {
        // SAFETY: the program's variable, which outlives the context by the API's contract.
        unsafe { *held.pcontext = std::ptr::null_mut() };
    }
    if !held.baggage.is_null() {
        // SAFETY: the program gave it to be freed, and it came from malloc by the API's contract.
        unsafe { libc::free(held.baggage) };
    }
    held.system.end(slot.handle.as_ptr());
    domain.release();
}

/// Drops to the ids that the creation info named, once. `false`: that failed.
pub fn drop_privileges(cx: &Context) -> bool {
    let held = held_of(cx);
    match privileges::drop(&held.privileges) {
        Ok(()) => true,
        Err(why) => {
            err!("privileges cannot be dropped: {why}");
            false
        }
    }
}

/// The user and group ids that are dropped to.
pub fn effective_ids(cx: &Context) -> (i32, i32) {
    let p = &held_of(cx).privileges;
    p.ids()
}

/// What files are opened with.
pub fn file_ops(cx: &Context) -> &FileOps {
    &held_of(cx).files
}

pub(super) fn held_of(cx: &Context) -> &Held {
    // SAFETY: every engine context is the first part of a `Held` whose address its slot keeps while it lives.
    unsafe { &*cx.slot.slot.obj.load(Relaxed).cast::<Held>() }
}

/// Calls the engine's part of a live context, for the thread that is inside its domain.
pub(super) fn with_engine(context: *const c_void, f: impl FnOnce(&Context)) {
    if let Some(handle) = Handle::of_kind(context, Kind::Context)
        && let Ok(slot) = guard::lookup(handle)
        && slot.is_inside()
    {
        let obj = slot.slot.obj.load(std::sync::atomic::Ordering::Acquire).cast::<Held>();
        if !obj.is_null() {
            // SAFETY: the context lives while its handle does, and this thread is inside.
            f(unsafe { &(*obj).engine });
        }
    }
}

unsafe fn privileges_of(info: &lws_context_creation_info) -> Result<Resolved, String> {
    // SAFETY: NULL or NUL-ended, by the API's contract.
    let (user, group) = unsafe { (creation::text(info.username), creation::text(info.groupname)) };
    let count = usize::try_from(info.count_caps).unwrap_or(0).min(info.caps.len());
    privileges::resolve(&Privileges {
        uid: info.uid,
        gid: info.gid,
        username: user,
        groupname: group,
        caps: info.caps[..count].to_vec(),
    })
}

/// SIGPIPE is set to ignored where it stands at its default, as 4.1.6 does.
fn ignore_sigpipe() {
    // SAFETY: plain calls with live arguments; a handler of the program's own is left alone.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGPIPE, std::ptr::null(), &mut now) == 0 && now.sa_sigaction == libc::SIG_DFL {
            libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        }
    }
}

/// The context behind a handle, for the thread that is inside its domain.
///
/// # Safety
/// `slot` is a live context's and the calling thread is inside its domain.
pub unsafe fn context_of<'a>(obj: *mut ()) -> &'a Held {
    // SAFETY: the caller's promise.
    unsafe { &*obj.cast::<Held>() }
}
