//! permessage-deflate (RFC 7692) as a browser speaks it: JSON that was compressed beforehand, replies that are inflated and
//! compared.
//!
//! Compressing costs the load nothing while it is measured: each connection sends one of some sequences of messages over and
//! over, and what a message is compressed to repeats from the second time on, for the window's content repeats with it.

use crate::Failure;
use crate::ws;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

/// Different sequences: neighbouring connections send different things, so that mixed up replies are found.
const SEQUENCES: usize = 8;
/// One round of a sequence is longer than the window, so that no message is found in it whole.
const ROUND_BYTES: usize = 64 * 1024;
const ROUND_MESSAGES: usize = 4;
/// Messages of a round where their sizes differ.
const ROUND_SIZES: usize = 256;
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
const OUTPUT: usize = 64 * 1024;

struct Sequence {
    plain: Vec<Vec<u8>>,
    /// The frames of the first round, and those of all that follow.
    first: Vec<Vec<u8>>,
    again: Vec<Vec<u8>>,
}

/// What all connections send.
pub struct Sequences(Vec<Sequence>);

impl Sequences {
    /// Messages of `least` to `most` bytes.
    pub fn new(least: usize, most: usize, takeover: bool) -> Result<Self, Failure> {
        let one_size = (ROUND_BYTES / least.max(1)).clamp(ROUND_MESSAGES, 1024);
        let count = if least == most { one_size } else { ROUND_SIZES };
        let sequence = |seed| {
            let message = |n: usize| json(size_of(n, count, least, most), seed * 1_000_003 + n as u64);
            // A stride that is prime to the count: large and small ones in turn, and each once.
            let plain: Vec<Vec<u8>> = (0..count).map(|n| message((n * 83 + seed as usize) % count)).collect();
            let mut compress = Compress::new(Compression::new(6), false);
            let mut round = || plain.iter().map(|text| frame(&mut compress, text, takeover)).collect::<Result<_, _>>();
            let (first, again) = (round()?, round()?);
            Ok(Sequence { plain, first, again })
        };
        Ok(Sequences((0..SEQUENCES as u64).map(sequence).collect::<Result<_, Failure>>()?))
    }

    fn of(&self, connection: u32) -> &Sequence {
        &self.0[connection as usize % SEQUENCES]
    }

    /// Appends the message `number` of a connection to what it sends.
    pub fn append(&self, out: &mut Vec<u8>, connection: u32, number: u64) {
        let sequence = self.of(connection);
        let (round, at) = (number / sequence.plain.len() as u64, number as usize % sequence.plain.len());
        out.extend_from_slice(if round == 0 { &sequence.first[at] } else { &sequence.again[at] });
    }

    /// What has to come back for it.
    pub fn plain(&self, connection: u32, number: u64) -> &[u8] {
        let sequence = self.of(connection);
        &sequence.plain[number as usize % sequence.plain.len()]
    }
}

/// Sizes from `least` to `most`, the small ones more often: of 3 to 300 KB, half are below 4 KB, one in ten is above 60.
fn size_of(n: usize, count: usize, least: usize, most: usize) -> usize {
    let share = n as f64 / (count - 1).max(1) as f64;
    (least as f64 * (most as f64 / least.max(1) as f64).powf(share.powi(4))).round() as usize
}

/// Records as a program would send them, cut at `size` bytes.
fn json(size: usize, seed: u64) -> Vec<u8> {
    const WORDS: [&str; 16] = [
        "price", "volume", "order", "status", "accepted", "rejected", "pending", "user", "session", "update", "market",
        "limit", "amount", "balance", "transfer", "closed",
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) % below
    };
    let mut text = String::from("[");
    while text.len() < size {
        let (a, b, c) = (random(16) as usize, random(16) as usize, random(16) as usize);
        text += &format!(
            "{{\"id\":{},\"type\":\"{}\",\"time\":{},\"value\":{}.{:02},\"tags\":[\"{}\",\"{}\"],\"open\":{}}},",
            random(1_000_000),
            WORDS[a],
            1_700_000_000 + random(100_000_000),
            random(10_000),
            random(100),
            WORDS[b],
            WORDS[c],
            random(2) == 0
        );
    }
    text.truncate(size);
    text.into_bytes()
}

