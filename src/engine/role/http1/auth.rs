//! Basic authentication of a mount (RFC 7617): by a file of `user:password` lines, or by the program's callback.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::abi::*;
use crate::engine::config::Mount;
use crate::engine::context::Context;
use crate::engine::role::http1::response::HeadBytes;
use crate::engine::transport::Delivery;
use crate::engine::wsi::Wsi;
use crate::wire::http1::names::token;

/// Bytes of a password file that are read.
const FILE_MOST: u64 = 1 << 20;

/// What became of a request's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// None are needed, or they are good.
    Granted,
    /// 401 was sent.
    Refused,
    /// The connection is of no more use.
    Broken,
}

impl Context {
    /// Judges the credentials of a request for a mount, and answers it where they are not good. The user's name then
    /// stands in the Authorization header's place.
    pub fn check_access(&self, wsi: &Wsi, mount: &Mount) -> Access {
        let by_callback = mount.auth_mask & AUTH_MODE_MASK == LWSAUTHM_BASIC_AUTH_CALLBACK;
        if !by_callback && mount.basic_auth_file.is_none() {
            return Access::Granted;
        }
        if let Some(mut credentials) = self.credentials(wsi) {
            let good = if by_callback {
                let len = credentials.len();
                credentials.push(0);
                let rc = self.call(wsi, LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION, credentials.as_mut_ptr().cast(), len);
                credentials.truncate(len);
                rc != 0
            } else {
                mount.basic_auth_file.as_deref().is_some_and(|file| file_has(file, &credentials))
            };
            if good {
                let user = credentials.split(|b| *b == b':').next().unwrap_or_default().to_vec();
                self.with_head_mut(wsi, |head| {
                    head.remove(token::AUTHORIZATION);
                    head.push_token(token::AUTHORIZATION, &user);
                });
                return Access::Granted;
            }
            crate::util::log::info!("{}: credentials that are not good for '{}'", wsi.handle(), mount.mountpoint);
        }
        let mut head = HeadBytes::default();
        self.status_line(wsi, &mut head, HTTP_STATUS_UNAUTHORIZED, None);
        head.header(b"www-authenticate:", b"Basic realm=\"lwsws\"");
        head.length(0);
        head.finish();
        match self.send_answer(wsi, &head.bytes, &[]) {
            Delivery::Broken => Access::Broken,
            Delivery::Sent | Delivery::Held => Access::Refused,
        }
    }

    /// User and password, joined by a colon, of a request that brings them.
    fn credentials(&self, wsi: &Wsi) -> Option<Vec<u8>> {
        let header = self.header(wsi, token::AUTHORIZATION)?;
        let (scheme, rest) = header.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        STANDARD.decode(rest.trim_ascii()).ok().filter(|c| c.contains(&b':'))
    }
}

/// A line of the file is exactly this. Each line is compared whole, so that the time taken tells nothing.
fn file_has(path: &str, credentials: &[u8]) -> bool {
    use std::io::Read;
    let mut text = Vec::new();
    let read = std::fs::File::open(path).and_then(|f| f.take(FILE_MOST).read_to_end(&mut text));
    if let Err(e) = read {
        crate::util::log::err!("the password file '{path}' of a mount cannot be read: {e}; nobody is let in");
        return false;
    }
    let lines = text.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    lines.fold(false, |found, line| found | same(line, credentials))
}

fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn lines_are_compared_whole() {
        assert!(same(b"user:pw", b"user:pw"));
        assert!(!same(b"user:pw", b"user:px"));
        assert!(!same(b"user:pw", b"user:p"));
        assert!(!same(b"", b"user:p"));
    }
}
