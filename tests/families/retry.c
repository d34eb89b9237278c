/* back-off policies: delays, the counter, when retries are used up */
#include "common.h"

static void none(lws_sorted_usec_list_t *sul)
{
	(void)sul;
}

/* the jitter is random: what is printed is whether a delay lies between the table's value and that with all of it */
static void delays(struct lws_context *cx, const lws_retry_bo_t *r, const uint32_t *table, int entries, uint16_t from, int tries)
{
	uint16_t ctry = from;
	int i;

	for (i = 0; i < tries; i++) {
		uint32_t base = entries ? table[ctry < entries ? ctry : entries - 1] : 3000;
		uint32_t pc = r && r->jitter_percent ? r->jitter_percent : 30;
		char conceal = 77;
		unsigned int ms = lws_retry_get_delay_ms(cx, r, &ctry, &conceal);

		printf("try %d: in range %d, conceal %d\n", ctry, ms >= base && ms <= base + (uint64_t)base * pc / 100, conceal);
	}
}

int main(int argc, char **argv)
{
	static const uint32_t table[] = { 1000, 2000, 3000, 4000, 5000 };
	struct lws_context_creation_info info;
	struct lws_context *cx;
	lws_retry_bo_t r;
	int i;

	lws_set_log_level(0, NULL);
	memset(&info, 0, sizeof(info));
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	cx = lws_create_context(&info);
	memset(&r, 0, sizeof(r));
	r.retry_ms_table = table;
	r.retry_ms_table_count = 5;
	r.conceal_count = 7;
	if (ours(argc, argv)) {
		lws_sorted_usec_list_t sul;
		static const uint32_t huge[] = { 0xffffffffu };
		uint16_t ctry = 65535;
		char conceal = 77;

		memset(&sul, 0, sizeof(sul));
		/* the counter stays at its end: on the original it begins anew */
		CK(lws_retry_get_delay_ms(cx, &r, &ctry, &conceal) >= 5000 && ctry == 65535 && !conceal);
		/* a delay does not overflow */
		r.retry_ms_table = huge;
		r.retry_ms_table_count = 1;
		r.jitter_percent = 100;
		ctry = 0;
		CK(lws_retry_get_delay_ms(cx, &r, &ctry, &conceal) == 0xffffffffu);
		/* NULL where the original reads through it */
		CK(lws_retry_get_delay_ms(cx, &r, NULL, &conceal) == 0xffffffffu);
		CK(lws_retry_get_delay_ms(cx, NULL, &ctry, NULL) >= 3000);
		r.retry_ms_table = NULL;
		CK(lws_retry_get_delay_ms(cx, &r, &ctry, &conceal) >= 3000);
		CK(lws_retry_sul_schedule(NULL, 0, &sul, &r, none, &ctry) == 1);
		CK(lws_retry_sul_schedule(cx, 0, NULL, &r, none, &ctry) == 1);
		CK(lws_retry_sul_schedule_retry_wsi(NULL, &sul, none, &ctry) == 1);
	} else {
		delays(cx, NULL, NULL, 0, 0, 3);
		delays(cx, &r, table, 5, 0, 10);
		r.jitter_percent = 1;
		delays(cx, &r, table, 5, 3, 4);
		r.jitter_percent = 100;
		r.conceal_count = 0;
		delays(cx, &r, table, 5, 0, 6);
		seed(23);
		for (i = 0; i < 10000; i++) {
			lws_sorted_usec_list_t sul;
			uint16_t ctry = (uint16_t)rnd(12), was = ctry;
			int rc;

			memset(&sul, 0, sizeof(sul));
			r.retry_ms_table_count = (uint16_t)(1 + rnd(5));
			r.conceal_count = (uint16_t)rnd(10);
			r.jitter_percent = (uint8_t)rnd(101);
			delays(cx, &r, table, r.retry_ms_table_count, ctry, 1);
			rc = lws_retry_sul_schedule(cx, 0, &sul, &r, none, &ctry);
			printf("from %d of %d: %d, then %d, waits %d\n", was, r.conceal_count, rc, ctry, !lws_dll2_is_detached(&sul.list));
			lws_sul_cancel(&sul);
		}
	}
	lws_context_destroy(cx);
	return failures;
}
