//! Floor 2: poller, listeners, streams, interfaces and addresses.
#![deny(unsafe_code)]
