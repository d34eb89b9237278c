//! How a C function gets in: a handle becomes a context, vhost or connection of the engine, for the right thread, behind
//! a panic boundary. Every function of the API goes through one of these.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering::Acquire;

use crate::abi::*;
use crate::capi::lifecycle::{self, Held};
use crate::engine::context::{Context, State};
use crate::engine::service::Wait;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Wsi};
use crate::guard::{self, Domain, Entered, Handle, Kind, Refusal, Rule, Site, Slot, SlotRef, misuse};
use crate::util::log::{err, warn};

/// What to do instead, by kind of function: the end of the message about a call from the wrong thread.
pub mod remedy {
    /// Sending.
    pub const WRITE: &str = "put the data into a queue under a lock and call lws_cancel_service(); in \
        LWS_CALLBACK_EVENT_WAIT_CANCELLED ask for WRITEABLE with lws_callback_on_writable(), and write from the WRITEABLE \
        callback";
    /// Asking for something that happens later.
    pub const ASK: &str = "call lws_cancel_service() instead, and make this call in LWS_CALLBACK_EVENT_WAIT_CANCELLED, \
        which comes on the service thread";
    /// Changing something.
    pub const CHANGE: &str = "leave a note under a lock, call lws_cancel_service(), and make this call in \
        LWS_CALLBACK_EVENT_WAIT_CANCELLED, which comes on the service thread";
    /// Asking for an answer.
    pub const READ: &str = "ask in a callback of the connection, and keep the answer in the per-session data under a lock \
        for other threads";
    /// Calling callbacks.
    pub const CALLBACK: &str = "call lws_cancel_service() instead, and make this call in \
        LWS_CALLBACK_EVENT_WAIT_CANCELLED, which comes on the service thread";
    /// Timers.
    pub const TIMER: &str = "leave a note under a lock, call lws_cancel_service(), and set or cancel the timer in \
        LWS_CALLBACK_EVENT_WAIT_CANCELLED, which comes on the service thread";
    /// Making vhosts and connections.
    pub const CREATE: &str = "make it before the service thread's first lws_service(), or leave a note under a lock, call \
        lws_cancel_service(), and make it in LWS_CALLBACK_EVENT_WAIT_CANCELLED";
    /// The loop.
    pub const SERVE: &str = "serve a context from one thread; another may take over when that one has left the library";
    /// The end.
    pub const DESTROY: &str =
        "tell the service thread to stop (a flag and lws_cancel_service()), join it, then destroy";
}

/// The static record of one API function: its name and its remedy.
macro_rules! site {
    ($name:expr, $remedy:expr) => {{
        static SITE: $crate::guard::Site = $crate::guard::Site::new($name, $remedy);
        &SITE
    }};
}
pub(crate) use site;

/// A pointer that travels with a queued call. What it points to is the program's, which has promised that it is good on
/// the service thread.
pub struct SendPtr<T>(pub *mut T);

// SAFETY: only the address is moved; it is used on the service thread, as the API asks of the program.
unsafe impl<T> Send for SendPtr<T> {}

impl<T> SendPtr<T> {
    /// The pointer.
    pub fn get(&self) -> *mut T {
        self.0
    }
}

/// A protocol as C names it: an entry of the program's table or of ours. It is recognised by its address and never read.
#[derive(Clone, Copy)]
pub struct ProtocolKey(usize);

impl ProtocolKey {
    /// From C's pointer.
    pub fn new(protocol: *const lws_protocols) -> ProtocolKey {
        ProtocolKey(protocol as usize)
    }

    /// Our copy of the entry, from whichever vhost has it.
    pub fn find(self, cx: &Context) -> Option<lws_protocols> {
        let p = self.0 as *const lws_protocols;
        cx.vhosts.borrow().iter().find_map(|v| v.protocol_index(p).map(|i| v.config.protocols[i]))
    }

    /// That vhost has it.
    pub fn is_in(self, vhost: &Vhost) -> bool {
        vhost.protocol_index(self.0 as *const lws_protocols).is_some()
    }

    /// It is protocol `index` of that vhost; the null key is every one.
    pub fn is(self, index: usize, vhost: &Vhost) -> bool {
        self.0 == 0 || vhost.protocol_index(self.0 as *const lws_protocols) == Some(index)
    }
}

/// Runs `f` behind the panic boundary.
pub fn guarded<T>(name: &str, failed: T, f: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| {
        err!("{name}: an error inside the library was caught; please report it");
        failed
    })
}

