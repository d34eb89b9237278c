//! System states, blobs and the operations that a program may supply, as C sees them.

use std::ffi::{c_int, c_void};
use std::ptr;

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};
use crate::capi::lifecycle;
use crate::capi::system_states::{self, Blob, System};
use crate::engine::context::Context;
use crate::guard::Site;
use crate::net::tls::{Identity, Source};
use crate::util::{alloc, attached, cptr};

fn on<T>(site: &'static Site, context: *mut lws_context, refused: T, f: impl FnOnce(&System) -> T) -> T {
    enter::context(site, context, refused, |cx| f(&lifecycle::held_of(cx).system))
}

/// The state manager of the system, whose states are LWS_SYSTATE_ values. A context goes from
/// LWS_SYSTATE_CONTEXT_CREATED to LWS_SYSTATE_OPERATIONAL in its first service pass, as far as the notifiers let it;
/// PROTOCOL_INIT comes on the way to LWS_SYSTATE_POLICY_VALID.
///
/// Returns it, valid while the context lives; NULL for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_get_state_manager(context: *mut lws_context) -> *mut lws_state_manager_t {
    on(site!("lws_system_get_state_manager", remedy::READ), context, ptr::null_mut(), |s| s.mgr)
}

/// The context of a state manager; NULL for one that belongs to none, and for NULL. Service thread only.
///
/// # Safety
/// `mgr` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_context_from_system_mgr(mgr: *mut lws_state_manager_t) -> *mut lws_context {
    // SAFETY: as the caller promises.
    let context = unsafe { mgr.as_ref() }.map_or(ptr::null_mut(), |m| m.context);
    if context.is_null() {
        return context;
    }
    on(site!("lws_system_context_from_system_mgr", remedy::READ), context, ptr::null_mut(), |_| context)
}

/// The operations that were given at creation (`info.system_ops`).
///
/// Returns the program's own pointer; NULL when none were given, or for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_get_ops(context: *mut lws_context) -> *const lws_system_ops_t {
    on(site!("lws_system_get_ops", remedy::READ), context, ptr::null(), |s| s.ops)
}

/// Starts captive portal detection by the program's operation, after forgetting what was found before.
///
/// Returns what the operation returns; 0 when there is none; 1 for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_cpd_start(context: *mut lws_context) -> c_int {
    on(site!("lws_system_cpd_start", remedy::CALLBACK), context, 1, |s| {
        s.cpd.set(LWS_CPD_UNKNOWN);
        // SAFETY: the program's struct lives as long as the context, and the function was given for this purpose.
        unsafe { s.ops.as_ref().and_then(|o| o.captive_portal_detect_request).map_or(0, |f| f(context)) }
    })
}

/// Says what captive portal detection found, and lets the system state go on. Only the first result counts, until
/// lws_system_cpd_start(). Nothing for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_cpd_set(context: *mut lws_context, result: lws_cpd_result_t) {
    enter::context_or_post(site!("lws_system_cpd_set", remedy::CHANGE), context, (), (), move |cx| {
        let s = &lifecycle::held_of(cx).system;
        if s.cpd.get() == LWS_CPD_UNKNOWN {
            s.cpd.set(result);
            system_states::tell_cpd(cx, result);
            system_states::advance(cx);
        }
    });
}

/// What captive portal detection found: LWS_CPD_UNKNOWN before, and for NULL or a context that is gone. Service thread
/// only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_cpd_state_get(context: *mut lws_context) -> lws_cpd_result_t {
    on(site!("lws_system_cpd_state_get", remedy::READ), context, LWS_CPD_UNKNOWN, |s| s.cpd.get())
}

