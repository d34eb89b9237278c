/*
 * The JSON configuration: what it makes of a creation info, and the vhosts it makes. Each case writes a directory with
 * `conf` and `conf.d`. Addresses are not printed: where a text lies is nobody's business.
 */
#include "common.h"
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[256], strings[65536], json[65536];
static const char *class_name;
static size_t used;

static void put(const char *s)
{
	size_t len = strlen(s);

	if (used + len < sizeof(json)) {
		memcpy(json + used, s, len);
		used += len;
	}
	json[used] = '\0';
}

static void file(const char *name, const char *text)
{
	char path[400];
	FILE *f;

	lws_snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!text) {
		unlink(path);
		return;
	}
	f = fopen(path, "w");
	if (!f || fwrite(text, 1, strlen(text), f) != strlen(text) || fclose(f)) {
		perror(path);
		exit(2);
	}
}

static void show(const char *name, const char *value)
{
	if (!value)
		return;
	printf("%s\t%s ", class_name, name);
	quote(value, strlen(value));
	putchar('\n');
}

static void show_list(const char *name, const struct lws_protocol_vhost_options *o, int with_value)
{
	for (; o; o = o->next) {
		show(name, o->name);
		if (with_value)
			show(" is", o->value);
		show_list(" option", o->options, 1);
	}
}

static void show_mounts(const struct lws_http_mount *m)
{
	for (; m; m = m->mount_next) {
		show("mount", m->mountpoint);
		show(" origin", m->origin);
		show(" default", m->def);
		show(" protocol", m->protocol);
		show(" auth", m->basic_auth_login_file);
		printf("%s\t %d %d %d %x %u %u%u%u %u\n", class_name, m->origin_protocol, m->cgi_timeout, m->cache_max_age,
		       m->auth_mask, m->mountpoint_len, m->cache_reusable, m->cache_revalidate, m->cache_intermediaries,
		       !!m->mount_next);
		show_list(" env", m->cgienv, 1);
		show_list(" mime", m->extra_mimetypes, 1);
		show_list(" interpret", m->interpret, 1);
	}
}

static void show_info(const struct lws_context_creation_info *i)
{
	show("iface", i->iface);
	show_list("header", i->headers, 1);
	show_list("reject", i->reject_service_keywords, 1);
	/* what 4.1.6 has as the value of a protocol is what was read before it */
	show_list("pvo", i->pvo, 0);
	show("log", i->log_filepath);
	show("server", i->server_string);
	show("404", i->error_document_404);
	show("cert", i->ssl_cert_filepath);
	show("key", i->ssl_private_key_filepath);
	show("ca", i->ssl_ca_filepath);
	show("ecdh", i->ecdh_curve);
	show("tls13", i->tls1_3_plus_cipher_list);
	show("alpn", i->alpn);
	show("client cert", i->client_ssl_cert_filepath);
	show("client key", i->client_ssl_private_key_filepath);
	show("client ca", i->client_ssl_ca_filepath);
	show("client tls13", i->client_tls_1_3_plus_cipher_list);
	show("vhost", i->vhost_name);
	show("role", i->listen_accept_role);
	show("accept", i->listen_accept_protocol);
	show("user", i->username);
	show("group", i->groupname);
	show("owner", i->unix_socket_perms);
	show_mounts(i->mounts);
	printf("%s\tport %d, alive %d, options %llx, timeout %u, threads %u, ids %d %d, files %d, tls %lx %lx %lx %lx, %d %d\n",
	       class_name, i->port, i->keepalive_timeout, (unsigned long long)i->options, i->timeout_secs, i->count_threads,
	       i->uid, i->gid, i->rlimit_nofile, i->ssl_options_set, i->ssl_options_clear, i->ssl_client_options_set,
	       i->ssl_client_options_clear, !!i->retry_and_idle_policy, !!i->user);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	if (reason == LWS_CALLBACK_PROTOCOL_INIT) {
		show("init", lws_get_protocol(wsi)->name);
		show(" on", lws_get_vhost_name(lws_get_vhost(wsi)));
		show_list(" option", (const struct lws_protocol_vhost_options *)in, 1);
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ "first", callback, 0, 0, 0, NULL, 0 }, { "second", callback, 0, 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 }
};

