/*
 * Creates a context with the creation info members and option bits that the arguments name, and tells what came of it.
 *
 *   options [--vhost] [--serve] [--as-nobody] [ITEM[=VALUE] ...]
 *
 * ITEM is a member of lws_context_creation_info, or a LWS_SERVER_OPTION_ name without that prefix; VALUE is its text
 * or number. A pointer member without a VALUE points at zeroed memory. --vhost makes the context with
 * LWS_SERVER_OPTION_EXPLICIT_VHOSTS and then the vhost on its own. --serve serves until standard input ends.
 * --as-nobody gives root's rights up first.
 * Log lines go to stdout as "log LEVEL TEXT"; then "context made" or "context NULL" (and "vhost ..."), "port N",
 * who the process is, and what the callbacks see.
 */
#define _GNU_SOURCE
#include <libwebsockets.h>

#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct lws_context_creation_info info;
static struct lws_context *pcontext_target;
static uint64_t zeroes[64];
static void *baggage;

/* Tells when the library frees what it was given. */
extern void __libc_free(void *p);
void free(void *p)
{
	if (p && p == baggage) {
		baggage = NULL;
		printf("baggage freed\n");
	}
	__libc_free(p);
}

static void emit(int level, const char *line)
{
	printf("log %d %s", level, line);
}

static void signal_cb(void *handle, int signum)
{
	(void)handle;
	printf("signal_cb %d\n", signum);
}

static void finalize(struct lws_vhost *vh, void *arg)
{
	(void)vh;
	printf("finalize %s\n", arg ? (const char *)arg : "NULL");
}

static int smd_cb(void *opaque, lws_smd_class_t cls, lws_usec_t when, void *buf, size_t len)
{
	(void)opaque; (void)cls; (void)when; (void)buf; (void)len;
	return 0;
}

