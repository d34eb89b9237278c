/*
 * A server with an extension of its own, "x-turn": each payload byte is changed by a key, which is the value of the
 * option "key". It prints what the extension is called for.
 *
 *   extension [--port P] [--slowly] [--parse]
 *
 * --parse   calls lws_ext_parse_options() in ESTABLISHED
 * --slowly  gives a payload out in pieces of three bytes, saying each time that more is to come
 */
#include "common.h"

struct state {
	unsigned char key, *out;
	size_t room, have, at;
};

/* exported, and in no header of the original's */
int lws_context_init_extensions(const struct lws_context_creation_info *info, struct lws_context *cx);

static const struct lws_ext_options known[] = {
	{ "key", EXTARG_DEC }, { "loud", EXTARG_NONE }, { "maybe", EXTARG_OPT_DEC }, { NULL, EXTARG_NONE }
};
static bool slowly, parse;

static int turn(struct state *s, struct lws_tokens *in, struct lws_tokens *out, int last)
{
	size_t n;
	int i;

	if (in->len > 0) {
		unsigned char *more = (unsigned char *)realloc(s->out, s->have + (size_t)in->len);

		if (!more)
			return -1;
		s->out = more;
		for (i = 0; i < in->len; i++)
			s->out[s->have++] = in->token[i] ^ s->key;
		in->token += in->len;
		in->len = 0;
	}
	n = s->have - s->at;
	if (slowly && n > 3)
		n = 3;
	out->token = s->out + s->at;
	out->len = (int)n;
	s->at += n;
	if (s->at < s->have)
		return 2;
	s->at = s->have = 0;
	return last ? 4 : 3;
}

static int x_turn(struct lws_context *cx, const struct lws_extension *ext, struct lws *wsi,
		  enum lws_extension_callback_reasons reason, void *user, void *in, size_t len)
{
	struct state *s = (struct state *)user;
	struct lws_tokens *tokens = (struct lws_tokens *)in;
	struct lws_ext_option_arg *arg = (struct lws_ext_option_arg *)in;

	(void)cx;
	(void)ext;
	switch (reason) {
	case LWS_EXT_CB_CONSTRUCT:
		say("construct");
		s = (struct state *)calloc(1, sizeof *s);
		if (!s)
			return -1;
		*(struct state **)user = s;
		*(const struct lws_ext_options **)in = known;
		return 0;
	case LWS_EXT_CB_OPTION_SET:
		say("option %d '%.*s'", arg->option_index, arg->len, arg->start ? arg->start : "");
		if (!arg->option_index)
			s->key = (unsigned char)atoi(arg->start);
		return arg->option_index == 2 && arg->start && !strncmp(arg->start, "666", 3) ? -1 : 0;
	case LWS_EXT_CB_NAMED_OPTION_SET:
		say("named option %s '%.*s'", arg->option_name, arg->len, arg->start);
		return strcmp(arg->option_name, "key") ? -1 : 0;
	case LWS_EXT_CB_PAYLOAD_RX:
		return turn(s, &tokens[0], &tokens[1], lws_is_final_fragment(wsi));
	case LWS_EXT_CB_PAYLOAD_TX:
		return turn(s, &tokens[0], &tokens[1], !(len & LWS_WRITE_NO_FIN));
	case LWS_EXT_CB_PACKET_TX_PRESEND:
		if (tokens->token[0] & 0xf)
			tokens->token[0] |= 0x20;
		return 0;
	case LWS_EXT_CB_DESTROY:
		say("destroy");
		free(s->out);
		free(s);
		return 0;
	default:
		say("reason %d", (int)reason);
		return 0;
	}
}

struct pss {
	unsigned char text[LWS_PRE + 4096];
	size_t len;
};

/* lws_ext_parse_options() on texts that need not be NUL-ended */
static void parse_options(struct lws *wsi)
{
	static const char *const texts[] = {
		"key=9; loud", "maybe", "maybe=3", "", " ; loud ;", "key", "key=x", "loud=1", "nonsense", "maybe=666", "key=9;key=10"
	};
	static const struct lws_extension ext = { "x-turn", x_turn, "x-turn" };
	struct state s;
	size_t i;

	memset(&s, 0, sizeof s);
	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t len = strlen(texts[i]);
		char *bare = (char *)malloc(len + 1);

		if (!bare)
			return;
		memcpy(bare, texts[i], len);
		bare[len] = '!';
		say("parse '%s' -> %d", texts[i], lws_ext_parse_options(&ext, wsi, &s, known, bare, (int)len));
		free(bare);
	}
	say("parse NULL -> %d", lws_ext_parse_options(&ext, wsi, &s, known, NULL, 0));
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct pss *p = (struct pss *)user;
	int known_option, unknown_option, unknown_extension;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		known_option = lws_set_extension_option(wsi, "x-turn", "key", "1");
		unknown_option = lws_set_extension_option(wsi, "x-turn", "nonsense", "1");
		unknown_extension = lws_set_extension_option(wsi, "x-other", "key", "1");
		say("set -> %d %d %d", known_option, unknown_option, unknown_extension);
		if (parse)
			parse_options(wsi);
		break;
	case LWS_CALLBACK_RECEIVE:
		if (p->len + len > sizeof p->text - LWS_PRE)
			return -1;
		memcpy(p->text + LWS_PRE + p->len, in, len);
		p->len += len;
		if (lws_is_final_fragment(wsi))
			lws_callback_on_writable(wsi);
		break;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (p->len > 4) {
			/* in two frames */
			if (lws_write(wsi, p->text + LWS_PRE, 4, (enum lws_write_protocol)(LWS_WRITE_TEXT | LWS_WRITE_NO_FIN)) < 4 ||
			    lws_write(wsi, p->text + LWS_PRE + 4, p->len - 4, LWS_WRITE_CONTINUATION) < (int)p->len - 4)
				return -1;
		} else if (lws_write(wsi, p->text + LWS_PRE, p->len, LWS_WRITE_TEXT) < (int)p->len)
			return -1;
		p->len = 0;
		break;
	default:
		break;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct lws_extension extensions[] = { { "x-turn", x_turn, "x-turn; key=5" }, { NULL, NULL, NULL } };
	static const struct lws_protocols protocols[] = {
		{ "echo", callback, sizeof(struct pss), 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 }
	};
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof info);
	slowly = given(argc, argv, "--slowly");
	parse = given(argc, argv, "--parse");
	info.port = atoi(option(argc, argv, "--port", "0"));
	info.protocols = protocols;
	info.extensions = extensions;
	context = lws_create_context(&info);
	if (!context)
		die("no context");
	if (lws_context_init_extensions(&info, context))
		die("lws_context_init_extensions");
	end_on_signals();
	say("listening on port %d", port_of("default"));
	serve();
	lws_context_destroy(context);
	return 0;
}
