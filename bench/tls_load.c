/*
 * Load over TLS for a WebSocket echo server: one thread, OpenSSL, every reply compared. Prints one JSON object, like
 * bench/load, and takes its arguments.
 *
 *   tls_load echo|handshake|resume|idle --port N --server-pid P --connections N --size N --in-flight N --idle N
 *            --seconds S --warmup S
 *
 * echo: a number of messages at once on each connection in turn, then their replies.  handshake: TLS handshakes without a
 * request, each to the end.  resume: the same with the session of one before them, which must be taken.  idle: what
 * connections that say nothing take of the server's memory.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static SSL_CTX *tls;
static SSL_SESSION *session;
static int port, server_pid, connections = 100, in_flight = 16, idle = 1000;
static size_t size = 64;
static double seconds = 3, warmup = 0.5;

static void fail(const char *what)
{
	fprintf(stderr, "tls_load: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Time that the server's threads have spent on a CPU, in seconds. */
static double spent(void)
{
	char path[400];
	unsigned long long ns, sum = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/task", server_pid);
	dir = opendir(path);
	if (!dir)
		fail("the server has gone");
	while ((entry = readdir(dir))) {
		FILE *f;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", server_pid, entry->d_name);
		f = fopen(path, "r");
		if (!f || fscanf(f, "%llu", &ns) != 1)
			fail("no schedstat");
		fclose(f);
		sum += ns;
	}
	closedir(dir);
	return (double)sum / 1e9;
}

static double resident(void)
{
	char line[200];
	double kib = 0;
	FILE *f;

	snprintf(line, sizeof line, "/proc/%d/status", server_pid);
	f = fopen(line, "r");
	if (!f)
		fail("the server has gone");
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "VmRSS: %lf", &kib) == 1)
			break;
	fclose(f);
	return kib * 1024;
}

static SSL *secure(int resumes)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	SSL *ssl = SSL_new(tls);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to))
		fail("no connection");
	SSL_set_fd(ssl, fd);
	SSL_set_tlsext_host_name(ssl, "localhost");
	if (resumes) {
		/* each connection a copy: OpenSSL marks a session that was used */
		SSL_SESSION *copy = SSL_SESSION_dup(session);

		SSL_set_session(ssl, copy);
		SSL_SESSION_free(copy);
	}
	if (SSL_connect(ssl) != 1)
		fail("no handshake");
	if (resumes && !SSL_session_reused(ssl))
		fail("the session was not taken");
	return ssl;
}

static void end(SSL *ssl)
{
	char rest[4096];
	int fd = SSL_get_fd(ssl);

	SSL_shutdown(ssl);
	shutdown(fd, SHUT_WR);
	while (read(fd, rest, sizeof rest) > 0)
		;
	SSL_free(ssl);
	close(fd);
}

static SSL *upgraded(void)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
	char head[2000];
	int n = 0, got;
	SSL *ssl = secure(0);

	SSL_write(ssl, request, sizeof request - 1);
	while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4)) {
		got = SSL_read(ssl, head + n, (int)sizeof head - n);
		if (got <= 0)
			fail("no answer to the upgrade");
		n += got;
	}
	if (memcmp(head, "HTTP/1.1 101", 12))
		fail("the upgrade was refused");
	return ssl;
}

static int keep(SSL *ssl, SSL_SESSION *fresh)
{
	(void)ssl;
	SSL_SESSION_free(session);
	session = fresh;
	return 1;
}

/* A frame's head; `key`: with a mask key. */
static size_t head_of(unsigned char *to, int key)
{
	size_t n = 2;

	to[0] = 0x82;
	if (size < 126) {
		to[1] = (unsigned char)size;
	} else if (size < 65536) {
		to[1] = 126;
		to[2] = (unsigned char)(size >> 8);
		to[3] = (unsigned char)size;
		n = 4;
	} else {
		to[1] = 127;
		for (int i = 0; i < 8; i++)
			to[2 + i] = (unsigned char)((unsigned long long)size >> (8 * (7 - i)));
		n = 10;
	}
	if (key) {
		to[1] |= 0x80;
		memcpy(to + n, "\x12\x34\x56\x78", 4);
		n += 4;
	}
	return n;
}

