//! Counting and telling what programs do wrong, kind by kind.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::handle::Handle;
use super::report::describe;
use super::site::Site;
use crate::util::log::{notice, warn};

/// The kinds, with the numbers of `enum lwsx_misuse`.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Misuse {
    /// A service thread's function on another thread.
    WrongThread = 0,
    /// A thread came in while another was inside, or a service call within a callback.
    SecondEntry = 1,
    /// A handle whose object has gone.
    DeadHandle = 2,
    /// A pointer that the library never gave out, or of another kind.
    NotAHandle = 3,
    /// An object of one context or vhost given to a function on another.
    ForeignContext = 4,
    /// `lws_write` outside any callback of the connection.
    WriteOutsideCallback = 5,
    /// The stand-in of a callback without a connection, given to a function that needs one.
    PseudoWsi = 6,
    /// A claim of a context while another thread was inside.
    Claim = 7,
    /// A write on top of data that is held back.
    Backlog = 8,
}

const KINDS: [Misuse; 9] = [
    Misuse::WrongThread,
    Misuse::SecondEntry,
    Misuse::DeadHandle,
    Misuse::NotAHandle,
    Misuse::ForeignContext,
    Misuse::WriteOutsideCallback,
    Misuse::PseudoWsi,
    Misuse::Claim,
    Misuse::Backlog,
];

static COUNTS: [AtomicU64; KINDS.len()] = [const { AtomicU64::new(0) }; KINDS.len()];

impl Misuse {
    /// The kind with that number.
    pub fn from_number(number: u32) -> Option<Misuse> {
        KINDS.get(number as usize).copied()
    }

    /// Counts one.
    pub fn count(self) {
        COUNTS[self as usize].fetch_add(1, Relaxed);
    }
}

/// How often a kind was found since the process began.
pub fn misuse_count(kind: Misuse) -> u64 {
    COUNTS[kind as usize].load(Relaxed)
}

/// A handle whose object has gone.
#[cold]
pub fn dead_handle(site: &'static Site, p: *const c_void) {
    Misuse::DeadHandle.count();
    if site.tells_dead() {
        warn!("{}: {}; the call is refused (told once for this function)", site.name(), describe(p));
    }
}

/// A pointer that is no handle of the kind that the function takes. NULL is not counted: it has a documented answer.
#[cold]
pub fn not_a_handle(site: &'static Site, p: *const c_void) {
    Misuse::NotAHandle.count();
    if site.tells_strange() {
        warn!("{}: {}; the call is refused (told once for this function)", site.name(), describe(p));
    }
}

/// The stand-in of a callback without a connection.
#[cold]
pub fn pseudo_wsi(site: &'static Site, p: *const c_void) {
    Misuse::PseudoWsi.count();
    if site.tells_pseudo() {
        let what = describe(p);
        warn!("{}: {what}; it answers context, vhost and protocol only (told once for this function)", site.name());
    }
}

/// An object that belongs elsewhere.
#[cold]
pub fn foreign(site: &'static Site, what: &str) {
    Misuse::ForeignContext.count();
    if site.tells_strange() {
        warn!("{}: {what}; the call is refused (told once for this function)", site.name());
    }
}

/// A service call from within a callback.
#[cold]
pub fn second_entry(site: &'static Site, p: *const c_void) {
    Misuse::SecondEntry.count();
    if site.tells_strange() {
        warn!("{}: called from a callback of {}; the call is refused (told once)", site.name(), describe(p));
    }
}

/// `lws_write` outside any callback of the connection.
#[cold]
pub fn write_outside_callback(wsi: Handle) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    Misuse::WriteOutsideCallback.count();
    if !TOLD.swap(true, Relaxed) {
        notice!(
            "lws_write: {wsi} is written to outside its callbacks; it works, but belongs in its WRITEABLE callback, which \
             lws_callback_on_writable() asks for (told once)"
        );
    }
}

/// A write on top of data that is held back.
#[cold]
pub fn write_on_backlog(wsi: Handle) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    Misuse::Backlog.count();
    if !TOLD.swap(true, Relaxed) {
        warn!(
            "lws_write: {wsi} is written to while data of an earlier write waits for its peer; it is queued, and grows \
             memory; write from WRITEABLE, which comes when that has gone (told once)"
        );
    }
}
