/*
 * http-files: a static site: a folder of files, a folder that browsers may keep
 * for a day, a place that has moved, and a page for what is not there.
 *
 *   --port N     port to listen on (7681); 0 takes a free one
 *   --iface I    interface or address to listen on (all)
 *   --dir PATH   the site's folder ("site" beside the program)
 *
 * No callback is written for it: mounts say what stands where, and the library
 * answers with ranges, ETags and 304 by itself.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE             /* C++ compilers have set it */
#endif
#include <libwebsockets.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct lws_context *context;
static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return otherwise;
}

/* The folder that this program is in, where `make` leaves it beside its pages. */
static const char *own_folder(const char *below)
{
	static char path[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	if (n < 0)
		return below;
	path[n] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, below);
	return path;
}

int main(int argc, char **argv)
{
	/* two types that lws_get_mimetype() may not know */
	struct lws_protocol_vhost_options md, map;
	struct lws_http_mount site, assets, moved;
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;
	const char *dir = option(argc, argv, "--dir", NULL);
	char assets_dir[PATH_MAX + 64];

	memset(&md, 0, sizeof md);
	md.name = ".md";
	md.value = "text/markdown";
	map = md;
	map.next = &md;
	map.name = ".map";
	map.value = "application/json";

	memset(&site, 0, sizeof site);
	site.mountpoint = "/";
	site.mountpoint_len = 1;
	site.origin = dir ? dir : own_folder("site");
	site.def = "index.html";
	site.origin_protocol = LWSMPRO_FILE;
	site.extra_mimetypes = &map;

	/* the same files, but browsers and proxies may keep them for a day */
	snprintf(assets_dir, sizeof assets_dir, "%s/assets", site.origin);
	assets = site;
	assets.mountpoint = "/assets";
	assets.mountpoint_len = 7;
	assets.origin = assets_dir;
	assets.cache_max_age = 24 * 60 * 60;
	assets.cache_reusable = 1;
	assets.cache_intermediaries = 1;
	site.mount_next = &assets;

	memset(&moved, 0, sizeof moved);
	moved.mountpoint = "/old";
	moved.mountpoint_len = 4;
	moved.origin = "libwebsockets.org/";
	moved.origin_protocol = LWSMPRO_REDIR_HTTPS;
	assets.mount_next = &moved;

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "http";          /* answers what no mount does: 404 */
	protocols[0].callback = lws_callback_http_dummy;

	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "7681"));
	info.iface = option(argc, argv, "--iface", NULL);
	info.protocols = protocols;
	info.vhost_name = "http-files";
	info.mounts = &site;
	info.error_document_404 = "/404.html";
	info.options = LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE;

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "http-files: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("http-files: open http://localhost:%d/\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "http-files")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	printf("http-files: bye\n");
	return 0;
}
