/* URIs, plain search, simple JSON, command lines. */
#include "common.h"

int main(int argc, char **argv)
{
	static const char *const schemes[] = { "http://", "https://", "ws://", "wss://", "", "ftp://", "://" };
	unsigned int i;

	begin(argc, argv);
	for (i = 0; i < cases; i++) {
		char in[200], host[64], path[64], name[8];
		const char *prot = "?", *ads = "?", *p = "?", *found;
		const char *words[6] = { "prog" };
		char word[6][12];
		size_t len = 0;
		int port = -7, n;

		again(i);
		text(host, 20, "abc.example-1");
		text(path, 20, "/path/?a=b&c%20");
		snprintf(in, sizeof(in), "%s%s%s%s%s", schemes[rnd(7)], host, rnd(2) ? ":" : "", rnd(2) ? "8080" : "", rnd(2) ? "/" : "");
		strcat(in, path);
		printf("uri\t");
		quote(in, strlen(in));
		n = lws_parse_uri(in, &prot, &ads, &port, &p);
		printf(" %d", n);
		if (!n) {
			printf(" %s ", prot);
			quote(ads, strlen(ads));
			printf(" %d ", port);
			quote(p, strlen(p));
		}
		len = text(in, 80, "ab");
		n = (int)text(name, 4, "ab");
		found = n ? lws_nstrstr(in, len, name, (size_t)n) : in;
		printf("\nsearch\t%d\n", found ? (int)(found - in) : -1);
		snprintf(in, sizeof(in), "{\"a\": %s, \"b\":\"%s\",\"c\":[%d]}", rnd(2) ? "true" : "\"x\\\"y\"", "text", (int)rnd(99));
		snprintf(name, sizeof(name), "\"%c\":", pick("abcd"));
		found = lws_json_simple_find(in, strlen(in), name, &len);
		printf("json\t%d ", found ? (int)(found - in) : -1);
		if (found)
			quote(found, len);
		n = lws_json_simple_strcmp(in, strlen(in), name, "text");
		printf(" %d\n", (n > 0) - (n < 0));
		for (n = 1; n < 6; n++) {
			snprintf(word[n], sizeof(word[n]), "%s%c%s", rnd(2) ? "-" : "--", pick("abc"), rnd(2) ? "" : rnd(2) ? "=val" : "val");
			words[n] = word[n];
		}
		found = lws_cmdline_option(6, words, "-a");
		printf("cmdline\t%s|", found ? found : "(null)");
		found = lws_cmdline_option(6, words, "--b");
		printf("%s\n", found ? found : "(null)");
	}

	return 0;
}
