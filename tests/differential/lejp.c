/* The JSON parser: every callback with all that it can see, for JSON that is right, nearly right and garbage. */
#include "common.h"

static const char *class_name;
static int refuse_at, refuse_with, calls, push_at, pushes;

static const char *const paths[] = {
	"a", "b.c", "d[]", "d[].e", "*.x", "f.*", "g[][]", "*[].a", "b.*.c", "[].a", "*.*.d", "[]", "[][]"
};
static const char *const sub_paths[] = { "x", "c", "*" };

static signed char cb(struct lejp_ctx *ctx, char reason);

static signed char on_sub(struct lejp_ctx *ctx, char reason)
{
	signed char n = cb(ctx, reason);

	if (reason == LEJPCB_OBJECT_END && pushes && !rnd(2)) {
		pushes--;
		printf("%s\tpop %d\n", class_name, lejp_parser_pop(ctx));
	}
	return n;
}

static signed char cb(struct lejp_ctx *ctx, char reason)
{
	char w[16];
	int n;

	printf("%s\t r%d ", class_name, (unsigned char)reason);
	quote(ctx->path, strlen(ctx->path));
	printf(" m%d w%d s%d l%u q%d i%d", ctx->path_match, ctx->wildcount, ctx->sp, ctx->line, ctx->pst_sp, ctx->ipos);
	for (n = 0; n < ctx->ipos && n < LEJP_MAX_INDEX_DEPTH; n++)
		printf(",%d", ctx->i[n]);
	if (ctx->path_match)
		printf(" ml%d", ctx->path_match_len);
	for (n = 0; n < ctx->wildcount; n++) {
		int size = rnd(4) ? (int)sizeof(w) : 1 + (int)rnd(5), m = lejp_get_wildcard(ctx, n, w, size);

		printf(" %d:%d:", size, m);
		if (m)
			quote(w, strlen(w));
	}
	if (reason & LEJP_FLAG_CB_IS_VALUE) {
		putchar(' ');
		if (reason == LEJPCB_VAL_STR_CHUNK || reason == LEJPCB_VAL_STR_END)
			quote(ctx->buf, ctx->npos);
		else
			quote(ctx->buf, strlen(ctx->buf));
	}
	putchar('\n');
	calls++;
	if (calls == push_at && ctx->pst_sp < 4) {
		pushes++;
		n = lejp_parser_push(ctx, NULL, sub_paths, 3, on_sub);
		printf("%s\tpush %d m%d\n", class_name, n, ctx->path_match);
		push_at += 1 + (int)rnd(4);
	}
	return calls == refuse_at ? (signed char)refuse_with : 0;
}

static void parse(const char *name, const char *json, size_t len, int pieces)
{
	struct lejp_ctx ctx;
	size_t at = 0;
	int n = LEJP_CONTINUE;

	class_name = name;
	printf("%s\t", name);
	quote(json, len);
	putchar('\n');
	memset(&ctx, 0, sizeof(ctx));
	calls = pushes = 0;
	lejp_construct(&ctx, cb, NULL, paths, LWS_ARRAY_SIZE(paths));
	while (at < len && n == LEJP_CONTINUE) {
		size_t piece = pieces ? 1 + rnd((uint32_t)pieces) : len;

		if (piece > len - at)
			piece = len - at;
		n = lejp_parse(&ctx, (const unsigned char *)json + at, (int)piece);
		at += piece;
	}
	printf("%s\t= %d %s\n", name, n, lejp_error_to_string(n));
	if (!rnd(8))
		lejp_change_callback(&ctx, cb);
	lejp_destruct(&ctx);
}

static char json[8192];
static size_t used;

static void put(const char *s)
{
	size_t len = strlen(s);

	if (used + len < sizeof(json)) {
		memcpy(json + used, s, len);
		used += len;
	}
}

static void space(void)
{
	static const char *const s[] = { " ", "\n", "\t", "\r\n", "# note \"{\n", "#\n" };

	if (!rnd(6))
		put(s[rnd(6)]);
}

static void string(int longest)
{
	static const char *const s[] = { "\\n", "\\\"", "\\\\", "\\/", "\\b", "\\t", "\\f", "\\r", "\\u0041", "\\u00e9",
					 "\\u20AC", "\\ud83d\\ude00", "\\u0000", "\xc3\xa9", "#", " ", "{", "]" };
	int len = (int)rnd((uint32_t)longest);

	put("\"");
	while (len--) {
		char c[2] = { 0, 0 };

		c[0] = pick("abcdexyz019.*[]");
		put(rnd(8) ? c : s[rnd(18)]);
	}
	put("\"");
}

