//! The extensions of a WebSocket: what a server agrees to of what a client offers (RFC 6455 section 9.1).

use std::ffi::CString;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::{Extension, ExtensionKind};
use crate::engine::context::Context;
use crate::engine::role::ws::deflate::Deflate;
use crate::engine::role::ws::program_ext::{Chain, InUse};
use crate::engine::wsi::Wsi;
use crate::wire::http1::names::token;
use crate::wire::ws::deflate::negotiate::ServerWishes;
use crate::wire::ws::deflate::{Agreement, NAME};
use crate::wire::ws::extensions;
use crate::wire::ws::frame::Side;

impl Context {
    /// Agrees to what the vhost has of what the client offers, asking the program for each. Returns the answer's header
    /// value; `None`: nothing was agreed, and messages go as they are.
    pub fn agree_extensions(&self, wsi: &Rc<Wsi>) -> Option<String> {
        let vhost = wsi.vhost();
        if vhost.config.extensions.is_empty() {
            return None;
        }
        let offered = self.header(wsi, token::EXTENSIONS)?;
        let Ok(offers) = extensions::parse(&offered) else {
            crate::util::log::info!("{}: Sec-WebSocket-Extensions cannot be read; it is ignored", wsi.handle());
            return None;
        };
        let (mut answers, mut used) = (Vec::new(), Vec::new());
        for ours in &vhost.config.extensions {
            let answer = match ours.kind {
                ExtensionKind::Deflate => self.agree_deflate(wsi, &offers, ours),
                ExtensionKind::Program(_) => self.agree_program(wsi, &offers, ours, &mut used),
            };
            answers.extend(answer);
        }
        if !used.is_empty() {
            wsi.with_ws(|ws| ws.chain = Some(Box::new(Chain::new(used))));
        }
        (!answers.is_empty()).then(|| answers.join(", "))
    }

    fn agree_deflate(&self, wsi: &Rc<Wsi>, offers: &[extensions::Extension<'_>], ours: &Extension) -> Option<String> {
        let agreed = Agreement::choose(offers, ServerWishes::default())?;
        if !self.extension_is_wanted(wsi, LWS_CALLBACK_CONFIRM_EXTENSION_OKAY, &ours.name) {
            return None;
        }
        wsi.with_ws(|ws| ws.deflate = Some(Box::new(Deflate::new(&agreed, Side::Server))));
        Some(agreed.header())
    }

    /// The first alternative whose options the program's extension takes.
    fn agree_program(
        &self,
        wsi: &Rc<Wsi>,
        offers: &[extensions::Extension<'_>],
        ours: &Extension,
        used: &mut Vec<InUse>,
    ) -> Option<String> {
        let mut alternatives = offers.iter().filter(|offer| offer.name == ours.name).peekable();
        alternatives.peek()?;
        if !self.extension_is_wanted(wsi, LWS_CALLBACK_CONFIRM_EXTENSION_OKAY, &ours.name) {
            return None;
        }
        // What permessage-deflate's options mean together is settled here; a callback in front of the ready-made one is told
        // what was agreed.
        if ours.name == NAME {
            let header = Agreement::choose(offers, ServerWishes::default())?.header();
            let options = header[NAME.len()..].trim_start_matches([';', ' ']);
            let state = self.app.extension_construct(ours, self.slot.handle, wsi.handle(), false, options)?;
            used.push(InUse { extension: ours.clone(), state });
            return Some(header);
        }
        alternatives.find_map(|offer| {
            let options = options_text(offer);
            let state = self.app.extension_construct(ours, self.slot.handle, wsi.handle(), false, &options)?;
            used.push(InUse { extension: ours.clone(), state });
            Some(if options.is_empty() { ours.name.clone() } else { format!("{}; {options}", ours.name) })
        })
    }

    /// Asks the program whether an extension may be used.
    pub fn extension_is_wanted(&self, wsi: &Wsi, reason: u32, name: &str) -> bool {
        let Ok(name) = CString::new(name) else { return false };
        self.call(wsi, reason, name.as_ptr().cast_mut().cast(), 0) == 0 && wsi.is_live()
    }

    /// `lws_set_extension_option`.
    pub fn set_extension_option(&self, wsi: &Wsi, extension: &str, name: &str, value: Option<&str>) -> i32 {
        let chain = self.program_extensions(wsi);
        if let Some(used) = chain.iter().flat_map(|c| c.iter()).find(|u| u.extension.name == extension) {
            return self.app.extension_option(used, self.slot.handle, wsi.handle(), name, value);
        }
        let number = value.and_then(|v| v.parse::<u8>().ok());
        let is_known = wsi.with_ws(|ws| {
            let d = ws.deflate.as_mut().filter(|_| extension == NAME)?;
            match (name, number?) {
                ("compression_level", level @ 0..=9) => d.tuning.level = level,
                ("rx_buf_size", power @ 8..=17) => d.tuning.piece = 1 << power,
                ("tx_buf_size", 0..=17) | ("mem_level", 0..=9) => {}
                _ => return None,
            }
            Some(())
        });
        if is_known.flatten().is_some() { 0 } else { -1 }
    }
}

/// The options of an offer as they stand in the header.
pub fn options_text(offer: &extensions::Extension<'_>) -> String {
    let options = offer.parameters.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => (*name).to_owned(),
    });
    options.collect::<Vec<_>>().join("; ")
}
