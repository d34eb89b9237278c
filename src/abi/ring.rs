//! Ring buffers with several readers.

/// A ring buffer; opaque.
opaque!(lws_ring);
