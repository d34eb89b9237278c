/*
 * variadics: calls each function of the API that takes `...` with arguments in registers, on the stack and in vector
 * registers. run-exports runs it on the shared object of every way to build it. What is not exported yet is left out.
 */
#include <libwebsockets.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#pragma weak lws_open
#pragma weak lws_smd_msg_printf

#define FORMAT "%d %s %ld %.3f %c %llu %.1f %x %s %zu %.2f"
#define VALUES 1, "two", 3L, 4.5, '5', 6ull, 7.5, 0x88u, "nine", (size_t)10, 11.25
#define TEXT   "1 two 3 4.500 5 6 7.5 88 nine 10 11.25"

static char logged[256];

static void emit(int level, const char *line)
{
	(void)level;
	snprintf(logged, sizeof logged, "%s", line);
}

#define CHECK(what) do { if (!(what)) { printf("variadics: %s, not so: \"%s\"\n", #what, logged); return 1; } } while (0)

int main(void)
{
	char text[128], path[] = "/tmp/lws-variadics-XXXXXX";
	struct stat st;
	int fd, called = 2;

	CHECK(lws_snprintf(text, sizeof text, FORMAT, VALUES) == (int)strlen(TEXT));
	CHECK(!strcmp(text, TEXT));

	lws_set_log_level(LLL_USER, emit);
	_lws_log(LLL_USER, FORMAT "\n", VALUES);
	CHECK(strstr(logged, TEXT));

	fd = mkstemp(path);
	CHECK(fd >= 0);
	close(fd);
	unlink(path);
	if (lws_open) {
		fd = lws_open(path, O_RDWR | O_CREAT | O_EXCL, 0640);
		CHECK(fd >= 0);
		CHECK(!fstat(fd, &st));
		CHECK((st.st_mode & 07137) == 0);
		close(fd);
		unlink(path);
		called++;
	}
	if (lws_smd_msg_printf) {
		CHECK(lws_smd_msg_printf(NULL, 1, FORMAT, VALUES) != 0);
		called++;
	}
	printf("%d variadics\n", called);
	return 0;
}
