/* String expansion into buffers of all sizes, from pieces. */
#include "common.h"

static int expand(void *priv, const char *name, char *out, size_t *pos, size_t olen, size_t *exp_ofs)
{
	const char *value = !strcmp(name, "a") ? "value of a" : !strcmp(name, "b") ? "" :
			    !strcmp(name, "long") ? "a longer text that may not fit into what is left" : NULL;
	size_t left, room;

	if (!value)
		return LSTRX_FATAL_NAME_UNKNOWN;
	left = strlen(value) - *exp_ofs;
	room = olen - *pos;
	if (left > room)
		left = room;
	if (out)
		memcpy(out + *pos, value + *exp_ofs, left);
	*pos += left;
	*exp_ofs += left;

	return value[*exp_ofs] ? LSTRX_FILLED_OUT : LSTRX_DONE;
}

int main(int argc, char **argv)
{
	static const char *const parts[] = { "${a}", "${b}", "${long}", "text", "$", "${", "}", "$$", "${nope}", "x", " " };
	unsigned int i;

	begin(argc, argv);
	for (i = 0; i < cases; i++) {
		char in[256] = "", out[128];
		size_t room, used, made, at = 0, len;
		lws_strexp_t exp;
		int n, rounds = 0;

		again(i);
		for (n = (int)rnd(8); n >= 0; n--)
			strcat(in, parts[rnd(rnd(6) ? 4 : 11)]);
		len = strlen(in);
		room = 8 + rnd(100);
		memset(out, 0, sizeof(out));
		lws_strexp_init(&exp, NULL, expand, NULL, 4096);
		n = lws_strexp_expand(&exp, in, len, &used, &made);
		printf("%s\t%s in %zu:", made < room ? "expand" : "expand into several buffers", in, room);
		lws_strexp_init(&exp, NULL, expand, out, room);
		do {
			n = lws_strexp_expand(&exp, in + at, len - at, &used, &made);
			printf(" %d", n);
			if (n < 0)
				break;
			printf(" %zu %zu ", used, made);
			quote(out, made);
			at += used;
			memset(out, 0, sizeof(out));
			lws_strexp_reset_out(&exp, out, room);
		} while (n == LSTRX_FILLED_OUT && rounds++ < 50);
		putchar('\n');
	}

	return 0;
}
