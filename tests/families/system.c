/* State managers, lws_system with blobs, system messages, and small functions of a context. */
#include "common.h"
#include <pthread.h>

static int refuse_from = -1;

static int note(struct lws_state_manager *mgr, struct lws_state_notify_link *link, int current, int target)
{
	printf("  %s: %d to %d, in %d\n", link->name, current, target, mgr->state);
	return current != target && target == refuse_from;
}

static void states(void)
{
	static const char *names[] = { "nil", "one", "two", "three", "four", "five" };
	lws_state_notify_link_t a = { { NULL, NULL, NULL }, note, "a" }, b = { { NULL, NULL, NULL }, note, "b" },
				c = { { NULL, NULL, NULL }, note, "c" };
	lws_state_notify_link_t *const list[] = { &b, &c, NULL };
	lws_state_manager_t m;

	memset(&m, 0, sizeof(m));
	m.state_names = names;
	m.name = "m";
	lws_state_reg_notifier(&m, &a);
	lws_state_reg_notifier_list(&m, list);
	printf("%d, %d\n", lws_state_transition(&m, 1), (int)m.notify_list.count);
	printf("%d %d\n", lws_state_transition_steps(&m, 3), m.state);
	refuse_from = 5;
	printf("%d\n", lws_state_transition_steps(&m, 5));
	printf("%d\n", m.state);
	lws_state_transition(&m, 5);
	lws_state_reg_deregister(&b);
	lws_state_transition(&m, 2);
	printf("%d\n", m.state);
	lws_state_reg_deregister(&a);
	lws_state_reg_deregister(&c);
	printf("%d\n", (int)m.notify_list.count);
	printf("%d\n", lws_system_context_from_system_mgr(&m) == NULL);
}

static int on_message(void *opaque, lws_smd_class_t class_, lws_usec_t when, void *text, size_t len)
{
	printf("  %s: class %x, %.*s, %d\n", (const char *)opaque, (unsigned int)class_, (int)len, (const char *)text,
	       when > 0 && when <= lws_now_usecs());
	return 0;
}

static int http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	if (reason == LWS_CALLBACK_PROTOCOL_INIT || reason == LWS_CALLBACK_PROTOCOL_DESTROY)
		printf("  %s\n", reason == LWS_CALLBACK_PROTOCOL_INIT ? "init" : "destroy");
	return 0;
}

static const struct lws_protocols protocols[] = { { "http", http, 0, 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 } };
static struct lws_context *cx;
static int detections;

static int detect(struct lws_context *context)
{
	detections++;
	return context == cx ? 5 : 6;
}

static const lws_system_ops_t ops = { NULL, NULL, __lws_system_attach, detect, 0 };

static void get(lws_system_blob_t *blob, size_t ofs, size_t room)
{
	uint8_t b[64];
	size_t n = room;
	int rc = lws_system_blob_get(blob, b, &n, ofs);

	printf("%zu of %zu: %d, %zu ", ofs, room, rc, n);
	show("", b, n);
}

static void blobs(void)
{
	lws_system_blob_t *blob = lws_system_get_blob(cx, LWS_SYSBLOB_TYPE_AUTH, 0);
	const uint8_t *p;

	get(blob, 0, 8);
	printf("%d\n", lws_system_blob_get_single_ptr(blob, &p));
	lws_system_blob_heap_append(blob, (const uint8_t *)"abc", 3);
	printf("%d %.3s\n", lws_system_blob_get_single_ptr(blob, &p), (const char *)p);
	lws_system_blob_heap_append(blob, (const uint8_t *)"defgh", 5);
	printf("%d %zu\n", lws_system_blob_get_single_ptr(blob, &p), lws_system_blob_get_size(blob));
	get(blob, 0, 64);
	get(blob, 2, 3);
	get(blob, 8, 3);
	get(blob, 99, 3);
	lws_system_blob_heap_empty(blob);
	printf("%zu\n", lws_system_blob_get_size(blob));
	lws_system_blob_direct_set(blob, (const uint8_t *)"direct", 6);
	get(blob, 1, 64);
	get(blob, 1, 2);
	get(blob, 6, 2);
	printf("%d %zu\n", lws_system_blob_get_single_ptr(blob, &p), lws_system_blob_get_size(blob));
	blob = lws_system_get_blob(cx, LWS_SYSBLOB_TYPE_DEVICE_TYPE, 0);
	lws_system_blob_heap_append(blob, (const uint8_t *)"left for the context to free", 28);
}

static void *send_one(void *arg)
{
	return (void *)(intptr_t)lws_smd_msg_printf(cx, 1 << 8, "from %s", (const char *)arg);
}

