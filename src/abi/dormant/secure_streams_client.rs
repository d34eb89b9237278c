//! Secure streams over a proxy.

opaque!(lws_sspc_handle);