static void echo(void)
{
	static const unsigned char key[] = "\x12\x34\x56\x78";
	SSL **all = calloc((size_t)connections, sizeof *all);
	unsigned char *out = malloc((size + 14) * (size_t)in_flight), *wanted = malloc((size + 14) * (size_t)in_flight);
	unsigned char *got = malloc((size + 14) * (size_t)in_flight);
	size_t out_len = 0, wanted_len = 0;
	double begun, cpu = 0, until;
	long messages = 0;
	int measuring = 0;

	for (int m = 0; m < in_flight; m++) {
		out_len += head_of(out + out_len, 1);
		wanted_len += head_of(wanted + wanted_len, 0);
		for (size_t i = 0; i < size; i++) {
			wanted[wanted_len + i] = (unsigned char)(i * 7 + (i >> 8) + (size_t)m);
			out[out_len + i] = wanted[wanted_len + i] ^ key[i & 3];
		}
		out_len += size;
		wanted_len += size;
	}
	for (int i = 0; i < connections; i++)
		all[i] = upgraded();
	begun = now();
	until = begun + warmup;
	for (;;) {
		double at = now();

		if (at >= until) {
			if (measuring)
				break;
			measuring = 1;
			messages = 0;
			cpu = spent();
			begun = at;
			until = at + seconds;
		}
		for (int i = 0; i < connections; i++)
			if (SSL_write(all[i], out, (int)out_len) != (int)out_len)
				fail("the server does not take it");
		for (int i = 0; i < connections; i++) {
			for (size_t n = 0; n < wanted_len;) {
				int len = SSL_read(all[i], got + n, (int)(wanted_len - n));

				if (len <= 0)
					fail("a reply did not come");
				n += (size_t)len;
			}
			if (memcmp(got, wanted, wanted_len))
				fail("a reply is wrong");
		}
		messages += (long)in_flight * connections;
	}
	cpu = spent() - cpu;
	begun = now() - begun;
	printf("{\"mode\":\"tls echo\",\"messages\":%ld,\"messages_per_s\":%.0f,\"server_cpu_us_per_message\":%.4f,"
	       "\"server_cpu_share\":%.3f}\n", messages, (double)messages / begun, cpu * 1e6 / (double)messages, cpu / begun);
	free(all);
	free(out);
	free(wanted);
	free(got);
}

static void handshakes(int resumes)
{
	double begun, cpu = 0, until;
	long count = 0;
	int measuring = 0;

	if (resumes) {
		SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(tls, keep);
		end(upgraded());
		SSL_CTX_sess_set_new_cb(tls, NULL);
		if (!session)
			fail("the server gives no session");
	}
	begun = now();
	until = begun + warmup;
	for (;;) {
		if (now() >= until) {
			if (measuring)
				break;
			measuring = 1;
			count = 0;
			cpu = spent();
			begun = now();
			until = begun + seconds;
		}
		end(secure(resumes));
		count++;
	}
	cpu = spent() - cpu;
	begun = now() - begun;
	printf("{\"mode\":\"tls handshake\",\"handshakes\":%ld,\"handshakes_per_s\":%.0f,\"server_cpu_us_per_handshake\":%.3f,"
	       "\"server_cpu_share\":%.3f}\n", count, (double)count / begun, cpu * 1e6 / (double)count, cpu / begun);
}

static void idle_ones(void)
{
	double before, cpu;

	/* what the first connections make the server allocate for all is not counted */
	for (int i = 0; i < 50; i++)
		upgraded();
	before = resident();
	cpu = spent();
	for (int i = 0; i < idle; i++)
		upgraded();
	cpu = spent() - cpu;
	usleep(300000);
	printf("{\"mode\":\"tls idle\",\"idle\":%d,\"server_cpu_us_per_handshake\":%.3f,\"server_resident_bytes_per_idle\":%.0f}\n",
	       idle, cpu * 1e6 / idle, (resident() - before) / idle);
}

int main(int argc, char **argv)
{
	struct rlimit files;

	for (int i = 2; i + 1 < argc; i += 2) {
		const char *value = argv[i + 1];

		if (!strcmp(argv[i], "--port")) port = atoi(value);
		else if (!strcmp(argv[i], "--server-pid")) server_pid = atoi(value);
		else if (!strcmp(argv[i], "--connections")) connections = atoi(value);
		else if (!strcmp(argv[i], "--size")) size = (size_t)atol(value);
		else if (!strcmp(argv[i], "--in-flight")) in_flight = atoi(value);
		else if (!strcmp(argv[i], "--idle")) idle = atoi(value);
		else if (!strcmp(argv[i], "--seconds")) seconds = atof(value);
		else if (!strcmp(argv[i], "--warmup")) warmup = atof(value);
		else fail("an option that is not known");
	}
	if (argc < 2 || !port || !server_pid)
		fail("tls_load echo|handshake|resume|idle --port N --server-pid P …");
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	tls = SSL_CTX_new(TLS_client_method());
	/* the contender's cryptography is measured, not which of its ciphers it prefers */
	SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set1_groups_list(tls, "X25519");
	if (!strcmp(argv[1], "echo"))
		echo();
	else if (!strcmp(argv[1], "handshake") || !strcmp(argv[1], "resume"))
		handshakes(argv[1][0] == 'r');
	else if (!strcmp(argv[1], "idle"))
		idle_ones();
	else
		fail("an unknown mode");
	return 0;
}
