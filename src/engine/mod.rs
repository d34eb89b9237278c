//! Floor 3: contexts, vhosts, connections, the service loop.
//!
//! `service` turns the wheel: what is ready is read (`reading`), given to its role, written (`writing`, `cork`,
//! `transport`), closed (`close`, `linger`). Programs are called through `app` alone, and no borrow is held across it.
#![deny(unsafe_code)]

pub mod app;
pub mod bind;
pub mod close;
pub mod config;
pub mod context;
pub mod cork;
pub mod family;
pub mod iterate;
pub mod layer;
pub mod linger;
pub mod mask;
pub mod members;
pub mod reading;
pub mod role;
pub mod service;
#[cfg(test)]
mod tests;
pub mod timers;
pub mod tls;
pub mod tls_events;
pub mod transport;
pub mod vhost;
pub mod vhosts;
pub mod writing;
pub mod wsi;
