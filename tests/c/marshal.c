/*
 * marshal: worker threads that call the library while the service thread is
 * inside, under the policy marshal, on connections that come and go.
 *
 *   marshal [--seconds N] [--workers N] [--clients N]
 *
 * Workers ask for WRITEABLE, write, set timeouts and stop and start reading on
 * whatever handle was seen last in a place, which may have died. Each message
 * bears its worker's number and a serial, so that each client can see that the
 * messages of one worker come whole and in order.
 */
#include "torture/env.h"
#include <time.h>

#define PLACES      16
#define WORKERS_MAX 16
#define FRAME_MAX   4096

static struct lws *seen[PLACES];                /* what workers call on; never cleared */
static unsigned long n_connections, n_calls, n_refused, n_messages, n_writeable, n_wrong;
static int port, ending;

struct session {
	unsigned place;
};

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;
	static unsigned next_place;

	(void)in;
	(void)len;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		s->place = next_place++ % PLACES;
		__atomic_store_n(&seen[s->place], wsi, __ATOMIC_RELEASE);
		__atomic_add_fetch(&n_connections, 1, __ATOMIC_RELAXED);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		__atomic_add_fetch(&n_writeable, 1, __ATOMIC_RELAXED);
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{ "t", callback, sizeof(struct session), 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

static void *service(void *unused)
{
	serve();
	return unused;
}

static bool is_ending(void)
{
	return __atomic_load_n(&ending, __ATOMIC_ACQUIRE);
}

/* ---- workers ---- */

/* "WW SSSSSSSSSS " and then as many of the worker's letter as there is room for; in memory of its own, gone after the call */
static int write_message(struct lws *wsi, unsigned worker, unsigned long serial, size_t len)
{
	unsigned char *p = (unsigned char *)malloc(LWS_PRE + len);
	char head[16];
	int n;

	snprintf(head, sizeof head, "%02u %010lu ", worker, serial);
	memset(p + LWS_PRE, 'a' + (int)worker, len);
	memcpy(p + LWS_PRE, head, 14);
	n = lws_write(wsi, p + LWS_PRE, len, LWS_WRITE_BINARY);
	memset(p, 0xff, LWS_PRE + len);
	free(p);
	return n;
}

static void *worker(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg, random = 12345 + me;
	unsigned long serial = 0;
	struct lws_context *of;

	while (!is_ending()) {
		struct lws *wsi = __atomic_load_n(&seen[rand_r(&random) % PLACES], __ATOMIC_ACQUIRE);

		if (!wsi)
			continue;
		switch (rand_r(&random) % 8) {
		case 0:
		case 1:
		case 2:
			if (write_message(wsi, me, serial++, 14 + (size_t)rand_r(&random) % 2000) < 0) {
				/* dead, or too much waits */
				__atomic_add_fetch(&n_refused, 1, __ATOMIC_RELAXED);
				usleep(200);
			}
			break;
		case 3:
			lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, 30);
			break;
		case 4:
			lws_rx_flow_control(wsi, (int)serial & 1);
			lws_rx_flow_control(wsi, 1);
			break;
		case 5:
			lws_callback_on_writable_all_protocol(context, protocols);
			break;
		case 6:
			lws_set_opaque_user_data(wsi, &n_calls);
			/* asked once: the connection may die between two questions */
			of = lws_get_context(wsi);
			if (of && of != context)
				__atomic_add_fetch(&n_wrong, 1, __ATOMIC_RELAXED);
			break;
		default:
			lws_callback_on_writable(wsi);
		}
		__atomic_add_fetch(&n_calls, 1, __ATOMIC_RELAXED);
		if (rand_r(&random) % 16 == 0)
			usleep(100);
	}
	return NULL;
}

/* ---- clients ---- */

static void wrong(const char *what)
{
	fprintf(stderr, "marshal: %s\n", what);
	__atomic_add_fetch(&n_wrong, 1, __ATOMIC_RELAXED);
}

static void check_message(const unsigned char *p, size_t len, long last[WORKERS_MAX])
{
	char head[16] = "";
	unsigned from;
	long serial;

	memcpy(head, p, len < 14 ? len : 14);
	if (len < 14 || sscanf(head, "%u %ld", &from, &serial) != 2 || from >= WORKERS_MAX)
		return wrong("a message that nobody wrote");
	for (size_t i = 14; i < len; i++)
		if (p[i] != 'a' + (int)from)
			return wrong("a message with bytes of another");
	if (serial <= last[from])
		return wrong("messages of one worker out of order");
	last[from] = serial;
	__atomic_add_fetch(&n_messages, 1, __ATOMIC_RELAXED);
}

