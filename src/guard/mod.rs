//! scratch
#![allow(missing_docs)]
pub mod handle;
pub use handle::{Handle, Kind};
use std::ffi::c_void;
use std::sync::atomic::*;
use std::sync::Mutex;
pub type Job = Box<dyn FnOnce() + Send>;
pub struct Domain { inside: AtomicUsize, owner: AtomicUsize, fd: AtomicI32, pending: AtomicBool, jobs: Mutex<Vec<Job>>, slot: AtomicU64 }
pub struct Entered { d: Option<&'static Domain> }
#[derive(Debug)] pub enum Refusal { Refused, Marshal }
pub enum Rule { Service, Claim }
pub struct Site(&'static str);
impl Site { pub const fn new(n: &'static str, _r: &'static str) -> Site { Site(n) } pub fn name(&self) -> &'static str { self.0 } }
#[derive(Default)]
pub struct Slot { pub generation: AtomicU32, pub domain: AtomicPtr<Domain>, pub obj: AtomicPtr<()>, pub context: AtomicU64, pub vhost: AtomicU64, pub protocol: AtomicPtr<c_void>, pub user: AtomicPtr<c_void>, pub opaque: AtomicPtr<c_void>, pub name: AtomicPtr<c_void>, pub iface: AtomicPtr<c_void>, pub fd: AtomicI32, pub port: AtomicI32, pub asked_port: AtomicI32 }
#[derive(Copy, Clone)] pub struct SlotRef { pub handle: Handle, pub slot: &'static Slot }
pub struct Dead;
static TABLE: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());
fn tp() -> usize { thread_local!(static X: u8 = const { 0 }); X.with(|x| x as *const u8 as usize) }
pub fn insert(kind: Kind, d: &'static Domain, obj: *const (), ctx: Handle) -> Option<SlotRef> {
    let mut t = TABLE.lock().unwrap(); let slot: &'static Slot = Box::leak(Box::default());
    slot.generation.store(1, Ordering::SeqCst); slot.domain.store(d as *const _ as *mut _, Ordering::SeqCst); slot.obj.store(obj as *mut _, Ordering::SeqCst);
    slot.context.store(ctx.bits(), Ordering::SeqCst);
    t.push(slot); Some(SlotRef { handle: Handle::new(kind, 1, t.len() as u32 - 1), slot })
}
pub fn insert_context(d: &'static Domain) -> Option<SlotRef> { let h = Handle::new(Kind::Context, 1, TABLE.lock().unwrap().len() as u32); insert(Kind::Context, d, std::ptr::null(), h) }
pub fn lookup(h: Handle) -> Result<SlotRef, Dead> { let t = TABLE.lock().unwrap(); let s = t.get(h.index() as usize).ok_or(Dead)?; if s.generation.load(Ordering::SeqCst) == h.generation() { Ok(SlotRef { handle: h, slot: s }) } else { Err(Dead) } }
pub fn retire(s: SlotRef) { s.slot.generation.store(2, Ordering::SeqCst); }
impl SlotRef { pub fn domain(&self) -> &'static Domain { unsafe { &*self.slot.domain.load(Ordering::SeqCst) } }
  pub fn enter(&self, _s: &'static Site, _r: Rule) -> Result<Entered, Refusal> { let d = self.domain(); if d.inside.load(Ordering::SeqCst) == tp() { return Ok(Entered { d: None }) } d.inside.store(tp(), Ordering::SeqCst); Ok(Entered { d: Some(d) }) } }
impl Entered { pub fn is_outermost(&self) -> bool { self.d.is_some() } pub fn bind(&self) {} }
impl Drop for Entered { fn drop(&mut self) { if let Some(d) = self.d { d.inside.store(0, Ordering::SeqCst) } } }
pub fn enter_new(d: &'static Domain) -> Entered { d.inside.store(tp(), Ordering::SeqCst); Entered { d: Some(d) } }
impl Domain {
  pub fn acquire() -> std::io::Result<&'static Domain> { let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) }; Ok(Box::leak(Box::new(Domain { inside: 0.into(), owner: 0.into(), fd: fd.into(), pending: false.into(), jobs: Mutex::default(), slot: 0.into() }))) }
  pub fn release(&'static self) {}
  pub fn has_jobs(&self) -> bool { !self.jobs.lock().unwrap().is_empty() }
  pub fn take_jobs(&self) -> Vec<Job> { std::mem::take(&mut *self.jobs.lock().unwrap()) }
  pub fn post(&self, j: Job, _b: usize) -> Result<(), Dead> { self.jobs.lock().unwrap().push(j); Ok(()) }
  pub fn clear_wake(&self) -> bool { let mut b = [0u8; 8]; unsafe { libc::read(self.fd.load(Ordering::SeqCst), b.as_mut_ptr().cast(), 8) }; true }
  pub fn wake_fd_for_process(&self) -> std::io::Result<i32> { Ok(self.fd.load(Ordering::SeqCst)) }
  pub fn cancel(&self, _h: Handle) { let b = 1u64; unsafe { libc::write(self.fd.load(Ordering::SeqCst), (&raw const b).cast(), 8) }; }
  pub fn wait_for_destroy(&self, _h: Handle) {}
}
pub fn fork_epoch() -> u32 { 0 }
pub fn describe(_p: *const c_void) -> String { String::new() }
#[derive(Clone, Copy)] pub enum Policy { Abort, Refuse, Marshal }
pub fn set_thread_policy(_p: Policy) {}
#[derive(Clone, Copy)] pub enum Misuse { A }
impl Misuse { pub fn from_number(_n: u32) -> Option<Misuse> { None } }
pub fn misuse_count(_m: Misuse) -> u64 { 0 }
pub mod misuse { use super::*; pub fn dead_handle(_s: &'static Site, _p: *const c_void) {} pub fn not_a_handle(_s: &'static Site, _p: *const c_void) {} pub fn pseudo_wsi(_s: &'static Site, _p: *const c_void) {} pub fn second_entry(_s: &'static Site, _p: *const c_void) {} pub fn write_outside_callback(_h: Handle) {} pub fn write_on_backlog(_h: Handle) {} }
