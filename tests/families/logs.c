/* levels, emitters, the time stamp, the hex dump; each variadic through the shared object */
#include "common.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* both spellings, as a fortified build calls the second */
void syslog(int p, const char *f, ...)
{
	va_list ap;
	va_start(ap, f);
	printf("syslog %d %s", p, va_arg(ap, const char *));
	va_end(ap);
}
void __syslog_chk(int p, int flag, const char *f, ...)
{
	va_list ap;
	(void)flag;
	va_start(ap, f);
	printf("syslog %d %s", p, va_arg(ap, const char *));
	va_end(ap);
}

static void emitter(int level, const char *line)
{
	printf("level %d length %d ", level, (int)strlen(line));
	show("line", line, strlen(line));
}

static void logv(int level, const char *f, ...)
{
	va_list ap;
	va_start(ap, f);
	_lws_logv(level, f, ap);
	va_end(ap);
}

static void check_ours(void)
{
	char b[8] = "xxxxxxx";

	_lws_log(1, NULL);
	lwsl_emit_stderr(1, NULL);
	lwsl_emit_stderr_notimestamp(1, NULL);
	lwsl_emit_syslog(1, NULL);
	CK(lwsl_timestamp(1, NULL, 10) == 0);
	CK(lwsl_timestamp(1, b, 0) == 0 && b[0] == 'x');
	CK(lwsl_timestamp(1, b, -1) == 0 && b[0] == 'x');
	CK(lws_snprintf(NULL, 8, "a") == 0);
	{
		const char *volatile none = NULL;

		CK(lws_snprintf(b, 8, none, 1) == 0 && !b[0]);
	}
	/* no level beyond the known ones has a colour or a letter, and nothing beyond the tables is read */
	lwsl_emit_stderr(1 << 12, "");
	lwsl_emit_stderr(0, "");
	CK(lws_open(NULL, O_RDONLY) == -1 && errno == EFAULT);
}

int main(int argc, char **argv)
{
	char b[200], q[400];
	int i, n, fd;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	setvbuf(stdout, NULL, _IONBF, 0);
	dup2(1, 2);

	for (i = 0; i < 14; i++)
		printf("visible %d %d\n", i, lwsl_visible(1 << i));
	printf("visible %d %d %d\n", lwsl_visible(3), lwsl_visible(0), lwsl_visible(-1));

	for (i = 0; i < 14; i++) {
		memset(b, '#', sizeof(b));
		n = lwsl_timestamp(1 << i, b, sizeof(b));
		printf("stamp of %d bytes, ends \"%s\"\n", n, n ? b + 25 : b);
		if (n)
			printf("%c%c%c%c%c%c%c\n", b[0], b[5], b[8], b[11], b[14], b[17], b[20]);
	}
	printf("stamp %d %d\n", lwsl_timestamp(3, b, sizeof(b)), lwsl_timestamp(0, b, sizeof(b)));
	n = lwsl_timestamp(1, b, 3);
	printf("cut stamp %d %d %c\n", n, (int)strlen(b), b[0]);
	n = lwsl_timestamp(1, b, 1);
	printf("cut stamp %d %d\n", n, (int)strlen(b));

	for (i = 0; i < 12; i++)
		lwsl_emit_stderr_notimestamp(1 << i, "plain line\n");
	for (i = 0; i < 14; i++)
		lwsl_emit_syslog(1 << i, "to syslog\n");
	lwsl_emit_syslog(3, "to syslog\n");

	lws_set_log_level(0xffff, emitter);
	lwsl_user("%d %s %c %5.2f %lld %p\n", 5, "text", 'x', 2.5, 1ll << 40, NULL);
	logv(LLL_EXT, "%d %s %5.2f\n", 5, "text", 2.5);
	_lws_log(0, "level none\n");
	_lws_log(1 << 15, "level above\n");
	_lws_log(5, "two levels\n");
	_lws_log(1, "%s", "");
	for (i = 245; i < 300; i++) {
		memset(q, 'a', sizeof(q));
		q[i] = '\0';
		_lws_log(1, "%s", q);
	}

	lwsl_hexdump_level(LLL_NOTICE, "", 0);
	lwsl_hexdump_level(LLL_NOTICE, NULL, 0);
	lwsl_hexdump_level(LLL_NOTICE, NULL, 5);
	for (i = 0; i < (int)sizeof(q); i++)
		q[i] = (char)(i * 7);
	for (i = 1; i < 70; i++)
		lwsl_hexdump_level(LLL_NOTICE, q, (size_t)i);
	lwsl_hexdump(q, 20);

	lws_set_log_level(LLL_WARN, NULL);
	lwsl_hexdump(q, 20);
	lwsl_err("off\n");
	lwsl_warn("on\n");
	lws_set_log_level(-1, NULL);
	_lws_log(1 << 20, "all on\n");

	for (i = 0; i < 12; i++) {
		memset(b, '#', sizeof(b));
		n = lws_snprintf(b, (size_t)i, "%s-%d", "abc", 1234);
		printf("snprintf %d -> %d %.12s\n", i, n, b);
	}

	snprintf(b, sizeof(b), "/tmp/families-logs-%d", (int)getpid());
	umask(022);
	fd = lws_open(b, O_CREAT | O_WRONLY, 0640);
	printf("open %d cloexec %d\n", fd >= 0, fcntl(fd, F_GETFD));
	{
		struct stat s;
		printf("mode %o\n", fstat(fd, &s) ? 0 : s.st_mode & 0777);
	}
	close(fd);
	fd = lws_open(b, O_RDONLY);
	printf("open %d cloexec %d\n", fd >= 0, fcntl(fd, F_GETFD));
	close(fd);
	unlink(b);
	fd = lws_open(b, O_RDONLY);
	printf("open %d %d\n", fd, errno == ENOENT);

	return 0;
}
