//! Certificates by themselves: `struct lws_x509_cert` is a certificate that the program holds.

use std::ffi::{c_char, c_int, c_void};

use crate::abi::*;
use crate::capi::creation::text;
use crate::capi::enter::guarded;
use crate::net::tls::certificate::Facts;
use crate::net::tls::pem_file;

/// What the program's pointer leads to.
#[derive(Default)]
struct Certificate {
    facts: Option<Facts>,
}

/// Writes one item of a certificate.
///
/// # Safety
/// `buf` is NULL or a writable union; for names and keys there are `len` bytes at its `ns.name`.
pub unsafe fn answer(facts: &Facts, item: lws_tls_cert_info, buf: *mut lws_tls_cert_info_results, len: usize) -> c_int {
    if buf.is_null() {
        return -1;
    }
    // SAFETY: the caller's promise; the union is written through a raw pointer since it may be longer than its type.
    unsafe {
        match item {
            LWS_TLS_CERT_INFO_VALIDITY_FROM => (*buf).time = facts.validity.0,
            LWS_TLS_CERT_INFO_VALIDITY_TO => (*buf).time = facts.validity.1,
            LWS_TLS_CERT_INFO_COMMON_NAME => {
                let name = facts.common_name.as_deref().unwrap_or(&facts.subject);
                return bytes_out(buf, len, name.as_bytes(), true);
            }
            LWS_TLS_CERT_INFO_ISSUER_NAME => return bytes_out(buf, len, facts.issuer.as_bytes(), true),
            LWS_TLS_CERT_INFO_USAGE => (*buf).usage = facts.usage.unwrap_or(u32::MAX),
            LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY => return bytes_out(buf, len, &facts.public_key, false),
            _ => return -1,
        }
    }
    0
}

/// # Safety
/// As for [`answer`].
unsafe fn bytes_out(buf: *mut lws_tls_cert_info_results, len: usize, bytes: &[u8], nul: bool) -> c_int {
    if bytes.len() + usize::from(nul) > len {
        return -1;
    }
    // SAFETY: there is room for the bytes and the NUL, by the caller's promise.
    unsafe {
        (*buf).ns.len = bytes.len() as c_int;
        let out = (&raw mut (*buf).ns.name).cast::<u8>();
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), out, bytes.len());
        if nul {
            *out.add(bytes.len()) = 0;
        }
    }
    0
}

/// Makes an empty certificate object.
///
/// @param x509 where its pointer goes; lws_x509_destroy() frees it
/// @return 0; -1 for NULL. Any thread, as long as no other uses the object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_x509_create(x509: *mut *mut lws_x509_cert) -> c_int {
    if x509.is_null() {
        return -1;
    }
    // SAFETY: a writable pointer, by the API's contract.
    unsafe { *x509 = Box::into_raw(Box::<Certificate>::default()).cast() };
    0
}

/// Frees a certificate object.
///
/// @param x509 where its pointer is; it becomes NULL. Nothing happens for NULL. Any thread, as long as no other uses the
///        object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_x509_destroy(x509: *mut *mut lws_x509_cert) {
    // SAFETY: NULL, or where a pointer of lws_x509_create() or NULL is, by the API's contract.
    unsafe {
        if !x509.is_null() && !(*x509).is_null() {
            drop(Box::from_raw((*x509).cast::<Certificate>()));
            *x509 = std::ptr::null_mut();
        }
    }
}

/// Reads a certificate from PEM (the first one in it) or DER.
///
/// @param x509 the object
/// @param pem the text; one NUL at its end may be counted
/// @param len its bytes
/// @return 0; -1 when there is no certificate in it, or for NULL. Any thread, as long as no other uses the object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_x509_parse_from_pem(x509: *mut lws_x509_cert, pem: *const c_void, len: usize) -> c_int {
    if pem.is_null() {
        return -1;
    }
    // SAFETY: an object of lws_x509_create() or NULL, and `len` bytes, by the API's contract.
    let (Some(object), bytes) =
        (unsafe { (x509.cast::<Certificate>().as_mut(), std::slice::from_raw_parts(pem.cast::<u8>(), len)) })
    else {
        return -1;
    };
    guarded("lws_x509_parse_from_pem", -1, || {
        let found = pem_file::certificates(bytes).ok().and_then(|all| Facts::of(&all[0]).ok());
        match found {
            Some(facts) => {
                object.facts = Some(facts);
                0
            }
            None => -1,
        }
    })
}

/// One item of a certificate.
///
/// @param x509 the object
/// @param type what is asked for; LWS_TLS_CERT_INFO_VERIFIED makes no sense here
/// @param buf where the answer goes
/// @param len bytes that there are at buf->ns.name, for names and keys; a name is ended by a NUL, which counts
/// @return 0; -1 when the object is empty, the item does not fit, or for NULL. Any thread, as long as no other changes
///         the object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_x509_info(
    x509: *mut lws_x509_cert,
    r#type: lws_tls_cert_info,
    buf: *mut lws_tls_cert_info_results,
    len: usize,
) -> c_int {
    // SAFETY: an object of lws_x509_create() or NULL, by the API's contract.
    match unsafe { x509.cast::<Certificate>().as_ref() }.and_then(|c| c.facts.as_ref()) {
        // SAFETY: by the API's contract.
        Some(facts) => unsafe { answer(facts, r#type, buf, len) },
        None => -1,
    }
}

/// Whether one certificate names another as its issuer: names, key identifiers and the other's key usage are compared.
/// No signature and no time is checked.
///
/// @param x509 the certificate
/// @param trusted the issuer
/// @param common_name what the certificate's common name has to be, too; NULL: anything
/// @return 0: it does; -1: it does not, or an object is empty or NULL. Any thread, as long as no other changes the
///         objects.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lws_x509_verify(
    x509: *mut lws_x509_cert,
    trusted: *mut lws_x509_cert,
    common_name: *const c_char,
) -> c_int {
    // SAFETY: objects of lws_x509_create() or NULL, and NULL or a C string, by the API's contract.
    let (one, other, name) =
        unsafe { (x509.cast::<Certificate>().as_ref(), trusted.cast::<Certificate>().as_ref(), text(common_name)) };
    let (Some(one), Some(other)) = (one.and_then(|c| c.facts.as_ref()), other.and_then(|c| c.facts.as_ref())) else {
        return -1;
    };
    let named = name.is_none_or(|name| one.common_name.as_deref() == Some(name.as_str()));
    if named && one.names_as_issuer(other) { 0 } else { -1 }
}
