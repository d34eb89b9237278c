/*
 * pmd-chat: a room whose messages are compressed (permessage-deflate, RFC 7692);
 * its page shows how many bytes that saves while you type.
 *
 *   --port N     port to listen on (7681); 0 takes a free one
 *   --iface I    interface or address to listen on (all)
 *   --dir PATH   where index.html is (the folder that the program is in)
 *
 * An entry in the vhost's table of extensions is all that compression needs:
 *
 *   { "permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits" }
 *
 * Here a callback of the program's own stands in front of it, hands everything
 * on, and counts the bytes of each payload before and after.  Without such a
 * callback the library does the work itself and faster: only count to look.
 *
 * From the browser:  what is said
 * To the browser:    "said" TAB who TAB text
 *                    "bytes" TAB in plain TAB in packed TAB out plain TAB out packed TAB packed connections
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* C++ compilers have set it */
#endif
#include <libwebsockets.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES     50
#define TEXT_SIZE 8192                   /* bytes of one message from a browser */

struct line {
	size_t len;
	unsigned char data[LWS_PRE + TEXT_SIZE + 64];
};

/* one for each connection */
struct session {
	unsigned long next;                  /* number of the line to send next */
	unsigned number;                     /* it is called "guest NUMBER" */
	int tell_bytes;                      /* the counts have changed since it heard of them */
	char in[TEXT_SIZE];                  /* a message of which not all is here */
	size_t in_len;
};

static struct lws_context *context;
static volatile sig_atomic_t stop;
static struct line lines[LINES];
static unsigned long end;                    /* line n is in lines[n % LINES] */
static unsigned guests, packed;
static unsigned long long in_plain, in_packed, out_plain, out_packed;
static lws_sorted_usec_list_t soon;

/* In front of the ready-made extension: looks at what passes. */
static int counting(struct lws_context *cx, const struct lws_extension *ext, struct lws *wsi,
		    enum lws_extension_callback_reasons reason, void *user, void *in, size_t len)
{
	struct lws_tokens *tokens = (struct lws_tokens *)in;    /* of a payload: [0] goes in, [1] comes out */
	int before = 0, result;

	if (reason == LWS_EXT_CB_PAYLOAD_RX || reason == LWS_EXT_CB_PAYLOAD_TX)
		before = tokens[0].len;
	result = lws_extension_callback_pm_deflate(cx, ext, wsi, reason, user, in, len);
	if (result < 0)
		return result;
	switch (reason) {
	case LWS_EXT_CB_CONSTRUCT:
		packed++;
		break;
	case LWS_EXT_CB_DESTROY:
		packed--;
		break;
	case LWS_EXT_CB_PAYLOAD_RX:
		in_packed += (unsigned)(before - tokens[0].len);
		in_plain += (unsigned)tokens[1].len;
		break;
	case LWS_EXT_CB_PAYLOAD_TX:
		out_plain += (unsigned)(before - tokens[0].len);
		out_packed += (unsigned)tokens[1].len;
		break;
	default:
		break;
	}
	return result;
}

static unsigned long oldest(void)
{
	return end > LINES ? end - LINES : 0;
}

/* The counts go to everybody a moment later, so that many messages make one update. */
static void tell_everybody(lws_sorted_usec_list_t *sul)
{
	(void)sul;
	lws_callback_all_protocol(context, lws_vhost_name_to_protocol(lws_get_vhost_by_name(context, "pmd-chat"), "pmd-chat"),
				  LWS_CALLBACK_USER);
}

static void say(struct lws *wsi, unsigned number, const char *text, size_t len)
{
	struct line *l = &lines[end++ % LINES];
	int n = lws_snprintf((char *)l->data + LWS_PRE, 64, "said\tguest %u\t", number);

	memcpy(l->data + LWS_PRE + n, text, len);
	l->len = (size_t)n + len;
	lws_callback_on_writable_all_protocol(context, lws_get_protocol(wsi));
	lws_sul_schedule(context, 0, &soon, tell_everybody, 100 * LWS_US_PER_MS);
}

static int receive(struct lws *wsi, struct session *s, const char *in, size_t len)
{
	if (s->in_len + len > sizeof s->in) {
		lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
		return -1;
	}
	if (len)
		memcpy(s->in + s->in_len, in, len);
	s->in_len += len;
	if (lws_remaining_packet_payload(wsi) || !lws_is_final_fragment(wsi))
		return 0;
	if (s->in_len)
		say(wsi, s->number, s->in, s->in_len);
	s->in_len = 0;
	return 0;
}

static int writeable(struct lws *wsi, struct session *s)
{
	unsigned char bytes[LWS_PRE + 160];
	int n;

	if (s->next < oldest())
		s->next = oldest();
	while (s->next < end) {
		struct line *l = &lines[s->next % LINES];

		if (lws_send_pipe_choked(wsi)) {
			lws_callback_on_writable(wsi);
			return 0;
		}
		if (lws_write(wsi, l->data + LWS_PRE, l->len, LWS_WRITE_TEXT) < (int)l->len)
			return -1;
		s->next++;
	}
	if (s->tell_bytes) {
		s->tell_bytes = 0;
		n = lws_snprintf((char *)bytes + LWS_PRE, sizeof bytes - LWS_PRE, "bytes\t%llu\t%llu\t%llu\t%llu\t%u",
				 in_plain, in_packed, out_plain, out_packed, packed);
		if (lws_write(wsi, bytes + LWS_PRE, (size_t)n, LWS_WRITE_TEXT) < n)
			return -1;
	}
	return 0;
}

static int callback_chat(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		s->number = ++guests;
		s->next = oldest();
		s->tell_bytes = 1;
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return receive(wsi, s, (const char *)in, len);
	case LWS_CALLBACK_USER:
		s->tell_bytes = 1;
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writeable(wsi, s);
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
	static const struct lws_extension extensions[] = {
		{ "permessage-deflate", counting, "permessage-deflate; client_max_window_bits" },
		{ NULL, NULL, NULL }
	};
	struct lws_protocols protocols[3];
	struct lws_http_mount mount;
	struct lws_context_creation_info info;
	const char *value, *dir = option(argc, argv, "--dir");

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "http";          /* answers what no mount does: 404 */
	protocols[0].callback = lws_callback_http_dummy;
	protocols[1].name = "pmd-chat";
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
	info.extensions = extensions;
	info.vhost_name = "pmd-chat";
	info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "pmd-chat: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("pmd-chat: open http://localhost:%d/\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "pmd-chat")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_sul_cancel(&soon);
	lws_context_destroy(context);
	printf("pmd-chat: bye\n");
	return 0;
}
