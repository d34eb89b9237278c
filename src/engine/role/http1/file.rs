//! Sending files: which part of it and with which head (RFC 9110 sections 13 and 14), then as much as the peer takes at each
//! WRITEABLE.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::app::ProgramFile;
use crate::engine::config::Mount;
use crate::engine::context::Context;
use crate::engine::role::http1::interpret;
use crate::engine::role::http1::response::HeadBytes;
use crate::engine::transport::{Delivery, FileSent};
use crate::engine::wsi::{Close, Wsi};
use crate::util::beneath;
use crate::wire::http1::names::{Method, token};
use crate::wire::http1::range::{self, ByteRange, Wanted};

/// Bytes that are read of a file for one send.
const READ_PIECE: usize = 64 * 1024;
/// Bytes that one sendfile call may send before other connections have their turn.
const SEND_PIECE: usize = 1 << 20;
/// A file at most this long is sent together with its head.
const WITH_HEAD: u64 = 32 * 1024;

/// Where a file's bytes come from.
pub enum Source {
    /// The file system.
    System(File),
    /// The program's own file operations.
    Program(Box<dyn ProgramFile>),
}

/// An open file.
pub struct Opened {
    source: Source,
    /// Its length.
    pub size: u64,
    /// When it was changed (seconds since 1970).
    changed: u64,
}

/// What is still to be sent.
enum Part {
    Text(Vec<u8>),
    Bytes { at: u64, left: u64 },
}

/// A file under way.
pub struct Sending {
    source: Source,
    parts: VecDeque<Part>,
    /// The protocol that changes what passes.
    interpreter: bool,
}

/// What `serve_file` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// It goes on in the background.
    UnderWay,
    /// It is out whole (or needed no body): the transaction is over.
    Whole,
    /// There is no such file; nothing was sent.
    Missing,
    /// The connection is of no more use.
    Broken,
}

/// What became of the next piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fragment {
    /// It goes on at the next WRITEABLE.
    More,
    /// It was the last, and the program lets the connection go on.
    Last,
    /// It was the last, and the program ends the connection.
    Ended,
    /// It cannot be sent as promised.
    Broken,
}

/// How a file is to be served.
pub struct How<'a> {
    /// Its Content-Type.
    pub kind: &'a str,
    /// The mount that it is under, with its cache control.
    pub mount: Option<&'a Mount>,
    /// Further header lines, each with its line end.
    pub other: &'a [u8],
    /// The bound protocol changes what passes (PROCESS_HTML).
    pub interpret: bool,
}

/// Which part of the file answers the request.
enum Answer {
    Whole,
    NotModified,
    Failed,
    Parts(Vec<ByteRange>),
    Unsatisfiable,
}

impl Source {
    /// Reads at most `buffer.len()` bytes from `at` on. 0 is the end.
    pub fn read(&mut self, at: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let r = match self {
                Source::System(file) => file.read_at(buffer, at),
                Source::Program(file) => file.read(at, buffer),
            };
            match r {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                r => return r,
            }
        }
    }
}

impl Opened {
    /// A file of the file system; `None` unless it is a regular one.
    fn regular(file: File) -> Option<Opened> {
        let meta = file.metadata().ok()?;
        meta.is_file().then(|| Opened {
            size: meta.len(),
            changed: u64::try_from(meta.mtime()).unwrap_or(0),
            source: Source::System(file),
        })
    }

    fn etag(&self) -> String {
        format!("{:08X}{:08X}", self.size as u32, self.changed as u32)
    }
}

impl Context {
    /// Opens the file at `path`, wherever that is.
    pub fn open_file(&self, wsi: &Wsi, path: &Path) -> Option<Opened> {
        match self.app.open(path, self.takes_gzip(wsi)) {
            Some(own) => own.ok().map(program_file),
            None => Opened::regular(beneath::open_path(path).ok()?),
        }
    }

    /// Opens the file that `below` names under a mount's directory, the directory's default file for a directory. Gives it
    /// and its name. `None`: it is not there, or not below.
    pub fn open_below(&self, wsi: &Wsi, mount: &Mount, below: &str) -> Option<(Opened, String)> {
        let below = below.trim_start_matches('/');
        let root = Path::new(&mount.origin);
        let default = || {
            let slash = if below.is_empty() || below.ends_with('/') { "" } else { "/" };
            format!("{below}{slash}{}", mount.default.as_deref().unwrap_or("index.html"))
        };
        if below.is_empty() || below.ends_with('/') {
            let name = default();
            return Some((self.open_one_below(wsi, root, &name)?, name));
        }
        if let Some(opened) = self.open_one_below(wsi, root, below) {
            return Some((opened, below.to_owned()));
        }
        let name = default();
        Some((self.open_one_below(wsi, root, &name)?, name))
    }

