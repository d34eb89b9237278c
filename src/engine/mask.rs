//! Masking of what a client sends (RFC 6455 sections 5.3 and 10.3): keys that nobody can predict, and frames masked in a
//! buffer of the service thread, so that the program's own bytes stay as they are.

use crate::engine::context::Context;
use crate::engine::transport::Delivery;
use crate::engine::wsi::Wsi;
use crate::guard;
use crate::wire::ws::mask;

/// Random bytes that are fetched from the system at a time.
const POOL: usize = 4096;

/// Bytes that are masked and sent at a time; a multiple of the key's length.
const PIECE: usize = 64 * 1024;

/// Keys in stock, and the buffer that frames are masked in.
#[derive(Default)]
pub struct Masking {
    pool: Vec<u8>,
    epoch: u32,
    scratch: Vec<u8>,
}

impl Masking {
    /// A fresh key from the system's random source. A child process never uses what its parent has in stock.
    fn key(&mut self) -> Option<[u8; 4]> {
        let epoch = guard::fork_epoch();
        if self.epoch != epoch || self.pool.len() < 4 {
            self.epoch = epoch;
            self.pool.resize(POOL, 0);
            if let Err(e) = getrandom::fill(&mut self.pool) {
                self.pool.clear();
                crate::util::log::err!("the system gives no random bytes for mask keys: {e}");
                return None;
            }
        }
        let key = self.pool.last_chunk::<4>().copied()?;
        self.pool.truncate(self.pool.len() - 4);
        Some(key)
    }
}

impl Context {
    /// A key for one frame; `None` where the system has no random bytes to give.
    pub fn mask_key(&self) -> Option<[u8; 4]> {
        self.masking.borrow_mut().key()
    }

    /// Sends a frame's header, and its payload masked with the key that the header bears.
    pub fn transmit_masked(&self, wsi: &Wsi, head: &[u8], payload: &[u8], key: [u8; 4]) -> Delivery {
        let mut masking = self.masking.borrow_mut();
        let scratch = &mut masking.scratch;
        scratch.clear();
        scratch.extend_from_slice(head);
        if payload.is_empty() {
            return self.transmit(wsi, scratch, &[]);
        }
        let mut delivery = Delivery::Sent;
        for piece in payload.chunks(PIECE) {
            let from = scratch.len();
            scratch.extend_from_slice(piece);
            mask::xor(&mut scratch[from..], key);
            delivery = self.transmit(wsi, scratch, &[]);
            scratch.clear();
            if delivery == Delivery::Broken {
                break;
            }
        }
        delivery
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_repeated_and_refilled() {
        let mut masking = Masking::default();
        let keys: std::collections::HashSet<_> = (0..2000).filter_map(|_| masking.key()).collect();
        // Two equal keys among 2000 random ones are met once in two thousand runs; three times is a broken source.
        assert!(keys.len() >= 1997, "{} different keys of 2000", keys.len());
    }

    #[test]
    fn a_new_process_has_keys_of_its_own() {
        let mut masking = Masking::default();
        masking.key();
        let stock = masking.pool.clone();
        masking.epoch = masking.epoch.wrapping_sub(1);
        masking.key();
        assert_ne!(&masking.pool[..64], &stock[..64]);
    }
}
