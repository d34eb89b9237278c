//! Writing: what `lws_write` means for each role.

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Phase, Role, Wsi};
use crate::guard::misuse;
use crate::wire::ws::{encode, opcode};

/// The part of a write protocol that names the kind of write.
const KIND_MASK: u32 = 0x1f;

impl Context {
    /// `lws_write` of a data frame that goes into the cork as it stands, which is what a server's frames mostly are. `None`:
    /// it is something else, or there is something to be said about it ([`Context::write`]). Cannot panic.
    #[inline]
    pub fn write_to_cork(&self, wsi: &Wsi, payload: &[u8], protocol: lws_write_protocol) -> Option<i32> {
        let op = match protocol & KIND_MASK {
            LWS_WRITE_TEXT => opcode::TEXT,
            LWS_WRITE_BINARY => opcode::BINARY,
            _ => return None,
        };
        let fit = self.is_turn_of(wsi)
            && wsi.phase.get() == Phase::Live
            && wsi.in_callback.get() > 0
            && !wsi.transport.has_backlog()
            && matches!(&*wsi.role.try_borrow().ok()?, Role::Ws(ws) if ws.is_plain_server());
        let fin = protocol & LWS_WRITE_NO_FIN == 0;
        if fit { self.cork.push_short(u8::from(fin) << 7 | op, payload).map(|()| payload.len() as i32) } else { None }
    }

    /// `lws_write`: the payload length (with the header's for control frames) when all of it is sent or held back,
    /// -1 when the connection is of no more use.
    pub fn write(&self, wsi: &Wsi, payload: &[u8], protocol: lws_write_protocol) -> i32 {
        if wsi.in_callback.get() == 0 {
            misuse::write_outside_callback(wsi.handle());
        }
        let mut is_raw = false;
        let (is_ws, is_client, is_plain) = match &*wsi.role.borrow() {
            Role::Ws(ws) => (true, ws.client.is_some(), ws.is_plain_server()),
            Role::Http(_) => (false, false, false),
            Role::Client(c) if c.before_request() => return -1,
            Role::Client(_) => (false, true, false),
            Role::Raw(_) => {
                is_raw = true;
                (false, false, false)
            }
            Role::Listener(_) => return -1,
        };
        if wsi.phase.get() != Phase::Live || payload.len() > i32::MAX as usize {
            return -1;
        }
        if is_raw {
            return done(self.raw_write(wsi, payload), payload.len());
        }
        let kind = protocol & KIND_MASK;
        let raw = matches!(
            kind,
            LWS_WRITE_HTTP | LWS_WRITE_HTTP_FINAL | LWS_WRITE_HTTP_HEADERS | LWS_WRITE_HTTP_HEADERS_CONTINUATION
        );
        if !is_ws && is_client {
            return done(self.transmit(wsi, &[], payload), payload.len());
        }
        if !is_ws {
            return self.http_write(wsi, payload);
        }
        if raw {
            return done(self.transmit(wsi, &[], payload), payload.len());
        }
        if wsi.transport.has_backlog() {
            misuse::write_on_backlog(wsi.handle());
        }
        let op = match kind {
            LWS_WRITE_TEXT => opcode::TEXT,
            LWS_WRITE_BINARY => opcode::BINARY,
            LWS_WRITE_CONTINUATION => opcode::CONTINUATION,
            LWS_WRITE_PING => opcode::PING,
            LWS_WRITE_PONG => opcode::PONG,
            _ => {
                crate::util::log::err!("lws_write: {protocol:#x} is no write protocol of a ws connection");
                return -1;
            }
        };
        if matches!(op, opcode::PING | opcode::PONG) {
            if payload.len() > 125 {
                crate::util::log::err!("lws_write: a control frame carries at most 125 bytes, not {}", payload.len());
                return -1;
            }
            let n = encode::header_len(payload.len() as u64, is_client);
            return done(self.send_frame(wsi, true, op, payload), payload.len() + n);
        }
        let fin = protocol & LWS_WRITE_NO_FIN == 0;
        if is_plain {
            let mut head = [0; 14];
            let n = encode::encode_header(&mut head, fin, 0, op, payload.len() as u64, None);
            return done(self.transmit(wsi, &head[..n], payload), payload.len());
        }
        if let Some(chain) = self.program_extensions(wsi) {
            return done(self.ws_program_send(wsi, &chain, protocol, op, payload), payload.len());
        }
        let xor = protocol & LWS_WRITE_CLIENT_IGNORE_XOR_MASK == 0;
        let sent = self
            .with_compressed(wsi, fin, op, payload, |rsv, bytes| self.send_frame_rsv(wsi, fin, rsv, op, bytes, xor));
        let Ok(delivery) = sent else {
            crate::util::log::err!("lws_write: no memory to compress {} bytes", payload.len());
            return -1;
        };
        done(delivery, payload.len())
    }

    /// Sends one ws frame.
    pub fn send_frame(&self, wsi: &Wsi, fin: bool, op: u8, payload: &[u8]) -> Delivery {
        self.send_frame_rsv(wsi, fin, 0, op, payload, true)
    }

    /// A client's frame always bears a key; without `xor` it is not masked with it (for tests of servers).
    pub fn send_frame_rsv(&self, wsi: &Wsi, fin: bool, rsv: u8, op: u8, payload: &[u8], xor: bool) -> Delivery {
        let mut head = [0; 14];
        if wsi.with_ws(|ws| ws.client.is_some()) == Some(true) {
            let Some(key) = self.mask_key() else {
                // A client cannot send without one.
                self.close_later(wsi, Close::AtOnce);
                return Delivery::Broken;
            };
            let n = encode::encode_header(&mut head, fin, rsv, op, payload.len() as u64, Some(key));
            return match xor {
                true => self.transmit_masked(wsi, &head[..n], payload, key),
                false => self.transmit(wsi, &head[..n], payload),
            };
        }
        let n = encode::encode_header(&mut head, fin, rsv, op, payload.len() as u64, None);
        self.transmit(wsi, &head[..n], payload)
    }

    /// Sends a control frame of the library's own. As 4.1.6 does, one WRITEABLE follows though nobody asked.
    pub fn send_control(&self, wsi: &Wsi, op: u8, payload: &[u8]) -> Delivery {
        let delivery = self.send_frame(wsi, true, op, payload);
        if delivery == Delivery::Held {
            wsi.with_ws(|ws| ws.control_waiting += payload.len() + 2);
        }
        self.callback_on_writable(wsi);
        delivery
    }

    /// Sends a close frame; `payload` is empty or a code and a reason. What waits in front of it goes with it.
    pub fn send_close_frame(&self, wsi: &Wsi, payload: &[u8]) -> Delivery {
        match self.send_frame(wsi, true, opcode::CLOSE, payload) {
            Delivery::Sent if self.is_turn_of(wsi) => self.uncork(wsi),
            other => other,
        }
    }

    /// `lws_send_pipe_choked`, from what is known: the socket is full, something is held back, or the turn's cork is.
    pub fn choked(&self, wsi: &Wsi) -> bool {
        !wsi.can_write() || wsi.phase.get() != Phase::Live || (self.is_turn_of(wsi) && self.cork.is_full())
    }
}

fn done(delivery: Delivery, len: usize) -> i32 {
    match delivery {
        Delivery::Broken => -1,
        Delivery::Sent | Delivery::Held => len as i32,
    }
}
