/*
 * sse: a clock in a page, kept by server-sent events.
 *
 *   --port N     port to listen on (7681); 0 takes a free one
 *   --iface I    interface or address to listen on (all)
 *   --dir PATH   where index.html is (the folder that the program is in)
 *
 * A stream is a response that does not end: each event is a line "data: …" and
 * an empty one.  One timer for all asks for WRITEABLE on each stream; who does
 * not read gets none, and so costs nothing.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* C++ compilers have set it */
#endif
#include <libwebsockets.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* The folder that this program is in, where `make` leaves it beside its pages. */
static const char *own_folder(const char *below)
{
	static char path[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	if (n < 0)
		return below;
	path[n] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, below);
	return path;
}

#define TICK_US (LWS_US_PER_SEC / 4)

/* one for each stream */
struct stream {
	unsigned long sent;                  /* number of the last event */
};

static struct lws_protocols protocols[3];
static lws_sorted_usec_list_t timer;
static unsigned long ticks;

static void tick(lws_sorted_usec_list_t *sul)
{
	ticks++;
	lws_callback_on_writable_all_protocol(context, &protocols[1]);
	lws_sul_schedule(context, 0, sul, tick, TICK_US);
}

static int begin(struct lws *wsi)
{
	unsigned char buf[LWS_PRE + LWS_RECOMMENDED_MIN_HEADER_SPACE], *start = buf + LWS_PRE, *p = start;
	unsigned char *end = buf + sizeof buf - 1;

	if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "text/event-stream", LWS_ILLEGAL_HTTP_CONTENT_LEN, &p, end) ||
	    lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CACHE_CONTROL, (const unsigned char *)"no-store", 8, &p, end) ||
	    lws_finalize_write_http_header(wsi, start, &p, end))
		return -1;
	/* No timeout ends it from now on. */
	lws_http_mark_sse(wsi);
	lws_callback_on_writable(wsi);
	return 0;
}

static int event(struct lws *wsi, struct stream *s)
{
	char buf[LWS_PRE + 256], when[64];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (s->sent == ticks + 1)
		return 0;
	s->sent = ticks + 1;
	strftime(when, sizeof when, "%H:%M:%S", localtime_r(&now, &tm));
	n = lws_snprintf(buf + LWS_PRE, sizeof buf - LWS_PRE, "id: %lu\r\ndata: %s\r\n\r\n", s->sent, when);
	return lws_write(wsi, (unsigned char *)buf + LWS_PRE, (size_t)n, LWS_WRITE_HTTP) < n ? -1 : 0;
}

static int callback_clock(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return begin(wsi);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return event(wsi, (struct stream *)user);
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

int main(int argc, char **argv)
{
	struct lws_http_mount page, clock_mount;
	struct lws_context_creation_info info;
	const char *dir = option(argc, argv, "--dir", NULL);

	protocols[0].name = "http";          /* answers what no mount does: 404 */
	protocols[0].callback = lws_callback_http_dummy;
	protocols[1].name = "clock";
	protocols[1].callback = callback_clock;
	protocols[1].per_session_data_size = sizeof(struct stream);

	memset(&page, 0, sizeof page);
	page.mountpoint = "/";
	page.mountpoint_len = 1;
	page.origin = dir ? dir : own_folder("");
	page.def = "index.html";
	page.origin_protocol = LWSMPRO_FILE;
	page.mount_next = &clock_mount;

	memset(&clock_mount, 0, sizeof clock_mount);
	clock_mount.mountpoint = "/clock";
	clock_mount.mountpoint_len = 6;
	clock_mount.origin = "clock";
	clock_mount.protocol = "clock";
	clock_mount.origin_protocol = LWSMPRO_CALLBACK;

	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "7681"));
	info.iface = option(argc, argv, "--iface", NULL);
	info.protocols = protocols;
	info.vhost_name = "sse";
	info.mounts = &page;

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "sse: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("sse: open http://localhost:%d/\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "sse")));
	fflush(stdout);

	lws_sul_schedule(context, 0, &timer, tick, TICK_US);
	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	printf("sse: bye\n");
	return 0;
}
