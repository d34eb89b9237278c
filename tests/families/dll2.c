/* doubly linked lists */
#include "common.h"

struct item {
	int before;
	lws_dll2_t l;
	const char *name;
	int v;
	int id;
};

#define ITEM(p) lws_container_of(p, struct item, l)

static int compare(const lws_dll2_t *d, const lws_dll2_t *i)
{
	printf("(%d,%d)", ITEM(d)->v, ITEM(i)->v);
	return ITEM(d)->v - ITEM(i)->v;
}

static void print(const char *what, lws_dll2_owner_t *o)
{
	int n = 0;

	printf("%s: %u:", what, o->count);
	lws_start_foreach_dll(struct lws_dll2 *, p, o->head) {
		printf(" %d/%d", ITEM(p)->v, ITEM(p)->id);
		if (p->owner != o || (p->prev ? p->prev->next != p : o->head != p) || (p->next ? p->next->prev != p : o->tail != p))
			printf(" (links broken)");
		n++;
	} lws_end_foreach_dll(p);
	printf("%s\n", n == (int)o->count ? "" : " (count wrong)");
}

static int some(struct lws_dll2 *d, void *user)
{
	printf("[%d]", ITEM(d)->v);
	if (ITEM(d)->v % 3 == 0)
		lws_dll2_remove(d);
	return ITEM(d)->v == *(int *)user;
}

static void check_ours(void)
{
	struct item a, b;
	lws_dll2_owner_t o, p;
	struct lws_dll2 copy;

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	lws_dll2_owner_clear(&o);
	lws_dll2_owner_clear(&p);
	/* twice on a list, or before one that is on none: nothing happens */
	lws_dll2_add_head(&a.l, &o);
	lws_dll2_add_head(&a.l, &p);
	lws_dll2_add_tail(&a.l, &o);
	lws_dll2_add_before(&a.l, &a.l);
	lws_dll2_add_sorted(&a.l, &o, compare);
	CK(o.count == 1 && o.head == &a.l && o.tail == &a.l && !a.l.next && !a.l.prev && !p.count);
	lws_dll2_remove(&a.l);
	lws_dll2_add_before(&a.l, &b.l);
	CK(!a.l.owner && !b.l.owner);
	copy = a.l;
	lws_dll2_remove(&a.l);
	CK(!memcmp(&copy, &a.l, sizeof(copy)));
	lws_dll2_add_head(NULL, &o);
	lws_dll2_add_head(&a.l, NULL);
	lws_dll2_add_tail(NULL, &o);
	lws_dll2_add_tail(&a.l, NULL);
	lws_dll2_add_before(NULL, &a.l);
	lws_dll2_add_before(&a.l, NULL);
	lws_dll2_add_sorted(NULL, &o, compare);
	lws_dll2_add_sorted(&a.l, NULL, compare);
	lws_dll2_add_sorted(&a.l, &o, NULL);
	lws_dll2_remove(NULL);
	lws_dll2_clear(NULL);
	lws_dll2_owner_clear(NULL);
	CK(!o.count && !a.l.owner);
	CK(lws_dll2_foreach_safe(NULL, NULL, some) == 0);
	CK(lws_dll2_foreach_safe(&o, NULL, NULL) == 0);
	CK(!_lws_dll2_search_sz_pl(NULL, "a", 1, 0, 0));
	CK(!_lws_dll2_search_sz_pl(&o, NULL, 1, 0, 0));
	/* a length beyond the name's NUL reads no further than the NUL of the object's */
	a.name = "ab";
	lws_dll2_add_head(&a.l, &o);
	CK(!lws_dll2_search_sz_pl(&o, "ab\0cdefgh", 9, struct item, l, name));
}

int main(int argc, char **argv)
{
	static struct item it[64];
	static const char *names[] = { "a", "ab", "abc", NULL, "", "b", "abcd" };
	lws_dll2_owner_t o;
	int i, n, stop;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	lws_dll2_owner_clear(&o);
	for (i = 0; i < 64; i++)
		it[i].id = i;
	for (i = 0; i < 10; i++) {
		it[i].v = i;
		if (i & 1)
			lws_dll2_add_head(&it[i].l, &o);
		else
			lws_dll2_add_tail(&it[i].l, &o);
	}
	print("head and tail", &o);
	lws_dll2_add_before(&it[10].l, &it[9].l);
	lws_dll2_add_before(&it[11].l, &it[8].l);
	print("before", &o);
	stop = 4;
	n = lws_dll2_foreach_safe(&o, &stop, some);
	printf(" -> %d\n", n);
	print("foreach", &o);
	stop = -1;
	n = lws_dll2_foreach_safe(&o, &stop, some);
	printf(" -> %d\n", n);
	print("foreach", &o);
	for (i = 0; i < 12; i++)
		lws_dll2_remove(&it[i].l);
	print("empty", &o);

	for (n = 0; n < 7; n++) {
		it[n].name = names[n];
		lws_dll2_add_tail(&it[n].l, &o);
	}
	for (n = 0; n < 7; n++) {
		size_t l;

		for (l = 0; names[n] && l <= strlen(names[n]); l++) {
			struct item *f = lws_dll2_search_sz_pl(&o, names[n], l, struct item, l, name);

			printf("search %s %d -> %d\n", names[n], (int)l, f ? f->id : -1);
		}
	}
	for (i = 0; i < 7; i++)
		lws_dll2_remove(&it[i].l);

	seed(1);
	for (n = 0; n < 3000; n++) {
		i = (int)rnd(64);
		switch (rnd(6)) {
		case 0:
			if (!it[i].l.owner)
				lws_dll2_add_head(&it[i].l, &o);
			break;
		case 1:
			if (!it[i].l.owner)
				lws_dll2_add_tail(&it[i].l, &o);
			break;
		case 2:
			lws_dll2_remove(&it[i].l);
			break;
		case 3:
			stop = (int)rnd(64);
			if (it[i].l.owner && !it[stop].l.owner)
				lws_dll2_add_before(&it[stop].l, &it[i].l);
			break;
		default:
			if (!it[i].l.owner) {
				it[i].v = (int)rnd(10);
				lws_dll2_add_sorted(&it[i].l, &o, compare);
			}
			break;
		}
		print("", &o);
	}
	lws_dll2_clear(&it[0].l);
	printf("%d\n", it[0].l.owner == NULL);

	return 0;
}
