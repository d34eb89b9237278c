/*
 * plugins FILTER DIR...: loads protocol plugins, prints what it got, and serves the first protocol that it finds until
 * stdin ends. FILTER "-" means all.
 */
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <pthread.h>

static const struct lws_protocols *table[16];
static struct lws_context *cx;
static int ended;

static int loaded(struct lws_plugin *p, void *user)
{
	const lws_plugin_protocol_t *proto = (const lws_plugin_protocol_t *)(const void *)p->hdr;
	int *count = (int *)user, i;

	printf("loaded %s, %d protocols\n", p->hdr->name, proto->count_protocols);
	for (i = 0; i < proto->count_protocols && *count < 15; i++)
		table[(*count)++] = &proto->protocols[i];
	return 1; /* is not looked at */
}

static int unloaded(struct lws_plugin *p, void *user)
{
	(void)user;
	printf("unloading %s\n", p->hdr->name);
	return 1;
}

static void *wait_for_end(void *arg)
{
	char b[16];

	(void)arg;
	while (read(0, b, sizeof(b)) > 0)
		;
	ended = 1;
	lws_cancel_service(cx);
	return NULL;
}

int main(int argc, char **argv)
{
	struct lws_context_creation_info info;
	struct lws_plugin *list = NULL, *p;
	const char *dirs[16];
	pthread_t t;
	int i, n = 0, count = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 3)
		return 2;
	for (i = 2; i < argc && i < 17; i++)
		dirs[i - 2] = argv[i];
	dirs[i - 2] = NULL;
	i = lws_plugins_init(&list, dirs, "lws_protocol_plugin", strcmp(argv[1], "-") ? argv[1] : NULL, loaded, &count);
	for (p = list; p; p = p->list)
		n++;
	printf("init %d, %d on the list, %d protocols\n", i, n, count);
	if (count) {
		memset(&info, 0, sizeof(info));
		info.port = 0;
		info.iface = "127.0.0.1";
		info.pprotocols = table;
		info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
		cx = lws_create_context(&info);
		if (!cx)
			return 1;
		{
			struct lws_vhost *vh = lws_create_vhost(cx, &info);

			if (!vh)
				return 1;
			printf("port %d\n", lws_get_vhost_listen_port(vh));
		}
		pthread_create(&t, NULL, wait_for_end, NULL);
		while (!ended && lws_service(cx, 0) >= 0)
			;
		pthread_join(t, NULL);
		lws_context_destroy(cx);
	}
	i = lws_plugins_destroy(&list, unloaded, NULL);
	printf("destroy %d, list %s\n", i, list ? "left" : "empty");
	return 0;
}
