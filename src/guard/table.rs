//! The slots that handles name: one table for all contexts of the process. Slots live in chunks that are never moved or
//! freed; a slot's word is its handle while it lives, so that one load and compare tells whether a handle is alive.

use std::collections::VecDeque;
use std::ffi::c_void;

use super::domain::{Domain, Entered, Refusal};
use super::handle::{GENERATIONS, Handle, INDICES, Kind, free_word};
use super::site::{Rule, Site};
use super::sync::{AtomicI32, AtomicPtr, AtomicU64, Mutex, Ordering, fence, lock};

#[cfg(not(loom))]
const CHUNK: usize = 1024;
#[cfg(not(loom))]
const CHUNKS: usize = INDICES as usize / CHUNK;
// A model needs few slots, and makes each atomic anew in each of its runs.
#[cfg(loom)]
const CHUNK: usize = 2;
#[cfg(loom)]
const CHUNKS: usize = 1;

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

    fn empty() -> Slot {
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

    /// The domain of a slot that has begun a life.
    #[inline(always)]
    fn domain(&self) -> &'static Domain {
        // SAFETY: set before the slot came to life, and domains are never freed.
        unsafe { &*self.domain.load(Ordering::Relaxed) }
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

/// All slots.
pub struct Table {
    chunks: [AtomicPtr<Slot>; CHUNKS],
    free: Mutex<Free>,
    /// Slots are used again only when more than so many are free: a value comes back later still.
    reserve: usize,
}

/// Slots without a life: the oldest is used first, so that a value comes back as late as can be.
pub(super) struct Free {
    oldest_first: VecDeque<(u32, u32)>,
    fresh: u32,
}

#[cfg(not(loom))]
static TABLE: Table = Table::new(64);

#[cfg(not(loom))]
fn table() -> &'static Table {
    &TABLE
}

/// Outside of models no table is looked at.
#[cfg(loom)]
fn table() -> &'static Table {
    unreachable!("a model has a table of its own")
}

impl Table {
    #[cfg(not(loom))]
    const fn new(reserve: usize) -> Table {
        let free = Mutex::new(Free { oldest_first: VecDeque::new(), fresh: 0 });
        Table { chunks: [const { AtomicPtr::new(std::ptr::null_mut()) }; CHUNKS], free, reserve }
    }

    /// A table for a model.
    #[cfg(loom)]
    pub(super) fn new(reserve: usize) -> Table {
        let free = Mutex::new(Free { oldest_first: VecDeque::new(), fresh: 0 });
        Table { chunks: std::array::from_fn(|_| AtomicPtr::new(std::ptr::null_mut())), free, reserve }
    }

    #[inline(always)]
    fn slot(&self, index: u32) -> Option<&'static Slot> {
        let chunk = self.chunks[index as usize / CHUNK].load(Ordering::Acquire);
        // SAFETY: chunks are leaked arrays of CHUNK slots.
        (!chunk.is_null()).then(|| unsafe { &*chunk.add(index as usize % CHUNK) })
    }

    fn take_index(&self) -> Option<(u32, u32)> {
        let mut free = lock(&self.free);
        if (free.oldest_first.len() > self.reserve || free.fresh == INDICES)
            && let Some(taken) = free.oldest_first.pop_front()
        {
            return Some(taken);
        }
        if free.fresh == INDICES {
            return None;
        }
        let index = free.fresh;
        // Each slot has a place in the list from its first life on, so that ending a life allocates nothing.
        let have = free.oldest_first.len();
        free.oldest_first.try_reserve(index as usize + 1 - have).ok()?;
        if (index as usize).is_multiple_of(CHUNK) {
            let mut chunk = Vec::new();
            chunk.try_reserve_exact(CHUNK).ok()?;
            chunk.extend((0..CHUNK).map(|_| Slot::empty()));
            self.chunks[index as usize / CHUNK].store(chunk.leak().as_mut_ptr(), Ordering::Release);
        }
        free.fresh += 1;
        Some((index, 1))
    }

    /// See [`insert`].
    pub(super) fn insert(
        &self,
        kind: Kind,
        domain: &'static Domain,
        obj: *const (),
        context: Option<Handle>,
    ) -> Option<SlotRef> {
        let (index, generation) = self.take_index()?;
        let handle = Handle::new(kind, generation, index);
        let slot = self.slot(index).unwrap_or_else(|| unreachable!("the index was just taken"));
        slot.reset(domain, obj, context.unwrap_or(handle).bits());
        slot.word.store(handle.bits(), Ordering::Release);
        Some(SlotRef { handle, slot })
    }

    /// See [`lookup`].
    #[inline(always)]
    pub(super) fn lookup(&self, handle: Handle) -> Result<SlotRef, Dead> {
        let slot = self.slot(handle.index()).ok_or(Dead)?;
        if cfg!(feature = "bench-unguarded") || slot.word.load(Ordering::Acquire) == handle.bits() {
            Ok(SlotRef { handle, slot })
        } else {
            Err(Dead)
        }
    }

    /// See [`retire`].
    pub(super) fn retire(&self, slot: SlotRef) {
        let next = slot.handle.generation() + 1;
        let (old, new) = (slot.handle.bits(), free_word(next));
        if slot.slot.word.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return;
        }
        // A slot whose lives are used up rests for ever.
        if next < GENERATIONS {
            lock(&self.free).oldest_first.push_back((slot.handle.index(), next));
        }
    }

    /// See [`write()`].
    pub(super) fn write(&self, slot: SlotRef, f: impl FnOnce(&Slot)) -> bool {
        // With the lock held no slot begins a new life, so what is written to one that has just died is lost.
        let _free = lock(&self.free);
        let alive = slot.is_alive();
        if alive {
            f(slot.slot);
        }
        alive
    }
}

