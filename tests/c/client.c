/*
 * Client connections that print what is told of them, one line for each callback, and end when the last is gone.
 *
 *   client --port P [--address A] [--path /x] [--method GET] [--protocol p] [--count N] [--timeout S] [--fds N]
 *          [--send TEXT] [--body TEXT] [--flags N] [--quiet] [--forked] [--buffer N] [--autobahn] [--no-mask]
 *          [--proxy TEXT] [--proxy-port N] [--set-proxy TEXT,...] [--then-proxy TEXT]
 *          [--policy PING,HANGUP] [--vhost-policy PING,HANGUP] [--thread creator|service]
 *          [--retry N] [--upload BYTES] [--early-write MS]
 *
 * --set-proxy is for before the first connection, --then-proxy for right behind the call that makes it.
 */
#include "common.h"

#define MOST 20000

struct session { int sent; };

static const char *text_to_send, *body, *address, *path, *method, *protocol;
static int port, live, established, failed, completed, closed, quiet, buffer, flags, body_bytes;
static bool autobahn, no_mask;
static int retries, early_write;
static size_t upload, uploaded;
static int cases, at_case, count, at_once, started;
static struct { int c; char **v; } words;
static const lws_retry_bo_t *own_policy;
static char *message;
static size_t message_len, message_room;
static bool message_binary, has_message;

static const char *name_of(enum lws_callback_reasons reason)
{
	switch ((int)reason) {
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: return "CONNECTION_ERROR";
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH: return "FILTER_PRE_ESTABLISH";
	case LWS_CALLBACK_CLIENT_ESTABLISHED: return "ESTABLISHED";
	case LWS_CALLBACK_CLIENT_CLOSED: return "CLOSED";
	case LWS_CALLBACK_CLIENT_RECEIVE: return "RECEIVE";
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG: return "RECEIVE_PONG";
	case LWS_CALLBACK_CLIENT_WRITEABLE: return "WRITEABLE";
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return "PEER_INITIATED_CLOSE";
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP: return "ESTABLISHED_HTTP";
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP: return "CLOSED_HTTP";
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP: return "COMPLETED_HTTP";
	case LWS_CALLBACK_CLIENT_HTTP_REDIRECT: return "REDIRECT";
	case LWS_CALLBACK_WSI_DESTROY: return "WSI_DESTROY";
	default: return NULL;
	}
}

static void set_proxy(const char *proxy)
{
	say("set_proxy %s: %d", proxy, lws_set_proxy(lws_get_vhost_by_name(context, "default"), proxy));
}

static void set_proxies(char *list)
{
	char *comma;

	for (; list; list = comma ? comma + 1 : NULL) {
		comma = strchr(list, ',');
		if (comma)
			*comma = 0;
		set_proxy(list);
	}
}

/* "PING,HANGUP" in seconds; NULL where there is no such option */
static const lws_retry_bo_t *policy_of(const char *text, lws_retry_bo_t *policy)
{
	unsigned ping, hangup;

	if (!text || sscanf(text, "%u,%u", &ping, &hangup) != 2)
		return NULL;
	policy->secs_since_valid_ping = (uint16_t)ping;
	policy->secs_since_valid_hangup = (uint16_t)hangup;
	return policy;
}

static bool connect_one(void)
{
	struct lws_client_connect_info info;
	struct lws *wsi;
	char host[64];

	memset(&info, 0, sizeof info);
	snprintf(host, sizeof host, "%s:%d", address, port);
	info.context = context;
	info.address = address;
	info.port = port;
	info.path = path;
	info.host = info.origin = host;
	info.protocol = protocol;
	info.local_protocol_name = "test";
	info.method = method;
	info.ssl_connection = flags;
	info.retry_and_idle_policy = own_policy;
	live++;
	wsi = lws_client_connect_via_info(&info);
	if (wsi && early_write)
		lws_set_timer_usecs(wsi, early_write * LWS_US_PER_MS);
	return wsi != NULL;
}

static bool next_case(void)
{
	static char where[128];

	path = where;
	at_case++;
	snprintf(where, sizeof where, "/runCase?case=%d&agent=lws", at_case);
	return at_case <= cases && connect_one();
}

/* Autobahn: the count of cases first, then each message is echoed. */
static void take_message(struct lws *wsi, const void *in, size_t len)
{
	if (lws_is_first_fragment(wsi)) {
		message_len = 0;
		message_binary = lws_frame_is_binary(wsi);
	}
	if (message_len + len + LWS_PRE + 1 > message_room) {
		message_room = 2 * (message_len + len) + LWS_PRE + 1;
		message = realloc(message, message_room);
	}
	memcpy(message + LWS_PRE + message_len, in, len);
	message_len += len;
	message[LWS_PRE + message_len] = 0;
	if (!lws_is_final_fragment(wsi))
		return;
	if (!cases) {
		cases = atoi(message + LWS_PRE);
		return;
	}
	has_message = true;
	lws_callback_on_writable(wsi);
	lws_rx_flow_control(wsi, 0);
}

