/*
 * fork: a context that is made in one process and served in its child.
 *
 *   --parent exit       the parent leaves at once (a daemon's start)
 *   --parent destroy    the parent destroys the context first, then waits
 *   --parent serve      both serve
 *   --served            the parent makes service passes before the fork
 *
 * Answers each message with "child" or "parent"; prints "PID cancelled" when
 * SIGUSR1, whose handler calls lws_cancel_service(), has woken the loop.
 * Everything ends by itself after 60 s.
 */
#include "common.h"
#include <sys/wait.h>

struct session {
	bool answer;
};

static const char *who = "parent";
static volatile sig_atomic_t asked;

static int callback_who(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;
	unsigned char text[LWS_PRE + 16];
	size_t n = strlen(who);

	switch (reason) {
	case LWS_CALLBACK_RECEIVE:
		s->answer = true;
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (!s->answer)
			return 0;
		s->answer = false;
		memcpy(text + LWS_PRE, who, n);
		return lws_write(wsi, text + LWS_PRE, n, LWS_WRITE_TEXT) < (int)n ? -1 : 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		if (asked) {
			asked = 0;
			say("%d cancelled", (int)getpid());
		}
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static void wake(int sig)
{
	(void)sig;
	asked = 1;
	lws_cancel_service(context);
}

int main(int argc, char **argv)
{
	const char *parent = option(argc, argv, "--parent", "exit");
	struct lws_context_creation_info info = { 0 };
	struct lws_protocols protocols[] = {
		{ .name = "who", .callback = callback_who, .per_session_data_size = sizeof(struct session) },
		{ 0 }
	};
	int status = 0;
	pid_t child;

	info.port = atoi(option(argc, argv, "--port", "0"));
	info.iface = "127.0.0.1";
	info.protocols = protocols;
	info.vhost_name = "fork";
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("fork: no context");
	if (given(argc, argv, "--served"))
		for (int i = 0; i < 3; i++)
			lws_service(context, -1);
	end_on_signals();
	signal(SIGUSR1, wake);
	alarm(60);

	child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	if (!child) {
		alarm(60);
		who = "child";
		if (!strcmp(parent, "destroy"))
			usleep(200 * 1000);             /* the parent's destruction comes first */
		say("fork: child %d, port %d", (int)getpid(), port_of("fork"));
		serve();
		lws_context_destroy(context);
		say("fork: child bye");
		return 0;
	}
	if (!strcmp(parent, "exit"))
		_exit(0);
	if (!strcmp(parent, "serve"))
		serve();
	lws_context_destroy(context);
	say("fork: parent has destroyed its context");
	if (waitpid(child, &status, 0) != child || status)
		die("fork: the child ended with %x", (unsigned)status);
	return 0;
}
