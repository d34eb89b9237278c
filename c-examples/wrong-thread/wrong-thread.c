/*
 * wrong-thread: breaks the rule of the library on purpose.
 *
 *   wrong-thread on-writable    a worker thread calls lws_callback_on_writable()
 *   wrong-thread write          a worker thread calls lws_write()
 *
 * Everything but lws_cancel_service() belongs to the thread that services the
 * context.  Here a worker calls into a connection while the service thread is
 * inside lws_service().  What then happens is the policy's choice, see README.md:
 * LWS_THREAD_CHECK=abort, refuse or marshal in the environment.
 *
 * Do not copy from this program; the example threads shows the right way.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* C++ compilers have set it */
#endif
#include <libwebsockets.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct lws_context *context;
static struct lws *connection;
static bool by_write;
static bool stop;                 /* the service thread's */
static int writeables;
static char peer_got[64];

/* ---- server ---- */

static int callback_wrong(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		__atomic_store_n(&connection, wsi, __ATOMIC_RELEASE);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		writeables++;
		return 0;
	case LWS_CALLBACK_CLOSED:
		stop = true;
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

/* ---- the thread that has no business in the library ---- */

static void *culprit(void *unused)
{
	unsigned char message[LWS_PRE + 32];
	struct lws *wsi;
	int n;

	pthread_setname_np(pthread_self(), "culprit");
	while (!(wsi = __atomic_load_n(&connection, __ATOMIC_ACQUIRE)))
		usleep(1000);
	usleep(100 * 1000);              /* the service thread is waiting in lws_service() by now */
	if (by_write) {
		memcpy(message + LWS_PRE, "from the wrong thread", 21);
		n = lws_write(wsi, message + LWS_PRE, 21, LWS_WRITE_TEXT);
		printf("wrong-thread: lws_write() of 21 bytes returned %d\n", n);
	} else {
		n = lws_callback_on_writable(wsi);
		printf("wrong-thread: lws_callback_on_writable() returned %d\n", n);
	}
	fflush(stdout);
	return unused;
}

/* ---- a peer on a plain socket: listens for half a second, then goes ---- */

static void *peer(void *port)
{
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
	struct timeval patience;
	struct sockaddr_in to;
	char answer[1024];
	ssize_t n;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&to, 0, sizeof to);
	to.sin_family = AF_INET;
	to.sin_port = htons(*(uint16_t *)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	patience.tv_sec = 0;
	patience.tv_usec = 500 * 1000;
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
	    write(fd, request, sizeof request - 1) > 0 && read(fd, answer, sizeof answer) > 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		n = read(fd, answer, sizeof answer);
		if (n > 2)
			lws_snprintf(peer_got, sizeof peer_got, "%.*s", (int)n - 2, answer + 2);
	}
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;
	pthread_t culprit_thread, peer_thread;
	uint16_t port;

	if (argc != 2 || (strcmp(argv[1], "write") && strcmp(argv[1], "on-writable"))) {
		fprintf(stderr, "usage: wrong-thread on-writable|write\n");
		return 2;
	}
	by_write = !strcmp(argv[1], "write");

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "lws-wrong";
	protocols[0].callback = callback_wrong;
	memset(&info, 0, sizeof info);
	info.port = 0;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = "wrong-thread";
	lws_set_log_level(LLL_ERR | LLL_WARN | LLL_NOTICE, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "wrong-thread: no context\n");
		return 1;
	}
	port = (uint16_t)lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "wrong-thread"));
	printf("wrong-thread: listening on port %u\n", port);
	fflush(stdout);
	if (pthread_create(&peer_thread, NULL, peer, &port) || pthread_create(&culprit_thread, NULL, culprit, NULL)) {
		perror("wrong-thread: pthread_create");
		return 1;
	}

	while (!stop && lws_service(context, 0) >= 0)
		;

	pthread_join(culprit_thread, NULL);
	pthread_join(peer_thread, NULL);
	lws_context_destroy(context);
	printf("wrong-thread: WRITEABLE came %d times, the peer got \"%s\"\n", writeables, peer_got);
	return 0;
}