/// The live slot behind a pointer of the wanted kind; misuse is told and counted.
#[inline(always)]
fn live(site: &'static Site, p: *const c_void, kind: Kind) -> Option<SlotRef> {
    let Some(handle) = Handle::of_kind(p, kind) else {
        wrong_kind(site, p, Handle::from_ptr(p));
        return None;
    };
    match guard::lookup(handle) {
        Ok(slot) => Some(slot),
        Err(_) => {
            misuse::dead_handle(site, p);
            None
        }
    }
}

#[cold]
fn wrong_kind(site: &'static Site, p: *const c_void, handle: Option<Handle>) {
    match handle {
        None if p.is_null() => {}
        None => misuse::not_a_handle(site, p),
        Some(h) if h.kind() == Kind::Pseudo && guard::lookup(h).is_ok() => misuse::pseudo_wsi(site, p),
        Some(h) if guard::lookup(h).is_err() => misuse::dead_handle(site, p),
        Some(_) => misuse::not_a_handle(site, p),
    }
}

/// The context of a live slot, for the thread that is inside.
#[inline(always)]
fn context_of(slot: SlotRef) -> Option<&'static Held> {
    context_in(slot.domain())
}

#[inline(always)]
fn context_in(domain: &'static Domain) -> Option<&'static Held> {
    let obj = domain.object();
    // SAFETY: the context stays until its domain is given back, and this thread is inside. The reference is not kept
    // beyond the call that got in.
    (!obj.is_null()).then(|| unsafe { &*obj.cast::<Held>() })
}

/// Leaves the library: what was put off until no callback is on the stack is done now.
#[inline(always)]
fn leave(entered: Entered, held: &'static Held) {
    if entered.is_outermost() {
        settle_and_leave(entered, held);
    }
}

#[cold]
#[inline(never)]
fn settle_and_leave(entered: Entered, held: &'static Held) {
    guarded("leaving the library", (), || held.engine.settle());
    if held.engine.state.get() == State::DestroyAsked {
        let obj = held.engine.slot.slot.obj.load(Acquire).cast::<Held>();
        // SAFETY: this thread is inside and no callback is on the stack; `held` is not used after this.
        guarded("lws_context_destroy", (), || unsafe { lifecycle::end(obj) });
    }
    drop(entered);
}

/// A connection and its context, for a call from a callback that nothing stands against: the short way in, of a few loads
/// and compares. `f` must not be able to panic; where it gives `None`, and for every other call, one of the functions
/// below is the way.
#[inline(always)]
pub fn quick<T>(p: *const lws, f: impl FnOnce(&Context, &Wsi) -> Option<T>) -> Option<T> {
    let (slot, domain) = guard::inside(p.cast(), Kind::Wsi)?;
    f(&context_in(domain)?.engine, connection(slot)?)
}

/// The connection of a live slot, for the thread that is inside.
#[inline(always)]
fn connection(slot: &Slot) -> Option<&Wsi> {
    let obj = slot.obj.load(Acquire);
    // SAFETY: the connection lives while its handle does, and closing waits until the thread that is inside has left. The
    // reference is not kept beyond the call that got in.
    (!obj.is_null()).then(|| unsafe { &*obj.cast::<Wsi>() })
}

/// As [`wsi`] for functions that only look at cells of the connection, which cannot fail.
#[inline(always)]
pub fn wsi_cells<T>(site: &'static Site, p: *const lws, refused: T, f: impl Fn(&Wsi) -> T) -> T {
    match guard::inside(p.cast(), Kind::Wsi).and_then(|(slot, _)| connection(slot)) {
        Some(w) => f(w),
        None => wsi_cells_checked(site, p, refused, f),
    }
}

#[cold]
#[inline(never)]
fn wsi_cells_checked<T>(site: &'static Site, p: *const lws, refused: T, f: impl Fn(&Wsi) -> T) -> T {
    wsi(site, p, refused, |_, w| f(w))
}

/// A function on a connection, on the service thread.
#[inline(always)]
pub fn wsi<T>(site: &'static Site, p: *const lws, refused: T, f: impl FnOnce(&Context, &Wsi) -> T) -> T {
    let Some(slot) = live(site, p.cast(), Kind::Wsi) else { return refused };
    if slot.is_inside() {
        return inside_wsi(site, slot, refused, f);
    }
    match slot.enter(site, Rule::Service) {
        Ok(entered) => on_wsi(site, slot, entered, refused, f),
        Err(_) => refused,
    }
}

/// For a thread that comes from outside: what was put off is done when it leaves.
#[cold]
fn on_wsi<T>(
    site: &'static Site,
    slot: SlotRef,
    entered: Entered,
    refused: T,
    f: impl FnOnce(&Context, &Wsi) -> T,
) -> T {
    let held = context_of(slot);
    let result = inside_wsi(site, slot, refused, f);
    if let Some(held) = held {
        leave(entered, held);
    }
    result
}

/// For a thread that is inside: within a callback this is all there is.
#[inline(always)]
fn inside_wsi<T>(site: &'static Site, slot: SlotRef, refused: T, f: impl FnOnce(&Context, &Wsi) -> T) -> T {
    let (Some(held), Some(wsi)) = (context_of(slot), connection(slot.slot)) else { return refused };
    match catch_unwind(AssertUnwindSafe(|| f(&held.engine, wsi))) {
        Ok(result) => result,
        Err(_) => {
            err!("{}: an error inside the library was caught; the connection is closed; please report it", site.name());
            held.engine.close_later(wsi, Close::AtOnce);
            refused
        }
    }
}

/// As [`wsi`]; under the policy `marshal` another thread's call is queued and answered with `accepted`.
#[inline(always)]
pub fn wsi_or_post<T: 'static>(
    site: &'static Site,
    p: *const lws,
    refused: T,
    accepted: T,
    f: impl FnOnce(&Context, &Wsi) -> T + Send + 'static,
) -> T {
    let Some(slot) = live(site, p.cast(), Kind::Wsi) else { return refused };
    if slot.is_inside() {
        return inside_wsi(site, slot, refused, f);
    }
    match slot.enter(site, Rule::Service) {
        Ok(entered) => on_wsi(site, slot, entered, refused, f),
        Err(Refusal::Marshal) => post_wsi(site, slot, 0, refused, accepted, move |cx, w| {
            f(cx, w);
        }),
        Err(Refusal::Refused) => refused,
    }
}

