/* escaping, plain search, URIs, numbers as text and as bytes */
#include "common.h"

static const char bytes[] = "abcxyzABC019 -_.~/:?#[]@!$&'()*+,;=%%%%\"\\<>{}|^`\t\n\r\x01\x1f\x7f\x80\xc3\xa9\xff";

static int text(char *b, int max)
{
	int n = (int)rnd((uint32_t)max), i;

	for (i = 0; i < n; i++)
		b[i] = bytes[rnd(sizeof(bytes) - 1)];
	b[n] = '\0';

	return n;
}

static void escape(const char *in, int len)
{
	char b[400];
	int n = -9;

	show("in", in, strlen(in));
	memset(b, '#', sizeof(b));
	printf("%d %d ", len, lws_urlencode(b, in, len) == b);
	show("url", b, strlen(b));
	memset(b, '#', sizeof(b));
	printf("%d %d ", len, lws_sql_purify(b, in, len) == b);
	show("sql", b, strlen(b));
	/* the original counts two bytes of these as one, and writes past the end */
	if (strpbrk(in, "\\\t\n\r"))
		len = (int)sizeof(b);
	memset(b, '#', sizeof(b));
	printf("%d %d ", len, lws_json_purify(b, in, len, &n) == b);
	show("json", b, strlen(b));
	printf("used %d len %d\n", n, lws_json_purify_len(in));
}

static void decode(const char *in, int len)
{
	char b[200];
	int n;

	memset(b, '#', sizeof(b));
	show("decode", in, strlen(in));
	n = lws_urldecode(b, in, len);
	printf("%d %d ", len, n);
	if (!n)
		show("", b, strlen(b));
	strcpy(b, in);
	n = lws_urldecode(b, b, (int)strlen(b) + 1);
	printf("in place %d ", n);
	if (!n)
		show("", b, strlen(b));
}

static void uri(const char *in)
{
	const char *pr = "?", *ad = "?", *pa = "?";
	char b[200];
	int po = -5, n;

	strcpy(b, in);
	n = lws_parse_uri(b, &pr, &ad, &po, &pa);
	show("uri", in, strlen(in));
	printf("%d %d ", n, po);
	show("prot", pr, strlen(pr));
	show("ads", ad, strlen(ad));
	show("path", pa, strlen(pa));
}

static void find(const char *js, size_t len, const char *name, const char *comp)
{
	size_t al = 77;
	const char *r = lws_json_simple_find(js, len, name, &al);
	int n;

	show("json", js, len);
	printf("%s %d ", name, r ? (int)(r - js) : -1);
	show("", r ? r : "", r ? al : 0);
	n = lws_json_simple_strcmp(js, len, name, comp);
	printf("strcmp %s %d\n", comp, n < 0 ? -1 : n > 0);
}

static void human(uint64_t v)
{
	char b[64];
	int k;

	for (k = 20; k < 30; k += 8) { /* the original does not look at the length */
		memset(b, '#', sizeof(b));
		printf("%d ", lws_humanize(b, k, v, humanize_schema_si));
		show("", b, strlen(b));
		printf("%d ", lws_humanize(b, k, v, humanize_schema_si_bytes));
		show("", b, strlen(b));
		printf("%d ", lws_humanize(b, k, v, humanize_schema_us));
		show("", b, strlen(b));
	}
}

