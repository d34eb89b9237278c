/*
 * kamailio: uses the library as the lwsc module of Debian's kamailio does.
 *
 *   kamailio --url ws://… --requests N [--workers N]
 *
 * Each SIP worker makes a context of its own (fd_limit_per_thread 3), makes the
 * first connection, and starts the context's service thread only then. For each
 * request it queues the message and calls, while that thread is inside
 * lws_service(), lws_callback_on_writable() and then lws_cancel_service(), and
 * waits for the answer. GET_THREAD_ID is answered. No context is ever destroyed.
 */
#include "../common.h"

enum { TEXT_MAX = 70000 };

struct worker {
	pthread_t thread, service;
	pthread_mutex_t mutex;
	pthread_cond_t answered;
	struct lws_context *context;
	struct lws *wsi;
	unsigned number;
	int established, failed, pieces;
	bool has_request, has_answer;
	size_t request_len, answer_len;
	/* a client's message is masked where it stands, so what was asked is kept by itself */
	unsigned char request[LWS_PRE + TEXT_MAX], asked[TEXT_MAX], answer[TEXT_MAX];
};

static const char *url;
static int n_requests;

static int received(struct worker *w, struct lws *wsi, const void *in, size_t len)
{
	pthread_mutex_lock(&w->mutex);
	if (lws_is_first_fragment(wsi))
		w->answer_len = 0;
	if (w->answer_len + len + lws_remaining_packet_payload(wsi) > TEXT_MAX)
		die("kamailio: an answer that is too long");
	memcpy(w->answer + w->answer_len, in, len);
	w->answer_len += len;
	w->pieces++;
	if (lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi)) {
		w->has_answer = true;
		pthread_cond_signal(&w->answered);
	}
	pthread_mutex_unlock(&w->mutex);
	return 0;
}

static int send_request(struct worker *w, struct lws *wsi)
{
	int n = 0;

	pthread_mutex_lock(&w->mutex);
	if (w->has_request) {
		n = lws_write(wsi, w->request + LWS_PRE, w->request_len, LWS_WRITE_TEXT);
		w->has_request = false;
	}
	pthread_mutex_unlock(&w->mutex);
	return n < 0 ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct worker *w = (struct worker *)user;

	switch (reason) {
	case LWS_CALLBACK_GET_THREAD_ID:
		return (int)(uintptr_t)pthread_self();
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
	case LWS_CALLBACK_CLIENT_CLOSED:
		pthread_mutex_lock(&w->mutex);
		w->established = reason == LWS_CALLBACK_CLIENT_ESTABLISHED;
		w->failed = !w->established;
		pthread_cond_signal(&w->answered);
		pthread_mutex_unlock(&w->mutex);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return received(w, wsi, in, len);
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return send_request(w, wsi);
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{ "kamailio", callback, 0, 512, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

static void *service(void *arg)
{
	struct worker *w = (struct worker *)arg;

	pthread_setname_np(pthread_self(), "lwsc service");
	while (lws_service(w->context, 0) >= 0)
		;
	return NULL;
}

static void connect_to_url(struct worker *w)
{
	struct lws_context_creation_info info;
	struct lws_client_connect_info to;
	const char *scheme, *host, *path;
	char text[256], with_slash[256];
	int port;

	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.gid = -1;
	info.uid = -1;
	info.fd_limit_per_thread = 1 + 1 + 1;
	if (!(w->context = lws_create_context(&info)))
		die("kamailio: no context");
	snprintf(text, sizeof text, "%s", url);
	if (lws_parse_uri(text, &scheme, &host, &port, &path))
		die("kamailio: no URL: %s", url);
	snprintf(with_slash, sizeof with_slash, "/%s", path);
	memset(&to, 0, sizeof to);
	to.context = w->context;
	to.address = host;
	to.port = port;
	to.path = with_slash;
	to.host = to.origin = host;
	to.protocol = protocols[0].name;
	to.userdata = w;
	to.pwsi = &w->wsi;
	if (!lws_client_connect_via_info(&to))
		die("kamailio: no connection");
}

/* One request and its answer, as a SIP worker waits for it. */
static bool exchange(struct worker *w, int serial)
{
	bool same;

	pthread_mutex_lock(&w->mutex);
	w->request_len = (size_t)snprintf((char *)w->request + LWS_PRE, TEXT_MAX, "worker %u request %d ", w->number,
					  serial);
	for (; serial % 10 == 9 && w->request_len < TEXT_MAX - 5000; w->request_len++)
		w->request[LWS_PRE + w->request_len] = (unsigned char)('a' + w->request_len % 26);
	memcpy(w->asked, w->request + LWS_PRE, w->request_len);
	w->has_request = true;
	w->has_answer = false;
	pthread_mutex_unlock(&w->mutex);

	lws_callback_on_writable(w->wsi);
	lws_cancel_service(w->context);

	pthread_mutex_lock(&w->mutex);
	while (!w->has_answer && !w->failed)
		pthread_cond_wait(&w->answered, &w->mutex);
	same = w->has_answer && w->answer_len == w->request_len && !memcmp(w->answer, w->asked, w->request_len);
	pthread_mutex_unlock(&w->mutex);
	return same;
}

static void *sip_worker(void *arg)
{
	struct worker *w = (struct worker *)arg;
	int good = 0;

	pthread_setname_np(pthread_self(), "SIP worker");
	connect_to_url(w);
	pthread_create(&w->service, NULL, service, w);
	pthread_mutex_lock(&w->mutex);
	while (!w->established && !w->failed)
		pthread_cond_wait(&w->answered, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
	for (int i = 0; i < n_requests && !w->failed; i++)
		good += exchange(w, i);
	say("worker %u: %d of %d answered, in %d pieces", w->number, good, n_requests, w->pieces);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned n = (unsigned)atoi(option(argc, argv, "--workers", "2"));
	struct worker *workers = (struct worker *)calloc(n, sizeof *workers);

	url = option(argc, argv, "--url", "ws://127.0.0.1:7681/");
	n_requests = atoi(option(argc, argv, "--requests", "100"));
	lws_set_log_level(LLL_ERR | LLL_WARN | LLL_NOTICE, NULL);
	for (unsigned i = 0; i < n; i++) {
		workers[i].number = i;
		pthread_mutex_init(&workers[i].mutex, NULL);
		pthread_cond_init(&workers[i].answered, NULL);
		pthread_create(&workers[i].thread, NULL, sip_worker, &workers[i]);
	}
	for (unsigned i = 0; i < n; i++)
		pthread_join(workers[i].thread, NULL);
	_exit(0);       /* the service threads are inside lws_service() */
}
