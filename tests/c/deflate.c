/*
 * Echoes each whole message with permessage-deflate, and prints what RECEIVE tells.
 *
 *   deflate [--port P] [--rx N] [--max N] [--stop] [--refuse] [--quiet] [--plain] [--wrapped] [--pieces] [--set NAME=VALUE]
 *           [--connect P] [--offer TEXT] [--fragments]
 *
 * --rx N      rx_buffer_size of the protocol
 * --max N     lwsx_set_max_message_size()
 * --stop      stops reading in each RECEIVE and goes on a millisecond later
 * --refuse    CONFIRM_EXTENSION_OKAY says no
 * --quiet     counts bytes instead of keeping and echoing them; a text message "?" is answered with the count
 * --plain     lwsx_compress_messages(wsi, 0)
 * --wrapped   a callback of its own in front of the ready-made one
 * --connect P  is a client of the server on that port instead of a server
 * --offer TEXT what it offers
 * --pieces    prints each RECEIVE
 * --fragments sends each message in three frames, with a ping in between
 * --set       lws_set_extension_option() in ESTABLISHED
 *
 * What is written stands in memory that is overwritten as soon as lws_write has returned. Compiled with -DOURS it has the
 * options that are lwsx_ functions.
 */
#include "common.h"

struct pss {
	char *text;
	size_t len, room, counted;
	int binary, pending;
};

static bool slow, refuse, quiet, plain, pieces, fragments;
static const char *set;

static int wrapped(struct lws_context *context, const struct lws_extension *ext, struct lws *wsi,
		   enum lws_extension_callback_reasons reason, void *user, void *in, size_t len)
{
	return lws_extension_callback_pm_deflate(context, ext, wsi, reason, user, in, len);
}

/* lws_write() from memory that is overwritten and freed at once */
static int write_copy(struct lws *wsi, const char *text, size_t len, int protocol)
{
	unsigned char *copy = malloc(LWS_PRE + len + 1);
	int failed;

	if (!copy)
		return -1;
	if (len)
		memcpy(copy + LWS_PRE, text, len);
	failed = lws_write(wsi, copy + LWS_PRE, len, (enum lws_write_protocol)protocol) < (int)len;
	memset(copy, 'X', LWS_PRE + len);
	free(copy);
	return failed ? -1 : 0;
}

static int answer(struct lws *wsi, struct pss *p)
{
	int kind = p->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT, failed;
	size_t a = p->len / 3, b = a * 2;

	if (fragments)
		failed = write_copy(wsi, p->text, a, kind | LWS_WRITE_NO_FIN) ||
			 write_copy(wsi, "between", 7, LWS_WRITE_PING) ||
			 write_copy(wsi, p->text + a, b - a, LWS_WRITE_CONTINUATION | LWS_WRITE_NO_FIN) ||
			 write_copy(wsi, p->text + b, p->len - b, LWS_WRITE_CONTINUATION);
	else
		failed = write_copy(wsi, p->text, p->len, kind);
	p->len = 0;
	p->pending = 0;
	lws_rx_flow_control(wsi, 1);
	return failed ? -1 : 0;
}

