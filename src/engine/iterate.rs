//! Calls that reach many connections. What is iterated is a list of handles taken before the first call; each is looked
//! up again, since a callback may close any of them.

use std::ffi::c_void;
use std::rc::Rc;

use crate::engine::context::Context;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Phase, Wsi};
use crate::guard::Handle;

impl Context {
    /// Runs `each` for every live connection, of one vhost or of all, whose protocol `wanted` accepts (given the
    /// protocol's index and its vhost).
    pub fn for_each_of_protocol(
        &self,
        vhost: Option<&Rc<Vhost>>,
        wanted: impl Fn(usize, &Vhost) -> bool,
        each: impl Fn(&Wsi),
    ) {
        let tokens: Vec<(u32, u32)> = self
            .all()
            .iter()
            .filter(|w| !w.is_listener() && w.phase.get() == Phase::Live)
            .filter(|w| {
                let own = w.vhost.borrow();
                vhost.is_none_or(|v| Rc::ptr_eq(v, &own)) && wanted(w.protocol.get(), &own)
            })
            .map(|w| (w.token, w.serial))
            .collect();
        for (token, serial) in tokens {
            if let Some(wsi) = self.wsi(token).filter(|w| w.serial == serial && w.is_live()) {
                each(&wsi);
            }
        }
    }

    /// Calls the bound protocol's callback; a non-zero return closes the connection.
    pub fn notify_and_close(&self, wsi: &Wsi, reason: u32, input: *mut c_void, len: usize) {
        if self.call(wsi, reason, input, len) != 0 {
            self.close_later(wsi, Close::ByCallback);
        }
    }

    /// Calls every protocol of the connection's vhost with it. `true`: one returned non-zero, the rest were not called.
    pub fn call_each_protocol(&self, wsi: &Wsi, reason: u32, input: *mut c_void, len: usize) -> bool {
        let count = wsi.vhost.borrow().config.protocols.len();
        (0..count).any(|index| self.call_protocol(wsi, index, reason, input, len) != 0)
    }

    /// The first connection, in table order, whose parent is `wsi`.
    pub fn first_child(&self, wsi: &Wsi) -> Option<Handle> {
        self.all().iter().find(|w| w.parent.get() == Some(wsi.handle())).map(|w| w.handle())
    }
}
