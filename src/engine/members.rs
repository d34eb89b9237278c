//! Which connections each protocol of a vhost has: a list per protocol, threaded through the connections, so that
//! calls which reach all of a protocol cost nothing for the others.

use std::cell::Cell;
use std::rc::Rc;

use crate::engine::context::Context;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::Wsi;

/// No neighbour: the list ends here.
const NONE: u32 = u32::MAX;

/// The two ends of a list of tokens, oldest first.
pub struct Members {
    first: Cell<u32>,
    last: Cell<u32>,
}

impl Default for Members {
    fn default() -> Members {
        Members { first: Cell::new(NONE), last: Cell::new(NONE) }
    }
}

/// A connection's neighbours in the list of its protocol.
pub struct Neighbours {
    before: Cell<u32>,
    after: Cell<u32>,
}

impl Default for Neighbours {
    fn default() -> Neighbours {
        Neighbours { before: Cell::new(NONE), after: Cell::new(NONE) }
    }
}

impl Context {
    /// Makes the connection one of protocol `index` of its vhost, also in what any thread may ask.
    pub fn set_protocol(&self, wsi: &Wsi, index: usize) {
        self.leave_members(wsi);
        wsi.protocol.set(index);
        self.join_members(wsi);
        self.publish_protocol(wsi);
    }

    /// Makes the connection one of another vhost, with that vhost's default protocol.
    pub fn set_vhost(&self, wsi: &Wsi, vhost: Rc<Vhost>) {
        self.leave_members(wsi);
        wsi.protocol.set(vhost.config.default_protocol);
        wsi.vhost.replace(vhost);
        self.join_members(wsi);
        self.publish_protocol(wsi);
    }

    /// Enters the connection last in its protocol's list. It is in none.
    pub fn join_members(&self, wsi: &Wsi) {
        let vhost = wsi.vhost.borrow();
        let Some(members) = vhost.members.get(wsi.protocol.get()).filter(|_| !wsi.is_listener()) else { return };
        let before = members.last.replace(wsi.token);
        wsi.neighbours.before.set(before);
        match self.wsi(before) {
            Some(w) => w.neighbours.after.set(wsi.token),
            None => members.first.set(wsi.token),
        }
    }

    /// Takes the connection out of its protocol's list. It is in it, unless it is a listener.
    pub fn leave_members(&self, wsi: &Wsi) {
        let vhost = wsi.vhost.borrow();
        let Some(members) = vhost.members.get(wsi.protocol.get()).filter(|_| !wsi.is_listener()) else { return };
        let (before, after) = (wsi.neighbours.before.replace(NONE), wsi.neighbours.after.replace(NONE));
        match self.wsi(before) {
            Some(w) => w.neighbours.after.set(after),
            None => members.first.set(after),
        }
        match self.wsi(after) {
            Some(w) => w.neighbours.before.set(before),
            None => members.last.set(before),
        }
    }

    /// The connections of protocol `index`, oldest first.
    pub fn members(&self, vhost: &Vhost, index: usize) -> Vec<Rc<Wsi>> {
        let mut at = vhost.members.get(index).map_or(NONE, |m| m.first.get());
        let next = || {
            let wsi = self.wsi(at)?;
            at = wsi.neighbours.after.get();
            Some(wsi)
        };
        std::iter::from_fn(next).collect()
    }
}
