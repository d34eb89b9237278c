//! Ranges lie within the body and do not make more of it than there is; variables and validators take any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use websockets::wire::http1::range::{self, Wanted};

fuzz_target!(|data: &[u8]| {
    let Some((size, header)) = data.split_at_checked(8) else { return };
    let size = u64::from_le_bytes(size.try_into().expect("eight bytes"));
    for size in [size, size % 100] {
        match range::wanted(header, size) {
            Wanted::Parts(parts) => {
                assert!(!parts.is_empty() && parts.len() <= 16);
                assert!(parts.iter().all(|p| p.start <= p.end && p.end < size));
                assert!(parts.iter().try_fold(0_u64, |sum, p| sum.checked_add(p.len())).is_some_and(|sum| sum <= size));
            }
            Wanted::Whole | Wanted::Unsatisfiable => {}
        }
    }
    let _ = range::list_names(header, b"0000000A5F5E1000");
    let _ = range::if_range_holds(header, b"0000000A5F5E1000", size);
    let _ = range::changed_since(header, size);
});
