//! Floor 1: the stand-alone helper families of the C API. They know nothing of the engine.

pub mod intern;
pub mod log;
pub mod time;
