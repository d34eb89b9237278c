//! `"global"`: what a context is made from.

use std::ffi::{CStr, c_char};

use crate::abi::*;
use crate::util::config::reading::{Place, Settings, What};
use crate::util::config::{Arena, Refused, Source, value};
use crate::util::log;

use Global::{InitTls, Int, Keyword, NoEffect, Text};

/// What a setting changes.
#[derive(Clone, Copy)]
enum Global {
    Text(fn(&mut lws_context_creation_info) -> &mut *const c_char),
    Int(fn(&mut lws_context_creation_info, i32)),
    /// LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT.
    InitTls,
    /// A part of user agents and what they are refused with.
    Keyword,
    /// Nothing, as on 4.1.6 as Debian builds it.
    NoEffect,
}

/// Settings by their paths.
const TABLE: &[(&CStr, Global)] = &[
    (c"global.uid", Int(|i, n| i.uid = n)),
    (c"global.gid", Int(|i, n| i.gid = n)),
    (c"global.username", Text(|i| &mut i.username)),
    (c"global.groupname", Text(|i| &mut i.groupname)),
    (c"global.count-threads", Int(|i, n| i.count_threads = n as u32)),
    (c"global.init-ssl", InitTls),
    (c"global.server-string", Text(|i| &mut i.server_string)),
    (c"global.timeout-secs", Int(|i, n| i.timeout_secs = n as u32)),
    (c"global.default-alpn", Text(|i| &mut i.alpn)),
    (c"global.rlimit-nofile", Int(|i, n| i.rlimit_nofile = n)),
    (c"global.reject-service-keywords[].*", Keyword),
    (c"global.plugin-dir", NoEffect),
    (c"global.ws-pingpong-secs", NoEffect),
    (c"global.ip-limit-ah", NoEffect),
    (c"global.ip-limit-wsi", NoEffect),
];

/// Reads the global settings into `info`.
///
/// # Safety
/// `info` is writable; what `arena` has stays as long as `info` is used.
pub unsafe fn globals(
    source: &Source<'_>,
    info: &mut lws_context_creation_info,
    arena: &mut Arena,
) -> Result<(), Refused> {
    source.read(&mut Globals { info, arena })
}

struct Globals<'a> {
    info: &'a mut lws_context_creation_info,
    arena: &'a mut Arena,
}

impl Settings for Globals<'_> {
    fn paths(&self) -> Vec<*const c_char> {
        TABLE.iter().map(|row| row.0.as_ptr()).collect()
    }

    fn take(&mut self, at: &Place, what: What<'_>) -> Result<(), Refused> {
        let Some(&(path, global)) = at.path.and_then(|n| TABLE.get(n)) else { return Ok(()) };
        let (text, is_text) = match what {
            What::Text(text) => (text, true),
            What::Plain(text) => (text, false),
            _ => return Ok(()),
        };
        match global {
            Text(member) => *member(self.info) = self.arena.text(&[text])?,
            Int(set) => set(self.info, value::int(text)),
            InitTls if value::switch(text) => self.info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
            Keyword if is_text => {
                let name = self.arena.text(&[at.wildcard(0)])?;
                let value = self.arena.text(&[text])?;
                let next = self.info.reject_service_keywords;
                let entry = lws_protocol_vhost_options { next, options: std::ptr::null(), name, value };
                self.info.reject_service_keywords = self.arena.place(entry)?;
            }
            InitTls | Keyword => {}
            NoEffect => log::info!("configuration: {} has no effect", path.to_string_lossy()),
        }
        Ok(())
    }
}
