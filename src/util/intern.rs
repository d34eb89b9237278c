//! Strings that are kept for ever: protocol and vhost names that any thread may hold on to. Equal ones are kept once,
//! so that a program which makes and ends vhosts all day does not grow.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::sync::Mutex;

static KEPT: Mutex<BTreeSet<&'static CStr>> = Mutex::new(BTreeSet::new());

/// A copy of `text` (up to its first NUL) that is never freed.
pub fn keep(text: &str) -> &'static CStr {
    let own = CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default();
    let mut kept = KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(there) = kept.get(own.as_c_str()) {
        return there;
    }
    let own: &'static CStr = Box::leak(own.into_boxed_c_str());
    kept.insert(own);
    own
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