static void messages(void)
{
	struct lws_smd_peer *all = lws_smd_register(cx, (void *)"all", 0, (lws_smd_class_t)~0, on_message);
	struct lws_smd_peer *net = lws_smd_register(cx, (void *)"net", 0, LWSSMDCL_NETWORK, on_message);
	char *m = (char *)lws_smd_msg_alloc(cx, LWSSMDCL_NETWORK, 5);
	pthread_t t;
	void *rc;
	int n;

	memcpy(m, "hello", 5);
	printf("send %d\n", lws_smd_msg_send(cx, m));
	printf("printf %d\n", lws_smd_msg_printf(cx, LWSSMDCL_INTERACTION, "%s %d", "button", 3));
	pthread_create(&t, NULL, send_one, (void *)"a thread");
	pthread_join(t, &rc);
	printf("thread %d\n", (int)(intptr_t)rc);
	lws_service(cx, -1);
	lws_smd_unregister(net);
	m = (char *)lws_smd_msg_alloc(cx, LWSSMDCL_NETWORK, 5);
	lws_smd_msg_free((void **)&m);
	printf("%d\n", m == NULL);
	for (n = 0; n < 14; n++)
		printf("%d", lws_smd_msg_printf(cx, 1 << 9, "m%d", n));
	printf("\n");
	lws_service(cx, -1);
	lws_smd_unregister(all);
	printf("nobody: %d\n", lws_smd_msg_printf(cx, 1, "x"));
}

static void small(void)
{
	char text[64];
	size_t n;
	struct lws_protocol_vhost_options c = { NULL, NULL, "b", "3" }, b = { &c, NULL, "b", "2" }, a = { &b, NULL, "a", "1" };
	const char *value = "unchanged";

	for (n = 1; n < 20; n++) {
		int rc = lws_hex_random(cx, text, n);

		printf("%zu: %d %zu %d\n", n, rc, strlen(text), strspn(text, "0123456789abcdef") == strlen(text));
	}
	printf("%d %d %d\n", lws_pvo_search(&a, "b") == &b, lws_pvo_search(&a, "B") == NULL, lws_pvo_search(NULL, "a") == NULL);
	printf("%d ", lws_pvo_get_str(&a, "b", &value));
	printf("%s %d", value, lws_pvo_get_str(&a, "x", &value));
	printf(" %s\n", value);
	for (n = 17; n < 22; n++) {
		memset(text, 0, sizeof(text));
		printf("%zu: %d ", n, lws_http_basic_auth_gen("user", "pass", text, n));
		printf("%s\n", text);
	}
	printf("%d\n", lws_context_is_deprecated(cx));
}

static void *allocated(void *p, size_t size, const char *reason);
static int live, reloads;

static int reload(void)
{
	return ++reloads;
}

static void attached(struct lws_context *context, int tsi, void *opaque)
{
	(*(int *)opaque)++;
}

