/*
 * ws CASE: what lws_write() sends in each of its modes, what the program is told
 * of pieces and fragments, close handshakes, signs of life; `ws --list` names
 * the cases.
 */
#include "inside.h"

static struct lws *wsi_now;
static int (*writeable)(struct lws *wsi);
static int returns_on_receive, returns_on_peer_close;
static char heard[4096];                    /* what came, in order */

static __attribute__((format(printf, 1, 2))) void hear(const char *format, ...)
{
	size_t n = strlen(heard);
	va_list ap;

	if (n && n < sizeof heard - 1)
		heard[n++] = ' ';
	va_start(ap, format);
	vsnprintf(heard + n, sizeof heard - n, format, ap);
	va_end(ap);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)in;
	int (*now)(struct lws *) = writeable;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		wsi_now = wsi;
		return 0;
	case LWS_CALLBACK_RECEIVE:
		hear("%zu%s%s%s+%zu", len, lws_is_first_fragment(wsi) ? "F" : "", lws_is_final_fragment(wsi) ? "L" : "",
		     lws_frame_is_binary(wsi) ? "b" : "t", lws_remaining_packet_payload(wsi));
		CHECK(!lws_get_reserved_bits(wsi), "reserved bits");
		return returns_on_receive;
	case LWS_CALLBACK_RECEIVE_PONG:
		hear("pong:%.*s", (int)len, (const char *)in);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		hear("peer-closes:%zu:%d:%.*s", len, len >= 2 ? bytes[0] << 8 | bytes[1] : 0, len > 2 ? (int)len - 2 : 0,
		     len > 2 ? (const char *)bytes + 2 : "");
		return returns_on_peer_close;
	case LWS_CALLBACK_CLOSED:
		hear("CLOSED");
		wsi_now = NULL;
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		writeable = NULL;
		return now ? now(wsi) : 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static struct lws_protocols protocols[] = { { "p", callback, 4, 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 } };
static lws_retry_bo_t policy;
static int port;

