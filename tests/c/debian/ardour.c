/*
 * ardour: uses the library as the WebSockets surface of Debian's ardour does.
 *
 *   ardour --port N [--glib]
 *
 * With --glib it asks for a context in a glib loop first (options 0x200000000
 * and foreign_loops), which has to give NULL where such a loop cannot be had;
 * it then goes to a thread of its own. A feedback thread calls
 * lws_callback_on_writable() and lws_cancel_service(). At the end (SIGTERM) the
 * main thread calls lws_cancel_service() and lws_context_destroy() while the
 * service thread may be inside lws_service(), and joins it afterwards.
 */
#include "../common.h"

/* what the context is made for */
struct surface {
	unsigned feedback;
};

struct client {
	struct client *next;
	struct lws *wsi;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct client *clients;

static int answer_http(struct lws *wsi, const char *path)
{
	static const char body[] = "{\"surfaces\": []}";
	unsigned char head[LWS_PRE + 1024], text[LWS_PRE + 64], *p = head + LWS_PRE, *end = head + sizeof head;
	char host[64] = "", name[32];
	const char *type = "no-store";

	lws_hdr_copy(wsi, host, sizeof host, WSI_TOKEN_HOST);
	lws_strncpy(name, path, sizeof name);
	if (strcmp(name, "/surfaces.json") || !*host) {
		lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL);
		return lws_http_transaction_completed(wsi) ? -1 : 0;
	}
	if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "application/json", sizeof body - 1, &p, end) ||
	    lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CACHE_CONTROL, (const unsigned char *)type,
					 (int)strlen(type), &p, end) ||
	    lws_finalize_write_http_header(wsi, head + LWS_PRE, &p, end))
		return -1;
	memcpy(text + LWS_PRE, body, sizeof body - 1);
	if (lws_write(wsi, text + LWS_PRE, sizeof body - 1, LWS_WRITE_HTTP_FINAL) < 0)
		return -1;
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int feed_back(struct lws *wsi)
{
	struct surface *surface = (struct surface *)lws_context_user(lws_get_context(wsi));
	char text[LWS_PRE + 64];
	int len = snprintf(text + LWS_PRE, 64, "{\"strip\": %u}", __atomic_load_n(&surface->feedback, __ATOMIC_RELAXED));

	return lws_write(wsi, (unsigned char *)text + LWS_PRE, (size_t)len, LWS_WRITE_TEXT) < len ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct client *me = (struct client *)user, **c;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return answer_http(wsi, (const char *)in);
	case LWS_CALLBACK_ESTABLISHED:
		pthread_mutex_lock(&mutex);
		me->wsi = wsi;
		me->next = clients;
		clients = me;
		pthread_mutex_unlock(&mutex);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return feed_back(wsi);
	case LWS_CALLBACK_CLOSED:
		pthread_mutex_lock(&mutex);
		for (c = &clients; *c; c = &(*c)->next)
			if (*c == me) {
				*c = me->next;
				break;
			}
		pthread_mutex_unlock(&mutex);
		say("ardour: a client has gone");
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static const struct lws_protocols protocols[] = {
	{ "ardour", callback, sizeof(struct client), 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

static void *service(void *unused)
{
	pthread_setname_np(pthread_self(), "WebSockets");
	while (lws_service(context, 0) >= 0)
		;
	say("ardour: lws_service says that the context has gone");
	return unused;
}

static void *feedback(void *arg)
{
	struct surface *surface = (struct surface *)arg;

	pthread_setname_np(pthread_self(), "feedback");
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		usleep(20 * 1000);
		__atomic_add_fetch(&surface->feedback, 1, __ATOMIC_RELAXED);
		pthread_mutex_lock(&mutex);
		for (struct client *c = clients; c; c = c->next)
			lws_callback_on_writable(c->wsi);
		pthread_mutex_unlock(&mutex);
		lws_cancel_service(context);
	}
	return NULL;
}

static void on_term(int sig)
{
	(void)sig;
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info;
	pthread_t service_thread, feedback_thread;
	static struct surface surface;
	static int not_a_loop;
	void *loops[1] = { &not_a_loop };

	signal(SIGTERM, on_term);
	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "0"));
	info.protocols = protocols;
	info.vhost_name = "ardour";
	info.uid = -1;
	info.gid = -1;
	info.user = &surface;
	if (given(argc, argv, "--glib")) {
		info.options = LWS_SERVER_OPTION_GLIB;
		info.foreign_loops = loops;
		say("ardour: with glib: %s", lws_create_context(&info) ? "a context" : "NULL");
		info.options = 0;
		info.foreign_loops = NULL;
	}
	if (!(context = lws_create_context(&info)))
		die("ardour: no context");
	say("ardour: host %s, listening on port %d", lws_canonical_hostname(context), port_of("ardour"));
	pthread_create(&service_thread, NULL, service, NULL);
	pthread_create(&feedback_thread, NULL, feedback, &surface);
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		usleep(5 * 1000);
	pthread_join(feedback_thread, NULL);
	lws_cancel_service(context);
	lws_context_destroy(context);
	pthread_join(service_thread, NULL);
	say("ardour: ended");
	return 0;
}
