/*
 * policy: every function of the library from a thread that has no business in
 * it, while the service thread is inside lws_service(), under each policy.
 *
 *   policy [--only FUNCTION] [--policy abort|refuse|marshal] [--verbose]
 *
 * Each case is a process of its own. Of a function that belongs to the service
 * thread and takes a handle is expected
 *
 *   abort     that the process aborts, with a message that names the function and
 *             both threads
 *   refuse    that it is counted as misuse, returns what it returns for a dead
 *             handle, and that the connection works on as if nothing had been
 *   marshal   that it is counted, and that all ends well
 *
 * and of every other one that nothing at all happens.
 */
#include "env.h"
#include <sys/wait.h>
#include "calls.h"

static struct lws *connection;
static int established;
static struct lws_vhost *vhost;

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	unsigned char text[LWS_PRE + 8];

	(void)user;
	(void)in;
	(void)len;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		connection = wsi;
		__atomic_store_n(&established, 1, __ATOMIC_RELEASE);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		memcpy(text + LWS_PRE, "hi", 2);
		return lws_write(wsi, text + LWS_PRE, 2, LWS_WRITE_TEXT) < 2 ? -1 : 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{ "t", callback, 16, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 }
};

static void *service(void *unused)
{
	pthread_setname_np(pthread_self(), "servicer");
	serve();
	return unused;
}

static unsigned long misuse(void)
{
	unsigned long sum = 0;

	for (int kind = LWSX_MISUSE_WRONG_THREAD; kind <= LWSX_MISUSE_BACKLOG; kind++)
		sum += (unsigned long)lwsx_misuse_count((enum lwsx_misuse)kind);
	return sum;
}

struct foreign_call {
	const struct call *call;
	struct env env;
	long got;
	unsigned long counted;
};

static void *culprit(void *arg)
{
	struct foreign_call *f = (struct foreign_call *)arg;
	unsigned long before = misuse();

	pthread_setname_np(pthread_self(), "culprit");
	f->got = f->call->make(&f->env);
	f->counted = misuse() - before;
	return NULL;
}

/* waits for what the peer gets; the socket does not block */
static bool peer_gets(int fd, const char *bytes, size_t len)
{
	char got[1024];
	size_t have = 0;

	for (int i = 0; i < 2000 && have < sizeof got; i++) {
		ssize_t n = client_read(fd, got + have, sizeof got - have);

		if (n > 0)
			have += (size_t)n;
		if (have >= len && memmem(got, have, bytes, len))
			return true;
		if (n == 0)
			return false;
		usleep(1000);
	}
	return false;
}

#define FAIL(...) do { fprintf(stderr, __VA_ARGS__); fprintf(stderr, "\n"); return 1; } while (0)

static bool guarded(const struct call *c)
{
	return c->service_thread && (c->wsi || c->context || c->vhost);
}

static int child(const struct call *c, const char *policy)
{
	struct lws_context_creation_info info = { 0 };
	struct foreign_call f = { .call = c };
	pthread_t service_thread, culprit_thread;
	int fd;

	alarm(30);
	setenv("LWS_THREAD_CHECK", policy, 1);
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = "main";
	info.fd_limit_per_thread = 64;
	context = lws_create_context(&info);
	if (!context)
		FAIL("no context");
	vhost = lws_get_vhost_by_name(context, "main");
	fd = client_connect(lws_get_vhost_listen_port(vhost));
	client_send(fd, UPGRADE("/"), sizeof UPGRADE("/") - 1);
	if (pthread_create(&service_thread, NULL, service, NULL))
		FAIL("no thread");
	while (!__atomic_load_n(&established, __ATOMIC_ACQUIRE))
		usleep(200);
	if (!peer_gets(fd, "\r\n\r\n", 4))
		FAIL("no handshake");
	usleep(2000);                           /* by now it waits inside lws_service() */

	env_reset(&f.env);
	f.env.wsi = connection;
	f.env.context = f.env.own_context = context;
	f.env.vhost = f.env.own_vhost = vhost;
	if (pthread_create(&culprit_thread, NULL, culprit, &f))
		FAIL("no thread");
	pthread_join(culprit_thread, NULL);

	if (guarded(c) && !f.counted)
		FAIL("not counted as misuse");
	if (!guarded(c) && f.counted)
		FAIL("counted as misuse, though any thread may call it");
	if (!strcmp(policy, "refuse") && guarded(c)) {
		if (c->judged && f.got != c->dead)
			FAIL("gave %ld, not %ld", f.got, c->dead);
		client_send(fd, "\x81\x82\0\0\0\0yo", 8);
		if (!peer_gets(fd, "\x81\x02hi", 4))
			FAIL("the connection does not work any more");
	}
	stop = 1;
	lws_cancel_service(context);
	pthread_join(service_thread, NULL);
	lws_context_destroy(context);
	close(fd);
	return 0;
}

static bool log_has(FILE *log, const char *word)
{
	char line[1000];

	rewind(log);
	while (fgets(line, sizeof line, log))
		if (strstr(line, word))
			return true;
	return false;
}

static bool judge(const struct call *c, const char *policy, int status, FILE *log, const char **why)
{
	if (strcmp(policy, "abort") || !guarded(c)) {
		*why = "did not end well";
		return status == 0;
	}
	*why = "did not abort";
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
		return false;
	*why = "the message does not name the function";
	if (!log_has(log, c->name))
		return false;
	*why = "the message does not name both threads";
	return log_has(log, "culprit") && log_has(log, "servicer");
}

static bool try_case(const struct call *c, const char *policy, bool verbose)
{
	FILE *log = tmpfile();
	const char *why = "";
	char line[500];
	int status = 0, lines = 0;
	bool good;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0 || !log)
		die("policy: %s", strerror(errno));
	if (!pid) {
		dup2(fileno(log), 2);
		_exit(child(c, policy));
	}
	waitpid(pid, &status, 0);
	good = judge(c, policy, status, log, &why);
	if (!good || verbose) {
		printf("%s %s under %s: %s %d: %s\n", good ? "ok" : "FAIL", c->name, policy,
		       WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		       good ? "" : why);
		rewind(log);
		while (fgets(line, sizeof line, log) && lines++ < 12)
			printf("    %s", line);
	}
	fclose(log);
	return good;
}

int main(int argc, char **argv)
{
	static const char * const policies[] = { "abort", "refuse", "marshal" };
	const char *only = option(argc, argv, "--only", NULL), *only_policy = option(argc, argv, "--policy", NULL);
	unsigned cases = 0, functions = 0, n_guarded = 0, failed = 0;
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	lws_set_log_level(LLL_ERR, NULL);
	for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		const struct call *c = &calls[i];

		if (only && strcmp(only, c->name))
			continue;
		/* those that fetch something else of the context first say nothing of themselves */
		if (c->by_way_of_context)
			continue;
		functions++;
		n_guarded += guarded(c);
		for (unsigned p = 0; p < 3; p++) {
			if (only_policy && strcmp(only_policy, policies[p]))
				continue;
			cases++;
			if (!try_case(c, policies[p], given(argc, argv, "--verbose")))
				failed++;
		}
	}
	say("policy: %u cases: %u functions, %u of them guarded by the service thread; %u functions left out; %u failed", cases,
	    functions, n_guarded, n_left_out, failed);
	return failed || !cases;
}
