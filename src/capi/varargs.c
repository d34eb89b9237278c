/*
 * The variadic functions of the C API. Stable Rust cannot define them: these format with vsnprintf, or take their
 * argument, and hand over to Rust (src/capi/logs.rs, src/capi/misc_mem.rs), which also exports them under their public
 * names: rustc keeps C symbols out of a shared object, a Rust function that jumps here is not kept out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <stdint.h>

#define HIDDEN __attribute__((visibility("hidden")))

/* longest line of a program, with its NUL: 4.1.6's */
#define LINE_SIZE 256

/* defined in Rust */
HIDDEN int lwsrs_log_visible(int level);
HIDDEN void lwsrs_log_emit(int level, const char *line);

HIDDEN void lwsrs_c_logv(int level, const char *format, va_list ap)
{
	static const char dots[] = "...\n";
	char line[LINE_SIZE];
	int n, saved = errno;

	if (!format || !lwsrs_log_visible(level))
		return;
	n = vsnprintf(line, sizeof(line) - 1, format, ap);
	if (n < 0)
		line[0] = '\0';
	else if (n >= (int)sizeof(line)) {
		size_t i;

		for (i = 0; i < sizeof(dots); i++)
			line[sizeof(line) - sizeof(dots) + i] = dots[i];
	}
	lwsrs_log_emit(level, line);
	errno = saved;
}

HIDDEN void lwsrs_c_log(int level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	lwsrs_c_logv(level, format, ap);
	va_end(ap);
}

HIDDEN int lwsrs_c_snprintf(char *str, size_t size, const char *format, ...)
{
	va_list ap;
	int n;

	if (!str || !size)
		return 0;
	if (!format) {
		str[0] = '\0';
		return 0;
	}
	va_start(ap, format);
	n = vsnprintf(str, size, format, ap);
	va_end(ap);

	return n >= 0 && (size_t)n >= size ? (int)size : n;
}

HIDDEN int lwsrs_c_open(const char *file, int oflag, ...)
{
	unsigned int mode = 0;

	if (!file) {
		errno = EFAULT;
		return -1;
	}
#if defined(O_TMPFILE)
	if ((oflag & O_CREAT) || (oflag & O_TMPFILE) == O_TMPFILE)
#else
	if (oflag & O_CREAT)
#endif
	{
		va_list ap;

		va_start(ap, oflag);
		mode = va_arg(ap, unsigned int);
		va_end(ap);
	}

	return open(file, oflag | O_CLOEXEC, mode);
}

/* LWS_SMD_MAX_PAYLOAD */
#define SMD_SIZE 384

struct lws_context;

/* defined in Rust */
HIDDEN int lwsrs_smd_text(struct lws_context *ctx, uint32_t class_, const char *text, int len);

HIDDEN int lwsrs_c_smd_msg_printf(struct lws_context *ctx, uint32_t class_, const char *format, ...)
{
	char text[SMD_SIZE + 1];
	va_list ap;
	int n;

	if (!format)
		return 1;
	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);

	return lwsrs_smd_text(ctx, class_, text, n);
}
