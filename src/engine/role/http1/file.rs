//! Sending a file: its head, then as much as the peer takes at each WRITEABLE.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::config::Mount;
use crate::engine::context::Context;
use crate::engine::role::http1::response::HeadBytes;
use crate::engine::transport::Delivery;
use crate::engine::wsi::{Close, Wsi};
use crate::wire::http1::names::{Method, token};

/// Bytes that are read of a file for one send.
const FILE_PIECE: usize = 64 * 1024;

/// A file under way.
pub struct Sending {
    file: File,
    /// Bytes still to be sent.
    left: u64,
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

impl Context {
    /// Sends a file with its head. `other` are further header lines, each with its line end.
    pub fn serve_file(
        &self,
        wsi: &Wsi,
        path: &Path,
        content_type: &str,
        cache: Option<&Mount>,
        other: &[u8],
    ) -> Served {
        let Some((file, meta)) = open_regular(path) else { return Served::Missing };
        let size = meta.len();
        let etag = format!("{:08X}{:08X}", size as u32, meta.mtime() as u32);
        let fresh = wsi
            .with_http(|http| {
                http.head.as_ref().is_some_and(|h| h.value(token::IF_NONE_MATCH) == Some(etag.as_bytes()))
            })
            .unwrap_or(false);
        let mut head = HeadBytes::default();
        if fresh {
            self.status_line(wsi, &mut head, HTTP_STATUS_NOT_MODIFIED, None);
            head.header(b"etag:", etag.as_bytes());
            head.header(b"cache-control:", cache_control(cache).as_bytes());
            head.finish();
            return if self.send_answer(wsi, &head.bytes, &[]) == Delivery::Broken {
                Served::Broken
            } else {
                Served::Whole
            };
        }
        self.status_line(wsi, &mut head, HTTP_STATUS_OK, None);
        head.header(b"content-type:", content_type.as_bytes());
        head.length(size);
        head.header(b"cache-control:", cache_control(cache).as_bytes());
        head.header(b"etag:", etag.as_bytes());
        head.bytes.extend_from_slice(other);
        head.finish();
        if self.send_answer(wsi, &head.bytes, &[]) == Delivery::Broken {
            return Served::Broken;
        }
        if wsi.with_http(|http| http.method == Some(Method::Head)) == Some(true) {
            return Served::Whole;
        }
        wsi.with_http(|http| http.file = Some(Box::new(Sending { file, left: size })));
        self.callback_on_writable(wsi);
        Served::UnderWay
    }

    /// Sends the next pieces of the file under way; tells HTTP_FILE_COMPLETION after the last.
    pub fn continue_file(&self, wsi: &Rc<Wsi>) {
        match self.send_file_piece(wsi) {
            Some(true) => {
                if self.notify(wsi, LWS_CALLBACK_HTTP_FILE_COMPLETION) != 0 {
                    self.close_later(wsi, Close::Orderly);
                }
            }
            Some(false) => {
                self.callback_on_writable(wsi);
            }
            None => self.close_later(wsi, Close::AtOnce),
        }
    }

    /// `Some(true)`: the file is out whole. `None`: it cannot be sent as promised.
    pub fn send_file_piece(&self, wsi: &Wsi) -> Option<bool> {
        let mut sending = wsi.with_http(|http| http.file.take()).flatten()?;
        let mut piece = vec![0; FILE_PIECE.min(usize::try_from(sending.left).unwrap_or(FILE_PIECE))];
        if sending.left > 0 {
            let n = sending.file.read(&mut piece).ok()?;
            if n == 0 {
                crate::util::log::warn!(
                    "{}: a file became shorter while it was sent; the connection is closed",
                    wsi.handle()
                );
                return None;
            }
            if self.send_answer(wsi, &piece[..n], &[]) == Delivery::Broken {
                return None;
            }
            sending.left -= n as u64;
        }
        if sending.left == 0 {
            return Some(true);
        }
        wsi.with_http(|http| http.file = Some(sending));
        Some(false)
    }
}

fn open_regular(path: &Path) -> Option<(File, std::fs::Metadata)> {
    // Opening a FIFO would wait for its writer, so look before.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let file = File::open(path).ok()?;
    let meta = file.metadata().ok()?;
    meta.is_file().then_some((file, meta))
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