static int received(struct lws *wsi, struct pss *p, const char *in, size_t len)
{
	int final = lws_is_final_fragment(wsi);

	if (pieces)
		say("piece %zu first=%d final=%d left=%zu rsv=%d", len, lws_is_first_fragment(wsi), final,
		    lws_remaining_packet_payload(wsi), lws_get_reserved_bits(wsi));
	if (slow) {
		lws_rx_flow_control(wsi, 0);
		lws_set_timer_usecs(wsi, 1000);
	}
	p->binary = lws_frame_is_binary(wsi);
	if (quiet && !(len == 1 && *in == '?')) {
		p->counted += len;
		return 0;
	}
	if (quiet) {
		char count[32];

		len = (size_t)snprintf(count, sizeof count, "%zu", p->counted);
		p->counted = 0;
		in = count;
		p->text = realloc(p->text, 64);
		if (!p->text)
			return -1;
		memcpy(p->text, in, len);
		p->len = len;
	} else {
		if (p->len + len > p->room) {
			size_t room = (p->len + len) * 2;
			char *more = realloc(p->text, room);

			if (!more)
				return -1;
			p->text = more;
			p->room = room;
		}
		if (len)
			memcpy(p->text + p->len, in, len);
		p->len += len;
	}
	if (final) {
		p->pending = 1;
		if (!slow)
			lws_rx_flow_control(wsi, 0);
		lws_callback_on_writable(wsi);
	}
	return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct pss *p = (struct pss *)user;

	switch (reason) {
	case LWS_CALLBACK_CONFIRM_EXTENSION_OKAY:
		say("asked for %s", (const char *)in);
		return refuse;
	case LWS_CALLBACK_WS_EXT_DEFAULTS:
		say("defaults of %s", (const char *)user);
		if (set)
			snprintf((char *)in, len, "%s", set);
		break;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		die("failed: %s", in ? (const char *)in : "");
		break;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
	case LWS_CALLBACK_ESTABLISHED:
#if defined(OURS)
		if (plain && lwsx_compress_messages(wsi, 0))
			say("no permessage-deflate");
#endif
		if (set && reason == LWS_CALLBACK_ESTABLISHED) {
			char name[64];
			const char *value = strchr(set, '=');

			if (!value)
				return -1;
			snprintf(name, sizeof name, "%.*s", (int)(value - set), set);
			say("option -> %d", lws_set_extension_option(wsi, "permessage-deflate", name, value + 1));
		}
		break;
	case LWS_CALLBACK_RECEIVE:
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return received(wsi, p, (const char *)in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		if (p->pending)
			return answer(wsi, p);
		break;
	case LWS_CALLBACK_TIMER:
		if (!p->pending)
			lws_rx_flow_control(wsi, 1);
		break;
	case LWS_CALLBACK_CLIENT_CLOSED:
		stop = 1;
		/* fall through */
	case LWS_CALLBACK_CLOSED:
		free(p->text);
		p->text = NULL;
		break;
	default:
		break;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct lws_extension extensions[] = {
		{ "permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits" },
		{ NULL, NULL, NULL }
	};
	struct lws_protocols protocols[] = {
		{ "echo", callback, sizeof(struct pss), 0, 0, NULL, 0 },
		{ NULL, NULL, 0, 0, 0, NULL, 0 }
	};
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	protocols[0].rx_buffer_size = strtoul(option(argc, argv, "--rx", "0"), NULL, 10);
	set = option(argc, argv, "--set", NULL);
	slow = given(argc, argv, "--stop");
	refuse = given(argc, argv, "--refuse");
	quiet = given(argc, argv, "--quiet");
	plain = given(argc, argv, "--plain");
	pieces = given(argc, argv, "--pieces");
	fragments = given(argc, argv, "--fragments");
	if (given(argc, argv, "--wrapped"))
		extensions[0].callback = wrapped;
	info.port = given(argc, argv, "--connect") ? CONTEXT_PORT_NO_LISTEN : atoi(option(argc, argv, "--port", "0"));
	extensions[0].client_offer = option(argc, argv, "--offer", extensions[0].client_offer);
	info.protocols = protocols;
	info.extensions = extensions;
	info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
	context = lws_create_context(&info);
	if (!context)
		die("no context");
#if defined(OURS)
	lwsx_set_max_message_size(context, strtoul(option(argc, argv, "--max", "0"), NULL, 10));
#endif
	end_on_signals();
	if (given(argc, argv, "--connect")) {
		struct lws_client_connect_info connect;

		memset(&connect, 0, sizeof connect);
		connect.context = context;
		connect.address = "127.0.0.1";
		connect.port = atoi(option(argc, argv, "--connect", "0"));
		connect.path = "/";
		connect.host = connect.address;
		connect.protocol = "echo";
		if (!lws_client_connect_via_info(&connect))
			die("no connection");
	} else
		say("listening on port %d", port_of("default"));
	serve();
	lws_context_destroy(context);
	return 0;
}
