/*
 * unwound: a callback that is left as no callback may be.
 *
 *   unwound throw|exit|cancel|timer
 *
 * The process must end with a message that names the callback.
 */
#include "common.h"

static const char *how;
static lws_sorted_usec_list_t timer;

static void leave()
{
	if (!strcmp(how, "exit"))
		pthread_exit(NULL);
	if (!strcmp(how, "cancel")) {
		pthread_cancel(pthread_self());
		pthread_testcancel();
	}
	throw 1;
}

static void on_timer(lws_sorted_usec_list_t *)
{
	throw 2;
}

static int callback(struct lws *, enum lws_callback_reasons reason, void *, void *, size_t)
{
	if (reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED && strcmp(how, "timer"))
		leave();
	return 0;
}

static void *service(void *)
{
	serve();
	return NULL;
}

int main(int argc, char **argv)
{
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;
	pthread_t thread;

	how = argc > 1 ? argv[1] : "throw";
	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "leaver";
	protocols[0].callback = callback;
	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	lws_set_log_level(LLL_ERR, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("unwound: no context");
	if (!strcmp(how, "timer"))
		lws_sul_schedule(context, 0, &timer, on_timer, 1);
	pthread_create(&thread, NULL, service, NULL);
	pthread_join(thread, NULL);
	say("unwound: the process went on");
	return 0;
}
