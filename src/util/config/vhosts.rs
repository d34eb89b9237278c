//! `"vhosts"`: one vhost after the other is put together and made.

use std::ffi::c_char;
use std::ptr;

use crate::abi::*;
use crate::util::config::reading::{Place, Settings, What};
use crate::util::config::vhost_settings::{Setting, TABLE};
use crate::util::config::{Arena, Refused, Source, value};
use crate::util::log;

/// What stands where the library's data are installed, and what is meant by it.
const DATA_DIR_NAME: &[u8] = b"_lws_ddir_";
const DATA_DIR: &[u8] = b"/usr/share";

/// What an origin begins with, at the index of its enum lws_mount_protocols.
const ORIGINS: [&[u8]; 7] = [b"http://", b"https://", b"file://", b"cgi://", b">http://", b">https://", b"callback://"];

/// 4.1.6's default for idle connections of a configured vhost, in seconds.
const KEEPALIVE_SECS: i32 = 5;

/// The options that each vhost takes over from the info that the program gave.
const INHERITED: u64 = LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME
    | LWS_SERVER_OPTION_LIBEV
    | LWS_SERVER_OPTION_LIBUV
    | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT
    | LWS_SERVER_OPTION_EXPLICIT_VHOSTS
    | LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN
    | LWS_SERVER_OPTION_LIBEVENT;

/// What is said of a vhost beside its info.
#[derive(Clone, Copy, Default)]
pub struct Beside {
    /// Its client connections may use TLS.
    pub client_tls: bool,
    /// A ws upgrade without a subprotocol is refused.
    pub subprotocol_required: bool,
}

/// Makes a vhost. `false`: it cannot be had, and why is in the log.
type Make<'a> = &'a mut dyn FnMut(&lws_context_creation_info, Beside) -> bool;

/// Reads the vhosts and has each made, from `info`'s protocols, extensions and what else all share. The first that cannot
/// be made ends its file. `info` is left as the last vhost had it. There must be at least one.
///
/// # Safety
/// `info` is writable; what `arena` has stays as long as the vhosts.
pub unsafe fn vhosts(
    source: &Source<'_>,
    info: &mut lws_context_creation_info,
    arena: &mut Arena,
    make: Make<'_>,
) -> Result<(), Refused> {
    let given = *info;
    let mut vhosts = Vhosts {
        given,
        info,
        arena,
        make,
        beside: Beside::default(),
        inside: false,
        mount: None,
        first_mount: ptr::null_mut(),
        last_mount: ptr::null_mut(),
        protocol: ptr::null_mut(),
        made: 0,
    };
    source.read(&mut vhosts)?;
    if vhosts.made == 0 {
        log::err!("configuration: there is no vhost in it, at least one is needed");
        return Err(Refused);
    }
    Ok(())
}

struct Vhosts<'a> {
    /// The info as the program gave it.
    given: lws_context_creation_info,
    info: &'a mut lws_context_creation_info,
    arena: &'a mut Arena,
    make: Make<'a>,
    beside: Beside,
    /// A vhost has begun and is not made yet.
    inside: bool,
    /// The mount that is put together.
    mount: Option<lws_http_mount>,
    first_mount: *mut lws_http_mount,
    last_mount: *mut lws_http_mount,
    /// The protocol whose options come.
    protocol: *mut lws_protocol_vhost_options,
    made: usize,
}

impl Settings for Vhosts<'_> {
    fn paths(&self) -> Vec<*const c_char> {
        TABLE.iter().map(|row| row.0.as_ptr()).collect()
    }

    fn take(&mut self, at: &Place, what: What<'_>) -> Result<(), Refused> {
        let setting = at.path.and_then(|n| TABLE.get(n)).map(|row| row.1);
        match (what, setting) {
            (What::ObjectBegins, Some(Setting::Vhost)) => self.begin(),
            (What::ObjectBegins, Some(Setting::Mount)) => self.mount = Some(no_mount()),
            (What::ObjectBegins, Some(Setting::Protocol)) => return self.begin_protocol(at.wildcard(0)),
            (What::ObjectEnds, Some(Setting::Vhost)) => return self.end(),
            (What::ObjectEnds, Some(Setting::Mount)) => return self.end_mount(),
            (What::Text(text), Some(Setting::Header)) => return self.header(at.wildcard(0), text),
            (What::Text(text) | What::Plain(text), Some(setting)) => return self.set(setting, at, text),
            _ => {}
        }
        Ok(())
    }
}

