//! Messages being compressed: RFC 7692 section 7.2.1.
//!
//! A compressor starts afresh with each message, which any agreement allows, so that a connection between two messages owns
//! none.

use flate2::{Compress, Compression, FlushCompress};

use super::negotiate::{MAX_BITS, MIN_OWN_BITS};

/// What ends a flushed piece of DEFLATE, and is left out at the end of a message.
const SYNC_TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// An empty block, its tail left out.
const EMPTY_BLOCK: u8 = 0x00;

/// Room that one round of compressing gets beyond its input's length.
const SLACK: usize = 64;

/// There is no memory for the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// A compressor of one window size and level. Made once, it serves one message after another.
#[derive(Debug)]
pub struct Compressor {
    inner: Compress,
    /// Window as a power of two.
    pub bits: u8,
    /// 0 (none) to 9 (best).
    pub level: u8,
}

impl Compressor {
    /// `None` where zlib cannot do it: it makes windows of 9 to 15 bits.
    #[must_use]
    pub fn new(bits: u8, level: u8) -> Option<Compressor> {
        ((MIN_OWN_BITS..=MAX_BITS).contains(&bits) && level <= 9).then(|| Compressor {
            inner: Compress::new_with_window_bits(Compression::new(u32::from(level)), false, bits),
            bits,
            level,
        })
    }

    /// Compresses a fragment of a message behind what `out` holds. `last`: the message ends with it, and the compressor is
    /// ready for another one.
    ///
    /// # Errors
    /// [`OutOfMemory`]; the message cannot be continued then.
    pub fn fragment(&mut self, input: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), OutOfMemory> {
        let start = out.len();
        let mut at = 0;
        loop {
            let room = (input.len() - at) / 2 + SLACK;
            out.try_reserve(room).map_err(|_| OutOfMemory)?;
            let before = self.inner.total_in();
            // With an output that is not full, a flush is done whole (zlib's contract).
            let status = self.inner.compress_vec(&input[at..], out, FlushCompress::Sync);
            debug_assert!(status.is_ok());
            at += (self.inner.total_in() - before) as usize;
            if at == input.len() && out.len() < out.capacity() {
                break;
            }
        }
        if last {
            match out[start..].strip_suffix(&SYNC_TAIL) {
                Some(kept) => out.truncate(start + kept.len()),
                // Behind a flush zlib makes nothing of no input: an empty block ends the message (section 7.2.3.6).
                None => out.push(EMPTY_BLOCK),
            }
            self.inner.reset();
        }
        Ok(())
    }

    /// Makes it ready for another message though the last one was not ended.
    pub fn reset(&mut self) {
        self.inner.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ws::deflate::inflate::{State, new_inflater};
    use crate::wire::ws::deflate::{History, Inflating};

    #[test]
    fn fragments_of_any_length_make_one_message() {
        let mut compressor = Compressor::new(15, 1).unwrap();
        for fragments in
            [&["", "", ""][..], &["", "ab"], &["ab", ""], &["ab", "", "cd", ""], &["", "", "abababababab"], &[""]]
        {
            let mut message = Vec::new();
            for (n, fragment) in fragments.iter().enumerate() {
                // As on a connection: the fragments before have been sent and are no longer there.
                let mut out = Vec::new();
                compressor.fragment(fragment.as_bytes(), n + 1 == fragments.len(), &mut out).unwrap();
                message.append(&mut out);
            }
            let mut output = [0; 64];
            let mut inflating = Inflating::begin(new_inflater(), &History::new(None));
            let done =
                inflating.step(&message, true, &mut output).unwrap_or_else(|_| panic!("{fragments:?}: {message:?}"));
            assert_eq!(done.state, State::Whole);
            assert_eq!(output[..done.wrote], *fragments.concat().as_bytes());
        }
    }
}
