/*
 * flow: a server that a test commands, to look at reading, writing and flow
 * control from inside.
 *
 * A connection is called by the path of its request.  One that is called
 * /control takes commands as text, and answers each with one text message:
 *
 *   stats NAME             counters of a connection as JSON, also after its end
 *   nag NAME N             calls lws_callback_on_writable() N times
 *   write NAME SIZE COUNT  at its next WRITEABLE: COUNT calls of lws_write, SIZE
 *                          bytes each, whatever the socket says
 *   stream NAME SIZE COUNT sends COUNT messages while the socket has room
 *   rx NAME 0|1            lws_rx_flow_control
 *   hold NAME N            the connection stops its own reading in RECEIVE, after
 *                          N more pieces
 *
 * Bytes that are sent follow `pattern`; a path that begins with /held stops its
 * reading in ESTABLISHED; one with /echo sends every piece back; one with /sink
 * only counts;
 * one with /step stops reading with each piece and goes on in WRITEABLE.
 */
#include "common.h"
#include <inttypes.h>

/* Not in the original. */
extern __attribute__((weak)) void lwsx_set_max_backlog(struct lws_context *context, size_t bytes);

#define NAMES   256
#define PIECES  64

struct connection {
	char name[48];
	struct lws *wsi;                    /* NULL: gone */
	unsigned writeables, receives, messages;
	uint64_t bytes;
	uint32_t adler;                     /* Adler-32 of all payload; not for /sink… */
	int hold;                           /* pieces until reading stops; 0: no */
	size_t write_size, stream_size;
	unsigned write_count, stream_left;
	int last_write;
	uint64_t sent;
	char pieces[PIECES * 24];           /* the first ones, as JSON */
	unsigned n_pieces;
	bool partial, choked;               /* as seen right after the last write */
	bool writeable_while_partial;
	char reasons[512];                  /* callbacks in order, repeats left out */
	char *reply;                        /* what a control connection has to send */
	unsigned char *echo;
	size_t echo_len;
};

struct session {
	struct connection *c;
};

static struct connection all[NAMES];
static unsigned n_all;

static struct connection *find(const char *name)
{
	for (unsigned i = n_all; i-- > 0;)
		if (!strcmp(all[i].name, name))
			return &all[i];
	return NULL;
}

static void note(struct connection *c, const char *reason)
{
	size_t n = strlen(c->reasons), l = strlen(reason);

	if (n >= l && !strcmp(c->reasons + n - l, reason))
		return;
	if (n + l + 2 < sizeof c->reasons)
		snprintf(c->reasons + n, sizeof c->reasons - n, "%s%s", n ? " " : "", reason);
}

static void pattern(unsigned char *to, size_t len, uint64_t from)
{
	for (size_t i = 0; i < len; i++, from++)
		to[i] = (unsigned char)(from * 31 + (from >> 8) * 7 + (from >> 16));
}

