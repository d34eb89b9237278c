//! Names that event library plugins use.

opaque!(lws_context_per_thread);
