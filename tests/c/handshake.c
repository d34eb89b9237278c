/*
 * handshake: prints each callback that a connection's opening and end bring, as
 * "cb NAME PROTOCOL".  Protocols: first, chat, Other.
 *
 *   --confirm N, --filter N, --add-headers N, --established N
 *                  what these callbacks return; CONFIRM_UPGRADE above 0 answers
 *                  403 first
 */
#include "common.h"

static int confirm, filter, established, add_headers;

static int callback_shake(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	static const struct { enum lws_callback_reasons reason; const char *name; } names[] = {
		{ LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, "CONFIRM_UPGRADE" },
		{ LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION, "FILTER" },
		{ LWS_CALLBACK_ADD_HEADERS, "ADD_HEADERS" },
		{ LWS_CALLBACK_ESTABLISHED, "ESTABLISHED" },
		{ LWS_CALLBACK_CLOSED, "CLOSED" },
		{ LWS_CALLBACK_HTTP, "HTTP" },
		{ LWS_CALLBACK_CLOSED_HTTP, "CLOSED_HTTP" },
		{ LWS_CALLBACK_WSI_DESTROY, "DESTROY" },
	};

	for (size_t i = 0; i < LWS_ARRAY_SIZE(names); i++)
		if (names[i].reason == reason)
			say("cb %s %s", names[i].name, lws_get_protocol(wsi)->name);
	if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION)
		say("in %s", in ? (const char *)in : "NULL");
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		if (confirm > 0 && lws_return_http_status(wsi, HTTP_STATUS_FORBIDDEN, NULL))
			return -1;
		return confirm;
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return filter;
	case LWS_CALLBACK_ADD_HEADERS:
		return add_headers;
	case LWS_CALLBACK_ESTABLISHED:
		return established;
	default:
		return 0;
	}
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "first", .callback = callback_shake },
		{ .name = "chat", .callback = callback_shake },
		{ .name = "Other", .callback = callback_shake },
		{ 0 }
	};
	struct lws_context_creation_info info = { 0 };

	confirm = atoi(option(argc, argv, "--confirm", "0"));
	filter = atoi(option(argc, argv, "--filter", "0"));
	add_headers = atoi(option(argc, argv, "--add-headers", "0"));
	established = atoi(option(argc, argv, "--established", "0"));
	info.port = atoi(option(argc, argv, "--port", "0"));
	info.protocols = protocols;
	info.vhost_name = "shake";
	lws_set_log_level(0, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("handshake: no context");
	end_on_signals();
	say("handshake: listening on port %d", port_of("shake"));
	serve();
	lws_context_destroy(context);
	say("handshake: bye");
	return 0;
}
