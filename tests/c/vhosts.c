/*
 * vhosts: several vhosts in one context; each answers a message with its name.
 *
 *   --port N        makes just one vhost "only" on this port, with an explicit
 *                   context, and says whether that worked
 *   --context N     the same with the context's own vhost
 *   --unix PATH     where the vhost "unix" listens
 *   --perms U:G     unix_socket_perms of it
 *
 * Without --port: a and b on free ports, same on a's port, deaf on none, unix.
 */
#include "common.h"

struct session {
	bool answer;
};

static int inits, destroys;

static int callback_name(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct session *s = (struct session *)user;
	unsigned char text[LWS_PRE + 64];
	int n;

	switch (reason) {
	case LWS_CALLBACK_PROTOCOL_INIT:
		inits++;
		return 0;
	case LWS_CALLBACK_PROTOCOL_DESTROY:
		destroys++;
		return 0;
	case LWS_CALLBACK_RECEIVE:
		s->answer = true;
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (!s->answer)
			return 0;
		s->answer = false;
		n = snprintf((char *)text + LWS_PRE, 64, "%s", lws_get_vhost_name(lws_get_vhost(wsi)));
		return lws_write(wsi, text + LWS_PRE, (size_t)n, LWS_WRITE_TEXT) < n ? -1 : 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static const struct lws_protocols protocols[] = {
	{ .name = "name", .callback = callback_name, .per_session_data_size = sizeof(struct session) },
	{ 0 }
};

static struct lws_vhost *vhost(const char *name, int port, const char *iface, uint64_t options, const char *perms)
{
	struct lws_context_creation_info info = { 0 };
	struct lws_vhost *made;

	info.port = port;
	info.iface = iface;
	info.protocols = protocols;
	info.vhost_name = name;
	info.options = options;
	info.unix_socket_perms = perms;
	made = lws_create_vhost(context, &info);
	if (!made)
		say("vhosts: no vhost %s", name);
	return made;
}

int main(int argc, char **argv)
{
	const char *port = option(argc, argv, "--port", NULL), *context_port = option(argc, argv, "--context", NULL);
	const char *path = option(argc, argv, "--unix", NULL);
	struct lws_context_creation_info info = { 0 };
	struct lws_vhost *a, *b;

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	info.protocols = protocols;
	info.vhost_name = "only";
	info.port = context_port ? atoi(context_port) : CONTEXT_PORT_NO_LISTEN;
	info.iface = "127.0.0.1";
	if (!context_port)
		info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	context = lws_create_context(&info);
	if (!context)
		die("vhosts: no context");
	end_on_signals();

	if (context_port) {
		say("vhosts: only on port %d", port_of("only"));
	} else if (port) {
		if (!vhost("only", atoi(port), "127.0.0.1", 0, NULL)) {
			lws_context_destroy(context);
			say("vhosts: bye");
			return 4;
		}
		say("vhosts: only on port %d", port_of("only"));
	} else {
		a = vhost("a", 0, "127.0.0.1", 0, NULL);
		b = vhost("b", 0, "127.0.0.1", 0, NULL);
		if (!a || !b || !vhost("same", lws_get_vhost_listen_port(a), "127.0.0.1", 0, NULL) ||
		    !vhost("deaf", CONTEXT_PORT_NO_LISTEN, NULL, 0, NULL))
			return 4;
		if (path && !vhost("unix", 0, path, LWS_SERVER_OPTION_UNIX_SOCK, option(argc, argv, "--perms", NULL)))
			return 4;
		say("vhosts: a %d b %d same %d deaf %d", lws_get_vhost_listen_port(a), lws_get_vhost_listen_port(b),
		    port_of("same"), lws_get_vhost_port(lws_get_vhost_by_name(context, "deaf")));
		say("vhosts: listening on port %d", lws_get_vhost_listen_port(a));
	}
	serve();
	lws_context_destroy(context);
	say("vhosts: %d inits, %d destroys", inits, destroys);
	say("vhosts: bye");
	return 0;
}
