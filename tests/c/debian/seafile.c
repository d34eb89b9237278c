/*
 * seafile: uses the library as Debian's seaf-daemon does for notifications.
 *
 *   seafile --port N --pongs N --rounds N
 *
 * The main thread makes the context (fd_limit_per_thread 3) and formats with
 * lws_snprintf() all the while; a thread of its own connects, serves and, when a
 * connection ends, connects again. The library pings the server each second by
 * the policy of the connect info, since the program writes no PING, and
 * CLIENT_RECEIVE_PONG tells that the server lives. Messages are written from
 * callbacks, WRITEABLE is never asked for.
 */
#include "../common.h"

static const lws_retry_bo_t each_second = { .secs_since_valid_ping = 1, .secs_since_valid_hangup = 5 };
static int port, pongs_wanted, rounds;
static struct { bool ended, failed; int pongs, received; } now;

static int subscribe(struct lws *wsi)
{
	char text[LWS_PRE + 64];
	int len = lws_snprintf(text + LWS_PRE, 64, "{\"type\": \"subscribe\", \"round\": %d}", rounds);

	return lws_write(wsi, (unsigned char *)text + LWS_PRE, (size_t)len, LWS_WRITE_TEXT) < len ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)user;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		return subscribe(wsi);
	case LWS_CALLBACK_CLIENT_RECEIVE:
		say("notified: %.*s", (int)len, (const char *)in);
		now.received++;
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		say("pong");
		/* leaving closes the connection */
		return ++now.pongs >= pongs_wanted ? -1 : 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		say("connection error: %s", in ? (const char *)in : "(null)");
		now.failed = now.ended = true;
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		now.ended = true;
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{ "notification.seafile.com", callback, 0, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

static void *notifications(void *unused)
{
	pthread_setname_np(pthread_self(), "notifications");
	for (; rounds > 0; rounds--) {
		struct lws_client_connect_info to;

		memset(&now, 0, sizeof now);
		memset(&to, 0, sizeof to);
		to.context = context;
		to.address = to.host = to.origin = "127.0.0.1";
		to.port = port;
		to.path = "/notification";
		to.protocol = protocols[0].name;
		to.retry_and_idle_policy = &each_second;
		if (!lws_client_connect_via_info(&to))
			now.ended = now.failed = true;
		while (!now.ended && lws_service(context, 0) >= 0)
			;
		say("round: %d pongs, %d notifications%s", now.pongs, now.received, now.failed ? ", failed" : "");
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	return unused;
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info;
	unsigned long formatted = 0;
	pthread_t thread;
	char text[16];

	port = atoi(option(argc, argv, "--port", "0"));
	pongs_wanted = atoi(option(argc, argv, "--pongs", "2"));
	rounds = atoi(option(argc, argv, "--rounds", "2"));
	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.fd_limit_per_thread = 1 + 1 + 1;
	if (!(context = lws_create_context(&info)))
		die("seafile: no context");
	pthread_create(&thread, NULL, notifications, NULL);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		if (lws_snprintf(text, sizeof text, "%lu", formatted) != snprintf(NULL, 0, "%lu", formatted))
			die("seafile: lws_snprintf gives the wrong length");
		formatted++;
		usleep(1000);
	}
	pthread_join(thread, NULL);
	lws_context_destroy(context);
	say("seafile: formatted %s", formatted ? "all the while" : "nothing");
	return 0;
}
