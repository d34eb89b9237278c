/* A server whose loop is the program's own poll() and lws_service_fd(): prints what it sees; ends when its peer closes. */
#include <libwebsockets.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

static struct lws_context *cx;
static struct lws *conn;
#if defined(OURS)
static int nested;
#endif

static int echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	unsigned char b[LWS_PRE + 64];

	(void)user;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		conn = wsi;
		printf("established\n");
		break;
	case LWS_CALLBACK_RECEIVE:
#if defined(OURS)
		{
			struct lws_pollfd none;

			memset(&none, 0, sizeof(none));
			none.fd = -1;
			nested = lws_service_fd(cx, &none);
		}
#endif
		printf("receive %.*s\n", (int)len, (const char *)in);
		if (len > 64)
			return -1;
		memcpy(b + LWS_PRE, in, len);
		if (lws_write(wsi, b + LWS_PRE, len, LWS_WRITE_TEXT) < (int)len)
			return -1;
		break;
	case LWS_CALLBACK_CLOSED:
		printf("closed\n");
		conn = NULL;
		break;
	default:
		break;
	}
	return 0;
}

int main(void)
{
	static const struct lws_protocols protocols[] = { { "echo", echo, 0, 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 } };
	struct lws_context_creation_info info;
	struct lws_pollfd p;
	struct lws_vhost *vh;
	int r, rounds = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(&info, 0, sizeof(info));
	info.port = 0;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	cx = lws_create_context(&info);
	if (!cx)
		return 1;
	vh = lws_create_vhost(cx, &info);
	if (!vh)
		return 1;
	printf("port %d\n", lws_get_vhost_listen_port(vh));
	while (!conn)
		if (lws_service(cx, 0) < 0)
			return 1;
	while (conn && rounds++ < 1000) {
		memset(&p, 0, sizeof(p));
		p.fd = lws_get_socket_fd(conn);
		p.events = POLLIN;
		if (poll((struct pollfd *)&p, 1, 20000) < 1)
			break;
		r = lws_service_fd(cx, &p);
		printf("served %d, revents %d\n", r, p.revents);
	}
	memset(&p, 0, sizeof(p));
	p.fd = 0;
	p.revents = POLLIN;
	r = lws_service_fd(cx, &p);
	printf("another's %d, revents %d\n", r, p.revents);
	r = lws_service_fd_tsi(cx, &p, 0);
	printf("another's %d, revents %d\n", r, p.revents);
	printf("adjusted %d\n", lws_service_adjust_timeout(cx, 1000, 0) > 0);
#if defined(OURS)
	printf("nested %d\n", nested);
	printf("timers only %d\n", lws_service_fd(cx, NULL));
	printf("no context %d, no service thread %d\n", lws_service_fd(NULL, &p), lws_service_fd_tsi(cx, &p, 1));
#endif
	lws_context_destroy(cx);
	return 0;
}
