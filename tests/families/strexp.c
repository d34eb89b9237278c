/* string expansion, with input and output in pieces of any size */
#include "common.h"

/* a value ended exactly at the end of the buffer: the original goes on behind it */
static int brimful;

static int expand(void *priv, const char *name, char *out, size_t *pos, size_t olen, size_t *exp_ofs)
{
	static const char *values[][2] = {
		{ "one", "1st" }, { "long", "abcdefghijklmnopqrstuvwxyz" }, { "empty", "" }, { "n", "${one}" },
		{ "1234567890123456789012345678901", "longest name" }, { "", "nameless" }
	};
	size_t i, l, n;

	if (brimful)
		return LSTRX_FATAL_NAME_UNKNOWN;
	printf("[%s %s %d %d %d]", (const char *)priv, name, (int)*pos, (int)olen, (int)*exp_ofs);
	for (i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (!strcmp(values[i][0], name)) {
			l = strlen(values[i][1]) - *exp_ofs;
			n = l < olen - *pos ? l : olen - *pos;
			if (out)
				memcpy(out + *pos, values[i][1] + *exp_ofs, n);
			*pos += n;
			*exp_ofs += n;
			brimful |= n == l && *pos == olen;
			return n == l ? LSTRX_DONE : LSTRX_FILLED_OUT;
		}

	return !strcmp(name, "other") ? -77 : !strcmp(name, "long1") ? LSTRX_FATAL_NAME_TOO_LONG : LSTRX_FATAL_NAME_UNKNOWN;
}

static void run(const char *in, size_t len, size_t in_piece, size_t olen, int null_out)
{
	lws_strexp_t exp;
	char out[128];
	size_t at = 0, ui, uo;
	int n, turns = 0;

	show("in", in, len);
	printf("pieces %d %d\n", (int)in_piece, (int)olen);
	memset(out, '#', sizeof(out));
	lws_strexp_init(&exp, (void *)"priv", expand, null_out ? NULL : out, olen);
	while (at < len && turns++ < 300) {
		size_t l = len - at < in_piece ? len - at : in_piece;

		ui = uo = 999;
		n = lws_strexp_expand(&exp, in + at, l, &ui, &uo);
		if (brimful) {
			brimful = 0;
			return;
		}
		if (n < 0) {
			/* the original leaves the counts alone here */
			printf(" fatal %d\n", n);
			return;
		}
		printf(" %d used %d made %d pos %d state %d name %d ", n, (int)ui, (int)uo, (int)exp.pos, exp.state, exp.name_pos);
		show("", out, uo + (uo < olen));
		at += ui;
		if (n == LSTRX_FILLED_OUT || rnd(3) == 0)
			lws_strexp_reset_out(&exp, null_out ? NULL : out, olen);
	}
}

static int liar(void *priv, const char *name, char *out, size_t *pos, size_t olen, size_t *exp_ofs)
{
	*pos = olen + 1000;
	return LSTRX_DONE;
}

static void check_ours(void)
{
	lws_strexp_t exp;
	char b[8] = "#######";
	size_t ui = 5, uo = 6;

	lws_strexp_init(NULL, NULL, expand, b, 4);
	lws_strexp_reset_out(NULL, b, 4);
	lws_strexp_init(&exp, NULL, NULL, b, 4);
	CK(lws_strexp_expand(&exp, "${a}", 4, &ui, &uo) == LSTRX_FATAL_NAME_UNKNOWN);
	CK(lws_strexp_expand(NULL, "a", 1, &ui, &uo) == LSTRX_FATAL_NAME_UNKNOWN);
	lws_strexp_init(&exp, NULL, expand, b, 4);
	CK(lws_strexp_expand(&exp, NULL, 1, &ui, &uo) == LSTRX_FATAL_NAME_UNKNOWN);
	CK(lws_strexp_expand(&exp, "a", 1, NULL, &uo) == LSTRX_FATAL_NAME_UNKNOWN);
	CK(lws_strexp_expand(&exp, "a", 1, &ui, NULL) == LSTRX_FATAL_NAME_UNKNOWN);
	/* no room at all, and not even the first byte of it */
	lws_strexp_reset_out(&exp, b, 0);
	CK(lws_strexp_expand(&exp, "ab", 2, &ui, &uo) == LSTRX_FILLED_OUT && !ui && !uo && b[0] == '#');
	/* a full buffer that was not emptied is not written past */
	lws_strexp_reset_out(&exp, b, 2);
	CK(lws_strexp_expand(&exp, "abcd", 4, &ui, &uo) == LSTRX_FILLED_OUT && ui == 2 && uo == 2);
	CK(lws_strexp_expand(&exp, "cd", 2, &ui, &uo) == LSTRX_FILLED_OUT && !ui && b[2] == '#');
	/* a value that ends with the buffer, and then more */
	lws_strexp_init(&exp, b, expand, b, 3);
	b[6] = 0;
	CK(lws_strexp_expand(&exp, "${one}x", 7, &ui, &uo) == LSTRX_FILLED_OUT && ui == 6 && uo == 3 && b[3] == '#');
	lws_strexp_reset_out(&exp, b, 3);
	CK(lws_strexp_expand(&exp, "x", 1, &ui, &uo) == LSTRX_DONE && ui == 1 && uo == 1 && b[0] == 'x' && !b[1]);
	/* a callback that claims more than there is room for */
	lws_strexp_init(&exp, NULL, liar, b, 4);
	CK(lws_strexp_expand(&exp, "${a}bc", 6, &ui, &uo) == LSTRX_FILLED_OUT && uo == 4 && b[4] == '#');
	/* a state from nowhere */
	memset(&exp, 0xff, sizeof(exp));
	exp.cb = expand;
	exp.out = b;
	exp.olen = 4;
	exp.pos = 2;
	exp.priv = b;
	b[7] = 0;
	exp.name[0] = 0;
	CK(lws_strexp_expand(&exp, "a", 1, &ui, &uo) <= 1);
}

int main(int argc, char **argv)
{
	static const char *hand[] = {
		"plain", "${one}", "a ${one} b", "${long}", "$", "$$", "$$$", "$x", "${", "${one", "$${one}", "a$", "${unknown}", "${other}x", "${long1}x",
		"${empty}", "${}", "${n}", "}", "{one}", "${one}${long}${one}", "${1234567890123456789012345678901}",
		"${12345678901234567890123456789012}", "${one }", "$ {one}", "${on${one}e}", "$\n", ""
	};
	static const char *pieces[] = { "a", "bc", "$", "${", "}", "${one}", "${long}", "${empty}", "{", " ", "one", "${n}", "x${" };
	char b[128];
	size_t i, o;
	int j, n;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	seed(8);
	for (i = 0; i < sizeof(hand) / sizeof(*hand); i++)
		for (o = 1; o < 40; o += o < 9 ? 1 : 13) {
			run(hand[i], strlen(hand[i]), 100, o, 0);
			run(hand[i], strlen(hand[i]), 1, o, 0);
			run(hand[i], strlen(hand[i]), 3, o, 1);
		}
	for (i = 0; i < 12000; i++) {
		n = 0;
		for (j = (int)rnd(8); j; j--) {
			const char *p = pieces[rnd(sizeof(pieces) / sizeof(*pieces))];

			strcpy(b + n, p);
			n += (int)strlen(p);
		}
		run(b, (size_t)n, 1 + rnd(20), 1 + rnd(rnd(2) ? 6 : 60), !rnd(5));
	}

	return 0;
}
