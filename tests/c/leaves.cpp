/*
 * leaves throw|exit: a callback that does not return, but throws, or ends its
 * thread.
 */
#include <libwebsockets.h>

#include <pthread.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>

static bool ends_thread;

static int callback_leaves(struct lws *, enum lws_callback_reasons reason, void *, void *, size_t)
{
	if (reason != LWS_CALLBACK_PROTOCOL_INIT)
		return 0;
	if (ends_thread)
		pthread_exit(nullptr);
	throw std::runtime_error("thrown");
}

static const struct lws_protocols protocols[] = {
	{ "leaves", callback_leaves, 0, 0, 0, nullptr, 0 },
	{ nullptr, nullptr, 0, 0, 0, nullptr, 0 }
};

static void *run(void *)
{
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	info.protocols = protocols;
	info.port = CONTEXT_PORT_NO_LISTEN;
	lws_set_log_level(0, nullptr);
	struct lws_context *context = lws_create_context(&info);

	try {
		lws_service(context, -1);
	} catch (const std::exception &e) {
		printf("caught: %s\n", e.what());
	}
	printf("went on\n");
	return nullptr;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	ends_thread = argc > 1 && !strcmp(argv[1], "exit");
	pthread_create(&thread, nullptr, run, nullptr);
	pthread_join(thread, nullptr);
	printf("joined\n");
	return 0;
}
