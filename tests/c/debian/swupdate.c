/*
 * swupdate: uses the library as Debian's swupdate does to follow the progress of
 * another device: one thread makes the context and the connection, serves it,
 * and destroys it, all over again for each device, and what the callback does
 * not know goes to lws_callback_http_dummy().
 *
 *   swupdate PORT...
 */
#include "../common.h"

struct device {
	bool ended;
	int messages;
};

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct device *d = (struct device *)user;

	switch (reason) {
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		say("connection error: %s", in ? (const char *)in : "(null)");
		d->ended = true;
		break;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		say("message: %.*s", (int)len, (const char *)in);
		d->messages++;
		break;
	case LWS_CALLBACK_CLIENT_CLOSED:
		say("closed");
		d->ended = true;
		break;
	default:
		break;
	}
	return lws_callback_http_dummy(wsi, reason, user, in, len);
}

static const struct lws_protocols protocols[] = {
	{ "swupdate-progress", callback, 0, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

static void follow(int port)
{
	struct lws_context_creation_info info;
	struct lws_client_connect_info to;
	struct device d = { false, 0 };

	memset(&info, 0, sizeof info);
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	if (!(context = lws_create_context(&info)))
		die("swupdate: no context");
	memset(&to, 0, sizeof to);
	to.context = context;
	to.address = to.host = to.origin = "127.0.0.1";
	to.port = port;
	to.path = "/ws";
	to.ietf_version_or_minus_one = -1;
	to.userdata = &d;
	if (!lws_client_connect_via_info(&to))
		d.ended = true;
	while (!d.ended && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	say("device %d: %d messages", port, d.messages);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		follow(atoi(argv[i]));
	return 0;
}
