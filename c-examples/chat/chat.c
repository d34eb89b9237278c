/*
 * chat: a room for many browsers; the page itself comes from this server too.
 *
 *   --port N     port to listen on (7681); 0 takes a free one
 *   --iface I    interface or address to listen on (all)
 *   --dir PATH   where index.html is (the folder that the program is in)
 *   --cert FILE  speaks TLS (https, wss) with this certificate (PEM) ...
 *   --key FILE   ... and its private key
 *
 * What is said goes into a ring of the last LINES lines.  Each connection only
 * remembers the number of the line it gets next: whoever joins late starts at
 * the oldest line there is, and whoever reads slowly is told how many lines it
 * has missed.  So a reader that stalls costs nothing and holds nobody up.
 *
 * From the browser:  "N" name   or  "S" what is said
 * To the browser:    kind TAB time in ms TAB who TAB text
 *                    kinds: said, joined, left (text: how many are here),
 *                    renamed (text: the new name), missed (text: how many lines)
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* C++ compilers have set it */
#endif
#include <libwebsockets.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define LINES     100
#define NAME_SIZE 32                     /* bytes, the NUL included */
#define TEXT_SIZE 2048                   /* bytes of one message from a browser */

struct line {
	size_t len;
	unsigned char data[LWS_PRE + TEXT_SIZE + NAME_SIZE + 64];
};

/* one for each vhost */
struct room {
	struct line lines[LINES];
	unsigned long end;                   /* number of the next line; line n is in lines[n % LINES] */
	int people;
};

/* one for each connection */
struct session {
	unsigned long next;                  /* number of the line to send next */
	char name[NAME_SIZE];                /* empty until the browser has told it */
	char in[TEXT_SIZE];                  /* a message of which not all is here */
	size_t in_len;
};

static struct lws_context *context;
static volatile sig_atomic_t stop;

static struct room *room_of(struct lws *wsi)
{
	return (struct room *)lws_protocol_vh_priv_get(lws_get_vhost(wsi), lws_get_protocol(wsi));
}

static unsigned long oldest(const struct room *r)
{
	return r->end > LINES ? r->end - LINES : 0;
}

static size_t format(unsigned char *at, size_t room, const char *kind, const char *who, const char *text)
{
	struct timeval now;
	int n;

	gettimeofday(&now, NULL);
	n = lws_snprintf((char *)at, room, "%s\t%llu\t%s\t%s", kind,
			 now.tv_sec * 1000ull + now.tv_usec / 1000ull, who, text);
	return (size_t)n;
}

/* Adds a line for everybody. */
static void publish(struct lws *wsi, const char *kind, const char *who, const char *text)
{
	struct room *r = room_of(wsi);
	struct line *l = &r->lines[r->end++ % LINES];

	l->len = format(l->data + LWS_PRE, sizeof l->data - LWS_PRE, kind, who, text);
	lws_callback_on_writable_all_protocol_vhost(lws_get_vhost(wsi), lws_get_protocol(wsi));
}

static void publish_people(struct lws *wsi, const char *kind, const char *who)
{
	char count[16];

	lws_snprintf(count, sizeof count, "%d", room_of(wsi)->people);
	publish(wsi, kind, who, count);
}

/* Tabs and newlines would upset the line format; the ends lose their blanks. */
static char *clean(char *text)
{
	char *end;

	for (end = text; *end; end++)
		if ((unsigned char)*end < ' ' || *end == 127)
			*end = ' ';
	while (end > text && end[-1] == ' ')
		*--end = '\0';
	while (*text == ' ')
		text++;
	return text;
}

/* Copies what fits, and never half of a UTF-8 character. */
static void copy_name(char *to, const char *from)
{
	size_t n = strlen(from);

	if (n >= NAME_SIZE)
		for (n = NAME_SIZE - 1; n && ((unsigned char)from[n] & 0xc0) == 0x80; n--)
			;
	memcpy(to, from, n);
	to[n] = '\0';
}

