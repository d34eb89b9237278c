//! Floor 1: the stand-alone helper families of the C API. They know nothing of the engine.

pub mod interface;
pub mod intern;
pub mod log;
pub mod privileges;
pub mod time;
