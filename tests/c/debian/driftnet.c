/*
 * driftnet: uses the library as Debian's driftnet does for its web display.
 *
 *   driftnet --port N [--pictures N]
 *
 * The service thread makes the context. The capture thread puts pictures into a
 * ring of the vhost (lws_ring_insert) and calls lws_callback_on_writable() for
 * each listener, with no lws_cancel_service() after it, while the service thread
 * is inside. GET_THREAD_ID is not answered. On SIGTERM the whole process group
 * is ended; the context is never destroyed.
 */
#include "../common.h"

enum { LISTENERS_MAX = 16, RING_SIZE = 8 };

struct picture {
	unsigned char *bytes;           /* with LWS_PRE before them */
	size_t len;
};

struct listener {
	struct listener *next;
	struct lws *wsi;
	uint32_t tail;
};

struct display {
	struct lws_context *context;
	struct lws_vhost *vhost;
	const struct lws_protocols *protocol;
	struct lws_ring *ring;
	struct listener *listeners;
};

/* the ring and the list of listeners are under this */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct display *display;

static void destroy_picture(void *picture)
{
	free(((struct picture *)picture)->bytes);
}

static int began(struct lws *wsi)
{
	struct display *d = (struct display *)lws_protocol_vh_priv_zalloc(lws_get_vhost(wsi), lws_get_protocol(wsi),
									  sizeof *d);

	d->context = lws_get_context(wsi);
	d->vhost = lws_get_vhost(wsi);
	d->protocol = lws_get_protocol(wsi);
	d->ring = lws_ring_create(sizeof(struct picture), RING_SIZE, destroy_picture);
	if (!d->ring)
		return 1;
	__atomic_store_n(&display, d, __ATOMIC_RELEASE);
	return 0;
}

static int show(struct display *d, struct listener *me, struct lws *wsi)
{
	const struct picture *p;
	int n = 0;
	bool more = false;

	pthread_mutex_lock(&mutex);
	p = (const struct picture *)lws_ring_get_element(d->ring, &me->tail);
	if (p) {
		n = lws_write(wsi, p->bytes + LWS_PRE, p->len, LWS_WRITE_TEXT);
		lws_ring_consume(d->ring, &me->tail, NULL, 1);
		/* the oldest of all tails says what may go */
		uint32_t oldest = me->tail;
		size_t most = 0;
		for (struct listener *l = d->listeners; l; l = l->next) {
			size_t waiting = lws_ring_get_count_waiting_elements(d->ring, &l->tail);

			if (waiting >= most) {
				most = waiting;
				oldest = l->tail;
			}
		}
		lws_ring_update_oldest_tail(d->ring, oldest);
		more = lws_ring_get_element(d->ring, &me->tail) != NULL;
	}
	pthread_mutex_unlock(&mutex);
	if (more)
		lws_callback_on_writable(wsi);
	return n < 0 ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct listener *me = (struct listener *)user, **l;
	struct display *d = (struct display *)lws_protocol_vh_priv_get(lws_get_vhost(wsi), lws_get_protocol(wsi));

	switch (reason) {
	case LWS_CALLBACK_PROTOCOL_INIT:
		return began(wsi);
	case LWS_CALLBACK_PROTOCOL_DESTROY:
		if (d)
			lws_ring_destroy(d->ring);
		return 0;
	case LWS_CALLBACK_ESTABLISHED:
		pthread_mutex_lock(&mutex);
		me->wsi = wsi;
		me->tail = lws_ring_get_oldest_tail(d->ring);
		me->next = d->listeners;
		d->listeners = me;
		pthread_mutex_unlock(&mutex);
		return 0;
	case LWS_CALLBACK_CLOSED:
		pthread_mutex_lock(&mutex);
		for (l = &d->listeners; *l; l = &(*l)->next)
			if (*l == me) {
				*l = me->next;
				break;
			}
		pthread_mutex_unlock(&mutex);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return show(d, me, wsi);
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static const struct lws_protocols protocols[] = {
	{ "http", lws_callback_http_dummy, 0, 0, 0, NULL, 0 },
	{ "driftnet", callback, sizeof(struct listener), 128, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

static void *service(void *port)
{
	struct lws_context_creation_info info;

	pthread_setname_np(pthread_self(), "display");
	memset(&info, 0, sizeof info);
	info.port = *(int *)port;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = "localhost";
	if (!(context = lws_create_context(&info)))
		die("driftnet: no context");
	say("driftnet: listening on port %d", port_of("localhost"));
	while (lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);   /* never reached, as there */
	return NULL;
}

static void end_the_group(int sig)
{
	static const char text[] = "driftnet: ends its group\n";

	signal(sig, SIG_IGN);
	if (write(1, text, sizeof text - 1) < 0)
		_exit(4);
	kill(0, sig);
	_exit(0);
}

static void capture(struct display *d, int number)
{
	struct picture p;

	p.bytes = (unsigned char *)malloc(LWS_PRE + 32);
	p.len = (size_t)snprintf((char *)p.bytes + LWS_PRE, 32, "picture %d", number);
	pthread_mutex_lock(&mutex);
	if (!d->listeners || !lws_ring_insert(d->ring, &p, 1))
		free(p.bytes);
	for (struct listener *l = d->listeners; l; l = l->next)
		lws_callback_on_writable(l->wsi);
	pthread_mutex_unlock(&mutex);
}

int main(int argc, char **argv)
{
	int port = atoi(option(argc, argv, "--port", "0"));
	struct display *d;
	pthread_t thread;

	signal(SIGTERM, end_the_group);
	lws_set_log_level(LLL_ERR | LLL_WARN | LLL_NOTICE, NULL);
	pthread_create(&thread, NULL, service, &port);
	for (int number = 0;; number++) {
		usleep(20 * 1000);
		if ((d = __atomic_load_n(&display, __ATOMIC_ACQUIRE)))
			capture(d, number);
	}
}
