/*
 * site: vhosts that share a port, and mounts of every kind, with a line for each callback that they lead to.
 *
 *   --dir PATH     the folder of the file mounts
 *   --log          print the callbacks
 *   --kind N       origin_protocol of the first mount (LWSMPRO_FILE)
 *
 * Vhosts "main", "other.example", "::1" and "goes" share the port. /who answers with the vhost's name, /destroy ends the vhost
 * "goes", /slow?n=N answers N bytes, 1000 each tenth of a second, /fragment sends a.txt by hand.
 */
#include "common.h"

struct session {
	int left;
	bool body, slow;
};

static bool logging;
static struct lws_vhost *goes;
static const char *dir;

static const struct { enum lws_callback_reasons reason; const char *name; } reasons[] = {
	{ LWS_CALLBACK_HTTP, "HTTP" }, { LWS_CALLBACK_HTTP_PMO, "PMO" }, { LWS_CALLBACK_ADD_HEADERS, "ADD_HEADERS" },
	{ LWS_CALLBACK_CHECK_ACCESS_RIGHTS, "CHECK_ACCESS_RIGHTS" }, { LWS_CALLBACK_HTTP_BIND_PROTOCOL, "BIND" },
	{ LWS_CALLBACK_HTTP_DROP_PROTOCOL, "DROP" }, { LWS_CALLBACK_FILTER_HTTP_CONNECTION, "FILTER" },
	{ LWS_CALLBACK_CLOSED_HTTP, "CLOSED_HTTP" }, { LWS_CALLBACK_HTTP_FILE_COMPLETION, "FILE_COMPLETION" },
	{ LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, "CONFIRM_UPGRADE" }, { LWS_CALLBACK_PROTOCOL_DESTROY, "PROTOCOL_DESTROY" },
	{ LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION, "VERIFY" },
};

static void tell(struct lws *wsi, enum lws_callback_reasons reason, void *in, size_t len)
{
	const struct lws_protocols *protocol = lws_get_protocol(wsi);
	const struct lws_protocol_vhost_options *o = (const struct lws_protocol_vhost_options *)in;
	struct lws_process_html_args *args = (struct lws_process_html_args *)in;

	for (size_t i = 0; logging && i < LWS_ARRAY_SIZE(reasons); i++) {
		if (reasons[i].reason != reason)
			continue;
		printf("%s %s", protocol ? protocol->name : "-", reasons[i].name);
		if (reason == LWS_CALLBACK_HTTP_PMO)
			for (; o; o = o->next)
				printf(" %s=%s", o->name, o->value);
		if (reason == LWS_CALLBACK_CHECK_ACCESS_RIGHTS)
			printf(" %.*s mask %d", args->len, args->p, args->max_len);
		if (reason == LWS_CALLBACK_HTTP || reason == LWS_CALLBACK_FILTER_HTTP_CONNECTION)
			printf(" %.*s", (int)len, (const char *)in);
		say(" ");
	}
}

