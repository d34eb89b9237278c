//! How this room writes C enums and opaque structs.

/// A C enum. In Rust it is an integer alias and constants, since C may pass a value that the enum does not name, which
/// a Rust enum may not hold. `build.rs` reads the same text and writes the C enum with its comments into the header, so
/// keep to one enumerator a line, `NAME = value,`, and comments of the `///` kind above what they describe.
///
/// * `enum NAME: T` is C's `enum NAME { … };`
/// * `typedef NAME: T` is C's `typedef enum { … } NAME;`
/// * `anonymous T` is C's `enum { … };`
macro_rules! c_enum {
    ($(#[$doc:meta])* pub enum $name:ident: $repr:ident { $($(#[$vdoc:meta])* $variant:ident = $value:expr,)+ }) => {
        $(#[$doc])*
        pub type $name = $repr;
        $($(#[$vdoc])* pub const $variant: $name = $value;)+
    };
    ($(#[$doc:meta])* pub typedef $name:ident: $repr:ident { $($(#[$vdoc:meta])* $variant:ident = $value:expr,)+ }) => {
        $(#[$doc])*
        pub type $name = $repr;
        $($(#[$vdoc])* pub const $variant: $name = $value;)+
    };
    ($(#[$doc:meta])* pub anonymous $repr:ident { $($(#[$vdoc:meta])* $variant:ident = $value:expr,)+ }) => {
        $($(#[$vdoc])* pub const $variant: $repr = $value;)+
    };
}

/// A struct that C knows by name only. It has no size here and is never dereferenced. `build.rs` declares `struct NAME;`
/// in the header.
macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            _opaque: [u8; 0],
        }
    };
}

/// The same for a struct of another library, which the header does not declare under this name (`cbindgen.toml` has its
/// C tag).
macro_rules! foreign {
    ($(#[$doc:meta])* $name:ident) => {
        opaque!($(#[$doc])* $name);
    };
}
