/*
 * engine CASE: contexts, vhosts, protocols, the service loop, timeouts and calls
 * that reach many connections; `engine --list` names the cases.
 */
#include "inside.h"

/* Some of what is called here is deprecated, and works. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define REASONS 128
#define MINE    LWS_CALLBACK_USER

struct session {
	int number;
	int asked;                          /* RECEIVE gave it a name */
};

/* One for each protocol of each vhost: what its callback was called for, and how it is to answer. */
struct probe {
	int init_returns;
	int seen[REASONS], mine;
	int refused_by;                     /* number of the session whose callback returns -1 for MINE */
	struct lws *last;                   /* the last connection that was established */
	size_t private_size;
	void *private_area;
	int timers, timers_left;
	void *argument;
	size_t length;
	char order[64];                     /* numbers of the sessions that were called for MINE or WRITEABLE */
};

static struct probe probes[8];
static int sessions;
static char story[512];                     /* what happened at the end of vhosts, in order */

static void tell(const char *what)
{
	size_t n = strlen(story);

	snprintf(story + n, sizeof story - n, "%s%s", n ? " " : "", what);
}

static void note_order(struct probe *p, const struct session *s)
{
	size_t n = strlen(p->order);

	snprintf(p->order + n, sizeof p->order - n, "%d", s ? s->number : 0);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	const struct lws_protocols *protocol = lws_get_protocol(wsi);
	struct probe *p = protocol ? (struct probe *)protocol->user : NULL;
	struct session *s = (struct session *)user;

	if (!p)
		return 0;

	if ((int)reason < REASONS)
		p->seen[reason]++;
	switch ((int)reason) {
	case LWS_CALLBACK_PROTOCOL_INIT:
		CHECK(lws_get_context(wsi) == context || !context, "PROTOCOL_INIT: the context");
		CHECK(lws_get_vhost(wsi), "PROTOCOL_INIT: the vhost");
		if (p->private_size) {
			size_t i;

			p->private_area = lws_protocol_vh_priv_zalloc(lws_get_vhost(wsi), protocol, (int)p->private_size);
			for (i = 0; i < p->private_size; i++)
				CHECK(!((char *)p->private_area)[i], "private area: byte %d is not 0", (int)i);
			memset(p->private_area, 1, p->private_size);
		}
		return p->init_returns;
	case LWS_CALLBACK_PROTOCOL_DESTROY:
		tell(protocol->name);
		if (p->private_size)
			CHECK(lws_protocol_vh_priv_get(lws_get_vhost(wsi), protocol) == p->private_area, "private area at the end");
		return 0;
	case LWS_CALLBACK_ESTABLISHED:
		s->number = ++sessions;
		p->last = wsi;
		if (p->private_size)
			CHECK(lws_protocol_vh_priv_get(lws_get_vhost(wsi), protocol) == p->private_area, "private area");
		return 0;
	case LWS_CALLBACK_RECEIVE:
		s->asked = 1;
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		note_order(p, s);
		if (s->asked) {
			unsigned char text[LWS_PRE + 4] = { 0 };

			s->asked = 0;
			memcpy(text + LWS_PRE, "echo", 4);
			return lws_write(wsi, text + LWS_PRE, 4, LWS_WRITE_TEXT) == 4 ? 0 : -1;
		}
		return 0;
	case LWS_CALLBACK_TIMER:
		p->timers++;
		if (p->timers_left-- > 0)
			lws_set_timer_usecs(wsi, 5 * LWS_US_PER_MS);
		return 0;
	case MINE:
		p->mine++;
		p->argument = in;
		p->length = len;
		note_order(p, s);
		return s && s->number == p->refused_by ? -1 : 0;
	case LWS_CALLBACK_CLOSED:
		tell("CLOSED");
		return 0;
	case LWS_CALLBACK_HTTP:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	default:
		return 0;
	}
}

#define PROTOCOL(n, at) { n, callback, sizeof(struct session), 0, 0, &probes[at], 0 }
static struct lws_protocols first[] = { PROTOCOL("a", 0), PROTOCOL("b", 1), { NULL, NULL, 0, 0, 0, NULL, 0 } };
static struct lws_protocols second[] = { PROTOCOL("a", 2), PROTOCOL("c", 3), { NULL, NULL, 0, 0, 0, NULL, 0 } };
static struct lws_protocols third[] = { PROTOCOL("d", 4), PROTOCOL("e", 5), PROTOCOL("f", 6), { NULL, NULL, 0, 0, 0, NULL, 0 } };