static int text(struct lws *wsi, const char *body)
{
	unsigned char buf[LWS_PRE + 2048], *start = buf + LWS_PRE, *p = start, *end = buf + sizeof buf - 1;
	size_t len = strlen(body);

	if (lws_add_http_common_headers(wsi, 200, "text/plain", len, &p, end) || lws_finalize_http_header(wsi, &p, end))
		return -1;
	memcpy(p, body, len);
	len += (size_t)(p - start);
	return lws_write(wsi, start, len, LWS_WRITE_HTTP_FINAL) < (int)len || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int slow(struct lws *wsi, struct session *s)
{
	unsigned char buf[LWS_PRE + 1024], *start = buf + LWS_PRE, *p = start;
	char arg[32];
	const char *n = lws_get_urlarg_by_name(wsi, "n=", arg, sizeof arg);

	s->left = n ? atoi(n) : 3000;
	s->slow = true;
	if (lws_add_http_common_headers(wsi, 200, "text/plain", (lws_filepos_t)s->left, &p, buf + sizeof buf - 1) ||
	    lws_finalize_write_http_header(wsi, start, &p, buf + sizeof buf - 1))
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

static int writeable(struct lws *wsi, struct session *s)
{
	unsigned char buf[LWS_PRE + 1000];
	int n = s->left < 1000 ? s->left : 1000;

	if (!s->slow)
		return 0;
	memset(buf, 's', sizeof buf);
	s->left -= n;
	if (lws_write(wsi, buf + LWS_PRE, (size_t)n, s->left ? LWS_WRITE_HTTP : LWS_WRITE_HTTP_FINAL) < n)
		return -1;
	if (s->left) {
		lws_set_timer_usecs(wsi, 100000);
		return 0;
	}
	s->slow = false;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int request(struct lws *wsi, struct session *s, const char *path)
{
	char file[600];

	memset(s, 0, sizeof *s);
	if (!strcmp(path, "/who"))
		return text(wsi, lws_get_vhost_name(lws_get_vhost(wsi)));
	if (!strcmp(path, "/slow"))
		return slow(wsi, s);
	if (!strcmp(path, "/post")) {
		s->body = true;
		return 0;
	}
	if (!strcmp(path, "/destroy")) {
		lws_vhost_destroy(goes);
		return text(wsi, "destroyed");
	}
	if (!strcmp(path, "/detach")) {
		lws_http_headers_detach(wsi);
		return text(wsi, lws_hdr_total_length(wsi, WSI_TOKEN_HOST) ? "still there" : "gone");
	}
	if (!strcmp(path, "/fragment")) {
		lws_snprintf(file, sizeof file, "%s/big.txt", dir);
		int n = lws_serve_http_file(wsi, file, "text/plain", NULL, 0);

		while (n == 0 && !lws_send_pipe_choked(wsi))
			n = lws_serve_http_file_fragment(wsi);
		if (logging)
			say("fragment %d", n);
		return n < 0 ? -1 : 0;
	}
	return lws_return_http_status(wsi, 404, NULL) < 0 || lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* ADD_HEADERS: one header more on what the mount sends. */
static int add_header(struct lws *wsi, struct lws_process_html_args *args)
{
	unsigned char *p = (unsigned char *)args->p;

	if (lws_add_http_header_by_name(wsi, (const unsigned char *)"x-added:", (const unsigned char *)"yes", 3, &p,
					p + args->max_len))
		return 1;
	args->p = (char *)p;
	return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;
	const struct lws_protocols *protocol = lws_get_protocol(wsi);

	tell(wsi, reason, in, len);
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return request(wsi, s, (const char *)in);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return s->body ? text(wsi, "body") : 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return writeable(wsi, s);
	case LWS_CALLBACK_TIMER:
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_ADD_HEADERS:
		return protocol && !strcmp(protocol->name, "mounted") ? add_header(wsi, (struct lws_process_html_args *)in) : 0;
	case LWS_CALLBACK_CHECK_ACCESS_RIGHTS:
		/* the mask says who may come in: bit 1 nobody */
		return ((struct lws_process_html_args *)in)->max_len & 2;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		if (strcmp((const char *)in, "own"))
			return 0;
		/* the program's own protocol: it answers by itself, and says that it did */
		return lws_write(wsi, (unsigned char *)"HTTP/1.1 101 Own\r\nupgrade: own\r\n\r\n", 34, LWS_WRITE_HTTP) < 0 ? -1 : 1;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = callback, .per_session_data_size = sizeof(struct session) },
	{ .name = "mounted", .callback = callback, .per_session_data_size = sizeof(struct session) },
	{ 0 }
};

static struct lws_http_mount mounts[8];

static void mount(int i, const char *at, const char *origin, unsigned char kind)
{
	mounts[i].mountpoint = at;
	mounts[i].mountpoint_len = (unsigned char)strlen(at);
	mounts[i].origin = origin;
	mounts[i].origin_protocol = kind;
	if (i)
		mounts[i - 1].mount_next = &mounts[i];
}

static struct lws_vhost *vhost(const char *name, int port)
{
	struct lws_context_creation_info info = { 0 };

	info.port = port;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = name;
	info.mounts = mounts;
	info.keepalive_timeout = 30;
	info.error_document_404 = !strcmp(name, "other.example") ? "/lost.html" : NULL;
	return lws_create_vhost(context, &info);
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info = { 0 };
	struct lws_protocol_vhost_options second = { NULL, NULL, "b", "2" }, options = { &second, NULL, "a", "1" };
	struct lws_protocol_vhost_options odd = { NULL, NULL, ".odd", "application/x-odd" }, all = { NULL, NULL, "*", "application/x-any" };
	struct lws_vhost *main_vhost;
	int port;

	dir = option(argc, argv, "--dir", ".");
	logging = given(argc, argv, "--log");
	mount(0, "/pmo", dir, (unsigned char)atoi(option(argc, argv, "--kind", "2")));
	mounts[0].protocol = "mounted";
	mounts[0].cgienv = &options;
	mounts[0].extra_mimetypes = &odd;
	mount(1, "/any", dir, LWSMPRO_FILE);
	mounts[1].extra_mimetypes = &all;
	mounts[1].cache_max_age = 120;
	mounts[1].cache_reusable = mounts[1].cache_revalidate = 1;
	mounts[1].def = "a.txt";
	mount(2, "/to-http", "example.org/x", LWSMPRO_REDIR_HTTP);
	mount(3, "/to-https", "example.org/y", LWSMPRO_REDIR_HTTPS);
	mount(4, "/call", "mounted", LWSMPRO_CALLBACK);
	mounts[4].protocol = "mounted";
	mounts[4].cgienv = &options;
	mounts[4].auth_mask = 1;
	mount(5, "/nobody", "mounted", LWSMPRO_CALLBACK);
	mounts[5].protocol = "mounted";
	mounts[5].auth_mask = 2;
	mount(6, "/by-origin", "mounted", LWSMPRO_CALLBACK);
	mounts[6].cgienv = &options;
	mount(7, "/unknown", dir, LWSMPRO_FILE);
	mounts[7].protocol = "none";

	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.port = CONTEXT_PORT_NO_LISTEN;
	end_on_signals();
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context || !(main_vhost = vhost("main", 0)))
		die("no context");
	port = lws_get_vhost_listen_port(main_vhost);
	if (!vhost("other.example", port) || !vhost("::1", port) || !(goes = vhost("goes", port)))
		die("no vhost");
	say("port %d", port);
	serve();
	lws_context_destroy(context);
	return 0;
}
