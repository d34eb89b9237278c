/*
 * torture: from every callback reason of the ws server and http server roles,
 * every function of the library, on this connection (context, vhost), another
 * one, a dead one, NULL and one of another context.
 *
 *   torture [--only FUNCTION] [--reason NAME] [--absent NAME,…] [--sample N] [--verbose]
 *
 * Each function is tried in a process of its own, each reason in a world of its
 * own: two contexts, connections on both, and the peers as plain sockets, all on
 * one thread. Prints the number of cases, and each that died, hung, or had
 * another result than calls.tsv asks for on a dead handle. Exit 0: none did, and
 * each reason came, but for those that --absent names. --sample N tries every Nth function only.
 */
#include "env.h"
#include <sys/mman.h>
#include <sys/wait.h>
#include "calls.h"

#define REASON_SUL 100000               /* not a callback reason: a timer's function */

struct reason {
	int value;
	const char *name;
	void (*cause)(void);
};

/* shared with the child: where it is, and what it has counted */
struct progress {
	unsigned long cases, by_kind[KINDS], wrong;
	unsigned long fired[64];
	int reason, kind;
	char problem[200];
};

static struct progress *progress;

static struct world {
	struct lws_context *context, *foreign_context, *dead_context;
	struct lws_vhost *vhost, *other_vhost, *dead_vhost, *foreign_vhost;
	struct lws *other, *dead, *foreign, *last_established;
	int other_fd, foreign_fd, port, foreign_port, fd;
	lws_sorted_usec_list_t timer;
} w;

static const struct call *now_calling;
static int armed = -1;                  /* the reason to call from */
static unsigned armed_index;

/* ---- the calls ---- */

static void call_one(enum kind kind, struct lws *own)
{
	struct lws * const wsi[] = { own, w.other, w.dead, NULL, w.foreign };
	struct lws_context * const contexts[] = { w.context, w.context, w.dead_context, NULL, w.foreign_context };
	struct lws_vhost * const vhosts[] = { w.vhost, w.other_vhost, w.dead_vhost, NULL, w.foreign_vhost };
	static struct env env;
	long got;

	env_reset(&env);
	env.wsi = wsi[kind];
	env.context = contexts[kind];
	env.vhost = vhosts[kind];
	env.own_context = w.context;
	env.own_vhost = w.vhost;
	progress->kind = kind;
	progress->cases++;
	progress->by_kind[kind]++;
	got = now_calling->make(&env);
	if (now_calling->judged && (kind == DEAD || kind == NONE) && got != now_calling->dead) {
		progress->wrong++;
		snprintf(progress->problem, sizeof progress->problem, "gave %ld, not %ld, for a %s handle", got,
			 now_calling->dead, kind_names[kind]);
	}
}

static void fire(struct lws *own)
{
	static const enum kind order[] = { NONE, DEAD, FOREIGN, OTHER, OWN };

	armed = -1;
	progress->fired[armed_index]++;
	if (!now_calling->wsi && !now_calling->context && !now_calling->vhost) {
		call_one(OWN, own);
		return;
	}
	for (unsigned i = 0; i < KINDS; i++)
		call_one(order[i], own);
}

static void on_torture_timer(lws_sorted_usec_list_t *timer)
{
	(void)timer;
	if (armed == REASON_SUL)
		fire(w.other);
}

/* ---- the server ---- */

static bool posts;                      /* the client is to send a body */