static void check_ours(void)
{
	static const lws_humanize_unit_t none[] = { { NULL, 0 } }, zero[] = { { "z", 0 }, { NULL, 0 } }, small[] = { { "k", 10 }, { NULL, 0 } };
	char b[32] = "xyz";
	const char *pr, *ad, *pa;
	uint64_t v, w;
	size_t al;
	int n = 5;

	CK(!lws_urlencode(NULL, "a", 5) && lws_urlencode(b, "a", 0) == b && b[0] == 'x' && lws_urlencode(b, "a", -1) == b && b[0] == 'x');
	CK(lws_urlencode(b, NULL, 5) == b && !b[0]);
	CK(!lws_sql_purify(NULL, "a", 5) && lws_sql_purify(b, "a", -5) == b && lws_sql_purify(b, NULL, 5) == b && !b[0]);
	CK(!lws_json_purify(NULL, "a", 5, &n) && n == 0 && lws_json_purify(b, "a", -5, NULL) == b && lws_json_purify(b, NULL, 5, &n) == b && !b[0]);
	CK(lws_json_purify_len(NULL) == 0);
	memset(b, '#', sizeof(b));
	CK(lws_json_purify(b, "\\\\\\\\\\\\\\\\\\\\\\\\", 12, &n) == b && strlen(b) == 6 && n == 3 && b[12] == '#');
	CK(lws_urldecode(NULL, "a", 5) == -1 && lws_urldecode(b, NULL, 5) == -1 && lws_urldecode(b, "a", 0) == -1 && lws_urldecode(b, "a", -1) == -1);
	CK(lws_urldecode(b, "abcdef", 3) == 0 && !strcmp(b, "ab"));
	CK(lws_urldecode(b, "abcdef", 1) == 0 && !b[0]);
	lws_filename_purify_inplace(NULL);
	CK(!lws_nstrstr(NULL, 1, "a", 1) && !lws_nstrstr("a", 1, NULL, 1) && !lws_nstrstr("a", 1, "abc", 3));
	CK(!lws_json_simple_find(NULL, 1, "a", &al) && !lws_json_simple_find("a", 1, NULL, &al) && !lws_json_simple_find("a:1", 3, "a:", NULL));
	/* a value that is cut off is none, and nothing behind the end is looked at */
	CK(!lws_json_simple_find("\"a\":", 4, "\"a\":", &al) && !lws_json_simple_find("\"a\": ", 5, "\"a\":", &al));
	CK(lws_json_simple_find("\"a\":\"xy\"", 6, "\"a\":", &al) && al == 1);
	CK(lws_json_simple_find("\"a\":\"xy\"", 5, "\"a\":", &al) && al == 0);
	CK(lws_json_simple_strcmp(NULL, 1, "a", "b") == -1 && lws_json_simple_strcmp("a", 1, NULL, "b") == -1 && lws_json_simple_strcmp("a", 1, "a", NULL) == -1);
	strcpy(b, "http://a/b");
	CK(lws_parse_uri(NULL, &pr, &ad, &n, &pa) == -1 && lws_parse_uri(b, NULL, &ad, &n, &pa) == -1 && lws_parse_uri(b, &pr, NULL, &n, &pa) == -1);
	CK(lws_parse_uri(b, &pr, &ad, NULL, &pa) == -1 && lws_parse_uri(b, &pr, &ad, &n, NULL) == -1 && b[4] == ':');
	strcpy(b, "http://[::1");
	CK(!lws_parse_uri(b, &pr, &ad, &n, &pa) && !strcmp(ad, "::1") && !strcmp(pa, "/"));
	strcpy(b, "a:99999999999999999999/");
	CK(!lws_parse_uri(b, &pr, &ad, &n, &pa) && n == INT32_MAX);
	CK(lws_humanize(NULL, 5, 1, humanize_schema_si) == 0 && lws_humanize(b, 0, 1, humanize_schema_si) == 0);
	CK(lws_humanize(b, -1, 1, humanize_schema_si) == 0 && lws_humanize(b, 5, 1, NULL) == 0 && !b[0]);
	CK(lws_humanize(b, 20, 1, none) == 0 && !b[0]);
	lws_humanize(b, 20, 1, zero);
	lws_humanize(b, 20, 57, small);

	/* what the original cannot do: read what it wrote */
	for (v = 0; v < 1 << 28; v = v * 3 / 2 + 1) {
		n = lws_vbi_encode(v, b);
		w = 7;
		CK(lws_vbi_decode(b, &w, (size_t)n) == n && w == v);
		w = 7;
		CK(lws_vbi_decode(b, &w, (size_t)n - 1) == 0 && w == 7);
	}
	CK(lws_vbi_encode((1 << 28) - 1, b) == 4 && lws_vbi_encode(1 << 28, b) == -1 && lws_vbi_encode(UINT64_MAX, b) == -1);
	CK(lws_vbi_encode(1, NULL) == -1 && lws_vbi_decode(NULL, &v, 4) == 0 && lws_vbi_decode("\1", NULL, 1) == 0);
	CK(lws_vbi_decode("\xff\xff\xff\xff\x01", &v, 5) == 0);
	lws_ser_wu16be(NULL, 1);
	lws_ser_wu32be(NULL, 1);
	lws_ser_wu64be(NULL, 1);
	CK(!lws_ser_ru16be(NULL) && !lws_ser_ru32be(NULL) && !lws_ser_ru64be(NULL));
}

