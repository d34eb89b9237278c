/* the tokenizer, over hand-picked and generated text, with each flag */
#include "common.h"

static void all(const char *in, size_t len, int flags, int set_len)
{
	static char text[256];
	struct lws_tokenize ts;
	int pos;
	char b[64];
	int e, n = 0;

	/* NULs follow, as the original goes on behind the first */
	memset(text, 0, sizeof(text));
	memcpy(text, in, len);
	lws_tokenize_init(&ts, text, flags);
	if (set_len)
		ts.len = len;
	printf("flags %x %d ", (unsigned int)flags, set_len);
	show("", text, len);
	do {
		e = lws_tokenize(&ts);
		printf(" %d", e);
		if (ts.token && e > 0) {
			show("", ts.token, ts.token_len);
			printf("  at %d", (int)(ts.token - text));
			memset(b, '#', sizeof(b));
			if (!lws_tokenize_cstr(&ts, b, 8))
				show("cstr", b, 8);
		}
		pos = (int)(ts.start - text);
		printf(" pos %d delim %d", pos > (int)len ? (int)len : pos, ts.delim);
	} while (e > 0 && n++ < 200);
	printf("\n");
}

static void check_ours(void)
{
	struct lws_tokenize ts;
	char b[4] = "abc";

	lws_tokenize_init(NULL, "a", 0);
	CK(lws_tokenize(NULL) == LWS_TOKZE_ENDED);
	lws_tokenize_init(&ts, NULL, 0);
	CK(lws_tokenize(&ts) == LWS_TOKZE_ENDED);
	CK(lws_tokenize_cstr(NULL, b, 4) == 1 && lws_tokenize_cstr(&ts, NULL, 4) == 1 && lws_tokenize_cstr(&ts, b, 0) == 1);
	CK(lws_tokenize_cstr(&ts, b, 1) == 1 && b[0] == 'a');
	/* a NUL is the end, also for the calls after */
	lws_tokenize_init(&ts, "abc\0def", 0);
	CK(lws_tokenize(&ts) == LWS_TOKZE_TOKEN && ts.token_len == 3);
	CK(lws_tokenize(&ts) == LWS_TOKZE_ENDED && lws_tokenize(&ts) == LWS_TOKZE_ENDED);
	lws_tokenize_init(&ts, "abc", 0);
	CK(lws_tokenize(&ts) == LWS_TOKZE_TOKEN);
	ts.token_len = (size_t)-1;
	CK(lws_tokenize_cstr(&ts, b, 4) == 1);
	ts.token = NULL;
	ts.token_len = 2;
	CK(lws_tokenize_cstr(&ts, b, 4) == 1);
}

int main(int argc, char **argv)
{
	static const char *hand[] = {
		"", " ", "one", "one two", "a=b", "a = b", "a:b", "a : b", "1=2", "1.5=2", "1.5.5", "1..5", "1.", ".1", "-1", "1-1",
		"\"q\"", "\"q", "\"\"", "a\"b\"c", "a \"b\" c", "\"a=b#c\"", "a,b", "a,,b", ",a", "a,", "a b", "a, b ,c", "a,\"b\",c",
		"a;b", "1.2.3.4", "192.168.0.1", "x1", "1x", "0x10", "multipart/related; a=\"b c\"", "# comment\nafter", "a # b\n c",
		"a#b\nc", "GET /x HTTP/1.1", "\xc3\xa9t\xc3\xa9", "\xc3", "\xff", "a\xe2\x82\xac" "b", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"a\tb\r\nc\fd\ve", "*/*;q=0.8", "a.b-c/d_e", "name: value", "12:13", "a==b", "= b", ": b", "\"a\" = b", "1,2,3", "\"1\",\"2\""
	};
	static const char *pieces[] = {
		"a", "b1", "1", "23", "0", "_", " ", "  ", "\t", "\n", "\r", "=", ":", ",", ";", ".", "-", "/", "\"", "\"", "#", "(", ")", "*", "[",
		"\\", "{", "?", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xff", "\x01", "\x7f", "+", "%", "!", "|", "~", "<", "@", "'"
	};
	char b[80];
	int i, j, n;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	for (i = 0; i < (int)(sizeof(hand) / sizeof(*hand)); i++)
		for (j = 0; j < 512; j = j ? j * 2 : 1)
			all(hand[i], strlen(hand[i]), j, 0);

	seed(7);
	for (i = 0; i < 20000; i++) {
		n = 0;
		for (j = (int)rnd(14); j; j--) {
			const char *p = pieces[rnd(sizeof(pieces) / sizeof(*pieces))];

			if (rnd(40) == 0)
				b[n++] = (char)(1 + rnd(255));
			strcpy(b + n, p);
			n += (int)strlen(p);
		}
		b[n] = '\0';
		all(b, (size_t)n, rnd(3) ? (int)(rnd(512) & rnd(512)) : 0, (int)rnd(2));
	}

	return 0;
}
