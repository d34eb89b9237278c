/* Uses each macro and inline function of libwebsockets.h that takes part in a program, so that a broken one does not
 * compile: compiled by tests/abi/header-compiles, run by nobody. */
#include <libwebsockets.h>

#include <fcntl.h>
#include <stdio.h>

struct item {
	struct item *next;
	uint32_t tail;
	lws_dll2_t list;
	const char *name;
	int number;
	char text[8];
	lws_dll2_owner_t owner;
};

static const lws_struct_map_t fields[] = {
	LSM_SIGNED(struct item, number, "number"),
	LSM_UNSIGNED(struct item, tail, "tail"),
	LSM_BOOLEAN(struct item, number, "flag"),
	LSM_CARRAY(struct item, text, "text"),
	LSM_STRING_PTR(struct item, name, "name"),
	LSM_BLOB_PTR(struct item, name, "blob"),
};

static const lws_struct_map_t schema[] = {
	LSM_SCHEMA(struct item, NULL, fields, "item"),
	LSM_SCHEMA_DLL2(struct item, owner, NULL, fields, "items"),
	LSM_LIST(struct item, owner, struct item, list, NULL, fields, "list"),
	LSM_CHILD_PTR(struct item, next, struct item, NULL, fields, "child"),
};

int walk(struct item *head, lws_dll2_owner_t *owner, struct lws_ring *ring);
int walk(struct item *head, lws_dll2_owner_t *owner, struct lws_ring *ring)
{
	struct item extra = { 0 };
	uint32_t tail = 0;
	int n = 0, size = 5;

	lws_start_foreach_ll(struct item *, it, head) {
		if (it->number)
			break;
		n++;
	} lws_end_foreach_ll(it, next);

	lws_start_foreach_ll_safe(struct item *, it, head, next) {
		n += it->number;
	} lws_end_foreach_ll_safe(it);

	lws_start_foreach_llp(struct item **, at, head) {
		if ((*at)->number == 3) {
			*at = (*at)->next;
			break;
		}
	} lws_end_foreach_llp(at, next);

	lws_start_foreach_llp_safe(struct item **, at, head, next) {
		n += (*at)->number;
	} lws_end_foreach_llp_safe(at);

	lws_ll_fwd_insert((&extra), next, head);
	lws_ll_fwd_remove(struct item, next, (&extra), head);

	lws_start_foreach_dll(struct lws_dll2 *, d, lws_dll2_get_head(owner)) {
		n += lws_container_of(d, struct item, list)->number;
	} lws_end_foreach_dll(d);

	lws_start_foreach_dll_safe(struct lws_dll2 *, d, d1, lws_dll2_get_head(owner)) {
		n += lws_dll2_is_detached(d) + (lws_dll2_owner(d) == owner) + (lws_dll2_get_tail(owner) == d);
	} lws_end_foreach_dll_safe(d, d1);

	lws_ring_consume_single_tail(ring, &tail, 1);
	lws_ring_consume_and_update_oldest_tail(ring, struct item, &extra.tail, 1, head, tail, next);

	LWS_ALIGN_TO(size, 8);
	return n + size + lws_ptr_diff(extra.text + 1, extra.text) + (int)LWS_ARRAY_SIZE(fields) +
	       (int)LWS_ARRAY_SIZE(schema) + lws_is_be();
}

int tell(struct lws *wsi, lws_fop_fd_t file, uint64_t options);
int tell(struct lws *wsi, lws_fop_fd_t file, uint64_t options)
{
	uint8_t buf[LWS_PRE + 32];
	lws_filepos_t amount = 0;
	lws_usec_t day = 86400 * LWS_US_PER_SEC;
	struct lws_pollfd pfd = { -1, LWS_POLLIN | LWS_POLLOUT | LWS_POLLHUP, 0 };
	size_t left = sizeof(buf);

	lwsl_err("%d", 1);
	lwsl_warn("%d", 2);
	lwsl_notice("plain");
	lwsl_info("plain");
	lwsl_debug("plain");
	lwsl_parser("plain");
	lwsl_header("plain");
	lwsl_ext("plain");
	lwsl_client("plain");
	lwsl_latency("plain");
	lwsl_thread("plain");
	lwsl_user("%s", "name");
	lwsl_hexdump_notice(buf, sizeof(buf));

	lws_wsi_close(wsi, LWS_TO_KILL_ASYNC);
	lws_strnncpy((char *)lws_concat_temp(buf, left), "text", 3, left);
	if (lws_check_opt(options, LWS_SERVER_OPTION_GLIB | LWS_SERVER_OPTION_UNIX_SOCK))
		return lws_write_http(wsi, buf + LWS_PRE, 3);
	if (lws_http_client_http_resp_is_error(404))
		return lws_write_ws_flags(LWS_WRITE_TEXT, 1, 0);

	return lws_vfs_file_read(file, &amount, buf, 1) + lws_vfs_file_write(file, &amount, buf, 1) +
	       (int)lws_vfs_file_seek_cur(file, 1) + lws_vfs_file_close(&file) + (int)LWS_US_TO_MS(day) + pfd.revents +
	       (int)lws_concat_used(buf, left) + (LWS_O_RDONLY | LWS_O_WRONLY | LWS_O_CREAT | LWS_O_TRUNC) +
	       (int)lws_stats_get(NULL, LWSSTATS_C_CONNECTIONS);
}