static void begin_with(const lws_retry_bo_t *of_context, const lws_retry_bo_t *of_vhost)
{
	struct lws_context_creation_info info = { 0 };

	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	if (getenv("TEST_CERT"))
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.retry_and_idle_policy = of_context;
	lws_set_log_level(0, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("no context");
	info.protocols = protocols;
	info.vhost_name = "v";
	info.retry_and_idle_policy = of_vhost;
	info.ssl_cert_filepath = getenv("TEST_CERT");
	info.ssl_private_key_filepath = getenv("TEST_KEY");
	if (!lws_create_vhost(context, &info))
		die("no vhost");
	port = port_of("v");
}

static void begin(void)
{
	begin_with(NULL, NULL);
}

static int join(void)
{
	int fd = dial_ws(port, "v", "p");

	wsi_now = NULL;
	heard[0] = '\0';
	read_101(fd);
	UNTIL(wsi_now);
	return fd;
}

static void ask(int (*what)(struct lws *))
{
	writeable = what;
	lws_callback_on_writable(wsi_now);
	UNTIL(!writeable);
}

/* ---- writing ---- */

static size_t write_len;
static int write_mode, wrote;

static int write_once(struct lws *wsi)
{
	unsigned char *b = malloc(LWS_PRE + write_len + 1);

	if (!b)
		die("no memory");
	memset(b + LWS_PRE, 'x', write_len);
	wrote = lws_write(wsi, b + LWS_PRE, write_len, (enum lws_write_protocol)write_mode);
	free(b);
	return 0;
}

static void send_mode(int mode, size_t len)
{
	write_mode = mode;
	write_len = len;
	ask(write_once);
}

/* The next frame is as wanted. */
static void want(int fd, int first_byte, size_t length)
{
	static unsigned char payload[200000];
	size_t len = 0, i;
	int first = get_frame(fd, payload, sizeof payload, &len);

	CHECK(first == first_byte && len == length, "mode 0x%x: frame 0x%02x with %zu bytes; 0x%02x and %zu were wanted", write_mode,
	      first, len, first_byte, length);
	for (i = 0; i < len; i++)
		if (payload[i] != 'x') {
			CHECK(0, "payload byte %zu", i);
			break;
		}
}

static void write_modes(void)
{
	static const size_t lengths[] = { 0, 1, 125, 126, 127, 4096, 65535, 65536, 100000 };
	static const struct { int mode, first_byte; } modes[] = {
		{ LWS_WRITE_TEXT, 0x81 },
		{ LWS_WRITE_BINARY, 0x82 },
		{ LWS_WRITE_TEXT | LWS_WRITE_NO_FIN, 0x01 },
		{ LWS_WRITE_CONTINUATION | LWS_WRITE_NO_FIN, 0x00 },
		{ LWS_WRITE_CONTINUATION, 0x80 },
		{ LWS_WRITE_BINARY | LWS_WRITE_NO_FIN, 0x02 },
		{ LWS_WRITE_CONTINUATION | LWS_WRITE_CLIENT_IGNORE_XOR_MASK, 0x80 },
		{ LWS_WRITE_TEXT | LWS_WRITE_H2_STREAM_END, 0x81 },
	};
	size_t m, l;
	int fd;

	begin();
	fd = join();
	for (m = 0; m < LWS_ARRAY_SIZE(modes); m++)
		for (l = 0; l < LWS_ARRAY_SIZE(lengths); l++) {
			send_mode(modes[m].mode, lengths[l]);
			want(fd, modes[m].first_byte, lengths[l]);
			CHECK(wrote == (int)lengths[l], "mode 0x%x: %zu bytes gave %d", modes[m].mode, lengths[l], wrote);
		}
	lws_context_destroy(context);
}

static void write_control_frames(void)
{
	static const size_t lengths[] = { 0, 1, 125 };
	size_t l;
	int fd;

	begin();
	fd = join();
	for (l = 0; l < LWS_ARRAY_SIZE(lengths); l++) {
		send_mode(LWS_WRITE_PING, lengths[l]);
		want(fd, 0x89, lengths[l]);
		CHECK(wrote == (int)lengths[l] + 2, "a ping of %zu bytes gave %d", lengths[l], wrote);
		send_mode(LWS_WRITE_PONG, lengths[l]);
		want(fd, 0x8a, lengths[l]);
		CHECK(wrote == (int)lengths[l] + 2, "a pong of %zu bytes gave %d", lengths[l], wrote);
	}
	lws_context_destroy(context);
}

/* Lengths and modes that no frame can have are refused, and the connection goes on. */
static void write_refuses(void)
{
	int fd;

	begin();
	fd = join();
	send_mode(LWS_WRITE_PING, 126);
	CHECK(wrote == -1, "a ping of 126 bytes gave %d", wrote);
	send_mode(LWS_WRITE_PONG, 126);
	CHECK(wrote == -1, "a pong of 126 bytes gave %d", wrote);
	send_mode(15, 4);
	CHECK(wrote == -1, "mode 15 gave %d", wrote);
	CHECK(lws_write(wsi_now, NULL, 4, LWS_WRITE_TEXT) == -1, "no payload");
	CHECK(lws_write(NULL, (unsigned char *)heard, 4, LWS_WRITE_TEXT) == -1, "no connection");
	send_mode(LWS_WRITE_TEXT, 3);
	want(fd, 0x81, 3);
	lws_context_destroy(context);
}

/* The HTTP modes put bytes on the wire as they are, also after the upgrade. */
static void write_http_modes(void)
{
	static const int modes[] = { LWS_WRITE_HTTP, LWS_WRITE_HTTP_FINAL, LWS_WRITE_HTTP_HEADERS };
	char text[16];
	size_t m;
	int fd;

	begin();
	fd = join();
	for (m = 0; m < LWS_ARRAY_SIZE(modes); m++) {
		send_mode(modes[m], 5);
		CHECK(get(fd, text, 5) && !memcmp(text, "xxxxx", 5), "mode %d", modes[m]);
		CHECK(wrote == 5, "mode %d gave %d", modes[m], wrote);
	}
	lws_context_destroy(context);
}

/* Small frames never touch what stands before the payload: programs that forgot LWS_PRE stay unharmed. */
static int write_and_look(struct lws *wsi)
{
	unsigned char b[LWS_PRE + 1000];
	size_t i;

	memset(b, 0x5a, LWS_PRE);
	memset(b + LWS_PRE, 'x', 1000);
	wrote = lws_write(wsi, b + LWS_PRE, 1000, LWS_WRITE_TEXT);
	for (i = 0; i < LWS_PRE; i++)
		CHECK(b[i] == 0x5a, "byte %d before the payload was written", (int)i - LWS_PRE);
	for (i = 0; i < 1000; i++)
		CHECK(b[LWS_PRE + i] == 'x', "byte %d of the payload was written", (int)i);
	return 0;
}

static void write_leaves_the_buffer_alone(void)
{
	int fd;

	begin();
	fd = join();
	ask(write_and_look);
	write_mode = LWS_WRITE_TEXT;
	want(fd, 0x81, 1000);
	lws_context_destroy(context);
}

/* A write outside any callback leaves before it returns. */
static void write_outside_a_turn_leaves_at_once(void)
{
	unsigned char b[LWS_PRE + 5], got[16];
	struct pollfd in;
	int fd, other, i;
	struct lws *first;

	begin();
	fd = join();
	first = wsi_now;
	other = join();
	(void)other;
	for (i = 0; i < 3; i++) {
		memcpy(b + LWS_PRE, "xxxxx", 5);
		CHECK(lws_write(first, b + LWS_PRE, 5, LWS_WRITE_TEXT) == 5, "a write between two passes");
		in = (struct pollfd){ fd, POLLIN, 0 };
		CHECK(poll(&in, 1, 2000) == 1 && recv(fd, got, sizeof got, 0) == 7, "it is on the wire without a further pass");
	}
	lws_context_destroy(context);
}

/* Frames of one turn leave in one send, in order; what is sent to another connection does not wait for them. */
static struct lws *neighbour;

static int write_many(struct lws *wsi)
{
	unsigned char b[LWS_PRE + 3];
	int i;

	for (i = 0; i < 10; i++) {
		memcpy(b + LWS_PRE, "xxx", 3);
		CHECK(lws_write(wsi, b + LWS_PRE, 3, LWS_WRITE_TEXT) == 3, "write %d", i);
		CHECK(!lws_send_pipe_choked(wsi) && !lws_partial_buffered(wsi), "there is room");
		if (i == 4)
			CHECK(lws_write(neighbour, b + LWS_PRE, 2, LWS_WRITE_BINARY) == 2, "to the neighbour");
	}
	return 0;
}

static void frames_of_a_turn(void)
{
	unsigned char got[256];
	int fd, other;
	ssize_t n;

	begin();
	other = join();
	neighbour = wsi_now;
	fd = join();
	writeable = write_many;
	lws_callback_on_writable(wsi_now);
	lws_service(context, -1);
	CHECK(!writeable, "one pass gives WRITEABLE");
	n = recv(fd, got, sizeof got, 0);
	CHECK(n == 50, "%d of 50 bytes are on the wire when the pass returns", (int)n);
	n = recv(other, got, sizeof got, 0);
	CHECK(n == 4, "%d of 4 bytes for the neighbour", (int)n);
	lws_context_destroy(context);
}

/* ---- receiving ---- */

static void put_long(int fd, int first_byte, size_t len)
{
	unsigned char *f = calloc(1, len + 14);
	size_t at = 2;

	if (!f)
		die("no memory");
	f[0] = (unsigned char)first_byte;
	if (len < 126) {
		f[1] = (unsigned char)(0x80 | len);
	} else {
		f[1] = 0x80 | 126;
		f[2] = (unsigned char)(len >> 8);
		f[3] = (unsigned char)len;
		at = 4;
	}
	put(fd, f, at + 4 + len);
	free(f);
}

static void pieces_and_fragments(void)
{
	int fd;

	protocols[0].rx_buffer_size = 1000;
	begin();
	fd = join();
	put_frame(fd, 0x81, "ab", 2);
	UNTIL(strstr(heard, "2FLt+0"));
	heard[0] = '\0';
	put_frame(fd, 0x02, "abc", 3);
	put_frame(fd, 0x00, "d", 1);
	put_frame(fd, 0x8a, "between", 7);
	put_frame(fd, 0x80, "ef", 2);
	UNTIL(strstr(heard, "2Lb+0"));
	CHECK(!strcmp(heard, "3Fb+0 1b+0 pong:between 2Lb+0"), "fragments: %s", heard);
	heard[0] = '\0';
	put_frame(fd, 0x81, "", 0);
	UNTIL(*heard);
	CHECK(!strcmp(heard, "0FLt+0"), "an empty message: %s", heard);
	lws_context_destroy(context);
}

/* A message longer than the rx buffer comes in pieces of that length; the last fragment's mark is the last piece's. */
static void pieces_of_a_long_frame(void)
{
	int fd;

	protocols[0].rx_buffer_size = 1000;
	begin();
	fd = join();
	put_long(fd, 0x82, 2500);
	UNTIL(strstr(heard, "L"));
	CHECK(!strcmp(heard, "1000Fb+1500 1000b+500 500Lb+0"), "%s", heard);
	heard[0] = '\0';
	put_long(fd, 0x01, 1500);
	put_long(fd, 0x80, 1000);
	UNTIL(strstr(heard, "L"));
	CHECK(!strcmp(heard, "1000Ft+500 500t+0 1000Lt+0"), "%s", heard);
	lws_context_destroy(context);
}

/* What breaks the protocol is answered with a close frame and its code. */
static void broken_frames(void)
{
	static const struct { const char *name; int code; unsigned char bytes[16]; size_t len; } broken[] = {
		{ "not masked", 1002, { 0x81, 1, 'x' }, 3 },
		{ "a reserved bit", 1002, { 0xc1, 0x81, 0, 0, 0, 0, 'x' }, 7 },
		{ "opcode 3", 1002, { 0x83, 0x81, 0, 0, 0, 0, 'x' }, 7 },
		{ "opcode 11", 1002, { 0x8b, 0x81, 0, 0, 0, 0, 'x' }, 7 },
		{ "a continuation of nothing", 1002, { 0x80, 0x81, 0, 0, 0, 0, 'x' }, 7 },
		{ "a message within a message", 1002, { 0x01, 0x81, 0, 0, 0, 0, 'x', 0x81, 0x81, 0, 0, 0, 0, 'x' }, 14 },
		{ "a ping in fragments", 1002, { 0x09, 0x81, 0, 0, 0, 0, 'x' }, 7 },
		{ "a ping of 126 bytes", 1002, { 0x89, 0x80 | 126, 0, 126, 0, 0, 0, 0 }, 8 },
		{ "a length with its top bit", 1002, { 0x82, 0x80 | 127, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 }, 14 },
		{ "a length longer than it need be", 1002, { 0x82, 0x80 | 126, 0, 5, 0, 0, 0, 0 }, 8 },
		{ "a close of one byte", 1002, { 0x88, 0x81, 0, 0, 0, 0, 3 }, 7 },
		{ "a close with 1005", 1002, { 0x88, 0x82, 0, 0, 0, 0, 3, 0xed }, 8 },
	};
	size_t i;

	begin();
	for (i = 0; i < LWS_ARRAY_SIZE(broken); i++) {
		unsigned char payload[126];
		size_t len = 0;
		int fd = join(), first;

		put(fd, broken[i].bytes, broken[i].len);
		first = get_frame(fd, payload, sizeof payload, &len);
		CHECK(first == 0x88 && len >= 2 && (payload[0] << 8 | payload[1]) == broken[i].code, "%s: frame 0x%02x, %zu bytes, code %d",
		      broken[i].name, first, len, len >= 2 ? payload[0] << 8 | payload[1] : 0);
		put_frame(fd, 0x88, "\x03\xea", 2);
		UNTIL(strstr(heard, "CLOSED"));
		close(fd);
	}
	lws_context_destroy(context);
}

/* ---- closing ---- */

static int close_with_reason(struct lws *wsi)
{
	lws_close_reason(wsi, LWS_CLOSE_STATUS_GOINGAWAY, (unsigned char *)"bye now", 7);
	CHECK(lws_get_close_length(wsi) == 9, "close length %d", lws_get_close_length(wsi));
	CHECK(!memcmp(lws_get_close_payload(wsi), "\x03\xe9" "bye now", 9), "close payload");
	return -1;
}

static int close_plainly(struct lws *wsi)
{
	(void)wsi;
	return -1;
}

static void closing_with_a_reason(void)
{
	unsigned char payload[126];
	size_t len = 0;
	double begun;
	int fd, round;

	begin();
	for (round = 0; round < 2; round++) {
		fd = join();
		ask(close_with_reason);
		CHECK(get_frame(fd, payload, sizeof payload, &len) == 0x88 && len == 9 && !memcmp(payload, "\x03\xe9" "bye now", 9), "the close frame");
		pump(50);
		CHECK(!strstr(heard, "CLOSED"), "the peer's is waited for");
		begun = seconds();
		if (!round) {
			put_frame(fd, 0x81, "late", 4);
			put_frame(fd, 0x88, "\x03\xe9", 2);
		}
		UNTIL(strstr(heard, "CLOSED"));
		if (round)
			CHECK(seconds() - begun > 2 && seconds() - begun < 12, "a peer that does not answer: %.1f s", seconds() - begun);
		UNTIL(is_closed(fd));
		CHECK(!strstr(heard, "4F"), "nothing is received behind a close: %s", heard);
		close(fd);
	}
	lws_context_destroy(context);
}

static int with_reason;

static int write_and_close(struct lws *wsi)
{
	neighbour = wsi;
	write_many(wsi);
	if (with_reason)
		lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
	return -1;
}

/* What was written before a close arrives before it, whether a close frame follows or not. */
static void what_was_written_before_a_close_arrives(void)
{
	unsigned char payload[126];
	size_t len = 0;
	int fd, i;

	begin();
	for (with_reason = 0; with_reason < 2; with_reason++) {
		fd = join();
		ask(write_and_close);
		write_mode = LWS_WRITE_TEXT;
		for (i = 0; i < 11; i++) {
			int first = get_frame(fd, payload, sizeof payload, &len);

			CHECK(first == (i == 5 ? 0x82 : 0x81), "frame %d: 0x%02x", i, first);
		}
		CHECK(get_frame(fd, payload, sizeof payload, &len) == (with_reason ? 0x88 : -1), "the end");
		put_frame(fd, 0x88, "\x03\xe8", 2);
		UNTIL(strstr(heard, "CLOSED"));
		close(fd);
	}
	lws_context_destroy(context);
}

/* Without a reason the socket is closed, as by 4.1.6. */
static void closing_without_a_reason(void)
{
	unsigned char payload[126];
	size_t len = 0;
	int fd, first;

	begin();
	fd = join();
	ask(close_plainly);
	first = get_frame(fd, payload, sizeof payload, &len);
	CHECK(first == -1, "frame 0x%02x", first);
	UNTIL(strstr(heard, "CLOSED"));
	lws_context_destroy(context);
}

static void the_peer_closes(void)
{
	unsigned char payload[126];
	size_t len = 0;
	int fd, first;

	begin();
	fd = join();
	put_frame(fd, 0x88, "\x03\xe8" "done", 6);
	first = get_frame(fd, payload, sizeof payload, &len);
	CHECK(first == 0x88 && len == 6 && !memcmp(payload, "\x03\xe8" "done", 6), "echo: 0x%02x, %zu bytes", first, len);
	UNTIL(strstr(heard, "CLOSED"));
	CHECK(!strcmp(heard, "peer-closes:6:1000:done CLOSED"), "%s", heard);
	close(fd);

	fd = join();
	put_frame(fd, 0x88, "", 0);
	first = get_frame(fd, payload, sizeof payload, &len);
	CHECK(first == 0x88 && len == 0, "echo: 0x%02x, %zu bytes", first, len);
	UNTIL(strstr(heard, "CLOSED"));
	CHECK(!strcmp(heard, "peer-closes:0:0: CLOSED"), "%s", heard);
	close(fd);

	/* the program says no: the socket closes without an echo */
	returns_on_peer_close = -1;
	fd = join();
	put_frame(fd, 0x88, "\x03\xe8", 2);
	first = get_frame(fd, payload, sizeof payload, &len);
	CHECK(first == -1, "echo: 0x%02x", first);
	UNTIL(strstr(heard, "CLOSED"));
	lws_context_destroy(context);
}

/* ---- signs of life ---- */

/* A peer that is silent is pinged, and given up when it does not answer; one that answers stays. */
static void look_for_signs_of_life(void)
{
	unsigned char payload[126];
	size_t len = 0;
	int fd, first, i;
	double begun;

	fd = join();
	for (i = 0; i < 2; i++) {
		begun = seconds();
		first = get_frame(fd, payload, sizeof payload, &len);
		CHECK(first == 0x89, "a ping, not 0x%02x", first);
		CHECK(seconds() - begun > 0.5, "after %.2f s", seconds() - begun);
		put_frame(fd, 0x8a, payload, len);
	}
	first = get_frame(fd, payload, sizeof payload, &len);
	CHECK(first == 0x89 && !strstr(heard, "CLOSED"), "it lives: 0x%02x %s", first, heard);
	begun = seconds();
	UNTIL(strstr(heard, "CLOSED"));
	CHECK(seconds() - begun > 0.5 && seconds() - begun < 8, "given up after %.2f s", seconds() - begun);
	close(fd);
}

static void signs_of_life_by_the_vhost(void)
{
	policy.secs_since_valid_ping = 1;
	policy.secs_since_valid_hangup = 3;
	begin_with(NULL, &policy);
	look_for_signs_of_life();
	lws_context_destroy(context);
}

static void signs_of_life_by_the_context(void)
{
	policy.secs_since_valid_ping = 1;
	policy.secs_since_valid_hangup = 3;
	begin_with(&policy, NULL);
	look_for_signs_of_life();
	lws_context_destroy(context);
}

/* lws_validity_confirmed() puts the ping off. */
static void validity_confirmed_by_the_program(void)
{
	int fd, i;
	char byte;

	policy.secs_since_valid_ping = 2;
	policy.secs_since_valid_hangup = 4;
	begin_with(NULL, &policy);
	fd = join();
	for (i = 0; i < 8; i++) {
		double end = seconds() + 0.5;

		while (seconds() < end)
			pump(5);
		if (wsi_now)
			lws_validity_confirmed(wsi_now);
	}
	CHECK(recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN, "no ping in 4 s");
	lws_context_destroy(context);
}

static const struct test_case cases[] = {
	{ "write_modes", write_modes },
	{ "write_control_frames", write_control_frames },
	{ "write_refuses", write_refuses },
	{ "write_http_modes", write_http_modes },
	{ "write_leaves_the_buffer_alone", write_leaves_the_buffer_alone },
	{ "write_outside_a_turn_leaves_at_once", write_outside_a_turn_leaves_at_once },
	{ "frames_of_a_turn", frames_of_a_turn },
	{ "pieces_and_fragments", pieces_and_fragments },
	{ "pieces_of_a_long_frame", pieces_of_a_long_frame },
	{ "broken_frames", broken_frames },
	{ "closing_with_a_reason", closing_with_a_reason },
	{ "closing_without_a_reason", closing_without_a_reason },
	{ "what_was_written_before_a_close_arrives", what_was_written_before_a_close_arrives },
	{ "the_peer_closes", the_peer_closes },
	{ "signs_of_life_by_the_vhost", signs_of_life_by_the_vhost },
	{ "signs_of_life_by_the_context", signs_of_life_by_the_context },
	{ "validity_confirmed_by_the_program", validity_confirmed_by_the_program },
};

int main(int argc, char **argv)
{
	return run_cases(argc, argv, cases, LWS_ARRAY_SIZE(cases));
}
