/*
 * The JSON configuration: vhosts that serve as it says, room that runs out at every byte, arguments that are none. What it
 * makes of many texts is compared in tests/differential/config.c.
 */
#include "common.h"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];
static struct sockaddr_in place;

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	const struct lws_protocol_vhost_options *o;

	if (reason == LWS_CALLBACK_PROTOCOL_INIT) {
		o = lws_pvo_search((const struct lws_protocol_vhost_options *)in, "option");
		printf("init: %s has option %s\n", lws_get_protocol(wsi)->name, o ? o->value : "none");
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ "first", callback, 0, 0, 0, NULL, 0 }, { "second", callback, 0, 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 }
};

static void conf(const char *text)
{
	char path[128];
	FILE *f;

	lws_snprintf(path, sizeof(path), "%s/conf", dir);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f)) {
		perror(path);
		exit(2);
	}
}

static struct lws_context *context(struct lws_context_creation_info *info)
{
	struct lws_context *c;

	memset(info, 0, sizeof(*info));
	info->options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	c = lws_create_context(info);
	info->protocols = protocols;
	return c;
}

/* sends a request and prints the answer's status, and its header x-a */
static void ask(struct lws_context *c, const char *what, const char *request)
{
	char answer[2048], *line;
	int fd = socket(AF_INET, SOCK_STREAM, 0), turns, n = 0, got;

	if (connect(fd, (struct sockaddr *)&place, sizeof(place))) {
		printf("%s: cannot connect: %s\n", what, strerror(errno));
		close(fd);
		return;
	}
	got = (int)send(fd, request, strlen(request), MSG_NOSIGNAL);
	for (turns = 0; turns < 2000 && n < (int)sizeof(answer) - 1; turns++) {
		lws_service(c, -1);
		got = (int)recv(fd, answer + n, sizeof(answer) - 1 - (size_t)n, MSG_DONTWAIT);
		if (got > 0)
			n += got;
		answer[n] = '\0';
		if (!got || strstr(answer, "\r\n\r\n"))
			break;
		usleep(1000);
	}
	close(fd);
	line = strstr(answer, "x-a:");
	printf("%s: %.12s, %.5s\n", what, n ? answer : "no answer", line ? line : "-");
	for (turns = 0; turns < 5; turns++)
		lws_service(c, -1);
}

#define WS "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
	   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* a port that is free */
static void choose_place(void)
{
	socklen_t len = sizeof(place);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	place.sin_family = AF_INET;
	place.sin_port = 0;
	place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&place, len) || getsockname(fd, (struct sockaddr *)&place, &len)) {
		perror("bind");
		exit(2);
	}
	close(fd);
}

static void serve(const char *more)
{
	static char strings[4096];
	struct lws_context_creation_info info;
	struct lws_context *c = context(&info);
	char text[1024], *p = strings;
	int left = sizeof(strings);

	choose_place();
	lws_snprintf(text, sizeof(text), "{\"vhosts\":[{\"name\":\"h\",\"port\":%d,\"interface\":\"lo\","
		     "\"headers\":[{\"x-a\":\"1\"}],\"ws-protocols\":[{\"first\":{\"option\":\"yes\"}}],"
		     "\"mounts\":[{\"mountpoint\":\"/files\",\"origin\":\"file://%s\",\"extra-mimetypes\":{\".q\":\"a/b\"}},"
		     "{\"mountpoint\":\"/away\",\"origin\":\">https://example.com\"}]%s}]}", ntohs(place.sin_port), dir, more);
	conf(text);
	printf("vhosts: %d\n", lwsws_get_config_vhosts(c, &info, dir, &p, &left));
	/* 4.1.6 listens from its first pass on */
	lws_service(c, -1);
	lws_service(c, -1);
	ask(c, "ws with a protocol", WS "Sec-WebSocket-Protocol: second\r\n\r\n");
	ask(c, "ws without", WS "\r\n");
	ask(c, "a file", "GET /files/page.html HTTP/1.1\r\nHost: h\r\n\r\n");
	ask(c, "another type", "GET /files/page.q HTTP/1.1\r\nHost: h\r\n\r\n");
	ask(c, "elsewhere", "GET /away/x HTTP/1.1\r\nHost: h\r\n\r\n");
	lws_context_destroy(c);
}

