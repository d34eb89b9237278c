//! TLS on connections and vhosts: who speaks it, by which vhost's certificate, what the program hears of it.

use std::ffi::c_int;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::{Context, State};
use crate::engine::layer::OnPlainText;
use crate::engine::role::client::Stage;
use crate::engine::role::listener::SharedVhosts;
use crate::engine::vhost::Vhost;
use crate::engine::wsi::{Close, Role, Wsi};
use crate::net::tls::{NameChoice, PeerCheck, Raw, Ruling, ServerContext, TlsError, Verdict, VerifyHook};
use crate::util::log;
use crate::util::time::now_usecs;

/// How often certificates' lifetimes are told and files looked at (µs).
const DAILY_US: i64 = 86_400_000_000;

/// How often, at most, the certificate files of a vhost are looked at when connections come (µs).
const LOOK_AT_FILES_US: i64 = 30_000_000;

const SECS_PER_DAY: i64 = 86_400;

/// Shows a backend's verdict on the peer's certificate to the program.
pub struct Hook<'a> {
    context: &'a Context,
    wsi: &'a Wsi,
}

impl VerifyHook for Hook<'_> {
    fn rule(&self, verdict: &Verdict<'_>) -> Ruling {
        if verdict.session.is_null() || verdict.store.is_null() {
            return Ruling::Stand;
        }
        // What a server shows is for the client's own protocol to judge, what a client shows for the vhost's first.
        let (protocol, reason) = match &*self.wsi.role.borrow() {
            Role::Http(_) | Role::Ws(_) | Role::Raw(_) => (0, LWS_CALLBACK_OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION),
            Role::Client(_) => (self.wsi.protocol.get(), LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION),
            Role::Listener(_) => return Ruling::Stand,
        };
        let good = usize::from(verdict.objection.is_none());
        // The program may change what the store says; the backend looks at it after this.
        match self.context.call_with_user(self.wsi, protocol, reason, verdict.store, verdict.session, good) {
            0 => Ruling::Stand,
            _ => Ruling::Refuse,
        }
    }
}

/// The vhosts of a listener, for the choice by name.
struct ByName {
    first: Rc<dyn ServerContext>,
    vhosts: SharedVhosts,
}

impl NameChoice for ByName {
    fn choose(&self, name: Option<&str>) -> Rc<dyn ServerContext> {
        let vhosts = self.vhosts.borrow();
        let named = name.map(str::as_bytes).and_then(|n| {
            let speak_tls = || vhosts.iter().filter(|v| !v.dying.get() && v.tls.borrow().is_some());
            let found = speak_tls().find(|v| v.has_name(n)).or_else(|| speak_tls().find(|v| v.is_above(n)));
            found.and_then(|v| v.tls.borrow().clone())
        });
        named.unwrap_or_else(|| self.first.clone())
    }
}

impl Context {
    /// What shows verdicts on the peer's certificate to the program.
    pub fn verify_hook<'a>(&'a self, wsi: &'a Wsi) -> Hook<'a> {
        Hook { context: self, wsi }
    }

    /// Makes the vhost's TLS from its settings. `Err`: the vhost cannot be made.
    pub fn set_up_tls(&self, vhost: &Vhost) -> Result<(), TlsError> {
        if vhost.config.tls_client.as_ref().is_some_and(|c| c.identity.is_some() || !c.ca.is_empty()) {
            // What is wrong with the files is to be told now, not at the first connection.
            self.client_tls(vhost)?;
        }
        let Some(settings) = &vhost.config.tls else { return Ok(()) };
        let identity = &settings.identity;
        let missing = [&identity.certificate, &identity.key].into_iter().flatten().find(|s| s.is_missing());
        if let Some(file) = missing
            && vhost.config.options & LWS_SERVER_OPTION_IGNORE_MISSING_CERT != 0
        {
            log::warn!(
                "vhost '{}': {} is not there (yet): connections are refused until it is",
                vhost.config.name,
                file.describe()
            );
            return Ok(());
        }
        let made = self.tls_backend.server(settings.clone())?;
        let (reason, about) = (LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS, vhost.slot.handle.as_ptr());
        if self.show_tls_context(vhost, reason, made.raw(), about) != 0 {
            return Err(TlsError::new("the program refused LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS"));
        }
        *vhost.tls.borrow_mut() = Some(made);
        Ok(())
    }

