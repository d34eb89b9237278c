//! Types of other libraries that appear in the layouts, by pointer only: OpenSSL's objects and libcap's capability
//! number. The C header takes them from the libraries' own headers where these are installed.

use core::ffi::c_int;

foreign! {
    /// OpenSSL's: a TLS connection.
    SSL
}

foreign! {
    /// OpenSSL's: a TLS configuration.
    SSL_CTX
}

foreign! {
    /// OpenSSL's: a certificate.
    X509
}

foreign! {
    /// OpenSSL's: a large number.
    BIGNUM
}

foreign! {
    /// OpenSSL's: a crypto engine.
    ENGINE
}

foreign! {
    /// OpenSSL's: a cipher.
    EVP_CIPHER
}

foreign! {
    /// OpenSSL's: a cipher at work.
    EVP_CIPHER_CTX
}

foreign! {
    /// OpenSSL's: a hash.
    EVP_MD
}

foreign! {
    /// OpenSSL's: a hash at work.
    EVP_MD_CTX
}

foreign! {
    /// OpenSSL's: a key.
    EVP_PKEY
}

foreign! {
    /// OpenSSL's: a key at work.
    EVP_PKEY_CTX
}

foreign! {
    /// OpenSSL's: an RSA key.
    RSA
}

/// Number of a Linux capability (`CAP_NET_BIND_SERVICE` …).
pub type cap_value_t = c_int;

/// An entry of poll()'s array: `struct lws_pollfd` is a macro for `struct pollfd` in C.
pub type lws_pollfd = libc::pollfd;
