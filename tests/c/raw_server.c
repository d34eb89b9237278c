/*
 * A server whose connections may be given to the raw role, which prints what is told of each, one line for a callback.
 *
 * Arguments: --port N, and KEY=VALUE: options (bits), role, protocol (listen_accept_*), cert, key, user=N (per-session size
 * of the raw protocol), timeout (seconds), buffer (rx_buffer_size), serv_buf (pt_serv_buf_size), mark=NAME (a pvo of the raw
 * protocol: raw, default), vhost=NAME (a second vhost on the port, without these options).
 *
 * What a raw peer sends is answered by its first letter: e echo, c close (-1), d close by lws_raw_transaction_completed,
 * b 8,000,000 bytes and then close, p stop reading for 300 ms, t a wait of one second, w WRITEABLE once, k LWS_TO_KILL_ASYNC,
 * r lws_close_reason and -1.
 */
#include "common.h"

struct session {
	char told;
	int sent, last;
};

static long total = 8000000;
static size_t largest, received;
static lws_sorted_usec_list_t timer;
static struct lws *paused;
static const char *refuse;

static void resume(lws_sorted_usec_list_t *sul)
{
	(void)sul;
	say("resume %zu", received);
	lws_rx_flow_control(paused, 1);
}

static const char *name_of(enum lws_callback_reasons reason)
{
	switch ((int)reason) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION: return "FILTER_NETWORK";
	case LWS_CALLBACK_WSI_CREATE: return "WSI_CREATE";
	case LWS_CALLBACK_WSI_DESTROY: return "WSI_DESTROY";
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED: return "INSTANTIATED";
	case LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL: return "RAW_BIND";
	case LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL: return "RAW_DROP";
	case LWS_CALLBACK_RAW_ADOPT: return "RAW_ADOPT";
	case LWS_CALLBACK_RAW_CONNECTED: return "RAW_CONNECTED";
	case LWS_CALLBACK_RAW_RX: return "RAW_RX";
	case LWS_CALLBACK_RAW_WRITEABLE: return "RAW_WRITEABLE";
	case LWS_CALLBACK_RAW_CLOSE: return "RAW_CLOSE";
	case LWS_CALLBACK_HTTP_BIND_PROTOCOL: return "HTTP_BIND";
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL: return "HTTP_DROP";
	case LWS_CALLBACK_FILTER_HTTP_CONNECTION: return "FILTER_HTTP";
	case LWS_CALLBACK_HTTP: return "HTTP";
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return "CONFIRM_UPGRADE";
	case LWS_CALLBACK_CLOSED_HTTP: return "CLOSED_HTTP";
	case LWS_CALLBACK_ESTABLISHED: return "ESTABLISHED";
	case LWS_CALLBACK_CLOSED: return "CLOSED";
	case LWS_CALLBACK_RECEIVE: return "RECEIVE";
	default: return NULL;
	}
}