static int http(struct lws *wsi, enum lws_callback_reasons reason, void *in)
{
	unsigned char text[LWS_PRE + 300], *p = text + LWS_PRE, *end = text + sizeof text;
	int n;

	if (reason == LWS_CALLBACK_HTTP && in && !strncmp((const char *)in, "/body", 5))
		return 0;
	if (reason == LWS_CALLBACK_HTTP && in && !strncmp((const char *)in, "/moved", 6))
		return lws_http_redirect(wsi, 302, (const unsigned char *)"/page", 5, &p, end) < 0
		    || lws_http_transaction_completed(wsi) ? -1 : 0;
	if (reason == LWS_CALLBACK_HTTP || reason == LWS_CALLBACK_HTTP_BODY_COMPLETION) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	n = lws_snprintf((char *)p, (size_t)(end - p), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
	if (lws_write(wsi, p, (size_t)n, LWS_WRITE_HTTP_FINAL) < n)
		return -1;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* the client's side of it: says something, pings, and hangs up when it has been answered */
static int client_callback(struct lws *wsi, enum lws_callback_reasons reason)
{
	unsigned char text[LWS_PRE + 8];
	char body[LWS_PRE + 64], *p = body + LWS_PRE;
	int len = 64;

	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		memcpy(text + LWS_PRE, "hi", 2);
		return lws_write(wsi, text + LWS_PRE, 2, LWS_WRITE_TEXT) < 0
		    || lws_write(wsi, text + LWS_PRE, 2, LWS_WRITE_PING) < 0 ? -1 : 0;
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		if (posts) {
			lws_client_http_body_pending(wsi, 1);
			lws_callback_on_writable(wsi);
		}
		return 0;
	case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
		lws_client_http_body_pending(wsi, 0);
		memcpy(text + LWS_PRE, "hello", 5);
		return posts && lws_write(wsi, text + LWS_PRE, 5, LWS_WRITE_HTTP_FINAL) < 0 ? -1 : 0;
	case LWS_CALLBACK_RAW_CONNECTED:
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_RAW_WRITEABLE: {
		static const char request[] = "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n";
		unsigned char bytes[LWS_PRE + sizeof request];

		memcpy(bytes + LWS_PRE, request, sizeof request);
		return lws_write(wsi, bytes + LWS_PRE, sizeof request - 1, LWS_WRITE_RAW) < 0 ? -1 : 0;
	}
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
		return lws_http_client_read(wsi, &p, &len) < 0 ? -1 : 0;
	default:
		return 0;
	}
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	unsigned char text[LWS_PRE + 8];

	if ((int)reason == armed && lws_get_context(wsi) == w.context)
		fire(wsi);

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		w.last_established = wsi;
		lws_set_timer_usecs(wsi, 1);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		memcpy(text + LWS_PRE, "hi", 2);
		return lws_write(wsi, text + LWS_PRE, 2, LWS_WRITE_TEXT) < 0 ? -1 : 0;
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return http(wsi, reason, in);
	case LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION:
		return 1;
	case LWS_CALLBACK_HTTP_FILE_COMPLETION:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	default:
		return client_callback(wsi, reason);
	}
}

