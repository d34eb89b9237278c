//! TLS between TCP connect and the request of a client connection.

use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::layer::OnPlainText;
use crate::engine::role::client::{Ask, Stage};
use crate::engine::vhost::Vhost;
use crate::engine::wsi::Wsi;
use crate::net::tls::{Allow, ClientContext, ClientSettings, Identity, TlsError, Wanted};

impl Context {
    /// There is a way to the peer, direct or through a proxy's tunnel: TLS and the request go it.
    pub fn client_way_stands(&self, wsi: &Rc<Wsi>) {
        self.notify(wsi, LWS_CALLBACK_WSI_CREATE);
        if !wsi.is_live() {
            return;
        }
        match wsi.with_client(|c| c.ask.flags & LCCSCF_USE_SSL) {
            Some(0) | None => self.client_speaks(wsi),
            Some(_) => self.client_secure(wsi),
        }
    }

    /// What the program sends can pass: the request goes first, if there is one.
    pub fn client_speaks(&self, wsi: &Rc<Wsi>) {
        match wsi.with_client(|c| c.ask.is_raw()) {
            Some(true) => self.raw_connected(wsi),
            _ => self.client_request(wsi),
        }
    }

    /// The socket stands: TLS is spoken on it. The request follows when the handshake is over.
    pub fn client_secure(&self, wsi: &Rc<Wsi>) {
        let wanted = wsi.with_client(|c| {
            c.stage = Stage::Securing;
            wanted(&c.ask, &self.config.alpn)
        });
        let Some(wanted) = wanted else { return };
        let vhost = wsi.vhost();
        let identity = wsi.with_client(|c| c.ask.identity.clone()).flatten();
        let begun = match identity {
            Some(identity) => self.client_tls_as(&vhost, identity),
            None => self.client_tls(&vhost),
        };
        let begun = begun
            .and_then(|tls| tls.session(&wanted))
            .and_then(|session| wsi.transport.secure(session, OnPlainText::Refuse));
        match begun {
            Ok(()) => {
                self.tls_sessions.set(self.tls_sessions.get() + 1);
                self.tls_begins(wsi);
                self.client_step_timer(wsi);
                self.make_ready(wsi);
            }
            Err(why) => self.client_fails(wsi, format!("TLS: {why}")),
        }
    }

    /// The client side of a vhost's TLS with another certificate to show. It is made for one connection.
    fn client_tls_as(&self, vhost: &Vhost, identity: Identity) -> Result<Rc<dyn ClientContext>, TlsError> {
        let mut settings = client_settings(vhost)?.clone();
        settings.identity = Some(identity);
        self.tls_backend.client(settings)
    }

    /// The client side of a vhost's TLS, made when it is wanted first.
    pub fn client_tls(&self, vhost: &Vhost) -> Result<Rc<dyn ClientContext>, TlsError> {
        if let Some(made) = &*vhost.tls_client.borrow() {
            return Ok(made.clone());
        }
        let made = self.tls_backend.client(client_settings(vhost)?.clone())?;
        // What the program answers is not asked, as on 4.1.6.
        let reason = LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS;
        self.show_tls_context(vhost, reason, made.raw(), std::ptr::null_mut());
        *vhost.tls_client.borrow_mut() = Some(made.clone());
        Ok(made)
    }
}

fn client_settings(vhost: &Vhost) -> Result<&ClientSettings, TlsError> {
    vhost.config.tls_client.as_ref().ok_or_else(|| {
        TlsError::new("the context was made without LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT, so there is no TLS")
    })
}

/// What the session is to be, from what the program asked for.
fn wanted(ask: &Ask, default_alpn: &[Vec<u8>]) -> Wanted {
    let has = |flag: u32| ask.flags & flag != 0;
    Wanted {
        host: host_alone(&ask.host).to_owned(),
        alpn: ask.alpn.clone().unwrap_or_else(|| default_alpn.to_vec()),
        allow: Allow {
            selfsigned: has(LCCSCF_ALLOW_SELFSIGNED),
            other_host: has(LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK),
            expired: has(LCCSCF_ALLOW_EXPIRED),
            insecure: has(LCCSCF_ALLOW_INSECURE),
        },
    }
}

/// A Host header without its port, and an IPv6 address without its brackets.
fn host_alone(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match host.matches(':').count() {
        1 => host.split(':').next().unwrap_or(host),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::host_alone;

    #[test]
    fn the_name_to_check_has_no_port() {
        assert_eq!(host_alone("example.org:8443"), "example.org");
        assert_eq!(host_alone("example.org"), "example.org");
        assert_eq!(host_alone("[::1]:443"), "::1");
        assert_eq!(host_alone("::1"), "::1");
    }
}
