/*
 * wss-echo: an echo over TLS (wss://): what the echo example is, short, and with
 * a certificate.
 *
 *   --port N      port to listen on (7681); 0 takes a free one
 *   --cert FILE   certificate, PEM (cert.pem)
 *   --key FILE    its private key, PEM (key.pem)
 *
 * TLS changes nothing in the callback: lws_write() and WRITEABLE work as on a
 * plain connection.  A message of up to MOST bytes is collected, and reading
 * stops until it has been sent back.
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 65536

struct session {
	unsigned char *message;          /* LWS_PRE + MOST bytes while one is under way */
	size_t len;
	int binary;
};

static struct lws_context *context;
static volatile sig_atomic_t stop;

static int receive(struct lws *wsi, struct session *s, const void *in, size_t len)
{
	if (!s->message)
		s->message = (unsigned char *)malloc(LWS_PRE + MOST);
	if (!s->message)
		return -1;
	if (s->len + len > MOST) {
		lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
		return -1;
	}
	if (len)
		memcpy(s->message + LWS_PRE + s->len, in, len);
	s->len += len;
	s->binary = lws_frame_is_binary(wsi);
	if (lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
		return 0;
	lws_rx_flow_control(wsi, 0);
	lws_callback_on_writable(wsi);
	return 0;
}

static int callback_echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		printf("wss-echo: a peer, TLS: %s\n", lws_is_ssl(wsi) ? "yes" : "no");
		fflush(stdout);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return receive(wsi, s, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (!s->message)
			return 0;
		if (lws_write(wsi, s->message + LWS_PRE, s->len, s->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0)
			return -1;
		free(s->message);        /* what the socket did not take is kept by the library */
		s->message = NULL;
		s->len = 0;
		lws_rx_flow_control(wsi, 1);
		return 0;
	case LWS_CALLBACK_CLOSED:
		free(s->message);
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

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "wss-echo";
	protocols[0].callback = callback_echo;
	protocols[0].per_session_data_size = sizeof(struct session);
	protocols[0].rx_buffer_size = 16384;

	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "7681"));
	info.protocols = protocols;
	info.vhost_name = "wss-echo";
	/* these three make it TLS */
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.ssl_cert_filepath = option(argc, argv, "--cert", "cert.pem");
	info.ssl_private_key_filepath = option(argc, argv, "--key", "key.pem");

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "wss-echo: no context (./make-cert makes a certificate)\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("wss-echo: listening on port %d\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "wss-echo")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	printf("wss-echo: bye\n");
	return 0;
}
