/*
 * What the calls in calls.tsv are made with: handles of the kind that is asked
 * for, and small things of the right type for all else.
 */
#ifndef TORTURE_ENV_H
#define TORTURE_ENV_H
#include "../common.h"
#include <poll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <fcntl.h>

enum kind { OWN, OTHER, DEAD, NONE, FOREIGN, KINDS };
static const char * const kind_names[] = { "own", "other", "dead", "null", "foreign" };

struct env {
	struct lws *wsi;
	struct lws_context *context, *own_context;
	struct lws_vhost *vhost, *own_vhost;
	unsigned char *p;                       /* BP, a write position in buffer */
	size_t n;
	struct pollfd pollfd;
	unsigned char buffer[LWS_PRE + 1024];
	char text[512];
};

struct call {
	const char *name;
	long (*make)(struct env *e);
	int wsi, context, vhost;                /* which handles it takes */
	int judged;
	long dead;                              /* what a dead handle, or NULL, must give, if judged */
	int service_thread;                     /* its rule in the table of exports */
	int by_way_of_context;                  /* takes no handle, but its call fetches something of the context */
};

#define W          e->wsi
#define C          e->context
#define V          e->vhost
#define CTX        e->own_context
#define VH         e->own_vhost
#define PR         protocols
#define BUF        (e->buffer + LWS_PRE)
#define BP         (&e->p)
#define END        (e->buffer + sizeof e->buffer)
#define S          e->text
#define N          (&e->n)
#define POLLFD     (&e->pollfd)
#define SUL        (&spare_timer)
#define NAMES      param_names
#define FILE_PATH  "/etc/passwd"
#define FD()       fresh_socket()

#define BUFLIST    struct lws_buflist *b = NULL; lws_buflist_append_segment(&b, BUF, 4); \
		   lws_buflist_append_segment(&b, BUF, 4)
#define DLL2       static lws_dll2_owner_t o; static lws_dll2_t a, b; memset(&o, 0, sizeof o); \
		   memset(&a, 0, sizeof a); memset(&b, 0, sizeof b); lws_dll2_add_tail(&a, &o)
#define LEJP_TEST  struct lejp_ctx x; lejp_construct(&x, on_json, NULL, NAMES, 1)
#define LWSAC      struct lwsac *a = NULL; memset(lwsac_use(&a, 16, 64), 0, 16)
#define RING       struct lws_ring *r = lws_ring_create(4, 8, NULL); lws_ring_insert(r, S, 2)
#define SPA        struct lws_spa *p = lws_spa_create(NULL, NAMES, 1, 64, NULL, NULL)
#define STATE      static const char *names[] = { "a", "b" }; lws_state_manager_t m; lws_state_notify_link_t l; \
		   memset(&m, 0, sizeof m); memset(&l, 0, sizeof l); m.name = "m"; m.state_names = names; \
		   l.name = "l"; l.notify_cb = on_state
#define STREXP     lws_strexp_t x; lws_strexp_init(&x, NULL, on_expand, S, 64)
#define VFS        lws_fop_flags_t f = 0; lws_fop_fd_t d = lws_vfs_file_open(lws_get_fops(CTX), FILE_PATH, &f)

static UNUSED lws_sorted_usec_list_t spare_timer;
static UNUSED const char * const param_names[] = { "a" };
static const struct lws_protocols protocols[];

static UNUSED void on_timer(lws_sorted_usec_list_t *timer)
{
	(void)timer;
}

static UNUSED signed char on_json(struct lejp_ctx *ctx, char reason)
{
	(void)ctx;
	(void)reason;
	return 0;
}

static UNUSED int on_smd(void *opaque, uint32_t class_, lws_usec_t time, void *buf, size_t len)
{
	(void)opaque;
	(void)class_;
	(void)time;
	(void)buf;
	(void)len;
	return 0;
}

static UNUSED int on_state(struct lws_state_manager *mgr, struct lws_state_notify_link *link, int now, int target)
{
	(void)mgr;
	(void)link;
	(void)now;
	(void)target;
	return 0;
}

static UNUSED int on_expand(void *priv, const char *name, char *out, size_t *pos, size_t olen, size_t *ofs)
{
	(void)priv;
	(void)name;
	(void)out;
	(void)pos;
	(void)olen;
	(void)ofs;
	return 0;
}

static UNUSED int on_dir(const char *path, void *user, struct lws_dir_entry *entry)
{
	(void)path;
	(void)user;
	(void)entry;
	return 0;
}

static UNUSED int on_glob(void *data, const char *path)
{
	(void)data;
	(void)path;
	return 0;
}

static UNUSED int on_item(struct lws_dll2 *item, void *user)
{
	(void)item;
	(void)user;
	return 0;
}

static UNUSED int compare(const lws_dll2_t *a, const lws_dll2_t *b)
{
	return a < b ? -1 : a > b;
}

static UNUSED int fresh_socket(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair))
		return -1;
	close(pair[1]);
	return pair[0];
}

static UNUSED __attribute__((format(printf, 2, 3))) void log_by_list(int level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	_lws_logv(level, format, ap);
	va_end(ap);
}

static UNUSED void env_reset(struct env *e)
{
	memset(e->text, 0, sizeof e->text);
	strcpy(e->text, "text");
	e->p = e->buffer + LWS_PRE;
	e->n = 16;
	e->pollfd.fd = -1;
	e->pollfd.events = e->pollfd.revents = 0;
}

/* ---- a client that is a plain socket ---- */

static UNUSED int client_connect(int port)
{
	struct sockaddr_in to;
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	memset(&to, 0, sizeof to);
	to.sin_family = AF_INET;
	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof to)) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	/* what is sent must be there at the server's next pass */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static UNUSED void client_send(int fd, const char *bytes, size_t len)
{
	if (fd >= 0 && send(fd, bytes, len, MSG_NOSIGNAL) < 0)
		return;                         /* the server may have closed: that is part of the test */
}

static UNUSED ssize_t client_read(int fd, char *to, size_t len)
{
	return fd >= 0 ? recv(fd, to, len, 0) : -1;
}

#define UPGRADE(path) "GET " path " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Protocol: t\r\n\r\n"

#endif