/* what both functions make of what is in the directory; TLS costs 4.1.6 tens of milliseconds for each vhost */
static void run(const char *name, int len, uint64_t tls)
{
	struct lws_context_creation_info info;
	struct lws_context *context;
	char *p = strings;
	int left = len, n;

	class_name = name;
	memset(&info, 0, sizeof(info));
	n = lwsws_get_config_globals(&info, dir, &p, &left);
	printf("%s\tglobals %d, %d\n", name, n, p >= strings && left >= 0 && left <= len);
	show_info(&info);

	memset(&info, 0, sizeof(info));
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	context = lws_create_context(&info);
	if (!context) {
		printf("%s\tno context\n", name);
		return;
	}
	info.protocols = protocols;
	info.server_string = "server";
	info.timeout_secs = 77;
	info.count_threads = 1;
	info.keepalive_timeout = 99;
	info.ka_time = 3;
	info.user = &info;
	info.options |= LWS_SERVER_OPTION_STS | tls | LWS_SERVER_OPTION_VALIDATE_UTF8 |
			LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
	p = strings;
	left = len;
	n = lwsws_get_config_vhosts(context, &info, dir, &p, &left);
	printf("%s\tvhosts %d, %d, %d\n", name, n, p >= strings && left >= 0 && left <= len, p + left == strings + len);
	show_info(&info);
	lws_service(context, -1);
	lws_service(context, -1);
	lws_context_destroy(context);
}

static void one(const char *name, const char *text, uint64_t tls)
{
	file("conf", text);
	run(name, sizeof(strings), tls);
}

/* a switch as people write them */
static void put_switch(void)
{
	static const char *const s[] = { "\"1\"", "\"0\"", "1", "0", "true", "false", "\"on\"", "\"off\"", "\"Yes\"", "null",
					 "\"\"", "\"true\"", "-1", "\"2x\"" };

	put(s[rnd(14)]);
}

/* the same where a text is wanted */
static void put_word(void)
{
	static const char *const s[] = { "\"1\"", "true", "false", "null", "\"\"", "\"-1\"" };

	put(s[rnd(6)]);
}

static void put_number(int least, int most)
{
	char s[32];

	lws_snprintf(s, sizeof(s), rnd(2) ? "%d" : "\"%d\"", least + (int)rnd((uint32_t)(most - least)));
	put(s);
}

static void put_text(void)
{
	static const char *const s[] = { "a", "abc", "", "_lws_ddir_/x", "x_lws_ddir_y_lws_ddir_", "\\u00e9\\n\\\"", "with space",
					 "/dir/file", "a\\u0000b" };
	char t[8];
	int n = (int)rnd(16);

	put("\"");
	if (n < 9)
		put(s[n]);
	else
		while (n-- > 8) {
			t[0] = pick("abcdefgh.-/:#");
			t[1] = '\0';
			put(t);
		}
	put("\"");
}

static void name_of(char kind)
{
	char s[16];

	lws_snprintf(s, sizeof(s), "\"%c%u\":", kind, (unsigned int)rnd(9));
	put(s);
}

static void put_names(char kind)
{
	int n = (int)rnd(4);

	while (n--) {
		name_of(kind);
		put_text();
		if (n)
			put(",");
	}
}

/* a list of objects */
static void put_list(char kind)
{
	int n = (int)rnd(3);

	put("[");
	while (n--) {
		put("{");
		put_names(kind);
		put(n ? "}," : "}");
	}
	put("]");
}

static void put_mount(void)
{
	static const char *const texts[] = { "protocol", "default", "basic-auth" },
				*const numbers[] = { "auth-mask", "cgi-timeout", "cache-max-age" },
				*const switches[] = { "cache-reuse", "cache-revalidate", "cache-intermediaries" },
				*const origins[] = { "file:///srv", ">https://a.example", ">http://b", "callback://first",
						     "file://_lws_ddir_/www", "callback://" };
	int n = (int)rnd(6);

	put("{");
	put(rnd(30) ? "\"mountpoint\":\"/m\"" : "\"mount\":0");
	if (rnd(30)) {
		put(",\"origin\":\"");
		put(rnd(20) ? origins[rnd(6)] : "/srv");
		put("\"");
	}
	while (n--) {
		put(",");
		switch (rnd(7)) {
		case 0: put("\""); put(texts[rnd(3)]); put("\":"); put_text(); break;
		case 1: put("\""); put(numbers[rnd(3)]); put("\":"); put_number(-3, 4000); break;
		case 2: put("\""); put(switches[rnd(3)]); put("\":"); put_switch(); break;
		case 3: put("\"extra-mimetypes\":{"); put_names('.'); put("}"); break;
		case 4: put("\"interpret\":{"); put_names('.'); put("}"); break;
		case 5: put("\"pmo\":"); put_list('p'); break;
		default: put("\"cgi-env\":"); put_list('e'); break;
		}
	}
	put("}");
}

static void put_protocols(void)
{
	static const char *const names[] = { "\"first\":{", "\"second\":{", "\"other\":{" };
	int n = (int)rnd(4);

	put("[{");
	while (n--) {
		put(names[rnd(3)]);
		put_names('o');
		put(n ? "}," : "}");
		if (n && !rnd(3)) {
			put("\"third\":{}},{");
		}
	}
	put("}]");
}

