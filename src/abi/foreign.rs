//! Types of other libraries that appear in the layouts, by pointer only: OpenSSL's objects and libcap's capability
//! number. The C header takes them from the libraries' own headers where these are installed.

use core::ffi::c_int;

opaque!(SSL);
opaque!(SSL_CTX);
opaque!(X509);
opaque!(BIGNUM);
opaque!(ENGINE);
opaque!(EVP_CIPHER);
opaque!(EVP_CIPHER_CTX);
opaque!(EVP_MD);
opaque!(EVP_MD_CTX);
opaque!(EVP_PKEY);
opaque!(EVP_PKEY_CTX);
opaque!(RSA);

/// Number of a Linux capability (`CAP_NET_BIND_SERVICE` …).
pub type cap_value_t = c_int;
