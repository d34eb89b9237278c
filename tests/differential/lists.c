/* Rings, buffer lists, linked lists, bump allocation: random operations. */
#include "common.h"

static void rings(void)
{
	uint32_t size = 1 + rnd(20), n;
	struct lws_ring *r = lws_ring_create(4, size, NULL);
	uint32_t tails[2] = { 0, 0 }, v[32], next = 0;
	int ops = (int)rnd(40);

	while (ops--) {
		uint32_t count = rnd(size + 2), t = rnd(2);

		switch (rnd(4)) {
		case 0:
			for (n = 0; n < count; n++)
				v[n] = next + n;
			n = (uint32_t)lws_ring_insert(r, v, count);
			next += n;
			printf("ring\tin %u %u\n", count, n);
			break;
		case 1:
			memset(v, 0, sizeof(v));
			n = (uint32_t)lws_ring_consume(r, &tails[t], v, count);
			printf("ring\tout %u %u %u\n", count, n, n ? v[n - 1] : 0);
			break;
		case 2:
			lws_ring_update_oldest_tail(r, lws_ring_get_count_waiting_elements(r, &tails[0]) >
						       lws_ring_get_count_waiting_elements(r, &tails[1]) ? tails[0] : tails[1]);
			break;
		default:
			printf("ring\t%u %u %u %d\n", (unsigned int)lws_ring_get_count_free_elements(r),
			       (unsigned int)lws_ring_get_count_waiting_elements(r, &tails[0]),
			       (unsigned int)lws_ring_get_count_waiting_elements(r, NULL), !!lws_ring_get_element(r, &tails[1]));
		}
	}
	lws_ring_destroy(r);
}

static void buflists(void)
{
	struct lws_buflist *list = NULL;
	int ops = (int)rnd(30);
	uint8_t b[64], *p;

	while (ops--) {
		size_t n, len = 1 + rnd(40);

		switch (rnd(4)) {
		case 0: case 1:
			for (n = 0; n < len; n++)
				b[n] = (uint8_t)('a' + rnd(26));
			printf("buflist\tappend %d\n", lws_buflist_append_segment(&list, b, len));
			break;
		case 2:
			if (!list)
				break;
			n = lws_buflist_next_segment_len(&list, &p);
			if (n)
				n = 1 + rnd((uint32_t)n);
			printf("buflist\tuse %zu ", n);
			quote(p, n);
			printf(" %zu\n", n ? (size_t)lws_buflist_use_segment(&list, n) : 0);
			break;
		default:
			n = list ? (size_t)lws_buflist_next_segment_len(&list, &p) : 0;
			printf("buflist\tnext %zu of %zu\n", n, lws_buflist_total_len(&list));
		}
	}
	lws_buflist_destroy_all_segments(&list);
	printf("buflist\t%d\n", list == NULL);
}

struct item {
	lws_dll2_t list;
	int key;
};

static int by_key(const lws_dll2_t *a, const lws_dll2_t *b)
{
	return ((const struct item *)a)->key - ((const struct item *)b)->key;
}

static void lists(void)
{
	static struct item items[12];
	lws_dll2_owner_t owner;
	lws_dll2_t *at;
	int ops = (int)rnd(40);

	memset(items, 0, sizeof(items));
	memset(&owner, 0, sizeof(owner));
	while (ops--) {
		struct item *i = &items[rnd(12)], *o = &items[rnd(12)];

		i->key = lws_dll2_is_detached(&i->list) ? (int)rnd(9) : i->key;
		if (!lws_dll2_is_detached(&i->list))
			lws_dll2_remove(&i->list);
		else if (!rnd(3))
			lws_dll2_add_head(&i->list, &owner);
		else if (!rnd(2))
			lws_dll2_add_tail(&i->list, &owner);
		else if (i != o && !lws_dll2_is_detached(&o->list))
			lws_dll2_add_before(&i->list, &o->list);
		else if (!owner.count)
			lws_dll2_add_sorted(&i->list, &owner, by_key);
		printf("dll2\t%u:", owner.count);
		for (at = owner.head; at; at = at->next)
			printf(" %d", (int)((struct item *)at - items));
		putchar('\n');
	}
}

static void bumps(void)
{
	struct lwsac *head = NULL;
	int n = 1 + (int)rnd(30);

	while (n--) {
		size_t len = 1 + rnd(600);
		char *p = (char *)(rnd(3) ? lwsac_use(&head, len, 256) : lwsac_use_zero(&head, len, 512));

		memset(p, n, len);
	}
	printf("lwsac\t%d\n", head != NULL);
	lwsac_free(&head);
	printf("lwsac\t%d\n", head == NULL);
}

int main(int argc, char **argv)
{
	unsigned int i;

	begin(argc, argv);
	for (i = 0; i < cases; i++) {
		again(i);
		switch (i & 3) {
		case 0: rings(); break;
		case 1: buflists(); break;
		case 2: lists(); break;
		default: bumps(); break;
		}
	}

	return 0;
}