static void put_vhost(int last)
{
	static const char *const texts[] = { "access-log", "error-document-404", "client-tls13-ciphers" },
				*const switches[] = { "sts", "noipv6", "ipv6only", "ignore-missing-cert", "strict-host-check",
						      "allow-http-on-https", "h2-half-closed-long-poll",
						      "disable-no-protocol-ws-upgrades" },
				*const numbers[] = { "keepalive_timeout", "ssl-option-set", "ssl-option-clear",
						     "ssl-client-option-set", "ssl-client-option-clear" };
	int n = (int)rnd(9), m;

	put("{\"name\":");
	put_text();
	if (rnd(40))
		put(",\"port\":-1");
	while (n--) {
		put(",");
		switch (rnd(7)) {
		case 0: put("\""); put(texts[rnd(3)]); put("\":"); put_text(); break;
		case 1: put("\""); put(numbers[rnd(5)]); put("\":"); put_number(1, 90); break;
		case 2: case 3: put("\""); put(switches[rnd(8)]); put("\":"); put_switch(); break;
		case 4: put("\"headers\":"); put_list('h'); break;
		case 5: put("\"ws-protocols\":"); put_protocols(); break;
		default:
			put("\"mounts\":[");
			for (m = (int)rnd(4); m--;) {
				put_mount();
				put(m ? "," : "");
			}
			put("]");
			break;
		}
	}
	put(last ? "}" : "},");
}

static void put_global(void)
{
	static const char *const texts[] = { "username", "groupname", "server-string", "default-alpn", "plugin-dir", "other" },
				*const numbers[] = { "uid", "gid", "count-threads", "timeout-secs", "ws-pingpong-secs",
						     "ip-limit-ah", "ip-limit-wsi", "rlimit-nofile" };
	int n = 1 + (int)rnd(6);

	put("\"global\":{");
	while (n--) {
		switch (rnd(4)) {
		case 0: put("\""); put(texts[rnd(6)]); put("\":"); if (rnd(6)) put_text(); else put_word(); break;
		case 1: put("\""); put(numbers[rnd(8)]); put("\":"); put_number(-9, 90); break;
		case 2: put("\"init-ssl\":"); put_switch(); break;
		default: put("\"reject-service-keywords\":"); put_list('r'); break;
		}
		put(n ? "," : "}");
	}
}

static void generated(unsigned int n)
{
	int m;

	again(n);
	used = 0;
	put(rnd(4) ? "{" : "# a comment\n{ ");
	if (rnd(4))
		put_global();
	else
		put("\"x\":[1,{\"y\":2}]");
	if (rnd(12)) {
		put(",\"vhosts\":[");
		for (m = 1 + (int)rnd(3); m--;)
			put_vhost(!m);
		put("]");
	}
	put(rnd(20) ? "}" : "");
	if (!rnd(5) && used) {
		for (m = 1 + (int)rnd(3); m--;)
			json[rnd((uint32_t)used)] = pick("{}[]:,\"0a \n");
		class_name = "changed";
	} else
		class_name = "generated";
	one(class_name, json, 0);
}

#define FIFTY "01234567890123456789012345678901234567890123456789"