static void value(int depth);

static void members(int depth)
{
	int n = 1 + (int)rnd(3);

	if (depth && !rnd(6))
		n = 0;
	put("{");
	while (n--) {
		static const char *const names[] = { "\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"e\"", "\"f\"", "\"g\"", "\"x\"" };

		space();
		if (rnd(8))
			put(names[rnd(8)]);
		else
			string(6);
		space();
		put(":");
		space();
		value(depth + 1);
		space();
		if (n)
			put(",");
	}
	put("}");
}

static void array(int depth)
{
	int n = (int)rnd(4);

	put("[");
	while (n--) {
		space();
		value(depth + 1);
		space();
		if (n)
			put(",");
	}
	space();
	put("]");
}

static void value(int depth)
{
	static const char *const v[] = { "true", "false", "null", "0", "-1", "12.5", "1e3", "-0.5E-7", "3e+2", "00012",
					 "12345678901234567890", "123456789012345678901", "1.", "-", ".5", "1e", "1.5.2", "tru", "nul" };

	switch (rnd(depth > 6 ? 8 : 12)) {
	case 0: case 1: case 2: case 3:
		put(v[rnd(rnd(16) ? 12 : 19)]);
		break;
	case 4: case 5: case 6:
		string(12);
		break;
	case 7:
		string(rnd(20) ? 30 : 700);
		break;
	case 8: case 9:
		array(depth);
		break;
	default:
		members(depth);
		break;
	}
}

int main(int argc, char **argv)
{
	static const char *const by_hand[] = {
		"{}", "[]", "[1]", "[ ]x", "{\"a\":1}", "{\"a\":1}tail", "{\"a\":{}}", "{\"a\":[{}]}", "[[1],2]", "[[[[[1]]]]]",
		"[[[[[[1]]]]]]", "{\"a\":1,}", "[1,]", "[,]", "\"s\"", "1", "", "{", "}", "]", "{\"a\"}", "{\"a\":}", "{a:1}",
		"{\"a\":1]", "[1}", "{\"a\":[1}", "{\"a\":{\"b\":1]}", "{\"a\":1 2}", "{\"a\":\"\x01\"}", "{\"a\":\"\\x\"}",
		"{\"a\":\"\\u00g0\"}", "{\"a\":\"\\u00G0\"}", "{\"a\" 1}", "{\"a\":x}", "{\"a\":1.}", "{\"a\":-}", "{\"a\":1.2.3}",
		"{\"a\":1e5.5}", "{\"a\":1e}", "{\"a\":1e5e5}", "{\"a\":1ee}", "{\"a\":tru}", "{\"a\":truE}", "{\"a\":n ull}",
		"{\"a\":123456789012345678901}", "{\"a\":1}}", "#c\n{\"a\":1}", "{\"a\":1#c\n}", "{#\"a\":1\n\"b\":2}",
		"{\"b\":{\"c\":1,\"x\":{\"c\":[1,2,[3]]}}}", "{\"g\":[[1,2],[3]],\"f\":{\"q\":{\"r\":1}}}",
		"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":{\"j\":{\"k\":{\"l\":1}}}}}}}}}}}}",
		"[{\"a\":1},{\"a\":[2]},3,\"4\",true,null,{\"b\":{\"c\":5}}]",
	};
	unsigned int n;
	int e;

	begin(argc, argv);
	for (e = -30; e < 5; e++)
		printf("texts\t%d %s\n", e, lejp_error_to_string(e));
	for (n = 0; n < LWS_ARRAY_SIZE(by_hand); n++)
		for (e = 0; e < 3; e++)
			parse("by hand", by_hand[n], strlen(by_hand[n]), e);
	for (n = 0; n < cases; n++) {
		const char *name = "right";

		again(n);
		used = 0;
		refuse_at = push_at = 0;
		refuse_with = rnd(2) ? 1 : -1;
		if (rnd(4))
			members(0);
		else
			array(0);
		if (!rnd(3) && used) {
			uint32_t changes = 1 + rnd(3);

			name = "changed";
			while (changes--)
				json[rnd((uint32_t)used)] = rnd(2) ? pick("{}[]:,\"\\#0-.eEtfn \n") : (char)(1 + rnd(255));
		}
		if (!rnd(5)) {
			name = "refused";
			refuse_at = 1 + (int)rnd(12);
		}
		if (!rnd(8)) {
			name = "pushed";
			push_at = 2 + (int)rnd(10);
		}
		parse(name, json, used, rnd(2) ? 0 : 1 + (int)rnd(40));
	}

	return 0;
}
