//! What two ends agree on: RFC 7692 section 7.1.

use crate::wire::ws::extensions::Extension;

/// The extension's name.
pub const NAME: &str = "permessage-deflate";

/// The largest window, as a power of two: what holds where nothing is said.
pub const MAX_BITS: u8 = 15;

/// The smallest window that a peer's compressor may be told to use.
pub const MIN_BITS: u8 = 8;

/// The smallest window that our compressor can keep to: zlib cannot make raw DEFLATE with 8 bits.
pub const MIN_OWN_BITS: u8 = 9;

/// The terms of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The server compresses each message by itself.
    pub server_no_context_takeover: bool,
    /// The client compresses each message by itself.
    pub client_no_context_takeover: bool,
    /// Window of the server's compressor, where one was named.
    pub server_max_window_bits: Option<u8>,
    /// Window of the client's compressor, where one was named.
    pub client_max_window_bits: Option<u8>,
}

/// The parameters of an offer or an answer, each at most once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    /// `Some(None)`: named without a value.
    client_max_window_bits: Option<Option<u8>>,
}

/// What a server wants of its own accord. The defaults ask for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerWishes {
    /// Compress each of our messages by itself.
    pub server_no_context_takeover: bool,
    /// Have the client compress each message by itself.
    pub client_no_context_takeover: bool,
    /// Window of our compressor at most.
    pub server_max_window_bits: Option<u8>,
    /// Window of the client's compressor at most, where the client lets us choose.
    pub client_max_window_bits: Option<u8>,
}

impl Agreement {
    /// The server's choice: the first alternative of the client's offer that can be met, or `None`.
    #[must_use]
    pub fn choose(offers: &[Extension<'_>], wishes: ServerWishes) -> Option<Agreement> {
        offers.iter().filter(|e| e.name == NAME).find_map(|offer| Self::answer(offer, wishes))
    }

    fn answer(offer: &Extension<'_>, wishes: ServerWishes) -> Option<Agreement> {
        let p = Parameters::read(offer, true)?;
        let own = smaller(p.server_max_window_bits, wishes.server_max_window_bits);
        if own.is_some_and(|bits| bits < MIN_OWN_BITS) {
            return None;
        }
        Some(Agreement {
            server_no_context_takeover: p.server_no_context_takeover || wishes.server_no_context_takeover,
            // A client that offers it is not going to refer back (section 7.1.1.2), so nothing has to be kept for it.
            client_no_context_takeover: p.client_no_context_takeover || wishes.client_no_context_takeover,
            server_max_window_bits: own,
            // Only a client that names the parameter understands it in the answer.
            client_max_window_bits: p
                .client_max_window_bits
                .and_then(|hint| wishes.client_max_window_bits.map(|bits| bits.min(hint.unwrap_or(MAX_BITS)))),
        })
    }

    /// The client's check of the server's answer to what it offered. `None`: it promises what was not offered, or not what
    /// was asked for; the connection has to be failed (RFC 7692 section 5.1). A window of 8 bits, which our compressor cannot
    /// keep to, is taken: nothing obliges us to compress.
    #[must_use]
    pub fn accept(answer: &Extension<'_>, offer: &Extension<'_>) -> Option<Agreement> {
        let offered = Parameters::read(offer, true)?;
        let p = Parameters::read(answer, false)?;
        let own = match (p.client_max_window_bits, offered.client_max_window_bits) {
            (None, _) => None,
            (Some(_), None) => return None,
            (Some(bits), Some(_)) => bits,
        };
        let server_too_large = match (offered.server_max_window_bits, p.server_max_window_bits) {
            (Some(asked), given) => given.is_none_or(|bits| bits > asked),
            (None, _) => false,
        };
        let server_forgot = offered.server_no_context_takeover && !p.server_no_context_takeover;
        if server_too_large || server_forgot {
            return None;
        }
        Some(Agreement {
            server_no_context_takeover: p.server_no_context_takeover,
            client_no_context_takeover: p.client_no_context_takeover || offered.client_no_context_takeover,
            server_max_window_bits: p.server_max_window_bits,
            client_max_window_bits: own,
        })
    }

    /// The server's answer as it stands in Sec-WebSocket-Extensions.
    #[must_use]
    pub fn header(&self) -> String {
        let mut text = NAME.to_owned();
        if self.server_no_context_takeover {
            text.push_str("; server_no_context_takeover");
        }
        if self.client_no_context_takeover {
            text.push_str("; client_no_context_takeover");
        }
        if let Some(bits) = self.server_max_window_bits {
            text.push_str(&format!("; server_max_window_bits={bits}"));
        }
        if let Some(bits) = self.client_max_window_bits {
            text.push_str(&format!("; client_max_window_bits={bits}"));
        }
        text
    }
}

impl Parameters {
    /// Reads them; `None` where one is unknown, repeated, or has a value that it may not have. In an offer
    /// client_max_window_bits may stand without a value, in an answer it has to have one.
    fn read(extension: &Extension<'_>, is_offer: bool) -> Option<Parameters> {
        let mut p = Parameters::default();
        for (name, value) in &extension.parameters {
            match (*name, *value) {
                ("server_no_context_takeover", None) if !p.server_no_context_takeover => {
                    p.server_no_context_takeover = true;
                }
                ("client_no_context_takeover", None) if !p.client_no_context_takeover => {
                    p.client_no_context_takeover = true;
                }
                ("server_max_window_bits", Some(v)) if p.server_max_window_bits.is_none() => {
                    p.server_max_window_bits = Some(window_bits(v)?);
                }
                ("client_max_window_bits", Some(v)) if p.client_max_window_bits.is_none() => {
                    p.client_max_window_bits = Some(Some(window_bits(v)?));
                }
                ("client_max_window_bits", None) if is_offer && p.client_max_window_bits.is_none() => {
                    p.client_max_window_bits = Some(None);
                }
                _ => return None,
            }
        }
        Some(p)
    }
}

/// A number from 8 to 15 without leading zeros.
fn window_bits(text: &str) -> Option<u8> {
    if text.is_empty() || text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|bits| (MIN_BITS..=MAX_BITS).contains(bits))
}