int main(int argc, char **argv)
{
	static const char *const by_hand[] = {
		"", "{", "{}", "[]", "x", "{\"vhosts\":[]}", "{\"vhosts\":[{}]}", "{\"vhosts\":[1]}", "{\"vhosts\":{}}",
		"{\"vhosts\":[{\"port\":-1}]}", "{\"vhosts\":[{\"port\":\"-1\",\"name\":\"n\"}]} tail",
		"{\"vhosts\":[{\"port\":-1}],\"vhosts\":[{\"port\":-1,\"name\":\"again\"}]}",
		"{\"vhosts\":[{\"port\":-1,\"name\":\"a\"},{\"port\":-1,\"name\":\"a\"}]}",
		"{\"vhosts\":[{\"port\":-1,\"mounts\":[{}]}]}", "{\"vhosts\":[{\"port\":-1,\"mounts\":[1]}]}",
		"{\"vhosts\":[{\"port\":-1,\"mounts\":[{\"mountpoint\":\"/\"}]}]}",
		"{\"vhosts\":[{\"port\":-1,\"mounts\":[{\"mountpoint\":\"/\",\"origin\":\"ftp://x\"}]}]}",
		"{\"vhosts\":[{\"port\":-1,\"mounts\":[{\"mountpoint\":\"/\",\"origin\":\"file://a\",\"origin\":\"callback://b\"}]}]}",
		"{\"vhosts\":[{\"port\":-1,\"headers\":[\"a\",{\"c\":\"d\",\"e:\":\"f\"}],\"headers\":{\"g\":\"h\"}}]}",
		"{\"vhosts\":[{\"port\":-1,\"ws-protocols\":[\"a\",{\"b\":\"c\"},{\"d\":5},{\"e\":{\"f\":{\"g\":\"h\"}}}]}]}",
		"{\"vhosts\":[{\"port\":-1,\"sts\":1,\"sts\":0,\"noipv6\":1,\"noipv6\":0,\"ipv6only\":1,\"ipv6only\":0}]}",
		"{\"vhosts\":[{\"port\":-1,\"strict-host-check\":1,\"strict-host-check\":0,\"ignore-missing-cert\":1,"
			"\"ignore-missing-cert\":0,\"h2-half-closed-long-poll\":1,\"h2-half-closed-long-poll\":0,"
			"\"allow-http-on-https\":1,\"allow-http-on-https\":0,\"client-cert-required\":1,"
			"\"client-cert-required\":0,\"unix-socket\":1,\"unix-socket\":0}]}",
		"{\"vhosts\":[{\"port\":-1,\"unix-socket-perms\":\"root:root\",\"interface\":\"lo\",\"alpn\":\"http/1.1\","
			"\"tls13-ciphers\":\"TLS_AES_256_GCM_SHA384\",\"ecdh-curve\":\"prime256v1\"}]}",
		"{\"vhosts\":[{\"port\":-1}]}{\"vhosts\":[{\"port\":-1,\"name\":\"second\"}]}",
		"{\"global\":{\"uid\":1}}{\"global\":{\"uid\":2}}", "{\"global\":[{\"uid\":1}]}",
		"{\"global\":{\"reject-service-keywords\":[\"a\",{\"b\":1,\"c\":\"d\",\"e\":{\"f\":\"g\"}}]}}",
		"{\"global\":{\"server-string\":{\"a\":\"b\"},\"username\":[\"c\",\"d\"],\"init-ssl\":true,\"uid\":null}}",
		"{\"vhosts\":[{\"port\":-1,\"name\":\"\xc3\xa9\"}]}", "{\"vhosts\":[{\"port\":-1,\"port\":\"0\"}]}",
	};
	char inner[300];
	unsigned int n;

	begin(argc, argv);
	lws_snprintf(dir, sizeof(dir), "%s/config", getenv("TMPDIR") ? getenv("TMPDIR") : ".");
	class_name = "no directory";
	run(class_name, sizeof(strings), 0);
	lws_snprintf(inner, sizeof(inner), "%s/conf.d", dir);
	if (mkdir(dir, 0700) || mkdir(inner, 0700)) {
		perror(inner);
		return 2;
	}
	run("no conf", sizeof(strings), 0);
	for (n = 0; n < LWS_ARRAY_SIZE(by_hand); n++)
		one("by hand", by_hand[n], LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT);

	one("a long text", "{\"vhosts\":[{\"port\":-1,\"error-document-404\":\"/" FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY "\"}]}", 0);
	one("a plain value as a text", "{\"vhosts\":[{\"port\":-1,\"name\":5,\"error-document-404\":\"/404\"}]}", 0);
	one("allow-non-tls and redirect-http off", "{\"vhosts\":[{\"port\":-1,\"allow-non-tls\":0,\"redirect-http\":0}]}",
	    LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT);
	one("client TLS", "{\"vhosts\":[{\"port\":-1,\"enable-client-ssl\":1},{\"port\":-1,\"name\":\"next\"}]}",
	    LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT);
	one("mounts that proxy", "{\"vhosts\":[{\"port\":-1,\"mounts\":[{\"mountpoint\":\"/\",\"origin\":\"http://a\"}]}]}", 0);

	file("conf.d/b", "{\"global\":{\"gid\":2},\"vhosts\":[{\"port\":-1,\"name\":\"b\"}]}");
	file("conf.d/a", "{\"global\":{\"gid\":1,\"uid\":1},\"vhosts\":[{\"port\":-1,\"name\":\"a\"}]}");
	file("conf.d/.c", "{\"vhosts\":[{\"port\":-1,\"name\":\"hidden\"}]}");
	file("conf.d/b~", "{\"vhosts\":[{\"port\":-1,\"name\":\"backup\"}]}");
	one("several files", "{\"vhosts\":[{\"port\":-1,\"name\":\"first\"}]}", 0);
	one("several files", "", 0);
	one("several files", "{", 0);
	file("conf.d/ab", "{\"vhosts\":[{\"port\":-1,\"name\":\"before the fault\"},{}");
	one("a bad file among several", "{\"vhosts\":[]}", 0);
	for (n = 0; n < 5; n++) {
		static const char *const names[] = { "conf.d/a", "conf.d/b", "conf.d/.c", "conf.d/b~", "conf.d/ab" };

		file(names[n], NULL);
	}
	for (n = 0; n < cases; n++)
		generated(n);

	return 0;
}