impl Vhosts<'_> {
    fn begin(&mut self) {
        let given = &self.given;
        // SAFETY: C programs clear this struct with memset; every member allows zero bytes.
        *self.info = lws_context_creation_info {
            count_threads: given.count_threads,
            options: given.options & INHERITED,
            server_string: given.server_string,
            timeout_secs: given.timeout_secs,
            protocols: given.protocols,
            pprotocols: given.pprotocols,
            extensions: given.extensions,
            keepalive_timeout: KEEPALIVE_SECS,
            ..unsafe { std::mem::zeroed() }
        };
        self.beside = Beside::default();
        self.inside = true;
        self.mount = None;
        self.first_mount = ptr::null_mut();
        self.last_mount = ptr::null_mut();
        self.protocol = ptr::null_mut();
    }

    fn end(&mut self) -> Result<(), Refused> {
        if !std::mem::take(&mut self.inside) {
            return Ok(());
        }
        if self.info.port == 0 && self.info.options & LWS_SERVER_OPTION_UNIX_SOCK == 0 {
            log::err!("configuration: a vhost needs a port, such as 443, or -1 for none");
            return Err(Refused);
        }
        self.info.mounts = self.first_mount;
        if !(self.make)(self.info, self.beside) {
            return Err(Refused);
        }
        self.made += 1;
        Ok(())
    }

    fn set(&mut self, setting: Setting, at: &Place, text: &[u8]) -> Result<(), Refused> {
        match setting {
            Setting::Text(member) => *member(self.info) = self.text(text)?,
            Setting::Value(set) => set(self.info, text),
            Setting::Bits(bits) if value::switch(text) => self.info.options |= bits,
            // Some come with that of TLS, which is not theirs to clear.
            Setting::Bits(bits) => self.info.options &= !(bits & !LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT),
            Setting::ClientTls => self.beside.client_tls = value::switch(text),
            Setting::NameProtocols => self.beside.subprotocol_required = true,
            Setting::ProtocolOption => return self.protocol_option(at.wildcard(1), text),
            Setting::Vhost | Setting::Mount | Setting::Protocol | Setting::Header | Setting::NoEffect => {}
            of_mount => return self.set_mount(of_mount, at, text),
        }
        Ok(())
    }

    fn set_mount(&mut self, setting: Setting, at: &Place, text: &[u8]) -> Result<(), Refused> {
        let Some(mut mount) = self.mount else { return Ok(()) };
        match setting {
            Setting::MountText(member) => *member(&mut mount) = self.text(text)?,
            Setting::MountPoint => {
                mount.mountpoint = self.text(text)?;
                // C has a byte for it; who reads mounts here takes the text's own length.
                mount.mountpoint_len = text.len().min(u8::MAX.into()) as u8;
            }
            Setting::Origin => {
                let origin = self.text(text)?;
                if text.starts_with(ORIGINS[LWSMPRO_CALLBACK as usize]) {
                    mount.protocol = origin.wrapping_add(ORIGINS[LWSMPRO_CALLBACK as usize].len());
                }
                if mount.origin.is_null() {
                    mount.origin = origin;
                }
            }
            Setting::MountValue(set) => set(&mut mount, text),
            Setting::MountList(list) => {
                let entry = self.entry(*list(&mut mount), &[at.wildcard(0)], text)?;
                *list(&mut mount) = entry;
            }
            _ => {}
        }
        self.mount = Some(mount);
        Ok(())
    }

    fn end_mount(&mut self) -> Result<(), Refused> {
        let Some(mut mount) = self.mount.take() else { return Ok(()) };
        if mount.mountpoint.is_null() || mount.origin.is_null() {
            log::err!("configuration: a mount needs a mountpoint and an origin");
            return Err(Refused);
        }
        // SAFETY: `text` laid it, with its NUL.
        let origin = unsafe { std::ffi::CStr::from_ptr(mount.origin) }.to_bytes();
        let Some(kind) = ORIGINS.iter().position(|begin| origin.starts_with(begin)) else {
            log::err!(
                "configuration: the origin '{}' of a mount begins with none of http:// https:// file:// cgi:// >http:// \
                 >https:// callback://",
                String::from_utf8_lossy(origin)
            );
            return Err(Refused);
        };
        mount.origin_protocol = kind as u8;
        mount.origin = mount.origin.wrapping_add(ORIGINS[kind].len());
        let laid = self.arena.place(mount)?;
        if self.last_mount.is_null() {
            self.first_mount = laid;
        } else {
            // SAFETY: a mount that was laid before; nobody else looks at it before the vhost is made.
            unsafe { (*self.last_mount).mount_next = laid };
        }
        self.last_mount = laid;
        Ok(())
    }

    fn header(&mut self, name: &[u8], text: &[u8]) -> Result<(), Refused> {
        self.info.headers = self.entry(self.info.headers, &[name, b":"], text)?;
        Ok(())
    }

    fn begin_protocol(&mut self, name: &[u8]) -> Result<(), Refused> {
        self.protocol = self.entry(self.info.pvo, &[name], b"")?;
        self.info.pvo = self.protocol;
        Ok(())
    }

    fn protocol_option(&mut self, name: &[u8], text: &[u8]) -> Result<(), Refused> {
        if self.protocol.is_null() {
            log::err!("configuration: options of a ws-protocol stand in an object under its name");
            return Err(Refused);
        }
        // SAFETY: laid by `begin_protocol`; nobody else looks at it before the vhost is made.
        unsafe {
            let options = (*self.protocol).options;
            (*self.protocol).options = self.entry(options, &[name], text)?;
        }
        Ok(())
    }

    /// Lays an entry that stands before `next`.
    fn entry(
        &mut self,
        next: *const lws_protocol_vhost_options,
        name: &[&[u8]],
        text: &[u8],
    ) -> Result<*mut lws_protocol_vhost_options, Refused> {
        let name = self.arena.text(name)?;
        let value = self.text(text)?;
        self.arena.place(lws_protocol_vhost_options { next, options: ptr::null(), name, value })
    }

    /// Lays a text, with the directory of data for its name where that comes first.
    fn text(&mut self, text: &[u8]) -> Result<*const c_char, Refused> {
        match memchr::memmem::find(text, DATA_DIR_NAME) {
            Some(at) => self.arena.text(&[&text[..at], DATA_DIR, &text[at + DATA_DIR_NAME.len()..]]),
            None => self.arena.text(&[text]),
        }
    }
}

/// A mount that says nothing yet.
fn no_mount() -> lws_http_mount {
    // SAFETY: C programs clear this struct with memset; every member allows zero bytes.
    unsafe { std::mem::zeroed() }
}