    fn takes_gzip(&self, wsi: &Wsi) -> bool {
        self.header(wsi, token::ACCEPT_ENCODING).is_some_and(|v| memchr::memmem::find(&v, b"gzip").is_some())
    }

    fn open_one_below(&self, wsi: &Wsi, root: &Path, below: &str) -> Option<Opened> {
        if below.contains('\0') || below.split('/').any(|c| c == "..") {
            return None;
        }
        match self.app.open(&root.join(below), self.takes_gzip(wsi)) {
            Some(own) => own.ok().map(program_file),
            None => Opened::regular(beneath::open(root, Path::new(below)).ok()?),
        }
    }

    /// Sends a file with its head.
    pub fn serve_file(&self, wsi: &Wsi, file: Opened, how: &How<'_>) -> Served {
        if how.interpret {
            return self.serve_interpreted(wsi, file, how);
        }
        let etag = file.etag();
        let gzip = matches!(&file.source, Source::Program(file) if file.is_gzip());
        let answer = self.decide(wsi, &file, &etag);
        let mut head = HeadBytes::default();
        let mut parts = VecDeque::new();
        match answer {
            Answer::NotModified => {
                self.status_line(wsi, &mut head, HTTP_STATUS_NOT_MODIFIED, None);
                head.header(b"etag:", etag.as_bytes());
                head.header(b"cache-control:", cache_control(how.mount).as_bytes());
                return self.head_alone(wsi, head);
            }
            Answer::Failed => {
                self.status_line(wsi, &mut head, HTTP_STATUS_PRECONDITION_FAILED, None);
                head.length(0);
                return self.head_alone(wsi, head);
            }
            Answer::Unsatisfiable => {
                self.status_line(wsi, &mut head, HTTP_STATUS_REQ_RANGE_NOT_SATISFIABLE, None);
                head.header(b"content-range:", format!("bytes */{}", file.size).as_bytes());
                head.length(0);
                return self.head_alone(wsi, head);
            }
            Answer::Whole => {
                self.status_line(wsi, &mut head, HTTP_STATUS_OK, None);
                head.header(b"content-type:", how.kind.as_bytes());
                head.length(file.size);
                if file.size > 0 {
                    parts.push_back(Part::Bytes { at: 0, left: file.size });
                }
            }
            Answer::Parts(ranges) => {
                self.status_line(wsi, &mut head, HTTP_STATUS_PARTIAL_CONTENT, None);
                parts = self.partial_head(&mut head, &file, how.kind, &ranges);
            }
        }
        head.header(b"cache-control:", cache_control(how.mount).as_bytes());
        // As on the original, a file that the program names has none.
        if how.mount.is_some() {
            head.header(b"etag:", etag.as_bytes());
        }
        if gzip {
            head.header(b"content-encoding:", b"gzip");
        }
        head.bytes.extend_from_slice(how.other);
        if wsi.with_http(|http| http.method == Some(Method::Head)) == Some(true) {
            return self.head_alone(wsi, head);
        }
        head.finish();
        self.begin(wsi, &head, Sending { source: file.source, parts, interpreter: false })
    }

    /// A file whose bytes the bound protocol changes: its length is not known before.
    fn serve_interpreted(&self, wsi: &Wsi, file: Opened, how: &How<'_>) -> Served {
        let mut head = HeadBytes::default();
        self.status_line(wsi, &mut head, HTTP_STATUS_OK, None);
        head.header(b"content-type:", how.kind.as_bytes());
        head.header(b"cache-control:", cache_control(how.mount).as_bytes());
        if interpret::in_chunks(wsi) {
            head.header(b"transfer-encoding:", b"chunked");
        } else {
            head.header(b"connection:", b"close");
        }
        head.bytes.extend_from_slice(how.other);
        if wsi.with_http(|http| http.method == Some(Method::Head)) == Some(true) {
            return self.head_alone(wsi, head);
        }
        head.finish();
        let parts = VecDeque::from([Part::Bytes { at: 0, left: file.size }]);
        self.begin(wsi, &head, Sending { source: file.source, parts, interpreter: true })
    }

