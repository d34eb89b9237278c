//! What is kept for ever because any thread may hold on to it: names, and protocols tables. Equal ones are kept once, so
//! that a program which makes and ends vhosts all day does not grow.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};

use crate::abi::lws_protocols;
use crate::util::shared::Shared;

static KEPT: Shared<BTreeSet<&'static CStr>> = Shared::new(BTreeSet::new());

/// A copy of `text` (up to its first NUL) that is never freed.
pub fn keep(text: &str) -> &'static CStr {
    let own = CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default();
    let mut kept = KEPT.lock();
    if let Some(there) = kept.get(own.as_c_str()) {
        return there;
    }
    let own: &'static CStr = Box::leak(own.into_boxed_c_str());
    kept.insert(own);
    own
}

/// A kept table and its address. The table is immutable, so any thread may read it.
struct Table(&'static [lws_protocols]);

// SAFETY: the entries are never written again; what their pointers name is the program's or kept here.
unsafe impl Send for Table {}

static TABLES: Shared<BTreeMap<Vec<[usize; 7]>, Table>> = Shared::new(BTreeMap::new());

/// A copy of a protocols table that is never freed, with an all-zero entry behind its last. Names have to be kept ones.
pub fn keep_table(table: &[lws_protocols]) -> &'static [lws_protocols] {
    let key: Vec<[usize; 7]> = table
        .iter()
        .map(|p| {
            let callback = p.callback.map_or(0, |f| f as usize);
            let sizes = (p.per_session_data_size, p.rx_buffer_size, p.tx_packet_size);
            [p.name as usize, callback, sizes.0, sizes.1, p.id as usize, p.user as usize, sizes.2]
        })
        .collect();
    let mut tables = TABLES.lock();
    let kept = tables.entry(key).or_insert_with(|| {
        let mut own = table.to_vec();
        own.push(lws_protocols {
            name: std::ptr::null(),
            callback: None,
            per_session_data_size: 0,
            rx_buffer_size: 0,
            id: 0,
            user: std::ptr::null_mut(),
            tx_packet_size: 0,
        });
        let own: &'static [lws_protocols] = own.leak();
        Table(&own[..own.len() - 1])
    });
    kept.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_kept_once() {
        assert_eq!(keep("chat").as_ptr(), keep("chat").as_ptr());
        assert_ne!(keep("chat").as_ptr(), keep("echo").as_ptr());
    }
}
