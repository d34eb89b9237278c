/*
 * HTTP transactions of a client that may share connections (LCCSCF_PIPELINE), one line for each callback, with the number of
 * the transaction in front.
 *
 *   pipeline --port P [--cert FILE --key FILE] [--ca FILE] [--timeout S] [--connect-timeout S] STEP...
 *
 * A step is WHEN/KEY=VALUE,...: WHEN is `now`, `then` (when the transaction before it is complete), `gone` (when the one before
 * it is destroyed) or `idle` (300 ms after the one before it is complete). Keys: path, method, flags, warm, address, port,
 * host, vhost (0 or 1), body, protocol, close (1: the program closes in COMPLETED; 2: it closes in ESTABLISHED), alpn,
 * from and to (uri_replace), cert (sys_tls_client_cert); turn, turnport and turnat: lws_client_reset to that path and port in
 * the callback that prints `turnat`, each time; iface; own (1: userdata is the step); parent (1: child of step 0).
 */
#include "common.h"

#define MOST 64

struct step {
	int number;
	char when[8];
	char path[64], method[16], address[64], host[64], body[64], alpn[32], protocol[32], from[16], to[16];
	char turn[64], turnat[32], iface[32];
	int port, warm, vhost, close, cert, done, told, turnport, own, parent;
	unsigned flags;
	struct lws *wsi;
	lws_sorted_usec_list_t sul;
};

static struct step steps[MOST];
static int count, started, live;
static struct lws_vhost *vhosts[2];

static void start_next(const char *when);

/* Exported, and in no header. */
struct lws *lws_client_reset(struct lws **wsi, int ssl, const char *address, int port, const char *path, const char *host,
			     char weak);

static struct step *step_of(struct lws *wsi)
{
	return lws_get_opaque_user_data(wsi);
}

static void later(lws_sorted_usec_list_t *sul)
{
	(void)sul;
	start_next("idle");
}

static void start_step(struct step *s)
{
	struct lws_client_connect_info info;

	memset(&info, 0, sizeof info);
	info.context = context;
	info.vhost = vhosts[s->vhost];
	info.address = s->address;
	info.port = s->port;
	info.path = s->path;
	info.host = s->host[0] ? s->host : s->address;
	info.origin = s->address;
	info.method = !strcmp(s->method, "ws") ? NULL : s->method;
	info.ssl_connection = (int)s->flags;
	info.keep_warm_secs = (uint16_t)s->warm;
	info.local_protocol_name = "test";
	info.protocol = s->protocol[0] ? s->protocol : NULL;
	info.alpn = s->alpn[0] ? s->alpn : NULL;
	info.opaque_user_data = s;
	info.pwsi = &s->wsi;
	info.uri_replace_from = s->from[0] ? s->from : NULL;
	info.uri_replace_to = s->to[0] ? s->to : NULL;
	info.sys_tls_client_cert = (uint8_t)s->cert;
	info.iface = s->iface[0] ? s->iface : NULL;
	info.userdata = s->own ? s : NULL;
	if (s->parent)
		info.parent_wsi = steps[s->parent - 1].wsi;
	live++;
	say("%d start", s->number);
	if (!lws_client_connect_via_info(&info)) {
		say("%d NULL", s->number);
		if (!s->told)
			live--;
	}
}

/* Starts the next steps as long as they may begin at `when`. */
static void start_next(const char *when)
{
	while (started < count) {
		struct step *s = &steps[started];

		if (!strcmp(s->when, "idle") && !strcmp(when, "then")) {
			lws_sul_schedule(context, 0, &s->sul, later, 300 * LWS_US_PER_MS);
			return;
		}
		if (strcmp(s->when, when) && strcmp(s->when, "now"))
			return;
		started++;
		when = "now";
		start_step(s);
	}
}