    /// Hands the backend's own object for a vhost to the program, where it has one to give.
    pub fn show_tls_context(&self, vhost: &Vhost, reason: u32, raw: Raw, about: Raw) -> c_int {
        match raw.is_null() || vhost.config.protocols.is_empty() {
            true => 0,
            false => self.call_without_wsi_user(vhost, 0, reason, raw, about, 0),
        }
    }

    /// Puts TLS under an accepted connection, where its vhost speaks it. `false`: it cannot be served.
    pub fn begin_tls(&self, listening: &Wsi, wsi: &Wsi) -> bool {
        let vhost = wsi.vhost();
        if vhost.config.tls.is_none() {
            return true;
        }
        self.look_at_files(&vhost);
        let Some(first) = vhost.tls.borrow().clone() else { return false };
        let vhosts = match &*listening.role.borrow() {
            Role::Listener(l) => l.vhosts.clone(),
            _ => return false,
        };
        let plain_text = on_plain_text(vhost.config.options);
        let session = first.session(Box::new(ByName { first: first.clone(), vhosts }));
        match session.and_then(|s| wsi.transport.secure(s, plain_text)) {
            Ok(()) => {
                self.tls_sessions.set(self.tls_sessions.get() + 1);
                self.tls_begins(wsi);
                true
            }
            Err(why) => {
                log::err!("{}: no TLS for a new connection: {why}", wsi.handle());
                false
            }
        }
    }

    /// Ends TLS on a connection whose socket is about to go: the peer is told.
    pub fn end_tls(&self, wsi: &Wsi) {
        if wsi.transport.is_secure() || wsi.transport.plain_on_tls.get() {
            wsi.transport.say_end();
            self.tls_sessions.set(self.tls_sessions.get().saturating_sub(1));
        }
    }

    /// `simultaneous_ssl_restriction` is reached: no more connections are taken that would speak TLS.
    pub fn tls_is_full(&self, vhost: &Vhost) -> bool {
        let most = self.config.tls_sessions_most;
        most != 0 && vhost.config.tls.is_some() && self.tls_sessions.get() >= most
    }

    /// The TLS handshake is over.
    pub fn secured(&self, wsi: &Rc<Wsi>) {
        if log::visible(log::LLL_INFO) != 0
            && let Some(session) = wsi.transport.with_session(|s| s.describe())
        {
            log::info!("{}: TLS is up: {session}", wsi.handle());
        }
        self.tls_done(wsi);
        if !wsi.is_live() {
            return;
        }
        if wsi.with_client(|c| c.stage == Stage::Securing) == Some(true) {
            self.client_speaks(wsi);
        }
        self.raw_handshake_over(wsi);
        if wsi.want_writable.get() {
            self.make_ready(wsi);
        }
    }

    /// The transport is of no more use.
    pub fn broken(&self, wsi: &Rc<Wsi>, why: Option<TlsError>) {
        let handshaking = wsi.transport.is_handshaking();
        if let Some(why) = why {
            log::info!("{}: {why}", wsi.handle());
            self.tls_failed(wsi, &why);
            if wsi.with_client(|c| c.stage == Stage::Securing) == Some(true) {
                return self.client_fails(wsi, format!("TLS: {why}"));
            }
        }
        if self.client_repeats(wsi) {
            return;
        }
        if wsi.is_client() {
            return self.close_later(wsi, Close::AtOnce);
        }
        // Of a connection that never became one, the program hears WSI_DESTROY only; a raw one was told before.
        let unborn = handshaking && wsi.with_raw(|_| ()).is_none();
        self.close_later(wsi, if unborn { Close::Unborn } else { Close::AtOnce });
    }

    /// The connection is plain text on a TLS port whose vhost has a raw protocol for it and no answer to HTTP.
    pub fn takes_no_http(&self, wsi: &Wsi) -> bool {
        wsi.transport.plain_on_tls.get() && wsi.vhost.borrow().config.options & SERVES_PLAIN_HTTP == 0
    }

    /// The request names a vhost whose rules for client certificates this connection has not been held to.
    pub fn is_misdirected(&self, wsi: &Wsi, vhost: &Rc<Vhost>) -> bool {
        let own = wsi.vhost();
        let checks = vhost.config.tls.as_ref().is_some_and(|t| t.peer_check != PeerCheck::None);
        if !checks || Rc::ptr_eq(vhost, &own) && self.name_asked(wsi).is_none() {
            return false;
        }
        let by_name = self.name_asked(wsi).and_then(|name| self.vhost_behind(&own, name.as_bytes()));
        !Rc::ptr_eq(&by_name.unwrap_or(own), vhost) || !wsi.transport.is_secure()
    }

