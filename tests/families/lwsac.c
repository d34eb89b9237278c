/* allocated chunks, cached files, singly linked lists */
#include "common.h"
#include <time.h>
#include <unistd.h>

static int later;

/* in place of the C library's, so that time can be made to pass */
time_t time(time_t *t)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += later;
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}

static void totals(const char *what, struct lwsac *head)
{
	struct lwsac *c;

	printf("%s: alloc %llu overhead %llu tails", what, (unsigned long long)lwsac_total_alloc(head),
	       (unsigned long long)lwsac_total_overhead(head));
	for (c = head; c; c = lwsac_get_next(c))
		printf(" %d", (int)lwsac_get_tail_pos(c));
	printf("\n");
}

struct item {
	int pad;
	lws_list_ptr next;
	int v;
	int id;
};

static int sort(lws_list_ptr a, lws_list_ptr b)
{
	printf("(%d,%d)", lws_list_ptr_container(a, struct item, next)->id, lws_list_ptr_container(b, struct item, next)->id);
	return lws_list_ptr_container(b, struct item, next)->v - lws_list_ptr_container(a, struct item, next)->v;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static void cached(void)
{
	char path[64];
	lwsac_cached_file_t cache = NULL, mine;
	size_t len = 77;

	snprintf(path, sizeof(path), "/tmp/families-lwsac-%d", (int)getpid());
	unlink(path);
	printf("missing %d %d\n", lwsac_cached_file(path, &cache, &len), cache == NULL);
	write_file(path, "first content");
	printf("load %d", lwsac_cached_file(path, &cache, &len));
	printf(" %d \"%s\"\n", (int)len, (char *)cache);
	mine = cache;
	lwsac_use_cached_file_start(mine);
	len = 0;
	printf("again %d", lwsac_cached_file(path, &cache, &len));
	printf(" %d\n", cache == mine); /* the original leaves *len as it was */
	lwsac_use_cached_file_detach(&cache);
	printf("detached %d still \"%s\"\n", cache == NULL, (char *)mine);
	lwsac_use_cached_file_end(&mine);
	printf("ended %d\n", mine == NULL);
	cache = NULL;
	printf("load %d", lwsac_cached_file(path, &cache, &len));
	lwsac_use_cached_file_detach(&cache);
	printf(" %d\n", cache == NULL);
	unlink(path);
}

static void check_ours(void)
{
	struct lwsac *a = NULL;
	lwsac_cached_file_t cache = NULL, old;
	lws_list_ptr list = NULL, item = NULL;
	char path[64];
	size_t len;
	uint8_t *p;

	lws_set_log_level(0, NULL);
	CK(!lwsac_use(NULL, 1, 0) && !lwsac_use_zero(NULL, 1, 0) && !lwsac_use_backfill(NULL, 1, 0));
	CK(!lwsac_use(&a, (size_t)-1, 0) && !a);
	CK(!lwsac_use(&a, (size_t)-64, 0) && !lwsac_use(&a, 1, (size_t)-1) && !lwsac_use(&a, SIZE_MAX / 2, 0) && !a);
	lwsac_free(NULL);
	lwsac_detach(NULL);
	lwsac_detach(&a);
	lwsac_reference(NULL);
	lwsac_unreference(NULL);
	lwsac_unreference(&a);
	CK(lwsac_extend(NULL, 1) == 1);
	CK(!lwsac_get_tail_pos(NULL) && !lwsac_get_next(NULL) && !lwsac_total_alloc(NULL) && !lwsac_total_overhead(NULL));
	CK(!lwsac_scan_extant(NULL, (uint8_t *)"a", 1, 0));
	lwsac_info(NULL);
	p = lwsac_use(&a, 3, 64);
	memcpy(p, "abc", 3);
	CK(lwsac_extend(a, 0) == 1 && lwsac_extend(a, -8) == 1 && lwsac_extend(a, INT32_MAX) == 1);
	CK(!lwsac_scan_extant(a, NULL, 1, 0) && !lwsac_scan_extant(a, (uint8_t *)"", 0, 0));
	CK(!lwsac_scan_extant(a, (uint8_t *)"abcdefghijklmnopqrstuvwxyz", 26, 1));
	CK(lwsac_scan_extant(a, (uint8_t *)"bc", 2, 1) == p + 1);
	/* one unreference too many */
	lwsac_unreference(&a);
	CK(a != NULL);
	lwsac_detach(&a);
	CK(!a);
	CK(lwsac_align((size_t)-1) == (size_t)-1);
	lws_list_ptr_insert(NULL, &item, NULL);
	lws_list_ptr_insert(&list, NULL, NULL);
	CK(!list && !item);

	lwsac_use_cached_file_start(NULL);
	lwsac_use_cached_file_end(NULL);
	lwsac_use_cached_file_end(&cache);
	lwsac_use_cached_file_detach(NULL);
	lwsac_use_cached_file_detach(&cache);
	CK(lwsac_cached_file(NULL, &cache, &len) == 1 && lwsac_cached_file("/", &cache, &len) == 1);
	CK(lwsac_cached_file("/dev/zero", NULL, &len) == 1 && lwsac_cached_file("/dev/zero", &cache, NULL) == 1);
	/* sizes that are no multiple of a pointer's: nothing is written past a chunk (valgrind looks) */
	for (len = 1; len < 100; len++) {
		memset(lwsac_use(&a, len * 3, len), 1, len * 3);
		memset(lwsac_use_zero(&a, 5, len), 2, 5);
		while (!lwsac_extend(a, 5))
			;
	}
	lwsac_free(&a);
	/* a changed file is read again; who uses the old copy keeps it */
	snprintf(path, sizeof(path), "/tmp/families-lwsac-%d", (int)getpid());
	write_file(path, "");
	CK(!lwsac_cached_file(path, &cache, &len) && !len && !cache[0]);
	lwsac_use_cached_file_detach(&cache);
	write_file(path, "one");
	CK(!lwsac_cached_file(path, &cache, &len) && len == 3 && !strcmp((char *)cache, "one"));
	old = cache;
	lwsac_use_cached_file_start(old);
	write_file(path, "three");
	CK(!lwsac_cached_file(path, &cache, &len) && len == 3 && cache == old);
	later += 5;
	CK(!lwsac_cached_file(path, &cache, &len) && len == 5 && cache != old && !strcmp((char *)cache, "three"));
	CK(!strcmp((char *)old, "one"));
	lwsac_use_cached_file_end(&old);
	CK(!old);
	unlink(path);
	old = cache;
	later += 5;
	CK(lwsac_cached_file(path, &cache, &len) == 1 && cache == old && !strcmp((char *)cache, "three"));
	lwsac_use_cached_file_detach(&cache);
}

int main(int argc, char **argv)
{
	static struct item it[40];
	struct lwsac *a = NULL;
	lws_list_ptr list = NULL, p;
	int i, j, k, n;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	lws_set_log_level(LLL_ERR, NULL);
	for (i = 0; i < 40; i++)
		printf("%d ", (int)lwsac_align((size_t)i));
	printf("%d %d\n", (int)lwsac_sizeof(1), (int)lwsac_sizeof(0));

	seed(6);
	for (k = 0; k < 300; k++) {
		size_t chunk = rnd(2) ? 0 : rnd(50) * 8; /* others make the original write past its chunks */

		for (i = 0; i < 40; i++) {
			char *m = NULL;

			n = 1 + (int)rnd(rnd(10) ? 60 : 3000);
			switch (rnd(5)) {
			case 0:
			case 1:
				m = lwsac_use(&a, (size_t)n, chunk);
				break;
			case 2:
				m = lwsac_use_zero(&a, (size_t)n, chunk);
				for (j = 0; j < n; j++)
					if (m[j])
						printf("not zero\n");
				break;
			case 3:
				m = lwsac_use_backfill(&a, (size_t)n, chunk);
				break;
			default:
				if (a)
					printf("extend %d %d\n", n, lwsac_extend(a, n));
				break;
			}
			if (m) {
				printf("%d aligned %d\n", n, !((uintptr_t)m & 7));
				for (j = 0; j < n; j++)
					m[j] = (char)('a' + rnd(3));
			}
			totals("", a);
		}
		for (i = 0; i < 20; i++) {
			uint8_t f[8];
			uint8_t *r;

			n = 1 + (int)rnd(7);
			for (j = 0; j < n; j++)
				f[j] = (uint8_t)('a' + rnd(3));
			j = (int)rnd(2);
			/* the bytes of the first chunk's header are not the same in both libraries, but no such text */
			r = lwsac_scan_extant(a, f, (size_t)n, j);
			printf("scan %.*s %d %d\n", n, (char *)f, j, r ? !memcmp(r, f, (size_t)n) && (!j || !r[n]) : -1);
		}
		if (rnd(2)) {
			lwsac_free(&a);
		} else {
			lwsac_reference(a);
			lwsac_reference(a);
			lwsac_unreference(&a);
			printf("%d ", a != NULL);
			lwsac_detach(&a);
			printf("%d ", a != NULL);
			lwsac_unreference(&a);
		}
		printf("%d\n", a != NULL);
	}

	for (i = 0; i < 40; i++) {
		it[i].v = (int)rnd(10);
		it[i].id = i;
		lws_list_ptr_insert(&list, &it[i].next, i < 10 ? NULL : sort);
		for (p = list; p; lws_list_ptr_advance(p))
			printf("%d/%d ", lws_list_ptr_container(p, struct item, next)->v, lws_list_ptr_container(p, struct item, next)->id);
		printf("\n");
		if (i == 9)
			list = NULL;
	}
	cached();

	return 0;
}