static const struct lws_protocols protocols[] = {
	{ "http", callback, 16, 0, 0, NULL, 0 },
	{ "t", callback, 16, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

/* ---- the world ---- */

static void pump(int passes)
{
	while (passes--) {
		lws_service(w.context, -1);
		lws_service(w.foreign_context, -1);
	}
}

/* a file mount whose *.html pass through protocol "t", a mount that the program answers, and one that asks for a password */
static const struct lws_http_mount *make_mounts(void)
{
	static const struct lws_protocol_vhost_options interpret = { NULL, NULL, ".html", "t" };
	static const struct lws_protocol_vhost_options option = { NULL, NULL, "name", "value" };
	static struct lws_http_mount files, answered, secret;

	memset(&files, 0, sizeof files);
	files.mountpoint = "/files";
	files.origin = getenv("TORTURE_FILES") ? getenv("TORTURE_FILES") : "/usr/share/common-licenses";
	files.origin_protocol = LWSMPRO_FILE;
	files.interpret = &interpret;
	answered = secret = files;
	answered.mountpoint = "/cb";
	answered.origin = answered.protocol = secret.origin = "http";
	answered.origin_protocol = secret.origin_protocol = LWSMPRO_CALLBACK;
	answered.cgienv = &option;
	answered.interpret = secret.interpret = NULL;
	secret.protocol = "http";
	secret.mountpoint = "/secret";
	secret.auth_mask = LWSAUTHM_BASIC_AUTH_CALLBACK;
	files.mountpoint_len = 6;
	answered.mountpoint_len = 3;
	secret.mountpoint_len = 7;
	files.mount_next = &answered;
	answered.mount_next = &secret;
	secret.mount_next = NULL;
	return &files;
}

static struct lws_vhost *make_vhost_of(struct lws_context *in, const char *name, int port, bool tls)
{
	static char cert[512], key[512];
	static const struct lws_extension extensions[] = {
		{ "permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate" }, { NULL, NULL, NULL }
	};
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	info.extensions = extensions;
	info.port = port;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = name;
	info.mounts = make_mounts();
	info.options = LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG;
	info.listen_accept_role = "raw-skt";
	info.listen_accept_protocol = "t";
	if (tls) {
		const char *folder = getenv("TORTURE_FILES");

		snprintf(cert, sizeof cert, "%s/tls.pem", folder ? folder : ".");
		snprintf(key, sizeof key, "%s/tls.key", folder ? folder : ".");
		info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = cert;
		info.ssl_private_key_filepath = key;
		info.ssl_info_event_mask = 0x10 | 0x20 | 0x4004 | 0x4008;
	}
	return lws_create_vhost(in, &info);
}

static struct lws_vhost *make_vhost(struct lws_context *in, const char *name, int port)
{
	return make_vhost_of(in, name, port, false);
}

static struct lws_context *make_context(void)
{
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.fd_limit_per_thread = 64;
	return lws_create_context(&info);
}

static int connect_ws(int port, struct lws **wsi)
{
	int fd = client_connect(port);

	w.last_established = NULL;
	client_send(fd, UPGRADE("/ws"), sizeof UPGRADE("/ws") - 1);
	for (int i = 0; i < 50 && !w.last_established; i++)
		pump(1);
	*wsi = w.last_established;
	return fd;
}

static bool make_world(void)
{
	int fd;

	memset(&w, 0, sizeof w);
	w.fd = w.other_fd = w.foreign_fd = -1;
	w.dead_context = make_context();
	lws_context_destroy(w.dead_context);
	w.context = make_context();
	w.foreign_context = make_context();
	w.vhost = make_vhost(w.context, "main", 0);
	w.other_vhost = make_vhost(w.context, "second", 0);
	w.dead_vhost = make_vhost(w.context, "dead", CONTEXT_PORT_NO_LISTEN);
	lws_vhost_destroy(w.dead_vhost);
	w.foreign_vhost = make_vhost(w.foreign_context, "main", 0);
	if (!w.context || !w.foreign_context || !w.vhost || !w.other_vhost || !w.foreign_vhost)
		return false;
	pump(2);
	w.port = lws_get_vhost_listen_port(w.vhost);
	w.foreign_port = lws_get_vhost_listen_port(w.foreign_vhost);
	fd = connect_ws(w.port, &w.dead);
	close(fd);
	pump(4);
	w.other_fd = connect_ws(w.port, &w.other);
	w.foreign_fd = connect_ws(w.foreign_port, &w.foreign);
	return w.dead && w.other && w.foreign;
}

static void end_world(void)
{
	if (w.fd >= 0)
		close(w.fd);
	close(w.other_fd);
	close(w.foreign_fd);
	pump(3);
	lws_sul_cancel(&spare_timer);
	lws_sul_cancel(&w.timer);
	lws_context_destroy(w.context);
	lws_context_destroy(w.foreign_context);
}

/* ---- what brings each reason about ---- */

static void send_and_pump(const char *bytes, size_t len)
{
	client_send(w.fd, bytes, len);
	pump(4);
}
#define SEND(bytes) send_and_pump(bytes, sizeof(bytes) - 1)

static void by_ws(void)
{
	w.fd = client_connect(w.port);
	SEND(UPGRADE("/ws"));
	SEND("\x81\x82\0\0\0\0hi");                      /* text */
	SEND("\x8a\x82\0\0\0\0hi");                      /* pong */
	SEND("\x88\x82\0\0\0\0\x03\xe8");                /* close */
	close(w.fd);
	w.fd = -1;
	pump(4);
}

static void by_deflate(void)
{
	w.fd = client_connect(w.port);
	SEND("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
	     "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: t\r\n\r\n");
	SEND("\xc1\x84\0\0\0\0\xca\xc8\x04\0");           /* "hi", deflated */
	close(w.fd);
	w.fd = -1;
	pump(4);
}

static void by_mount(void)
{
	w.fd = client_connect(w.port);
	SEND("GET /cb/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
	close(w.fd);
	w.fd = client_connect(w.port);
	SEND("GET /secret/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic dTpw\r\n\r\n");
	close(w.fd);
	w.fd = client_connect(w.port);
	SEND("GET /files/test.html HTTP/1.1\r\nHost: localhost\r\n\r\n");
	close(w.fd);
	w.fd = -1;
	pump(4);
}

static void connect_by(struct lws_vhost *vhost, int port, const char *method, const char *path, int ssl)
{
	struct lws_client_connect_info info;
	struct lws *wsi = NULL;

	memset(&info, 0, sizeof info);
	info.context = w.context;
	info.vhost = vhost;
	info.ssl_connection = ssl;
	info.address = "127.0.0.1";
	info.port = port;
	info.path = path;
	info.host = info.origin = "localhost";
	info.protocol = method ? NULL : "t";
	info.local_protocol_name = "t";
	info.method = method;
	info.parent_wsi = w.other;
	info.pwsi = &wsi;
	lws_client_connect_via_info(&info);
	for (int i = 0; i < 12; i++) {
		pump(1);
		usleep(300);
	}
	if (wsi)
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	pump(4);
}

static void connect_out(int port, const char *method, const char *path)
{
	connect_by(w.vhost, port, method, path, 0);
}

static void by_tls(void)
{
	struct lws_vhost *vhost = make_vhost_of(w.context, "tls", 0, true);

	if (!vhost)
		die("torture: no TLS: $TORTURE_FILES needs tls.pem and tls.key");
	pump(1);
	connect_by(vhost, lws_get_vhost_listen_port(vhost), NULL, "/ws",
		   LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK);
}

static void by_client_ws(void)
{
	connect_out(w.port, NULL, "/ws");
}

static void by_client_http(void)
{
	connect_out(w.port, "GET", "/page");
	connect_out(w.port, "GET", "/moved");
	posts = true;
	connect_out(w.port, "POST", "/body");
	posts = false;
	connect_out(1, NULL, "/");              /* nobody listens there */
}

static void by_client_raw(void)
{
	connect_out(w.port, "RAW", "/");
}

static void by_fallback(void)
{
	w.fd = client_connect(w.port);
	SEND("\x01no http");
	close(w.fd);
	w.fd = -1;
	pump(4);
}

static void by_http(void)
{
	w.fd = client_connect(w.port);
	SEND("GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n");
	SEND("POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
	close(w.fd);
	w.fd = client_connect(w.port);
	SEND("GET /files/test.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
	close(w.fd);
	w.fd = -1;
	pump(4);
}

static void by_vhost(void)
{
	struct lws_vhost *vh = make_vhost(w.context, "late", CONTEXT_PORT_NO_LISTEN);

	pump(2);
	lws_vhost_destroy(vh);
	pump(2);
}

static void by_cancel(void)
{
	lws_cancel_service(w.context);
	pump(2);
}

static void by_timer(void)
{
	lws_sul_schedule(w.context, 0, &w.timer, on_torture_timer, 1);
	usleep(50);
	pump(3);
}

#define R(name, cause) { LWS_CALLBACK_##name, #name, cause }
static const struct reason reasons[] = {
	R(PROTOCOL_INIT, by_vhost), R(PROTOCOL_DESTROY, by_vhost), R(EVENT_WAIT_CANCELLED, by_cancel),
	{ REASON_SUL, "timer (sul)", by_timer },
	R(FILTER_NETWORK_CONNECTION, by_ws), R(WSI_CREATE, by_ws), R(SERVER_NEW_CLIENT_INSTANTIATED, by_ws),
	R(HTTP_CONFIRM_UPGRADE, by_ws), R(HTTP_BIND_PROTOCOL, by_ws), R(FILTER_PROTOCOL_CONNECTION, by_ws),
	R(ADD_HEADERS, by_ws), R(ESTABLISHED, by_ws), R(TIMER, by_ws), R(RECEIVE, by_ws), R(RECEIVE_PONG, by_ws),
	R(SERVER_WRITEABLE, by_ws), R(WS_PEER_INITIATED_CLOSE, by_ws), R(WS_SERVER_DROP_PROTOCOL, by_ws),
	R(CLOSED, by_ws), R(WSI_DESTROY, by_ws),
	R(FILTER_HTTP_CONNECTION, by_http), R(HTTP, by_http), R(HTTP_BODY, by_http),
	R(HTTP_BODY_COMPLETION, by_http), R(HTTP_WRITEABLE, by_http), R(HTTP_FILE_COMPLETION, by_http),
	R(HTTP_DROP_PROTOCOL, by_http), R(CLOSED_HTTP, by_http),
	R(CLIENT_HTTP_BIND_PROTOCOL, by_client_ws), R(CLIENT_APPEND_HANDSHAKE_HEADER, by_client_ws),
	R(CLIENT_FILTER_PRE_ESTABLISH, by_client_ws), R(CLIENT_ESTABLISHED, by_client_ws),
	R(CLIENT_WRITEABLE, by_client_ws), R(CLIENT_RECEIVE, by_client_ws), R(CLIENT_RECEIVE_PONG, by_client_ws),
	R(CLIENT_CLOSED, by_client_ws), R(WS_CLIENT_DROP_PROTOCOL, by_client_ws), R(CHILD_CLOSING, by_client_ws),
	R(CLIENT_HTTP_WRITEABLE, by_client_http), R(ESTABLISHED_CLIENT_HTTP, by_client_http),
	R(RECEIVE_CLIENT_HTTP, by_client_http), R(RECEIVE_CLIENT_HTTP_READ, by_client_http),
	R(COMPLETED_CLIENT_HTTP, by_client_http), R(CLOSED_CLIENT_HTTP, by_client_http),
	R(CLIENT_HTTP_DROP_PROTOCOL, by_client_http), R(CLIENT_HTTP_REDIRECT, by_client_http),
	R(CLIENT_CONNECTION_ERROR, by_client_http),
	R(RAW_SKT_BIND_PROTOCOL, by_client_raw), R(RAW_CONNECTED, by_client_raw), R(RAW_WRITEABLE, by_client_raw),
	R(RAW_ADOPT, by_fallback), R(RAW_RX, by_client_raw), R(RAW_SKT_DROP_PROTOCOL, by_client_raw),
	R(RAW_CLOSE, by_client_raw),
	R(CLIENT_CONFIRM_EXTENSION_SUPPORTED, by_client_ws), R(WS_EXT_DEFAULTS, by_client_ws),
	R(HTTP_PMO, by_mount), R(CHECK_ACCESS_RIGHTS, by_mount), R(VERIFY_BASIC_AUTHORIZATION, by_mount),
	R(PROCESS_HTML, by_mount), R(CONFIRM_EXTENSION_OKAY, by_deflate), R(SSL_INFO, by_tls),
};
#define N_REASONS (sizeof reasons / sizeof reasons[0])

/* ---- one function in a process of its own ---- */

static bool still_serves(void)
{
	char answer[512];
	ssize_t n;

	if (!make_world())
		return false;
	w.fd = client_connect(w.port);
	SEND(UPGRADE("/ws"));
	while (client_read(w.fd, answer, sizeof answer) > 0)
		;
	SEND("\x81\x82\0\0\0\0hi");
	n = client_read(w.fd, answer, sizeof answer);
	end_world();
	return n == 4 && !memcmp(answer, "\x81\x02hi", 4);
}

static int child(const struct call *c, const char *only_reason)
{
	alarm(120);
	now_calling = c;
	for (unsigned i = 0; i < N_REASONS; i++) {
		if (only_reason && strcmp(only_reason, reasons[i].name))
			continue;
		progress->reason = (int)i;
		progress->kind = -1;
		if (!make_world()) {
			snprintf(progress->problem, sizeof progress->problem, "no world");
			return 1;
		}
		armed = reasons[i].value;
		armed_index = i;
		reasons[i].cause();
		armed = -1;
		progress->kind = -1;
		end_world();
	}
	if (!still_serves()) {
		snprintf(progress->problem, sizeof progress->problem, "the library does not serve any more");
		return 1;
	}
	return progress->wrong ? 1 : 0;
}

static void replay(FILE *log)
{
	char line[500];
	int lines = 0;

	rewind(log);
	while (fgets(line, sizeof line, log) && lines++ < 40)
		printf("    %s", line);
}

static bool try_function(const struct call *c, const char *only_reason, bool verbose)
{
	FILE *log = tmpfile();
	int status = 0;
	pid_t pid;

	progress->problem[0] = '\0';
	progress->wrong = 0;
	fflush(stdout);
	pid = fork();
	if (pid < 0 || !log)
		die("torture: %s", strerror(errno));
	if (!pid) {
		dup2(fileno(log), 2);
		_exit(child(c, only_reason));
	}
	waitpid(pid, &status, 0);
	if (status || verbose) {
		printf("%s %s: %s %d, from %s on %s: %s\n", status ? "FAIL" : "ok", c->name,
		       WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		       reasons[progress->reason].name, progress->kind < 0 ? "(after the call)" : kind_names[progress->kind],
		       progress->problem);
		if (status)
			replay(log);
	}
	fclose(log);
	return status == 0;
}

int main(int argc, char **argv)
{
	const char *only = option(argc, argv, "--only", NULL), *only_reason = option(argc, argv, "--reason", NULL);
	const char *absent = option(argc, argv, "--absent", "");
	unsigned sample = (unsigned)atoi(option(argc, argv, "--sample", "1"));
	unsigned functions = 0, failed = 0, silent = 0;

	progress = (struct progress *)mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		die("torture: %s", strerror(errno));
	lws_set_log_level(LLL_ERR, NULL);
	for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		if (only ? strcmp(only, calls[i].name) : sample > 1 && i % sample)
			continue;
		functions++;
		if (!try_function(&calls[i], only_reason, given(argc, argv, "--verbose")))
			failed++;
	}
	for (unsigned i = 0; i < N_REASONS; i++)
		if (!progress->fired[i] && !only_reason && !strstr(absent, reasons[i].name)) {
			printf("FAIL %s never came\n", reasons[i].name);
			silent++;
		}
	say("torture: %lu cases (own %lu, other %lu, dead %lu, null %lu, foreign %lu): %u functions from %zu reasons; "
	    "%u functions left out; %u failed", progress->cases, progress->by_kind[OWN], progress->by_kind[OTHER],
	    progress->by_kind[DEAD], progress->by_kind[NONE], progress->by_kind[FOREIGN], functions, N_REASONS, n_left_out,
	    failed);
	return failed || silent || !functions;
}
