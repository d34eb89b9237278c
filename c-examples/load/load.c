/*
 * load: opens many WebSocket connections to one server from one thread, sends
 * one message on each, and says how long that took.
 *
 *   load [--host ADDRESS] [--port N] [--clients N] [--at-once N] [--hold SECONDS]
 */
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct lws_context *context;
static const char *host;
static int port, clients, asked, under_way, at_once, up, answered, failed, live, holding;
static lws_usec_t begun, all_up;

static void connect_more(void)
{
	struct lws_client_connect_info ask;

	while (asked < clients && under_way < at_once) {
		memset(&ask, 0, sizeof ask);
		ask.context = context;
		ask.address = ask.host = host;
		ask.port = port;
		ask.path = "/";
		ask.local_protocol_name = "load";
		asked++;
		under_way++;
		live++;
		lws_client_connect_via_info(&ask);
	}
}

static long resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size, resident = 0;

	if (f) {
		if (fscanf(f, "%ld %ld", &size, &resident) != 2)
			resident = 0;
		fclose(f);
	}
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	unsigned char message[LWS_PRE + 5];

	(void)user;
	(void)in;
	(void)len;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		up++;
		under_way--;
		lws_callback_on_writable(wsi);
		break;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		memcpy(message + LWS_PRE, "hello", 5);
		return lws_write(wsi, message + LWS_PRE, 5, LWS_WRITE_TEXT) < 0 ? -1 : 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		answered++;
		break;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		failed++;
		under_way--;
		break;
	case LWS_CALLBACK_WSI_DESTROY:
		live--;
		break;
	default:
		break;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ "load", callback, 0, 0, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
	int i;

	for (i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return otherwise;
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info;
	struct rlimit files;
	long before;

	host = option(argc, argv, "--host", "127.0.0.1");
	port = atoi(option(argc, argv, "--port", "7681"));
	clients = atoi(option(argc, argv, "--clients", "1000"));
	at_once = atoi(option(argc, argv, "--at-once", "200"));
	holding = atoi(option(argc, argv, "--hold", "0"));
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		return 1;
	before = resident_kib();
	begun = lws_now_usecs();
	connect_more();
	while (answered + failed < clients && live && lws_service(context, 0) >= 0)
		connect_more();
	all_up = lws_now_usecs();
	printf("load: %d connections, %d answers, %d failed, %.2f s, %.2f KiB each\n", up, answered, failed,
	       (double)(all_up - begun) / 1e6, up ? (double)(resident_kib() - before) / up : 0.0);
	fflush(stdout);
	if (holding)
		sleep((unsigned)holding);
	lws_context_destroy(context);
	return failed || answered != clients;
}