static int more(struct lws *wsi, struct session *s)
{
	static unsigned char area[LWS_PRE + 100000];
	int n = (int)(total - s->sent > 100000 ? 100000 : total - s->sent);

	for (int i = 0; i < n; i++)
		area[LWS_PRE + i] = (unsigned char)('a' + (s->sent + i) % 23);
	if (n > 0 && lws_write(wsi, area + LWS_PRE, (size_t)n, LWS_WRITE_RAW) != n)
		return -1;
	s->sent += n;
	if (s->sent >= total)
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

static int on_rx(struct lws *wsi, struct session *s, char *in, size_t len)
{
	static unsigned char area[LWS_PRE + 65536];
	char what = s->told || !len ? s->told : in[0];

	received += len;
	if (len > largest)
		largest = len;
	s->told = what;
	switch (what) {
	case 'c':
		return -1;
	case 'd':
		memcpy(area + LWS_PRE, "bye", 3);
		if (lws_write(wsi, area + LWS_PRE, 3, LWS_WRITE_RAW) != 3)
			return -1;
		return lws_raw_transaction_completed(wsi);
	case 'b':
	case 'w':
		lws_callback_on_writable(wsi);
		return 0;
	case 'p':
		if (!s->sent++) {
			paused = wsi;
			lws_rx_flow_control(wsi, 0);
			lws_sul_schedule(context, 0, &timer, resume, 300 * LWS_US_PER_MS);
		}
		return 0;
	case 't':
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, 1);
		return 0;
	case 'k':
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
		return 0;
	case 'r':
		lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, (unsigned char *)"x", 1);
		return -1;
	default:
		if (len > sizeof(area) - LWS_PRE)
			return -1;
		memcpy(area + LWS_PRE, in, len);
		return lws_write(wsi, area + LWS_PRE, len, LWS_WRITE_RAW) == (int)len ? 0 : -1;
	}
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	const char *name = name_of(reason);
	const struct lws_protocols *protocol = lws_get_protocol(wsi);
	static struct session shared;
	struct session *s = user ? user : &shared;

	if (!name)
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	if (reason == LWS_CALLBACK_RAW_RX && len <= 40)
		say("%s %s user=%d %.*s", protocol ? protocol->name : "-", name, !!user, (int)len, (char *)in);
	else if (reason != LWS_CALLBACK_RAW_RX && reason != LWS_CALLBACK_FILTER_NETWORK_CONNECTION)
		say("%s %s user=%d", protocol ? protocol->name : "-", name, !!user);
	if (refuse && !strcmp(refuse, name))
		return -1;
	switch ((int)reason) {
	case LWS_CALLBACK_RAW_ADOPT:
		say("ssl=%d", lws_is_ssl(wsi));
		return 0;
	case LWS_CALLBACK_RAW_RX:
		return on_rx(wsi, s, in, len);
	case LWS_CALLBACK_RAW_WRITEABLE:
		return s->told == 'b' ? more(wsi, s) : 0;
	case LWS_CALLBACK_HTTP:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct lws_protocol_vhost_options mark = { NULL, NULL, NULL, "1" };
	static const struct lws_protocol_vhost_options pvo = { NULL, &mark, "rawp", "" };
	static struct lws_protocols protocols[] = {
		{ .name = "http", .callback = callback, .per_session_data_size = sizeof(struct session) },
		{ .name = "rawp", .callback = callback, .per_session_data_size = sizeof(struct session) },
		{ .name = "other", .callback = callback, .per_session_data_size = sizeof(struct session) }, { 0 }
	};
	struct lws_context_creation_info info;
	struct lws_vhost *vhost;
	const char *second = NULL;
	int level = LLL_ERR | LLL_WARN;

	memset(&info, 0, sizeof info);
	for (int n = 1; n < argc; n++) {
		char *value = strchr(argv[n], '=');

		if (!strcmp(argv[n], "--port") && n + 1 < argc) {
			info.port = atoi(argv[++n]);
			continue;
		}
		if (!value)
			return 2;
		*value++ = 0;
#define IS(name) (!strcmp(argv[n], name))
		if (IS("options")) info.options = strtoull(value, NULL, 0);
		else if (IS("role")) info.listen_accept_role = value;
		else if (IS("protocol")) info.listen_accept_protocol = value;
		else if (IS("cert")) info.ssl_cert_filepath = value;
		else if (IS("key")) info.ssl_private_key_filepath = value;
		else if (IS("timeout")) info.timeout_secs = (unsigned int)atoi(value);
		else if (IS("serv_buf")) info.pt_serv_buf_size = (unsigned int)atoi(value);
		else if (IS("buffer")) protocols[1].rx_buffer_size = (size_t)atoi(value);
		else if (IS("user")) protocols[1].per_session_data_size = (size_t)atoi(value);
		else if (IS("mark")) mark.name = value, info.pvo = &pvo;
		else if (IS("refuse")) refuse = value;
		else if (IS("vhost")) second = value;
		else if (IS("bytes")) total = atol(value);
		else if (IS("level")) level = atoi(value);
		else return 2;
	}
	lws_set_log_level(level, NULL);
	info.options |= LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.protocols = protocols;
	info.iface = "127.0.0.1";
	info.vhost_name = "first";
	context = lws_create_context(&info);
	if (!context)
		die("no context");
	vhost = lws_create_vhost(context, &info);
	if (!vhost) {
		lws_context_destroy(context);
		die("no vhost");
	}
	if (second) {
		info.port = lws_get_vhost_listen_port(vhost);
		info.vhost_name = second;
		info.listen_accept_role = info.listen_accept_protocol = NULL;
		info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
		if (!lws_create_vhost(context, &info))
			die("no second vhost");
	}
	end_on_signals();
	say("port %d", port_of("first"));
	serve();
	lws_context_destroy(context);
	say("end: received %zu largest %zu", received, largest);
	return 0;
}
