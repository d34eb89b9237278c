/*
 * A TLS server for the tests: https, and a ws echo, on one port.
 *
 * Arguments: --port N, and KEY=VALUE for members of the creation info: cert, key, password, ca (files), mem=1 (cert, key and
 * ca are read here and given in memory), ciphers, ciphers13, set, clear, alpn, options (bits), restrict, no_tls=1 (leaves
 * DO_SSL_GLOBAL_INIT out), sni=NAME,CERT,KEY (a second vhost on the port), sni_options (its bits), sni_ca (its CA), events (the mask of
 * SSL_INFO; each is printed), answer (what the callback returns to them). SIGHUP tells the library that the certificate was
 * replaced; with update=CERT,KEY it hands these over in memory.
 */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lws_context *context;
static volatile sig_atomic_t done, reload;
static const char *cert, *key, *update;
static int answer_to_events;

#define ROOM 65536

struct session {
	size_t len;
	int binary;
	unsigned char *data; /* LWS_PRE + ROOM, while a message is under way */
};

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *all = malloc(1 << 20);
	if (!f || !all) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(3);
	}
	*len = fread(all, 1, (1 << 20) - 1, f);
	all[*len] = 0;
	fclose(f);
	return all;
}

static int answer(struct lws *wsi)
{
	unsigned char head[LWS_PRE + 512], *start = head + LWS_PRE, *p = start, *end = head + sizeof(head) - 1;
	union {
		union lws_tls_cert_info_results info;
		char room[1024];
	} cn, ok;
	char body[LWS_PRE + 512], *text = body + LWS_PRE;
	int has, n;
	memset(&cn, 0, sizeof cn);
	memset(&ok, 0, sizeof ok);
	has = !lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_COMMON_NAME, &cn.info, 256);
	lws_tls_peer_cert_info(wsi, LWS_TLS_CERT_INFO_VERIFIED, &ok.info, 0);
	n = snprintf(text, 512, "vhost=%s ssl=%d SSL=%s cn=%s verified=%u\n", lws_get_vhost_name(lws_get_vhost(wsi)),
		     lws_is_ssl(wsi), lws_get_ssl(wsi) ? "set" : "NULL", has ? cn.info.ns.name : "-",
		     has ? ok.info.verified : 0);
	if (lws_add_http_common_headers(wsi, 200, "text/plain", (lws_filepos_t)n, &p, end) ||
	    lws_finalize_write_http_header(wsi, start, &p, end))
		return -1;
	if (lws_write(wsi, (unsigned char *)text, (size_t)n, LWS_WRITE_HTTP_FINAL) < 0)
		return -1;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = user;
	switch ((int)reason) {
	case LWS_CALLBACK_HTTP:
		return answer(wsi);
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		if (reload) {
			size_t lc = 0, lk = 0;
			char *mc = NULL, *mk = NULL, *comma;
			reload = 0;
			if (update) {
				char *both = strdup(update);
				comma = strchr(both, ',');
				*comma = 0;
				mc = read_file(both, &lc);
				mk = read_file(comma + 1, &lk);
				free(both);
			}
			printf("updated %d\n", lws_tls_cert_updated(context, cert, key, mc, lc, mk, lk));
			free(mc);
			free(mk);
		}
		return 0;
	case LWS_CALLBACK_VHOST_CERT_AGING:
		printf("aging %ld\n", (long)len);
		return 0;
	case LWS_CALLBACK_SSL_INFO:
		printf("event %#x %#x\n", (unsigned int)((struct lws_ssl_info *)in)->where,
		       (unsigned int)((struct lws_ssl_info *)in)->ret);
		return answer_to_events;
	case LWS_CALLBACK_CLOSED_HTTP:
		printf("closed http\n");
		return 0;
	case LWS_CALLBACK_RECEIVE:
		if (!s->data)
			s->data = malloc(LWS_PRE + ROOM);
		if (!s->data || s->len + len > ROOM)
			return -1;
		memcpy(s->data + LWS_PRE + s->len, in, len);
		s->len += len;
		s->binary = lws_frame_is_binary(wsi);
		if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi))
			return 0;
		lws_rx_flow_control(wsi, 0);
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (!s->data)
			return 0;
		if (lws_write(wsi, s->data + LWS_PRE, s->len, s->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0)
			return -1;
		s->len = 0;
		free(s->data);
		s->data = NULL;
		lws_rx_flow_control(wsi, 1);
		return 0;
	case LWS_CALLBACK_ESTABLISHED:
		printf("established in=%s\n", in ? "set" : "null");
		return 0;
	case LWS_CALLBACK_CLOSED:
		free(s->data);
		s->data = NULL;
		printf("closed\n");
		return 0;
	}
	return 0;
}

