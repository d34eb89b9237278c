//! Names that event library plugins use.

/// A service thread of a context; opaque.
opaque!(lws_context_per_thread);
