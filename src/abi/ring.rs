//! Ring buffers with several readers.

opaque! {
    /// A ring buffer; opaque.
    lws_ring
}
