/*
 * echo: sends every WebSocket message back as it came, text as text and binary
 * as binary.
 *
 *   --port N             port to listen on (7681); 0 takes a free one
 *   --iface NAME         interface or address to listen on (all)
 *   --rx-buffer-size N   largest piece that RECEIVE hands over (65536)
 *   --deflate            compress for clients that offer permessage-deflate
 *   --cert FILE          speaks TLS with this certificate (PEM) ...
 *   --key FILE           ... and its private key
 *
 * A message may come in several pieces, because the peer fragments it, because
 * TCP does, or because it is larger than the receive buffer.  RECEIVE collects
 * the pieces in one block that keeps LWS_PRE bytes free in front, so WRITEABLE
 * can send the block as it stands.  A peer that sends faster than it reads
 * fills its queue; then we stop reading from it, TCP holds it back, and a
 * connection never takes more than QUEUE_HIGH plus one message.
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL        256             /* payload of the blocks that are reused */
#define SPARE_MAX    1024            /* how many of these are kept */
#define LARGE_MAX    8               /* how many larger ones are kept */
#define LARGE_ROOM   (2u << 20)      /* and how large they are at most */
#define QUEUE_HIGH   (256 * 1024)    /* stop reading from a peer above this */
#define QUEUE_LOW    (64 * 1024)     /* and go on below this */
#define MESSAGE_MAX  (64u << 20)     /* 1009 to a peer that sends more */

struct message {
	struct message *next;
	size_t len, room;
	bool binary;
	unsigned char data[LWS_PRE];     /* the payload follows */
};

/* what the library keeps for us beside each connection, zeroed at first */
struct session {
	struct message *first, *last;    /* whole messages, to be sent */
	struct message *arriving;        /* the one whose end is still to come */
	size_t queued;                   /* bytes to be sent, headers of the blocks included */
	bool paused;
};

static struct lws_context *context;
static volatile sig_atomic_t stop;

static struct message *spare;
static unsigned n_spare;
static struct message *large;        /* for the next long messages */
static unsigned n_large;

static unsigned char *payload(struct message *m)
{
	return m->data + LWS_PRE;
}

/* a kept block that has so much room, or NULL */
static struct message *large_take(size_t room)
{
	struct message **at = &large, *m;

	while (*at && (*at)->room < room)
		at = &(*at)->next;
	m = *at;
	if (m) {
		*at = m->next;
		n_large--;
	}
	return m;
}

static struct message *message_new(size_t room)
{
	struct message *m = spare;

	if (room <= SMALL && m) {
		spare = m->next;
		n_spare--;
	} else if (room <= SMALL || !(m = large_take(room))) {
		if (room < SMALL)
			room = SMALL;
		m = (struct message *)malloc(sizeof *m + room);
		if (!m)
			return NULL;
		m->room = room;
	}
	m->next = NULL;
	m->len = 0;
	return m;
}

static void message_free(struct message *m)
{
	if (m->room == SMALL && n_spare < SPARE_MAX) {
		m->next = spare;
		spare = m;
		n_spare++;
	} else if (m->room > SMALL && m->room <= LARGE_ROOM && n_large < LARGE_MAX) {
		m->next = large;
		large = m;
		n_large++;
	} else {
		free(m);
	}
}

static void pop(struct session *s)
{
	struct message *m = s->first;

	s->queued -= sizeof *m + m->len;
	s->first = m->next;
	if (!s->first)
		s->last = NULL;
	message_free(m);
}

/* Makes room for `more` bytes in the message that is arriving. */
static struct message *reserve(struct lws *wsi, struct session *s, size_t more)
{
	struct message *m = s->arriving;
	size_t room;

	if (!m) {
		m = message_new(more);
		if (!m)
			return NULL;
		m->binary = lws_frame_is_binary(wsi) != 0;
	} else if (m->len + more > m->room) {
		room = m->room * 2 > m->len + more ? m->room * 2 : m->len + more;
		m = (struct message *)realloc(m, sizeof *m + room);
		if (!m)
			return NULL;
		m->room = room;
	}
	s->arriving = m;
	return m;
}

static void push(struct session *s, struct message *m)
{
	if (s->last)
		s->last->next = m;
	else
		s->first = m;
	s->last = m;
	s->queued += sizeof *m + m->len;
}

static int receive(struct lws *wsi, struct session *s, const void *in, size_t len)
{
	/* How much of this frame is still to come is known: make room for it at
	 * once, but believe no more than 1 MiB of it before it is here. */
	size_t rest = lws_remaining_packet_payload(wsi);
	struct message *m = reserve(wsi, s, len + (rest < (1u << 20) ? rest : (1u << 20)));

	if (!m)
		return -1;
	if (m->len + len > MESSAGE_MAX) {
		lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
		return -1;
	}
	if (len)
		memcpy(payload(m) + m->len, in, len);
	m->len += len;
	if (rest || !lws_is_final_fragment(wsi))
		return 0;

	s->arriving = NULL;
	push(s, m);
	if (s->queued > QUEUE_HIGH && !s->paused) {
		s->paused = true;
		lws_rx_flow_control(wsi, 0);
	}
	lws_callback_on_writable(wsi);
	return 0;
}

static int writeable(struct lws *wsi, struct session *s)
{
	while (s->first) {
		struct message *m = s->first;

		if (lws_send_pipe_choked(wsi)) {
			lws_callback_on_writable(wsi);
			break;
		}
		if (lws_write(wsi, payload(m), m->len, m->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < (int)m->len)
			return -1;
		pop(s);
	}
	if (s->paused && s->queued < QUEUE_LOW) {
		s->paused = false;
		lws_rx_flow_control(wsi, 1);
	}
	return 0;
}

static int callback_echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;

	switch (reason) {
	case LWS_CALLBACK_RECEIVE:
		return receive(wsi, s, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writeable(wsi, s);
	case LWS_CALLBACK_CLOSED:
		while (s->first)
			pop(s);
		if (s->arriving)
			message_free(s->arriving);
		return 0;
	default:
		/* plain HTTP requests get a 404 */
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

static bool given(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return false;
}

static const char *option(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return NULL;
}

static const struct lws_extension extensions[] = {
	{ "permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate" },
	{ NULL, NULL, NULL }
};

int main(int argc, char **argv)
{
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;
	struct lws_vhost *vhost;
	const char *value;

	memset(protocols, 0, sizeof protocols);
	memset(&info, 0, sizeof info);
	protocols[0].name = "lws-echo";
	protocols[0].callback = callback_echo;
	protocols[0].per_session_data_size = sizeof(struct session);
	protocols[0].rx_buffer_size = 65536;
	info.port = 7681;

	if ((value = option(argc, argv, "--port")))
		info.port = atoi(value);
	if ((value = option(argc, argv, "--iface")))
		info.iface = value;
	if ((value = option(argc, argv, "--rx-buffer-size")))
		protocols[0].rx_buffer_size = (size_t)atol(value);

	if (given(argc, argv, "--deflate"))
		info.extensions = extensions;
	info.protocols = protocols;
	info.vhost_name = "echo";
	info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
	if ((value = option(argc, argv, "--cert"))) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = value;
		info.ssl_private_key_filepath = option(argc, argv, "--key");
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "echo: no context\n");
		return 1;
	}
	vhost = lws_get_vhost_by_name(context, "echo");
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("echo: listening on port %d\n", lws_get_vhost_listen_port(vhost));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	while (spare) {
		struct message *m = spare;

		spare = m->next;
		free(m);
	}
	while (large) {
		struct message *m = large;

		large = m->next;
		free(m);
	}
	printf("echo: bye\n");
	return 0;
}
