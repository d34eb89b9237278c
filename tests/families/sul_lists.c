/* timers on the program's own lists; the original serves only lists inside its service threads, so it is checked here */
#include "common.h"

static lws_dll2_owner_t own[2];
static lws_sorted_usec_list_t t[8];
static char ran[100];

static void cb(lws_sorted_usec_list_t *s)
{
	char c[2] = { (char)('0' + (s - t)), 0 };

	CK(!s->list.owner && !s->list.next && !s->list.prev && !s->us);
	strcat(ran, c);
	if (s == &t[3]) {
		/* again, due already: in this pass */
		s->us = 5;
		s->cb = cb;
		ran[0] == '3' ? (void)0 : (void)__lws_sul_insert(&own[0], &t[7]);
	}
}

int main(int argc, char **argv)
{
	int i;

	if (!ours(argc, argv)) {
		/* insertion alone */
		for (i = 0; i < 8; i++) {
			t[i].us = i % 3;
			t[i].cb = cb;
			printf("%d", __lws_sul_insert(&own[0], &t[i]));
		}
		t[4].us = 9;
		__lws_sul_insert(&own[0], &t[4]);
		lws_start_foreach_dll(struct lws_dll2 *, p, own[0].head) {
			printf(" %d", (int)((lws_sorted_usec_list_t *)p - t));
		} lws_end_foreach_dll(p);
		printf(" count %u\n", own[0].count);
		return 0;
	}

	for (i = 0; i < 8; i++) {
		t[i].us = 10 + i % 4;
		t[i].cb = cb;
		if (i < 7)
			__lws_sul_insert(&own[i & 1], &t[i]);
	}
	t[7].us = 1;
	CK(__lws_sul_service_ripe(own, 2, 8) == 2);
	CK(__lws_sul_service_ripe(own, 2, 12) == 1);
	CK(!strcmp(ran, "405162"));
	CK(__lws_sul_service_ripe(own, 1, 20) == 0);
	CK(__lws_sul_service_ripe(own, 2, 20) == 0);
	CK(!strcmp(ran, "40516237"));
	CK(!own[0].count && !own[1].count);
	t[0].us = INT64_MAX;
	t[0].cb = NULL;
	__lws_sul_insert(own, t);
	CK(__lws_sul_service_ripe(own, 1, -5) == INT64_MAX);
	CK(__lws_sul_service_ripe(own, 1, INT64_MAX) == 0);
	CK(__lws_sul_insert(NULL, t) == 0 && __lws_sul_insert(own, NULL) == 0 && !own[0].count);
	CK(__lws_sul_service_ripe(NULL, 1, 0) == 0 && __lws_sul_service_ripe(own, 0, 0) == 0 && __lws_sul_service_ripe(own, -1, 0) == 0);

	return failures;
}
