/*
 * http-form: a form with a text and a file.
 *
 *   --port N     port to listen on (7681); 0 takes a free one
 *   --iface I    interface or address to listen on (all)
 *   --dir PATH   where index.html is (the folder that the program is in)
 *
 * The form comes to /form by POST.  Of an uploaded file only the size and a
 * checksum are kept, so it may be as large as FILE_MOST, whatever the memory.
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

#define FILE_MOST (64ull << 20)

enum { FIELD_TEXT, FIELD_FILE };
static const char * const fields[] = { "text", "file" };

/* one for each request */
struct form {
	struct lws_spa *spa;
	char file[128];
	unsigned long long size, sum;
	int too_large;
	size_t len;                          /* of the answer */
	char answer[LWS_PRE + 1024];
};

/* Gets the uploaded file, piece by piece. */
static int uploaded(void *data, const char *name, const char *filename, char *buf, int len, enum lws_spa_fileupload_states state)
{
	struct form *f = (struct form *)data;

	(void)name;
	if (state == LWS_UFS_OPEN) {
		lws_snprintf(f->file, sizeof f->file, "%s", filename);
		lws_filename_purify_inplace(f->file);
	}
	f->size += (unsigned long long)len;
	for (int i = 0; i < len; i++)
		f->sum = f->sum * 31 + (unsigned char)buf[i];
	if (f->size > FILE_MOST) {
		f->too_large = 1;
		return 1;
	}
	return 0;
}

/* Writes text so that it cannot be taken for HTML; stops where there is no more room. */
static void escape(char *to, size_t room, const char *from)
{
	char *end = to + room;

	for (; *from && end - to > 7; from++) {
		const char *as = *from == '<' ? "&lt;" : *from == '&' ? "&amp;" : *from == '"' ? "&quot;" : NULL;

		if (as) {
			strcpy(to, as);
			to += strlen(as);
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

static int body(struct lws *wsi, struct form *f, const char *in, size_t len)
{
	if (!f->spa)
		f->spa = lws_spa_create(wsi, fields, 2, 1024, uploaded, f);
	if (f->spa && !lws_spa_process(f->spa, in, (int)len))
		return 0;
	lws_return_http_status(wsi, f->too_large ? HTTP_STATUS_REQ_ENTITY_TOO_LARGE : HTTP_STATUS_BAD_REQUEST, NULL);
	return -1;
}

/* The form is whole: the answer says what was in it. */
static int answer(struct lws *wsi, struct form *f)
{
	unsigned char buf[LWS_PRE + LWS_RECOMMENDED_MIN_HEADER_SPACE], *start = buf + LWS_PRE, *p = start;
	unsigned char *end = buf + sizeof buf - 1;
	char text[300] = "", file[300] = "";
	const char *value;

	if (!f->spa)
		return -1;
	lws_spa_finalize(f->spa);
	value = lws_spa_get_string(f->spa, FIELD_TEXT);
	escape(text, sizeof text, value ? value : "");
	escape(file, sizeof file, f->file);
	f->len = (size_t)lws_snprintf(f->answer + LWS_PRE, sizeof f->answer - LWS_PRE,
				      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>http-form: answer</title></head>"
				      "<body style=\"font:18px sans-serif;margin:3em\"><h1>It has come</h1><p>text: <b id=\"text\">%s</b></p>"
				      "<p>file: <b id=\"file\">%s</b>, <span id=\"size\">%llu</span> bytes, checksum "
				      "<span id=\"sum\">%llx</span></p><p><a href=\"/\">again</a></p></body></html>",
				      text, file, f->size, f->sum);
	if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "text/html; charset=utf-8", f->len, &p, end) ||
	    lws_finalize_write_http_header(wsi, start, &p, end))
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

static int callback_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct form *f = (struct form *)user;

	switch (reason) {
	case LWS_CALLBACK_HTTP:
		/* Exactly the mount point, by POST: the body follows. */
		if (!*(const char *)in && lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI))
			return 0;
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	case LWS_CALLBACK_HTTP_BODY:
		return body(wsi, f, (const char *)in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return answer(wsi, f);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		if (!f->len)
			return 0;
		if (lws_write(wsi, (unsigned char *)f->answer + LWS_PRE, f->len, LWS_WRITE_HTTP_FINAL) < 0)
			return -1;
		return lws_http_transaction_completed(wsi) ? -1 : 0;
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		/* The request is over, whichever way. */
		if (f && f->spa) {
			lws_spa_destroy(f->spa);
			f->spa = NULL;
		}
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

int main(int argc, char **argv)
{
	struct lws_http_mount page, form;
	struct lws_protocols protocols[2];
	struct lws_context_creation_info info;
	const char *dir = option(argc, argv, "--dir", NULL);

	memset(protocols, 0, sizeof protocols);
	protocols[0].name = "http";
	protocols[0].callback = callback_http;
	protocols[0].per_session_data_size = sizeof(struct form);

	memset(&page, 0, sizeof page);
	page.mountpoint = "/";
	page.mountpoint_len = 1;
	page.origin = dir ? dir : own_folder("");
	page.def = "index.html";
	page.origin_protocol = LWSMPRO_FILE;
	page.mount_next = &form;

	/* a path that no file stands for; the callback gets "" for it and "/x" for what is below it */
	memset(&form, 0, sizeof form);
	form.mountpoint = "/form";
	form.mountpoint_len = 5;
	form.origin = "http";
	form.protocol = "http";
	form.origin_protocol = LWSMPRO_CALLBACK;

	memset(&info, 0, sizeof info);
	info.port = atoi(option(argc, argv, "--port", "7681"));
	info.iface = option(argc, argv, "--iface", NULL);
	info.protocols = protocols;
	info.vhost_name = "http-form";
	info.mounts = &page;

	lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
	context = lws_create_context(&info);
	if (!context) {
		fprintf(stderr, "http-form: no context\n");
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	printf("http-form: open http://localhost:%d/\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "http-form")));
	fflush(stdout);

	while (!stop && lws_service(context, 0) >= 0)
		;

	lws_context_destroy(context);
	printf("http-form: bye\n");
	return 0;
}
