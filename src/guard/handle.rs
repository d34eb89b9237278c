//! What C holds in place of a pointer: a slot number and the life of that slot which is meant.
//!
//! ```text
//! 63..60  59..58  57 ........ 28  27 ....... 4  3..0
//!  0100    kind     generation      slot index   0000
//! ```
//!
//! Bit 62 set under a clear bit 63 is no canonical address of x86-64, neither with 48 nor with 57 bits, so a stray
//! dereference faults at once, and no pointer that any allocator returns is taken for a handle. (aarch64 may ignore the
//! top byte of an address; there a dereference reaches for the rest of the bits, which is seldom mapped.) The low four
//! bits are 0, as malloc's are. A generation is used once per slot and slots are reused oldest first, so a value does
//! not come back.

use std::{ffi::c_void, num::NonZeroU64};

const TAG: u64 = 0b0100;
const TAG_SHIFT: u32 = 60;
const KIND_SHIFT: u32 = 58;
const GENERATION_SHIFT: u32 = 28;
const INDEX_SHIFT: u32 = 4;

/// Number of generations that a slot may live through.
pub const GENERATIONS: u32 = 1 << 30;
/// Number of slots that a handle can name.
pub const INDICES: u32 = 1 << 24;

/// What a handle stands for.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    /// `struct lws_context *`
    Context = 0,
    /// `struct lws_vhost *`
    Vhost = 1,
    /// `struct lws *` with a connection or listener behind it
    Wsi = 2,
    /// `struct lws *` that stands in where a callback has no connection (PROTOCOL_INIT, EVENT_WAIT_CANCELLED …)
    Pseudo = 3,
}

impl Kind {
    /// The field's name for it, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Context => "context",
            Kind::Vhost => "vhost",
            Kind::Wsi => "wsi",
            Kind::Pseudo => "pseudo wsi",
        }
    }
}

/// A generational handle, the value that C sees as `struct lws *`, `struct lws_vhost *` or `struct lws_context *`.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Handle(NonZeroU64);

impl Handle {
    /// Puts a handle together. `generation` is below [`GENERATIONS`] and `index` below [`INDICES`].
    pub(super) fn new(kind: Kind, generation: u32, index: u32) -> Self {
        debug_assert!(generation < GENERATIONS && index < INDICES);
        let bits = TAG << TAG_SHIFT
            | (kind as u64) << KIND_SHIFT
            | u64::from(generation) << GENERATION_SHIFT
            | u64::from(index) << INDEX_SHIFT;
        match NonZeroU64::new(bits) {
            Some(bits) => Handle(bits),
            None => unreachable!("the tag is not zero"),
        }
    }

    /// Takes a pointer from C. `None`: not a handle at all (NULL, an address, a number).
    #[inline(always)]
    pub fn from_ptr(ptr: *const c_void) -> Option<Self> {
        Self::from_bits(ptr.addr() as u64)
    }

    /// As [`Handle::from_ptr`], from the bare number.
    #[inline(always)]
    pub fn from_bits(bits: u64) -> Option<Self> {
        if bits >> TAG_SHIFT == TAG && bits & ((1 << INDEX_SHIFT) - 1) == 0 {
            NonZeroU64::new(bits).map(Handle)
        } else {
            None
        }
    }

    /// Takes a pointer from C that should be a handle of one kind: one compare.
    #[inline(always)]
    pub fn of_kind(ptr: *const c_void, kind: Kind) -> Option<Self> {
        const MASK: u64 = !0 << KIND_SHIFT | ((1 << INDEX_SHIFT) - 1);
        let bits = ptr.addr() as u64;
        if bits & MASK == TAG << TAG_SHIFT | (kind as u64) << KIND_SHIFT {
            NonZeroU64::new(bits).map(Handle)
        } else {
            None
        }
    }

    /// The slot number in what may be a handle of one kind. Only a slot whose word equals the pointer says that it is one.
    #[inline(always)]
    pub(super) fn index_if(ptr: *const c_void, kind: Kind) -> Option<u32> {
        const TAGGED: u64 = TAG << (TAG_SHIFT - KIND_SHIFT);
        let bits = ptr.addr() as u64;
        (bits >> KIND_SHIFT == TAGGED | kind as u64).then_some(index_of(bits))
    }

    /// The pointer that C gets. It has no memory behind it and must not be dereferenced.
    #[inline(always)]
    pub fn as_ptr<T>(self) -> *mut T {
        std::ptr::without_provenance_mut(self.0.get() as usize)
    }

    /// The bare number, never 0.
    #[inline(always)]
    pub fn bits(self) -> u64 {
        self.0.get()
    }

    /// What it stands for.
    #[inline(always)]
    pub fn kind(self) -> Kind {
        match self.0.get() >> KIND_SHIFT & 3 {
            0 => Kind::Context,
            1 => Kind::Vhost,
            2 => Kind::Wsi,
            _ => Kind::Pseudo,
        }
    }

    /// Number of its slot.
    #[inline(always)]
    pub fn index(self) -> u32 {
        index_of(self.0.get())
    }

    /// Which life of the slot it names.
    #[inline(always)]
    pub fn generation(self) -> u32 {
        generation_of(self.0.get())
    }
}

/// The slot number that a word names if it is a handle.
#[inline(always)]
pub(super) fn index_of(bits: u64) -> u32 {
    (bits >> INDEX_SHIFT) as u32 & (INDICES - 1)
}

/// The generation in a handle, or in the word of a free slot ([`free_word`]).
#[inline(always)]
pub(super) fn generation_of(bits: u64) -> u32 {
    (bits >> GENERATION_SHIFT) as u32 & (GENERATIONS - 1)
}

/// What a slot without a life holds in place of its handle: the generation of the next one. Equal to no handle.
pub(super) fn free_word(generation: u32) -> u64 {
    u64::from(generation) << GENERATION_SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_survive_the_round_trip() {
        for kind in [Kind::Context, Kind::Vhost, Kind::Wsi, Kind::Pseudo] {
            for (generation, index) in [(0, 0), (1, 7), (GENERATIONS - 1, INDICES - 1)] {
                let handle = Handle::new(kind, generation, index);
                assert_eq!((handle.kind(), handle.generation(), handle.index()), (kind, generation, index));
                assert_eq!(Handle::from_ptr(handle.as_ptr()), Some(handle));
            }
        }
    }

    #[test]
    fn is_no_canonical_address_and_aligned_like_malloc() {
        let handle = Handle::new(Kind::Pseudo, GENERATIONS - 1, INDICES - 1);
        for low in [Handle::new(Kind::Context, 0, 0), handle] {
            let bits = low.bits();
            assert_eq!(bits & 15, 0);
            for width in [48, 57] {
                let sign_extended = ((bits << (64 - width)) as i64 >> (64 - width)) as u64;
                assert_ne!(sign_extended, bits, "{bits:#x} is canonical with {width} bits");
            }
        }
    }

    #[test]
    fn addresses_and_numbers_are_no_handles() {
        let on_stack = 0u8;
        assert_eq!(Handle::from_ptr(std::ptr::null()), None);
        assert_eq!(Handle::from_ptr((&raw const on_stack).cast()), None);
        assert_eq!(Handle::from_ptr((addresses_and_numbers_are_no_handles as fn()) as *const c_void), None);
        for bits in [1, 0x10, u64::MAX, 0x8000_0000_0000_0000, 0x4000_0000_0000_0001, 0x5000_0000_0000_0000] {
            assert_eq!(Handle::from_bits(bits), None, "{bits:#x}");
        }
    }
}
