//! Memory of the program's that texts and lists are laid into, from its beginning on.

use std::ffi::c_char;
use std::ptr;

use crate::util::config::Refused;
use crate::util::log;

/// What is left of it.
pub struct Arena {
    at: *mut u8,
    left: usize,
}

impl Arena {
    /// # Safety
    /// `at` has `left` writable bytes, which nothing else uses while the arena, or what was laid into it, does.
    pub unsafe fn new(at: *mut c_char, left: usize) -> Arena {
        Arena { at: at.cast(), left }
    }

    /// Where the room begins that is left, and how many bytes it has.
    pub fn rest(&self) -> (*mut c_char, usize) {
        (self.at.cast(), self.left)
    }

    /// Lays a value.
    pub fn place<T: Copy>(&mut self, value: T) -> Result<*mut T, Refused> {
        let pad = self.at.align_offset(align_of::<T>());
        let to = self.take(pad.saturating_add(size_of::<T>()))?.wrapping_add(pad).cast::<T>();
        // SAFETY: the bytes are the arena's, aligned and taken by nobody else.
        unsafe { to.write(value) };
        Ok(to)
    }

    /// Lays the pieces of a text, one behind the other, up to the first NUL in one, and a NUL.
    pub fn text(&mut self, pieces: &[&[u8]]) -> Result<*const c_char, Refused> {
        let pieces = pieces.iter().map(|p| p.split(|c| *c == 0).next().unwrap_or_default());
        let to = self.take(pieces.clone().map(<[u8]>::len).sum::<usize>().saturating_add(1))?;
        let mut at = to;
        for piece in pieces {
            // SAFETY: the bytes are the arena's, as many as all pieces and the NUL, and taken by nobody else.
            unsafe {
                ptr::copy_nonoverlapping(piece.as_ptr(), at, piece.len());
                at = at.add(piece.len());
            }
        }
        // SAFETY: as above.
        unsafe { at.write(0) };
        Ok(to.cast_const().cast())
    }

    fn take(&mut self, len: usize) -> Result<*mut u8, Refused> {
        if len > self.left {
            log::err!("configuration: config_strings has no room for {len} bytes more, {} are left", self.left);
            return Err(Refused);
        }
        let at = self.at;
        self.at = at.wrapping_add(len);
        self.left -= len;
        Ok(at)
    }
}