fn smaller(a: Option<u8>, b: Option<u8>) -> Option<u8> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::extensions::parse;
    use super::*;

    fn choose(header: &str) -> Option<String> {
        Agreement::choose(&parse(header.as_bytes()).unwrap(), ServerWishes::default()).map(|a| a.header())
    }

    #[test]
    fn a_server_takes_the_first_alternative_that_it_can_meet() {
        assert_eq!(choose("permessage-deflate").as_deref(), Some("permessage-deflate"));
        assert_eq!(
            choose("x-unknown, permessage-deflate; client_max_window_bits").as_deref(),
            Some("permessage-deflate")
        );
        assert_eq!(
            choose("permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=9")
                .as_deref(),
            Some("permessage-deflate; server_max_window_bits=9")
        );
        assert_eq!(
            choose("permessage-deflate; server_no_context_takeover; client_max_window_bits=10").as_deref(),
            Some("permessage-deflate; server_no_context_takeover")
        );
        assert_eq!(choose("permessage-deflate; client_max_window_bits=8").as_deref(), Some("permessage-deflate"));
        assert_eq!(choose("x-unknown"), None);
    }

    #[test]
    fn unknown_repeated_and_misshapen_parameters_are_declined() {
        for bad in [
            "nonsense",
            "nonsense=1",
            "server_no_context_takeover=1",
            "server_no_context_takeover; server_no_context_takeover",
            "client_max_window_bits; client_max_window_bits=9",
            "server_max_window_bits",
            "server_max_window_bits=7",
            "server_max_window_bits=16",
            "server_max_window_bits=010",
            "server_max_window_bits=+9",
            "server_max_window_bits=256",
            "client_max_window_bits=0",
        ] {
            assert_eq!(choose(&format!("permessage-deflate; {bad}")), None, "{bad}");
        }
    }

    #[test]
    fn a_server_can_ask_for_less() {
        let wishes = ServerWishes {
            client_no_context_takeover: true,
            client_max_window_bits: Some(11),
            server_max_window_bits: Some(12),
            ..Default::default()
        };
        let choose = |h: &str| Agreement::choose(&parse(h.as_bytes()).unwrap(), wishes).map(|a| a.header());
        assert_eq!(
            choose("permessage-deflate; client_max_window_bits=10; server_max_window_bits=14").as_deref(),
            Some(
                "permessage-deflate; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=10"
            )
        );
        assert_eq!(
            choose("permessage-deflate").as_deref(),
            Some("permessage-deflate; client_no_context_takeover; server_max_window_bits=12")
        );
    }

    #[test]
    fn a_client_takes_only_what_it_offered() {
        let accept = |answer: &str, offer: &str| {
            Agreement::accept(&parse(answer.as_bytes()).unwrap()[0], &parse(offer.as_bytes()).unwrap()[0])
        };
        let bare = "permessage-deflate";
        assert!(accept(bare, bare).is_some());
        assert!(accept("permessage-deflate; client_max_window_bits=9", bare).is_none());
        let hint = "permessage-deflate; client_max_window_bits";
        assert_eq!(
            accept("permessage-deflate; client_max_window_bits=9", hint).unwrap().client_max_window_bits,
            Some(9)
        );
        assert!(accept("permessage-deflate; client_max_window_bits=8", hint).is_some());
        assert!(accept("permessage-deflate; client_max_window_bits", hint).is_none());
        assert!(accept("permessage-deflate; server_max_window_bits=12", bare).is_some());
        assert!(accept(bare, "permessage-deflate; server_max_window_bits=12").is_none());
        assert!(accept(bare, "permessage-deflate; server_no_context_takeover").is_none());
        assert!(accept(bare, "permessage-deflate; client_no_context_takeover").unwrap().client_no_context_takeover);
        assert!(accept("permessage-deflate; x", bare).is_none());
    }
}
