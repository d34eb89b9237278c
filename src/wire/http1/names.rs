//! The header names that the C API knows by number (`enum lws_token_indexes`), and the methods.
//!
//! Numbers are those of the ABI; `abi` holds the enum that C sees, and this room does not depend on it.

use std::ffi::CStr;

/// A value of `enum lws_token_indexes`.
pub type Token = u8;

/// Tokens that this floor treats specially.
pub mod token {
    use super::Token;

    /// `Host`.
    pub const HOST: Token = 3;
    /// `Connection`.
    pub const CONNECTION: Token = 4;
    /// `Upgrade`.
    pub const UPGRADE: Token = 5;
    /// `Sec-WebSocket-Extensions`.
    pub const EXTENSIONS: Token = 9;
    /// `Sec-WebSocket-Protocol`.
    pub const PROTOCOL: Token = 12;
    /// `Sec-WebSocket-Accept`.
    pub const ACCEPT: Token = 13;
    /// The version of a request; what follows an HTTP/1.1 version in a status line.
    pub const HTTP: Token = 15;
    /// `If-Modified-Since`.
    pub const IF_MODIFIED_SINCE: Token = 19;
    /// `If-None-Match`.
    pub const IF_NONE_MATCH: Token = 20;
    /// `Authorization`.
    pub const AUTHORIZATION: Token = 25;
    /// `Accept-Encoding`.
    pub const ACCEPT_ENCODING: Token = 21;
    /// `Cookie`.
    pub const COOKIE: Token = 26;
    /// `Content-Length`.
    pub const CONTENT_LENGTH: Token = 27;
    /// `Content-Type`.
    pub const CONTENT_TYPE: Token = 28;
    /// `Sec-WebSocket-Key`.
    pub const KEY: Token = 32;
    /// `Sec-WebSocket-Version`.
    pub const VERSION: Token = 33;
    /// `Range`.
    pub const RANGE: Token = 30;
    /// `If-Match`.
    pub const IF_MATCH: Token = 54;
    /// `If-Range`.
    pub const IF_RANGE: Token = 55;
    /// `If-Unmodified-Since`.
    pub const IF_UNMODIFIED_SINCE: Token = 56;
    /// `Expect`.
    pub const EXPECT: Token = 51;
    /// `Location`.
    pub const LOCATION: Token = 59;
    /// `Transfer-Encoding`.
    pub const TRANSFER_ENCODING: Token = 68;
    /// The arguments of the request target, one fragment each.
    pub const URI_ARGS: Token = 76;
    /// What follows an HTTP/1.0 version in a status line.
    pub const HTTP1_0: Token = 79;
    /// How many tokens there are (`WSI_TOKEN_COUNT`).
    pub const COUNT: usize = 95;
}

/// The request methods that 4.1.6 knows, in the order in which `lws_http_get_uri_and_method` numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Method {
    /// GET
    Get = 0,
    /// POST
    Post = 1,
    /// OPTIONS
    Options = 2,
    /// PUT
    Put = 3,
    /// PATCH
    Patch = 4,
    /// DELETE
    Delete = 5,
    /// CONNECT
    Connect = 6,
    /// HEAD
    Head = 7,
}

impl Method {
    /// All of them, each at its own number.
    pub const ALL: [Method; 8] = [
        Method::Get,
        Method::Post,
        Method::Options,
        Method::Put,
        Method::Patch,
        Method::Delete,
        Method::Connect,
        Method::Head,
    ];

    /// The name as it stands in a request (methods are case-sensitive, RFC 9110 section 9.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Options => "OPTIONS",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Connect => "CONNECT",
            Method::Head => "HEAD",
        }
    }

    /// The method of that name.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Method> {
        Method::ALL.into_iter().find(|m| m.name().as_bytes() == name)
    }

    /// The token under which the request's path is kept (`WSI_TOKEN_GET_URI` …).
    #[must_use]
    pub const fn token(self) -> Token {
        match self {
            Method::Get => 0,
            Method::Post => 1,
            Method::Options => 2,
            Method::Put => 74,
            Method::Patch => 73,
            Method::Delete => 75,
            Method::Connect => 81,
            Method::Head => 82,
        }
    }

    /// The number that `lws_http_get_uri_and_method` returns.
    #[must_use]
    pub const fn index(self) -> u8 {
        self as u8
    }
}