static const char *name_of(enum lws_callback_reasons reason)
{
	switch ((int)reason) {
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: return "CONNECTION_ERROR";
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH: return "FILTER_PRE_ESTABLISH";
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP: return "ESTABLISHED_HTTP";
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP: return "CLOSED_HTTP";
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP: return "COMPLETED_HTTP";
	case LWS_CALLBACK_CLIENT_HTTP_REDIRECT: return "REDIRECT";
	case LWS_CALLBACK_CLIENT_HTTP_BIND_PROTOCOL: return "BIND";
	case LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL: return "DROP";
	case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE: return "WRITEABLE";
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return "APPEND";
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED: return "INSTANTIATED";
	case LWS_CALLBACK_CLIENT_ESTABLISHED: return "ESTABLISHED";
	case LWS_CALLBACK_CLIENT_CLOSED: return "CLOSED";
	case LWS_CALLBACK_WS_CLIENT_DROP_PROTOCOL: return "WS_DROP";
	case LWS_CALLBACK_CLIENT_RECEIVE: return "RECEIVE";
	case LWS_CALLBACK_WSI_CREATE: return "WSI_CREATE";
	case LWS_CALLBACK_WSI_DESTROY: return "WSI_DESTROY";
	default: return NULL;
	}
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	const char *name = name_of(reason);
	struct step *s = name || reason == LWS_CALLBACK_RECEIVE_CLIENT_HTTP ||
			 reason == LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ ? step_of(wsi) : NULL;

	if (s) {
		s->told = 1;
		if (s->own && user != s)
			say("%d wrong user", s->number);
		if (s->wsi && s->wsi != wsi)
			say("%d wrong pwsi", s->number);
		if (s->parent && reason == LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP && lws_get_parent(wsi) != steps[s->parent - 1].wsi)
			say("%d wrong parent", s->number);
	}
	if (name && s) {
		if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR || reason == LWS_CALLBACK_CLIENT_HTTP_REDIRECT)
			say("%d %s %s", s->number, name, in ? (char *)in : "(null)");
		else if (reason == LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP)
			say("%d %s %u", s->number, name, lws_http_client_http_response(wsi));
		else
			say("%d %s", s->number, name);
	}
	if (name && s && s->turn[0] && !strcmp(name, s->turnat)) {
		struct lws *same = wsi;

		say("%d turned %s", s->number,
		    lws_client_reset(&same, 0, s->address, s->turnport ? s->turnport : s->port, s->turn, "there", 0) == wsi ?
			    "yes" : "no");
		return 0;
	}
	switch ((int)reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		if (s && s->body[0]) {
			unsigned char **p = in, *end = *p + len;
			char length[16];
			int n = snprintf(length, sizeof length, "%zu", strlen(s->body));

			if (lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, (unsigned char *)length, n, p, end))
				return -1;
			lws_client_http_body_pending(wsi, 1);
			lws_callback_on_writable(wsi);
		}
		break;
	case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
		if (s && s->body[0] && !s->done++) {
			unsigned char area[LWS_PRE + 64];

			memcpy(area + LWS_PRE, s->body, strlen(s->body));
			lws_client_http_body_pending(wsi, 0);
			return lws_write(wsi, area + LWS_PRE, strlen(s->body), LWS_WRITE_HTTP_FINAL) < 0 ? -1 : 0;
		}
		break;
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
		if (s && s->close == 2)
			return -1;
		break;
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: {
		char area[LWS_PRE + 1024], *p = area + LWS_PRE;
		int n = 1024;

		return lws_http_client_read(wsi, &p, &n) < 0 ? -1 : 0;
	}
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		say("%d BODY %.*s", s ? s->number : -1, len > 60 ? 60 : (int)len, (char *)in);
		break;
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
		if (s && s->number == started - 1)
			start_next("then");
		if (s && s->close == 1)
			return -1;
		break;
	case LWS_CALLBACK_WSI_DESTROY:
		if (!s)
			break;
		live--;
		if (s->number == started - 1)
			start_next("gone");
		break;
	}
	return 0;
}

