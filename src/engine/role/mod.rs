//! What a connection is at the moment. A role gets bytes and events, and never touches a socket.

pub mod client;
pub mod http1;
pub mod listener;
pub mod raw;
pub mod ws;

use std::rc::Rc;

use crate::engine::context::Context;
use crate::engine::wsi::{Close, Wsi};

/// What a role did with the bytes it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// So many were used; it is to be called again with the rest.
    Used(usize),
    /// Reading was stopped after so many.
    Stopped(usize),
    /// So many were used; the rest is only of use with more behind it.
    WaitsForMore(usize),
    /// The connection is ending; the rest has no meaning.
    Ended,
}

impl Context {
    /// The peer ended its side of the connection.
    pub fn role_peer_ended(&self, wsi: &Rc<Wsi>) {
        if wsi.with_client(|_| ()).is_some() {
            self.client_peer_ended(wsi);
        } else {
            self.close_later(wsi, Close::Orderly);
        }
    }
}
