/*
 * https-files: a static site over https. Who speaks plain http to the port is sent
 * to https, and browsers are told to stay there (HSTS).
 *
 *   --port N      port to listen on (7681); 0 takes a free one
 *   --dir PATH    the site's folder (site)
 *   --cert FILE   certificate, PEM (cert.pem)
 *   --key FILE    its private key, PEM (key.pem)
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lws_context *context;
static volatile sig_atomic_t stop;

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
	struct lws_http_mount site;
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;

	memset(&site, 0, sizeof site);
	site.mountpoint = "/";
	site.mountpoint_len = 1;
	site.origin = option(argc, argv, "--dir", "site");
	site.def = "index.html";
	site.origin_protocol = LWSMPRO_FILE;

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "http";
	protocols[0].callback = lws_callback_http_dummy;

	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "7681"));
	info.protocols = protocols;
	info.vhost_name = "https-files";
	info.mounts = &site;
	info.ssl_cert_filepath = option(argc, argv, "--cert", "cert.pem");
	info.ssl_private_key_filepath = option(argc, argv, "--key", "key.pem");
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
		       LWS_SERVER_OPTION_ALLOW_NON_SSL_ON_SSL_PORT |  /* look at plain http ... */
		       LWS_SERVER_OPTION_REDIRECT_HTTP_TO_HTTPS |     /* ... and send it on */
		       LWS_SERVER_OPTION_STS;                         /* Strict-Transport-Security */

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "https-files: no context (./make-cert makes a certificate)\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("https-files: open https on port %d\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "https-files")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	printf("https-files: bye\n");
	return 0;
}
