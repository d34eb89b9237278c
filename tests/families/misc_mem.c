/* strings, memory, clocks, the allocator */
#include "common.h"
#include <time.h>

static int made, freed, bytes;

static void *counting(void *p, size_t size, const char *reason)
{
	CK(reason != NULL);
	if (!size) {
		freed += !!p;
		free(p);
		return NULL;
	}
	made += !p;
	bytes += (int)size;
	return realloc(p, size);
}

static void *none(void *p, size_t size, const char *reason)
{
	(void)p;
	(void)size;
	(void)reason;
	return NULL;
}

static void check_ours(void)
{
	char b[8] = "abcdefg";
	struct lws_buflist *bl = NULL;
	struct lws_ring *r;
	struct lwsac *ac = NULL;

	CK(lws_strncpy(NULL, "a", 3) == NULL);
	CK(lws_strncpy(b, "x", 0) == b && b[0] == 'a');
	CK(lws_strncpy(b, NULL, sizeof(b)) == b && !b[0]);
	lws_explicit_bzero(NULL, 5);
	CK(lws_timingsafe_bcmp(NULL, b, 1) == -1 && lws_timingsafe_bcmp(b, NULL, 1) == -1 && !lws_timingsafe_bcmp(NULL, NULL, 0));
	CK(lws_realloc(NULL, 0, NULL) == NULL);

	/* all memory that the program sees comes from its allocator and goes back to it */
	lws_set_allocator(counting);
	r = lws_ring_create(8, 4, NULL);
	CK(made && bytes >= 32);
	lws_ring_destroy(r);
	bytes = 0;
	CK(lws_buflist_append_segment(&bl, (uint8_t *)"abc", 3) == 1);
	CK(bytes > 3);
	lws_buflist_destroy_all_segments(&bl);
	bytes = 0;
	lwsac_use(&ac, 100, 0);
	lwsac_use(&ac, 10000, 0);
	CK(bytes > 10000);
	lwsac_free(&ac);
	CK(made == freed && made >= 5);
	/* and no memory is an error, not a crash */
	lws_set_allocator(none);
	CK(!lws_ring_create(8, 4, NULL));
	CK(lws_buflist_append_segment(&bl, (uint8_t *)"abc", 3) == -1 && !bl);
	CK(!lwsac_use(&ac, 100, 0) && !ac);
	CK(!lwsac_use_zero(&ac, 100, 0) && !ac);
	lws_set_allocator(NULL);
	r = lws_ring_create(8, 4, NULL);
	CK(r != NULL);
	lws_ring_destroy(r);
}

int main(int argc, char **argv)
{
	char b[64], c[64];
	void *p;
	int i, j;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	for (i = 1; i < 12; i++) {
		memset(b, '#', sizeof(b));
		printf("%d ", lws_strncpy(b, "abcdef", (size_t)i) == b);
		show("strncpy", b, 14);
	}
	memset(b, '#', sizeof(b));
	lws_explicit_bzero(b + 1, 3);
	lws_explicit_bzero(b + 9, 0);
	show("bzero", b, 12);

	seed(3);
	for (i = 0; i < 1000; i++) {
		uint32_t n = rnd(sizeof(b));

		for (j = 0; j < (int)sizeof(b); j++)
			b[j] = c[j] = (char)rnd(256);
		for (j = (int)rnd(4); j; j--)
			b[rnd(sizeof(b))] ^= (char)rnd(256);
		printf("bcmp %u %d\n", n, lws_timingsafe_bcmp(b, c, n));
	}
	printf("version %s\n", lws_get_library_version());
	printf("rsa %d\n", lws_plat_recommended_rsa_bits());
	printf("secs %d\n", labs((long)lws_now_secs() - (long)time(NULL)) <= 1);
	{
		struct timespec ts;
		lws_usec_t now = lws_now_usecs();

		clock_gettime(CLOCK_MONOTONIC, &ts);
		printf("usecs %d\n", llabs((long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 - now) < 1000000);
	}

	lws_set_allocator(counting);
	p = lws_realloc(NULL, 10, "made");
	p = lws_realloc(p, 1000, "grown");
	printf("%d %d %d\n", made, freed, bytes);
	p = lws_realloc(p, 0, "freed");
	printf("%d %d %d %d\n", made, freed, bytes, p == NULL);

	return failures;
}
