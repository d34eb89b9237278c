/*
 * web: the HTTP server that bench/run drives, on whichever library it is started.
 *
 *   --port N     port to listen on
 *   --dir PATH   the folder that is mounted at /files
 *
 *   /dyn         a page of 13 bytes that the program makes: head at once, body in WRITEABLE
 *   /files/...   files
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char page[] = "Hello, world!";

static struct lws_context *context;
static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	unsigned char buf[LWS_PRE + 512], *start = buf + LWS_PRE, *p = start, *end = buf + sizeof buf - 1;
	size_t body = sizeof page - 1;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		if (strcmp((const char *)in, "/dyn"))
			break;
		if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "text/plain", body, &p, end) ||
		    lws_finalize_write_http_header(wsi, start, &p, end))
			return 1;
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		memcpy(start, page, body);
		if (lws_write(wsi, start, body, LWS_WRITE_HTTP_FINAL) != (int)body || lws_http_transaction_completed(wsi))
			return -1;
		return 0;
	default:
		break;
	}
	return lws_callback_http_dummy(wsi, reason, user, in, len);
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
	static const struct lws_protocols protocols[] = {
		{ "http", callback, 0, 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 }
	};
	struct lws_http_mount files;
	struct lws_context_creation_info info;

	memset(&files, 0, sizeof files);
	files.mountpoint = "/files";
	files.mountpoint_len = 6;
	files.origin = option(argc, argv, "--dir", ".");
	files.def = "index.html";
	files.origin_protocol = LWSMPRO_FILE;

	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "7681"));
	info.protocols = protocols;
	info.mounts = &files;

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		return 1;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	while (!stop && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	return 0;
}
