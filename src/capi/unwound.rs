//! What may not happen: a callback that is left by a C++ exception, `pthread_exit` or `pthread_cancel`. The library's
//! state is that of the middle of a call then, so the process ends, with the callback's name in the message.

use std::ffi::{CStr, c_char};

use crate::abi::{lws_extension, lws_protocols};
use crate::guard::report;

/// On the stack while C code runs. When it is dropped by unwinding, the process ends.
pub struct Callback<'a>(What<'a>);

enum What<'a> {
    Protocol(&'a lws_protocols, u32),
    Extension(*const lws_extension, u32),
    Timer,
    Finalize,
}

impl<'a> Callback<'a> {
    /// A protocol's callback is called for that reason.
    #[inline(always)]
    pub fn of_protocol(protocol: &'a lws_protocols, reason: u32) -> Self {
        Callback(What::Protocol(protocol, reason))
    }

    /// The callback of a program's own extension is called for that reason.
    pub fn of_extension(extension: *const lws_extension, reason: u32) -> Self {
        Callback(What::Extension(extension, reason))
    }

    /// A timer's function is called.
    pub fn of_timer() -> Self {
        Callback(What::Timer)
    }

    /// A vhost's `finalize` is called.
    pub fn of_finalize() -> Self {
        Callback(What::Finalize)
    }

    /// It has returned, as it should.
    #[inline(always)]
    pub fn returned(self) {
        std::mem::forget(self);
    }
}

impl Drop for Callback<'_> {
    #[cold]
    fn drop(&mut self) {
        let what = match self.0 {
            What::Protocol(protocol, reason) => {
                // SAFETY: a vhost keeps its protocols' names.
                let name = unsafe { text(protocol.name) };
                let reason =
                    reason_name(reason).map_or_else(|| format!("reason {reason}"), |n| format!("{n} ({reason})"));
                format!("the callback of protocol '{name}' for {reason}")
            }
            What::Extension(extension, reason) => {
                // SAFETY: the entry is the program's and live while its callback runs.
                let name = unsafe { text((*extension).name) };
                format!("the callback of extension '{name}' for reason {reason}")
            }
            What::Timer => "a timer's callback (lws_sul_schedule)".into(),
            What::Finalize => "a vhost's finalize callback".into(),
        };
        report::end_process(&format!(
            "{what} was left by an exception, pthread_exit() or cancellation. Instead: catch what is thrown, and return; end a \
             thread after lws_service() has returned."
        ));
    }
}

/// # Safety
/// `name` is NULL or NUL-ended.
unsafe fn text(name: *const c_char) -> String {
    // SAFETY: the caller's promise.
    if name.is_null() { String::new() } else { unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned() }
}

/// The enumerators' names, by number.
fn reason_name(reason: u32) -> Option<&'static str> {
    NAMES.iter().find(|(n, _)| *n == reason).map(|(_, name)| *name)
}

macro_rules! names {
    ($($name:ident)+) => {
        const NAMES: &[(u32, &str)] = &[$((crate::abi::$name, stringify!($name))),+];
    };
}