static void read_step(char *text)
{
	struct step *s = &steps[count];
	char *save = NULL, *part = strchr(text, '/');

	if (!part)
		die("a step is WHEN/KEY=VALUE,...");
	*part++ = 0;
	snprintf(s->when, sizeof s->when, "%s", text);
	s->number = count++;
	for (part = strtok_r(part, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
		char *value = strchr(part, '=');

		if (!value)
			die("no value: %s", part);
		*value++ = 0;
#define TEXT(key) if (!strcmp(part, #key)) snprintf(s->key, sizeof s->key, "%s", value)
#define NUMBER(key) if (!strcmp(part, #key)) s->key = atoi(value)
		TEXT(path); TEXT(method); TEXT(address); TEXT(host); TEXT(body); TEXT(alpn); TEXT(protocol); TEXT(from); TEXT(to);
		TEXT(turn); TEXT(turnat); NUMBER(turnport);
		TEXT(iface); NUMBER(own); NUMBER(parent);
		NUMBER(port); NUMBER(warm); NUMBER(vhost); NUMBER(close); NUMBER(cert);
		if (!strcmp(part, "flags"))
			s->flags = (unsigned)strtoul(value, NULL, 0);
	}
}

/* The certificate and key that sys_tls_client_cert names. */
static void set_blob(lws_system_blob_item_t which, const char *path)
{
	static unsigned char content[2][8192];
	unsigned char *into = content[which == LWS_SYSBLOB_TYPE_CLIENT_KEY_DER];
	FILE *f = path ? fopen(path, "rb") : NULL;

	if (path && !f)
		die("%s: %s", path, strerror(errno));
	if (!f)
		return;
	lws_system_blob_direct_set(lws_system_get_blob(context, which, 0), into, fread(into, 1, 8192, f));
	fclose(f);
}

static void ended(lws_sorted_usec_list_t *sul)
{
	(void)sul;
	say("deadline");
	stop = 1;
	lws_cancel_service(context);
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = { { .name = "test", .callback = callback, .per_session_data_size = 8 }, { 0 } };
	struct lws_context_creation_info info;
	lws_sorted_usec_list_t deadline;

	for (int i = 0; i < MOST; i++) {
		steps[i].port = atoi(option(argc, argv, "--port", "0"));
		steps[i].flags = LCCSCF_PIPELINE;
		strcpy(steps[i].address, "127.0.0.1");
		strcpy(steps[i].method, "GET");
		snprintf(steps[i].path, sizeof steps[i].path, "/%d", i);
	}
	for (int i = 1; i < argc && count < MOST; i++)
		if (argv[i][0] == '-')
			i++;
		else
			read_step(argv[i]);
	lws_set_log_level((int)strtol(option(argc, argv, "--log", "3"), NULL, 0), NULL);
	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.timeout_secs = (unsigned)atoi(option(argc, argv, "--timeout", "5"));
	info.connect_timeout_secs = (unsigned)atoi(option(argc, argv, "--connect-timeout", "5"));
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.client_ssl_ca_filepath = option(argc, argv, "--ca", NULL);
	context = lws_create_context(&info);
	for (int i = 0; i < 2; i++) {
		info.vhost_name = i ? "second" : "first";
		vhosts[i] = context ? lws_create_vhost(context, &info) : NULL;
		if (!vhosts[i])
			die("no context");
	}
	end_on_signals();
	memset(&deadline, 0, sizeof deadline);
	lws_sul_schedule(context, 0, &deadline, ended, atoi(option(argc, argv, "--for", "10")) * LWS_US_PER_SEC);
	set_blob(LWS_SYSBLOB_TYPE_CLIENT_CERT_DER, option(argc, argv, "--cert", NULL));
	set_blob(LWS_SYSBLOB_TYPE_CLIENT_KEY_DER, option(argc, argv, "--key", NULL));
	start_next("now");
	while (!stop && (live > 0 || started < count) && lws_service(context, 0) >= 0)
		;
	say("left: %d", live);
	lws_context_destroy(context);
	say("end: %d", live);
	return 0;
}
