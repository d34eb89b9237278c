//! Symbols that plain Rust cannot make: exported names of C functions, and names that only our own C file sees.

/// Exports a C function of `varargs.c` under its public name, by a Rust function that only jumps there: rustc keeps C
/// symbols out of a shared object. Its arguments stay where the caller put them, whatever their number.
macro_rules! exported_variadic {
    ($(#[$doc:meta])* $name:ident => $c:ident) => {
        $(#[$doc])*
        ///
        /// cbindgen:ignore
        ///
        /// # Safety
        /// What the C prototype asks for: the arguments fit the format.
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name() {
            #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
            ::std::arch::naked_asm!("jmp {}", sym $c);
            #[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
            ::std::arch::naked_asm!("b {}", sym $c);
            #[cfg(any(target_arch = "riscv64", target_arch = "riscv32"))]
            ::std::arch::naked_asm!("tail {}", sym $c);
        }
    };
}

/// Gives a Rust function a fixed name that C files of this crate can call and that is not exported.
macro_rules! hidden_symbol {
    ($name:literal, $f:path) => {
        #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
        ::std::arch::global_asm!(
            ".pushsection .text", concat!(".globl ", $name), concat!(".hidden ", $name),
            concat!(".type ", $name, ",@function"), concat!($name, ":"), "jmp {}", ".popsection", sym $f
        );
        #[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
        ::std::arch::global_asm!(
            ".pushsection .text", concat!(".globl ", $name), concat!(".hidden ", $name),
            concat!(".type ", $name, ",%function"), concat!($name, ":"), "b {}", ".popsection", sym $f
        );
        #[cfg(any(target_arch = "riscv64", target_arch = "riscv32"))]
        ::std::arch::global_asm!(
            ".pushsection .text", concat!(".globl ", $name), concat!(".hidden ", $name),
            concat!(".type ", $name, ",@function"), concat!($name, ":"), "tail {}", ".popsection", sym $f
        );
    };
}

pub(crate) use {exported_variadic, hidden_symbol};