names! {
    LWS_CALLBACK_PROTOCOL_INIT
    LWS_CALLBACK_PROTOCOL_DESTROY
    LWS_CALLBACK_WSI_CREATE
    LWS_CALLBACK_WSI_DESTROY
    LWS_CALLBACK_WSI_TX_CREDIT_GET
    LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS
    LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS
    LWS_CALLBACK_OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION
    LWS_CALLBACK_OPENSSL_CONTEXT_REQUIRES_PRIVATE_KEY
    LWS_CALLBACK_SSL_INFO
    LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION
    LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED
    LWS_CALLBACK_HTTP
    LWS_CALLBACK_HTTP_BODY
    LWS_CALLBACK_HTTP_BODY_COMPLETION
    LWS_CALLBACK_HTTP_FILE_COMPLETION
    LWS_CALLBACK_HTTP_WRITEABLE
    LWS_CALLBACK_CLOSED_HTTP
    LWS_CALLBACK_FILTER_HTTP_CONNECTION
    LWS_CALLBACK_ADD_HEADERS
    LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION
    LWS_CALLBACK_CHECK_ACCESS_RIGHTS
    LWS_CALLBACK_PROCESS_HTML
    LWS_CALLBACK_HTTP_BIND_PROTOCOL
    LWS_CALLBACK_HTTP_DROP_PROTOCOL
    LWS_CALLBACK_HTTP_CONFIRM_UPGRADE
    LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP
    LWS_CALLBACK_CLOSED_CLIENT_HTTP
    LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ
    LWS_CALLBACK_RECEIVE_CLIENT_HTTP
    LWS_CALLBACK_COMPLETED_CLIENT_HTTP
    LWS_CALLBACK_CLIENT_HTTP_WRITEABLE
    LWS_CALLBACK_CLIENT_HTTP_REDIRECT
    LWS_CALLBACK_CLIENT_HTTP_BIND_PROTOCOL
    LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL
    LWS_CALLBACK_ESTABLISHED
    LWS_CALLBACK_CLOSED
    LWS_CALLBACK_SERVER_WRITEABLE
    LWS_CALLBACK_RECEIVE
    LWS_CALLBACK_RECEIVE_PONG
    LWS_CALLBACK_WS_PEER_INITIATED_CLOSE
    LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION
    LWS_CALLBACK_CONFIRM_EXTENSION_OKAY
    LWS_CALLBACK_WS_SERVER_BIND_PROTOCOL
    LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL
    LWS_CALLBACK_CLIENT_CONNECTION_ERROR
    LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH
    LWS_CALLBACK_CLIENT_ESTABLISHED
    LWS_CALLBACK_CLIENT_CLOSED
    LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER
    LWS_CALLBACK_CLIENT_RECEIVE
    LWS_CALLBACK_CLIENT_RECEIVE_PONG
    LWS_CALLBACK_CLIENT_WRITEABLE
    LWS_CALLBACK_CLIENT_CONFIRM_EXTENSION_SUPPORTED
    LWS_CALLBACK_WS_EXT_DEFAULTS
    LWS_CALLBACK_FILTER_NETWORK_CONNECTION
    LWS_CALLBACK_WS_CLIENT_BIND_PROTOCOL
    LWS_CALLBACK_WS_CLIENT_DROP_PROTOCOL
    LWS_CALLBACK_GET_THREAD_ID
    LWS_CALLBACK_ADD_POLL_FD
    LWS_CALLBACK_DEL_POLL_FD
    LWS_CALLBACK_CHANGE_MODE_POLL_FD
    LWS_CALLBACK_LOCK_POLL
    LWS_CALLBACK_UNLOCK_POLL
    LWS_CALLBACK_CGI
    LWS_CALLBACK_CGI_TERMINATED
    LWS_CALLBACK_CGI_STDIN_DATA
    LWS_CALLBACK_CGI_STDIN_COMPLETED
    LWS_CALLBACK_CGI_PROCESS_ATTACH
    LWS_CALLBACK_SESSION_INFO
    LWS_CALLBACK_GS_EVENT
    LWS_CALLBACK_HTTP_PMO
    LWS_CALLBACK_RAW_PROXY_CLI_RX
    LWS_CALLBACK_RAW_PROXY_SRV_RX
    LWS_CALLBACK_RAW_PROXY_CLI_CLOSE
    LWS_CALLBACK_RAW_PROXY_SRV_CLOSE
    LWS_CALLBACK_RAW_PROXY_CLI_WRITEABLE
    LWS_CALLBACK_RAW_PROXY_SRV_WRITEABLE
    LWS_CALLBACK_RAW_PROXY_CLI_ADOPT
    LWS_CALLBACK_RAW_PROXY_SRV_ADOPT
    LWS_CALLBACK_RAW_PROXY_CLI_BIND_PROTOCOL
    LWS_CALLBACK_RAW_PROXY_SRV_BIND_PROTOCOL
    LWS_CALLBACK_RAW_PROXY_CLI_DROP_PROTOCOL
    LWS_CALLBACK_RAW_PROXY_SRV_DROP_PROTOCOL
    LWS_CALLBACK_RAW_RX
    LWS_CALLBACK_RAW_CLOSE
    LWS_CALLBACK_RAW_WRITEABLE
    LWS_CALLBACK_RAW_ADOPT
    LWS_CALLBACK_RAW_CONNECTED
    LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL
    LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL
    LWS_CALLBACK_RAW_ADOPT_FILE
    LWS_CALLBACK_RAW_RX_FILE
    LWS_CALLBACK_RAW_WRITEABLE_FILE
    LWS_CALLBACK_RAW_CLOSE_FILE
    LWS_CALLBACK_RAW_FILE_BIND_PROTOCOL
    LWS_CALLBACK_RAW_FILE_DROP_PROTOCOL
    LWS_CALLBACK_TIMER
    LWS_CALLBACK_EVENT_WAIT_CANCELLED
    LWS_CALLBACK_CHILD_CLOSING
    LWS_CALLBACK_VHOST_CERT_AGING
    LWS_CALLBACK_VHOST_CERT_UPDATE
    LWS_CALLBACK_MQTT_NEW_CLIENT_INSTANTIATED
    LWS_CALLBACK_MQTT_IDLE
    LWS_CALLBACK_MQTT_CLIENT_ESTABLISHED
    LWS_CALLBACK_MQTT_SUBSCRIBED
    LWS_CALLBACK_MQTT_CLIENT_WRITEABLE
    LWS_CALLBACK_MQTT_CLIENT_RX
    LWS_CALLBACK_MQTT_UNSUBSCRIBED
    LWS_CALLBACK_MQTT_DROP_PROTOCOL
    LWS_CALLBACK_MQTT_CLIENT_CLOSED
    LWS_CALLBACK_MQTT_ACK
    LWS_CALLBACK_MQTT_RESEND
    LWS_CALLBACK_USER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_name() {
        let source = include_str!("../abi/callbacks.rs");
        let reasons =
            source.lines().filter_map(|l| l.trim().strip_prefix("LWS_CALLBACK_")).filter(|l| l.contains(" = "));
        let mut n = 0;
        for reason in reasons {
            let name = format!("LWS_CALLBACK_{}", reason.split(' ').next().unwrap_or_default());
            assert!(NAMES.iter().any(|(_, known)| *known == name), "{name} is not in the list");
            n += 1;
        }
        assert!(n > 90, "only {n} reasons were found");
        assert_eq!(reason_name(crate::abi::LWS_CALLBACK_RECEIVE), Some("LWS_CALLBACK_RECEIVE"));
        assert_eq!(reason_name(99_999), None);
    }
}
