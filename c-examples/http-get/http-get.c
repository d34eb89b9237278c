/*
 * http-get: a small curl. Prints the body of http://HOST:PORT/PATH, the status
 * on stderr.
 *
 *   http-get URL [--data TEXT] [--user NAME:PASSWORD] [--no-follow]
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
	fprintf(stderr, "usage: http-get http://HOST[:PORT][/PATH] [--data TEXT] [--user NAME:PASSWORD] [--no-follow]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info;
	struct lws_client_connect_info ask;
	struct lws_context *context;
	char host[256], path[2048];
	const char *rest, *slash, *colon;
	int i, port = 80;

	if (argc < 2 || strncmp(argv[1], "http://", 7))
		return usage();
	memset(&info, 0, sizeof info);
	memset(&ask, 0, sizeof ask);
	for (i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--no-follow"))
			ask.ssl_connection |= LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
		else if (!strcmp(argv[i], "--data") && i + 1 < argc)
			data = argv[++i];
		else if (!strcmp(argv[i], "--user") && i + 1 < argc)
			user = argv[++i];
		else
			return usage();
	}
	rest = argv[1] + 7;
	slash = rest + strcspn(rest, "/");
	colon = rest + strcspn(rest, ":");
	if (colon < slash)
		port = atoi(colon + 1);
	else
		colon = slash;
	snprintf(host, sizeof host, "%.*s", (int)(colon - rest), rest);
	snprintf(path, sizeof path, "%s", *slash ? slash : "/");

	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		return 1;
	ask.context = context;
	ask.address = ask.host = host;
	ask.port = port;
	ask.path = path;
	ask.method = data ? "POST" : "GET";
	ask.local_protocol_name = protocols[0].name;
	lws_client_connect_via_info(&ask);
	while (!over && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	return complete && status < 400 ? 0 : 1;
}