static int write_text(struct lws *wsi, const char *text, enum lws_write_protocol kind)
{
	size_t len = strlen(text);
	unsigned char *copy = malloc(LWS_PRE + len + 1);
	int rc;

	memcpy(copy + LWS_PRE, text, len + 1);
	rc = lws_write(wsi, copy + LWS_PRE, len, kind);
	if (memcmp(copy + LWS_PRE, text, len))
		say("the buffer of lws_write was changed");
	free(copy);
	return rc < 0 ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *session = user;
	const char *name = name_of(reason);

	if (name && !quiet) {
		if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR || reason == LWS_CALLBACK_CLIENT_HTTP_REDIRECT)
			say("%s %s", name, in ? (char *)in : "(null)");
		else if (reason == LWS_CALLBACK_CLIENT_RECEIVE)
			say("%s %zu %.*s", name, len, len > 60 ? 60 : (int)len, (char *)in);
		else if (reason == LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP)
			say("%s %u", name, lws_http_client_http_response(wsi));
		else
			say("%s", name);
	}
	switch ((int)reason) {
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		failed++;
		if (retries-- > 0)
			connect_one();
		break;
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		if ((body || upload) && !lws_http_is_redirected_to_get(wsi)) {
			unsigned char **p = in, *end = *p + len;
			char length[24];
			int n = snprintf(length, sizeof length, "%zu", upload ? upload : strlen(body));

			if (flags & LCCSCF_HTTP_MULTIPART_MIME)
				n = snprintf(length, sizeof length, "%s", body);
			if (lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, (unsigned char *)length, n, p, end))
				return -1;
			lws_client_http_body_pending(wsi, 1);
			lws_callback_on_writable(wsi);
		}
		break;
	case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
		if (flags & LCCSCF_HTTP_MULTIPART_MIME) {
			char area[LWS_PRE + 1024], *start = area + LWS_PRE, *p = start, *end = area + sizeof area;

			if (lws_client_http_multipart(wsi, "text", NULL, NULL, &p, end))
				return -1;
			p += lws_snprintf(p, (size_t)(end - p), "my text");
			if (lws_client_http_multipart(wsi, "file", "n.txt", "text/plain", &p, end))
				return -1;
			p += lws_snprintf(p, (size_t)(end - p), "content");
			if (lws_client_http_multipart(wsi, NULL, NULL, NULL, &p, end) ||
			    !lws_client_http_multipart(wsi, "x", NULL, NULL, &p, p + 10))
				return -1;
			lws_client_http_body_pending(wsi, 0);
			return lws_write(wsi, (unsigned char *)start, (size_t)(p - start), LWS_WRITE_HTTP_FINAL) < 0;
		}
		if (upload) {
			static unsigned char area[LWS_PRE + 65536];
			size_t n = upload - uploaded < 65536 ? upload - uploaded : 65536;
			bool is_last = uploaded + n == upload;

			if (!n)
				break;
			uploaded += n;
			if (is_last)
				lws_client_http_body_pending(wsi, 0);
			if (lws_write(wsi, area + LWS_PRE, n, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
				return -1;
			if (!is_last)
				lws_callback_on_writable(wsi);
			break;
		}
		if (body && !session->sent++) {
			lws_client_http_body_pending(wsi, 0);
			return write_text(wsi, body, LWS_WRITE_HTTP_FINAL);
		}
		break;
	case LWS_CALLBACK_TIMER: {
		unsigned char area[LWS_PRE + 5] = "";

		say("early write %d", lws_write(wsi, area + LWS_PRE, 5, LWS_WRITE_TEXT));
		break;
	}
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		established++;
		if (text_to_send)
			lws_callback_on_writable(wsi);
		break;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		if (has_message) {
			has_message = false;
			lws_rx_flow_control(wsi, 1);
			if (lws_write(wsi, (unsigned char *)message + LWS_PRE, message_len,
				      message_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0)
				return -1;
		}
		if (text_to_send && !session->sent++)
			return write_text(wsi, text_to_send,
					  no_mask ? LWS_WRITE_TEXT | LWS_WRITE_CLIENT_IGNORE_XOR_MASK : LWS_WRITE_TEXT);
		break;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		if (autobahn)
			take_message(wsi, in, len);
		else if (text_to_send && lws_is_final_fragment(wsi)) {
			lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
			return -1;
		}
		break;
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
		closed++;
		break;
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: {
		char area[LWS_PRE + 4096], *p = area + LWS_PRE;
		int n = buffer;

		return lws_http_client_read(wsi, &p, &n) < 0 ? -1 : 0;
	}
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		body_bytes += (int)len;
		if (!quiet)
			say("BODY %.*s", len > 60 ? 60 : (int)len, (char *)in);
		break;
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
		completed++;
		break;
	case LWS_CALLBACK_WSI_DESTROY:
		live--;
		if (autobahn)
			next_case();
		break;
	}
	return 0;
}

/* Makes the connections that are to be made yet, and serves until the last is gone. */
static void *run(void *nothing)
{
	(void)nothing;
	while (!stop && started < count && started < MOST) {
		/* a round now and then, so that the server's queue of connections does not run over */
		int reached = established + failed + closed;

		if (!connect_one() && !quiet)
			say("NULL");
		started++;
		if (started == 1 && given(words.c, words.v, "--then-proxy"))
			set_proxy(option(words.c, words.v, "--then-proxy", ""));
		if (started == 1 && given(words.c, words.v, "--forked")) {
			/* asked for by the parent, served by the child: the parent only goes */
			if (fork())
				_exit(0);
		}
		while (!stop && started - reached >= at_once && lws_service(context, 10) >= 0)
			reached = established + failed + closed;
	}
	while (!stop && live > 0 && lws_service(context, 0) >= 0) {
		if (given(words.c, words.v, "--hold") && established + failed >= count && live > 0) {
			FILE *f = fopen("/proc/self/statm", "r");
			long size, resident = 0;

			if (f && fscanf(f, "%ld %ld", &size, &resident) != 2)
				resident = 0;
			if (f)
				fclose(f);
			say("all up: %d established, %d failed, resident %ld KiB", established, failed,
			    resident * (sysconf(_SC_PAGESIZE) / 1024));
			break;
		}
	}
	return nothing;
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "test", .callback = callback, .per_session_data_size = sizeof(struct session) }, { 0 }
	};
	static const struct lws_extension extensions[] = {
		{ "permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits" },
		{ NULL, NULL, NULL }
	};
	static lws_retry_bo_t own, of_vhost;
	struct lws_context_creation_info info;
	int timeout = atoi(option(argc, argv, "--timeout", "0"));
	pthread_t thread;

	if (given(argc, argv, "--credentials")) {
		char value[64];
		const char *user = option(argc, argv, "--credentials", "");

		say("%d", lws_http_basic_auth_gen(user, "pass", value, 18));
		say("%d %s", lws_http_basic_auth_gen(user, "pass", value, sizeof value), value);
		return 0;
	}
	autobahn = given(argc, argv, "--autobahn");
	no_mask = given(argc, argv, "--no-mask");
	address = option(argc, argv, "--address", "127.0.0.1");
	port = atoi(option(argc, argv, "--port", "0"));
	path = option(argc, argv, "--path", autobahn ? "/getCaseCount" : "/");
	method = option(argc, argv, "--method", NULL);
	protocol = option(argc, argv, "--protocol", NULL);
	text_to_send = option(argc, argv, "--send", NULL);
	body = option(argc, argv, "--body", NULL);
	flags = atoi(option(argc, argv, "--flags", "0"));
	buffer = atoi(option(argc, argv, "--buffer", "4096"));
	quiet = given(argc, argv, "--quiet") || autobahn;
	count = atoi(option(argc, argv, "--count", "1"));
	early_write = atoi(option(argc, argv, "--early-write", "0"));
	retries = atoi(option(argc, argv, "--retry", "0"));
	upload = (size_t)atoll(option(argc, argv, "--upload", "0"));
	at_once = atoi(option(argc, argv, "--at-once", "500"));

	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.http_proxy_address = option(argc, argv, "--proxy", NULL);
	info.http_proxy_port = (unsigned)atoi(option(argc, argv, "--proxy-port", "0"));
	info.retry_and_idle_policy = policy_of(option(argc, argv, "--vhost-policy", NULL), &of_vhost);
	own_policy = policy_of(option(argc, argv, "--policy", NULL), &own);
	info.protocols = protocols;
	info.timeout_secs = info.connect_timeout_secs = (unsigned)timeout;
	info.fd_limit_per_thread = (unsigned)atoi(option(argc, argv, "--fds", "0"));
	info.options = (uint64_t)atoll(option(argc, argv, "--options", "0"));
	if (autobahn) {
		info.extensions = extensions;
		info.options |= LWS_SERVER_OPTION_VALIDATE_UTF8;
	}
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("no context");
	if (given(argc, argv, "--set-proxy"))
		set_proxies((char *)(uintptr_t)option(argc, argv, "--set-proxy", NULL));
	end_on_signals();
	words.c = argc;
	words.v = argv;
	if (!given(argc, argv, "--thread")) {
		run(NULL);
	} else {
		/* made by this thread or by the one that serves, before the first pass either way */
		if (!strcmp(option(argc, argv, "--thread", ""), "creator")) {
			connect_one();
			started = 1;
		}
		if (pthread_create(&thread, NULL, run, NULL) || pthread_join(thread, NULL))
			die("no thread");
	}
	lws_context_destroy(context);
	free(message);
	say("end: established %d failed %d closed %d completed %d body %d live %d cases %d", established, failed, closed,
	    completed, body_bytes, live, cases);
	return 0;
}
