//! Ring buffers with several readers.

opaque!(lws_ring);
