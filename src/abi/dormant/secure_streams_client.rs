//! Secure streams over a proxy.

opaque! {
    /// A secure stream over a proxy; opaque.
    lws_sspc_handle
}
