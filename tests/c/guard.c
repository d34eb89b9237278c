/*
 * guard: who may call what from which thread, one scenario at a time.
 *
 *   guard SCENARIO      (see the table at the end); exit 0: as it should be
 *
 * Run under the policy abort, the default: what is right must never be taken
 * for wrong.
 */
#include "torture/env.h"
#include <sys/time.h>
#include <sys/wait.h>

static int n_cancelled, n_established, n_pss_echoes;
static int vhosts_inited;

#define CHECK(what) do { if (!(what)) die("guard: %s:%d: not so: %s", __FILE__, __LINE__, #what); } while (0)

static int add(int *what)
{
	return __atomic_add_fetch(what, 1, __ATOMIC_ACQ_REL);
}

static int get(int *what)
{
	return __atomic_load_n(what, __ATOMIC_ACQUIRE);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	unsigned char text[LWS_PRE + 8];

	(void)user;
	(void)in;
	(void)len;
	switch (reason) {
	case LWS_CALLBACK_PROTOCOL_INIT:
		add(&vhosts_inited);
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		add(&n_cancelled);
		return 0;
	case LWS_CALLBACK_ESTABLISHED:
		add(&n_established);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		memcpy(text + LWS_PRE, "hi", 2);
		add(&n_pss_echoes);
		return lws_write(wsi, text + LWS_PRE, 2, LWS_WRITE_TEXT) < 2 ? -1 : 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{ "t", callback, 16, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

static struct lws_context *make_context(void *user)
{
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.fd_limit_per_thread = 64;
	info.user = user;
	return lws_create_context(&info);
}

static struct lws_vhost *make_vhost(struct lws_context *in, const char *name, int port)
{
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	info.port = port;
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = name;
	return lws_create_vhost(in, &info);
}

static unsigned long misuse(void)
{
	unsigned long sum = 0;

	for (int kind = LWSX_MISUSE_WRONG_THREAD; kind <= LWSX_MISUSE_BACKLOG; kind++)
		sum += (unsigned long)lwsx_misuse_count((enum lwsx_misuse)kind);
	return sum;
}

/* one echo, as a client on a plain socket */
static bool echoes(int port)
{
	char got[1024];
	size_t have = 0;
	bool asked = false;
	int fd = client_connect(port);

	client_send(fd, UPGRADE("/"), sizeof UPGRADE("/") - 1);
	for (int i = 0; i < 5000 && have < sizeof got; i++) {
		ssize_t n = client_read(fd, got + have, sizeof got - have);

		have += n > 0 ? (size_t)n : 0;
		if (!asked && memmem(got, have, "\r\n\r\n", 4)) {
			client_send(fd, "\x81\x82\0\0\0\0yo", 8);
			asked = true;
		}
		if (memmem(got, have, "\x81\x02hi", 4)) {
			close(fd);
			return true;
		}
		usleep(1000);
	}
	close(fd);
	return false;
}

static void *run(void *(*what)(void *), void *arg)
{
	pthread_t thread;
	void *result;

	CHECK(!pthread_create(&thread, NULL, what, arg));
	pthread_join(thread, &result);
	return result;
}

static void *serve_until_stop(void *ctx)
{
	while (!stop)
		CHECK(lws_service((struct lws_context *)ctx, 0) >= 0);
	return NULL;
}

static void *serve_until_destroyed(void *ctx)
{
	while (lws_service((struct lws_context *)ctx, 0) >= 0)
		;
	return NULL;
}

static void start(pthread_t *thread, void *(*what)(void *), void *arg)
{
	CHECK(!pthread_create(thread, NULL, what, arg));
}

static void finish(pthread_t thread, struct lws_context *ctx)
{
	stop = 1;
	lws_cancel_service(ctx);
	pthread_join(thread, NULL);
}

/* ---- create on one thread, serve on a second, destroy on the first ---- */

static void handover(void)
{
	for (int round = 0; round < 20; round++) {
		struct lws_context *ctx = make_context(NULL);
		struct lws_vhost *vh = make_vhost(ctx, "main", 0);
		pthread_t server;

		stop = 0;
		start(&server, serve_until_stop, ctx);
		CHECK(echoes(lws_get_vhost_listen_port(vh)));
		finish(server, ctx);
		/* between service passes, and its thread has gone */
		lws_context_destroy(ctx);
		CHECK(!lws_get_vhost_name(vh));
	}
	CHECK(misuse() <= 20);          /* the dead vhost, asked each time */
	CHECK(misuse() == lwsx_misuse_count(LWSX_MISUSE_DEAD_HANDLE));
}

/* serve on one thread, then on another, then on the first again */
static void *serve_one_echo(void *ctx)
{
	int before = get(&n_pss_echoes);

	while (get(&n_pss_echoes) == before)
		CHECK(lws_service((struct lws_context *)ctx, 0) >= 0);
	/* between two passes the thread that serves may call anything */
	CHECK(make_vhost((struct lws_context *)ctx, "more", CONTEXT_PORT_NO_LISTEN));
	return NULL;
}

static void take_over(void)
{
	struct lws_context *ctx = make_context(NULL);
	int port = lws_get_vhost_listen_port(make_vhost(ctx, "main", 0));

	for (int round = 0; round < 10; round++) {
		pthread_t server;

		start(&server, serve_one_echo, ctx);
		CHECK(echoes(port));
		pthread_join(server, NULL);
	}
	CHECK(lws_service(ctx, -1) >= 0);
	lws_context_destroy(ctx);
	CHECK(!misuse());
}

/* ---- set-up on both threads before the first pass ---- */

static void *set_up_and_serve(void *arg)
{
	struct lws_context *ctx = (struct lws_context *)arg;

	CHECK(make_vhost(ctx, "by-server", 0));
	CHECK(lws_get_vhost_by_name(ctx, "by-creator"));
	CHECK(lws_callback_on_writable_all_protocol(ctx, protocols) == 0);
	CHECK(lws_protocol_vh_priv_zalloc(lws_get_vhost_by_name(ctx, "by-server"), protocols, 8));
	return serve_until_stop(ctx);
}

static void setup(void)
{
	struct lws_context *ctx = make_context(NULL);
	struct lws_vhost *vh = make_vhost(ctx, "by-creator", 0);
	pthread_t server;

	CHECK(make_vhost(ctx, "by-creator-too", CONTEXT_PORT_NO_LISTEN));
	start(&server, set_up_and_serve, ctx);
	CHECK(echoes(lws_get_vhost_listen_port(vh)));
	finish(server, ctx);
	CHECK(get(&vhosts_inited) == 3);
	lws_context_destroy(ctx);
	CHECK(!misuse());
}

/* ---- two contexts on two threads at once ---- */

static void *a_context_of_my_own(void *unused)
{
	struct lws_context *ctx = make_context(&n_cancelled);
	struct lws_vhost *vh = make_vhost(ctx, "main", 0);
	pthread_t server;

	start(&server, serve_until_destroyed, ctx);
	for (int i = 0; i < 20; i++)
		CHECK(echoes(lws_get_vhost_listen_port(vh)));
	CHECK(lws_context_user(ctx) == &n_cancelled);
	/* it may be inside: under marshal it is asked, and waited for */
	lws_context_destroy(ctx);
	CHECK(!lws_context_user(ctx));
	pthread_join(server, NULL);
	return unused;
}

static void two_contexts(void)
{
	pthread_t a, b;

	lwsx_set_thread_policy(LWSX_THREAD_MARSHAL);
	start(&a, a_context_of_my_own, NULL);
	start(&b, a_context_of_my_own, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}

/* contexts made, served once and destroyed by many threads: each may get the record of another's */
static void *make_and_destroy(void *unused)
{
	for (int i = 0; i < 300; i++) {
		struct lws_context *ctx = make_context(&i);
		struct lws_vhost *vh = make_vhost(ctx, "main", CONTEXT_PORT_NO_LISTEN);

		CHECK(lws_context_user(ctx) == &i);
		CHECK(lws_service(ctx, -1) >= 0);
		CHECK(lws_get_vhost_by_name(ctx, "main") == vh);
		lws_context_destroy(ctx);
		lws_cancel_service(ctx);
	}
	return unused;
}

static void churn(void)
{
	pthread_t thread[6];

	for (unsigned i = 0; i < 6; i++)
		start(&thread[i], make_and_destroy, NULL);
	for (unsigned i = 0; i < 6; i++)
		pthread_join(thread[i], NULL);
	CHECK(!misuse());
}

/* forks while other threads are in the middle of all that: the child has their locks as they were */
static void fork_beside_churn(void)
{
	pthread_t thread[4];

	for (unsigned i = 0; i < 4; i++)
		start(&thread[i], make_and_destroy, NULL);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();
		int status;

		CHECK(pid >= 0);
		if (!pid) {
			struct lws_context *ctx;

			alarm(20);
			ctx = make_context(NULL);
			CHECK(lws_service(ctx, -1) >= 0);
			lws_context_destroy(ctx);
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

/* ---- lws_cancel_service() ---- */

static struct lws_context *cancelled_context;

static void *cancel_often(void *unused)
{
	for (int i = 0; i < 20000; i++)
		lws_cancel_service(cancelled_context);
	return unused;
}

static void cancel_from_threads(void)
{
	pthread_t server, thread[8];
	int before;

	cancelled_context = make_context(NULL);
	CHECK(make_vhost(cancelled_context, "main", CONTEXT_PORT_NO_LISTEN));
	start(&server, serve_until_stop, cancelled_context);
	for (unsigned i = 0; i < 8; i++)
		start(&thread[i], cancel_often, NULL);
	for (unsigned i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	usleep(100000);
	before = get(&n_cancelled);
	CHECK(before >= 1);
	/* the last word: one more wakes it once more */
	lws_cancel_service(cancelled_context);
	for (int i = 0; i < 5000 && get(&n_cancelled) == before; i++)
		usleep(1000);
	CHECK(get(&n_cancelled) > before);
	/* and beside the end of the context */
	for (unsigned i = 0; i < 8; i++)
		start(&thread[i], cancel_often, NULL);
	finish(server, cancelled_context);
	lws_context_destroy(cancelled_context);
	for (unsigned i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	CHECK(!misuse());
}

static volatile sig_atomic_t n_signals;

static void cancel_in_handler(int sig)
{
	(void)sig;
	errno = EXDEV;
	lws_cancel_service(cancelled_context);
	lws_cancel_service((struct lws_context *)NULL);
	if (errno != EXDEV)
		_exit(7);
	n_signals++;
}

/* the signal comes at any point: within lws_service(), lws_create_context(), lws_context_destroy() and malloc */
static void cancel_from_signal(void)
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	int rounds = 0;

	signal(SIGALRM, cancel_in_handler);
	setitimer(ITIMER_REAL, &often, NULL);
	while (n_signals < 2000 || rounds < 20) {
		struct lws_context *ctx = make_context(NULL);
		int port = lws_get_vhost_listen_port(make_vhost(ctx, "main", 0)), fd;

		cancelled_context = ctx;
		fd = client_connect(port);
		client_send(fd, UPGRADE("/"), sizeof UPGRADE("/") - 1);
		/* an idle wait: only the signal ends it */
		for (int i = 0; i < 20; i++)
			CHECK(lws_service(ctx, 0) >= 0);
		close(fd);
		lws_context_destroy(ctx);
		rounds++;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(get(&n_cancelled) >= rounds);
	CHECK(!misuse());
}

/* ---- the ends ---- */

/* under marshal another thread's lws_context_destroy() waits until it is done, though the service thread comes and goes */
static void *serve_in_short_passes(void *ctx)
{
	while (lws_service((struct lws_context *)ctx, 1) >= 0)
		;
	CHECK(lws_service((struct lws_context *)ctx, -1) != 0);
	return NULL;
}

static void destroy_from_elsewhere(void)
{
	lwsx_set_thread_policy(LWSX_THREAD_MARSHAL);
	for (int round = 0; round < 50; round++) {
		struct lws_context *ctx = make_context(&n_cancelled);
		pthread_t server;

		CHECK(make_vhost(ctx, "main", 0));
		start(&server, serve_in_short_passes, ctx);
		usleep((useconds_t)round * 100);
		lws_context_destroy(ctx);
		CHECK(!lws_context_user(ctx));
		pthread_join(server, NULL);
		/* a loop over it ends, also one that begins only now */
		CHECK(lws_service(ctx, 0) == -1 && lws_service(NULL, 0) == 1);
	}
}

/* a service thread that ended without a word leaves nothing that is locked */
static void *serve_once(void *ctx)
{
	lws_service((struct lws_context *)ctx, -1);
	return NULL;
}

static void after_the_service_thread(void)
{
	struct lws_context *ctx = make_context(NULL);
	struct lws_vhost *vh = make_vhost(ctx, "main", 0);

	run(serve_once, ctx);
	lwsx_set_thread_policy(LWSX_THREAD_REFUSE);
	CHECK(!lws_get_vhost_by_name(ctx, "main"));     /* not this thread's: it has to serve first */
	CHECK(lwsx_misuse_count(LWSX_MISUSE_WRONG_THREAD) == 1);
	CHECK(lws_service(ctx, -1) >= 0);
	CHECK(lws_get_vhost_by_name(ctx, "main") == vh);
	lws_context_destroy(ctx);
}

/* a handle of another context, from that one's own thread and from a foreign one */
static void other_contexts_handle(void)
{
	struct lws_context *ours = make_context(NULL), *theirs = make_context(NULL);
	struct lws_vhost *vh = make_vhost(theirs, "main", CONTEXT_PORT_NO_LISTEN);
	char text[200];
	pthread_t server;

	lwsx_set_thread_policy(LWSX_THREAD_REFUSE);
	start(&server, serve_until_stop, theirs);
	while (!get(&vhosts_inited))
		usleep(100);
	CHECK(lws_service(ours, -1) >= 0);
	CHECK(lws_callback_vhost_protocols_vhost(vh, LWS_CALLBACK_USER, NULL, 0) == 1);
	CHECK(lws_protocol_vh_priv_get(vh, protocols) == NULL);
	CHECK(lwsx_misuse_count(LWSX_MISUSE_WRONG_THREAD) == 2);
	CHECK(!strcmp(lws_get_vhost_name(vh), "main"));
	CHECK(lwsx_describe(vh, text, sizeof text) && strstr(text, "vhost") && strstr(text, "alive"));
	finish(server, theirs);
	lws_context_destroy(theirs);
	lws_context_destroy(ours);
	CHECK(lwsx_describe(vh, text, sizeof text) && strstr(text, "has ended"));
	CHECK(lwsx_describe(NULL, text, sizeof text) && !strcmp(text, "NULL"));
}

/* what may wait is bounded: past it a write is refused, and what was accepted arrives */
static int blocked, let_on;

static void block(lws_sorted_usec_list_t *timer)
{
	(void)timer;
	__atomic_store_n(&blocked, 1, __ATOMIC_RELEASE);
	while (!get(&let_on))
		usleep(1000);
}

static void queue_is_bounded(void)
{
	lws_sorted_usec_list_t timer;
	struct lws_context *ctx;
	pthread_t server;
	int accepted = 0;

	memset(&timer, 0, sizeof timer);
	lwsx_set_thread_policy(LWSX_THREAD_MARSHAL);
	ctx = make_context(NULL);
	CHECK(make_vhost(ctx, "main", CONTEXT_PORT_NO_LISTEN));
	lws_sul_schedule(ctx, 0, &timer, block, 1);
	start(&server, serve_until_stop, ctx);
	while (!get(&blocked))
		usleep(100);
	while (accepted < 1000000 && lws_callback_on_writable_all_protocol(ctx, protocols) == 0)
		accepted++;
	CHECK(accepted >= 1000 && accepted < 1000000);
	__atomic_store_n(&let_on, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 5000 && lws_callback_on_writable_all_protocol(ctx, protocols) != 0; i++)
		usleep(1000);
	CHECK(lws_callback_on_writable_all_protocol(ctx, protocols) == 0);
	finish(server, ctx);
	lws_context_destroy(ctx);
}

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{ "handover", handover }, { "take-over", take_over }, { "setup", setup }, { "two-contexts", two_contexts },
	{ "churn", churn }, { "fork-beside-churn", fork_beside_churn }, { "cancel-from-threads", cancel_from_threads },
	{ "cancel-from-signal", cancel_from_signal }, { "destroy-from-elsewhere", destroy_from_elsewhere },
	{ "after-the-service-thread", after_the_service_thread }, { "other-contexts-handle", other_contexts_handle },
	{ "queue-is-bounded", queue_is_bounded },
};

int main(int argc, char **argv)
{
	lws_set_log_level(LLL_ERR, NULL);
	for (unsigned i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
		if (argc < 2)
			say("%s", scenarios[i].name);
		else if (!strcmp(argv[1], scenarios[i].name)) {
			scenarios[i].run();
			say("guard: %s: good", argv[1]);
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
