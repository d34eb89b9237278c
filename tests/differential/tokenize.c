/* The tokenizer, under all of its flags. */
#include "common.h"

int main(int argc, char **argv)
{
	unsigned int i;

	begin(argc, argv);
	for (i = 0; i < cases; i++) {
		struct lws_tokenize ts;
		char in[128];
		lws_tokenize_elem e;
		size_t len;
		int n = 0;

		again(i);
		len = text(in, 60, "ab1 .,-=:\"/# \t\r\n;(*)_12.5\\");
		lws_tokenize_init(&ts, in, (int)rnd(1 << 9));
		ts.len = len;
		printf("tokens\t");
		quote(in, len);
		printf(" %x", (unsigned int)ts.flags);
		do {
			e = lws_tokenize(&ts);
			printf(" %d", (int)e);
			if (e > 0) {
				char copy[16];

				printf("%d:", (int)(ts.token - in));
				quote(ts.token, ts.token_len);
				n++;
				printf("%d", lws_tokenize_cstr(&ts, copy, sizeof(copy)));
			}
		} while (e > 0 && n < 200);
		putchar('\n');
	}

	return 0;
}
