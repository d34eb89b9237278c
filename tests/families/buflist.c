/* buffer lists */
#include "common.h"

static void check_ours(void)
{
	struct lws_buflist *bl = NULL;
	uint8_t b[8] = "abcdefg", *p = b;
	int i;

	lws_set_log_level(0, NULL);
	CK(lws_buflist_append_segment(NULL, b, 1) == -1);
	CK(lws_buflist_append_segment(&bl, NULL, 1) == -1);
	CK(lws_buflist_append_segment(&bl, b, 0) == -1 && !bl);
	CK(lws_buflist_append_segment(&bl, b, (size_t)-1) == -1 && !bl);
	CK(lws_buflist_next_segment_len(NULL, &p) == 0 && !p);
	CK(lws_buflist_next_segment_len(NULL, NULL) == 0);
	CK(lws_buflist_use_segment(NULL, 1) == 0 && lws_buflist_use_segment(&bl, 1) == 0);
	CK(lws_buflist_total_len(NULL) == 0);
	CK(lws_buflist_linear_copy(NULL, 0, b, 1) == -1 && lws_buflist_linear_copy(&bl, 0, NULL, 1) == -1);
	lws_buflist_destroy_all_segments(NULL);
	lws_buflist_describe(NULL, NULL, NULL);
	/* more than is left is all that is left */
	CK(lws_buflist_append_segment(&bl, b, 3) == 1 && lws_buflist_append_segment(&bl, b, 5) == 0);
	lws_buflist_describe(&bl, NULL, NULL);
	CK(lws_buflist_use_segment(&bl, 100) == 5);
	CK(lws_buflist_use_segment(&bl, (size_t)-1) == 0 && !bl);
	/* LWS_PRE bytes before the data, and a NUL after, are the list's own */
	CK(lws_buflist_append_segment(&bl, b, 3) == 1);
	CK(lws_buflist_next_segment_len(&bl, &p) == 3 && !p[3]);
	memset(p - LWS_PRE, 0xff, LWS_PRE);
	CK(lws_buflist_append_segment(&bl, b, 3) == 0);
	for (i = 2; i < 1024; i++)
		CK(lws_buflist_append_segment(&bl, b, 1) == 0);
	CK(lws_buflist_append_segment(&bl, b, 1) == -1);
	CK(lws_buflist_total_len(&bl) == 6 + 1022);
	lws_buflist_destroy_all_segments(&bl);
	CK(!bl);
}

int main(int argc, char **argv)
{
	struct lws_buflist *bl = NULL;
	unsigned char b[100], *p;
	int i, j, n, m, count = 0;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	seed(5);
	lws_set_log_level(LLL_ERR, NULL);
	for (i = 0; i < 12000; i++) {
		size_t left = lws_buflist_next_segment_len(&bl, NULL);

		switch (rnd(6)) {
		case 0:
		case 1:
			n = 1 + (int)rnd(20);
			for (j = 0; j < n; j++)
				b[j] = (unsigned char)('a' + rnd(26));
			m = lws_buflist_append_segment(&bl, b, (size_t)n);
			printf("append %d -> %d\n", n, m);
			count++;
			break;
		case 2:
		case 3:
			if (!left)
				break;
			n = 1 + (int)rnd((uint32_t)left);
			printf("use %d -> %d\n", n, (int)lws_buflist_use_segment(&bl, (size_t)n));
			break;
		case 4:
			n = (int)rnd(60);
			m = (int)rnd(60);
			memset(b, '#', sizeof(b));
			j = lws_buflist_linear_copy(&bl, (size_t)n, b, (size_t)m);
			printf("copy %d %d -> %d ", n, m, j);
			show("", b, (size_t)m + 1);
			break;
		default:
			if (rnd(50))
				break;
			lws_buflist_destroy_all_segments(&bl);
			printf("head %d\n", bl != NULL);
			break;
		}
		p = b;
		left = lws_buflist_next_segment_len(&bl, &p);
		printf("total %d left %d ", (int)lws_buflist_total_len(&bl), (int)left);
		show("", p ? p : b, left);
		printf("%d\n", p != NULL);
	}
	lws_buflist_destroy_all_segments(&bl);
	for (i = 0; (n = lws_buflist_append_segment(&bl, b, 1)) >= 0; i++)
		;
	printf("%d after %d\n", n, i);
	lws_buflist_destroy_all_segments(&bl);

	return 0;
}