/// Queues a function to the service thread from any thread; for programs through lws_system_ops.attach.
///
/// With `get` NULL: `cb` is called with the context, `tsi` 0 and `opaque` in a service pass in which the system has
/// reached `state`, and the loop is woken. With `get`: takes the oldest off that is due; its memory is the caller's then, to
/// be freed by lws_realloc() with size 0; `*get` is NULL when there is none. Returns 0; 1 for no memory, a `tsi` that is
/// not 0, a NULL `cb`, and for NULL or a context that is gone. Any thread.
///
/// # Safety
/// `get` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __lws_system_attach(
    context: *mut lws_context,
    tsi: c_int,
    cb: lws_attach_cb_t,
    state: lws_system_states_t,
    opaque: *mut c_void,
    get: *mut *mut lws_attach_item,
) -> c_int {
    let alive = enter::any(site!("__lws_system_attach", remedy::ASK), context, false, |_| true);
    if !get.is_null() {
        // SAFETY: as the caller promises.
        unsafe { *get = ptr::null_mut() };
    }
    if !alive || tsi != 0 || cb.is_none() && get.is_null() {
        return 1;
    }
    if !get.is_null() {
        // SAFETY: as the caller promises.
        unsafe { *get = attached::take_due(context as u64) };
        return 0;
    }
    if !attached::add(context as u64, cb, state as c_int, opaque) {
        return 1;
    }
    enter::cancel(context.cast_const().cast());
    0
}

/// A blob of the system.
///
/// `idx` is 0; LWS_SYSBLOB_TYPE_AUTH has 0 and 1. Returns it, a handle that is no address and lives as long as the context;
/// NULL for others, and for NULL or a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_get_blob(
    context: *mut lws_context,
    r#type: lws_system_blob_item_t,
    idx: c_int,
) -> *mut lws_system_blob_t {
    let room = if r#type == LWS_SYSBLOB_TYPE_AUTH { 2 } else { 1 };
    on(site!("lws_system_get_blob", remedy::READ), context, ptr::null_mut(), |s| {
        let known = r#type < LWS_SYSBLOB_TYPE_COUNT && r#type != LWS_SYSBLOB_TYPE_AUTH + 1;
        match cptr::length(idx).filter(|n| known && *n < room) {
            Some(n) => s.blob(r#type as usize + n),
            None => ptr::null_mut(),
        }
    })
}

fn on_blob<T>(site: &'static Site, b: *const lws_system_blob_t, refused: T, f: impl FnOnce(&mut Blob) -> T) -> T {
    let (context, index) = system_states::blob_of(b);
    on(site, context, refused, |s| f(&mut s.blobs.borrow_mut()[index]))
}

/// Makes a blob stand for the caller's memory, which must stay; what it had before is freed. Nothing for NULL or one of a
/// context that is gone. Service thread only.
///
/// # Safety
/// `ptr` has `len` readable bytes as long as the blob stands for them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_blob_direct_set(b: *mut lws_system_blob_t, ptr: *const u8, len: usize) {
    on_blob(site!("lws_system_blob_direct_set", remedy::CHANGE), b, (), |blob| {
        blob.clear();
        if !ptr.is_null() {
            *blob = Blob::Direct(ptr, len);
        }
    });
}

/// Empties a blob; memory of its own is freed. Nothing for NULL or one of a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_blob_heap_empty(b: *mut lws_system_blob_t) {
    on_blob(site!("lws_system_blob_heap_empty", remedy::CHANGE), b, (), Blob::clear);
}

/// The same as lws_system_blob_heap_empty(). Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_blob_destroy(b: *mut lws_system_blob_t) {
    on_blob(site!("lws_system_blob_destroy", remedy::CHANGE), b, (), Blob::clear);
}

/// Appends a copy of `len` bytes to a blob.
///
/// Returns 0; -1 for no memory, a blob that stands for the caller's memory, and for NULL or one of a context that is gone.
/// Service thread only.
///
/// # Safety
/// `ptr` is NULL or has `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_blob_heap_append(b: *mut lws_system_blob_t, ptr: *const u8, len: usize) -> c_int {
    // SAFETY: as the caller promises.
    let Some(bytes) = (unsafe { cptr::bytes(ptr, len) }) else { return -1 };
    on_blob(site!("lws_system_blob_heap_append", remedy::CHANGE), b, -1, |blob| {
        if matches!(blob, Blob::Direct(..)) {
            return -1;
        }
        let piece: *mut u8 = alloc::zalloc(bytes.len(), c"system blob").cast();
        if piece.is_null() {
            return -1;
        }
        // SAFETY: new memory of that size.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), piece, bytes.len()) };
        match blob {
            Blob::Heap(pieces) => pieces.push((piece, bytes.len())),
            _ => *blob = Blob::Heap(vec![(piece, bytes.len())]),
        }
        0
    })
}

