//! What a context has of `lws_system`: its state manager, the result of captive portal detection, the program's operations
//! and the blobs; and how they take part in the life of a context.
//!
//! The manager is memory that the program looks at, so it comes from the program's allocator. Blobs are known to C by
//! numbers, not addresses, so that one of a context that is gone is recognised.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::abi::*;
use crate::capi::{enter, lifecycle, state as door};
use crate::engine::context::Context;
use crate::util::shared::Shared;
use crate::util::{alloc, attached, dll2, smd, state};

const STATES: usize = LWS_SYSTATE_POLICY_INVALID as usize + 1;

struct Names([*const c_char; STATES + 1]);

// SAFETY: pointers to static texts.
unsafe impl Sync for Names {}

static NAMES: Names = Names([
    c"undef".as_ptr(),
    c"CONTEXT_CREATED".as_ptr(),
    c"INITIALIZED".as_ptr(),
    c"IFACE_COLDPLUG".as_ptr(),
    c"DHCP".as_ptr(),
    c"CPD_PRE_TIME".as_ptr(),
    c"TIME_VALID".as_ptr(),
    c"CPD_POST_TIME".as_ptr(),
    c"POLICY_VALID".as_ptr(),
    c"REGISTERED".as_ptr(),
    c"AUTH1".as_ptr(),
    c"AUTH2".as_ptr(),
    c"OPERATIONAL".as_ptr(),
    c"POLICY_INVALID".as_ptr(),
    ptr::null(),
]);

/// One blob: pieces of our own, or a piece of the program's.
#[derive(Default)]
pub(super) enum Blob {
    #[default]
    Empty,
    Heap(Vec<(*mut u8, usize)>),
    Direct(*const u8, usize),
}

impl Blob {
    /// Frees the pieces that are ours.
    pub(super) fn clear(&mut self) {
        if let Blob::Heap(pieces) = std::mem::take(self) {
            for (p, _) in pieces {
                // SAFETY: each came from the allocator when it was appended, and the list is gone.
                unsafe { alloc::free(p.cast()) };
            }
        }
    }
}

/// See the module.
pub(super) struct System {
    /// The manager; never NULL.
    pub mgr: *mut lws_state_manager,
    /// Sends PROTOCOL_INIT when the policy is there.
    init: Box<lws_state_notify_link>,
    /// The program's operations, or NULL.
    pub ops: *const lws_system_ops_t,
    /// What captive portal detection found.
    pub cpd: Cell<lws_cpd_result_t>,
    /// Content of the blobs.
    pub blobs: RefCell<[Blob; LWS_SYSBLOB_TYPE_COUNT as usize]>,
    /// First number of its blobs.
    first_blob: usize,
    /// The state that other threads have been told of.
    published: Cell<c_int>,
    /// Asked for by lws_context_deprecate(): called when the last connection is gone.
    pub deprecated: Cell<Option<lws_reload_func>>,
}

/// Which context has the blobs from that number on.
static BLOBS: Shared<BTreeMap<usize, u64>> = Shared::new(BTreeMap::new());
static LAST_BLOB: AtomicUsize = AtomicUsize::new(1);

impl System {
    /// For a new context, whose notifiers and first listener come from its creation info. `None`: no memory.
    ///
    /// # Safety
    /// As `lws_create_context`.
    pub(super) unsafe fn new(info: &lws_context_creation_info, context: *mut lws_context) -> Option<System> {
        let mgr: *mut lws_state_manager = alloc::zalloc(size_of::<lws_state_manager>(), c"system states").cast();
        if mgr.is_null() {
            return None;
        }
        let mut init = Box::new(lws_state_notify_link {
            list: dll2::DETACHED,
            notify_cb: Some(init_protocols),
            name: c"protocol init".as_ptr(),
        });
        // SAFETY: new memory of that size; the list is the program's, by contract.
        unsafe {
            mgr.write(lws_state_manager {
                notify_list: dll2::EMPTY,
                context,
                parent: context.cast(),
                smd_class: LWSSMDCL_SYSTEM_STATE,
                state_names: NAMES.0.as_ptr().cast_mut(),
                name: c"system".as_ptr(),
                state: LWS_SYSTATE_CONTEXT_CREATED as c_int,
            });
            state::register(mgr, &raw mut *init);
            let mut link = info.register_notifier_list;
            while !link.is_null() && !(*link).is_null() {
                state::register(mgr, *link);
                link = link.add(1);
            }
        }
        if info.early_smd_cb.is_some() {
            smd::register(context as u64, info.early_smd_opaque, info.early_smd_class_filter, info.early_smd_cb);
        }
        let count = LWS_SYSBLOB_TYPE_COUNT as usize;
        let first_blob = LAST_BLOB.fetch_add(1, Ordering::Relaxed) * count;
        BLOBS.lock().insert(first_blob, context as u64);
        Some(System {
            mgr,
            init,
            ops: info.system_ops,
            cpd: Cell::new(LWS_CPD_UNKNOWN),
            blobs: RefCell::default(),
            first_blob,
            published: Cell::new(-1),
            deprecated: Cell::new(None),
        })
    }

