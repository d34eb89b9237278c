//! Big-endian numbers in memory that need not be aligned. Nothing happens, or 0 is read, for NULL.

/// Writes a 16-bit number, the high byte first. Nothing for NULL.
///
/// # Safety
/// `b` is NULL or has 2 writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ser_wu16be(b: *mut u8, u: u16) {
    // SAFETY: as the caller promises.
    unsafe { write(b, u.to_be_bytes()) }
}

/// Writes a 32-bit number, the high byte first. Nothing for NULL.
///
/// # Safety
/// `b` is NULL or has 4 writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ser_wu32be(b: *mut u8, u32: u32) {
    // SAFETY: as the caller promises.
    unsafe { write(b, u32.to_be_bytes()) }
}

/// Writes a 64-bit number, the high byte first. Nothing for NULL.
///
/// # Safety
/// `b` is NULL or has 8 writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ser_wu64be(b: *mut u8, u64: u64) {
    // SAFETY: as the caller promises.
    unsafe { write(b, u64.to_be_bytes()) }
}

/// Reads a 16-bit number, the high byte first; 0 for NULL.
///
/// # Safety
/// `b` is NULL or has 2 readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ser_ru16be(b: *const u8) -> u16 {
    // SAFETY: as the caller promises.
    u16::from_be_bytes(unsafe { read(b) })
}

/// Reads a 32-bit number, the high byte first; 0 for NULL.
///
/// # Safety
/// `b` is NULL or has 4 readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ser_ru32be(b: *const u8) -> u32 {
    // SAFETY: as the caller promises.
    u32::from_be_bytes(unsafe { read(b) })
}

/// Reads a 64-bit number, the high byte first; 0 for NULL.
///
/// # Safety
/// `b` is NULL or has 8 readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_ser_ru64be(b: *const u8) -> u64 {
    // SAFETY: as the caller promises.
    u64::from_be_bytes(unsafe { read(b) })
}

/// # Safety
/// `b` is NULL or has N writable bytes.
unsafe fn write<const N: usize>(b: *mut u8, bytes: [u8; N]) {
    if !b.is_null() {
        // SAFETY: by contract; an array of bytes needs no alignment.
        unsafe { b.cast::<[u8; N]>().write(bytes) }
    }
}

/// # Safety
/// `b` is NULL or has N readable bytes.
unsafe fn read<const N: usize>(b: *const u8) -> [u8; N] {
    // SAFETY: by contract; an array of bytes needs no alignment.
    if b.is_null() { [0; N] } else { unsafe { b.cast::<[u8; N]>().read() } }
}
