/*
 * One client connection over TLS, and what the program hears of it.
 *
 * Arguments: KEY=VALUE. Members of the creation info: ca, cert, key (files), password, mem=1 (ca, cert and key are read here
 * and given in memory), old_cert, old_key, old_ca (the server's members, which programs without a listener gave), ciphers,
 * ciphers13, set, clear, events (the mask of SSL_INFO; each is printed), options (bits beside those that are always set). Of the connection: port, host, flags (beside
 * LCCSCF_USE_SSL), alpn, ws=1 (else GET), no_tls=1, size (bytes of a ws
 * message); no_tls leaves DO_SSL_GLOBAL_INIT out. After creation: init=CA (lws_init_vhost_client_ssl with this CA file), extra=DER (lws_tls_client_vhost_extra_cert_mem). again=1 connects a second time afterwards.
 */
#include "common.h"

static const char *host = "localhost", *alpn;
static int port, flags, ws, live, again, size = 10;
static size_t got;
static unsigned char *message, *pattern;

static char *read_file(const char *path, unsigned int *len)
{
	FILE *f = fopen(path, "rb");
	char *all = calloc(1, 1 << 16);

	if (!f || !all)
		die("cannot read %s", path);
	*len = (unsigned int)fread(all, 1, (1 << 16) - 1, f);
	fclose(f);
	return all;
}

static void connect_one(void)
{
	struct lws_client_connect_info info;

	memset(&info, 0, sizeof info);
	info.context = context;
	info.address = "127.0.0.1";
	info.port = port;
	info.path = "/";
	info.host = info.origin = host;
	info.alpn = alpn;
	info.method = ws ? NULL : "GET";
	info.local_protocol_name = "test";
	info.ssl_connection = LCCSCF_USE_SSL | flags;
	live++;
	if (!lws_client_connect_via_info(&info))
		say("NULL");
}

