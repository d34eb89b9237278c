//! HTTP/1 on the wire (RFC 9112): heads of requests and responses, chunked bodies, status lines, dates.

pub mod answer;
pub mod chunked;
pub mod date;
pub mod head;
pub mod location;
pub mod names;
pub mod range;
pub mod response;
pub mod status;
pub mod table;

/// Why a peer's head or body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadError {
    /// A method that 4.1.6 does not know, or no request at all.
    Method,
    /// A request target that is malformed or of a form that does not fit the method.
    Target,
    /// Neither HTTP/1.0 nor HTTP/1.1.
    Version,
    /// A malformed status line.
    StatusLine,
    /// A malformed header line: bare LF, folding, a bad name, a control character …
    Header,
    /// The first line does not fit the bound.
    TargetTooLong,
    /// The head does not fit the bound, or has too many fields.
    TooLarge,
    /// Content-Length is no number, or several that differ.
    ContentLength,
    /// A transfer coding other than chunked.
    TransferCoding,
    /// No Host in HTTP/1.1, several, or a malformed one.
    Host,
}

impl HeadError {
    /// The status to answer a request with. Requests that 4.1.6 refuses as well get the 403 that it sends.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            HeadError::Method | HeadError::Target => 403,
            HeadError::StatusLine | HeadError::Header | HeadError::ContentLength | HeadError::Host => 400,
            HeadError::TargetTooLong => 414,
            HeadError::TooLarge => 431,
            HeadError::TransferCoding => 501,
            HeadError::Version => 505,
        }
    }

    /// What is wrong, for a log line.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            HeadError::Method => "unknown method",
            HeadError::Target => "bad request target",
            HeadError::Version => "HTTP version not supported",
            HeadError::StatusLine => "bad status line",
            HeadError::Header => "bad header",
            HeadError::TargetTooLong => "request line too long",
            HeadError::TooLarge => "headers too large",
            HeadError::ContentLength => "bad content-length",
            HeadError::TransferCoding => "transfer coding not supported",
            HeadError::Host => "missing or bad host",
        }
    }
}

impl std::fmt::Display for HeadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for HeadError {}