/// The token of a header name without its colon, in any case.
#[must_use]
pub fn header_token(name: &[u8]) -> Option<Token> {
    const LONGEST: usize = 30;
    let mut lower = [0u8; LONGEST];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    HEADERS.binary_search_by(|(known, _)| known.as_bytes().cmp(lower)).ok().map(|i| HEADERS[i].1)
}

/// Sorted by name.
const HEADERS: [(&str, Token); 68] = [
    ("accept", 17),
    ("accept-charset", 40),
    ("accept-encoding", 21),
    ("accept-language", 22),
    ("accept-ranges", 41),
    ("access-control-allow-origin", 42),
    ("access-control-request-headers", 18),
    ("age", 43),
    ("allow", 44),
    ("authorization", 25),
    ("cache-control", 24),
    ("connection", 4),
    ("content-disposition", 45),
    ("content-encoding", 46),
    ("content-language", 47),
    ("content-length", 27),
    ("content-location", 48),
    ("content-range", 49),
    ("content-type", 28),
    ("cookie", 26),
    ("date", 29),
    ("etag", 50),
    ("expect", 51),
    ("expires", 52),
    ("from", 53),
    ("host", 3),
    ("http2-settings", 16),
    ("if-match", 54),
    ("if-modified-since", 19),
    ("if-none-match", 20),
    ("if-range", 55),
    ("if-unmodified-since", 56),
    ("last-modified", 57),
    ("link", 58),
    ("location", 59),
    ("max-forwards", 60),
    ("origin", 6),
    ("pragma", 23),
    ("proxy-authenticate", 61),
    ("proxy-authorization", 62),
    ("range", 30),
    ("referer", 31),
    ("refresh", 63),
    ("replay-nonce", 84),
    ("retry-after", 64),
    ("sec-websocket-accept", 13),
    ("sec-websocket-draft", 7),
    ("sec-websocket-extensions", 9),
    ("sec-websocket-key", 32),
    ("sec-websocket-key1", 10),
    ("sec-websocket-key2", 11),
    ("sec-websocket-nonce", 14),
    ("sec-websocket-origin", 34),
    ("sec-websocket-protocol", 12),
    ("sec-websocket-version", 33),
    ("server", 65),
    ("set-cookie", 66),
    ("strict-transport-security", 67),
    ("te", 83),
    ("transfer-encoding", 68),
    ("upgrade", 5),
    ("user-agent", 69),
    ("vary", 70),
    ("via", 71),
    ("www-authenticate", 72),
    ("x-auth-token", 86),
    ("x-forwarded-for", 80),
    ("x-real-ip", 78),
];

/// What `lws_token_to_string` says for a token: a header's name with its colon, a method or version with a space.
#[must_use]
pub fn c_name(token: Token) -> Option<&'static CStr> {
    C_NAMES.get(usize::from(token)).copied()
}

