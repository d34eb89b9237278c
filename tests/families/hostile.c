/*
 * Arguments that are none, function by function: NULL, lengths below zero and beyond all memory, texts that are cut off,
 * numbers at their limits. With "ours" each has to give the error that the header names, and memcheck watches. With "probe"
 * each call runs in a process of its own and what comes of it is printed: so it was found out where the original reads past
 * the end, follows NULL or writes outside.
 */
#include "common.h"
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

static int probing;
static char b[64], out[64];
static size_t used, got;

static long in_child(long (*f)(void), const char *what)
{
	int status, fds[2];
	long r = 0;
	pid_t pid;

	if (pipe(fds))
		exit(2);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(5);
		r = f();
		_exit(write(fds[1], &r, sizeof(r)) != sizeof(r));
	}
	close(fds[1]);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("%s: ends with signal %d\n", what, WTERMSIG(status));
	else if (read(fds[0], &r, sizeof(r)) == sizeof(r))
		printf("%s = %ld\n", what, r);
	close(fds[0]);
	return r;
}

static void check(long (*f)(void), long want, const char *what)
{
	long r;

	memset(b, 0, sizeof(b));
	memcpy(b, "abc", 3);
	memset(out, 0, sizeof(out));
	used = got = sizeof(out);
	if (probing) {
		in_child(f, what);
		return;
	}
	r = f();
	if (r != want) {
		failures++;
		printf("%s = %ld, not %ld\n", what, r, want);
	}
}

/* a call and what it has to give; V for those that give nothing */
#define H(want, call) do { long f(void) { return (long)(call); } check(f, (long)(want), #call); } while (0)
#define V(call) do { long f(void) { call; return 0; } check(f, 0, #call); } while (0)

/* a token and its NUL need one byte more than there is */
static int tokenize_cut(void)
{
	lws_tokenize_t ts;

	memset(&ts, 0, sizeof(ts));
	ts.token = "abc";
	ts.token_len = 3;
	return lws_tokenize_cstr(&ts, out, 3);
}

static void texts(void)
{
	H(-1, lws_b64_encode_string(NULL, 3, out, 64));
	H(-1, lws_b64_encode_string("abc", 3, NULL, 64));
	H(-1, lws_b64_encode_string("abc", -1, out, 64));
	H(-1, lws_b64_encode_string("abc", 3, out, -1));
	H(-1, lws_b64_encode_string("abc", 3, out, 0));
	H(-1, lws_b64_encode_string_url(NULL, 3, out, 64));
	H(-1, lws_b64_decode_string(NULL, out, 64));
	H(-1, lws_b64_decode_string("YWJj", NULL, 64));
	H(-1, lws_b64_decode_string("YWJj", out, -1));
	H(-1, lws_b64_decode_string_len("YWJj", INT_MIN, out, 64));
	H(-1, lws_b64_decode_stateful(NULL, "YWJj", &used, (uint8_t *)out, &got, 1));
	V(lws_b64_decode_state_init(NULL));
	H(-1, lws_hex_to_byte_array(NULL, (uint8_t *)out, 4));
	H(-1, lws_hex_to_byte_array("0011", NULL, 4));
	H(-1, lws_hex_to_byte_array("0011", (uint8_t *)out, -1));
	H(-1, lws_hex_to_byte_array("001", (uint8_t *)out, 4));
	H(NULL, lws_SHA1(NULL, 3, (unsigned char *)out));
	H(NULL, lws_SHA1((const unsigned char *)"abc", 3, NULL));
	H(-1, lws_vbi_encode(1, NULL));
	H(-1, lws_vbi_encode(UINT64_MAX, out));
	H(-1, lws_vbi_encode(1ull << 28, out));
	H(0, lws_vbi_decode(NULL, (uint64_t *)(void *)out, 4));
	H(0, lws_vbi_decode("\x80", (uint64_t *)(void *)out, 1));
	H(0, lws_vbi_decode("\x01", NULL, 1));
	H(NULL, lws_nstrstr(NULL, 3, "a", 1));
	H(NULL, lws_nstrstr("abc", 3, NULL, 1));
	H(NULL, lws_nstrstr("abc", 3, "abcd", 4));
	H(NULL, lws_json_simple_find(NULL, 3, "\"a\":", &used));
	H(NULL, lws_json_simple_find("{\"a\":1}", 7, NULL, &used));
	H(NULL, lws_json_simple_find("{\"a\":1}", 7, "\"a\":", NULL));
	/* up to the end of what there is, where the second quote is missing */
	H(1, lws_json_simple_find("{\"a\":\"x", 7, "\"a\":", &used) && used == 1);
	H(0, lws_humanize(NULL, 4, 5, humanize_schema_si));
	H(0, lws_humanize(out, 0, 5, humanize_schema_si));
	H(0, lws_humanize(out, -1, 5, humanize_schema_si));
	H(0, lws_humanize(out, 9, 5, NULL));
	V(lws_explicit_bzero(NULL, 5));
	V(lws_filename_purify_inplace(NULL));
	H(-1, lws_timingsafe_bcmp(NULL, "a", 1));
	H(-1, lws_timingsafe_bcmp("a", NULL, 1));
	H(-1, lws_urldecode(NULL, "a", 3));
	H(-1, lws_urldecode(out, NULL, 3));
	H(-1, lws_urldecode(out, "a", 0));
	H(-1, lws_urldecode(out, "a", -1));
	H(0, lws_json_purify_len(NULL));
	H(LWS_TOKZE_ENDED, lws_tokenize(NULL));
	V(lws_tokenize_init(NULL, "a", 0));
	H(1, tokenize_cut() != 0);
	H(-1, lws_parse_uri(NULL, NULL, NULL, NULL, NULL));
	H(NULL, lws_cmdline_option(-1, NULL, "-a"));
	H(NULL, lws_cmdline_option(1, NULL, "-a"));
}

