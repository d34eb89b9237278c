/*
 * http: a server with a bit of everything that HTTP has, by path.
 *
 *   --port N         port (0 takes a free one)
 *   --dir PATH       the folder that is mounted
 *   --passwords F    user:password lines for /auth
 *   --timeout N      timeout_secs
 *   --keepalive N    keepalive_timeout
 */
#include "common.h"

#define BODY_MOST (256 * 1024)
#define LONG_MOST (4 * 1024 * 1024)

struct session {
	char *out;              /* an answer's body */
	size_t out_len, sent;
	size_t body;            /* bytes of the request's body */
	struct lws_spa *spa;
	bool form, stream, echo;
	bool keep;              /* a form's values are to outlive their reader, in this */
	struct lwsac *kept;
	unsigned events;
	int pause;              /* milliseconds between two events */
};

static const char * const names[] = { "text", "file" };
static const char * const variables[] = { "$title", "$titles" };

/* Adds text to the answer's body. */
static void add(struct session *s, const char *text, size_t len)
{
	char *grown = (char *)realloc(s->out, s->out_len + len + 1);

	if (!grown)
		die("no memory");
	s->out = grown;
	memcpy(s->out + s->out_len, text, len);
	s->out_len += len;
	s->out[s->out_len] = '\0';
}

