/*
 * client-reconnect: keeps a WebSocket connection to a server that goes away and
 * comes back. Tries again with growing delays, and notices a dead peer by pings.
 *
 *   client-reconnect [--host NAME] [--port N] [--tries N]
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t delays_ms[] = { 100, 200, 400, 800, 1600 };

static const lws_retry_bo_t policy = {
	delays_ms, LWS_ARRAY_SIZE(delays_ms), 1000,     /* so many tries before giving up */
	3, 5,                                           /* ping after 3 s of silence, hang up after 5 */
	20,                                             /* percent of jitter */
};

struct link {
	lws_sorted_usec_list_t timer;                   /* when to try again */
	struct lws *wsi;
	uint16_t tries;
};

static struct lws_context *context;
static struct link the_link;
static const char *host;
static int port, tries_left = -1;
static volatile sig_atomic_t stop;

static void try_again(struct link *link);

static void connect_now(lws_sorted_usec_list_t *timer)
{
	struct link *link = lws_container_of(timer, struct link, timer);
	struct lws_client_connect_info ask;

	memset(&ask, 0, sizeof ask);
	ask.context = context;
	ask.address = ask.host = host;
	ask.port = port;
	ask.path = "/";
	ask.local_protocol_name = "client-reconnect";
	ask.retry_and_idle_policy = &policy;
	ask.pwsi = &link->wsi;
	printf("client-reconnect: try %d\n", link->tries + 1);
	fflush(stdout);
	/* when it fails at once, CLIENT_CONNECTION_ERROR has come already and the next try is set */
	lws_client_connect_via_info(&ask);
}

static void try_again(struct link *link)
{
	if (tries_left > 0 && !--tries_left) {
		printf("client-reconnect: giving up\n");
		stop = 1;
		return;
	}
	lws_retry_sul_schedule(context, 0, &link->timer, &policy, connect_now, &link->tries);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)user;
	(void)wsi;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		printf("client-reconnect: connected after %d failed tries\n", the_link.tries);
		the_link.tries = 0;
		break;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		printf("client-reconnect: got %.*s\n", (int)len, (const char *)in);
		break;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		printf("client-reconnect: failed: %s\n", in ? (const char *)in : "no reason");
		try_again(&the_link);
		break;
	case LWS_CALLBACK_CLIENT_CLOSED:
		printf("client-reconnect: lost\n");
		if (!stop)
			try_again(&the_link);
		break;
	default:
		break;
	}
	fflush(stdout);
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ "client-reconnect", callback, 0, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
	int i;

	for (i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return otherwise;
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info;

	host = option(argc, argv, "--host", "localhost");
	port = atoi(option(argc, argv, "--port", "7681"));
	tries_left = atoi(option(argc, argv, "--tries", "-1"));
	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		return 1;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	connect_now(&the_link.timer);
	while (!stop && lws_service(context, 0) >= 0)
		;
	stop = 1;
	lws_context_destroy(context);
	printf("client-reconnect: bye\n");
	return 0;
}
