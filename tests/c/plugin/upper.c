/* A protocol plugin: "upper" sends each text back in capitals. Compiled as a shared object; its file name is up to the test. */
#include <libwebsockets.h>
#include <ctype.h>
#include <string.h>

#if !defined(PLUGIN_CLASS)
#define PLUGIN_CLASS "lws_protocol_plugin"
#endif
#if !defined(PLUGIN_MAGIC)
#define PLUGIN_MAGIC LWS_PLUGIN_API_MAGIC
#endif

struct session {
	unsigned char buf[LWS_PRE + 128];
	size_t len;
};

static int upper(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;
	size_t i;

	switch (reason) {
	case LWS_CALLBACK_RECEIVE:
		if (len > sizeof(s->buf) - LWS_PRE)
			return -1;
		for (i = 0; i < len; i++)
			s->buf[LWS_PRE + i] = (unsigned char)toupper(((unsigned char *)in)[i]);
		s->len = len;
		lws_callback_on_writable(wsi);
		break;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (lws_write(wsi, s->buf + LWS_PRE, s->len, LWS_WRITE_TEXT) < (int)s->len)
			return -1;
		break;
	default:
		break;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ "upper", upper, sizeof(struct session), 0, 0, NULL, 0 },
};

extern const lws_plugin_protocol_t PLUGIN_EXPORT;
const lws_plugin_protocol_t PLUGIN_EXPORT = {
	{ "upper plugin", PLUGIN_CLASS, PLUGIN_MAGIC },
	protocols,
	NULL,
	1,
	0,
};
