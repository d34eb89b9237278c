//! Names that event library plugins use.

opaque! {
    /// A service thread of a context; opaque.
    lws_context_per_thread
}
