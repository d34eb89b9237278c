//! Small string, memory, clock and file functions of the C API that need no context.

unsafe extern "C" {
    fn lwsrs_c_snprintf();
    fn lwsrs_c_open();
}

super::exported_variadic! {
    /// `int lws_snprintf(char *str, size_t size, const char *format, ...)`: snprintf() which returns what it really
    /// wrote, `size` when the text was cut, 0 for no room. `varargs.c` has the body.
    lws_snprintf => lwsrs_c_snprintf
}
super::exported_variadic! {
    /// `int lws_open(const char *__file, int __oflag, ...)`: open() with close-on-exec always set. `varargs.c` has the
    /// body.
    lws_open => lwsrs_c_open
}