static void socket_facts(int fd)
{
	int on = -1, idle = -1, probes = -1, interval = -1;
	char device[32] = "";
	socklen_t len = sizeof(on), device_len = sizeof(device) - 1;

	getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &len);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, &len);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, &len);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, &len);
	getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, &device_len);
	printf("established keepalive %d %d %d %d device '%s'\n", on, idle, probes, interval, device);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	const struct lws_protocol_vhost_options *pvo = (const struct lws_protocol_vhost_options *)in;

	switch (reason) {
	case LWS_CALLBACK_PROTOCOL_INIT:
		printf("init");
		for (; pvo; pvo = pvo->next)
			printf(" %s=%s", pvo->name, pvo->value);
		printf("\n");
		return 0;
	case LWS_CALLBACK_ESTABLISHED:
		socket_facts(lws_get_socket_fd(wsi));
		return 0;
	case LWS_CALLBACK_RECEIVE:
		printf("receive %d\n", (int)len);
		return 0;
	case LWS_CALLBACK_CLOSED:
		printf("closed\n");
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static const struct lws_protocols protocols[] = {
	{ "options", callback, 0, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};
static const struct lws_protocols *pprotocols[] = { &protocols[0], NULL };
static const struct lws_protocol_vhost_options header = { NULL, NULL, "x-given:", "1" };
static const struct lws_protocol_vhost_options setting = { NULL, NULL, "setting", "1" };
static const struct lws_protocol_vhost_options pvo = { NULL, &setting, "options", "" };
static const struct lws_protocol_vhost_options keyword = { NULL, NULL, "badrobot", "404 Not Found" };
static const lws_retry_bo_t idle = { NULL, 0, 0, 1, 3, 0 };
static struct lws_http_mount mount = {
	NULL, "/", NULL, "index.html", NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, LWSMPRO_FILE, 1, NULL, { NULL, NULL }
};

#define OPTION(name) { #name, LWS_SERVER_OPTION_##name }
static const struct { const char *name; uint64_t bits; } bits[] = {
	OPTION(REQUIRE_VALID_OPENSSL_CLIENT_CERT), OPTION(SKIP_SERVER_CANONICAL_NAME), OPTION(ALLOW_NON_SSL_ON_SSL_PORT),
	OPTION(LIBEV), OPTION(DISABLE_IPV6), OPTION(DISABLE_OS_CA_CERTS), OPTION(PEER_CERT_NOT_REQUIRED),
	OPTION(VALIDATE_UTF8), OPTION(SSL_ECDH), OPTION(LIBUV), OPTION(REDIRECT_HTTP_TO_HTTPS),
	OPTION(DO_SSL_GLOBAL_INIT), OPTION(EXPLICIT_VHOSTS), OPTION(UNIX_SOCK), OPTION(STS), OPTION(IPV6_V6ONLY_MODIFY),
	OPTION(IPV6_V6ONLY_VALUE), OPTION(UV_NO_SIGSEGV_SIGFPE_SPIN), OPTION(JUST_USE_RAW_ORIGIN),
	OPTION(FALLBACK_TO_RAW), OPTION(FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG), OPTION(LIBEVENT), OPTION(ONLY_RAW),
	OPTION(ADOPT_APPLY_LISTEN_ACCEPT_CONFIG), OPTION(ALLOW_LISTEN_SHARE), OPTION(CREATE_VHOST_SSL_CTX),
	OPTION(SKIP_PROTOCOL_INIT), OPTION(IGNORE_MISSING_CERT), OPTION(VHOST_UPG_STRICT_HOST_CHECK),
	OPTION(HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE), OPTION(ALLOW_HTTP_ON_HTTPS_LISTENER),
	OPTION(FAIL_UPON_UNABLE_TO_BIND), OPTION(H2_JUST_FIX_WINDOW_UPDATE_OVERFLOW),
	OPTION(VH_H2_HALF_CLOSED_LONG_POLL), OPTION(GLIB), OPTION(H2_PRIOR_KNOWLEDGE), OPTION(NO_LWS_SYSTEM_STATES),
};

/* One member a line: its name, and how a VALUE becomes its value (v is the text, n the number). */
#define MEMBERS \
	TEXT(iface) TEXT(http_proxy_address) TEXT(log_filepath) TEXT(server_string) TEXT(error_document_404) \
	TEXT(ssl_private_key_password) TEXT(ssl_cert_filepath) TEXT(ssl_private_key_filepath) TEXT(ssl_ca_filepath) \
	TEXT(ssl_cipher_list) TEXT(ecdh_curve) TEXT(tls1_3_plus_cipher_list) TEXT(alpn) \
	TEXT(client_ssl_private_key_password) TEXT(client_ssl_cert_filepath) TEXT(client_ssl_private_key_filepath) \
	TEXT(client_ssl_ca_filepath) TEXT(client_ssl_cipher_list) TEXT(client_tls_1_3_plus_cipher_list) \
	TEXT(vhost_name) TEXT(listen_accept_role) TEXT(listen_accept_protocol) TEXT(username) TEXT(groupname) \
	TEXT(unix_socket_perms) GIVEN(finalize_arg, (void *)v) GIVEN(user, (void *)v) \
	NUMBER(port) NUMBER(http_proxy_port) NUMBER(max_http_header_data2) NUMBER(max_http_header_pool2) \
	NUMBER(keepalive_timeout) NUMBER(http2_settings[0]) NUMBER(max_http_header_data) NUMBER(max_http_header_pool) \
	NUMBER(ssl_options_set) NUMBER(ssl_options_clear) NUMBER(simultaneous_ssl_restriction) \
	NUMBER(ssl_info_event_mask) NUMBER(server_ssl_cert_mem_len) NUMBER(server_ssl_private_key_mem_len) \
	NUMBER(server_ssl_ca_mem_len) NUMBER(client_ssl_cert_mem_len) NUMBER(ssl_client_options_set) \
	NUMBER(ssl_client_options_clear) NUMBER(client_ssl_ca_mem_len) NUMBER(client_ssl_key_mem_len) NUMBER(ka_time) \
	NUMBER(ka_probes) NUMBER(ka_interval) NUMBER(timeout_secs) NUMBER(connect_timeout_secs) NUMBER(bind_iface) \
	NUMBER(timeout_secs_ah_idle) NUMBER(gid) NUMBER(uid) NUMBER(options) NUMBER(count_threads) \
	NUMBER(fd_limit_per_thread) NUMBER(pt_serv_buf_size) NUMBER(count_caps) NUMBER(rlimit_nofile) \
	NUMBER(udp_loss_sim_tx_pc) NUMBER(udp_loss_sim_rx_pc) NUMBER(early_smd_class_filter) \
	POINTER(server_ssl_cert_mem) POINTER(server_ssl_private_key_mem) POINTER(server_ssl_ca_mem) \
	POINTER(client_ssl_cert_mem) POINTER(client_ssl_key_mem) POINTER(client_ssl_ca_mem) \
	POINTER(provided_client_ssl_ctx) POINTER(token_limits) POINTER(extensions) POINTER(fops) \
	POINTER(foreign_loops) POINTER(system_ops) POINTER(register_notifier_list) POINTER(early_smd_opaque) \
	POINTER(_unused[0]) \
	GIVEN(protocols, n ? protocols : NULL) GIVEN(pprotocols, pprotocols) GIVEN(headers, &header) GIVEN(pvo, &pvo) \
	GIVEN(reject_service_keywords, &keyword) GIVEN(signal_cb, signal_cb) GIVEN(finalize, finalize) \
	GIVEN(early_smd_cb, smd_cb) GIVEN(retry_and_idle_policy, &idle) GIVEN(pcontext, &pcontext_target) \
	GIVEN(external_baggage_free_on_destroy, (baggage = malloc(16))) GIVEN(caps[0], (cap_value_t)n) GIVEN(caps[1], (cap_value_t)n) \
	GIVEN(mounts, (mount.origin = v, &mount))

static int set(const char *item)
{
	const char *equals = strchr(item, '='), *v = equals ? equals + 1 : "x";
	size_t len = equals ? (size_t)(equals - item) : strlen(item);
	long n = equals ? strtol(v, NULL, 0) : 1;
	size_t i;

	for (i = 0; i < LWS_ARRAY_SIZE(bits); i++)
		if (strlen(bits[i].name) == len && !strncmp(item, bits[i].name, len)) {
			info.options |= bits[i].bits;
			return 0;
		}

#define IS(name) (strlen(#name) == len && !strncmp(item, #name, len))
#define TEXT(name) if (IS(name)) { info.name = v; return 0; }
#define NUMBER(name) if (IS(name)) { info.name = n; return 0; }
#define POINTER(name) if (IS(name)) { info.name = (void *)zeroes; return 0; }
#define GIVEN(name, value) if (IS(name)) { info.name = value; return 0; }
	MEMBERS
	fprintf(stderr, "no member and no option: %s\n", item);
	return 1;
}

static void who(void)
{
	gid_t groups[64];
	int n = getgroups(64, groups), i;
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	struct rlimit limit;

	printf("uid %d %d gid %d %d groups", (int)getuid(), (int)geteuid(), (int)getgid(), (int)getegid());
	for (i = 0; i < n; i++)
		printf(" %d", (int)groups[i]);
	printf("\n");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Cap", 3))
			printf("%s", line);
	if (f)
		fclose(f);
	printf("keepcaps %d\n", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		printf("nofile %ld %ld\n", (long)limit.rlim_cur, (long)limit.rlim_max);
}

int main(int argc, char **argv)
{
	struct lws_context *context;
	struct lws_vhost *vhost = NULL;
	int i, serve = 0, explicit_vhost = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	info.protocols = protocols;
	info.port = CONTEXT_PORT_NO_LISTEN;
	lws_set_log_level(LLL_ERR | LLL_WARN | LLL_NOTICE | LLL_INFO, emit);
	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--serve"))
			serve = 1;
		else if (!strcmp(argv[i], "--vhost"))
			explicit_vhost = 1;
		else if (!strcmp(argv[i], "--as-nobody")) {
			if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
				return 3;
		} else if (set(argv[i]))
			return 2;
	if (explicit_vhost)
		info.options |= LWS_SERVER_OPTION_EXPLICIT_VHOSTS;

	context = lws_create_context(&info);
	printf("context %s\n", context ? "made" : "NULL");
	if (context && explicit_vhost) {
		vhost = lws_create_vhost(context, &info);
		printf("vhost %s\n", vhost ? "made" : "NULL");
	} else if (context)
		vhost = lws_get_vhost_by_name(context, info.vhost_name ? info.vhost_name : "default");
	if (context && info.user)
		printf("user %s\n", (const char *)lws_context_user(context));
	if (vhost && info.user)
		printf("vhost user %s\n", (const char *)lws_vhost_user(vhost));
	who();
	if (vhost)
		printf("port %d\n", lws_get_vhost_listen_port(vhost));
	while (context && serve) {
		struct pollfd in = { 0, POLLIN, 0 };
		char c;

		if (lws_service(context, -1) < 0 || (poll(&in, 1, 5) > 0 && read(0, &c, 1) <= 0))
			break;
	}
	if (context)
		lws_context_destroy(context);
	if (info.pcontext)
		printf("pcontext %s\n", pcontext_target ? "set" : "NULL");
	printf("end\n");
	return 0;
}