int main(int argc, char **argv)
{
	static const char *uris[] = {
		"http://a.b:81/c/d?e=f", "https://a.b/c", "ws://a.b", "wss://[::1]:90/x", "a.b/c", "http://+/var/run/s:/p", "ftp://h/x", "",
		"http://", "http:///", "http://a", "http://a/", "http://a:", "http://a:/", "http://a:80", "http://a:80x/y", "://a", "a://", "http:/a",
		"http://a//b", "a:80", "a:80/x", "[::1]:80/x", "[::1]", "[::1]x", "http://[::1]/x", "+@abs:", "+/a/b", "+/a/b:/c:d", "http://u:p@h:1/", "http://a:-1/",
		"http://a: 80/", "http://a:+80/", "http://a/b:c", "HTTP://a/", "wss://a?b=c", "http://a#b", "x://y://z", "/path", ":", "/", "[", "]", "[]", "[]:"
	};
	static const char *words[] = { "http", "https", "ws", "wss", "://", ":", "/", "//", "[", "]", "+", "80", "443", "a.b", "::1", "?", "x", "@", "-" };
	static const char *js[] = {
		"{\"a\":\"x\", \"n\": 12, \"b\":true,\"s\":\"long one\"}", "{\"n\":12}", "{\"n\":  -1.5e3 ,}", "{\"n\":null}", "{\"n\":[1,2]}", "{\"n\":{\"x\":1}}",
		"{\"n\":\"a\\\"b\"}", "{\"n\":\"\"}", "{\"n\":\"a\\\\\"}", "{\"n\" :1}", "{\"nn\":1,\"n\":2}", "{\"n\":\t\"x\"}", "{\"n\":\n\"x\"}", "{\"n\":1\n}", "{\"n\":,}", "{\"n\": }", "[\"n\":3]"
	};
	static const char *jw[] = { "\"n\":", "\"n\"", ":", "\"", "\\", "\\\"", "x", "12", " ", "\t", ",", "}", "{", "]", "true", "n" };
	char b[300], c[40];
	uint64_t v;
	int i, j, n;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	seed(9);
	for (i = 1; i < 256; i++) {
		b[0] = 'a';
		b[1] = (char)i;
		b[2] = 'b';
		b[3] = '\0';
		escape(b, 100);
		decode(b, 100);
		for (j = 1; j < 256; j++) {
			b[1] = (char)i;
			b[2] = (char)j;
			if (b[1] != '.' && b[2] != '.' && (i > 64 || j > 64))
				continue;
			lws_filename_purify_inplace(b);
			show("file", b, strlen(b));
		}
	}
	strcpy(b, "../etc/pa:ss\\w d...x..");
	lws_filename_purify_inplace(b);
	puts(b);
	for (i = 0; i < 10000; i++) {
		text(b, 30);
		escape(b, 1 + (int)rnd(60));
		decode(b, 60); /* the original writes its NUL behind a full buffer */
	}
	for (i = 0; i < 10000; i++) {
		n = 0;
		for (j = (int)rnd(8); j; j--)
			n += sprintf(b + n, rnd(3) ? "%%%02x" : "+%02X", 1 + rnd(255));
		decode(b, 60);
	}

	for (i = 0; i < (int)(sizeof(uris) / sizeof(*uris)); i++)
		uri(uris[i]);
	for (i = 0; i < 12000; i++) {
		b[0] = '\0';
		for (j = (int)rnd(9); j; j--)
			strcat(b, words[rnd(sizeof(words) / sizeof(*words))]);
		uri(b);
	}

	for (i = 0; i < (int)(sizeof(js) / sizeof(*js)); i++) {
		find(js[i], strlen(js[i]), "\"n\":", "12");
		find(js[i], strlen(js[i]), "\"a\":", "x");
	}
	for (i = 0; i < 12000; i++) {
		/* the text goes on behind its length with what ends every value */
		strcpy(b, "{\"n\":");
		for (j = (int)rnd(9); j; j--)
			strcat(b, jw[rnd(sizeof(jw) / sizeof(*jw))]);
		strcat(b, "\",}");
		find(b, strlen(b), rnd(3) ? "\"n\":" : "x", rnd(2) ? "12" : "x");
	}

	for (i = 0; i < 6000; i++) {
		const char *r;

		for (j = 0; j < 20; j++)
			b[j] = (char)('a' + rnd(2));
		n = 1 + (int)rnd(5);
		for (j = 0; j < n; j++)
			c[j] = (char)('a' + rnd(2));
		j = (int)rnd(21);
		r = lws_nstrstr(b, (size_t)j, c, (size_t)n);
		printf("%.*s in %.*s: %d\n", n, c, j, b, r ? (int)(r - b) : -1);
	}

	for (i = 0; i < 64; i++)
		for (j = -1; j < 2; j++)
			human((1ull << i) + (uint64_t)j);
	for (v = 1; v < UINT64_MAX / 10; v *= 10) {
		human(v);
		human(v - 1);
		human(v * 5 / 3);
	}
	for (i = 0; i < 3000; i++) {
		v = ((uint64_t)rnd(0x7fffffff) << 33) ^ ((uint64_t)rnd(0x7fffffff) << 10) ^ rnd(1024);
		human(v >> rnd(64));
	}
	for (i = 0; i < 7; i++)
		printf("%s %s %llu\n", humanize_schema_si[i].name ? humanize_schema_si[i].name : "-",
		       humanize_schema_si_bytes[i].name ? humanize_schema_si_bytes[i].name : "-", (unsigned long long)humanize_schema_si[i].factor);
	for (i = 0; i < 8; i++)
		printf("%s %llu\n", humanize_schema_us[i].name ? humanize_schema_us[i].name : "-", (unsigned long long)humanize_schema_us[i].factor);

	for (v = 0; v < 1 << 28; v = v * 5 / 4 + 1) {
		n = lws_vbi_encode(v, b);
		show("vbi", b, (size_t)n);
		lws_ser_wu16be((uint8_t *)b + 1, (uint16_t)v);
		lws_ser_wu32be((uint8_t *)b + 3, (uint32_t)(v * 77));
		lws_ser_wu64be((uint8_t *)b + 7, v * 0x123456789ull);
		show("ser", b + 1, 14);
		printf("%x %x %llx\n", lws_ser_ru16be((uint8_t *)b + 1), lws_ser_ru32be((uint8_t *)b + 3), (unsigned long long)lws_ser_ru64be((uint8_t *)b + 7));
	}

	return 0;
}
