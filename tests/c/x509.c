/*
 * x509 CERT ISSUER NAME: what lws_x509_* says of the certificate in the file CERT, and whether it names the one in ISSUER as
 * its issuer (with and without its common name being NAME); then the same facts of a vhost that serves it (CERT.key).
 */
#include "common.h"

static struct lws_x509_cert *load(const char *path)
{
	struct lws_x509_cert *x509 = NULL;
	static char text[65536];
	FILE *f = fopen(path, "rb");
	size_t len = f ? fread(text, 1, sizeof text - 1, f) : 0;

	if (!f || lws_x509_create(&x509))
		die("cannot read %s", path);
	fclose(f);
	text[len] = 0;
	if (lws_x509_parse_from_pem(x509, text, len + 1))
		die("no certificate in %s", path);
	return x509;
}

typedef int (*ask_t)(void *of, enum lws_tls_cert_info type, union lws_tls_cert_info_results *buf, size_t len);

static int of_object(void *of, enum lws_tls_cert_info type, union lws_tls_cert_info_results *buf, size_t len)
{
	return lws_x509_info((struct lws_x509_cert *)of, type, buf, len);
}

static int of_vhost(void *of, enum lws_tls_cert_info type, union lws_tls_cert_info_results *buf, size_t len)
{
	return lws_tls_vhost_cert_info((struct lws_vhost *)of, type, buf, len);
}

static void tell(const char *whose, ask_t ask, void *of)
{
	union {
		union lws_tls_cert_info_results info;
		char room[4096];
	} u;

#define ASK(type, len) (memset(&u, 0, sizeof u), ask(of, type, &u.info, len))
	if (!ASK(LWS_TLS_CERT_INFO_VALIDITY_FROM, 0))
		say("%s from %lld", whose, (long long)u.info.time);
	if (!ASK(LWS_TLS_CERT_INFO_VALIDITY_TO, 0))
		say("%s to %lld", whose, (long long)u.info.time);
	if (!ASK(LWS_TLS_CERT_INFO_COMMON_NAME, 256))
		say("%s cn %s", whose, u.info.ns.name);
	if (!ASK(LWS_TLS_CERT_INFO_ISSUER_NAME, 256))
		say("%s issuer %s", whose, u.info.ns.name);
	if (!ASK(LWS_TLS_CERT_INFO_USAGE, 0))
		say("%s usage %x", whose, u.info.usage);
	if (!ASK(LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY, 2048)) {
		printf("%s key ", whose);
		for (int n = 0; n < u.info.ns.len; n++)
			printf("%02x", (unsigned char)u.info.ns.name[n]);
		say("%s", "");
	}
	say("%s short %d", whose, ASK(LWS_TLS_CERT_INFO_OPAQUE_PUBLIC_KEY, 8));
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = { { .name = "x", .callback = lws_callback_http_dummy }, { .name = NULL } };
	struct lws_context_creation_info info;
	struct lws_x509_cert *cert, *issuer;
	char key[600];

	if (argc != 4)
		return 2;
	lws_set_log_level(LLL_ERR, NULL);
	cert = load(argv[1]);
	issuer = load(argv[2]);
	tell("object", of_object, cert);
	say("issued %d", lws_x509_verify(cert, issuer, NULL));
	say("named %d", lws_x509_verify(cert, issuer, argv[3]));
	say("otherwise %d", lws_x509_verify(cert, issuer, "another name"));
	lws_x509_destroy(&cert);
	lws_x509_destroy(&issuer);
	say("gone %d", !cert && !issuer);

	memset(&info, 0, sizeof info);
	snprintf(key, sizeof key, "%.*s.key", (int)strlen(argv[1]) - 4, argv[1]);
	info.port = 0;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = "v";
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.ssl_cert_filepath = argv[1];
	info.ssl_private_key_filepath = key;
	context = lws_create_context(&info);
	if (!context)
		die("no context");
	tell("vhost", of_vhost, lws_get_vhost_by_name(context, "v"));
	lws_context_destroy(context);
	return 0;
}
