/*
 * client-echo: sends each line that it reads to a WebSocket server, and prints
 * what comes back.
 *
 *   client-echo [--host NAME] [--port N] [--path /x]
 *
 * The terminal is read on a thread of its own, because reading blocks. That
 * thread may touch nothing of the library but lws_cancel_service(): it puts the
 * line into a queue under a lock and cancels; the service thread finds it in
 * LWS_CALLBACK_EVENT_WAIT_CANCELLED.
 */
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
	struct line *next;
	size_t len;
	unsigned char data[LWS_PRE];     /* the text follows */
};

static struct lws_context *context;
static struct lws *connection;
static int waiting;                      /* answers that are still to come */
static bool over, failed;
static volatile sig_atomic_t stop;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct line *first, **last = &first;     /* under the lock */
static bool input_ended;                        /* under the lock */

static void *read_lines(void *arg)
{
	char text[4096];

	(void)arg;
	while (fgets(text, sizeof text, stdin)) {
		size_t len = strcspn(text, "\n");
		struct line *line = (struct line *)malloc(sizeof *line + len);

		if (!line)
			break;
		line->next = NULL;
		line->len = len;
		memcpy(line->data + LWS_PRE, text, len);
		pthread_mutex_lock(&lock);
		*last = line;
		last = &line->next;
		pthread_mutex_unlock(&lock);
		lws_cancel_service(context);
	}
	pthread_mutex_lock(&lock);
	input_ended = true;
	pthread_mutex_unlock(&lock);
	lws_cancel_service(context);
	return NULL;
}

/* the next line, or NULL; *ended: there will be no more */
static struct line *next_line(bool *ended)
{
	struct line *line;

	pthread_mutex_lock(&lock);
	line = first;
	if (line) {
		first = line->next;
		if (!first)
			last = &first;
	}
	*ended = !first && input_ended;
	pthread_mutex_unlock(&lock);
	return line;
}

static int goodbye(struct lws *wsi)
{
	lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
	return -1;
}

static int writeable(struct lws *wsi)
{
	bool ended;
	struct line *line = next_line(&ended);
	int sent = 0;

	if (line) {
		sent = lws_write(wsi, line->data + LWS_PRE, line->len, LWS_WRITE_TEXT);
		free(line);
		waiting++;
		if (!ended)
			lws_callback_on_writable(wsi);
	} else if (ended && !waiting)
		return goodbye(wsi);
	return sent < 0 ? -1 : 0;
}

static int receive(struct lws *wsi, const void *in, size_t len)
{
	bool ended;

	fwrite(in, 1, len, stdout);
	if (!lws_is_final_fragment(wsi))
		return 0;
	putchar('\n');
	fflush(stdout);
	waiting--;
	pthread_mutex_lock(&lock);
	ended = input_ended && !first;
	pthread_mutex_unlock(&lock);
	return ended && waiting <= 0 ? goodbye(wsi) : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)user;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		fprintf(stderr, "client-echo: connected\n");
		connection = wsi;
		lws_callback_on_writable(wsi);
		break;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		if (connection)
			lws_callback_on_writable(connection);
		break;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return writeable(wsi);
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return receive(wsi, in, len);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		fprintf(stderr, "client-echo: no connection: %s\n", in ? (const char *)in : "no reason");
		failed = over = true;
		break;
	case LWS_CALLBACK_CLIENT_CLOSED:
		fprintf(stderr, "client-echo: closed\n");
		connection = NULL;
		over = true;
		break;
	default:
		break;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ "client-echo", callback, 0, 4096, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

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
	struct lws_client_connect_info ask;
	pthread_t reader;

	memset(&info, 0, sizeof info);
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		return 1;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);

	memset(&ask, 0, sizeof ask);
	ask.context = context;
	ask.address = ask.host = option(argc, argv, "--host", "localhost");
	ask.port = atoi(option(argc, argv, "--port", "7681"));
	ask.path = option(argc, argv, "--path", "/");
	ask.local_protocol_name = protocols[0].name;
	lws_client_connect_via_info(&ask);

	if (pthread_create(&reader, NULL, read_lines, NULL))
		return 1;
	while (!stop && !over && lws_service(context, 0) >= 0)
		;
	/* the reader may wait for the terminal for ever, and it uses the context: no joining, no destroying */
	if (failed || stop)
		_Exit(failed ? 1 : 0);
	pthread_cancel(reader);
	pthread_join(reader, NULL);
	lws_context_destroy(context);
	return 0;
}
