//! The slots that handles name: one table for all contexts of the process. Slots live in chunks that are never moved or
//! freed; a slot's word is its handle while it lives, so that one load and compare tells whether a handle is alive.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering};

use super::domain::{Domain, Entered, Refusal};
use super::handle::{GENERATIONS, Handle, INDICES, Kind, free_word};
use super::site::{Rule, Site};

const CHUNK: usize = 1024;
const CHUNKS: usize = INDICES as usize / CHUNK;

/// What any thread may know of an object. All of it is atomic; a value counts if the handle lived before and after it
/// was read.
pub struct Slot {
    /// The handle's bits while the slot lives.
    word: AtomicU64,
    domain: AtomicPtr<Domain>,
    /// The engine's object, for the thread that is inside the domain.
    pub obj: AtomicPtr<()>,
    /// Bits of the context's handle.
    pub context: AtomicU64,
    /// Bits of the vhost's handle.
    pub vhost: AtomicU64,
    /// The protocols table's entry (of a vhost: its first).
    pub protocol: AtomicPtr<c_void>,
    /// The user pointer.
    pub user: AtomicPtr<c_void>,
    /// The opaque user data.
    pub opaque: AtomicPtr<c_void>,
    /// A vhost's name; of a connection, the header lines that its vhost's HTTP responses begin with. Kept for ever.
    pub name: AtomicPtr<c_void>,
    /// A vhost's interface text, kept for ever.
    pub iface: AtomicPtr<c_void>,
    /// The descriptor.
    pub fd: AtomicI32,
    /// The port listened on.
    pub port: AtomicI32,
    /// The port that a vhost asked for; of a connection, 1 when its HTTP responses are HTTP/1.1.
    pub asked_port: AtomicI32,
}

impl Slot {
    /// Of a connection: the header lines that its vhost's HTTP responses begin with, NUL-ended.
    pub fn fixed_lines(&self) -> &AtomicPtr<c_void> {
        &self.name
    }

    /// Of a connection: 1 when its HTTP responses are HTTP/1.1.
    pub fn http_minor(&self) -> &AtomicI32 {
        &self.asked_port
    }

    const fn empty() -> Slot {
        Slot {
            word: AtomicU64::new(0),
            domain: AtomicPtr::new(std::ptr::null_mut()),
            obj: AtomicPtr::new(std::ptr::null_mut()),
            context: AtomicU64::new(0),
            vhost: AtomicU64::new(0),
            protocol: AtomicPtr::new(std::ptr::null_mut()),
            user: AtomicPtr::new(std::ptr::null_mut()),
            opaque: AtomicPtr::new(std::ptr::null_mut()),
            name: AtomicPtr::new(std::ptr::null_mut()),
            iface: AtomicPtr::new(std::ptr::null_mut()),
            fd: AtomicI32::new(-1),
            port: AtomicI32::new(0),
            asked_port: AtomicI32::new(0),
        }
    }

    /// A new life begins: nothing of the former one is seen by those who see the new word.
    fn reset(&self, domain: &'static Domain, obj: *const (), context: u64) {
        let release = Ordering::Release;
        self.domain.store(std::ptr::from_ref(domain).cast_mut(), release);
        self.obj.store(obj.cast_mut(), release);
        self.context.store(context, release);
        self.vhost.store(0, release);
        for p in [&self.protocol, &self.user, &self.opaque, &self.name, &self.iface] {
            p.store(std::ptr::null_mut(), release);
        }
        self.fd.store(-1, release);
        self.port.store(0, release);
        self.asked_port.store(0, release);
    }
}

/// A live slot and the handle that names it.
#[derive(Copy, Clone)]
pub struct SlotRef {
    /// The handle.
    pub handle: Handle,
    /// The slot.
    pub slot: &'static Slot,
}

/// The handle's object has gone, or it never was a handle.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct Dead;

static TABLE: [AtomicPtr<Slot>; CHUNKS] = [const { AtomicPtr::new(std::ptr::null_mut()) }; CHUNKS];

/// Slots without a life: the oldest is used first, so that a value comes back as late as can be.
struct Free {
    oldest_first: VecDeque<(u32, u32)>,
    fresh: u32,
}

static FREE: Mutex<Free> = Mutex::new(Free { oldest_first: VecDeque::new(), fresh: 0 });

/// Slots are used again only when so many are free: a value comes back later still.
const RESERVE: usize = 64;

fn slot(index: u32) -> Option<&'static Slot> {
    let chunk = TABLE[index as usize / CHUNK].load(Ordering::Acquire);
    // SAFETY: chunks are leaked arrays of CHUNK slots.
    (!chunk.is_null()).then(|| unsafe { &*chunk.add(index as usize % CHUNK) })
}