static void on_signal(int sig)
{
	if (sig == SIGHUP)
		reload = 1;
	else
		done = 1;
	lws_cancel_service(context);
}

int main(int argc, char **argv)
{
	static struct lws_protocols protocols[] = {
		{ "echo", callback, sizeof(struct session), 16384, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 } };
	struct lws_context_creation_info info;
	char *sni = NULL;
	const char *sni_ca = NULL, *level = "7";
	uint64_t options = 0, sni_options = 0;
	int n, mem = 0, no_tls = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(&info, 0, sizeof info);
	info.port = 0;
	for (n = 1; n < argc; n++) {
		char *value = strchr(argv[n], '=');
		if (!strcmp(argv[n], "--port") && n + 1 < argc) {
			info.port = atoi(argv[++n]);
			continue;
		}
		if (!value)
			return 2;
		*value++ = 0;
#define IS(name) (!strcmp(argv[n], name))
		if (IS("cert")) cert = value;
		else if (IS("key")) key = value;
		else if (IS("password")) info.ssl_private_key_password = value;
		else if (IS("ca")) info.ssl_ca_filepath = value;
		else if (IS("mem")) mem = atoi(value);
		else if (IS("ciphers")) info.ssl_cipher_list = value;
		else if (IS("ciphers13")) info.tls1_3_plus_cipher_list = value;
		else if (IS("set")) info.ssl_options_set = strtol(value, NULL, 0);
		else if (IS("clear")) info.ssl_options_clear = strtol(value, NULL, 0);
		else if (IS("alpn")) info.alpn = value;
		else if (IS("options")) options = strtoull(value, NULL, 0);
		else if (IS("events")) info.ssl_info_event_mask = (int)strtol(value, NULL, 0);
		else if (IS("answer")) answer_to_events = atoi(value);
		else if (IS("restrict")) info.simultaneous_ssl_restriction = atoi(value);
		else if (IS("timeout")) info.timeout_secs = (unsigned int)atoi(value);
		else if (IS("sni")) sni = value;
		else if (IS("sni_options")) sni_options = strtoull(value, NULL, 0);
		else if (IS("sni_ca")) sni_ca = value;
		else if (IS("update")) update = value;
		else if (IS("no_tls")) no_tls = atoi(value);
		else if (IS("level")) level = value;
		else return 2;
	}
	lws_set_log_level(atoi(level), NULL);
	info.options = options | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	if (!no_tls)
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.protocols = protocols;
	info.iface = "127.0.0.1";
	info.vhost_name = "first";
	context = lws_create_context(&info);
	if (!context)
		return 1;
	if (mem) {
		size_t len;
		if (cert) {
			info.server_ssl_cert_mem = read_file(cert, &len);
			info.server_ssl_cert_mem_len = (unsigned int)len;
		}
		if (key) {
			info.server_ssl_private_key_mem = read_file(key, &len);
			info.server_ssl_private_key_mem_len = (unsigned int)len;
		}
		if (info.ssl_ca_filepath) {
			info.server_ssl_ca_mem = read_file(info.ssl_ca_filepath, &len);
			info.server_ssl_ca_mem_len = (unsigned int)len;
			info.ssl_ca_filepath = NULL;
		}
	} else {
		info.ssl_cert_filepath = cert;
		info.ssl_private_key_filepath = key;
	}
	struct lws_vhost *vhost = lws_create_vhost(context, &info);
	if (!vhost) {
		lws_context_destroy(context);
		printf("no vhost\n");
		return 1;
	}
	if (sni) {
		char *c = strchr(sni, ','), *k;
		*c++ = 0;
		k = strchr(c, ',');
		*k++ = 0;
		info.vhost_name = sni;
		info.port = lws_get_vhost_listen_port(vhost);
		info.options = sni_options | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = c;
		info.ssl_private_key_filepath = k;
		info.ssl_ca_filepath = sni_ca;
		if (!lws_create_vhost(context, &info))
			return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGHUP, on_signal);
	printf("port %d\n", lws_get_vhost_listen_port(vhost));
	while (!done && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	return 0;
}
