//! Types of other libraries that appear in the layouts, by pointer only: OpenSSL's objects and libcap's capability
//! number. The C header takes them from the libraries' own headers where these are installed.

use core::ffi::c_int;

foreign!(SSL);
foreign!(SSL_CTX);
foreign!(X509);
foreign!(BIGNUM);
foreign!(ENGINE);
foreign!(EVP_CIPHER);
foreign!(EVP_CIPHER_CTX);
foreign!(EVP_MD);
foreign!(EVP_MD_CTX);
foreign!(EVP_PKEY);
foreign!(EVP_PKEY_CTX);
foreign!(RSA);

/// Number of a Linux capability (`CAP_NET_BIND_SERVICE` …).
pub type cap_value_t = c_int;