/// As [`wsi_or_post`] for functions that take bytes: a queued call takes a copy of them along.
#[inline(always)]
pub fn wsi_or_post_bytes<'a, T>(
    site: &'static Site,
    p: *const lws,
    refused: T,
    accepted: T,
    bytes: impl FnOnce() -> &'a [u8],
    f: impl FnOnce(&Context, &Wsi, &[u8]) -> T + Send + 'static,
) -> T {
    let Some(slot) = live(site, p.cast(), Kind::Wsi) else { return refused };
    if slot.is_inside() {
        return inside_wsi(site, slot, refused, |cx, w| f(cx, w, bytes()));
    }
    match slot.enter(site, Rule::Service) {
        Ok(entered) => on_wsi(site, slot, entered, refused, |cx, w| f(cx, w, bytes())),
        Err(Refusal::Marshal) => {
            let bytes = bytes();
            let mut copy = Vec::new();
            if copy.try_reserve_exact(bytes.len()).is_err() {
                return refused;
            }
            copy.extend_from_slice(bytes);
            post_wsi(site, slot, copy.len(), refused, accepted, move |cx, w| {
                f(cx, w, &copy);
            })
        }
        Err(Refusal::Refused) => refused,
    }
}

/// A function that only reads what any thread may know of a connection and yet belongs to the service thread: under the
/// policy `marshal` another thread is answered from the same snapshot.
pub fn wsi_snapshot<T>(site: &'static Site, p: *const lws, refused: T, f: impl FnOnce(&'static Slot) -> T) -> T {
    let Some(slot) = live(site, p.cast(), Kind::Wsi) else { return refused };
    if slot.is_inside() {
        return f(slot.slot);
    }
    match slot.enter(site, Rule::Service) {
        Ok(entered) => {
            let result = f(slot.slot);
            if let Some(held) = context_of(slot) {
                leave(entered, held);
            }
            result
        }
        Err(Refusal::Marshal) => f(slot.slot),
        Err(Refusal::Refused) => refused,
    }
}

