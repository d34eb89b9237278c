//! RFC 6455 section 7.4 close status codes.

use core::ffi::c_uint;

c_enum! {
    /// ws close status codes, RFC 6455 section 7.4.1.
    pub enum lws_close_status: c_uint {
        /// No code: an empty close frame.
        LWS_CLOSE_STATUS_NOSTATUS = 0,
        /// It has done what it was for.
        LWS_CLOSE_STATUS_NORMAL = 1000,
        /// The server goes down, or the page was left.
        LWS_CLOSE_STATUS_GOINGAWAY = 1001,
        /// The peer broke the protocol.
        LWS_CLOSE_STATUS_PROTOCOL_ERR = 1002,
        /// A kind of data that is not taken.
        LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE = 1003,
        /// Reserved.
        LWS_CLOSE_STATUS_RESERVED = 1004,
        /// Never sent: the close frame had no code.
        LWS_CLOSE_STATUS_NO_STATUS = 1005,
        /// Never sent: the connection ended without a close frame.
        LWS_CLOSE_STATUS_ABNORMAL_CLOSE = 1006,
        /// A message does not hold what its type says, such as text that is not UTF-8.
        LWS_CLOSE_STATUS_INVALID_PAYLOAD = 1007,
        /// A message breaks a rule of the program's.
        LWS_CLOSE_STATUS_POLICY_VIOLATION = 1008,
        /// A message is too large.
        LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE = 1009,
        /// A client needs an extension that the server did not take.
        LWS_CLOSE_STATUS_EXTENSION_REQUIRED = 1010,
        /// Something went wrong in the server.
        LWS_CLOSE_STATUS_UNEXPECTED_CONDITION = 1011,
        /// Never sent: TLS failed.
        LWS_CLOSE_STATUS_TLS_FAILURE = 1015,
        /// A client is done; the library's own.
        LWS_CLOSE_STATUS_CLIENT_TRANSACTION_DONE = 2000,
        /// The context is being destroyed; the library's own, never sent.
        LWS_CLOSE_STATUS_NOSTATUS_CONTEXT_DESTROY = 9999,
    }
}