/// The certificate and key that clients are to show by `sys_tls_client_cert`; `None` without both.
pub(super) fn client_identity(cx: &Context) -> Option<Identity> {
    let blobs = lifecycle::held_of(cx).system.blobs.borrow();
    let source = |which: u32, name| {
        let bytes = content(&blobs[which as usize]);
        (!bytes.is_empty()).then_some(Source::Memory(name, bytes))
    };
    let certificate = source(LWS_SYSBLOB_TYPE_CLIENT_CERT_DER, "LWS_SYSBLOB_TYPE_CLIENT_CERT_DER")?;
    let key = source(LWS_SYSBLOB_TYPE_CLIENT_KEY_DER, "LWS_SYSBLOB_TYPE_CLIENT_KEY_DER")?;
    Some(Identity { certificate: Some(certificate), key: Some(key), ..Identity::default() })
}

/// A copy of what a blob holds.
fn content(blob: &Blob) -> Vec<u8> {
    let piece = |(p, n): (*const u8, usize)| {
        // SAFETY: a blob's own memory, or the caller's, which stays as long as the blob stands for it.
        unsafe { std::slice::from_raw_parts(p, n) }
    };
    match blob {
        Blob::Empty => Vec::new(),
        Blob::Heap(pieces) => pieces.iter().flat_map(|(p, n)| piece((p.cast_const(), *n)).to_vec()).collect(),
        Blob::Direct(p, n) => piece((*p, *n)).to_vec(),
    }
}

fn size_of_blob(blob: &Blob) -> usize {
    match blob {
        Blob::Empty => 0,
        Blob::Heap(pieces) => pieces.iter().map(|p| p.1).sum(),
        Blob::Direct(_, len) => *len,
    }
}

/// Bytes in a blob; 0 for NULL or one of a context that is gone. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_blob_get_size(b: *mut lws_system_blob_t) -> usize {
    on_blob(site!("lws_system_blob_get_size", remedy::READ), b, 0, |blob| size_of_blob(blob))
}

/// Copies bytes of a blob from `ofs` on. `*len` is the room at `ptr` at first, and becomes the count of bytes copied.
///
/// Returns 0; 1 when the blob stands for the caller's memory and `ofs` is at its end or beyond; -2 for NULL or one of a
/// context that is gone. Service thread only.
///
/// # Safety
/// `len` is NULL or writable; `ptr` is NULL or has `*len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_blob_get(
    b: *mut lws_system_blob_t,
    ptr: *mut u8,
    len: *mut usize,
    ofs: usize,
) -> c_int {
    if len.is_null() || ptr.is_null() {
        return -2;
    }
    on_blob(site!("lws_system_blob_get", remedy::READ), b, -2, |blob| {
        let pieces: Vec<(*const u8, usize)> = match blob {
            Blob::Empty => Vec::new(),
            Blob::Heap(pieces) => pieces.iter().map(|(p, n)| (p.cast_const(), *n)).collect(),
            Blob::Direct(p, n) => vec![(*p, *n)],
        };
        // SAFETY: as the caller promises, for both ends of the copy.
        unsafe {
            let (room, mut skip, mut done) = (*len, ofs, 0);
            for (p, n) in pieces {
                let from = skip.min(n);
                skip -= from;
                let count = (n - from).min(room - done);
                ptr::copy(p.add(from), ptr.add(done), count);
                done += count;
            }
            *len = done;
        }
        c_int::from(matches!(blob, Blob::Direct(_, n) if ofs >= *n))
    })
}

/// Where the content of a blob is, when it is one piece.
///
/// Returns 0 and sets `*ptr`, which is valid until the blob changes; -1 when it is none or several, and for NULL or one of a
/// context that is gone. Service thread only.
///
/// # Safety
/// `ptr` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_system_blob_get_single_ptr(b: *mut lws_system_blob_t, ptr: *mut *const u8) -> c_int {
    on_blob(site!("lws_system_blob_get_single_ptr", remedy::READ), b, -1, |blob| {
        let at = match blob {
            Blob::Direct(p, _) => *p,
            Blob::Heap(pieces) if pieces.len() == 1 => pieces[0].0.cast_const(),
            _ => return -1,
        };
        if ptr.is_null() {
            return -1;
        }
        // SAFETY: as the caller promises.
        unsafe { *ptr = at };
        0
    })
}
