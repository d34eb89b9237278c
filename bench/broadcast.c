/*
 * broadcast: passes every message on to all who are connected, its sender
 * among them.  bench/run drives it, on whichever library it is started.
 *
 *   --port N     port to listen on (7681)
 *
 * The last messages are in a ring that all share; each connection knows which
 * it sends next.  One that falls behind by the whole ring goes on with the
 * oldest that is still there.
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING      64
#define TEXT_SIZE 4096

struct message {
	size_t len;
	unsigned char data[LWS_PRE + TEXT_SIZE];
};

struct session {
	unsigned long next;              /* number of the message to send next */
};

static struct lws_context *context;
static volatile sig_atomic_t stop;
static struct message ring[RING];
static unsigned long end;                /* message n is in ring[n % RING] */
static size_t arriving;                  /* bytes of message `end` that are here */

static int receive(struct lws *wsi, const void *in, size_t len)
{
	struct message *m = &ring[end % RING];

	if (lws_is_first_fragment(wsi))
		arriving = 0;
	if (arriving + len > TEXT_SIZE)
		return -1;
	if (len)
		memcpy(m->data + LWS_PRE + arriving, in, len);
	arriving += len;
	if (lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
		return 0;
	m->len = arriving;
	end++;
	lws_callback_on_writable_all_protocol(context, lws_get_protocol(wsi));
	return 0;
}

static int writeable(struct lws *wsi, struct session *s)
{
	if (end - s->next > RING - 1)
		s->next = end - (RING - 1);
	while (s->next < end) {
		struct message *m = &ring[s->next % RING];

		if (lws_send_pipe_choked(wsi)) {
			lws_callback_on_writable(wsi);
			break;
		}
		if (lws_write(wsi, m->data + LWS_PRE, m->len, LWS_WRITE_BINARY) < (int)m->len)
			return -1;
		s->next++;
	}
	return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		s->next = end;
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return receive(wsi, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writeable(wsi, s);
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = {
		{ "broadcast", callback, sizeof(struct session), TEXT_SIZE, 0, NULL, 0 },
		{ NULL, NULL, 0, 0, 0, NULL, 0 }
	};
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	info.port = argc > 2 && !strcmp(argv[1], "--port") ? atoi(argv[2]) : 7681;
	info.protocols = protocols;
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "broadcast: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	while (!stop && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	return 0;
}