/* 4.1.6 writes past the end of too little room */
static void little_room(void)
{
	static const char text[] = "{\"global\":{\"server-string\":\"abc\",\"reject-service-keywords\":[{\"a\":\"b\"}]},"
		"\"vhosts\":[{\"name\":\"v\",\"port\":-1,\"headers\":[{\"h\":\"_lws_ddir_\"}],\"ws-protocols\":[{\"first\":"
		"{\"option\":\"1\"}}],\"mounts\":[{\"mountpoint\":\"/\",\"origin\":\"file:///x\",\"pmo\":[{\"e\":\"f\"}]}]}]}";
	struct lws_context_creation_info info;
	char room[1024], *p;
	int len, left, n, k, enough[2] = { 0, 0 };

	conf(text);
	for (len = 0; len < 900; len += 29) {
		for (k = 0; k < 2; k++) {
			struct lws_context *c = context(&info);

			memset(room, 0x5a, sizeof(room));
			p = room + 1;
			left = len;
			n = k ? lwsws_get_config_vhosts(c, &info, dir, &p, &left) :
				lwsws_get_config_globals(&info, dir, &p, &left);
			CK(n == 0 || n == 1);
			CK(n ? p == room + 1 && left == len : p - room - 1 + left == len && left >= 0);
			CK(!enough[k] || !n);
			enough[k] |= !n;
			for (n = len + 1; n < (int)sizeof(room); n++)
				CK(room[n] == 0x5a);
			lws_context_destroy(c);
		}
	}
	CK(enough[0] && enough[1]);
}

static void hostile(void)
{
	struct lws_context_creation_info info;
	struct lws_context *c = context(&info);
	char room[256], *p = room, *none = NULL;
	int left = sizeof(room), negative = -1;

	conf("{\"vhosts\":[{\"port\":-1}]}");
	CK(lwsws_get_config_globals(NULL, dir, &p, &left) == 1);
	CK(lwsws_get_config_globals(&info, NULL, &p, &left) == 1);
	CK(lwsws_get_config_globals(&info, dir, NULL, &left) == 1);
	CK(lwsws_get_config_globals(&info, dir, &none, &left) == 1);
	CK(lwsws_get_config_globals(&info, dir, &p, NULL) == 1);
	CK(lwsws_get_config_globals(&info, dir, &p, &negative) == 1);
	CK(lwsws_get_config_vhosts(NULL, &info, dir, &p, &left) == 1);
	CK(lwsws_get_config_vhosts(c, NULL, dir, &p, &left) == 1);
	CK(lwsws_get_config_vhosts(c, &info, NULL, &p, &left) == 1);
	CK(lwsws_get_config_vhosts(c, &info, dir, NULL, &left) == 1);
	CK(lwsws_get_config_vhosts(c, &info, dir, &none, &left) == 1);
	CK(lwsws_get_config_vhosts(c, &info, dir, &p, NULL) == 1);
	CK(lwsws_get_config_vhosts(c, &info, dir, &p, &negative) == 1);
	conf("{\"vhosts\":[{\"port\":-1,\"ws-protocols\":[{\"a.b\":\"c\"}]}]}");
	CK(lwsws_get_config_vhosts(c, &info, dir, &p, &left) == 1);
	CK(p == room && left == (int)sizeof(room));
	lws_context_destroy(c);
}

int main(int argc, char **argv)
{
	char path[128];

	lws_set_log_level(0, NULL);
	lws_snprintf(dir, sizeof(dir), "/tmp/families-config-XXXXXX");
	if (!mkdtemp(dir))
		return 2;
	lws_snprintf(path, sizeof(path), "%s/page.html", dir);
	fclose(fopen(path, "w"));
	lws_snprintf(path, sizeof(path), "%s/page.q", dir);
	fclose(fopen(path, "w"));
	if (ours(argc, argv)) {
		little_room();
		hostile();
	} else {
		serve("");
		serve(",\"disable-no-protocol-ws-upgrades\":1");
		serve(",\"sts\":1,\"keepalive_timeout\":3");
	}
	lws_dir(dir, NULL, lws_dir_rm_rf_cb);
	rmdir(dir);

	return failures;
}