static void places(void)
{
	static lws_sockaddr46 sa;

	H(-1, lws_sa46_parse_numeric_address(NULL, &sa));
	H(-1, lws_sa46_parse_numeric_address("127.0.0.1", NULL));
	H(1, lws_sa46_parse_numeric_address("127.0.0.1.1.1.1.1.1", &sa) < 0);
	H(-1, lws_parse_numeric_address(NULL, (uint8_t *)out, 16));
	H(-1, lws_parse_numeric_address("127.0.0.1", NULL, 16));
	H(1, lws_parse_numeric_address("127.0.0.1", (uint8_t *)out, 3) < 0);
	H(-1, lws_write_numeric_address(NULL, 4, out, sizeof(out)));
	H(-1, lws_write_numeric_address((uint8_t *)b, 4, NULL, sizeof(out)));
	H(-1, lws_write_numeric_address((uint8_t *)b, 5, out, sizeof(out)));
	H(-1, lws_write_numeric_address((uint8_t *)b, -1, out, sizeof(out)));
	H(1, lws_dir(NULL, NULL, NULL));
	H(0, lws_dir_glob_cb(NULL, NULL, NULL));
	H(0, lws_dir_rm_rf_cb(NULL, NULL, NULL));
	H(NULL, lws_pvo_search(NULL, "a"));
	H(NULL, lws_pvo_search(NULL, NULL));
	H(1, lws_pvo_get_str(NULL, "a", NULL));
	H(-1, lws_plat_read_file(NULL, out, 4));
	H(1, lws_plat_write_file(NULL, out, 4));
}

static void lists(void)
{
	static struct lws_buflist *list;
	static uint8_t *p;

	H(NULL, lws_ring_create(0, 4, NULL));
	H(NULL, lws_ring_create(SIZE_MAX / 2, 4, NULL));
	H(0, lws_ring_insert(NULL, "a", 1));
	H(0, lws_ring_consume(NULL, NULL, out, 1));
	H(NULL, lws_ring_get_element(NULL, NULL));
	V(lws_ring_destroy(NULL));
	V(lws_ring_dump(NULL, NULL));
	H(-1, lws_buflist_append_segment(NULL, (const uint8_t *)"a", 1));
	H(-1, lws_buflist_append_segment(&list, NULL, 1));
	H(0, lws_buflist_use_segment(NULL, 1));
	H(0, lws_buflist_use_segment(&list, 1));
	H(0, lws_buflist_next_segment_len(NULL, &p));
	H(0, lws_buflist_total_len(NULL));
	V(lws_buflist_destroy_all_segments(NULL));
	V(lws_dll2_remove(NULL));
	V(lws_dll2_clear(NULL));
	V(lws_dll2_owner_clear(NULL));
	V(lws_dll2_add_head(NULL, NULL));
	V(lws_dll2_add_tail(NULL, NULL));
	V(lws_dll2_add_before(NULL, NULL));
	H(0, lws_dll2_foreach_safe(NULL, NULL, NULL));
	H(NULL, lwsac_use(NULL, 1, 0));
	H(0, lwsac_total_alloc(NULL));
	H(NULL, lwsac_get_next(NULL));
	H(0, lwsac_get_tail_pos(NULL));
	V(lwsac_free(NULL));
	V(lwsac_detach(NULL));
	V(lwsac_unreference(NULL));
	V(lwsac_reference(NULL));
	V(lwsac_info(NULL));
}

