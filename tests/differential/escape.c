/* Escaping and its way back: URLs, SQL, JSON, file names. */
#include "common.h"

int main(int argc, char **argv)
{
	unsigned int i;

	begin(argc, argv);
	for (i = 0; i < cases; i++) {
		char in[128], out[1024];
		int n, room, used = 0;

		again(i);
		text(in, 60, "abc %20%41%2f+&=?/.'\"\\<>\n\t{}~-_xyz%");
		memset(out, 0, sizeof(out));
		lws_urlencode(out, in, 32 + (int)rnd(300));
		printf("urlencode\t");
		quote(out, strlen(out));
		memset(out, 0, sizeof(out));
		room = 8 + (int)rnd(100);
		n = lws_urldecode(out, in, room);
		printf("\n%s\t%d ", room > (int)strlen(in) ? "urldecode" : "urldecode into less room", n);
		if (!n)
			quote(out, strlen(out));
		memset(out, 0, sizeof(out));
		lws_sql_purify(out, in, 8 + (size_t)rnd(200));
		printf("\nsql\t");
		quote(out, strlen(out));
		memset(out, 0, sizeof(out));
		room = 64 + (int)rnd(400);
		lws_json_purify(out, in, room, &used);
		printf("\n%s\t", room > lws_json_purify_len(in) + 8 ? "json" : "json into less room");
		quote(out, strlen(out));
		printf(" %d %d", used, lws_json_purify_len(in));
		strcpy(out, in);
		lws_filename_purify_inplace(out);
		printf("\nfilename\t");
		quote(out, strlen(out));
		putchar('\n');
	}

	return 0;
}
