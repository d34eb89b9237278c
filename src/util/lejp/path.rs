//! Where the parser is: names with dots between them, and which of the program's paths that fits.

use std::ffi::{CStr, c_char};

use crate::abi::*;
use crate::util::lejp::Parser;

impl Parser {
    /// Sets path_match for the first of the paths that the path fits, unless one fits already.
    pub fn check_path_match(self) {
        if self.get().path_match != 0 {
            return;
        }
        let top = self.top();
        let ctx = self.get();
        let stride = if ctx.path_stride == 0 { size_of::<*const c_char>() } else { ctx.path_stride };
        // SAFETY: plain bytes of the same size; `ppos` and NULs bound what is looked at.
        let path = unsafe { std::slice::from_raw_parts(ctx.path.as_ptr().cast::<u8>(), ctx.path.len()) };
        let path = path.split(|c| *c == 0).next().unwrap_or_default();
        for n in 0..if top.paths.is_null() { 0 } else { top.count_paths } {
            // SAFETY: the program's table has that many entries, `stride` bytes apart, by the contract of `new`; with a
            // stride of its own they need not be aligned.
            let pattern = unsafe { top.paths.byte_add(usize::from(n) * stride).read_unaligned() };
            if pattern.is_null() {
                continue;
            }
            // SAFETY: an entry is a NUL-ended text.
            let pattern = unsafe { CStr::from_ptr(pattern) }.to_bytes();
            let mut wild = [0; 5];
            if let Some(count) = matches(path, pattern, &mut wild) {
                let ctx = self.set();
                ctx.wild[..count].copy_from_slice(&wild[..count]);
                ctx.wildcount = count as u8;
                ctx.path_match = n.wrapping_add(1);
                ctx.path_match_len = top.ppos;
                return;
            }
        }
        self.set().wildcount = 0;
    }

    /// The part of the path that a `*` stands for.
    pub fn wildcard(&self, index: usize) -> Option<&[u8]> {
        let ctx = self.get();
        if index >= usize::from(ctx.wildcount) {
            return None;
        }
        let from = usize::from(*ctx.wild.get(index)?);
        let to = usize::from(self.top().ppos).min(ctx.path.len());
        // SAFETY: plain bytes of the same size.
        let path = unsafe { std::slice::from_raw_parts(ctx.path.as_ptr().cast::<u8>(), ctx.path.len()) };
        let part = path.get(from..to).unwrap_or_default();
        // The first byte counts whatever it is.
        let len = part.iter().skip(1).position(|c| *c == b'.').map_or(part.len(), |n| n + 1);
        Some(&part[..len])
    }

    pub(super) fn unmatch_when_shorter(self) {
        let ppos = self.top().ppos;
        let ctx = self.set();
        if ctx.path_match != 0 && ppos <= ctx.path_match_len {
            ctx.path_match = 0;
        }
    }

    /// `false`: the path has no room for the byte and its NUL.
    pub(super) fn push_path(self, c: u8) -> bool {
        let at = usize::from(self.top().ppos);
        let room = at + 1 < self.get().path.len();
        if room {
            self.set().path[at] = c as c_char;
            self.top_mut().ppos += 1;
        }
        room
    }

    pub(super) fn shorten_path(self, to: c_char) {
        self.top_mut().ppos = to as u8;
        self.end_path();
    }

    pub(super) fn end_path(self) {
        let at = usize::from(self.top().ppos).min(LEJP_MAX_PATH as usize - 1);
        self.set().path[at] = 0;
    }
}

/// Whether a path fits a pattern, and where each `*` begins. A `*` at the end fits all that is left, any other up to the
/// next dot. Those after the fifth fit too but are not recorded: C has room for no more.
fn matches(path: &[u8], pattern: &[u8], wild: &mut [u16; 5]) -> Option<usize> {
    let (mut at, mut count) = (0, 0);
    let mut rest = pattern;
    while let (Some(&c), Some((&q, after))) = (path.get(at), rest.split_first()) {
        if q != b'*' {
            if c != q {
                return None;
            }
            at += 1;
        } else {
            if let Some(place) = wild.get_mut(count) {
                *place = at as u16;
                count += 1;
            }
            let stop = if after.is_empty() { None } else { path[at..].iter().position(|c| *c == b'.') };
            at = stop.map_or(path.len(), |n| at + n);
        }
        rest = after;
    }
    (at == path.len() && rest.is_empty()).then_some(count)
}
