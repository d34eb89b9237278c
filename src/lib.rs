//! The libwebsockets C API and ABI on a Rust core.
//!
//! The floors, from the ground up; imports point down only (`docs/architecture.md`):
//! `abi` (layouts), `util` and `wire` (stand-alone families; pure codecs), `guard` and `net` (handles and thread
//! ownership; readiness and sockets), `engine` (contexts, vhosts, connections, the service loop), `capi` (the door).

pub mod abi;
#[cfg(not(loom))]
pub mod capi;
#[cfg(not(loom))]
pub mod engine;
pub mod guard;
#[cfg(not(loom))]
pub mod net;
pub mod util;
pub mod wire;
