/* The JSON parser: what 4.1.6 does over the end of its memory, or crashes on. tests/differential/lejp.c has the rest. */
#include "common.h"

static int failed, names, chunks;
static size_t longest;

static signed char cb(struct lejp_ctx *ctx, char reason)
{
	failed += reason == LEJPCB_FAILED;
	if (reason == LEJPCB_PAIR_NAME) {
		names++;
		if (strlen(ctx->path) > longest)
			longest = strlen(ctx->path);
	}
	chunks += reason == LEJPCB_VAL_STR_CHUNK;
	return 0;
}

static signed char push_more(struct lejp_ctx *ctx, char reason)
{
	if (reason == LEJPCB_OBJECT_START)
		while (!lejp_parser_push(ctx, NULL, NULL, 0, push_more))
			;
	return 0;
}

static const char *const paths[] = { "a", "*.*.*.*.*.*.*" };

static int parse(const char *json)
{
	struct lejp_ctx x;
	int n;

	memset(&x, 0x5a, sizeof(x));
	failed = names = chunks = 0;
	lejp_construct(&x, cb, NULL, paths, 2);
	n = lejp_parse(&x, (const unsigned char *)json, (int)strlen(json));
	lejp_destruct(&x);

	return n;
}

static void check_ours(void)
{
	struct lejp_ctx x;
	char json[1024], w[8];
	int n;

	/* a name that the path has no room for is an error; the longest that it has room for is not */
	snprintf(json, sizeof(json), "{\"%0127d\":1}", 7);
	CK(parse(json) == 0);
	CK(longest == LEJP_MAX_PATH - 1);
	for (n = 128; n < 600; n += 29) {
		snprintf(json, sizeof(json), "{\"%0*d\":1}", n, 7);
		CK(parse(json) == LEJP_REJECT_STACK_OVERFLOW);
		CK(failed == 1 && names == 0);
	}
	snprintf(json, sizeof(json), "{\"%0126d\":[1]}", 7);
	CK(parse(json) == LEJP_REJECT_STACK_OVERFLOW);
	/* more * in a path than there is room to record */
	CK(parse("{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":1}}}}}}}") == 0);
	/* after an overflow it stays one */
	lejp_construct(&x, cb, NULL, NULL, 0);
	for (n = 0; n < 40; n++)
		if (lejp_parse(&x, (const unsigned char *)"{\"a\":", 5) != LEJP_CONTINUE)
			break;
	CK(n < 40);
	CK(lejp_parse(&x, (const unsigned char *)"{\"a\":", 5) == LEJP_REJECT_STACK_OVERFLOW);
	/* pushing is bounded */
	lejp_construct(&x, push_more, NULL, NULL, 0);
	CK(lejp_parse(&x, (const unsigned char *)"{\"a\":1}", 7) >= LEJP_REJECT_CALLBACK);
	CK(x.pst_sp == LEJP_MAX_PARSING_STACK_DEPTH - 1);
	CK(lejp_parser_push(&x, NULL, NULL, 0, cb) == -1);
	while (x.pst_sp)
		CK(!lejp_parser_pop(&x));
	CK(lejp_parser_pop(&x) == -1);
	/* NULL, no room, no such wildcard */
	lejp_construct(&x, NULL, NULL, NULL, 3);
	CK(lejp_parse(&x, (const unsigned char *)"{\"a\":[1,\"b\"]}", 13) == 0);
	CK(lejp_parse(&x, NULL, 4) == LEJP_REJECT_UNKNOWN);
	CK(lejp_parse(&x, (const unsigned char *)"{}", -1) == LEJP_REJECT_UNKNOWN);
	CK(lejp_parse(NULL, (const unsigned char *)"{}", 2) == LEJP_REJECT_UNKNOWN);
	CK(!lejp_get_wildcard(&x, 0, w, sizeof(w)) && !lejp_get_wildcard(&x, -1, w, sizeof(w)));
	CK(!lejp_get_wildcard(&x, 0, NULL, 8) && !lejp_get_wildcard(&x, 0, w, 0) && !lejp_get_wildcard(NULL, 0, w, 8));
	CK(lejp_parser_push(NULL, NULL, NULL, 0, cb) == -1 && lejp_parser_pop(NULL) == -1);
	lejp_construct(NULL, cb, NULL, NULL, 0);
	lejp_destruct(NULL);
	lejp_change_callback(NULL, cb);
	lejp_check_path_match(NULL);
}

int main(int argc, char **argv)
{
	struct lejp_ctx x;
	char json[900], w[16];
	const char *const wild[] = { "*.b.*" };
	int n;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}
	memset(json, 's', sizeof(json));
	memcpy(json, "{\"a\":\"", 6);
	memcpy(json + sizeof(json) - 3, "\"}", 3);
	n = parse(json);
	printf("%d, %d chunks, %d names, %d failed\n", n, chunks, names, failed);
	lejp_construct(&x, cb, w, wild, 1);
	n = lejp_parse(&x, (const unsigned char *)"{\"one\":{\"b\":{\"two\":", 19);
	printf("%d match %d of %d: ", n, x.path_match, x.wildcount);
	for (n = 0; n < 3; n++) {
		int m = lejp_get_wildcard(&x, n, w, sizeof(w));

		printf("%d %s, ", m, m ? w : "-");
	}
	printf("%d %s %d\n", lejp_get_wildcard(&x, 1, w, 3), w, x.user == w);
	lejp_destruct(&x);

	return 0;
}