static uint32_t adler32(uint32_t before, const unsigned char *in, size_t len)
{
	uint32_t a = before & 0xffff, b = before >> 16;

	for (size_t i = 0; i < len; i++) {
		a = (a + in[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static void write_patterned(struct connection *c, size_t size)
{
	unsigned char *b = malloc(LWS_PRE + size);

	if (!b)
		die("no memory");
	pattern(b + LWS_PRE, size, c->sent);
	c->sent += size;
	c->last_write = lws_write(c->wsi, b + LWS_PRE, size, LWS_WRITE_BINARY);
	c->partial = lws_partial_buffered(c->wsi);
	c->choked = lws_send_pipe_choked(c->wsi);
	free(b);
}

static int writeable(struct connection *c)
{
	unsigned char *b;
	int n;

	c->writeables++;
	note(c, "WRITEABLE");
	if (!strncmp(c->name, "/step", 5))
		lws_rx_flow_control(c->wsi, 1);
	if (lws_partial_buffered(c->wsi))
		c->writeable_while_partial = true;
	if (c->reply) {
		size_t len = strlen(c->reply);

		b = malloc(LWS_PRE + len);
		if (!b)
			die("no memory");
		memcpy(b + LWS_PRE, c->reply, len);
		n = lws_write(c->wsi, b + LWS_PRE, len, LWS_WRITE_TEXT);
		free(b);
		free(c->reply);
		c->reply = NULL;
		return n < (int)len ? -1 : 0;
	}
	if (c->echo) {
		n = lws_write(c->wsi, c->echo + LWS_PRE, c->echo_len, LWS_WRITE_BINARY);
		free(c->echo);
		c->echo = NULL;
		return n < 0 ? -1 : 0;
	}
	while (c->write_count) {
		c->write_count--;
		write_patterned(c, c->write_size);
		if (c->last_write < (int)c->write_size)
			return -1;
	}
	while (c->stream_left) {
		if (lws_send_pipe_choked(c->wsi)) {
			lws_callback_on_writable(c->wsi);
			return 0;
		}
		c->stream_left--;
		write_patterned(c, c->stream_size);
		if (c->last_write < (int)c->stream_size)
			return -1;
	}
	return 0;
}

static char *stats(const struct connection *c)
{
	char *json;

	if (asprintf(&json,
		     "{\"live\": %s, \"writeables\": %u, \"receives\": %u, \"messages\": %u, \"bytes\": %" PRIu64
		     ", \"adler\": %u, \"sent\": %" PRIu64 ", \"last_write\": %d, \"partial\": %s, \"choked\": %s, "
		     "\"partial_now\": %d, \"choked_now\": %d, \"writeable_while_partial\": %s, \"pieces\": [%s], "
		     "\"reasons\": \"%s\"}",
		     c->wsi ? "true" : "false", c->writeables, c->receives, c->messages, c->bytes, c->adler, c->sent,
		     c->last_write, c->partial ? "true" : "false", c->choked ? "true" : "false",
		     c->wsi ? lws_partial_buffered(c->wsi) : -1, c->wsi ? lws_send_pipe_choked(c->wsi) : -1,
		     c->writeable_while_partial ? "true" : "false", c->pieces, c->reasons) < 0)
		die("no memory");
	return json;
}

static char *command(const char *text)
{
	char what[16], name[48];
	size_t size = 0;
	unsigned count = 0;
	struct connection *c;
	int n = sscanf(text, "%15s %47s %zu %u", what, name, &size, &count);

	c = n >= 2 ? find(name) : NULL;
	if (!c)
		return strdup("{\"error\": \"no such connection\"}");
	if (!strcmp(what, "stats"))
		return stats(c);
	if (!c->wsi)
		return strdup("{\"error\": \"connection has gone\"}");
	if (!strcmp(what, "nag") && n == 3) {
		while (size--)
			lws_callback_on_writable(c->wsi);
	} else if (!strcmp(what, "write") && n == 4) {
		c->write_size = size;
		c->write_count = count;
		lws_callback_on_writable(c->wsi);
	} else if (!strcmp(what, "stream") && n == 4) {
		c->stream_size = size;
		c->stream_left = count;
		lws_callback_on_writable(c->wsi);
	} else if (!strcmp(what, "rx") && n == 3) {
		lws_rx_flow_control(c->wsi, (int)size);
	} else if (!strcmp(what, "hold") && n == 3) {
		c->hold = (int)size;
	} else {
		return strdup("{\"error\": \"no such command\"}");
	}
	return strdup("{}");
}

static int receive(struct lws *wsi, struct connection *c, const unsigned char *in, size_t len)
{
	size_t used = strlen(c->pieces);

	note(c, "RECEIVE");
	if (!strcmp(c->name, "/control")) {
		char text[200];

		if (len >= sizeof text || c->reply)
			return -1;
		memcpy(text, in, len);
		text[len] = '\0';
		c->reply = command(text);
		lws_callback_on_writable(wsi);
		return 0;
	}
	c->receives++;
	c->bytes += len;
	if (strncmp(c->name, "/sink", 5))
		c->adler = adler32(c->adler, in, len);
	if (c->n_pieces < PIECES) {
		c->n_pieces++;
		snprintf(c->pieces + used, sizeof c->pieces - used, "%s%zu", used ? ", " : "", len);
	}
	if (!lws_remaining_packet_payload(wsi) && lws_is_final_fragment(wsi))
		c->messages++;
	if (c->hold && --c->hold == 0)
		lws_rx_flow_control(wsi, 0);
	if (!strncmp(c->name, "/step", 5)) {
		lws_rx_flow_control(wsi, 0);
		lws_callback_on_writable(wsi);
	}
	if (!strncmp(c->name, "/echo", 5) && !c->echo) {
		c->echo = malloc(LWS_PRE + len);
		if (!c->echo)
			die("no memory");
		memcpy(c->echo + LWS_PRE, in, len);
		c->echo_len = len;
		lws_callback_on_writable(wsi);
	}
	return 0;
}

static int callback_flow(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;
	struct connection *c = s ? s->c : NULL;

	switch (reason) {
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		if (n_all == NAMES)
			return -1;
		s->c = c = &all[n_all++];
		memset(c, 0, sizeof *c);
		c->adler = 1;
		c->wsi = wsi;
		if (lws_hdr_copy(wsi, c->name, sizeof c->name, WSI_TOKEN_GET_URI) <= 0)
			return -1;
		return 0;
	case LWS_CALLBACK_ESTABLISHED:
		note(c, "ESTABLISHED");
		if (!strncmp(c->name, "/held", 5))
			lws_rx_flow_control(wsi, 0);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return receive(wsi, c, (const unsigned char *)in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writeable(c);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		note(c, "PEER_CLOSE");
		return 0;
	case LWS_CALLBACK_CLOSED:
		if (!c)
			return 0;
		note(c, "CLOSED");
		c->wsi = NULL;
		free(c->reply);
		c->reply = NULL;
		free(c->echo);
		c->echo = NULL;
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

int main(int argc, char **argv)
{
	const char *nofile = option(argc, argv, "--nofile", NULL), *folder = option(argc, argv, "--mount", NULL);
	struct lws_context_creation_info info = { 0 };
	struct lws_http_mount mount = { 0 };
	struct lws_protocols protocols[] = {
		{ .name = "flow", .callback = callback_flow, .per_session_data_size = sizeof(struct session) },
		{ 0 }
	};

	protocols[0].rx_buffer_size = (size_t)atol(option(argc, argv, "--rx-buffer-size", "0"));
	info.port = atoi(option(argc, argv, "--port", "0"));
	info.iface = option(argc, argv, "--iface", NULL);
	info.timeout_secs = (unsigned)atoi(option(argc, argv, "--timeout", "0"));
	info.timeout_secs_ah_idle = info.timeout_secs;
	info.protocols = protocols;
	info.vhost_name = "flow";
	if (given(argc, argv, "--cert")) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = option(argc, argv, "--cert", NULL);
		info.ssl_private_key_filepath = option(argc, argv, "--key", NULL);
	}
	if (folder) {
		mount.mountpoint = "/files";
		mount.mountpoint_len = 6;
		mount.origin = folder;
		mount.origin_protocol = LWSMPRO_FILE;
		info.mounts = &mount;
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (context && lwsx_set_max_backlog)
		lwsx_set_max_backlog(context, (size_t)atol(option(argc, argv, "--max-backlog", "0")));
	if (!context)
		die("flow: no context");
	end_on_signals();
	if (given(argc, argv, "--sigpipe-kills"))
		signal(SIGPIPE, SIG_DFL);
	if (nofile) {
		struct rlimit limit = { (rlim_t)atoi(nofile), (rlim_t)atoi(nofile) };

		if (setrlimit(RLIMIT_NOFILE, &limit))
			die("setrlimit: %s", strerror(errno));
	}
	say("flow: listening on port %d", port_of("flow"));
	serve();
	lws_context_destroy(context);
	say("flow: bye");
	return 0;
}
