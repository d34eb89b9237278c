/*
 * A raw client connection (method "RAW") that prints what is told of it, one line for each callback.
 *
 *   raw --port P [--address A] [--send TEXT] [--bytes N] [--end received|sent|rx] [--pause MS] [--flags N] [--timeout S]
 *
 * --bytes N sends N more bytes in pieces of 100,000, each in a WRITEABLE; --pause stops reading in the first RAW_RX for so long.
 */
#include "common.h"

static const char *text, *end;
static int bytes, sent_text, sent, received, largest, pause_ms, live, paused;
static lws_sorted_usec_list_t resume_timer;
static struct lws *the_wsi;

static void resume(lws_sorted_usec_list_t *sul)
{
	(void)sul;
	say("resume %d", received);
	lws_rx_flow_control(the_wsi, 1);
}

static const char *name_of(enum lws_callback_reasons reason)
{
	switch ((int)reason) {
	case LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL: return "BIND";
	case LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL: return "DROP";
	case LWS_CALLBACK_RAW_CONNECTED: return "CONNECTED";
	case LWS_CALLBACK_RAW_CLOSE: return "CLOSE";
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: return "CONNECTION_ERROR";
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED: return "INSTANTIATED";
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return "APPEND";
	case LWS_CALLBACK_WSI_CREATE: return "WSI_CREATE";
	case LWS_CALLBACK_WSI_DESTROY: return "WSI_DESTROY";
	default: return NULL;
	}
}

static int write_more(struct lws *wsi)
{
	static unsigned char area[LWS_PRE + 100000];
	int n = bytes - sent > 100000 ? 100000 : bytes - sent;

	if (text && !sent_text++) {
		memcpy(area + LWS_PRE, text, strlen(text));
		if (lws_write(wsi, area + LWS_PRE, strlen(text), LWS_WRITE_RAW) != (int)strlen(text))
			return -1;
		if (bytes)
			lws_callback_on_writable(wsi);
		return 0;
	}
	if (n <= 0)
		return 0;
	for (int i = 0; i < n; i++)
		area[LWS_PRE + i] = (unsigned char)('a' + (sent + i) % 23);
	if (lws_write(wsi, area + LWS_PRE, (size_t)n, LWS_WRITE_RAW) != n)
		return -1;
	sent += n;
	if (sent < bytes)
		lws_callback_on_writable(wsi);
	else if (!strcmp(end, "sent"))
		return -1;
	return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	const char *name = name_of(reason);

	(void)user;
	if (name)
		say(reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR ? "%s %s" : "%s", name, in ? (char *)in : "(null)");
	switch ((int)reason) {
	case LWS_CALLBACK_RAW_CONNECTED:
		if (text || bytes)
			lws_callback_on_writable(wsi);
		break;
	case LWS_CALLBACK_RAW_WRITEABLE:
		return write_more(wsi);
	case LWS_CALLBACK_RAW_RX:
		received += (int)len;
		if ((int)len > largest)
			largest = (int)len;
		if (len <= 60)
			say("RX %.*s", (int)len, (char *)in);
		if (pause_ms && !paused++) {
			the_wsi = wsi;
			lws_rx_flow_control(wsi, 0);
			lws_sul_schedule(context, 0, &resume_timer, resume, pause_ms * LWS_US_PER_MS);
		}
		return !strcmp(end, "rx") ? -1 : 0;
	case LWS_CALLBACK_WSI_DESTROY:
		live--;
		break;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct lws_protocols protocols[] = {
		{ .name = "first", .callback = callback },
		{ .name = "raw", .callback = callback, .per_session_data_size = 4, .rx_buffer_size = 1000 }, { 0 }
	};
	struct lws_context_creation_info info;
	struct lws_client_connect_info ask;
	struct lws *wsi;

	text = option(argc, argv, "--send", NULL);
	end = option(argc, argv, "--end", "received");
	bytes = atoi(option(argc, argv, "--bytes", "0"));
	pause_ms = atoi(option(argc, argv, "--pause", "0"));
	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.timeout_secs = info.connect_timeout_secs = (unsigned)atoi(option(argc, argv, "--timeout", "5"));
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	lws_set_log_level(LLL_ERR, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("no context");
	end_on_signals();
	memset(&ask, 0, sizeof ask);
	ask.context = context;
	ask.address = ask.host = option(argc, argv, "--address", "127.0.0.1");
	ask.port = atoi(option(argc, argv, "--port", "0"));
	ask.path = "/";
	ask.method = "RAW";
	ask.local_protocol_name = "raw";
	ask.ssl_connection = atoi(option(argc, argv, "--flags", "0"));
	live = 1;
	wsi = lws_client_connect_via_info(&ask);
	say("%s", wsi ? "wsi" : "NULL");
	if (wsi && given(argc, argv, "--early"))
		say("early write %d, asked %d", lws_write(wsi, (unsigned char *)"x", 1, LWS_WRITE_RAW), lws_callback_on_writable(wsi));
	while (!stop && live > 0 && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	say("end: sent %d received %d largest %d live %d", sent, received, largest, live);
	return 0;
}