/* What 4.1.6 crashes on, and what it lacks. */
static void check_ours(struct lws_context_creation_info *info)
{
	static char longer[600];
	lws_system_blob_t *blob;
	struct lws_attach_item *item = NULL;
	int ran = 0, late = 0, n;
	size_t len = 4;
	void *m, *none = NULL;
	const uint8_t *p;
	struct lws_smd_peer *peer;

	lws_set_allocator(allocated);
	info->system_ops = NULL;
	info->early_smd_cb = NULL;
	cx = lws_create_context(info);
	CK(live > 0);
	CK(!lws_system_get_ops(cx) && !lws_system_cpd_start(cx));
	/* functions from another thread do not need the program's operations */
	CK(!__lws_system_attach(cx, 0, attached, LWS_SYSTATE_OPERATIONAL, &ran, NULL));
	CK(!__lws_system_attach(cx, 0, attached, LWS_SYSTATE_POLICY_INVALID, &late, NULL));
	CK(__lws_system_attach(cx, 1, attached, LWS_SYSTATE_DHCP, &ran, NULL) == 1);
	CK(!__lws_system_attach(cx, 0, NULL, LWS_SYSTATE_UNKNOWN, NULL, &item) && !item);
	lws_service(cx, -1);
	CK(ran == 1 && late == 0);
	CK(!__lws_system_attach(cx, 0, attached, LWS_SYSTATE_DHCP, &ran, NULL));
	CK(!__lws_system_attach(cx, 0, NULL, LWS_SYSTATE_UNKNOWN, NULL, &item) && item);
	lws_realloc(item, 0, "test");
	/* going down by steps is nothing, not a walk past the end of the names */
	CK(!lws_state_transition_steps(lws_system_get_state_manager(cx), LWS_SYSTATE_DHCP));
	CK(lws_system_get_state_manager(cx)->state == LWS_SYSTATE_OPERATIONAL);
	/* blobs: places that there are not, a direct one emptied and appended to */
	CK(!lws_system_get_blob(cx, LWS_SYSBLOB_TYPE_COUNT, 0) && !lws_system_get_blob(cx, LWS_SYSBLOB_TYPE_AUTH, 2));
	CK(!lws_system_get_blob(cx, (lws_system_blob_item_t)-1, 0) && !lws_system_get_blob(cx, LWS_SYSBLOB_TYPE_AUTH, -1));
	blob = lws_system_get_blob(cx, LWS_SYSBLOB_TYPE_AUTH, 1);
	n = live;
	CK(!lws_system_blob_heap_append(blob, (const uint8_t *)"x", 1) && live == n + 1);
	lws_system_blob_direct_set(blob, (const uint8_t *)"direct", 6);
	CK(live == n);
	CK(lws_system_blob_heap_append(blob, (const uint8_t *)"x", 1) == -1);
	lws_system_blob_heap_empty(blob);
	CK(lws_system_blob_get_size(blob) == 0);
	lws_system_blob_destroy(blob);
	CK(lws_system_blob_get(blob, NULL, &len, 0) == -2 && lws_system_blob_get(NULL, (uint8_t *)longer, &len, 0) == -2);
	CK(lws_system_blob_get_single_ptr(NULL, &p) == -1 && lws_system_blob_get_size(NULL) == 0);
	/* messages: too long, foreign, of nobody, sent twice */
	peer = lws_smd_register(cx, (void *)"x", 0, 1, on_message);
	memset(longer, 'm', sizeof(longer) - 1);
	CK(lws_smd_msg_printf(cx, 1, "%s", longer) == 1);
	CK(!lws_smd_msg_alloc(cx, 1, LWS_SMD_MAX_PAYLOAD + 1) && !lws_smd_msg_alloc(NULL, 1, 1));
	CK(lws_smd_msg_send(cx, longer) == 1 && lws_smd_msg_send(cx, NULL) == 1);
	m = lws_smd_msg_alloc(cx, 1, 1);
	CK(m && !lws_smd_msg_send(cx, m) && lws_smd_msg_send(cx, m) == 1);
	lws_smd_unregister(peer);
	lws_smd_unregister(peer);
	lws_smd_unregister(NULL);
	CK(!lws_smd_msg_alloc(cx, 1, 1));
	lws_smd_msg_free(&none);
	lws_smd_msg_free(NULL);
	peer = lws_smd_register(cx, (void *)"left", 0, 1, on_message);
	CK(lws_smd_msg_alloc(cx, 1, 1) != NULL);
	CK(!lws_smd_msg_printf(cx, 1, "left"));
	/* small functions */
	CK(lws_hex_random(cx, longer, 0) == 1 && lws_hex_random(NULL, longer, 9) == 1);
	CK(lws_http_basic_auth_gen(NULL, "x", longer, 99) == 1 && lws_http_basic_auth_gen("x", "y", NULL, 99) == 1);
	CK(lws_pvo_get_str(NULL, "a", NULL) == 1 && !lws_pvo_search(NULL, NULL));
	lws_context_deprecate(cx, reload);
	CK(lws_context_is_deprecated(cx) == 1);
	lws_service(cx, -1);
	lws_service(cx, -1);
	CK(reloads == 1);
	lws_context_destroy2(cx);
	CK(late == 1);
	CK(lws_system_blob_get_size(blob) == 0);
	CK(lws_smd_msg_printf(cx, 1, "x") == 1 && !lws_smd_register(cx, NULL, 0, 1, on_message));
	lws_smd_unregister(peer);
	CK(live == 0);
}

static void *allocated(void *p, size_t size, const char *reason)
{
	if (!p)
		live++;
	else if (!size)
		live--;
	if (size)
		return realloc(p, size);
	free(p);
	return NULL;
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info;
	lws_state_notify_link_t link = { { NULL, NULL, NULL }, note, "context" };
	lws_state_notify_link_t *const links[] = { &link, NULL };
	int n;

	lws_set_log_level(0, NULL);
	memset(&info, 0, sizeof(info));
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = protocols;
	info.early_smd_cb = on_message;
	info.early_smd_opaque = (void *)"early";
	info.early_smd_class_filter = LWSSMDCL_NETWORK;
	info.system_ops = &ops;
	if (ours(argc, argv)) {
		check_ours(&info);
		return failures;
	}
	states();
	info.register_notifier_list = links;
	refuse_from = LWS_SYSTATE_CPD_POST_TIME;
	cx = lws_create_context(&info);
	printf("%d %d\n", lws_system_get_ops(cx) == &ops, lws_system_get_state_manager(cx)->state);
	for (n = 0; n < 14; n++)
		printf("%d %s\n", n, lws_system_get_state_manager(cx)->state_names[n]);
	lws_service(cx, -1);
	printf("held at %d\n", lws_system_get_state_manager(cx)->state);
	refuse_from = -1;
	printf("%d %d\n", lws_system_cpd_start(cx), detections);
	lws_system_cpd_set(cx, LWS_CPD_CAPTIVE_PORTAL);
	lws_system_cpd_set(cx, LWS_CPD_INTERNET_OK);
	printf("cpd %d, in %d\n", lws_system_cpd_state_get(cx), lws_system_get_state_manager(cx)->state);
	lws_service(cx, -1);
	messages();
	blobs();
	small();
	lws_context_destroy(cx);

	return 0;
}
