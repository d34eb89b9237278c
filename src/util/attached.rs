//! Functions that any thread hands to the service thread of a context, to run there once a system state is reached.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::abi::{lws_attach_cb_t, lws_attach_item};
use crate::util::alloc;
use crate::util::shared::Shared;

/// One that waits. It is memory that C may be given, so it comes from the program's allocator.
#[derive(Clone, Copy)]
pub struct Item {
    context: u64,
    /// What is called.
    pub callback: lws_attach_cb_t,
    /// Its argument.
    pub opaque: *mut c_void,
    state: c_int,
}

static WAITING: Shared<Vec<usize>> = Shared::new(Vec::new());
static REACHED: Shared<BTreeMap<u64, c_int>> = Shared::new(BTreeMap::new());
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn with<T>(f: impl FnOnce(&mut Vec<usize>) -> T) -> T {
    let mut waiting = WAITING.lock();
    let result = f(&mut waiting);
    COUNT.store(waiting.len(), Ordering::Release);
    result
}

/// Whether any context has any.
pub fn any() -> bool {
    COUNT.load(Ordering::Acquire) != 0
}

/// Adds one. `false`: there is no memory.
pub fn add(context: u64, callback: lws_attach_cb_t, state: c_int, opaque: *mut c_void) -> bool {
    let item: *mut Item = alloc::zalloc(size_of::<Item>(), c"attach item").cast();
    if item.is_null() {
        return false;
    }
    // SAFETY: new memory of that size; an allocator gives memory that is aligned for pointers.
    unsafe { item.write(Item { context, callback, opaque, state }) };
    with(|w| w.push(item as usize));
    true
}

/// The state that a context has reached, for those that ask from other threads.
pub fn reached(context: u64, state: c_int) {
    REACHED.lock().insert(context, state);
}

/// As [`take`], with the state that the context was last said to have reached.
pub fn take_due(context: u64) -> *mut lws_attach_item {
    let state = REACHED.lock().get(&context).copied();
    state.map_or(std::ptr::null_mut(), |state| take(context, state))
}

/// Takes the oldest off that is due in that state. Its memory is the caller's then; NULL when there is none.
pub fn take(context: u64, state: c_int) -> *mut lws_attach_item {
    with(|w| {
        let due = w.iter().position(|item| {
            // SAFETY: what is in the list was written by `add` and not freed.
            let item = unsafe { &*(*item as *const Item) };
            item.context == context && item.state <= state
        });
        due.map_or(std::ptr::null_mut(), |n| w.remove(n) as *mut lws_attach_item)
    })
}

/// What is in an item that was taken, and frees it.
///
/// # Safety
/// `item` is from `take`, and is not used again.
pub unsafe fn open(item: *mut lws_attach_item) -> Item {
    // SAFETY: by contract.
    unsafe {
        let content = item.cast::<Item>().read();
        alloc::free(item.cast());
        content
    }
}

/// A context has ended: those that wait for it go.
pub fn forget(context: u64) {
    REACHED.lock().remove(&context);
    loop {
        let item = take(context, c_int::MAX);
        if item.is_null() {
            return;
        }
        // SAFETY: just taken.
        unsafe { open(item) };
    }
}