static void tell_certificate(struct lws *wsi)
{
	union {
		union lws_tls_cert_info_results info;
		char room[512];
	} cn, ok;

	memset(&cn, 0, sizeof cn);
	memset(&ok, 0, sizeof ok);
	if (lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_COMMON_NAME, &cn.info, 256))
		strcpy(cn.info.ns.name, "-");
	lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_VERIFIED, &ok.info, 0);
	say("up ssl=%d cn=%s verified=%u SSL=%s", lws_is_ssl(wsi), cn.info.ns.name, ok.info.verified,
	    lws_get_ssl(wsi) ? "set" : "NULL");
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)user;
	switch ((int)reason) {
	case LWS_CALLBACK_SSL_INFO:
		say("event %#x %#x", (unsigned int)((struct lws_ssl_info *)in)->where,
		    (unsigned int)((struct lws_ssl_info *)in)->ret);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		say("error %s", in ? (char *)in : "(null)");
		break;
	case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		tell_certificate(wsi);
		if (ws)
			lws_callback_on_writable(wsi);
		break;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		/* 4.1.6 masks where the payload lies */
		memcpy(message + LWS_PRE, pattern, (size_t)size);
		if (lws_write(wsi, message + LWS_PRE, (size_t)size, LWS_WRITE_BINARY) < size)
			return -1;
		break;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		if (memcmp((char *)in, pattern + got, len))
			die("the echo is not what was sent, at %zu", got);
		got += len;
		if (got == (size_t)size) {
			say("echo %zu", got);
			return -1;
		}
		break;
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: {
		char area[LWS_PRE + 1024], *p = area + LWS_PRE;
		int n = 1024;

		return lws_http_client_read(wsi, &p, &n) < 0 ? -1 : 0;
	}
	case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
		say("body %.*s", (int)len, (char *)in);
		break;
	case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
		say("completed");
		break;
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
	case LWS_CALLBACK_CLIENT_CLOSED:
		say("closed");
		break;
	case LWS_CALLBACK_WSI_DESTROY:
		live--;
		break;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = { { .name = "test", .callback = callback }, { .name = NULL } };
	struct lws_context_creation_info info;
	const char *init = NULL, *extra = NULL;
	int mem = 0;

	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.timeout_secs = 10;
	for (int n = 1; n < argc; n++) {
		char *value = strchr(argv[n], '=');

		if (!value)
			return 2;
		*value++ = 0;
#define IS(name) (!strcmp(argv[n], name))
		if (IS("ca")) info.client_ssl_ca_filepath = value;
		else if (IS("cert")) info.client_ssl_cert_filepath = value;
		else if (IS("key")) info.client_ssl_private_key_filepath = value;
		else if (IS("password")) info.client_ssl_private_key_password = value;
		else if (IS("old_ca")) info.ssl_ca_filepath = value;
		else if (IS("old_cert")) info.ssl_cert_filepath = value;
		else if (IS("old_key")) info.ssl_private_key_filepath = value;
		else if (IS("mem")) mem = atoi(value);
		else if (IS("ciphers")) info.client_ssl_cipher_list = value;
		else if (IS("ciphers13")) info.client_tls_1_3_plus_cipher_list = value;
		else if (IS("set")) info.ssl_client_options_set = strtol(value, NULL, 0);
		else if (IS("clear")) info.ssl_client_options_clear = strtol(value, NULL, 0);
		else if (IS("options")) info.options |= strtoull(value, NULL, 0);
		else if (IS("provided")) info.provided_client_ssl_ctx = (SSL_CTX *)(void *)&info;
		else if (IS("events")) info.ssl_info_event_mask = (int)strtol(value, NULL, 0);
		else if (IS("port")) port = atoi(value);
		else if (IS("host")) host = value;
		else if (IS("flags")) flags = (int)strtol(value, NULL, 0);
		else if (IS("alpn")) alpn = value;
		else if (IS("no_tls")) info.options = 0;
		else if (IS("ws")) ws = atoi(value);
		else if (IS("size")) size = atoi(value);
		else if (IS("again")) again = atoi(value);
		else if (IS("init")) init = value;
		else if (IS("extra")) extra = value;
		else return 2;
	}
	if (mem && info.client_ssl_ca_filepath) {
		info.client_ssl_ca_mem = read_file(info.client_ssl_ca_filepath, &info.client_ssl_ca_mem_len);
		info.client_ssl_ca_filepath = NULL;
	}
	if (mem && info.client_ssl_cert_filepath) {
		info.client_ssl_cert_mem = read_file(info.client_ssl_cert_filepath, &info.client_ssl_cert_mem_len);
		info.client_ssl_key_mem = read_file(info.client_ssl_private_key_filepath, &info.client_ssl_key_mem_len);
		info.client_ssl_cert_filepath = info.client_ssl_private_key_filepath = NULL;
	}
	message = malloc(LWS_PRE + (size_t)size);
	pattern = malloc((size_t)size);
	for (int n = 0; n < size; n++)
		pattern[n] = (unsigned char)(n * 7 + (n >> 8));
	lws_set_log_level(LLL_ERR | LLL_WARN | LLL_NOTICE, NULL);
	context = lws_create_context(&info);
	if (!context) {
		say("no context");
		return 1;
	}
	end_on_signals();
	if (init) {
		struct lws_context_creation_info more;

		memset(&more, 0, sizeof more);
		more.options = info.options;
		more.port = CONTEXT_PORT_NO_LISTEN;
		more.client_ssl_ca_filepath = init;
		say("init %d", lws_init_vhost_client_ssl(&more, lws_get_vhost_by_name(context, "default")));
	}
	if (extra) {
		unsigned int len;
		char *der = read_file(extra, &len);

		say("extra %d", lws_tls_client_vhost_extra_cert_mem(lws_get_vhost_by_name(context, "default"),
								    (const uint8_t *)der, len));
		free(der);
	}
	do {
		got = 0;
		connect_one();
		while (!stop && live > 0 && lws_service(context, 0) >= 0)
			;
	} while (again-- > 0 && !stop);
	lws_context_destroy(context);
	free(message);
	free(pattern);
	say("end");
	return 0;
}