static void begin(void)
{
	struct lws_context_creation_info info = { 0 };

	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context)
		die("no context");
}

static void finalize(struct lws_vhost *vh, void *arg)
{
	(void)vh;
	tell((const char *)arg);
}

static struct lws_vhost *vhost(const char *name, const struct lws_protocols *protocols, int port)
{
	struct lws_context_creation_info info = { 0 };

	info.vhost_name = name;
	info.protocols = protocols;
	info.port = port;
	info.iface = "127.0.0.1";
	info.finalize = finalize;
	info.finalize_arg = (void *)"finalize";
	return lws_create_vhost(context, &info);
}

static struct lws_vhost *must(struct lws_vhost *vh)
{
	if (!vh)
		die("no vhost");
	return vh;
}

static int established(const struct lws_protocols *protocols, int index)
{
	return ((struct probe *)protocols[index].user)->seen[LWS_CALLBACK_ESTABLISHED];
}

/* A connection of a vhost, established. */
static int join(struct lws_vhost *vh, const struct lws_protocols *protocols, int index)
{
	int before = established(protocols, index), fd = dial_ws(lws_get_vhost_listen_port(vh), lws_get_vhost_name(vh), protocols[index].name);

	UNTIL(established(protocols, index) > before);
	read_101(fd);
	return fd;
}

static bool echoes(int fd)
{
	unsigned char text[64];
	size_t len = 0;

	put_frame(fd, 0x81, "?", 1);
	return get_frame(fd, text, sizeof text, &len) == 0x81 && len == 4 && !memcmp(text, "echo", 4);
}

/* ---- vhosts ---- */

/* A protocol that refuses PROTOCOL_INIT in the first pass takes its vhost down, and no other. */
static void init_refused_in_the_first_pass(void)
{
	struct lws_vhost *good, *bad;
	int port;

	begin();
	good = must(vhost("good", first, 0));
	bad = must(vhost("bad", third, 0));
	port = lws_get_vhost_listen_port(bad);
	probes[5].init_returns = 1;
	pump(5);
	CHECK(probes[4].seen[LWS_CALLBACK_PROTOCOL_INIT] == 1 && probes[5].seen[LWS_CALLBACK_PROTOCOL_INIT] == 1, "INIT comes in order");
	CHECK(!probes[6].seen[LWS_CALLBACK_PROTOCOL_INIT], "no INIT after a refusal");
	CHECK(!strcmp(story, "d finalize"), "only what took INIT is told DESTROY, then finalize comes: %s", story);
	CHECK(!lws_get_vhost_by_name(context, "bad"), "the vhost is gone");
	CHECK(dial(port) < 0, "its port is closed");
	CHECK(echoes(join(good, first, 0)), "the other vhost serves");
	lws_context_destroy(context);
	CHECK(!strcmp(story, "d finalize CLOSED a b finalize"), "the end of both: %s", story);
}

/* The same while the context is served: lws_create_vhost() says so. */
static void init_refused_while_serving(void)
{
	struct lws_vhost *good;

	begin();
	good = must(vhost("good", first, 0));
	pump(3);
	probes[4].init_returns = -1;
	CHECK(!vhost("bad", third, 0), "NULL for a vhost that a protocol refused");
	pump(3);
	CHECK(!strcmp(story, "finalize"), "nothing took INIT: %s", story);
	probes[4].init_returns = 0;
	CHECK(vhost("bad", third, 0), "the name is free again");
	CHECK(echoes(join(good, first, 1)), "the other vhost serves");
	lws_context_destroy(context);
}