    /// The preconditions in the order of RFC 9110 section 13.2.2, then the ranges.
    fn decide(&self, wsi: &Wsi, file: &Opened, etag: &str) -> Answer {
        let tag = etag.as_bytes();
        self.with_head(wsi, |head| {
            let get = matches!(head.method(), Some(Method::Get | Method::Head));
            match (head.value(token::IF_MATCH), head.value(token::IF_UNMODIFIED_SINCE)) {
                (Some(list), _) if !range::list_names(list, tag) => return Answer::Failed,
                (None, Some(time)) if range::changed_since(time, file.changed) == Some(true) => return Answer::Failed,
                _ => {}
            }
            match (head.value(token::IF_NONE_MATCH), head.value(token::IF_MODIFIED_SINCE)) {
                (Some(_), _) if head.values(token::IF_NONE_MATCH).any(|list| range::list_names(list, tag)) => {
                    return Answer::NotModified;
                }
                (None, Some(time)) if get && range::changed_since(time, file.changed) == Some(false) => {
                    return Answer::NotModified;
                }
                _ => {}
            }
            let holds = head.value(token::IF_RANGE).is_none_or(|v| range::if_range_holds(v, tag, file.changed));
            match head.value(token::RANGE) {
                Some(ranges) if holds && head.method() == Some(Method::Get) => match range::wanted(ranges, file.size) {
                    Wanted::Whole => Answer::Whole,
                    Wanted::Parts(parts) => Answer::Parts(parts),
                    Wanted::Unsatisfiable => Answer::Unsatisfiable,
                },
                _ => Answer::Whole,
            }
        })
        .unwrap_or(Answer::Whole)
    }

    /// The head of a 206 and what follows it: one range bare, several as multipart/byteranges (RFC 9110 section 15.3.7).
    fn partial_head(&self, head: &mut HeadBytes, file: &Opened, kind: &str, ranges: &[ByteRange]) -> VecDeque<Part> {
        let place = |r: &ByteRange| format!("bytes {}-{}/{}", r.start, r.end, file.size);
        let bytes = |r: &ByteRange| Part::Bytes { at: r.start, left: r.len() };
        if let [one] = ranges {
            head.header(b"content-type:", kind.as_bytes());
            head.length(one.len());
            head.header(b"content-range:", place(one).as_bytes());
            return VecDeque::from([bytes(one)]);
        }
        // It need not be secret, only absent from the file: 64 bits of time and size make that sure enough.
        let boundary = format!("{:016x}", (crate::util::time::now_usecs() as u64) ^ file.size.rotate_left(40));
        let mut parts = VecDeque::new();
        let mut length = 0;
        for (i, r) in ranges.iter().enumerate() {
            let line = if i == 0 { "" } else { "\r\n" };
            let text = format!("{line}--{boundary}\r\ncontent-type: {kind}\r\ncontent-range: {}\r\n\r\n", place(r));
            length += text.len() as u64 + r.len();
            parts.extend([Part::Text(text.into_bytes()), bytes(r)]);
        }
        let last = format!("\r\n--{boundary}--\r\n").into_bytes();
        length += last.len() as u64;
        parts.push_back(Part::Text(last));
        head.header(b"content-type:", format!("multipart/byteranges; boundary={boundary}").as_bytes());
        head.length(length);
        parts
    }

    /// Sends a head that no body follows.
    fn head_alone(&self, wsi: &Wsi, mut head: HeadBytes) -> Served {
        head.finish();
        match self.send_answer(wsi, &head.bytes, &[]) {
            Delivery::Broken => Served::Broken,
            Delivery::Sent | Delivery::Held => Served::Whole,
        }
    }

    /// Sends the head and, where that is all, the bytes of a small file; the end is told at WRITEABLE.
    fn begin(&self, wsi: &Wsi, head: &HeadBytes, mut sending: Sending) -> Served {
        let mut small = Vec::new();
        if let ([Part::Bytes { at, left }], false) = (sending.parts.make_contiguous(), sending.interpreter)
            && *left <= WITH_HEAD
        {
            small = vec![0; *left as usize];
            match sending.source.read(*at, &mut small) {
                Ok(n) if n == small.len() => sending.parts.clear(),
                _ => small.clear(),
            }
        }
        if self.send_answer(wsi, &head.bytes, &small) == Delivery::Broken {
            return Served::Broken;
        }
        wsi.with_http(|http| http.file = Some(Box::new(sending)));
        self.callback_on_writable(wsi);
        Served::UnderWay
    }

    /// Sends the next piece of the file under way at WRITEABLE.
    pub fn continue_file(&self, wsi: &Rc<Wsi>) {
        match self.file_fragment(wsi) {
            Fragment::Last | Fragment::More => {}
            Fragment::Ended => self.close_later(wsi, Close::Orderly),
            Fragment::Broken => self.close_later(wsi, Close::AtOnce),
        }
    }