/// A message as a masked frame with RSV1 set.
fn frame(compress: &mut Compress, text: &[u8], takeover: bool) -> Result<Vec<u8>, Failure> {
    let mut packed = Vec::with_capacity(text.len() + 1024);
    let before = compress.total_in();
    compress.compress_vec(text, &mut packed, FlushCompress::Sync)?;
    if compress.total_in() - before != text.len() as u64 || !packed.ends_with(&TAIL) {
        return Err("the load cannot compress its messages".into());
    }
    packed.truncate(packed.len() - TAIL.len());
    if !takeover {
        compress.reset();
    }
    Ok(ws::masked_frame(0x41, &packed))
}

/// The replies of one connection, as far as they have come.
pub struct Reading {
    inflater: Decompress,
    output: Vec<u8>,
    head: Vec<u8>,
    /// Payload bytes of the frame that are still to come, once its head is whole.
    left: Option<u64>,
    first: bool,
    last: bool,
    compressed: bool,
    /// Bytes of the message that came and were right.
    right: usize,
    /// The frame at hand is a ping, which may stand between a message's frames: its payload.
    ping: Option<Vec<u8>>,
    /// Pongs to be sent, as whole frames.
    pub pongs: Vec<u8>,
}

impl Reading {
    pub fn new() -> Self {
        Reading {
            inflater: Decompress::new(false),
            output: vec![0; OUTPUT],
            head: Vec::with_capacity(10),
            left: None,
            first: true,
            last: false,
            compressed: false,
            right: 0,
            ping: None,
            pongs: Vec::new(),
        }
    }

    /// Compares the front of `bytes` with the reply that must come, if one must. Returns how many bytes were used and whether
    /// the reply is whole; None when it is wrong.
    pub fn check(&mut self, bytes: &[u8], plain: Option<&[u8]>) -> Option<(usize, bool)> {
        let mut used = 0;
        if self.left.is_none() {
            used = self.take_head(bytes)?;
        }
        let Some(left) = self.left else { return Some((used, false)) };
        let part = &bytes[used..][..left.min((bytes.len() - used) as u64) as usize];
        if let Some(ping) = &mut self.ping {
            ping.extend_from_slice(part);
            let left = left - part.len() as u64;
            self.left = (left > 0).then_some(left);
            if left == 0 {
                self.pongs.extend(ws::masked_frame(0x0a, ping));
                self.ping = None;
            }
            return Some((used + part.len(), false));
        }
        let plain = plain?;
        if self.compressed {
            self.inflate(part, plain)?;
        } else {
            self.compare(part, plain)?;
        }
        used += part.len();
        let left = left - part.len() as u64;
        self.left = (left > 0).then_some(left);
        if left > 0 || !self.last {
            return Some((used, false));
        }
        if self.compressed {
            self.inflate(&TAIL, plain)?;
        }
        let whole = std::mem::take(&mut self.right) == plain.len();
        self.first = true;
        whole.then_some((used, true))
    }