    /// The number by which C knows a blob, as a pointer that is no address.
    pub(super) fn blob(&self, index: usize) -> *mut lws_system_blob {
        ptr::without_provenance_mut((self.first_blob + index) << BLOB_SHIFT)
    }

    /// Takes the notifiers off and gives all memory back.
    pub(super) fn end(self, context: *mut lws_context) {
        // SAFETY: the manager is ours; the program's links are valid while they are registered.
        unsafe {
            while !(*self.mgr).notify_list.head.is_null() {
                dll2::remove((*self.mgr).notify_list.head);
            }
            alloc::free(self.mgr.cast());
        }
        drop(self.init);
        BLOBS.lock().remove(&self.first_blob);
        self.blobs.into_inner().iter_mut().for_each(Blob::clear);
        smd::forget(context as u64);
        attached::forget(context as u64);
    }
}

const BLOB_SHIFT: u32 = 4;

/// The context of a blob and its place there; NULL for what is no blob.
pub(super) fn blob_of(b: *const lws_system_blob) -> (*mut lws_context, usize) {
    let number = b.addr() >> BLOB_SHIFT;
    let count = LWS_SYSBLOB_TYPE_COUNT as usize;
    let known = BLOBS.lock().get(&(number / count * count)).copied();
    (known.unwrap_or(0) as *mut lws_context, number % count)
}

/// Goes as far up as the notifiers let it.
pub(super) fn advance(cx: &Context) {
    let mgr = lifecycle::held_of(cx).system.mgr;
    let context = cx.slot.handle.as_ptr();
    // SAFETY: the manager lives as long as the context.
    unsafe {
        state::step_to(mgr, LWS_SYSTATE_OPERATIONAL as c_int, &|class, name| door::announce(context, class, name));
    }
}

/// The result of captive portal detection, as a system message.
pub(super) fn tell_cpd(cx: &Context, result: lws_cpd_result_t) {
    let name = match result {
        LWS_CPD_INTERNET_OK => "OK",
        LWS_CPD_CAPTIVE_PORTAL => "Captive",
        LWS_CPD_NO_INTERNET => "No internet",
        _ => "Unknown",
    };
    let context: *const c_void = cx.slot.handle.as_ptr::<c_void>();
    let text = format!("{{\"type\":\"cpd\",\"result\":\"{name}\"}}");
    if smd::announce(context as u64, LWSSMDCL_NETWORK, text.as_bytes()) {
        enter::cancel(context);
    }
}

/// The context is ending: there is no policy any more.
pub(super) fn ending(cx: &Context) {
    let mgr = lifecycle::held_of(cx).system.mgr;
    let context = cx.slot.handle.as_ptr();
    // SAFETY: the manager lives as long as the context.
    unsafe {
        state::go_to(mgr, LWS_SYSTATE_POLICY_INVALID as c_int, &|class, name| door::announce(context, class, name));
    }
    run_attached(cx);
}

/// Runs the attached functions whose state is reached.
fn run_attached(cx: &Context) {
    let context: *mut lws_context = cx.slot.handle.as_ptr();
    let system = &lifecycle::held_of(cx).system;
    // SAFETY: the manager lives as long as the context.
    let state = unsafe { (*system.mgr).state };
    if system.published.replace(state) != state {
        attached::reached(context as u64, state);
    }
    while attached::any() {
        // SAFETY: the manager lives as long as the context.
        let item = attached::take(context as u64, unsafe { (*system.mgr).state });
        if item.is_null() {
            break;
        }
        // SAFETY: just taken; the program gave the function for this purpose.
        unsafe {
            let item = attached::open(item);
            if let Some(f) = item.callback {
                f(context, 0, item.opaque);
            }
        }
    }
}

/// The part of a service pass that belongs to the system: attached functions, messages, the end of a deprecated context.
pub(super) fn attend(cx: &Context) {
    let context: *mut lws_context = cx.slot.handle.as_ptr();
    let system = &lifecycle::held_of(cx).system;
    run_attached(cx);
    if smd::any() {
        smd::deliver(context as u64);
    }
    if let Some(told) = system.deprecated.get()
        && cx.all().is_empty()
    {
        system.deprecated.set(Some(None));
        if let Some(f) = told {
            // SAFETY: the program gave the function for this purpose.
            unsafe { f() };
        }
    }
}

unsafe extern "C" fn init_protocols(
    mgr: *mut lws_state_manager,
    _link: *mut lws_state_notify_link,
    current: c_int,
    target: c_int,
) -> c_int {
    if current < target && target == LWS_SYSTATE_POLICY_VALID as c_int {
        // SAFETY: the notifier of a context's own manager, which runs on its service thread.
        let context: *const c_void = unsafe { (*mgr).context }.cast();
        lifecycle::with_engine(context, |cx| cx.init_all());
    }
    0
}
