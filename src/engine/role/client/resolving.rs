//! The client's side of looking names up: who waits for which answer, also across a fork.

use std::rc::Rc;
use std::sync::Arc;

use crate::abi::*;
use crate::engine::context::{Context, RESOLVED_TOKEN};
use crate::engine::role::client::{Stage, text};
use crate::engine::wsi::Wsi;
use crate::guard;
use crate::net::Place;
use crate::net::resolve::{Found, Resolver, interleave};

impl Context {
    /// Begins to look up the peer's name.
    pub fn resolve(&self, wsi: &Wsi, host: &str, port: u16) {
        let mut resolver = self.resolver.borrow_mut();
        let epoch = guard::fork_epoch();
        if resolver.as_ref().is_some_and(|r| r.epoch != epoch) {
            // Made by a parent process; its threads are not here. Who waits for it is seen to when the poller is renewed.
            resolver.take().into_iter().for_each(Resolver::forget);
        }
        let resolver = resolver.get_or_insert_with(|| {
            let fresh = Resolver::new(epoch);
            self.give_waker(&fresh);
            fresh
        });
        resolver.ask((wsi.token, wsi.serial), host, port);
    }

    /// Lets the resolver wake the poller, if there is one yet.
    fn give_waker(&self, resolver: &Resolver) {
        let made = self.poller.borrow().as_ref().filter(|p| p.epoch == resolver.epoch).map(|p| p.waker(RESOLVED_TOKEN));
        match made {
            Some(Ok(waker)) => resolver.set_waker(Arc::new(waker)),
            Some(Err(e)) => crate::util::log::err!("the resolver's waker cannot be made: {e}"),
            None => {}
        }
    }

    /// A poller was made: the resolver wakes that from now on, and lookups that were begun in a parent process begin
    /// again.
    pub fn renew_resolver(&self) -> std::io::Result<()> {
        let epoch = guard::fork_epoch();
        let is_ours = match &*self.resolver.borrow() {
            None => return Ok(()),
            Some(r) if r.epoch == epoch => {
                self.give_waker(r);
                true
            }
            Some(_) => false,
        };
        if !is_ours {
            self.resolver.borrow_mut().take().into_iter().for_each(Resolver::forget);
        }
        for wsi in self.all() {
            if !is_ours
                && wsi.with_client(|c| c.stage) == Some(Stage::Resolving)
                && let Some((host, port)) = self.first_hop(&wsi)
            {
                self.resolve(&wsi, &host, port);
            }
        }
        Ok(())
    }

    /// Answers wait to be taken.
    pub fn has_resolved(&self) -> bool {
        self.resolver.borrow().as_ref().is_some_and(Resolver::has_found)
    }

    /// Goes on with the connections whose lookups have ended.
    pub fn take_resolved(&self) {
        if !self.has_resolved() {
            return;
        }
        let found = self.resolver.borrow().as_ref().map(Resolver::take_found).unwrap_or_default();
        for ((token, serial), found) in found {
            let waits = self.wsi(token).filter(|w| w.serial == serial && w.is_live());
            if let Some(wsi) = waits
                && wsi.with_client(|c| c.stage) == Some(Stage::Resolving)
            {
                self.resolved(&wsi, found);
                self.settle();
            }
        }
    }

    fn resolved(&self, wsi: &Rc<Wsi>, found: Found) {
        let no_v6 = wsi.vhost.borrow().config.options & LWS_SERVER_OPTION_DISABLE_IPV6 != 0;
        match found {
            Ok(addresses) => {
                let wanted = addresses.into_iter().filter(|a| !(no_v6 && a.is_ipv6())).collect();
                self.found(wsi, interleave(wanted).into_iter().map(Place::Tcp).collect());
            }
            Err(why) => {
                crate::util::log::notice!("{}: looking up: {why}", wsi.handle());
                self.client_fails(wsi, text::UNABLE);
            }
        }
    }

    /// The connection ends: what it looks up is not wanted any more.
    pub fn abandon_lookup(&self, wsi: &Wsi) {
        if wsi.with_client(|c| c.stage) == Some(Stage::Resolving)
            && let Some(resolver) = &*self.resolver.borrow()
            && resolver.epoch == guard::fork_epoch()
        {
            resolver.abandon((wsi.token, wsi.serial));
        }
    }
}