    /// Takes bytes of a frame's head; once it is whole, `left` is set.
    fn take_head(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            self.head.push(*byte);
            let [first, second, length @ ..] = &self.head[..] else { continue };
            let wanted = match second {
                0..=125 => 0,
                126 => 2,
                127 => 8,
                _ => return None,
            };
            if length.len() < wanted {
                continue;
            }
            if *first == 0x89 && *second < 126 {
                self.left = Some(u64::from(*second));
                self.ping = Some(Vec::new());
                self.head.clear();
                return Some(at + 1);
            }
            let expected = if self.first { 1 } else { 0 };
            if first & 0x0f != expected || first & 0x30 != 0 || (!self.first && first & 0x40 != 0) {
                return None;
            }
            if self.first {
                self.compressed = first & 0x40 != 0;
            }
            self.last = first & 0x80 != 0;
            self.left = Some(match wanted {
                0 => u64::from(*second),
                _ => length.iter().fold(0, |n, b| n << 8 | u64::from(*b)),
            });
            self.first = false;
            self.head.clear();
            return Some(at + 1);
        }
        Some(bytes.len())
    }

    fn inflate(&mut self, mut part: &[u8], plain: &[u8]) -> Option<()> {
        let mut output = std::mem::take(&mut self.output);
        loop {
            let (read, wrote) = (self.inflater.total_in(), self.inflater.total_out());
            self.inflater.decompress(part, &mut output, FlushDecompress::None).ok()?;
            part = &part[(self.inflater.total_in() - read) as usize..];
            let wrote = (self.inflater.total_out() - wrote) as usize;
            self.compare(&output[..wrote], plain)?;
            if part.is_empty() && wrote < output.len() {
                break;
            }
        }
        self.output = output;
        Some(())
    }

    fn compare(&mut self, came: &[u8], plain: &[u8]) -> Option<()> {
        let wanted = plain.get(self.right..self.right + came.len())?;
        self.right += came.len();
        (came == wanted).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An echo that keeps its context, as frames without a mask.
    fn echo(compress: &mut Compress, text: &[u8], cut: usize) -> Vec<u8> {
        let mut packed = Vec::with_capacity(text.len() + 1024);
        compress.compress_vec(text, &mut packed, FlushCompress::Sync).unwrap();
        packed.truncate(packed.len() - TAIL.len());
        let (a, b) = packed.split_at(cut.min(packed.len()));
        [ws::header(0x41, 0, a.len()), a.to_vec(), ws::header(0x80, 0, b.len()), b.to_vec()].concat()
    }

    #[test]
    fn every_round_inflates_to_its_messages() {
        for (size, most, takeover) in
            [(100, 100, true), (1024, 1024, true), (1024, 1024, false), (70_000, 70_000, true), (30, 3000, true)]
        {
            let sequences = Sequences::new(size, most, takeover).unwrap();
            let mut sizes: Vec<usize> = sequences.of(3).plain.iter().map(Vec::len).collect();
            sizes.sort_unstable();
            assert_eq!((sizes[0], sizes[sizes.len() - 1]), (size, most));
            let mut inflater = Decompress::new(false);
            for number in 0..3 * sequences.of(3).plain.len() as u64 {
                let mut sent = Vec::new();
                sequences.append(&mut sent, 3, number);
                let mut packed = ws::unmasked(&sent);
                packed.extend_from_slice(&TAIL);
                let mut out = Vec::with_capacity(most + 1);
                inflater.decompress_vec(&packed, &mut out, FlushDecompress::Sync).unwrap();
                assert_eq!(out, sequences.plain(3, number), "{size} {takeover} {number}");
                if !takeover {
                    inflater.reset(false);
                }
            }
        }
    }

    #[test]
    fn a_reply_is_recognised_however_it_is_cut_and_a_wrong_one_is_found() {
        let plain = json(3000, 1);
        let mut compress = Compress::new(Compression::new(1), false);
        let mut reading = Reading::new();
        for cut in [0, 1, 7, 100, 5000] {
            let reply = echo(&mut compress, &plain, cut);
            for (n, byte) in reply.iter().enumerate() {
                assert_eq!(
                    reading.check(&[*byte], Some(&plain)),
                    Some((1, n == reply.len() - 1)),
                    "cut {cut} byte {n}"
                );
            }
        }
        let reply = [ws::header(0x81, 0, plain.len()), plain.clone()].concat();
        assert_eq!(reading.check(&reply, Some(&plain)), Some((reply.len(), true)), "uncompressed");
        assert_eq!(reading.check(&reply, None), None, "nothing was asked for");
        let mut reading = Reading::new();
        assert_eq!(reading.check(b"\x89\x00", None), Some((2, false)), "a ping");
        assert_eq!(reading.check(b"\x89\x02ab", None), Some((4, false)), "a ping");
        assert_eq!(reading.pongs, [ws::masked_frame(0x0a, b""), ws::masked_frame(0x0a, b"ab")].concat());
        assert_eq!(reading.check(&reply, Some(&json(3000, 2))), None, "another message");
        assert_eq!(
            Reading::new().check(&echo(&mut compress, &plain[1..], 9), Some(&plain)),
            None,
            "without its context"
        );
    }
}
