//! Messages being inflated: RFC 7692 section 7.2.2.
//!
//! An inflater is borrowed from a pool for the length of one message. What the next message may refer to is kept in the
//! connection's [`History`], which holds no more than the agreement obliges us to.

use std::collections::VecDeque;

use flate2::{Decompress, FlushDecompress, Status};

/// What the sender has left out at the end of a message, and behind it an empty final block: where a message ends as it has
/// to, exactly all of this is read and the stream is over.
const END: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff];

/// The data is not what a compressor makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDeflate;

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the input that are dealt with.
    pub used: usize,
    /// Bytes that were written to the output.
    pub wrote: usize,
    /// Where that leaves the message.
    pub state: State,
}

/// Where a message is after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The input is used up, and the message goes on.
    NeedsInput,
    /// The output is full: there may be more for the next one.
    OutputFull,
    /// The message is whole.
    Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Blocks of the message.
    Blocks,
    /// A block that is marked as the last has ended. One zero byte may follow (RFC 7692 section 7.2.3.4).
    AfterFinalBlock { zero_came: bool },
    /// So many bytes of [`END`] were given.
    End(usize),
}

/// One compressed message under way.
#[derive(Debug)]
pub struct Inflating {
    inflater: Decompress,
    stage: Stage,
}

impl Inflating {
    /// Begins a message. `inflater` is a fresh one ([`new_inflater`]) or one that [`finish`](Self::finish) gave back.
    #[must_use]
    pub fn begin(mut inflater: Decompress, history: &History) -> Inflating {
        let (older, newer) = history.bytes.as_slices();
        for part in [older, newer] {
            if !part.is_empty() {
                // Raw DEFLATE takes a dictionary at any block's start; it cannot be refused there.
                let taken = inflater.set_dictionary(part);
                debug_assert!(taken.is_ok());
            }
        }
        Inflating { inflater, stage: Stage::Blocks }
    }

    /// Inflates from `input` to `output`, which must not be empty. `last`: the message's data ends with `input`. Call again
    /// with what `used` left, or with an empty input, as long as the state says [`State::OutputFull`].
    ///
    /// # Errors
    /// [`BadDeflate`] when the data is damaged, ends within a block, or goes on behind a final block.
    pub fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Progress, BadDeflate> {
        debug_assert!(!output.is_empty());
        let (mut used, mut wrote) = (0, 0);
        loop {
            match self.stage {
                Stage::Blocks => {
                    let (read, written, ended) = self.inflate(&input[used..], &mut output[wrote..])?;
                    used += read;
                    wrote += written;
                    if ended {
                        self.stage = Stage::AfterFinalBlock { zero_came: false };
                    } else if wrote == output.len() {
                        return Ok(Progress { used, wrote, state: State::OutputFull });
                    } else if used < input.len() {
                        return Err(BadDeflate);
                    } else if !last {
                        return Ok(Progress { used, wrote, state: State::NeedsInput });
                    } else {
                        self.stage = Stage::End(0);
                    }
                }
                Stage::AfterFinalBlock { zero_came } => {
                    let zero_came = match (&input[used..], zero_came) {
                        ([], came) => came,
                        ([0], false) => true,
                        _ => return Err(BadDeflate),
                    };
                    self.stage = Stage::AfterFinalBlock { zero_came };
                    let state = if last { State::Whole } else { State::NeedsInput };
                    return Ok(Progress { used: input.len(), wrote, state });
                }
                Stage::End(at) => {
                    let (read, written, ended) = self.inflate(&END[at..], &mut output[wrote..])?;
                    wrote += written;
                    let at = at + read;
                    self.stage = Stage::End(at);
                    return match (ended, at == END.len()) {
                        (true, true) => Ok(Progress { used, wrote, state: State::Whole }),
                        (false, _) if wrote == output.len() => Ok(Progress { used, wrote, state: State::OutputFull }),
                        _ => Err(BadDeflate),
                    };
                }
            }
        }
    }

    fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize, bool), BadDeflate> {
        let (read, wrote) = (self.inflater.total_in(), self.inflater.total_out());
        let status = self.inflater.decompress(input, output, FlushDecompress::None).map_err(|_| BadDeflate)?;
        let read = (self.inflater.total_in() - read) as usize;
        let wrote = (self.inflater.total_out() - wrote) as usize;
        Ok((read, wrote, status == Status::StreamEnd))
    }

    /// Ends the message, whole or not, and gives the inflater back for another one.
    #[must_use]
    pub fn finish(mut self) -> Decompress {
        self.inflater.reset(false);
        self.inflater
    }
}

/// An inflater for [`Inflating::begin`].
#[must_use]
pub fn new_inflater() -> Decompress {
    Decompress::new(false)
}

/// What came of the messages so far, as far as the next one may refer to it.
#[derive(Debug)]
pub struct History {
    bytes: VecDeque<u8>,
    most: usize,
}

impl History {
    /// For a peer that compresses with a window of `bits`; `None`: each message stands by itself, and nothing is kept.
    #[must_use]
    pub fn new(bits: Option<u8>) -> History {
        History { bytes: VecDeque::new(), most: bits.map_or(0, |bits| 1 << bits) }
    }

    /// Bytes that are kept now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds what was inflated. `false`: there is no memory for it.
    #[must_use]
    pub fn push(&mut self, output: &[u8]) -> bool {
        let new = &output[output.len().saturating_sub(self.most)..];
        let over = (self.bytes.len() + new.len()).saturating_sub(self.most);
        self.bytes.drain(..over);
        // Small windows grow by doubling, so that many small messages do not move it each time.
        let want = self.bytes.len() + new.len();
        if want > self.bytes.capacity() {
            let room = want.next_power_of_two().min(self.most);
            if self.bytes.try_reserve_exact(room - self.bytes.len()).is_err() {
                return false;
            }
        }
        self.bytes.extend(new);
        true
    }
}

#[cfg(test)]
#[path = "inflate_tests.rs"]
mod tests;