static void vhost_private_data(void)
{
	struct lws_vhost *one, *two;
	struct lws_protocols foreign = third[0];

	begin();
	probes[0].private_size = 100;
	probes[2].private_size = 3000;
	one = must(vhost("one", first, 0));
	two = must(vhost("two", second, 0));
	pump(3);
	CHECK(probes[0].private_area && probes[2].private_area && probes[0].private_area != probes[2].private_area, "one for each vhost");
	CHECK(lws_protocol_vh_priv_get(one, &first[0]) == probes[0].private_area, "by the program's own entry");
	CHECK(lws_protocol_vh_priv_get(two, lws_vhost_name_to_protocol(two, "a")) == probes[2].private_area, "by the library's entry");
	CHECK(lws_protocol_vh_priv_zalloc(one, &first[0], 50) == probes[0].private_area, "made once");
	CHECK(!lws_protocol_vh_priv_get(one, &first[1]), "none for a protocol that made none");
	CHECK(!lws_protocol_vh_priv_get(one, &foreign), "none for a protocol of elsewhere");
	join(one, first, 0);
	join(two, second, 0);
	lws_context_destroy(context);
	CHECK(probes[0].seen[LWS_CALLBACK_PROTOCOL_DESTROY] == 1 && probes[2].seen[LWS_CALLBACK_PROTOCOL_DESTROY] == 1, "DESTROY once each");
}

/* Connections of a vhost that is destroyed go on, its port closes, and it ends with the last of them. */
static void vhost_destroyed_while_connections_live(void)
{
	struct lws_vhost *stays, *goes;
	int port, one, two;

	begin();
	stays = must(vhost("stays", first, 0));
	goes = must(vhost("goes", third, 0));
	one = join(goes, third, 0);
	two = join(goes, third, 1);
	port = lws_get_vhost_listen_port(goes);
	lws_vhost_destroy(goes);
	pump(3);
	CHECK(dial(port) < 0, "its port is closed");
	CHECK(echoes(one) && echoes(two), "its connections go on");
	CHECK(!*story, "nothing has ended yet: %s", story);
	close(one);
	UNTIL(strlen(story) >= 6);
	CHECK(!strcmp(story, "CLOSED"), "the first goes: %s", story);
	CHECK(echoes(two), "the second goes on");
	close(two);
	UNTIL(strlen(story) > 20);
	CHECK(!strcmp(story, "CLOSED CLOSED d e f finalize"), "the vhost ends with its last connection: %s", story);
	CHECK(echoes(join(stays, first, 0)), "the other serves");
	lws_context_destroy(context);
}

/* Two vhosts share a port; the one that made the listener goes, the other takes it over. */
static void a_shared_port_outlives_its_first_vhost(void)
{
	struct lws_vhost *one, *two;
	int port;

	begin();
	one = must(vhost("one", first, 0));
	port = lws_get_vhost_listen_port(one);
	two = must(vhost("two", second, port));
	CHECK(lws_get_vhost_listen_port(two) == port, "they share the port");
	pump(2);
	CHECK(echoes(join(two, second, 1)) && echoes(join(one, first, 1)), "each is found by its name");
	lws_vhost_destroy(one);
	pump(2);
	CHECK(echoes(join(two, second, 0)), "the other has the port now");
	lws_vhost_destroy(two);
	pump(2);
	CHECK(dial(port) < 0, "nobody is left");
	CHECK(must(vhost("three", third, port)), "and the port is free");
	lws_context_destroy(context);
}

/* ---- the service loop ---- */

static void *cancel_later(void *arg)
{
	usleep((useconds_t)(intptr_t)arg * 1000);
	lws_cancel_service(context);
	return NULL;
}

static void service_waits_as_it_is_told(void)
{
	pthread_t thread;
	double begun, cpu;
	int passes;

	begin();
	must(vhost("v", first, 0));
	pump(20);

	begun = seconds();
	for (passes = 0; passes < 100; passes++)
		lws_service(context, -1);
	CHECK(seconds() - begun < 2, "100 passes that are not to wait took %.1f s", seconds() - begun);

	cpu = cpu_seconds();
	begun = seconds();
	pthread_create(&thread, NULL, cancel_later, (void *)(intptr_t)700);
	for (passes = 0; seconds() - begun < 0.65; passes++)
		lws_service(context, 0);
	pthread_join(thread, NULL);
	CHECK(seconds() - begun > 0.65 && seconds() - begun < 10, "a pass without a bound took %.1f s", seconds() - begun);
	CHECK(passes < 10, "%d passes while nothing is to be done", passes);
	CHECK(cpu_seconds() - cpu < 0.3, "waiting took %.2f s of CPU", cpu_seconds() - cpu);

	pump(3);
	begun = seconds();
	CHECK(lws_service(context, 300) == 0, "a pass with a bound");
	CHECK(seconds() - begun > 0.25 && seconds() - begun < 5, "a bound of 300 ms took %.3f s", seconds() - begun);
	lws_context_destroy(context);
}

