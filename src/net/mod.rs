//! Floor 2: readiness, listeners and streams. What the engine knows of the operating system's sockets goes through
//! here: a stream that never blocks and never raises SIGPIPE, a listener for TCP or a unix path, and the poller that
//! announces both (edge triggered, see `docs/architecture.md`, Reading).
#![deny(unsafe_code)]

pub mod connect;
pub mod listener;
pub mod poller;
pub mod resolve;
pub mod stream;
pub mod tls;

pub use connect::Place;
pub use listener::{Accepted, Bind, BindError, Listener};
pub use poller::{Interest, Poller, Ready, Token};
pub use stream::{Sent, Stream};
