//! `lws_callback_http_dummy`: what a program does with HTTP when it does nothing special.

use std::ffi::{c_int, c_void};

use crate::abi::*;
use crate::capi::enter::{self, remedy, site};

/// A ready-made callback for HTTP: 404 for what no mount took, the end of the transaction after a file or a body.
///
/// Use it in a protocols table, or call it for the reasons that a program does not handle itself.
///
/// @param wsi the connection
/// @param reason the reason
/// @param user its user area
/// @param in as the callback got it
/// @param len as the callback got it
/// @return 0, or -1 when the connection has to be closed. Service thread only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_callback_http_dummy(
    wsi: *mut lws,
    reason: lws_callback_reasons,
    user: *mut c_void,
    r#in: *mut c_void,
    len: usize,
) -> c_int {
    let _ = (user, r#in, len);
    match reason {
        LWS_CALLBACK_HTTP | LWS_CALLBACK_HTTP_FILE_COMPLETION | LWS_CALLBACK_HTTP_BODY_COMPLETION => {
            enter::wsi(site!("lws_callback_http_dummy", remedy::CALLBACK), wsi, -1, |cx, w| match reason {
                LWS_CALLBACK_HTTP => {
                    let failed = cx.return_status(w, HTTP_STATUS_NOT_FOUND, None) < 0;
                    if failed || cx.transaction_completed(w) != 0 { -1 } else { 0 }
                }
                _ => -cx.transaction_completed(w),
            })
        }
        _ => 0,
    }
}