static void from_handler(int sig)
{
	(void)sig;
	lws_cancel_service(context);
}

/* Each cancel is told to every protocol of every vhost; cancels between two passes are one. */
static void cancel_reaches_every_protocol(void)
{
	int before[7], i, round;

	begin();
	must(vhost("one", first, 0));
	must(vhost("two", second, CONTEXT_PORT_NO_LISTEN));
	must(vhost("three", third, 0));
	pump(10);
	signal(SIGUSR1, from_handler);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 7; i++)
			before[i] = probes[i].seen[LWS_CALLBACK_EVENT_WAIT_CANCELLED];
		if (round == 1)
			raise(SIGUSR1);
		for (i = 0; i < (round == 2 ? 100 : 1) && round != 1; i++)
			lws_cancel_service(context);
		lws_service(context, 2000);
		for (i = 0; i < 7; i++)
			CHECK(probes[i].seen[LWS_CALLBACK_EVENT_WAIT_CANCELLED] == before[i] + 1, "round %d: protocol %d was told %d times",
			      round, i, probes[i].seen[LWS_CALLBACK_EVENT_WAIT_CANCELLED] - before[i]);
	}
	lws_context_destroy(context);
}

/* ---- calls that reach many ---- */

static void clear_orders(void)
{
	for (int i = 0; i < 8; i++)
		probes[i].order[0] = '\0';
}

static void calls_that_reach_all(void)
{
	struct lws_vhost *one, *two;
	const struct lws_protocols *copy;
	int silent, fds[5], i;

	begin();
	one = must(vhost("one", first, 0));
	two = must(vhost("two", second, 0));
	fds[0] = join(one, first, 0);
	silent = dial(lws_get_vhost_listen_port(one));
	fds[1] = join(one, first, 0);
	fds[2] = join(one, first, 1);
	fds[3] = join(two, second, 0);
	fds[4] = join(two, second, 0);
	pump(10);
	copy = lws_get_protocol(probes[0].last);
	CHECK(copy != &first[0] && !strcmp(copy->name, "a"), "the vhost has a table of its own");

	clear_orders();
	CHECK(lws_callback_on_writable_all_protocol(context, copy) == 0, "by the library's entry");
	pump(5);
	CHECK(!strcmp(probes[0].order, "12") && !strcmp(probes[2].order, "45") && !*probes[1].order,
	      "WRITEABLE for one protocol on every vhost: '%s' '%s' '%s'", probes[0].order, probes[2].order, probes[1].order);

	clear_orders();
	CHECK(lws_callback_on_writable_all_protocol_vhost(two, lws_vhost_name_to_protocol(two, "a")) == 0, "on one vhost");
	pump(5);
	CHECK(!*probes[0].order && !strcmp(probes[2].order, "45"), "'%s' '%s'", probes[0].order, probes[2].order);
	CHECK(lws_callback_on_writable_all_protocol_vhost(two, lws_vhost_name_to_protocol(one, "b")) == -1, "another vhost's protocol");

	clear_orders();
	CHECK(lws_callback_all_protocol_vhost_args(two, lws_vhost_name_to_protocol(two, "a"), MINE, story, 7) == 0, "with arguments");
	CHECK(!strcmp(probes[2].order, "45") && probes[2].argument == story && probes[2].length == 7, "'%s'", probes[2].order);
	CHECK(lws_callback_all_protocol_vhost(two, lws_vhost_name_to_protocol(two, "a"), MINE) == 0, "without");
	CHECK(!strcmp(probes[2].order, "4545") && !probes[2].argument && !probes[2].length, "'%s'", probes[2].order);

	clear_orders();
	CHECK(lws_callback_all_protocol_vhost_args(two, NULL, MINE, NULL, 0) == 0, "NULL: all of the vhost");
	CHECK(strstr(probes[2].order, "45"), "'%s'", probes[2].order);

	clear_orders();
	CHECK(lws_callback_vhost_protocols(probes[0].last, MINE, story, 3) == 0, "every protocol, one connection");
	CHECK(!strcmp(probes[0].order, "00") && !*probes[2].order, "once for each protocol, without a session: '%s'", probes[0].order);
	CHECK(lws_callback_vhost_protocols_vhost(two, MINE, story, 3) == 0, "every protocol, no connection");
	CHECK(!strcmp(probes[2].order, "0") && !strcmp(probes[3].order, "0"), "'%s' '%s'", probes[2].order, probes[3].order);

	/* what they return has no effect */
	clear_orders();
	probes[2].refused_by = 4;
	lws_callback_all_protocol(context, lws_vhost_name_to_protocol(two, "a"), MINE);
	lws_callback_all_protocol_vhost(two, lws_vhost_name_to_protocol(two, "a"), MINE);
	CHECK(!strcmp(probes[2].order, "4545"), "'%s'", probes[2].order);
	CHECK(echoes(fds[3]) && echoes(fds[4]), "both go on");

	/* reading is off on all of a protocol, and lifted on all */
	lws_rx_flow_control(probes[0].last, 0);
	put_frame(fds[1], 0x81, "?", 1);
	i = probes[0].seen[LWS_CALLBACK_RECEIVE];
	pump(20);
	CHECK(probes[0].seen[LWS_CALLBACK_RECEIVE] == i, "RECEIVE came though reading is off");
	lws_rx_flow_allow_all_protocol(context, copy);
	UNTIL(probes[0].seen[LWS_CALLBACK_RECEIVE] == i + 1);
	close(silent);
	lws_context_destroy(context);
}

