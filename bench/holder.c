/*
 * holder: holds connections that say nothing, with 16 bytes of the program's
 * own for each.  bench/run sees what memory they take, on whichever library it
 * is started.
 *
 *   --port N     port to listen on (7681)
 *   --cert FILE  speaks TLS with this certificate (PEM) ...
 *   --key FILE   ... and its private key
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct session {
	unsigned long long since, received;
};

static struct lws_context *context;
static volatile sig_atomic_t stop;

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		s->since = (unsigned long long)lws_now_usecs();
		return 0;
	case LWS_CALLBACK_RECEIVE:
		s->received += len;
		return 0;
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

static const char *option(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = {
		{ "holder", callback, sizeof(struct session), 4096, 0, NULL, 0 },
		{ NULL, NULL, 0, 0, 0, NULL, 0 }
	};
	struct lws_context_creation_info info;
	const char *port = option(argc, argv, "--port");

	memset(&info, 0, sizeof info);
	info.port = port ? atoi(port) : 7681;
	info.protocols = protocols;
	if (option(argc, argv, "--cert")) {
		info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = option(argc, argv, "--cert");
		info.ssl_private_key_filepath = option(argc, argv, "--key");
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "holder: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	while (!stop && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	return 0;
}