    /// `lws_serve_http_file_fragment`: sends the next piece; tells HTTP_FILE_COMPLETION after the last.
    pub fn file_fragment(&self, wsi: &Wsi) -> Fragment {
        match self.send_file_piece(wsi) {
            Some(true) if self.notify(wsi, LWS_CALLBACK_HTTP_FILE_COMPLETION) != 0 => Fragment::Ended,
            Some(true) => Fragment::Last,
            Some(false) => {
                self.callback_on_writable(wsi);
                Fragment::More
            }
            None => Fragment::Broken,
        }
    }

    /// `Some(true)`: the file is out whole. `None`: it cannot be sent as promised.
    fn send_file_piece(&self, wsi: &Wsi) -> Option<bool> {
        let mut sending = wsi.with_http(|http| http.file.take()).flatten()?;
        let done = match sending.parts.front_mut() {
            None => true,
            Some(Part::Text(text)) => {
                if self.send_answer(wsi, text, &[]) == Delivery::Broken {
                    return None;
                }
                true
            }
            Some(Part::Bytes { at, left }) => {
                let sent = if sending.interpreter {
                    self.interpret_piece(wsi, &mut sending.source, *at, *left)?
                } else {
                    self.send_bytes(wsi, &mut sending.source, *at, *left)?
                };
                *at += sent;
                *left -= sent;
                *left == 0
            }
        };
        if done {
            sending.parts.pop_front();
            if sending.parts.is_empty() {
                self.progressed(wsi, true);
                return Some(true);
            }
        }
        wsi.with_http(|http| http.file = Some(sending));
        self.progressed(wsi, false);
        Some(false)
    }

    /// A peer that stops reading a file is given up after the vhost's timeout.
    fn progressed(&self, wsi: &Wsi, whole: bool) {
        if whole && !wsi.transport.has_backlog() {
            self.peer_took(wsi, true);
        } else {
            self.stall_timer(wsi);
        }
    }

    /// Sends a piece of the file as it is; gives its length.
    fn send_bytes(&self, wsi: &Wsi, source: &mut Source, at: u64, left: u64) -> Option<u64> {
        if let Source::System(file) = source
            && self.sends_files(wsi)
        {
            if self.is_turn_of(wsi) {
                match self.uncork(wsi) {
                    Delivery::Sent => {}
                    Delivery::Held => return Some(0),
                    Delivery::Broken => return None,
                }
            }
            let len = usize::try_from(left).unwrap_or(SEND_PIECE).min(SEND_PIECE);
            match wsi.transport.send_file(file, at, len) {
                FileSent::Took(n) => {
                    wsi.with_http(|http| http.answer.add_body(n as u64));
                    return Some(n as u64);
                }
                FileSent::Broken => return self.cut_short(wsi),
                FileSent::Unable => {}
            }
        }
        let mut piece = vec![0; READ_PIECE.min(usize::try_from(left).unwrap_or(READ_PIECE))];
        let n = source.read(at, &mut piece).ok()?;
        if n == 0 {
            return self.cut_short(wsi);
        }
        (self.send_answer(wsi, &piece[..n], &[]) != Delivery::Broken).then_some(n as u64)
    }

    /// The kernel may send the file's bytes by itself: nothing waits in front of them, and a body may follow.
    fn sends_files(&self, wsi: &Wsi) -> bool {
        !wsi.transport.has_backlog() && wsi.with_http(|http| http.answer.allows_body()) == Some(true)
    }

    fn cut_short<T>(&self, wsi: &Wsi) -> Option<T> {
        crate::util::log::info!(
            "{}: a file became shorter while it was sent, or its peer has gone; the connection is closed",
            wsi.handle()
        );
        None
    }
}

fn program_file(file: Box<dyn ProgramFile>) -> Opened {
    Opened { size: file.size(), changed: u64::from(file.changed()), source: Source::Program(file) }
}

/// The Cache-Control value of a mount.
fn cache_control(mount: Option<&Mount>) -> String {
    let Some(m) = mount.filter(|m| m.cache_max_age != 0) else { return "no-store".into() };
    if !m.cache_reusable {
        return "no-store".into();
    }
    let who = if m.cache_intermediaries { "public" } else { "private" };
    let revalidate = if m.cache_revalidate { "must-revalidate, " } else { "" };
    format!("{revalidate}{who}, max-age={}", m.cache_max_age)
}