/* takes whole frames off the front of what came; the server masks none and sends no other than these */
static size_t take_frames(const unsigned char *p, size_t have, long last[WORKERS_MAX], bool *closed)
{
	size_t at = 0;

	while (have - at >= 4) {
		size_t head = p[at + 1] < 126 ? 2 : 4;
		size_t len = head == 2 ? p[at + 1] : (size_t)p[at + 2] << 8 | p[at + 3];

		if (p[at] == 0x88) {
			*closed = true;
			return have;
		}
		if (p[at] != 0x82 || p[at + 1] > 126) {
			wrong("a frame that is none");
			*closed = true;
			return have;
		}
		if (have - at < head + len)
			break;
		check_message(p + at + head, len, last);
		at += head + len;
	}
	return at;
}

static void one_connection(unsigned *random)
{
	unsigned char got[4 * FRAME_MAX];
	long last[WORKERS_MAX];
	size_t have = 0, life = (size_t)rand_r(random) % 60000, total = 0;
	bool upgraded = false, closed = false;
	int fd = client_connect(port);

	memset(last, 0xff, sizeof last);
	client_send(fd, UPGRADE("/"), sizeof UPGRADE("/") - 1);
	while (fd >= 0 && !closed && total < life && !is_ending()) {
		struct pollfd poll_fd = { fd, POLLIN, 0 };
		ssize_t n = poll(&poll_fd, 1, 50) == 1 ? recv(fd, got + have, sizeof got - have, 0) : -1;

		if (n == 0)
			break;
		if (n < 0) {
			client_send(fd, "\x82\x82\0\0\0\0hi", 8);
			life -= life / 8 + 1 > life ? life : life / 8 + 1;
			continue;
		}
		have += (size_t)n;
		total += (size_t)n;
		if (!upgraded) {
			unsigned char *end = (unsigned char *)memmem(got, have, "\r\n\r\n", 4);

			if (!end)
				continue;
			have -= (size_t)(end + 4 - got);
			memmove(got, end + 4, have);
			upgraded = true;
		}
		n = (ssize_t)take_frames(got, have, last, &closed);
		have -= (size_t)n;
		memmove(got, got + n, have);
	}
	if (rand_r(random) % 3 == 0)
		client_send(fd, "\x88\x82\0\0\0\0\x03\xe8", 8);
	if (rand_r(random) % 3 == 0) {
		struct linger reset = { 1, 0 };

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	}
	close(fd);
}

static void *client(void *arg)
{
	unsigned random = (unsigned)(uintptr_t)arg;

	while (!is_ending())
		one_connection(&random);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned seconds = (unsigned)atoi(option(argc, argv, "--seconds", "10"));
	unsigned workers = (unsigned)atoi(option(argc, argv, "--workers", "8")), threads = 0;
	unsigned clients = (unsigned)atoi(option(argc, argv, "--clients", "6"));
	struct lws_context_creation_info info;
	pthread_t service_thread, thread[2 * WORKERS_MAX];

	if (workers > WORKERS_MAX || clients > WORKERS_MAX)
		die("marshal: at most %d of each", WORKERS_MAX);
	lws_set_log_level(LLL_ERR, NULL);
	lwsx_set_thread_policy(LWSX_THREAD_MARSHAL);
	memset(&info, 0, sizeof info);
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = "main";
	context = lws_create_context(&info);
	if (!context)
		die("marshal: no context");
	/* before the service thread begins: vhosts are its own from then on */
	port = lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "main"));
	if (pthread_create(&service_thread, NULL, service, NULL))
		die("marshal: no thread");
	for (unsigned i = 0; i < clients; i++)
		pthread_create(&thread[threads++], NULL, client, (void *)(uintptr_t)(i + 1));
	for (unsigned i = 0; i < workers; i++)
		pthread_create(&thread[threads++], NULL, worker, (void *)(uintptr_t)i);
	sleep(seconds);
	__atomic_store_n(&ending, 1, __ATOMIC_RELEASE);
	while (threads)
		pthread_join(thread[--threads], NULL);
	/* waits until the service thread has done it, whose lws_service() returns -1 then */
	lws_context_destroy(context);
	pthread_join(service_thread, NULL);
	if (lws_context_user(context) || lws_service(context, -1) == 0)
		wrong("the context is still there after lws_context_destroy()");
	say("marshal: %lu calls by %u workers on %lu connections, %lu refused, %lu WRITEABLE, %lu messages whole and in order, "
	    "%lu counted as from the wrong thread, %lu wrong", n_calls, workers, n_connections, n_refused, n_writeable, n_messages,
	    (unsigned long)lwsx_misuse_count(LWSX_MISUSE_WRONG_THREAD), n_wrong);
	return n_wrong || !n_messages || !n_writeable || n_connections < 10
	    || !lwsx_misuse_count(LWSX_MISUSE_WRONG_THREAD);
}
