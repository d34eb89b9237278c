//! Floor 3: contexts, vhosts, connections, the service loop.
#![deny(unsafe_code)]
