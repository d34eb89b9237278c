//! Floor 0: `#[repr(C)]` structs, enumerators, constants and callback types. Layout and nothing else.
