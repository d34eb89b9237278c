/*
 * mutual-tls: both sides show a certificate. The library lets in who has one by the
 * authority; who of them may see what, the callback decides by the name in it.
 *
 *   --port N       port to listen on (7681); 0 takes a free one
 *   --certs DIR    folder with ca.pem, server.pem and server.key (.)
 *   --allow NAME   whose certificate opens the door (alice)
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lws_context *context;
static volatile sig_atomic_t stop;
static const char *allowed;

/* The common name of the peer's certificate; it ends in a buffer of our own. */
static const char *name_of(struct lws *wsi, char *name, size_t room)
{
	union {
		union lws_tls_cert_info_results result;
		char space[sizeof(union lws_tls_cert_info_results) + 128];
	} answer;

	memset(&answer, 0, sizeof answer);
	if (lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_VERIFIED, &answer.result, 0) || !answer.result.verified)
		return NULL;
	memset(&answer, 0, sizeof answer);
	if (lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_COMMON_NAME, &answer.result, 128))
		return NULL;
	lws_snprintf(name, room, "%s", answer.result.ns.name);
	return name;
}

static int respond(struct lws *wsi, unsigned int status, const char *text)
{
	unsigned char area[LWS_PRE + 512], *start = area + LWS_PRE, *p = start, *end = area + sizeof area - 1;
	unsigned char body[LWS_PRE + 256];
	size_t len = strlen(text);

	memcpy(body + LWS_PRE, text, len);
	if (lws_add_http_common_headers(wsi, status, "text/plain", len, &p, end) ||
	    lws_finalize_write_http_header(wsi, start, &p, end) ||
	    lws_write(wsi, body + LWS_PRE, len, LWS_WRITE_HTTP_FINAL) < 0)
		return -1;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int callback_door(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	char name[128], text[200];

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		if (!name_of(wsi, name, sizeof name))
			return respond(wsi, HTTP_STATUS_FORBIDDEN, "no name\n");
		lws_snprintf(text, sizeof text, strcmp(name, allowed) ? "not for you, %s\n" : "welcome, %s\n", name);
		printf("mutual-tls: %s", text);
		fflush(stdout);
		return respond(wsi, strcmp(name, allowed) ? HTTP_STATUS_FORBIDDEN : HTTP_STATUS_OK, text);
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

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return otherwise;
}

int main(int argc, char **argv)
{
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;
	const char *dir = option(argc, argv, "--certs", ".");
	char ca[512], cert[512], key[512];

	allowed = option(argc, argv, "--allow", "alice");
	snprintf(ca, sizeof ca, "%s/ca.pem", dir);
	snprintf(cert, sizeof cert, "%s/server.pem", dir);
	snprintf(key, sizeof key, "%s/server.key", dir);

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "door";
	protocols[0].callback = callback_door;

	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "7681"));
	info.protocols = protocols;
	info.vhost_name = "mutual-tls";
	info.ssl_cert_filepath = cert;
	info.ssl_private_key_filepath = key;
	info.ssl_ca_filepath = ca;               /* who signs for clients */
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
		       LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "mutual-tls: no context (./make-certs makes certificates)\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("mutual-tls: listening on port %d\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "mutual-tls")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	printf("mutual-tls: bye\n");
	return 0;
}
