//! The extensions of a WebSocket that we ask for: what is offered, and whether the answer keeps to it (RFC 6455 section 9.1).

use std::ffi::{CString, c_char};
use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::{Extension, ExtensionKind};
use crate::engine::context::Context;
use crate::engine::role::ws::deflate::Deflate;
use crate::engine::role::ws::negotiate::options_text;
use crate::engine::role::ws::program_ext::{Chain, InUse};
use crate::engine::wsi::Wsi;
use crate::wire::http1::names::token;
use crate::wire::ws::deflate::{Agreement, NAME};
use crate::wire::ws::extensions;
use crate::wire::ws::frame::Side;

/// Room for the options that a program sets in WS_EXT_DEFAULTS, as 4.1.6 has it.
const DEFAULTS_ROOM: usize = 128;

/// What the server took of our offers.
pub enum Agreed {
    /// permessage-deflate.
    Deflate(Agreement),
    /// A program's own extension, and its options in the answer.
    Program(Extension, String),
}

impl Agreed {
    fn name(&self) -> &str {
        match self {
            Agreed::Deflate(_) => NAME,
            Agreed::Program(extension, _) => &extension.name,
        }
    }
}

impl Context {
    /// The vhost's extensions that the program lets be offered.
    pub fn extensions_to_offer(&self, wsi: &Rc<Wsi>) -> Vec<Extension> {
        if wsi.with_client(|c| c.ask.is_ws()) != Some(true) {
            return Vec::new();
        }
        let vhost = wsi.vhost();
        let wanted = |e: &&Extension| {
            let Ok(name) = CString::new(e.name.as_str()) else { return false };
            let input = name.as_ptr().cast_mut().cast();
            wsi.is_live() && self.call_protocol(wsi, 0, LWS_CALLBACK_CLIENT_CONFIRM_EXTENSION_SUPPORTED, input, 0) == 0
        };
        vhost.config.extensions.iter().filter(wanted).cloned().collect()
    }

    /// What the server's answer takes of the offers, or why the handshake is refused.
    pub fn extensions_answered(&self, wsi: &Rc<Wsi>) -> Result<Vec<Agreed>, &'static str> {
        let Some(answer) = self.header(wsi, token::EXTENSIONS) else { return Ok(Vec::new()) };
        let answers = extensions::parse(&answer).map_err(|_| "HS: EXT: unknown ext")?;
        let offers = wsi.with_client(|c| c.offers.clone()).unwrap_or_default();
        let mut agreed: Vec<Agreed> = Vec::new();
        for answer in &answers {
            let Some(offer) = offers.iter().find(|o| o.name == answer.name) else { return Err("HS: EXT: unknown ext") };
            if agreed.iter().any(|a| a.name() == answer.name) {
                return Err("HS: EXT: unknown ext");
            }
            agreed.push(match offer.kind {
                ExtensionKind::Program(_) => Agreed::Program(offer.clone(), options_text(answer)),
                ExtensionKind::Deflate => {
                    // The program's offer may hold several alternatives; any one that fits will do.
                    let alternatives = extensions::parse(offer.client_offer.as_bytes()).unwrap_or_default();
                    let fits = alternatives.iter().find_map(|alternative| Agreement::accept(answer, alternative));
                    Agreed::Deflate(fits.ok_or("HS: EXT: failed parse options")?)
                }
            });
        }
        Ok(agreed)
    }

    /// Asks the program for options of each extension in use. `None`: it refused the connection.
    pub fn ask_extension_defaults(&self, wsi: &Rc<Wsi>, agreed: &[Agreed]) -> Option<Vec<String>> {
        let ask = |extension: &Agreed| {
            let name = CString::new(extension.name()).ok()?;
            let mut buffer = [0_u8; DEFAULTS_ROOM];
            let start: *mut c_char = buffer.as_mut_ptr().cast();
            let user = name.as_ptr().cast_mut().cast();
            if self.call_as(wsi, LWS_CALLBACK_WS_EXT_DEFAULTS, user, start.cast(), DEFAULTS_ROOM) != 0 {
                return None;
            }
            let len = buffer.iter().position(|b| *b == 0).unwrap_or(DEFAULTS_ROOM);
            Some(String::from_utf8_lossy(&buffer[..len]).into_owned())
        };
        agreed.iter().map(ask).collect()
    }

    /// Sets up what was agreed. `false`: an extension of the program's refused its own options.
    pub fn use_extensions(&self, wsi: &Rc<Wsi>, agreed: Vec<Agreed>, settings: &[String]) -> bool {
        let mut names = Vec::new();
        let (mut used, mut sound) = (Vec::new(), true);
        for extension in agreed {
            names.push(extension.name().to_owned());
            match extension {
                Agreed::Deflate(agreement) => {
                    wsi.with_ws(|ws| ws.deflate = Some(Box::new(Deflate::new(&agreement, Side::Client))));
                }
                Agreed::Program(extension, options) => {
                    match self.app.extension_construct(&extension, self.slot.handle, wsi.handle(), true, &options) {
                        Some(state) => used.push(InUse { extension, state }),
                        None => sound = false,
                    }
                }
            }
        }
        if !used.is_empty() {
            wsi.with_ws(|ws| ws.chain = Some(Box::new(Chain::new(used))));
        }
        for (name, options) in names.iter().zip(settings) {
            self.set_listed_options(wsi, name, options);
        }
        sound
    }

    /// Options as a program writes them: "name=value", with commas or semicolons between them.
    fn set_listed_options(&self, wsi: &Wsi, extension: &str, options: &str) {
        for option in options.split([';', ',']).map(str::trim).filter(|o| !o.is_empty()) {
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (option, None),
            };
            if self.set_extension_option(wsi, extension, name, value) != 0 {
                crate::util::log::warn!(
                    "LWS_CALLBACK_WS_EXT_DEFAULTS: {extension} does not take the option '{option}'"
                );
            }
        }
    }
}