#[cold]
fn post_wsi<T>(
    site: &'static Site,
    slot: SlotRef,
    bytes: usize,
    refused: T,
    accepted: T,
    job: impl FnOnce(&Context, &Wsi) + Send + 'static,
) -> T {
    let handle = slot.handle;
    let run = move || {
        // A handle that died before its turn is dropped silently.
        if let Ok(slot) = guard::lookup(handle)
            && let Ok(entered) = slot.enter(site, Rule::Service)
        {
            on_wsi(site, slot, entered, (), job);
        }
    };
    posted(site, slot, bytes, refused, accepted, Box::new(run))
}

fn posted<T>(site: &'static Site, slot: SlotRef, bytes: usize, refused: T, accepted: T, job: guard::Job) -> T {
    match slot.domain().post(job, bytes) {
        Ok(()) => accepted,
        Err(_) => {
            warn!("{}: too much waits for the service thread already; the call is refused", site.name());
            refused
        }
    }
}

/// A function on a vhost, on the service thread.
pub fn vhost<T>(site: &'static Site, p: *const lws_vhost, refused: T, f: impl FnOnce(&Context, &Rc<Vhost>) -> T) -> T {
    let Some(slot) = live(site, p.cast(), Kind::Vhost) else { return refused };
    match slot.enter(site, Rule::Service) {
        Ok(entered) => on_vhost(site, slot, entered, refused, f),
        Err(_) => refused,
    }
}

fn on_vhost<T>(
    site: &'static Site,
    slot: SlotRef,
    entered: Entered,
    refused: T,
    f: impl FnOnce(&Context, &Rc<Vhost>) -> T,
) -> T {
    let Some(held) = context_of(slot) else { return refused };
    let Some(vhost) = held.engine.vhost(slot.handle) else { return refused };
    let result = guarded(site.name(), refused, || f(&held.engine, &vhost));
    drop(vhost);
    leave(entered, held);
    result
}

/// As [`vhost`]; under the policy `marshal` another thread's call is queued and answered with `accepted`.
pub fn vhost_or_post<T: 'static>(
    site: &'static Site,
    p: *const lws_vhost,
    refused: T,
    accepted: T,
    f: impl FnOnce(&Context, &Rc<Vhost>) -> T + Send + 'static,
) -> T {
    let Some(slot) = live(site, p.cast(), Kind::Vhost) else { return refused };
    match slot.enter(site, Rule::Service) {
        Ok(entered) => on_vhost(site, slot, entered, refused, f),
        Err(Refusal::Marshal) => {
            let handle = slot.handle;
            let run = move || {
                if let Ok(slot) = guard::lookup(handle)
                    && let Ok(entered) = slot.enter(site, Rule::Service)
                {
                    on_vhost(site, slot, entered, (), |cx, v| {
                        f(cx, v);
                    });
                }
            };
            posted(site, slot, 0, refused, accepted, Box::new(run))
        }
        Err(Refusal::Refused) => refused,
    }
}

/// A function on a context, on the service thread.
pub fn context<T>(site: &'static Site, p: *const lws_context, refused: T, f: impl FnOnce(&Context) -> T) -> T {
    let Some(slot) = live(site, p.cast(), Kind::Context) else { return refused };
    match slot.enter(site, Rule::Service) {
        Ok(entered) => on_context(site, slot, entered, refused, f),
        Err(_) => refused,
    }
}

fn on_context<T>(site: &'static Site, slot: SlotRef, entered: Entered, refused: T, f: impl FnOnce(&Context) -> T) -> T {
    let Some(held) = context_of(slot) else { return refused };
    let result = guarded(site.name(), refused, || f(&held.engine));
    leave(entered, held);
    result
}

/// As [`context`]; under the policy `marshal` another thread's call is queued and answered with `accepted`.
pub fn context_or_post<T: 'static>(
    site: &'static Site,
    p: *const lws_context,
    refused: T,
    accepted: T,
    f: impl FnOnce(&Context) -> T + Send + 'static,
) -> T {
    let Some(slot) = live(site, p.cast(), Kind::Context) else { return refused };
    match slot.enter(site, Rule::Service) {
        Ok(entered) => on_context(site, slot, entered, refused, f),
        Err(Refusal::Marshal) => {
            let handle = slot.handle;
            let run = move || {
                if let Ok(slot) = guard::lookup(handle)
                    && let Ok(entered) = slot.enter(site, Rule::Service)
                {
                    on_context(site, slot, entered, (), |cx| {
                        f(cx);
                    });
                }
            };
            posted(site, slot, 0, refused, accepted, Box::new(run))
        }
        Err(Refusal::Refused) => refused,
    }
}