/// By number, as 4.1.6 has them.
const C_NAMES: [&CStr; 88] = [
    c"get ",
    c"post ",
    c"options ",
    c"host:",
    c"connection:",
    c"upgrade:",
    c"origin:",
    c"sec-websocket-draft:",
    c"\r\n",
    c"sec-websocket-extensions:",
    c"sec-websocket-key1:",
    c"sec-websocket-key2:",
    c"sec-websocket-protocol:",
    c"sec-websocket-accept:",
    c"sec-websocket-nonce:",
    c"http/1.1 ",
    c"http2-settings:",
    c"accept:",
    c"access-control-request-headers:",
    c"if-modified-since:",
    c"if-none-match:",
    c"accept-encoding:",
    c"accept-language:",
    c"pragma:",
    c"cache-control:",
    c"authorization:",
    c"cookie:",
    c"content-length:",
    c"content-type:",
    c"date:",
    c"range:",
    c"referer:",
    c"sec-websocket-key:",
    c"sec-websocket-version:",
    c"sec-websocket-origin:",
    c":authority",
    c":method",
    c":path",
    c":scheme",
    c":status",
    c"accept-charset:",
    c"accept-ranges:",
    c"access-control-allow-origin:",
    c"age:",
    c"allow:",
    c"content-disposition:",
    c"content-encoding:",
    c"content-language:",
    c"content-location:",
    c"content-range:",
    c"etag:",
    c"expect:",
    c"expires:",
    c"from:",
    c"if-match:",
    c"if-range:",
    c"if-unmodified-since:",
    c"last-modified:",
    c"link:",
    c"location:",
    c"max-forwards:",
    c"proxy-authenticate:",
    c"proxy-authorization:",
    c"refresh:",
    c"retry-after:",
    c"server:",
    c"set-cookie:",
    c"strict-transport-security:",
    c"transfer-encoding:",
    c"user-agent:",
    c"vary:",
    c"via:",
    c"www-authenticate:",
    c"patch",
    c"put",
    c"delete",
    c"uri-args",
    c"proxy ",
    c"x-real-ip:",
    c"http/1.0 ",
    c"x-forwarded-for:",
    c"connect ",
    c"head ",
    c"te:",
    c"replay-nonce:",
    c":protocol",
    c"x-auth-token:",
    c"",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_fits_the_search() {
        assert!(HEADERS.windows(2).all(|w| w[0].0 < w[1].0));
        for (name, number) in HEADERS {
            assert_eq!(header_token(name.as_bytes()), Some(number), "{name}");
            assert_eq!(header_token(name.to_ascii_uppercase().as_bytes()), Some(number), "{name}");
        }
    }

    #[test]
    fn numbers_that_are_used_by_name_are_those_of_the_table() {
        for (name, number) in [
            ("Host", token::HOST),
            ("Connection", token::CONNECTION),
            ("Upgrade", token::UPGRADE),
            ("Sec-WebSocket-Extensions", token::EXTENSIONS),
            ("Sec-WebSocket-Protocol", token::PROTOCOL),
            ("Sec-WebSocket-Accept", token::ACCEPT),
            ("If-None-Match", token::IF_NONE_MATCH),
            ("Cookie", token::COOKIE),
            ("Content-Length", token::CONTENT_LENGTH),
            ("Sec-WebSocket-Key", token::KEY),
            ("Sec-WebSocket-Version", token::VERSION),
            ("Expect", token::EXPECT),
            ("If-Modified-Since", token::IF_MODIFIED_SINCE),
            ("Authorization", token::AUTHORIZATION),
            ("Content-Type", token::CONTENT_TYPE),
            ("Range", token::RANGE),
            ("If-Match", token::IF_MATCH),
            ("If-Range", token::IF_RANGE),
            ("If-Unmodified-Since", token::IF_UNMODIFIED_SINCE),
            ("Transfer-Encoding", token::TRANSFER_ENCODING),
        ] {
            assert_eq!(header_token(name.as_bytes()), Some(number), "{name}");
        }
    }

    #[test]
    fn names_for_c_are_those_of_the_search() {
        for (name, number) in HEADERS {
            let text = c_name(number).expect("a name").to_bytes();
            assert_eq!(text.strip_suffix(b":").unwrap_or(text), name.as_bytes());
        }
        for m in Method::ALL {
            let text = c_name(m.token()).expect("a name").to_string_lossy();
            assert_eq!(text.trim_end(), m.name().to_ascii_lowercase());
        }
        assert_eq!(c_name(88), None);
    }

    #[test]
    fn unknown_names() {
        for name in
            ["", "x-a", "accept2", "accep", "uri-args", "http/1.1", "a-name-that-is-longer-than-any-of-the-table"]
        {
            assert_eq!(header_token(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn methods_stand_at_their_numbers() {
        for (i, m) in Method::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(m.index()), i);
            assert_eq!(Method::from_name(m.name().as_bytes()), Some(m));
        }
        assert_eq!(Method::from_name(b"get"), None);
    }
}