fn take_index() -> Option<(u32, u32)> {
    let mut free = FREE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if (free.oldest_first.len() > RESERVE || free.fresh == INDICES)
        && let Some(taken) = free.oldest_first.pop_front()
    {
        return Some(taken);
    }
    if free.fresh == INDICES {
        return None;
    }
    let index = free.fresh;
    if (index as usize).is_multiple_of(CHUNK) {
        let chunk: Box<[Slot]> = (0..CHUNK).map(|_| Slot::empty()).collect();
        TABLE[index as usize / CHUNK].store(Box::leak(chunk).as_mut_ptr(), Ordering::Release);
    }
    free.fresh += 1;
    Some((index, 1))
}

/// Makes a handle for an object of `context`. `None`: all are in use.
pub fn insert(kind: Kind, domain: &'static Domain, obj: *const (), context: Handle) -> Option<SlotRef> {
    let (index, generation) = take_index()?;
    Some(begin(Handle::new(kind, generation, index), domain, obj, context.bits()))
}

/// Makes a handle for a context; it is its own context.
pub fn insert_context(domain: &'static Domain) -> Option<SlotRef> {
    let (index, generation) = take_index()?;
    let handle = Handle::new(Kind::Context, generation, index);
    Some(begin(handle, domain, std::ptr::null(), handle.bits()))
}

fn begin(handle: Handle, domain: &'static Domain, obj: *const (), context: u64) -> SlotRef {
    let slot = slot(handle.index()).unwrap_or_else(|| unreachable!("the index was just taken"));
    slot.reset(domain, obj, context);
    slot.word.store(handle.bits(), Ordering::Release);
    SlotRef { handle, slot }
}

/// The live slot of a handle.
#[inline(always)]
pub fn lookup(handle: Handle) -> Result<SlotRef, Dead> {
    let slot = slot(handle.index()).ok_or(Dead)?;
    if cfg!(feature = "bench-unguarded") || slot.word.load(Ordering::Acquire) == handle.bits() {
        Ok(SlotRef { handle, slot })
    } else {
        Err(Dead)
    }
}

/// Ends a slot's life: from now on its handle is dead.
pub fn retire(slot: SlotRef) {
    let next = slot.handle.generation() + 1;
    if slot.slot.word.swap(free_word(next), Ordering::AcqRel) != slot.handle.bits() {
        return;
    }
    // A slot whose lives are used up rests for ever.
    if next < GENERATIONS {
        let mut free = FREE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        free.oldest_first.push_back((slot.handle.index(), next));
    }
}

impl SlotRef {
    /// The domain of its context.
    #[inline(always)]
    pub fn domain(&self) -> &'static Domain {
        // SAFETY: set before the slot came to life, and domains are never freed.
        unsafe { &*self.slot.domain.load(Ordering::Relaxed) }
    }

    /// The calling thread is inside its domain: a load and a compare.
    #[inline(always)]
    pub fn is_inside(&self) -> bool {
        cfg!(feature = "bench-unguarded") || self.domain().is_inside()
    }

    /// It lives still.
    pub fn is_alive(&self) -> bool {
        self.slot.word.load(Ordering::Acquire) == self.handle.bits()
    }

    /// Gets into the domain for a call of `site`, if the calling thread may. Within a callback this is a load and a
    /// compare.
    #[inline(always)]
    pub fn enter(self, site: &'static Site, rule: Rule) -> Result<Entered, Refusal> {
        let domain = self.domain();
        if domain.is_inside() {
            return Ok(Entered::nested());
        }
        domain.enter_from_outside(self, site, rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> &'static Domain {
        Domain::acquire().expect("a wake-up descriptor can be had")
    }

    #[test]
    fn a_handle_is_dead_after_its_slot_was_retired_and_used_again() {
        let domain = domain();
        let context = insert_context(domain).expect("there is room");
        let first = insert(Kind::Wsi, domain, std::ptr::null(), context.handle).expect("there is room");
        assert!(lookup(first.handle).is_ok());
        retire(first);
        assert!(lookup(first.handle).is_err());
        // Cycle through more slots than are held in reserve until the same slot lives again.
        for _ in 0..100_000 {
            let next = insert(Kind::Wsi, domain, std::ptr::null(), context.handle).expect("there is room");
            let same = next.handle.index() == first.handle.index();
            assert!(lookup(first.handle).is_err(), "an old handle came back to life");
            retire(next);
            if same {
                assert_ne!(next.handle, first.handle);
                return;
            }
        }
        panic!("the slot was never used again");
    }

    #[test]
    fn a_slot_is_small() {
        assert!(std::mem::size_of::<Slot>() <= 96, "{} bytes", std::mem::size_of::<Slot>());
    }
}
