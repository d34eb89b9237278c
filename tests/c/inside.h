/*
 * For test programs that serve and are their own peers: cases by name, checks, a
 * pump with a deadline, and bare sockets as clients.
 */
#ifndef TEST_INSIDE_H
#define TEST_INSIDE_H
#include "common.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

struct test_case {
	const char *name;
	void (*run)(void);
};

static int failures;

#define CHECK(condition, ...)                                                                                      \
	do {                                                                                                       \
		if (!(condition)) {                                                                                \
			failures++;                                                                                \
			printf("FAIL %s:%d: %s: ", __FILE__, __LINE__, #condition);                                \
			say(__VA_ARGS__);                                                                          \
		}                                                                                                  \
	} while (0)

/* Serves until the condition holds, at most 20 s. */
#define UNTIL(condition)                                                                                           \
	do {                                                                                                       \
		double end_ = seconds() + 20;                                                                      \
		while (!(condition) && seconds() < end_) {                                                         \
			lws_service(context, -1);                                                                  \
			usleep(300);                                                                               \
		}                                                                                                  \
		CHECK(condition, "waited 20 s in vain");                                                           \
	} while (0)

static UNUSED double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static UNUSED double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static UNUSED void pump(int passes)
{
	while (passes--) {
		lws_service(context, -1);
		usleep(500);
	}
}

/* A connection to the port, or, where TEST_BRIDGE names the port of one, to a bridge that is told the port and speaks TLS to it. */
static UNUSED int dial(int port)
{
	const char *bridge = getenv("TEST_BRIDGE");
	uint16_t beyond = htons((uint16_t)port);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = bridge ? htons((uint16_t)atoi(bridge)) : beyond };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to))
		return -1;
	if (bridge && send(fd, &beyond, sizeof beyond, MSG_NOSIGNAL) != sizeof beyond)
		return -1;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static UNUSED void put(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("a peer cannot send: %s", strerror(errno));
}

/* What has come, NUL-ended; -1 once the server has closed, 0 for nothing yet. */
static UNUSED int take(int fd, char *into, size_t room)
{
	ssize_t n = recv(fd, into, room - 1, 0);

	into[n > 0 ? n : 0] = '\0';
	return n > 0 ? (int)n : n < 0 && errno == EAGAIN ? 0 : -1;
}

static UNUSED bool is_closed(int fd)
{
	char bytes[4096];
	int n;

	while ((n = take(fd, bytes, sizeof bytes)) > 0)
		;
	return n < 0;
}

/* Sends a handshake; the answer is left to be read. */
static UNUSED int dial_ws(int port, const char *host, const char *protocol)
{
	char text[512];
	int fd = dial(port), n;

	if (fd < 0)
		die("no connection to port %d", port);
	n = snprintf(text, sizeof text,
		     "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
		     host, protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "", protocol ? "\r\n" : "");
	put(fd, text, (size_t)n);
	return fd;
}

/* Reads the answer to a handshake, which has to be 101, up to its end. */
static UNUSED void read_101(int fd)
{
	char head[1024];
	size_t n = 0;
	double end = seconds() + 20;

	while (n < sizeof head - 1 && seconds() < end) {
		if (recv(fd, head + n, 1, 0) == 1) {
			n++;
			if (n >= 4 && !memcmp(head + n - 4, "\r\n\r\n", 4))
				break;
		} else {
			pump(1);
		}
	}
	head[n] = '\0';
	CHECK(!strncmp(head, "HTTP/1.1 101", 12), "answer: %.60s", head);
}

/* A masked frame with a short payload. */
static UNUSED void put_frame(int fd, int first_byte, const void *payload, size_t len)
{
	unsigned char f[6 + 125] = { (unsigned char)first_byte, (unsigned char)(0x80 | len), 0, 0, 0, 0 };

	memcpy(f + 6, payload, len);
	put(fd, f, 6 + len);
}

/* Reads exactly len bytes; false at the end or after 20 s. */
static UNUSED bool get(int fd, void *into, size_t len)
{
	double end = seconds() + 20;
	size_t have = 0;

	while (have < len && seconds() < end) {
		ssize_t n = recv(fd, (char *)into + have, len - have, 0);

		if (n > 0)
			have += (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			pump(1);
		else
			return false;
	}
	return have == len;
}

/* The next frame of the server: its first byte, or -1. The payload has to fit. */
static UNUSED int get_frame(int fd, unsigned char *payload, size_t room, size_t *len)
{
	unsigned char head[2], more[8];
	uint64_t n;
	int i, extra;

	if (!get(fd, head, 2))
		return -1;
	n = head[1] & 127;
	CHECK(!(head[1] & 128), "the server masked a frame");
	extra = n == 126 ? 2 : n == 127 ? 8 : 0;
	if (extra) {
		if (!get(fd, more, (size_t)extra))
			return -1;
		for (n = 0, i = 0; i < extra; i++)
			n = n << 8 | more[i];
	}
	if (n > room || !get(fd, payload, (size_t)n))
		return -1;
	*len = (size_t)n;
	return head[0];
}

static UNUSED int run_cases(int argc, char **argv, const struct test_case *cases, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (given(argc, argv, "--list"))
			say("%s", cases[i].name);
		else if (argc > 1 && !strcmp(argv[1], cases[i].name)) {
			cases[i].run();
			say("%s: %s", cases[i].name, failures ? "FAILED" : "ok");
			return failures ? 1 : 0;
		}
	}
	return given(argc, argv, "--list") ? 0 : 2;
}

#endif