    fn name_asked(&self, wsi: &Wsi) -> Option<String> {
        wsi.transport.with_session(|s| s.server_name()).flatten()
    }

    /// Reads a vhost's certificate and key again if their files have changed; not more often than is sensible.
    fn look_at_files(&self, vhost: &Vhost) {
        let now = now_usecs();
        if vhost.tls_looked.get() + LOOK_AT_FILES_US > now && vhost.tls.borrow().is_some() {
            return;
        }
        vhost.tls_looked.set(now);
        let context = vhost.tls.borrow().clone();
        match context {
            Some(context) if context.changed_on_disk() => match context.reload(None) {
                Ok(()) => log::notice!("vhost '{}': certificate and key were read again", vhost.config.name),
                Err(why) => log::err!(
                    "vhost '{}': the new certificate cannot be used, the former one stays: {why}",
                    vhost.config.name
                ),
            },
            Some(_) => {}
            None => {
                if let Err(why) = self.set_up_tls(vhost) {
                    log::err!("vhost '{}': {why}", vhost.config.name);
                }
            }
        }
    }

    /// `lws_tls_cert_updated`: vhosts that use these files get the new certificate and key, from memory where it is given.
    pub fn certificate_updated(&self, certificate: &str, key: &str, fresh: Option<(&[u8], &[u8])>) {
        use crate::net::tls::Source;
        let is = |source: &Option<Source>, path: &str| matches!(source, Some(Source::File(f)) if f == path);
        let vhosts = self.vhosts.borrow().clone();
        for vhost in &vhosts {
            let Some(settings) = &vhost.config.tls else { continue };
            if !is(&settings.identity.certificate, certificate) || !is(&settings.identity.key, key) {
                continue;
            }
            let context = vhost.tls.borrow().clone();
            let result = match context {
                Some(context) => context.reload(fresh),
                None => self.set_up_tls(vhost),
            };
            match result {
                Ok(()) => log::notice!("vhost '{}': serves a new certificate", vhost.config.name),
                Err(why) => log::err!("vhost '{}': the new certificate cannot be used: {why}", vhost.config.name),
            }
        }
    }

    /// Tells the lifetimes of certificates when it is time to: at start and daily, once a vhost speaks TLS.
    pub fn tell_certificate_ages(&self, now: i64) {
        if self.tls_daily.get().is_none_or(|due| due > now) {
            return;
        }
        self.tls_daily.set(Some(now + DAILY_US));
        let vhosts = self.vhosts.borrow().clone();
        for about in &vhosts {
            self.look_at_files(about);
            let left = about.tls.borrow().as_ref().and_then(|t| t.certificate()).map_or(0, |der| days_left(&der));
            let mut args = lws_acme_cert_aging_args {
                vh: about.slot.handle.as_ptr(),
                element_overrides: [std::ptr::null(); LWS_TLS_TOTAL_COUNT as usize],
            };
            for vhost in vhosts.iter().filter(|v| v.inited.get()) {
                for index in 0..vhost.config.protocols.len() {
                    let input = std::ptr::from_mut(&mut args).cast();
                    self.call_without_wsi_len(vhost, index, LWS_CALLBACK_VHOST_CERT_AGING, input, left as usize);
                }
            }
            if self.state.get() != State::Serving {
                return;
            }
        }
    }
}

/// Plain HTTP is answered where TLS is spoken.
const SERVES_PLAIN_HTTP: u64 = (LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS
    | LWS_SERVER_OPTION_ALLOW_HTTP_ON_HTTPS_LISTENER)
    & !LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;

/// What becomes of plain text where TLS is spoken. One option lets it be looked at, others say what is done.
fn on_plain_text(options: u64) -> OnPlainText {
    let looked_at = LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT & !LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    let served = SERVES_PLAIN_HTTP | LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG;
    if options & looked_at != 0 && options & served != 0 { OnPlainText::Serve } else { OnPlainText::Refuse }
}

/// Whole days until a certificate ends; 0 when that cannot be told.
fn days_left(der: &[u8]) -> isize {
    let Ok(facts) = crate::net::tls::certificate::Facts::of(der) else { return 0 };
    ((facts.validity.1 - crate::util::time::now_secs()) / SECS_PER_DAY) as isize
}