static signed char nothing(struct lejp_ctx *ctx, char reason)
{
	return 0;
}

static void json(void)
{
	static struct lejp_ctx ctx;

	lejp_construct(&ctx, nothing, NULL, NULL, 0);
	V(lejp_construct(&ctx, NULL, NULL, NULL, 0));
	V(lejp_construct(NULL, NULL, NULL, NULL, 0));
	V(lejp_destruct(NULL));
	V(lejp_change_callback(NULL, NULL));
	V(lejp_check_path_match(NULL));
	H(LEJP_REJECT_UNKNOWN, lejp_parse(NULL, (const unsigned char *)"{", 1));
	H(LEJP_REJECT_UNKNOWN, lejp_parse(&ctx, NULL, 1));
	H(LEJP_REJECT_UNKNOWN, lejp_parse(&ctx, (const unsigned char *)"{", -1));
	H(LEJP_CONTINUE, lejp_parse(&ctx, (const unsigned char *)"{", 0));
	H(-1, lejp_parser_push(NULL, NULL, NULL, 0, NULL));
	H(-1, lejp_parser_pop(NULL));
	H(-1, lejp_parser_pop(&ctx));
	H(0, lejp_get_wildcard(NULL, 0, out, 4));
	H(0, lejp_get_wildcard(&ctx, -1, out, 4));
	H(0, lejp_get_wildcard(&ctx, INT_MAX, out, 4));
	H(0, lejp_get_wildcard(&ctx, 0, NULL, 4));
	H(0, lejp_get_wildcard(&ctx, 0, out, -4));
	H(0, !lejp_error_to_string(INT_MIN));
	H(0, !lejp_error_to_string(INT_MAX));
}

static void more_texts(void)
{
	static lws_strexp_t exp;

	lws_strexp_init(&exp, NULL, NULL, out, 8);
	V(lws_strexp_init(NULL, NULL, NULL, out, 8));
	V(lws_strexp_reset_out(NULL, out, 8));
	H(1, lws_strexp_expand(NULL, "a", 1, &used, &got) < 0);
	H(1, lws_strexp_expand(&exp, NULL, 1, &used, &got) < 0);
	H(LSTRX_FATAL_NAME_UNKNOWN, lws_strexp_expand(&exp, "a", 1, NULL, NULL));
	H(1, lws_strexp_expand(&exp, "${a}", 4, &used, &got) < 0);
	H(NULL, lws_urlencode(NULL, "a", 4));
	H(out, lws_urlencode(out, NULL, 4));
	H(out, lws_urlencode(out, "a", 0));
	H(out, lws_urlencode(out, "a", -1));
	H(NULL, lws_sql_purify(NULL, "a", 4));
	H(out, lws_sql_purify(out, NULL, 4));
	H(out, lws_sql_purify(out, "a", -1));
	H(NULL, lws_json_purify(NULL, "a", 4, NULL));
	H(out, lws_json_purify(out, "a", -1, NULL));
	H(0, lws_ser_ru16be(NULL));
	H(0, lws_ser_ru32be(NULL));
	H(0, lws_ser_ru64be(NULL));
	V(lws_ser_wu16be(NULL, 1));
	V(lws_ser_wu32be(NULL, 1));
	V(lws_ser_wu64be(NULL, 1));
	H(NULL, lws_strncpy(NULL, "a", 3));
	H(out, lws_strncpy(out, NULL, 3));
	H(out, lws_strncpy(out, "a", 0));
}

