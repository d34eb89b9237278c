//! Frames written within one turn of a connection, gathered to leave in one send. The buffer belongs to the service
//! thread; a cork never outlives the turn of its connection.

use crate::engine::context::Context;
use crate::engine::transport::Delivery;
use crate::engine::wsi::Wsi;

/// What may wait in the cork.
pub const CORK_SIZE: usize = 32 * 1024;

/// A write at least this long goes out at once (together with what waits), instead of being copied.
pub const CORK_BYPASS: usize = 8 * 1024;

/// The buffer.
#[derive(Default)]
pub struct Cork {
    bytes: Vec<u8>,
}

impl Cork {
    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What waits is not sent: its connection ends.
    pub fn forget(&mut self) {
        self.bytes.clear();
    }

    /// It takes no more small writes before it is sent.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= CORK_SIZE
    }
}

impl Context {
    /// Sends `head` and `payload` in order on a connection. Within its own turn small ones wait in the cork, everything
    /// else is with the kernel or in the backlog when this returns.
    pub fn transmit(&self, wsi: &Wsi, head: &[u8], payload: &[u8]) -> Delivery {
        let len = head.len() + payload.len();
        if self.turn_of.get() == Some(wsi.token) && !wsi.transport.has_backlog() {
            let mut cork = self.cork.borrow_mut();
            if cork.bytes.len() + len > CORK_SIZE || len >= CORK_BYPASS {
                cork.bytes.extend_from_slice(head);
                let delivery = wsi.transport.send(&cork.bytes, payload);
                cork.bytes.clear();
                return self.judge(wsi, delivery);
            }
            cork.bytes.extend_from_slice(head);
            cork.bytes.extend_from_slice(payload);
            return Delivery::Sent;
        }
        let delivery = wsi.transport.send(head, payload);
        self.judge(wsi, delivery)
    }

    /// Sends what waits in the cork; it belongs to `wsi`.
    pub fn uncork(&self, wsi: &Wsi) -> Delivery {
        let mut cork = self.cork.borrow_mut();
        if cork.bytes.is_empty() {
            return Delivery::Sent;
        }
        let delivery = wsi.transport.send(&cork.bytes, &[]);
        cork.bytes.clear();
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
