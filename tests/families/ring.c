/* rings with one tail and with several, whole elements and bytes */
#include "common.h"

static int log_destroyed = 1;
static int destroyed;

static void destroy(void *e)
{
	destroyed++;
	if (log_destroyed)
		printf("[%d]", *(unsigned char *)e);
}

static void one(size_t element, size_t count, int with_destroy, int tails)
{
	struct lws_ring *r = lws_ring_create(element, count, with_destroy ? destroy : NULL);
	unsigned char b[512], next = 0;
	uint32_t tail[4];
	int i, n, j;

	printf("ring %d %d: %d\n", (int)element, (int)count, r != NULL);
	if (!r)
		return;
	for (i = 0; i < tails; i++)
		tail[i] = lws_ring_get_oldest_tail(r);
	for (i = 0; i < 200; i++) {
		uint32_t *t = tails ? &tail[rnd((uint32_t)tails)] : NULL;
		size_t max = rnd((uint32_t)count + 2);
		const unsigned char *e;
		void *start;
		size_t bytes;

		switch (rnd(tails ? 7 : 6)) {
		case 0:
		case 1:
			for (j = 0; j < (int)(max * element); j++)
				b[j] = (unsigned char)(j % (int)element ? j : next++);
			n = (int)lws_ring_insert(r, b, max);
			printf("insert %d -> %d\n", (int)max, n);
			break;
		case 2:
			memset(b, '#', sizeof(b));
			n = (int)lws_ring_consume(r, t, b, max);
			printf("consume %d -> %d ", (int)max, n);
			show("", b, (size_t)n * element + 1);
			break;
		case 3:
			n = (int)lws_ring_consume(r, t, NULL, max);
			printf("drop %d -> %d\n", (int)max, n);
			break;
		case 4:
			e = (const unsigned char *)lws_ring_get_element(r, t);
			show("element", e ? e : (const unsigned char *)"", e ? element : 0);
			break;
		case 5:
			n = lws_ring_next_linear_insert_range(r, &start, &bytes);
			printf("linear %d", n);
			if (!n) {
				printf(" %d", (int)bytes);
				bytes -= rnd((uint32_t)(bytes / element)) * element;
				memset(start, next++, bytes);
				lws_ring_bump_head(r, bytes);
			}
			printf("\n");
			break;
		default:
			/* the oldest of the tails */
			n = 0;
			for (j = 1; j < tails; j++)
				if (lws_ring_get_count_waiting_elements(r, &tail[j]) > lws_ring_get_count_waiting_elements(r, &tail[n]))
					n = j;
			lws_ring_update_oldest_tail(r, tail[n]);
			printf("oldest %u\n", lws_ring_get_oldest_tail(r));
			break;
		}
		printf("free %d waiting %d oldest %u\n", (int)lws_ring_get_count_free_elements(r),
		       (int)lws_ring_get_count_waiting_elements(r, t), lws_ring_get_oldest_tail(r));
	}
	lws_ring_destroy(r);
	printf("\n");
}

static void check_ours(void)
{
	struct lws_ring *r;
	uint32_t tail;
	char b[16] = "abcdefghijklmno";
	void *p = b;
	size_t n = 77;

	CK(!lws_ring_create(0, 4, destroy) && !lws_ring_create(4, 0, destroy));
	CK(!lws_ring_create((size_t)1 << 40, 4, destroy) && !lws_ring_create((size_t)1 << 33, (size_t)1 << 33, destroy));
	lws_ring_destroy(NULL);
	CK(!lws_ring_get_count_free_elements(NULL) && !lws_ring_get_count_waiting_elements(NULL, NULL));
	CK(!lws_ring_insert(NULL, b, 1) && !lws_ring_consume(NULL, NULL, b, 1) && !lws_ring_get_element(NULL, NULL));
	lws_ring_update_oldest_tail(NULL, 0);
	CK(!lws_ring_get_oldest_tail(NULL));
	CK(lws_ring_next_linear_insert_range(NULL, &p, &n) == 1 && n == 77);
	lws_ring_bump_head(NULL, 1);
	lws_ring_dump(NULL, NULL);

	log_destroyed = 0;
	r = lws_ring_create(4, 4, destroy);
	lws_set_log_level(LLL_ERR, NULL);
	lws_ring_dump(r, NULL);
	CK(!lws_ring_insert(r, NULL, 1));
	CK(lws_ring_next_linear_insert_range(r, NULL, &n) == 1 && lws_ring_next_linear_insert_range(r, &p, NULL) == 1);
	CK(lws_ring_insert(r, b, 2) == 2);
	/* a tail outside the ring leads nowhere outside it */
	tail = 1000;
	CK(lws_ring_get_element(r, &tail) == NULL || lws_ring_get_element(r, &tail) != NULL);
	CK(lws_ring_get_count_waiting_elements(r, &tail) <= 4);
	CK(lws_ring_consume(r, &tail, NULL, 100) <= 4);
	/* nor does an oldest tail, and one where nothing waits destroys nothing */
	lws_ring_update_oldest_tail(r, 1000);
	lws_ring_update_oldest_tail(r, 12);
	CK(destroyed == 0 && lws_ring_get_oldest_tail(r) == 0);
	lws_ring_update_oldest_tail(r, 6);
	CK(destroyed == 1 && lws_ring_get_oldest_tail(r) == 4);
	/* a head that is not at an element */
	lws_ring_bump_head(r, 3);
	lws_ring_bump_head(r, (size_t)-1);
	lws_ring_destroy(r);
	CK(destroyed <= 4);

	/* a destructor may use the ring */
	r = lws_ring_create(4, 8, NULL);
	CK(lws_ring_insert(r, b, 3) == 3);
	lws_ring_update_oldest_tail(r, 99);
	CK(lws_ring_get_oldest_tail(r) == 0);
	lws_ring_destroy(r);
}

int main(int argc, char **argv)
{
	int i;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	seed(4);
	lws_set_log_level(LLL_ERR, NULL);
	one(0, 3, 0, 0);
	one(3, 0, 0, 0);
	one(4, 1, 1, 0);
	for (i = 0; i < 200; i++)
		one(1 + rnd(6), 1 + rnd(12), (int)rnd(2), (int)rnd(5));

	return 0;
}