static void of_the_system(void)
{
	static lws_state_manager_t mgr;
	static lws_state_notify_link_t link;
	static struct lws_context_creation_info info;
	static void *message;

	V(lws_state_reg_notifier(NULL, &link));
	V(lws_state_reg_notifier(&mgr, NULL));
	V(lws_state_reg_deregister(NULL));
	V(lws_state_reg_notifier_list(NULL, NULL));
	H(0, lws_state_transition(NULL, 1));
	H(0, lws_state_transition_steps(NULL, 1));
	H(NULL, lws_smd_msg_alloc(NULL, LWSSMDCL_SYSTEM_STATE, 4));
	V(lws_smd_msg_free(NULL));
	V(lws_smd_msg_free(&message));
	H(1, lws_smd_msg_send(NULL, out));
	H(NULL, lws_smd_register(NULL, NULL, 0, 1, NULL));
	V(lws_smd_unregister(NULL));
	H(NULL, lws_system_get_blob(NULL, LWS_SYSBLOB_TYPE_AUTH, 0));
	V(lws_system_blob_direct_set(NULL, (const uint8_t *)"a", 1));
	H(-1, lws_system_blob_heap_append(NULL, (const uint8_t *)"a", 1));
	V(lws_system_blob_heap_empty(NULL));
	H(0, lws_system_blob_get_size(NULL));
	H(-2, lws_system_blob_get(NULL, (uint8_t *)out, &used, 0));
	H(-1, lws_system_blob_get_single_ptr(NULL, NULL));
	V(lws_system_blob_destroy(NULL));
	H(NULL, lws_system_get_ops(NULL));
	H(NULL, lws_system_context_from_system_mgr(NULL));
	H(1, lws_plugins_init(NULL, NULL, NULL, NULL, NULL, NULL));
	H(1, lws_plugins_destroy(NULL, NULL, NULL));
	V(lws_cmdline_option_handle_builtin(1, NULL, &info));
	V(lws_cmdline_option_handle_builtin(0, NULL, NULL));
	H(1, lwsac_cached_file(NULL, NULL, NULL));
	V(lwsac_use_cached_file_start(NULL));
	V(lwsac_use_cached_file_end(NULL));
	V(lwsac_use_cached_file_detach(NULL));
}

static void files_and_times(void)
{
	static lws_retry_bo_t empty, policy;
	static uint32_t table[] = { 100 };
	static lws_fop_fd_t none;
	static lws_fop_flags_t flags;
	static lws_sorted_usec_list_t sul;
	static struct sockaddr_in address;
	static uint16_t tries = UINT16_MAX;
	static char conceal;

	policy.retry_ms_table = table;
	policy.retry_ms_table_count = 1;
	policy.conceal_count = 1;
	H(NULL, lws_vfs_file_open(NULL, "/etc/hostname", &flags));
	H(0, lws_vfs_file_close(NULL));
	H(0, lws_vfs_file_close(&none));
	H(-1, lws_vfs_file_seek_cur(NULL, 0));
	H(-1, lws_vfs_file_read(NULL, NULL, (uint8_t *)out, 4));
	H(-1, lws_vfs_file_write(NULL, NULL, (uint8_t *)out, 4));
	H(-1, lws_vfs_file_seek_set(NULL, 0));
	H(-1, lws_vfs_file_seek_end(NULL, 0));
	H(NULL, lws_get_fops(NULL));
	V(lws_set_fops(NULL, NULL));
	H(0, lws_retry_get_delay_ms(NULL, NULL, &tries, &conceal));
	H(0, lws_retry_get_delay_ms(NULL, &empty, &tries, &conceal));
	H(0, lws_retry_get_delay_ms(NULL, &policy, NULL, NULL));
	H(1, lws_retry_sul_schedule(NULL, 0, &sul, &policy, NULL, &tries));
	H(1, lws_retry_sul_schedule_retry_wsi(NULL, &sul, NULL, &tries));
	H(-1, lws_interface_to_sa(0, NULL, &address, sizeof(address)));
	H(-1, lws_interface_to_sa(0, "lo", NULL, sizeof(address)));
	H(-2, lws_interface_to_sa(0, "lo", &address, 1));
	V(lwsl_hexdump_level(LLL_ERR, NULL, 4));
	V(lwsl_emit_stderr(LLL_ERR, NULL));
	V(lwsl_emit_syslog(LLL_ERR, NULL));
	H(0, lwsl_timestamp(LLL_ERR, NULL, 10));
	H(0, lwsl_timestamp(LLL_ERR, out, 0));
}

int main(int argc, char **argv)
{
	lws_set_log_level(0, NULL);
	probing = argc > 1 && !strcmp(argv[1], "probe");
	if (probing || ours(argc, argv)) {
		texts();
		places();
		lists();
		json();
		more_texts();
		of_the_system();
		files_and_times();
	}
	return failures;
}
