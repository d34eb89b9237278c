/* numeric addresses, interfaces, peers */
#include "common.h"
#include <arpa/inet.h>
#include <sys/un.h>
#include <unistd.h>

static void parse(const char *in)
{
	uint8_t r[40];
	lws_sockaddr46 sa;
	char b[64];
	int n, m;

	memset(r, 0, sizeof(r));
	n = lws_parse_numeric_address(in, r, 16);
	show("parse", in, strlen(in));
	printf("%d\n", n < 0 ? -1 : n);
	if (n > 0) {
		show("", r, (size_t)n);
		b[0] = '\0';
		m = lws_write_numeric_address(r, n, b, sizeof(b));
		printf("%d %s\n", m, b);
	}
	memset(&sa, 0x55, sizeof(sa));
	m = lws_sa46_parse_numeric_address(in, &sa);
	printf("sa46 %d\n", m < 0 ? -1 : m);
	if (!m) {
		printf("family %d port %d ", sa.sa4.sin_family, sa.sa4.sin_port);
		b[0] = '\0';
		m = lws_sa46_write_numeric_address(&sa, b, sizeof(b));
		printf("%d %s self %d\n", m, b, lws_sa46_compare_ads(&sa, &sa));
	}
}

static void interface(int ipv6, const char *name)
{
	struct sockaddr_in6 sa6;
	char b[64] = "";
	int n;

	memset(&sa6, 0, sizeof(sa6));
	n = lws_interface_to_sa(ipv6, name, (struct sockaddr_in *)&sa6, sizeof(sa6));
	if (!n && ipv6)
		inet_ntop(AF_INET6, &sa6.sin6_addr, b, sizeof(b));
	if (!n && !ipv6)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&sa6)->sin_addr, b, sizeof(b));
	printf("interface %d %s: %d %s\n", ipv6, name, n, b);
}

static void peers(void)
{
	struct sockaddr_in sa;
	struct sockaddr_in6 sa6;
	socklen_t len = sizeof(sa);
	int l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0), s, p[2];
	const char *r;
	char b[64];

	memset(&sa, 0, sizeof(sa));
	sa.sin_family = AF_INET;
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(l, (struct sockaddr *)&sa, sizeof(sa)) || listen(l, 1) || getsockname(l, (struct sockaddr *)&sa, &len) ||
	    connect(c, (struct sockaddr *)&sa, sizeof(sa)))
		printf("no loopback\n");
	s = accept(l, NULL, NULL);
	r = lws_get_peer_simple_fd(s, b, sizeof(b));
	printf("peer %s %d\n", r ? r : "NULL", r == b);
	r = lws_get_peer_simple_fd(s, b, 4);
	printf("peer in no room %s\n", r ? r : "NULL");
	r = lws_get_peer_simple_fd(l, b, sizeof(b));
	printf("no peer %s\n", r ? r : "NULL");
	r = lws_get_peer_simple_fd(-1, b, sizeof(b));
	printf("no socket %s\n", r ? r : "NULL");
	close(s);
	close(c);
	close(l);

	l = socket(AF_INET6, SOCK_STREAM, 0);
	memset(&sa6, 0, sizeof(sa6));
	sa6.sin6_family = AF_INET6;
	len = sizeof(sa6);
	if (l >= 0 && !bind(l, (struct sockaddr *)&sa6, sizeof(sa6)) && !listen(l, 1) && !getsockname(l, (struct sockaddr *)&sa6, &len)) {
		c = socket(AF_INET, SOCK_STREAM, 0);
		sa.sin_port = sa6.sin6_port;
		if (!connect(c, (struct sockaddr *)&sa, sizeof(sa))) {
			s = accept(l, NULL, NULL);
			r = lws_get_peer_simple_fd(s, b, sizeof(b));
			printf("mapped peer %s\n", r ? r : "NULL");
			close(s);
		}
		close(c);
	}
	close(l);
	if (!socketpair(AF_UNIX, SOCK_STREAM, 0, p)) {
		r = lws_get_peer_simple_fd(p[0], b, sizeof(b));
		printf("unix peer %s\n", r ? r : "NULL");
		close(p[0]);
		close(p[1]);
	}
}

