/*
 * http-dynamic: pages that are made when they are asked for.
 *
 *   --port N     port to listen on (7681); 0 takes a free one
 *   --iface I    interface or address to listen on (all)
 *
 *   /            a page that greets
 *   /?name=X     the same for X
 *   /table?n=N   N rows, made as fast as the browser takes them
 *
 * What a request needs until its answer is out lives in `struct page`, which the
 * library makes for each request.  Nothing is sent but in WRITEABLE, one piece
 * each time, so that a browser that reads slowly costs no memory.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* C++ compilers have set it */
#endif
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

#define ROWS_MOST 1000000

/* one for each request */
struct page {
	int row, rows;                       /* the next row, and how many there are; -1: a page without rows */
	char name[64];
};

static const char head_text[] = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>http-dynamic</title></head>"
				"<body style=\"font:18px sans-serif;margin:3em\">";

/* Writes text so that it cannot be taken for HTML; stops where there is no more room. */
static void escape(char *to, size_t room, const char *from)
{
	char *end = to + room;

	for (; *from && end - to > 7; from++) {
		const char *as = *from == '<' ? "&lt;" : *from == '&' ? "&amp;" : *from == '"' ? "&quot;" : NULL;

		if (as) {
			strcpy(to, as);
			to += strlen(as);
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

static int begin(struct lws *wsi, struct page *page, const char *path)
{
	unsigned char buf[LWS_PRE + LWS_RECOMMENDED_MIN_HEADER_SPACE], *start = buf + LWS_PRE, *p = start;
	unsigned char *end = buf + sizeof buf - 1;
	char text[64];
	const char *value;

	page->rows = -1;
	if (!strcmp(path, "/table")) {
		value = lws_get_urlarg_by_name(wsi, "n=", text, sizeof text);
		page->rows = value ? atoi(value) : 100;
		if (page->rows < 0 || page->rows > ROWS_MOST)
			page->rows = ROWS_MOST;
	} else if (!strcmp(path, "/")) {
		value = lws_get_urlarg_by_name(wsi, "name=", text, sizeof text);
		lws_snprintf(page->name, sizeof page->name, "%s", value && *value ? value : "world");
	} else {
		if (lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL) < 0 || lws_http_transaction_completed(wsi))
			return -1;
		return 0;
	}
	/* How long it will be is not known yet, so the connection ends with it. */
	if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "text/html; charset=utf-8", LWS_ILLEGAL_HTTP_CONTENT_LEN, &p, end) ||
	    lws_finalize_write_http_header(wsi, start, &p, end))
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

/* One piece of the page, a few dozen rows at most. */
static int go_on(struct lws *wsi, struct page *page)
{
	char buf[LWS_PRE + 4096], *start = buf + LWS_PRE, *end = buf + sizeof buf, *p = start;
	char name[256];
	int last;

	if (page->row == 0)
		p += lws_snprintf(p, (size_t)(end - p), "%s", head_text);
	if (page->rows < 0) {
		escape(name, sizeof name, page->name);
		p += lws_snprintf(p, (size_t)(end - p), "<h1>Hello, %s!</h1><p><a href=\"/table?n=1000\">a table</a></p>", name);
	} else if (page->row == 0) {
		p += lws_snprintf(p, (size_t)(end - p), "<h1>%d squares</h1><table>", page->rows);
	}
	while (page->row < page->rows && end - p > 200) {
		p += lws_snprintf(p, (size_t)(end - p), "<tr><td>%d<td>%lld</tr>\n", page->row, (long long)page->row * page->row);
		page->row++;
	}
	last = page->row >= page->rows;
	if (last)
		p += lws_snprintf(p, (size_t)(end - p), "%s</body></html>", page->rows < 0 ? "" : "</table>");
	if (lws_write(wsi, (unsigned char *)start, (size_t)(p - start), last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
		return -1;
	if (!last) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int callback_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct page *page = (struct page *)user;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return begin(wsi, page, (const char *)in);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return go_on(wsi, page);
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

int main(int argc, char **argv)
{
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "http";
	protocols[0].callback = callback_http;
	protocols[0].per_session_data_size = sizeof(struct page);

	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "7681"));
	info.iface = option(argc, argv, "--iface", NULL);
	info.protocols = protocols;
	info.vhost_name = "http-dynamic";

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "http-dynamic: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("http-dynamic: open http://localhost:%d/\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "http-dynamic")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	printf("http-dynamic: bye\n");
	return 0;
}
