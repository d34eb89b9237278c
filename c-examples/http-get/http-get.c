/*
 * http-get: a small curl. Prints the body of http://HOST:PORT/PATH or https://…,
 * the status on stderr.
 *
 *   http-get URL [--data TEXT] [--user NAME:PASSWORD] [--no-follow] [--cacert FILE]
 */
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *data, *user;
static bool over, complete;
static unsigned status;

static int add_header(struct lws *wsi, enum lws_token_indexes token, const char *value, unsigned char **p, unsigned char *end)
{
	return lws_add_http_header_by_token(wsi, token, (const unsigned char *)value, (int)strlen(value), p, end);
}

static int add_headers(struct lws *wsi, unsigned char **p, unsigned char *end)
{
	char text[192];

	if (user) {
		char name[96];
		const char *colon = strchr(user, ':');

		snprintf(name, sizeof name, "%.*s", colon ? (int)(colon - user) : (int)strlen(user), user);
		if (lws_http_basic_auth_gen(name, colon ? colon + 1 : "", text, sizeof text) ||
		    add_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, text, p, end))
			return -1;
	}
	if (!data || lws_http_is_redirected_to_get(wsi))
		return 0;
	snprintf(text, sizeof text, "%zu", strlen(data));
	if (add_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, p, end))
		return -1;
	lws_client_http_body_pending(wsi, 1);
	lws_callback_on_writable(wsi);
	return 0;
}

static int send_body(struct lws *wsi)
{
	size_t len = strlen(data);
	unsigned char *block = (unsigned char *)malloc(LWS_PRE + len);
	int sent;

	if (!block)
		return -1;
	memcpy(block + LWS_PRE, data, len);
	lws_client_http_body_pending(wsi, 0);
	sent = lws_write(wsi, block + LWS_PRE, len, LWS_WRITE_HTTP_FINAL);
	free(block);
	return sent < 0 ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *session, void *in, size_t len)
{
	char buffer[16384 + LWS_PRE], *p = buffer + LWS_PRE;
	int room = (int)sizeof buffer - LWS_PRE;

	(void)session;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: {
		unsigned char **at = (unsigned char **)in;

		return add_headers(wsi, at, *at + len);
	}
	case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
		return data ? send_body(wsi) : 0;
	case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
		fprintf(stderr, "http-get: %zu, to %s\n", len, (const char *)in);
		break;
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		status = lws_http_client_http_response(wsi);
		fprintf(stderr, "http-get: %u\n", status);
		break;
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
		return lws_http_client_read(wsi, &p, &room) < 0 ? -1 : 0;
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		return fwrite(in, 1, len, stdout) == len ? 0 : -1;
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
		complete = true;
		return -1;      /* nothing more is wanted of this connection */
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		fprintf(stderr, "http-get: no answer: %s\n", in ? (const char *)in : "no reason");
		break;
	case LWS_CALLBACK_WSI_DESTROY:
		over = true;
		break;
	default:
		break;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ "http-get", callback, 0, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

static int usage(void)
{
	fprintf(stderr, "usage: http-get http[s]://HOST[:PORT][/PATH] [--data TEXT] [--user NAME:PASSWORD] [--no-follow]\n"
			"       [--cacert FILE]\n");
	return 2;
}

/* The parts of a URL: HOST:PORT for the Host header, HOST, PORT and PATH to go to. 0: it is none. */
static int read_url(const char *url, struct lws_client_connect_info *ask)
{
	static char authority[300], address[256], path[2048];
	int is_https = !strncmp(url, "https://", 8);
	const char *rest, *colon, *end;
	size_t length;

	if (!is_https && strncmp(url, "http://", 7))
		return 0;
	rest = url + (is_https ? 8 : 7);
	length = strcspn(rest, "/");
	snprintf(authority, sizeof authority, "%.*s", (int)length, rest);
	snprintf(path, sizeof path, "%s", rest[length] ? rest + length : "/");
	end = authority + strlen(authority);
	colon = strrchr(authority, ':');
	if (colon && strchr(colon, ']'))        /* an IPv6 address without a port */
		colon = NULL;
	snprintf(address, sizeof address, "%.*s", (int)((colon ? colon : end) - authority), authority);
	ask->address = address;
	ask->host = authority;
	ask->path = path;
	ask->port = colon ? atoi(colon + 1) : is_https ? 443 : 80;
	if (is_https)
		ask->ssl_connection |= LCCSCF_USE_SSL;
	return address[0] != 0;
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info;
	struct lws_client_connect_info ask;
	struct lws_context *context;
	int i;

	memset(&info, 0, sizeof info);
	memset(&ask, 0, sizeof ask);
	if (argc < 2 || !read_url(argv[1], &ask))
		return usage();
	for (i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--no-follow"))
			ask.ssl_connection |= LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
		else if (!strcmp(argv[i], "--data") && i + 1 < argc)
			data = argv[++i];
		else if (!strcmp(argv[i], "--user") && i + 1 < argc)
			user = argv[++i];
		else if (!strcmp(argv[i], "--cacert") && i + 1 < argc)
			info.client_ssl_ca_filepath = argv[++i];
		else
			return usage();
	}
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;    /* a redirect may lead to https as well */
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		return 1;
	ask.context = context;
	ask.method = data ? "POST" : "GET";
	ask.local_protocol_name = protocols[0].name;
	lws_client_connect_via_info(&ask);
	while (!over && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	return complete && status < 400 ? 0 : 1;
}