/* The program's own table entry is as good as the library's copy. */
static void the_programs_own_entry_is_known(void)
{
	struct lws_vhost *one;

	begin();
	one = must(vhost("one", first, 0));
	join(one, first, 0);
	join(one, first, 1);
	pump(5);
	clear_orders();
	lws_callback_on_writable_all_protocol(context, &first[0]);
	lws_callback_on_writable_all_protocol_vhost(one, &first[1]);
	pump(5);
	CHECK(!strcmp(probes[0].order, "1") && !strcmp(probes[1].order, "2"), "'%s' '%s'", probes[0].order, probes[1].order);
	lws_callback_all_protocol(context, &first[0], MINE);
	CHECK(!strcmp(probes[0].order, "11"), "'%s'", probes[0].order);
	lws_context_destroy(context);
}

/* ---- one connection ---- */

static void timeouts(void)
{
	struct lws_vhost *v;
	int fds[4];
	double begun;

	begin();
	v = must(vhost("v", first, 0));
	fds[0] = join(v, first, 0);
	begun = seconds();
	lws_set_timeout(probes[0].last, PENDING_TIMEOUT_USER_REASON_BASE, 1);
	fds[1] = join(v, first, 0);
	lws_set_timeout(probes[0].last, PENDING_TIMEOUT_USER_REASON_BASE, 1);
	lws_set_timeout(probes[0].last, NO_PENDING_TIMEOUT, 0);
	UNTIL(is_closed(fds[0]));
	CHECK(seconds() - begun > 0.9 && seconds() - begun < 10, "a timeout of 1 s took %.2f s", seconds() - begun);
	CHECK(strstr(story, "CLOSED"), "its callback came");
	pump(100);
	CHECK(echoes(fds[1]), "the one whose timeout was taken back lives");
	lws_set_timeout(probes[0].last, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
	UNTIL(is_closed(fds[1]));
	fds[2] = join(v, first, 0);
	lws_set_timeout(probes[0].last, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_SYNC);
	UNTIL(is_closed(fds[2]));
	CHECK(!strcmp(story, "CLOSED CLOSED CLOSED"), "%s", story);
	lws_context_destroy(context);
}

static void timers_of_a_connection(void)
{
	struct lws_vhost *v;
	double begun;

	begin();
	v = must(vhost("v", first, 0));
	join(v, first, 0);
	begun = seconds();
	probes[0].timers_left = 4;
	lws_set_timer_usecs(probes[0].last, 50 * LWS_US_PER_MS);
	UNTIL(probes[0].timers == 1);
	CHECK(seconds() - begun >= 0.05, "early: %.4f s", seconds() - begun);
	UNTIL(probes[0].timers == 5);
	pump(100);
	CHECK(probes[0].timers == 5, "each time it is set it fires once: %d", probes[0].timers);
	lws_set_timer_usecs(probes[0].last, 10 * LWS_US_PER_MS);
	lws_set_timer_usecs(probes[0].last, 50000 * LWS_US_PER_MS);
	pump(60);
	CHECK(probes[0].timers == 5, "set anew, the earlier time counts no more");
	lws_context_destroy(context);
}

static void data_of_a_connection(void)
{
	struct lws_vhost *v;
	struct session mine = { 77, 0 };
	struct lws *w;
	char name[64], host[64];
	int fd;

	begin();
	v = must(vhost("v", first, 0));
	fd = join(v, first, 1);
	w = probes[1].last;
	CHECK(lws_get_context(w) == context && lws_get_vhost(w) == v && !strcmp(lws_get_protocol(w)->name, "b"), "where it belongs");
	CHECK(((struct session *)lws_wsi_user(w))->number == 1, "its session");
	CHECK(!lws_get_opaque_user_data(w), "no opaque data yet");
	lws_set_opaque_user_data(w, &mine);
	CHECK(lws_get_opaque_user_data(w) == &mine, "opaque data");
	CHECK(!lws_get_opaque_parent_data(w) && !lws_get_parent(w) && !lws_get_child(w), "no relatives");
	lws_set_opaque_parent_data(w, &mine);
	CHECK(lws_get_opaque_parent_data(w) == &mine, "data for a parent");
	CHECK(!lws_get_child_pending_on_writable(w), "no child waits");
	lws_clear_child_pending_on_writable(w);
	lws_set_wsi_user(w, &mine);
	CHECK(lws_wsi_user(w) == &mine, "a session of the program's own");
	clear_orders();
	CHECK(echoes(fd), "which callbacks get");
	CHECK(!strcmp(probes[1].order, "77"), "'%s'", probes[1].order);
	CHECK(lws_get_peer_simple(w, name, sizeof name) == name && strstr(name, "127.0.0.1"), "the peer is %s", name);
	CHECK(!lws_get_peer_simple(w, name, 3) || strlen(name) < 3, "the room is kept");
	lws_get_peer_addresses(w, lws_get_socket_fd(w), host, sizeof host, name, sizeof name);
	CHECK(!strcmp(name, "127.0.0.1"), "its address is %s", name);
	CHECK(lws_get_network_wsi(w) == w && lws_get_tsi(w) == 0, "its own socket");
	lws_context_destroy(context);
	CHECK(mine.number == 77, "what is the program's stays");
}

/* A return that is not 0 closes, whatever the callback. */
static int returns_at;

static int callback_returning(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	if (reason == LWS_CALLBACK_ESTABLISHED)
		lws_set_timer_usecs(wsi, 1);
	if (reason == LWS_CALLBACK_RECEIVE)
		lws_callback_on_writable(wsi);
	if (reason == LWS_CALLBACK_CLOSED)
		tell("CLOSED");
	(void)user;
	(void)in;
	(void)len;
	return (int)reason == returns_at ? -1 : 0;
}

static void a_return_closes(void)
{
	static const struct lws_protocols protocols[] = { { "r", callback_returning, 0, 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 } };
	static const int reasons[] = { LWS_CALLBACK_ESTABLISHED, LWS_CALLBACK_RECEIVE, LWS_CALLBACK_SERVER_WRITEABLE,
				       LWS_CALLBACK_RECEIVE_PONG, LWS_CALLBACK_TIMER };
	struct lws_vhost *v;
	size_t i;

	begin();
	v = must(vhost("v", protocols, 0));
	for (i = 0; i < LWS_ARRAY_SIZE(reasons); i++) {
		int fd;

		story[0] = '\0';
		returns_at = reasons[i];
		fd = dial_ws(lws_get_vhost_listen_port(v), "v", "r");
		read_101(fd);
		if (reasons[i] != LWS_CALLBACK_ESTABLISHED && reasons[i] != LWS_CALLBACK_TIMER) {
			put_frame(fd, 0x8a, "p", 1);
			if (reasons[i] != LWS_CALLBACK_RECEIVE_PONG)
				put_frame(fd, 0x81, "?", 1);
		}
		UNTIL(is_closed(fd));
		CHECK(!strcmp(story, "CLOSED"), "reason %d: %s", reasons[i], story);
		close(fd);
	}
	lws_context_destroy(context);
}

static void lws_close_free_wsi_closes(void)
{
	struct lws_vhost *v;
	int fd;

	begin();
	v = must(vhost("v", first, 0));
	fd = join(v, first, 0);
	lws_close_free_wsi(probes[0].last, LWS_CLOSE_STATUS_NORMAL, "test");
	UNTIL(is_closed(fd));
	CHECK(!strcmp(story, "CLOSED"), "%s", story);
	lws_context_destroy(context);
}

/* ---- parents and children ---- */

static struct lws *head, *kids[3];
static int n_kids, kids_up;
static const struct lws *closes;

static const char *name_of(const struct lws *wsi)
{
	static const char *names[] = { "kid0", "kid1", "kid2" };

	for (int i = 0; i < n_kids; i++)
		if (kids[i] == wsi)
			return names[i];
	return wsi == head ? "head" : NULL;
}

static int callback_family(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;

	(void)len;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		if (!head) {
			head = wsi;
			s->number = 77;
		}
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		kids_up++;
		return 0;
	case LWS_CALLBACK_CHILD_CLOSING:
		CHECK(s && s->number == 77, "the parent's session");
		CHECK(wsi == (struct lws *)in, "the child, twice");
		CHECK(lws_get_parent(wsi) == head, "it is a child still");
		tell("CHILD_CLOSING");
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_CLOSED:
		if (name_of(wsi))
			tell(name_of(wsi));
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (name_of(wsi))
			tell("gone");
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return wsi == closes ? -1 : 0;
	default:
		return 0;
	}
}

