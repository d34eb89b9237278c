//! System messages: who listens, what waits, and which pieces of memory are messages that were not sent yet.
//!
//! Any thread registers and sends; the service thread of a context delivers. One lock guards all of it and is never held
//! while a callback runs. A registration is known to C by a number, never by an address, so a stale one is recognised; a
//! message by the address of its text, which must be one that was given out.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::{c_int, c_void};
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::abi::{LWS_SMD_MAX_PAYLOAD, lws_smd_notification_cb_t};
use crate::util::shared::Shared;
use crate::util::{alloc, time};

/// Messages that may wait in a context, as on 4.1.6.
const MAX_QUEUE: usize = 12;
/// Messages about the state of the system always find a place: walking through all states makes fewer than these.
const STATE_RESERVE: usize = 16;

/// A context, by its handle.
pub type ContextKey = u64;

#[derive(Clone, Copy)]
struct Peer {
    id: usize,
    context: ContextKey,
    classes: u32,
    opaque: usize,
    callback: lws_smd_notification_cb_t,
}

struct Message {
    class: u32,
    len: usize,
    context: ContextKey,
}

struct Queued {
    text: usize,
    class: u32,
    len: usize,
    at: i64,
    /// Who listened when it was sent.
    peers: Vec<usize>,
}

struct Bus {
    last_id: usize,
    peers: Vec<Peer>,
    queues: BTreeMap<ContextKey, VecDeque<Queued>>,
    unsent: BTreeMap<usize, Message>,
}

/// Messages that wait in all contexts, so that a pass without any costs nothing.
static WAITING: AtomicUsize = AtomicUsize::new(0);

static BUS: Shared<Bus> =
    Shared::new(Bus { last_id: 0, peers: Vec::new(), queues: BTreeMap::new(), unsent: BTreeMap::new() });

fn bus() -> MutexGuard<'static, Bus> {
    BUS.lock()
}

impl Bus {
    fn listens(&self, context: ContextKey, class: u32) -> bool {
        self.peers.iter().any(|p| p.context == context && p.classes & class != 0)
    }
}

/// Why a message was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum NotSent {
    /// Too many wait.
    Full,
    /// Not a message of this context that was given out and not sent yet.
    Unknown,
}

/// Registers a listener. The number is never 0.
pub fn register(context: ContextKey, opaque: *mut c_void, classes: u32, callback: lws_smd_notification_cb_t) -> usize {
    let mut bus = bus();
    bus.last_id += 1;
    let id = bus.last_id;
    bus.peers.push(Peer { id, context, classes, opaque: opaque as usize, callback });
    id
}

/// Ends a registration. `false`: there is none of that number.
pub fn unregister(id: usize) -> bool {
    let mut bus = bus();
    let before = bus.peers.len();
    bus.peers.retain(|p| p.id != id);
    bus.peers.len() < before
}

/// Memory for a message of that class: `len` zeroed bytes and a NUL. NULL when nobody listens to it, it is too long, or
/// there is no memory.
pub fn allocate(context: ContextKey, class: u32, len: usize) -> *mut c_void {
    if len > LWS_SMD_MAX_PAYLOAD as usize || !bus().listens(context, class) {
        return std::ptr::null_mut();
    }
    let text = alloc::zalloc(len + 1, c"smd message");
    if !text.is_null() {
        bus().unsent.insert(text as usize, Message { class, len, context });
    }
    text
}

/// Frees a message that was not sent; other pointers are only compared. `false`: it is none.
#[allow(clippy::not_unsafe_ptr_arg_deref, reason = "freed only when this module gave it out")]
pub fn discard(text: *mut c_void) -> bool {
    let known = bus().unsent.remove(&(text as usize)).is_some();
    if known {
        // SAFETY: it came from `allocate`, and was known to nobody else.
        unsafe { alloc::free(text) };
    }
    known
}

/// Puts a message into its context's queue; on failure it stays the caller's.
pub fn send(context: ContextKey, text: *mut c_void) -> Result<(), NotSent> {
    enqueue(context, text, MAX_QUEUE)
}

fn enqueue(context: ContextKey, text: *mut c_void, room: usize) -> Result<(), NotSent> {
    let mut bus = bus();
    let bus = &mut *bus;
    let Some(message) = bus.unsent.get(&(text as usize)).filter(|m| m.context == context) else {
        return Err(NotSent::Unknown);
    };
    let (class, len) = (message.class, message.len);
    let queue = bus.queues.entry(context).or_default();
    if queue.len() >= room {
        return Err(NotSent::Full);
    }
    bus.unsent.remove(&(text as usize));
    let peers = bus.peers.iter().filter(|p| p.context == context && p.classes & class != 0).map(|p| p.id).collect();
    WAITING.fetch_add(1, Ordering::Release);
    queue.push_back(Queued { text: text as usize, class, len, at: time::now_usecs(), peers });
    Ok(())
}

/// Sends the text of a change of the system state, when somebody listens. `true`: there is something to deliver.
pub fn announce(context: ContextKey, class: u32, text: &[u8]) -> bool {
    let memory = allocate(context, class, text.len());
    if memory.is_null() {
        return false;
    }
    // SAFETY: `allocate` gave that many bytes, which nobody else knows.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), memory.cast(), text.len()) };
    let sent = enqueue(context, memory, MAX_QUEUE + STATE_RESERVE).is_ok();
    if !sent {
        discard(memory);
    }
    sent
}

/// Whether any message waits in any context.
pub fn any() -> bool {
    WAITING.load(Ordering::Acquire) != 0
}

/// Delivers what waited when this was called: each message to those who listened when it was sent and still do.
pub fn deliver(context: ContextKey) {
    let count = bus().queues.get(&context).map_or(0, VecDeque::len);
    for _ in 0..count {
        let Some(message) = bus().queues.get_mut(&context).and_then(VecDeque::pop_front) else { return };
        WAITING.fetch_sub(1, Ordering::Release);
        for id in &message.peers {
            let peer = bus().peers.iter().find(|p| p.id == *id).copied();
            if let Some(Peer { opaque, callback: Some(f), .. }) = peer {
                // SAFETY: the program gave the function for this purpose; the text lives until the last has seen it.
                let _: c_int = unsafe {
                    f(opaque as *mut c_void, message.class, message.at, message.text as *mut c_void, message.len)
                };
            }
        }
        // SAFETY: it came from `allocate`, and left the queue above.
        unsafe { alloc::free(message.text as *mut c_void) };
    }
}

/// A context has ended: its registrations and messages go.
pub fn forget(context: ContextKey) {
    let mut texts: Vec<usize> = Vec::new();
    {
        let mut bus = bus();
        bus.peers.retain(|p| p.context != context);
        texts.extend(bus.queues.remove(&context).into_iter().flatten().map(|m| m.text));
        WAITING.fetch_sub(texts.len(), Ordering::Release);
        texts.extend(bus.unsent.iter().filter(|(_, m)| m.context == context).map(|(text, _)| *text));
        bus.unsent.retain(|_, m| m.context != context);
    }
    for text in texts {
        // SAFETY: each came from `allocate`, and nothing of ours knows it any more.
        unsafe { alloc::free(text as *mut c_void) };
    }
}