/// Makes a handle for an object of `context`. `None`: all are in use, or memory is.
pub fn insert(kind: Kind, domain: &'static Domain, obj: *const (), context: Handle) -> Option<SlotRef> {
    table().insert(kind, domain, obj, Some(context))
}

/// Makes a handle for a context; it is its own context.
pub fn insert_context(domain: &'static Domain) -> Option<SlotRef> {
    table().insert(Kind::Context, domain, std::ptr::null(), None)
}

/// The live slot of a handle.
#[inline(always)]
pub fn lookup(handle: Handle) -> Result<SlotRef, Dead> {
    table().lookup(handle)
}

/// The slot behind a pointer from C and its domain, where all is well: it is a live handle of that kind, and the calling
/// thread is inside. `None`: what stands against it is told by [`Handle::of_kind`], [`lookup`] and [`SlotRef::enter`].
#[inline(always)]
pub fn inside(p: *const c_void, kind: Kind) -> Option<(&'static Slot, &'static Domain)> {
    let slot = table().slot(Handle::index_if(p, kind)?)?;
    // A slot's word is a whole handle, or equal to none.
    if !cfg!(feature = "bench-unguarded") && slot.word.load(Ordering::Acquire) != p.addr() as u64 {
        return None;
    }
    let domain = slot.domain();
    (cfg!(feature = "bench-unguarded") || domain.is_inside()).then_some((slot, domain))
}

/// Ends a slot's life: from now on its handle is dead.
pub fn retire(slot: SlotRef) {
    table().retire(slot);
}

/// Writes to a slot from any thread; `false`: it had died. The life that comes after is never written to.
pub fn write(slot: SlotRef, f: impl FnOnce(&Slot)) -> bool {
    table().write(slot, f)
}

#[cfg(not(loom))]
pub(super) type Held = super::sync::MutexGuard<'static, Free>;

/// Held around a fork, so that the child finds the table whole and unlocked. `None`: the forking thread has it itself (it
/// forks in a signal handler).
#[cfg(not(loom))]
pub(super) fn hold() -> Option<Held> {
    super::sync::lock_within(&TABLE.free)
}

impl SlotRef {
    /// The domain of its context.
    #[inline(always)]
    pub fn domain(&self) -> &'static Domain {
        self.slot.domain()
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

    /// What any thread may read. `None`: the handle had died, and what was read may be of another life.
    #[inline]
    pub fn read<T>(&self, f: impl FnOnce(&'static Slot) -> T) -> Option<T> {
        let value = f(self.slot);
        // Whoever sees a value of the next life sees that this one has ended, since such values are released.
        fence(Ordering::Acquire);
        self.is_alive().then_some(value)
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

#[cfg(all(test, not(loom)))]
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
    fn a_slot_whose_lives_are_used_up_rests() {
        let table: &'static Table = Box::leak(Box::new(Table::new(0)));
        let domain = domain();
        let first = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        table.retire(first);
        lock(&table.free).oldest_first[0].1 = GENERATIONS - 1;
        let last = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        assert_eq!((last.handle.index(), last.handle.generation()), (0, GENERATIONS - 1));
        table.retire(last);
        assert!(table.lookup(last.handle).is_err());
        let other = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        assert_eq!(other.handle.index(), 1, "a slot began a life whose handle could not be told from an earlier one");
    }

    #[test]
    fn what_is_written_to_a_dead_handle_does_not_reach_the_next_life() {
        let table: &'static Table = Box::leak(Box::new(Table::new(0)));
        let domain = domain();
        let first = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        table.retire(first);
        let next = table.insert(Kind::Wsi, domain, std::ptr::null(), None).expect("there is room");
        assert_eq!(next.handle.index(), first.handle.index());
        assert!(!table.write(first, |s| s.port.store(9, Ordering::Release)));
        assert_eq!(next.read(|s| s.port.load(Ordering::Relaxed)), Some(0));
        assert_eq!(first.read(|s| s.port.load(Ordering::Relaxed)), None);
    }

    #[test]
    fn a_slot_is_small() {
        assert!(std::mem::size_of::<Slot>() <= 96, "{} bytes", std::mem::size_of::<Slot>());
    }
}
