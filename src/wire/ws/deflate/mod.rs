//! permessage-deflate (RFC 7692): what is agreed on, messages being inflated, messages being compressed.
//!
//! The DEFLATE itself is zlib-rs's. What is here is what the RFC puts around it: the four bytes that are left out at the end
//! of a message, the history that passes from one message to the next, and what counts as the proper end of a message.

pub mod compress;
pub mod inflate;
pub mod negotiate;

pub use compress::{Compressor, OutOfMemory};
pub use inflate::{BadDeflate, History, Inflating, Progress};
pub use negotiate::{Agreement, NAME};