static const struct lws_protocols of_family[] = { { "f", callback_family, sizeof(struct session), 0, 0, NULL, 0 }, { NULL, NULL, 0, 0, 0, NULL, 0 } };

static void have_kid(int port)
{
	struct lws_client_connect_info info = { 0 };
	int up = kids_up;

	info.context = context;
	info.vhost = lws_get_vhost_by_name(context, "v");
	info.address = info.host = info.origin = "127.0.0.1";
	info.path = "/";
	info.protocol = info.local_protocol_name = "f";
	info.port = port;
	info.parent_wsi = head;
	info.pwsi = &kids[n_kids++];
	CHECK(lws_client_connect_via_info(&info), "a client connection");
	UNTIL(kids_up > up);
}

static void children_end_with_their_parent(void)
{
	struct lws_vhost *v;
	int port;

	begin();
	v = must(vhost("v", of_family, 0));
	port = lws_get_vhost_listen_port(v);
	read_101(dial_ws(port, "v", "f"));
	UNTIL(head);
	have_kid(port);
	have_kid(port);
	have_kid(port);
	CHECK(lws_get_child(head) == kids[2] && lws_get_parent(kids[0]) == head && !lws_get_parent(head), "the last comes first");

	closes = kids[2];
	lws_callback_on_writable(kids[2]);
	UNTIL(strstr(story, "gone"));
	CHECK(!strcmp(story, "kid2 CHILD_CLOSING gone"), "%s", story);
	CHECK(lws_get_child(head) == kids[1], "the next comes first then");

	story[0] = '\0';
	kids[2] = NULL;
	closes = head;
	lws_callback_on_writable(head);
	UNTIL(strlen(story) > 50);
	CHECK(!strcmp(story, "kid1 CHILD_CLOSING gone kid0 CHILD_CLOSING gone head gone"), "%s", story);
	lws_context_destroy(context);
}

static const struct test_case cases[] = {
	{ "init_refused_in_the_first_pass", init_refused_in_the_first_pass },
	{ "init_refused_while_serving", init_refused_while_serving },
	{ "vhost_private_data", vhost_private_data },
	{ "vhost_destroyed_while_connections_live", vhost_destroyed_while_connections_live },
	{ "a_shared_port_outlives_its_first_vhost", a_shared_port_outlives_its_first_vhost },
	{ "service_waits_as_it_is_told", service_waits_as_it_is_told },
	{ "cancel_reaches_every_protocol", cancel_reaches_every_protocol },
	{ "calls_that_reach_all", calls_that_reach_all },
	{ "the_programs_own_entry_is_known", the_programs_own_entry_is_known },
	{ "timeouts", timeouts },
	{ "timers_of_a_connection", timers_of_a_connection },
	{ "data_of_a_connection", data_of_a_connection },
	{ "a_return_closes", a_return_closes },
	{ "lws_close_free_wsi_closes", lws_close_free_wsi_closes },
	{ "children_end_with_their_parent", children_end_with_their_parent },
};

int main(int argc, char **argv)
{
	return run_cases(argc, argv, cases, LWS_ARRAY_SIZE(cases));
}
