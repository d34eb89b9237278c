//! Floor 1: the stand-alone helper families of the C API. They know nothing of the engine.

pub mod address;
pub mod alloc;
pub mod b64;
pub mod beneath;
pub mod buflist;
pub mod cached_file;
pub mod cptr;
pub mod dir;
pub mod dll2;
pub mod interface;
pub mod intern;
pub mod json_simple;
pub mod lejp;
pub mod log;
pub mod lwsac;
pub mod numbers;
pub mod privileges;
pub mod purify;
pub mod ring;
pub mod spa;
pub mod strexp;
pub mod sul_list;
pub mod sul_wheel;
pub mod time;
pub mod tokenize;
pub mod uri;