/* A whole message is here. */
static int handle(struct lws *wsi, struct session *s)
{
	char *text = clean(s->in + 1), name[NAME_SIZE];

	if (s->in[0] == 'N' && *text) {
		copy_name(name, text);
		if (!s->name[0]) {
			room_of(wsi)->people++;
			memcpy(s->name, name, sizeof name);
			publish_people(wsi, "joined", s->name);
		} else if (strcmp(s->name, name)) {
			publish(wsi, "renamed", s->name, name);
			memcpy(s->name, name, sizeof name);
		}
		return 0;
	}
	if (s->in[0] == 'S' && s->name[0]) {
		if (*text)
			publish(wsi, "said", s->name, text);
		return 0;
	}
	lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)"a name first", 12);
	return -1;
}

static int receive(struct lws *wsi, struct session *s, const char *in, size_t len)
{
	if (s->in_len + len >= sizeof s->in) {
		lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
		return -1;
	}
	if (len)
		memcpy(s->in + s->in_len, in, len);
	s->in_len += len;
	if (lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
		return 0;
	s->in[s->in_len] = '\0';
	s->in_len = 0;
	return handle(wsi, s);
}

static int writeable(struct lws *wsi, struct session *s)
{
	struct room *r = room_of(wsi);
	unsigned char missed[LWS_PRE + 128];

	if (s->next < oldest(r)) {
		char count[24];
		size_t n;

		lws_snprintf(count, sizeof count, "%lu", oldest(r) - s->next);
		n = format(missed + LWS_PRE, sizeof missed - LWS_PRE, "missed", "", count);
		s->next = oldest(r);
		if (lws_write(wsi, missed + LWS_PRE, n, LWS_WRITE_TEXT) < (int)n)
			return -1;
	}
	while (s->next < r->end) {
		struct line *l = &r->lines[s->next % LINES];

		if (lws_send_pipe_choked(wsi)) {
			lws_callback_on_writable(wsi);
			return 0;
		}
		if (lws_write(wsi, l->data + LWS_PRE, l->len, LWS_WRITE_TEXT) < (int)l->len)
			return -1;
		s->next++;
	}
	return 0;
}

static int callback_chat(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;

	switch (reason) {
	case LWS_CALLBACK_PROTOCOL_INIT:
		/* the library frees it with the vhost */
		return !lws_protocol_vh_priv_zalloc(lws_get_vhost(wsi), lws_get_protocol(wsi), sizeof(struct room));
	case LWS_CALLBACK_ESTABLISHED:
		s->next = oldest(room_of(wsi));
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return receive(wsi, s, (const char *)in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writeable(wsi, s);
	case LWS_CALLBACK_CLOSED:
		if (s->name[0]) {
			room_of(wsi)->people--;
			publish_people(wsi, "left", s->name);
		}
		return 0;
	default:
		return 0;
	}
}

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

/* The folder that this program is in, where `make` leaves it beside index.html. */
static const char *own_folder(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n < 0)
		return ".";
	path[n] = '\0';
	return dirname(path);
}

static const char *option(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return NULL;
}

int main(int argc, char **argv)
{
	struct lws_protocols protocols[3];
	struct lws_http_mount mount;
	struct lws_context_creation_info info;
	const char *value, *dir = option(argc, argv, "--dir");

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "http";          /* answers what no mount does: 404 */
	protocols[0].callback = lws_callback_http_dummy;
	protocols[1].name = "lws-chat";
	protocols[1].callback = callback_chat;
	protocols[1].per_session_data_size = sizeof(struct session);
	protocols[1].rx_buffer_size = TEXT_SIZE;

	memset(&mount, 0, sizeof mount);
	mount.mountpoint = "/";
	mount.mountpoint_len = 1;
	mount.origin = dir ? dir : own_folder();
	mount.def = "index.html";
	mount.origin_protocol = LWSMPRO_FILE;

	memset(&info, 0, sizeof info);
	value = option(argc, argv, "--port");
	info.port = value ? atoi(value) : 7681;
	info.iface = option(argc, argv, "--iface");
	info.protocols = protocols;
	info.mounts = &mount;
	info.vhost_name = "chat";
	info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
	if ((value = option(argc, argv, "--cert"))) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = value;
		info.ssl_private_key_filepath = option(argc, argv, "--key");
	}

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "chat: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("chat: open http://localhost:%d/\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "chat")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	printf("chat: bye\n");
	return 0;
}
