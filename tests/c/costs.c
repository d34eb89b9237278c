/*
 * costs CASE: system calls that are saved, and what idle connections must not
 * cost; `costs --list` names the cases.
 *
 * The program's own send(), recv() and kin stand before libc's, so that it sees
 * which of them the library makes.
 */
#include "inside.h"
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static struct { int sends, recvs, waits, others; } calls;
static bool counting;

ssize_t send(int fd, const void *b, size_t n, int flags)
{
	calls.sends += counting;
	return syscall(SYS_sendto, fd, b, n, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	calls.sends += counting;
	return syscall(SYS_sendmsg, fd, m, flags);
}

ssize_t write(int fd, const void *b, size_t n)
{
	calls.sends += counting;
	return syscall(SYS_write, fd, b, n);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	calls.sends += counting;
	return syscall(SYS_writev, fd, v, n);
}

ssize_t recv(int fd, void *b, size_t n, int flags)
{
	calls.recvs += counting;
	return syscall(SYS_recvfrom, fd, b, n, flags, NULL, NULL);
}

ssize_t read(int fd, void *b, size_t n)
{
	calls.recvs += counting;
	return syscall(SYS_read, fd, b, n);
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	calls.waits += counting;
	return (int)syscall(SYS_epoll_wait, fd, events, max, timeout);
}

int epoll_ctl(int fd, int op, int of, struct epoll_event *event)
{
	calls.others += counting;
	return (int)syscall(SYS_epoll_ctl, fd, op, of, event);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	calls.others += counting;
	return (int)syscall(SYS_poll, fds, n, timeout);
}

struct session {
	unsigned asked;
};

static struct lws *last;
static int established;

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	unsigned char text[LWS_PRE + 64];
	struct session *s = (struct session *)user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		last = wsi;
		established++;
		return 0;
	case LWS_CALLBACK_RECEIVE:
		s->asked++;
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (!s->asked)
			return 0;
		memset(text, 'x', sizeof text);
		if (--s->asked)
			lws_callback_on_writable(wsi);
		return lws_write(wsi, text + LWS_PRE, 64, LWS_WRITE_BINARY) == 64 ? 0 : -1;
	case LWS_CALLBACK_HTTP:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{ "echo", callback, sizeof(struct session), 0, 0, NULL, 0 },
	{ "idle", callback, 16, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};
static int port;

static struct lws_vhost *vhost(const char *name, int at)
{
	struct lws_context_creation_info info = { 0 };
	struct lws_vhost *made;

	info.vhost_name = name;
	info.protocols = protocols;
	info.port = at;
	info.iface = "127.0.0.1";
	made = lws_create_vhost(context, &info);
	if (!made)
		die("no vhost");
	return made;
}

static void begin(void)
{
	struct lws_context_creation_info info = { 0 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.max_http_header_pool = 4;
	lws_set_log_level(LLL_ERR, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("no context");
	port = lws_get_vhost_listen_port(vhost("one", 0));
	vhost("two", port);
}

static int join(const char *protocol)
{
	int before = established, fd = dial_ws(port, "one", protocol);

	UNTIL(established > before);
	read_101(fd);
	return fd;
}

static void put_echoes(int fd, int n)
{
	unsigned char frames[16 * 70] = { 0 };
	int i;

	for (i = 0; i < n; i++) {
		frames[i * 70] = 0x82;
		frames[i * 70 + 1] = 0x80 | 64;
	}
	put(fd, frames, (size_t)n * 70);
}

static void pipelined_echoes_take_one_recv_and_one_send(void)
{
	char got[16 * 66];
	int fd, round;

	begin();
	fd = join("echo");
	pump(5);
	for (round = 0; round < 3; round++) {
		put_echoes(fd, 16);
		memset(&calls, 0, sizeof calls);
		counting = true;
		lws_service(context, 1000);
		counting = false;
		CHECK(calls.recvs == 1 && calls.sends == 1 && calls.waits == 1 && !calls.others, "recv %d, send %d, wait %d, others %d",
		      calls.recvs, calls.sends, calls.waits, calls.others);
		CHECK(recv(fd, got, sizeof got, 0) == sizeof got, "all 16 are there");
	}
	lws_context_destroy(context);
}

static void asking_costs_no_system_call(void)
{
	int i;

	begin();
	join("echo");
	pump(5);
	memset(&calls, 0, sizeof calls);
	counting = true;
	for (i = 0; i < 1000; i++) {
		lws_callback_on_writable(last);
		CHECK(!lws_send_pipe_choked(last) && !lws_partial_buffered(last), "there is room");
		lws_rx_flow_control(last, i & 1);
		lws_set_timeout(last, PENDING_TIMEOUT_USER_REASON_BASE, 100);
		lws_set_timer_usecs(last, 100 * LWS_US_PER_SEC);
	}
	counting = false;
	CHECK(!calls.recvs && !calls.sends && !calls.waits && !calls.others, "recv %d, send %d, wait %d, others %d", calls.recvs,
	      calls.sends, calls.waits, calls.others);
	lws_context_destroy(context);
}

/* ---- idle connections ---- */

static int active;

static void echo_once(void)
{
	char got[66];

	put_echoes(active, 1);
	lws_service(context, 1000);
	CHECK(recv(active, got, sizeof got, 0) == sizeof got, "an echo");
}

/* A request to the vhost that shares the port, on a connection of its own. */
static void request_once(void)
{
	static const char request[] = "GET /nothing HTTP/1.1\r\nHost: two\r\nConnection: close\r\n\r\n";
	char got[1024];
	int fd = dial(port);

	put(fd, request, sizeof request - 1);
	while (take(fd, got, sizeof got) == 0)
		lws_service(context, 5);
	CHECK(!strncmp(got, "HTTP/1.1 404", 12), "%.40s", got);
	close(fd);
	lws_service(context, -1);
}

static void ask_the_others_once(void)
{
	const struct lws_protocols *echo = lws_vhost_name_to_protocol(lws_get_vhost_by_name(context, "one"), "echo");

	lws_callback_on_writable_all_protocol(context, echo);
	lws_callback_all_protocol(context, echo, LWS_CALLBACK_USER);
	lws_service(context, -1);
}

/* More begun request heads than the pool has places. */
static void crowd_once(void)
{
	static const char half[] = "GET / HTTP/1.1\r\nHost: one\r\n", rest[] = "Connection: close\r\n\r\n";
	int fds[8], i;
	char got[1024];

	for (i = 0; i < 8; i++) {
		fds[i] = dial(port);
		put(fds[i], half, sizeof half - 1);
	}
	pump(2);
	for (i = 0; i < 8; i++) {
		put(fds[i], rest, sizeof rest - 1);
		while (take(fds[i], got, sizeof got) == 0)
			lws_service(context, 5);
		CHECK(!strncmp(got, "HTTP/1.1 404", 12), "%.40s", got);
		close(fds[i]);
	}
	lws_service(context, -1);
}

static double cost_of(void (*once)(void), int times)
{
	double best = 1e9, begun;
	int round, i;

	for (round = 0; round < 3; round++) {
		begun = cpu_seconds();
		for (i = 0; i < times; i++)
			once();
		if (cpu_seconds() - begun < best)
			best = cpu_seconds() - begun;
	}
	return best;
}

static void idle_connections_cost_nothing(void)
{
	static const struct { const char *name; void (*once)(void); int times; } works[] = {
		{ "an echo", echo_once, 2000 },
		{ "a request that names a vhost", request_once, 300 },
		{ "asking all of another protocol", ask_the_others_once, 1000 },
		{ "a used-up pool of request heads", crowd_once, 30 },
	};
	struct rlimit limit;
	double few[4], many;
	int i, idle = 4000;

	begin();
	active = join("echo");
	pump(5);
	for (i = 0; i < 4; i++)
		few[i] = cost_of(works[i].once, works[i].times);
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < 9000)
		idle = (int)limit.rlim_cur / 2 - 100;
	for (i = 0; i < idle; i++)
		join("idle");
	for (i = 0; i < 4; i++) {
		many = cost_of(works[i].once, works[i].times);
		say("%s: %.1f us alone, %.1f us beside %d idle connections", works[i].name, few[i] / works[i].times * 1e6,
		    many / works[i].times * 1e6, idle);
		CHECK(many < few[i] * 2.5 + 0.01, "%s is dearer by idle connections", works[i].name);
	}
	lws_context_destroy(context);
}

/* Heap that an idle plain connection holds, its session of 16 bytes and the tables that it stands in included. */
static void an_idle_connection_is_small(void)
{
	size_t before, after;
	struct rlimit limit;
	int i, idle = 4000;

	begin();
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < 9000)
		idle = (int)limit.rlim_cur / 2 - 100;
	join("idle");
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (i = 0; i < idle; i++)
		join("idle");
	pump(10);
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	say("%zu bytes each", (after - before) / (size_t)idle);
	CHECK((after - before) / (size_t)idle <= 640, "more than there were");
	lws_context_destroy(context);
}

static const struct test_case cases[] = {
	{ "pipelined_echoes_take_one_recv_and_one_send", pipelined_echoes_take_one_recv_and_one_send },
	{ "asking_costs_no_system_call", asking_costs_no_system_call },
	{ "idle_connections_cost_nothing", idle_connections_cost_nothing },
	{ "an_idle_connection_is_small", an_idle_connection_is_small },
};

int main(int argc, char **argv)
{
	return run_cases(argc, argv, cases, LWS_ARRAY_SIZE(cases));
}