/// What any thread may ask of a live handle, from the atomics in its slot. `None` of it is the engine's.
pub fn any<P, T: Copy>(site: &'static Site, p: *const P, refused: T, f: impl Fn(&'static Slot) -> T) -> T {
    any_of(site, p.cast(), refused, false, f)
}

/// As [`any`], and the stand-in of callbacks without a connection answers too.
pub fn any_or_pseudo<P, T: Copy>(site: &'static Site, p: *const P, refused: T, f: impl Fn(&'static Slot) -> T) -> T {
    any_of(site, p.cast(), refused, true, f)
}

fn any_of<T: Copy>(
    site: &'static Site,
    p: *const c_void,
    refused: T,
    pseudo: bool,
    f: impl Fn(&'static Slot) -> T,
) -> T {
    match Handle::from_ptr(p) {
        Some(handle) if pseudo || handle.kind() != Kind::Pseudo => {
            if let Ok(slot) = guard::lookup(handle)
                && let Some(value) = slot.read(&f)
            {
                return value;
            }
            misuse::dead_handle(site, p);
        }
        other => wrong_kind(site, p, other),
    }
    refused
}

/// A function that any thread may call to change what any thread may know of a connection.
pub fn any_write(site: &'static Site, p: *const lws, f: impl FnOnce(&Slot)) {
    let Some(slot) = live(site, p.cast(), Kind::Wsi) else { return };
    if slot.is_inside() {
        f(slot.slot);
    } else if !guard::write(slot, f) {
        misuse::dead_handle(site, p.cast());
    }
}

/// `lws_service`.
pub fn serve(site: &'static Site, p: *mut lws_context, wait: Wait) -> i32 {
    serve_with(site, p, |cx| cx.turn(wait))
}

/// What a service pass does, once the calling thread has become the service thread. `round` says whether the context goes on.
pub fn serve_with(site: &'static Site, p: *mut lws_context, round: impl FnOnce(&Context) -> bool) -> i32 {
    let Some(slot) = live(site, p.cast_const().cast(), Kind::Context) else {
        // A loop over a context that somebody has destroyed has to end.
        return if p.is_null() { 1 } else { -1 };
    };
    let entered = match slot.enter(site, Rule::Claim) {
        Ok(entered) => entered,
        Err(_) => return -1,
    };
    if !entered.is_outermost() {
        misuse::second_entry(site, p.cast_const().cast());
        return 1;
    }
    entered.bind();
    let Some(held) = context_of(slot) else { return -1 };
    let going = guarded(site.name(), false, || round(&held.engine));
    if going {
        drop(entered);
        return 0;
    }
    settle_and_leave(entered, held);
    -1
}

/// `lws_cancel_service`: no lock, no allocation, no log, errno kept.
pub fn cancel(p: *const c_void) {
    if let Some(handle) = Handle::from_ptr(p)
        && let Ok(slot) = guard::lookup(handle)
    {
        slot.domain().cancel(slot);
    }
}

/// `lws_context_destroy`.
pub fn destroy(site: &'static Site, p: *mut lws_context) {
    let Some(slot) = live(site, p.cast_const().cast(), Kind::Context) else { return };
    match slot.enter(site, Rule::Claim) {
        Ok(entered) => {
            let Some(held) = context_of(slot) else { return };
            held.engine.ask_to_destroy();
            if entered.is_outermost() {
                settle_and_leave(entered, held);
            }
        }
        Err(Refusal::Marshal) => destroy_elsewhere(site, slot),
        Err(Refusal::Refused) => {}
    }
}

/// Another thread is inside: it is asked to destroy, and waited for.
#[cold]
fn destroy_elsewhere(site: &'static Site, slot: SlotRef) {
    let domain: &'static Domain = slot.domain();
    let handle = slot.handle;
    let ask = || {
        let job = move || {
            if let Ok(slot) = guard::lookup(handle)
                && let Ok(_entered) = slot.enter(site, Rule::Service)
                && let Some(held) = context_of(slot)
            {
                held.engine.ask_to_destroy();
            }
        };
        // Full: it is asked again when it has caught up.
        domain.post(Box::new(job), 0).is_ok()
    };
    // It destroys, or leaves the library or is no more: then this thread does.
    if let Some(entered) = domain.enter_to_destroy(slot, ask)
        && let Some(held) = context_of(slot)
    {
        held.engine.ask_to_destroy();
        settle_and_leave(entered, held);
    }
}