static void check_ours(void)
{
	lws_sockaddr46 a, z;
	uint8_t r[16];
	char b[64] = "xyz";

	lws_set_log_level(0, NULL);
	memset(&a, 0, sizeof(a));
	memset(r, 0, sizeof(r));
	CK(lws_parse_numeric_address(NULL, r, 16) < 0 && lws_parse_numeric_address("1.2.3.4", NULL, 16) < 0);
	CK(lws_parse_numeric_address("1.2.3.4", r, 3) < 0 && lws_parse_numeric_address("::1", r, 15) < 0);
	CK(lws_sa46_parse_numeric_address(NULL, &a) < 0 && lws_sa46_parse_numeric_address("::1", NULL) < 0);
	CK(lws_write_numeric_address(NULL, 4, b, 64) < 0 && lws_write_numeric_address(r, 4, NULL, 64) < 0);
	CK(lws_write_numeric_address(r, 5, b, 64) < 0 && lws_write_numeric_address(r, -4, b, 64) < 0 && lws_write_numeric_address(r, 4, b, 0) < 0);
	memset(r, 255, 16);
	CK(lws_write_numeric_address(r, 16, b, 39) < 0 && lws_write_numeric_address(r, 16, b, 40) == 39);
	CK(lws_write_numeric_address(r, 4, b, 15) == 15 && strlen(b) == 14);
	CK(lws_write_numeric_address(r, 4, b, 16) == 15 && !strcmp(b, "255.255.255.255"));
	CK(lws_sa46_write_numeric_address(NULL, b, 64) < 0 && lws_sa46_write_numeric_address(&a, NULL, 64) < 0);
	memset(&a, 0, sizeof(a));
	memset(&z, 0, sizeof(z));
	CK(lws_sa46_compare_ads(NULL, &a) && lws_sa46_compare_ads(&a, NULL));
	/* what does not fit into 16 bytes, white space and signs are no addresses */
	CK(lws_parse_numeric_address("1:2:3:4:5:6:7:8:9", r, 16) < 0 && lws_parse_numeric_address("1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:1:2:3:4", r, 16) < 0);
	CK(lws_parse_numeric_address("1.2.3.4 ", r, 16) < 0 && lws_parse_numeric_address(" 1.2.3.4", r, 16) < 0 && lws_parse_numeric_address("1 .2.3.4", r, 16) < 0);
	CK(lws_parse_numeric_address("1::2::3", r, 16) < 0 && lws_parse_numeric_address(":::", r, 16) < 0 && lws_parse_numeric_address("::12345", r, 16) < 0);
	CK(lws_parse_numeric_address("64:ff9b::1.2.3.4", r, 16) == 16 && r[1] == 0x64 && r[15] == 4);
	CK(lws_parse_numeric_address("1.2.3.4.", r, 16) < 0 && lws_parse_numeric_address("1..2.3.4", r, 16) < 0 && lws_parse_numeric_address("....1.2.3.4", r, 16) < 0);
	CK(lws_interface_to_sa(0, NULL, &a.sa4, sizeof(a)) == LWS_ITOSA_NOT_EXIST && lws_interface_to_sa(0, "lo", NULL, sizeof(a)) == LWS_ITOSA_NOT_EXIST);
	CK(lws_interface_to_sa(0, "lo", &a.sa4, 3) == LWS_ITOSA_NOT_USABLE && lws_interface_to_sa(1, "::1", &a.sa4, sizeof(struct sockaddr_in)) == LWS_ITOSA_NOT_USABLE);
	/* the original writes the four bytes to the wrong place */
	CK(lws_interface_to_sa(1, "127.0.0.1", &a.sa4, sizeof(a)) == 0 && a.sa6.sin6_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a.sa6.sin6_addr));
	CK(!lws_get_peer_simple_fd(0, NULL, 10) && !lws_get_peer_simple_fd(-1, b, 0));
}

int main(int argc, char **argv)
{
	static const char *hand[] = {
		"1.2.3.4", "::1", "fe80::1:2", "::ffff:1.2.3.4", "1.2.3", "1.2.3.4.5", "256.1.1.1", "x", "2001:db8:0:0:1:0:0:1", "", "::", "0.0.0.0",
		"255.255.255.255", "01.02.03.04", "001.002.003.004", "1.2.3.999", "1.2.3.0004", "a.b.c.d", "1.2.3.-4", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1::8", "::8", "1::",
		"ABCD:EF01::", "g::1", "1:2:3:4:5:6:7:88888", "2001:db8::", "2001:db8::1:0:0:1", "fe80::", "ff02::1", "::ffff:10.0.0.1", "0:0:0:0:0:0:0:0", "1:0:0:2:0:0:0:3", "localhost"
	};
	static const char *same[] = { "1.2.3.4", "1.2.3.5", "::1", "::2", "::ffff:1.2.3.4" };
	lws_sockaddr46 a, z;
	uint8_t r[16];
	char b[64];
	int i, j, n;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	lws_set_log_level(0, NULL);
	for (i = 0; i < (int)(sizeof(hand) / sizeof(*hand)); i++)
		parse(hand[i]);
	printf("codes %d %d %d %d %d\n", lws_parse_numeric_address("1.2.3", r, 16), lws_parse_numeric_address("1.2.3.4.5", r, 16),
	       lws_parse_numeric_address("256.1.1.1", r, 16), lws_parse_numeric_address("1.2.3.4", r, 3), lws_parse_numeric_address("::1", r, 15));

	seed(10);
	for (i = 0; i < 4000; i++) {
		for (j = 0; j < 16; j++)
			r[j] = (uint8_t)(rnd(2) ? 0 : rnd(256));
		n = lws_write_numeric_address(r, 4, b, sizeof(b));
		printf("%d %s\n", n, b);
		inet_ntop(AF_INET6, r, b, sizeof(b));
		if (!strchr(b, '.') || !strncmp(b, "::ffff:", 7)) /* others with an IPv4 tail the original refuses */
			parse(b);
		snprintf(b, sizeof(b), "%x:%x:%x:%x:%x:%x:%x:%x", r[0], r[1], r[2] * 256 + r[3], r[4], r[5], r[6], r[7] * 200, r[8]);
		parse(b);
		snprintf(b, sizeof(b), "%u.%u.%u.%u", r[0] + (rnd(9) == 0 ? 100 : 0), r[1], r[2], r[3]);
		parse(b);
	}
	for (i = 0; i < 5; i++)
		for (j = 0; j < 5; j++) {
			if (lws_sa46_parse_numeric_address(same[i], &a) || lws_sa46_parse_numeric_address(same[j], &z))
				printf("?");
			printf("%d", !!lws_sa46_compare_ads(&a, &z));
		}
	printf("\n");

	interface(0, "lo");
	interface(0, "127.0.0.1");
	interface(0, "nosuch0");
	interface(0, "");
	interface(1, "lo");
	interface(1, "::1");
	interface(1, "nosuch0");
	peers();

	return 0;
}
