//! scratch
pub mod head; pub mod chunked; pub mod status;