static __attribute__((format(printf, 2, 3))) void addf(struct session *s, const char *format, ...)
{
	char text[2048];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	add(s, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

static int number(struct lws *wsi, const char *name, int otherwise)
{
	char text[100];
	const char *value = lws_get_urlarg_by_name(wsi, name, text, sizeof text);

	return value ? atoi(value) : otherwise;
}

/* Sends the head for what is in the session, the body follows in WRITEABLE. */
static int answer(struct lws *wsi, struct session *s, unsigned status, const char *type)
{
	unsigned char head[LWS_PRE + 1024], *start = head + LWS_PRE, *p = start, *end = head + sizeof head - 1;

	if (lws_add_http_common_headers(wsi, status, type, s->out_len, &p, end) ||
	    lws_finalize_write_http_header(wsi, start, &p, end))
		return 1;
	lws_callback_on_writable(wsi);
	return 0;
}

static int by_hand(struct lws *wsi, const char *text)
{
	unsigned char head[LWS_PRE + 1024];
	size_t len = strlen(text);

	memcpy(head + LWS_PRE, text, len);
	if (lws_write(wsi, head + LWS_PRE, len, LWS_WRITE_HTTP) < (int)len)
		return -1;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static void list_headers(struct lws *wsi, struct session *s)
{
	char value[1024], *uri = NULL;
	size_t most = sizeof value;
	int len = 0, method = lws_http_get_uri_and_method(wsi, &uri, &len);

	addf(s, "method %d uri %.*s\n", method, len, uri ? uri : "");
	for (int i = 0; i < WSI_TOKEN_COUNT; i++)
		if (lws_hdr_total_length(wsi, (enum lws_token_indexes)i) > 0 && i != WSI_TOKEN_HTTP_USER_AGENT &&
		    lws_hdr_copy(wsi, value, sizeof value, (enum lws_token_indexes)i) >= 0)
			addf(s, "%d %s\n", i, value);
	for (int i = 0; lws_hdr_copy_fragment(wsi, value, sizeof value, WSI_TOKEN_HTTP_URI_ARGS, i) >= 0; i++)
		addf(s, "arg %d %s\n", i, value);
	if (lws_hdr_custom_copy(wsi, value, sizeof value, "x-custom:", 9) >= 0)
		addf(s, "custom %s\n", value);
	if (!lws_http_cookie_get(wsi, "id", value, &most))
		addf(s, "cookie %s\n", value);
}

static int upload(void *data, const char *name, const char *filename, char *buf, int len, enum lws_spa_fileupload_states state)
{
	struct session *s = (struct session *)data;

	addf(s, "%s %s %d ", name, filename, (int)state);
	add(s, buf, (size_t)len);
	add(s, "\n", 1);
	return 0;
}

static int request(struct lws *wsi, struct session *s, const char *path)
{
	unsigned char head[LWS_PRE + 1024], *start = head + LWS_PRE, *p = start, *end = head + sizeof head - 1;
	char name[300];
	const char *value;

	free(s->out);
	memset(s, 0, sizeof *s);
	if (!strcmp(path, "/dyn")) {
		add(s, "hello", 5);
		return answer(wsi, s, 200, "text/plain");
	}
	if (!strcmp(path, "/long")) {
		/* as long as it is asked for, within bounds: any peer may ask */
		int tens = number(wsi, "n=", 100000) / 10;

		tens = tens < 0 ? 0 : tens > LONG_MOST / 10 ? LONG_MOST / 10 : tens;
		s->out = (char *)malloc((size_t)tens * 10 + 1);
		if (!s->out)
			die("no memory");
		for (int i = 0; i < tens; i++)
			memcpy(s->out + 10 * i, "0123456789", 10);
		s->out_len = (size_t)tens * 10;
		return answer(wsi, s, 200, "text/plain");
	}
	if (!strcmp(path, "/headers")) {
		list_headers(wsi, s);
		return answer(wsi, s, 200, "text/plain");
	}
	if (!strcmp(path, "/status"))
		return lws_return_http_status(wsi, (unsigned)number(wsi, "code=", 403), "because") < 0 ||
		       lws_http_transaction_completed(wsi) ? -1 : 0;
	if (!strcmp(path, "/redirect"))
		return lws_http_redirect(wsi, 302, (const unsigned char *)"/dyn", 4, &p, end) < 0 ||
		       lws_http_transaction_completed(wsi) ? -1 : 0;
	if (!strcmp(path, "/chunked"))
		return by_hand(wsi, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
	if (!strcmp(path, "/broken-chunks"))
		return by_hand(wsi, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
	if (!strcmp(path, "/short"))
		return by_hand(wsi, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
	if (!strcmp(path, "/nolen"))
		return by_hand(wsi, "HTTP/1.1 200 OK\r\n\r\nhello");
	if (!strcmp(path, "/no-content"))
		return by_hand(wsi, "HTTP/1.1 204 \r\n\r\n");
	if (!strcmp(path, "/file")) {
		value = lws_get_urlarg_by_name(wsi, "name=", name, sizeof name);
		return lws_serve_http_file(wsi, value ? value : "", "text/plain", "x-other: 1\r\n", 12) < 0 ? -1 : 0;
	}
	if (!strcmp(path, "/events")) {
		if (lws_add_http_common_headers(wsi, 200, "text/event-stream", LWS_ILLEGAL_HTTP_CONTENT_LEN, &p, end) ||
		    lws_finalize_write_http_header(wsi, start, &p, end) || lws_http_mark_sse(wsi))
			return 1;
		s->stream = true;
		s->pause = number(wsi, "ms=", 50);
		lws_callback_on_writable(wsi);
		return 0;
	}
	if (!strcmp(path, "/echo") || !strcmp(path, "/form") || !strcmp(path, "/kept-form")) {
		s->echo = path[1] == 'e';
		s->form = !s->echo;
		s->keep = !strcmp(path, "/kept-form");
		if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) || lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI)) {
			add(s, "no body", 7);
			return answer(wsi, s, 200, "text/plain");
		}
		return 0;
	}
	if (!strcmp(path, "/early")) {
		add(s, "early", 5);
		return answer(wsi, s, 200, "text/plain");
	}
	if (!strcmp(path, "/hang-up"))
		return -1;
	return lws_return_http_status(wsi, 404, NULL) < 0 || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int writeable(struct lws *wsi, struct session *s)
{
	unsigned char piece[LWS_PRE + 4096];
	size_t n = s->out_len - s->sent;

	if (s->stream) {
		if (s->events == 3)
			return -1;
		n = (size_t)snprintf((char *)piece + LWS_PRE, 100, "data: %u\r\n\r\n", s->events++);
		if (lws_write(wsi, piece + LWS_PRE, n, LWS_WRITE_HTTP) < (int)n)
			return -1;
		lws_set_timer_usecs(wsi, s->pause * 1000);
		return 0;
	}
	if (!s->out)
		return 0;
	if (n > 4096)
		n = 4096;
	memcpy(piece + LWS_PRE, s->out + s->sent, n);
	s->sent += n;
	if (lws_write(wsi, piece + LWS_PRE, n, s->sent == s->out_len ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)n)
		return -1;
	if (s->sent < s->out_len) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* the names stand among other members of a struct, as a program's table may have them */
static struct lws_spa *kept_form(struct lws *wsi, struct session *s)
{
	static const struct { const char *name; int more; } fields[] = { { "text", 1 }, { "file", 2 } };
	lws_spa_create_info_t info = { 0 };

	info.param_names = &fields[0].name;
	info.param_names_stride = sizeof fields[0];
	info.count_params = 2;
	info.max_storage = 1024;
	info.opt_cb = upload;
	info.opt_data = s;
	info.ac = &s->kept;
	info.ac_chunk_size = 256;
	return lws_spa_create_via_info(wsi, &info);
}

static int body(struct lws *wsi, struct session *s, const char *in, size_t len)
{
	s->body += len;
	if (s->echo && s->out_len + len <= BODY_MOST)
		add(s, in, len);
	if (!s->form)
		return 0;
	if (!s->spa)
		s->spa = s->keep ? kept_form(wsi, s) : lws_spa_create(wsi, names, 2, 1024, upload, s);
	return !s->spa || lws_spa_process(s->spa, in, (int)len) ? -1 : 0;
}

static int body_completion(struct lws *wsi, struct session *s)
{
	if (!s->echo && !s->form)
		return 0;               /* answered before */
	if (s->spa) {
		const char *value[2];

		lws_spa_finalize(s->spa);
		for (int i = 0; i < 2; i++)
			value[i] = lws_spa_get_string(s->spa, i);
		if (s->keep)
			lws_spa_destroy(s->spa);
		for (int i = 0; i < 2; i++)
			addf(s, "%s=%s\n", names[i], value[i] ? value[i] : "");
		if (!s->keep)
			lws_spa_destroy(s->spa);
		s->spa = NULL;
		lwsac_free(&s->kept);
	}
	addf(s, "[%zu]", s->body);
	return answer(wsi, s, 200, "text/plain");
}

static const char *title(void *data, int index)
{
	(void)data;
	return index ? "Titles" : "A title that is longer than its name";
}

static int callback_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return request(wsi, s, (const char *)in);
	case LWS_CALLBACK_HTTP_BODY:
		return body(wsi, s, (const char *)in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return body_completion(wsi, s);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return writeable(wsi, s);
	case LWS_CALLBACK_TIMER:
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (s) {
			if (s->spa)
				lws_spa_destroy(s->spa);
			lwsac_free(&s->kept);
			free(s->out);
			memset(s, 0, sizeof *s);
		}
		return 0;
	case LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION:
		return !strcmp((const char *)in, "user:good");
	case LWS_CALLBACK_PROCESS_HTML: {
		static struct lws_process_html_state state;

		state.vars = variables;
		state.count_vars = 2;
		state.replace = title;
		return lws_chunked_html_process((struct lws_process_html_args *)in, &state);
	}
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = callback_http, .per_session_data_size = sizeof(struct session) },
	{ 0 }
};

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir", ".");
	struct lws_protocol_vhost_options odd = { NULL, NULL, ".odd", "application/x-odd" },
		interpret = { NULL, NULL, ".shtml", "http" }, shtml = { &odd, NULL, ".shtml", "text/html" };
	struct lws_http_mount files = { 0 }, cached = { 0 }, auth = { 0 }, authcb = { 0 }, away = { 0 }, cb = { 0 };
	struct lws_context_creation_info info = { 0 };

	files.mountpoint = "/files";
	files.mountpoint_len = 6;
	files.origin = dir;
	files.origin_protocol = LWSMPRO_FILE;
	files.extra_mimetypes = &shtml;
	files.interpret = &interpret;
	cached = auth = authcb = files;
	files.mount_next = &cached;
	cached.mountpoint = "/cached";
	cached.mountpoint_len = 7;
	cached.cache_max_age = 60;
	cached.cache_reusable = cached.cache_intermediaries = 1;
	cached.mount_next = &auth;
	auth.mountpoint = "/auth";
	auth.mountpoint_len = 5;
	auth.basic_auth_login_file = option(argc, argv, "--passwords", "/nonexistent");
	auth.mount_next = &authcb;
	authcb.mountpoint = "/authcb";
	authcb.mountpoint_len = 7;
	authcb.auth_mask = LWSAUTHM_BASIC_AUTH_CALLBACK;
	authcb.mount_next = &away;
	away.mountpoint = "/away";
	away.mountpoint_len = 5;
	away.origin = "example.org/there";
	away.origin_protocol = LWSMPRO_REDIR_HTTPS;
	away.mount_next = &cb;
	cb.mountpoint = "/cb";
	cb.mountpoint_len = 3;
	cb.origin = "http";
	cb.protocol = "http";
	cb.origin_protocol = LWSMPRO_CALLBACK;

	info.port = atoi(option(argc, argv, "--port", "0"));
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.mounts = &files;
	info.vhost_name = "main";
	info.timeout_secs = (unsigned)atoi(option(argc, argv, "--timeout", "0"));
	info.keepalive_timeout = atoi(option(argc, argv, "--keepalive", "0"));
	end_on_signals();
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("no context");
	say("port %d", port_of("main"));
	serve();
	lws_context_destroy(context);
	return 0;
}
