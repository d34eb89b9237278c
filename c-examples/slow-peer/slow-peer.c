/*
 * slow-peer: what flow control does when the peer stops reading.
 *
 * The server makes a numbered message of 16 KiB every 2 ms for its one client
 * and keeps at most QUEUE_MAX of them.  The client is a thread with a plain
 * socket: it reads for a second, stops for two, reads again, and checks that
 * no message is missing that was not dropped on purpose.
 *
 * Each line of the table is a quarter of a second:
 *
 *   queue      messages that wait in our queue
 *   dropped    messages that found the queue full
 *   WRITEABLE  events in this quarter
 *   sent       messages that the library took
 *   state      "choked": the socket is full
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* C++ compilers have set it */
#endif
#include <libwebsockets.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE       16384
#define QUEUE_MAX  200

static struct lws_context *context;
static volatile sig_atomic_t stop;

/* ---- the server ---- */

static struct lws *client;                /* the one connection, or NULL */
static unsigned queue[QUEUE_MAX];         /* numbers of the messages that wait */
static unsigned head, waiting, made, dropped, writeables, sent;
static lws_sorted_usec_list_t produce_timer, print_timer;
static lws_usec_t begun;

static void produce(lws_sorted_usec_list_t *timer)
{
	lws_sul_schedule(context, 0, timer, produce, 2 * LWS_US_PER_MS);
	if (!client)
		return;
	made++;
	if (waiting == QUEUE_MAX) {
		dropped++;
		return;
	}
	queue[(head + waiting++) % QUEUE_MAX] = made;
	/* However often it is asked for, WRITEABLE comes when there is room. */
	lws_callback_on_writable(client);
}

static int writeable(struct lws *wsi)
{
	static unsigned char buffer[LWS_PRE + SIZE];

	writeables++;
	while (waiting) {
		if (lws_send_pipe_choked(wsi)) {
			lws_callback_on_writable(wsi);
			return 0;
		}
		lws_snprintf((char *)buffer + LWS_PRE, 16, "%u", queue[head]);
		if (lws_write(wsi, buffer + LWS_PRE, SIZE, LWS_WRITE_BINARY) < SIZE)
			return -1;
		head = (head + 1) % QUEUE_MAX;
		waiting--;
		sent++;
	}
	return 0;
}

static void print_line(lws_sorted_usec_list_t *timer)
{
	static unsigned before_writeables, before_sent;

	lws_sul_schedule(context, 0, timer, print_line, 250 * LWS_US_PER_MS);
	if (!client)
		return;
	printf("%5.2f s  queue %3u  dropped %4u  WRITEABLE %4u  sent %4u  %s\n",
	       (double)(lws_now_usecs() - begun) / 1e6, waiting, dropped, writeables - before_writeables,
	       sent - before_sent, lws_send_pipe_choked(client) ? "choked" : "");
	fflush(stdout);
	before_writeables = writeables;
	before_sent = sent;
}

static int callback_numbers(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		client = wsi;
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writeable(wsi);
	case LWS_CALLBACK_CLOSED:
		client = NULL;
		stop = 1;
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

/* ---- the peer: a plain socket on a thread of its own ---- */

static int peer_port, peer_result = 1;

static bool read_all(int fd, char *to, size_t len)
{
	while (len) {
		ssize_t n = read(fd, to, len);

		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

static int peer_connect(void)
{
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
	int fd = socket(AF_INET, SOCK_STREAM, 0), window = 128 * 1024;
	struct sockaddr_in to;
	char last[4] = "";

	memset(&to, 0, sizeof to);
	to.sin_family = AF_INET;
	to.sin_port = htons((uint16_t)peer_port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* a small window, so that it is full soon */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) ||
	    write(fd, request, sizeof request - 1) != (ssize_t)sizeof request - 1)
		return -1;
	while (memcmp(last, "\r\n\r\n", 4)) {          /* up to the end of the answer */
		memmove(last, last + 1, 3);
		if (read(fd, last + 3, 1) != 1)
			return -1;
	}
	return fd;
}

static void *peer(void *unused)
{
	static char message[4 + SIZE];
	unsigned got = 0, number, last = 0, gaps = 0;
	lws_usec_t t0 = lws_now_usecs();
	bool paused = false;
	int fd = peer_connect();

	while (fd >= 0 && lws_now_usecs() - t0 < 5 * LWS_US_PER_SEC) {
		if (!paused && lws_now_usecs() - t0 > LWS_US_PER_SEC) {
			paused = true;
			printf("         peer: stops reading\n");
			sleep(2);
			printf("         peer: reads again\n");
		}
		if (!read_all(fd, message, sizeof message)) {
			printf("         peer: the connection ended\n");
			goto out;
		}
		number = (unsigned)strtoul(message + 4, NULL, 10);
		if ((unsigned char)message[0] != 0x82 || number <= last) {
			printf("         peer: message %u after %u\n", number, last);
			goto out;
		}
		gaps += number - last - 1;
		last = number;
		got++;
	}
	printf("         peer: %u messages, all in order, %u were dropped before they were sent\n", got, gaps);
	peer_result = got ? 0 : 1;
out:
	close(fd);
	stop = 1;
	lws_cancel_service(context);
	return unused;
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

int main(void)
{
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;
	pthread_t thread;

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "lws-numbers";
	protocols[0].callback = callback_numbers;

	memset(&info, 0, sizeof info);
	info.port = 0;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = "slow-peer";
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "slow-peer: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	peer_port = lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "slow-peer"));
	printf("slow-peer: listening on port %d\n", peer_port);
	begun = lws_now_usecs();
	if (pthread_create(&thread, NULL, peer, NULL)) {
		perror("slow-peer: pthread_create");
		return 1;
	}
	lws_sul_schedule(context, 0, &produce_timer, produce, 2 * LWS_US_PER_MS);
	lws_sul_schedule(context, 0, &print_timer, print_line, 250 * LWS_US_PER_MS);

	while (!stop && lws_service(context, 0) >= 0)
		;

	pthread_join(thread, NULL);
	lws_sul_cancel(&produce_timer);
	lws_sul_cancel(&print_timer);
	lws_context_destroy(context);
	printf("slow-peer: bye\n");
	return peer_result;
}
