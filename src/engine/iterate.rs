//! Calls that reach many connections. What is iterated is a list of handles taken before the first call; each is looked
//! up again, since a callback may close any of them.

use std::ffi::c_void;
use std::rc::Rc;

use crate::engine::context::Context;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Phase, Wsi};

impl Context {
    /// Runs `each` for every live connection, of one vhost or of all, whose protocol `wanted` accepts (given the
    /// protocol's index and its vhost).
    pub fn for_each_of_protocol(
        &self,
        vhost: Option<&Rc<Vhost>>,
        wanted: impl Fn(usize, &Vhost) -> bool,
        each: impl Fn(&Wsi),
    ) {
        let vhosts = vhost.map_or_else(|| self.vhosts.borrow().clone(), |v| vec![v.clone()]);
        let mut tokens = Vec::new();
        for vhost in &vhosts {
            for index in (0..vhost.config.protocols.len()).filter(|index| wanted(*index, vhost)) {
                let live = self.members(vhost, index).into_iter().filter(|w| w.phase.get() == Phase::Live);
                tokens.extend(live.map(|w| (w.token, w.serial)));
            }
        }
        // In the order of the table of connections, as on 4.1.6.
        tokens.sort_unstable();
        for (token, serial) in tokens {
            if let Some(wsi) = self.wsi(token).filter(|w| w.serial == serial && w.is_live()) {
                each(&wsi);
            }
        }
    }

    /// Calls every protocol of the connection's vhost with it, and without its user area, which is one protocol's only.
    /// `true`: one returned non-zero, the rest were not called.
    pub fn call_each_protocol(&self, wsi: &Wsi, reason: u32, input: *mut c_void, len: usize) -> bool {
        let vhost = wsi.vhost();
        self.depth.set(self.depth.get() + 1);
        let mut each = vhost.config.protocols.iter();
        let refused = each.any(|p| self.app.call(p, wsi.handle(), reason, std::ptr::null_mut(), input, len) != 0);
        self.depth.set(self.depth.get() - 1);
        refused
    }
}
