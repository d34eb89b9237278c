//! Frames written within one turn of a connection, gathered to leave in one send. The buffer belongs to the service
//! thread; a cork never outlives the turn of its connection.

use std::cell::RefCell;

use crate::engine::context::Context;
use crate::engine::transport::Delivery;
use crate::engine::wsi::Wsi;
use crate::wire::ws::encode::MAX_HEADER;

/// What may wait in the cork.
pub const CORK_SIZE: usize = 32 * 1024;

/// A write at least this long goes out at once (together with what waits), instead of being copied.
pub const CORK_BYPASS: usize = 8 * 1024;

/// What waits to be sent.
#[derive(Default)]
pub struct Cork(RefCell<Waiting>);

/// Borrowed for no longer than bytes are copied or sent.
#[derive(Default)]
struct Waiting {
    /// Empty before its first use, then always of the same length.
    buffer: Vec<u8>,
    /// How much of it waits.
    len: usize,
}

impl Waiting {
    /// Appends bytes. They fit: behind a full cork a frame's head still does.
    fn push(&mut self, bytes: &[u8]) {
        if self.buffer.is_empty() {
            self.buffer = vec![0; CORK_SIZE + MAX_HEADER];
        }
        self.buffer[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// Takes out what waits. It is the caller's as long as nothing is put in.
    fn take(&mut self) -> &[u8] {
        &self.buffer[..std::mem::take(&mut self.len)]
    }

    /// See [`Cork::push_short`].
    #[inline(always)]
    fn push_short(&mut self, first: u8, payload: &[u8]) -> Option<()> {
        let n = payload.len();
        let free = self.buffer.get_mut(self.len..CORK_SIZE).filter(|_| n < CORK_BYPASS)?;
        let [high, low] = (n as u16).to_be_bytes();
        let (head, behind) = match free {
            [a, b, behind @ ..] if n < 126 => {
                (*a, *b) = (first, low);
                (2, behind)
            }
            [a, b, c, d, behind @ ..] => {
                (*a, *b, *c, *d) = (first, 126, high, low);
                (4, behind)
            }
            _ => return None,
        };
        behind.get_mut(..n)?.copy_from_slice(payload);
        self.len += head + n;
        Some(())
    }
}

impl Cork {
    /// What waits is not sent: its connection ends.
    pub fn forget(&self) {
        self.0.borrow_mut().len = 0;
    }

    /// It takes no more small writes before it is sent.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.0.try_borrow().is_ok_and(|waiting| waiting.len >= CORK_SIZE)
    }

    /// Puts a server's unmasked frame in: its first byte, the length in the short or the 16-bit form, the payload. `None`: it
    /// does not fit, or is too long to be copied. Cannot panic and allocates nothing.
    #[inline(always)]
    pub fn push_short(&self, first: u8, payload: &[u8]) -> Option<()> {
        self.0.try_borrow_mut().ok()?.push_short(first, payload)
    }
}

impl Context {
    /// Sends `head` and `payload` in order on a connection. Within its own turn small ones wait in the cork, everything
    /// else is with the kernel or in the backlog when this returns.
    pub fn transmit(&self, wsi: &Wsi, head: &[u8], payload: &[u8]) -> Delivery {
        if !self.is_turn_of(wsi) || wsi.transport.has_backlog() {
            let delivery = wsi.transport.send(head, payload);
            return self.judge(wsi, delivery);
        }
        let mut waiting = self.cork.0.borrow_mut();
        let len = head.len() + payload.len();
        if waiting.len + len <= CORK_SIZE && len < CORK_BYPASS {
            waiting.push(head);
            waiting.push(payload);
            return Delivery::Sent;
        }
        if head.len() <= MAX_HEADER {
            waiting.push(head);
            let delivery = wsi.transport.send(waiting.take(), payload);
            return self.judge(wsi, delivery);
        }
        if waiting.len > 0 {
            let delivery = wsi.transport.send(waiting.take(), &[]);
            if self.judge(wsi, delivery) == Delivery::Broken {
                return Delivery::Broken;
            }
        }
        let delivery = wsi.transport.send(head, payload);
        self.judge(wsi, delivery)
    }

    /// Sends what waits in the cork; it belongs to `wsi`.
    pub fn uncork(&self, wsi: &Wsi) -> Delivery {
        let mut waiting = self.cork.0.borrow_mut();
        if waiting.len == 0 {
            return Delivery::Sent;
        }
        let delivery = wsi.transport.send(waiting.take(), &[]);
        self.judge(wsi, delivery)
    }

    fn judge(&self, wsi: &Wsi, delivery: Delivery) -> Delivery {
        match delivery {
            Delivery::Broken => self.close_later(wsi, crate::engine::wsi::Close::AtOnce),
            Delivery::Held => {
                let max = self.max_backlog.get();
                if max != 0 && wsi.transport.backlog_len() > max {
                    crate::util::log::warn!(
                        "{}: closed: {} bytes are held back for a peer that does not read, the bound is {max}",
                        wsi.handle(),
                        wsi.transport.backlog_len()
                    );
                    self.close_later(wsi, crate::engine::wsi::Close::AtOnce);
                    return Delivery::Broken;
                }
            }
            Delivery::Sent => {}
        }
        delivery
    }
}
