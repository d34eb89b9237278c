/*
 * fops DIR: serves /site from an "archive" that exists in memory only (DIR/site.zip/…) and /disk from DIR, through the
 * program's own file operations, until stdin ends. At the end it prints how many files are still open.
 */
#include <libwebsockets.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIG 300000

struct memory {
	struct lws_fop_fd fd;
	const char *text;
};

static struct lws_context *cx;
static int ended, opened, closed;
static char big[BIG + 1];

static lws_fop_fd_t m_open(const struct lws_plat_file_ops *fops, const char *filename, const char *vpath, lws_fop_flags_t *flags);

static int m_close(lws_fop_fd_t *fd)
{
	free(*fd);
	*fd = NULL;
	closed++;
	return 0;
}

static lws_fileofs_t m_seek(lws_fop_fd_t fd, lws_fileofs_t offset)
{
	return (lws_fileofs_t)(fd->pos += (lws_filepos_t)offset);
}

static int m_read(lws_fop_fd_t fd, lws_filepos_t *amount, uint8_t *buf, lws_filepos_t len)
{
	struct memory *m = (struct memory *)(void *)fd;

	if (!strncmp(m->text, "broken", 6))
		return -1;
	if (len > fd->len - fd->pos)
		len = fd->len - fd->pos;
	memcpy(buf, m->text + fd->pos, (size_t)len);
	fd->pos += len;
	*amount = len;
	return 0;
}

static const struct lws_plat_file_ops archive = {
	.LWS_FOP_OPEN = m_open, .LWS_FOP_CLOSE = m_close, .LWS_FOP_SEEK_CUR = m_seek, .LWS_FOP_READ = m_read,
	.fi = { { ".zip/", 5 } },
};

static lws_fop_fd_t m_open(const struct lws_plat_file_ops *fops, const char *filename, const char *vpath, lws_fop_flags_t *flags)
{
	static const char *files[][2] = { { "index.html", "the index" }, { "a/page.html", "a page" }, { "bad.txt", "broken file" }, { "zipped.txt", "as gzip" }, { "big.txt", big } };
	struct memory *m;
	size_t i;

	(void)fops;
	(void)filename;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (vpath && !strcmp(vpath, files[i][0])) {
			m = (struct memory *)calloc(1, sizeof(*m));
			if (!m)
				return NULL;
			m->text = files[i][1];
			m->fd.fops = &archive;
			m->fd.len = strlen(m->text);
			m->fd.mod_time = 0x1234;
			m->fd.flags = *flags | LWS_FOP_FLAG_MOD_TIME_VALID | LWS_FOP_FLAG_VIRTUAL;
			if (!strcmp(vpath, "zipped.txt") && (*flags & LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP))
				m->fd.flags |= LWS_FOP_FLAG_COMPR_IS_GZIP;
			*flags = m->fd.flags;
			opened++;
			return &m->fd;
		}
	return NULL;
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
	static struct lws_http_mount site, disk;
	struct lws_context_creation_info info;
	struct lws_vhost *vh;
	char origin[512];
	pthread_t t;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return 2;
	memset(big, 'x', BIG);
	snprintf(origin, sizeof(origin), "%s/site.zip", argv[1]);
	site.mountpoint = "/site";
	site.mountpoint_len = 5;
	site.origin = origin;
	site.def = "index.html";
	site.origin_protocol = LWSMPRO_FILE;
	site.mount_next = &disk;
	disk.mountpoint = "/disk";
	disk.mountpoint_len = 5;
	disk.origin = argv[1];
	disk.def = "index.html";
	disk.origin_protocol = LWSMPRO_FILE;
	memset(&info, 0, sizeof(info));
	info.port = 0;
	info.iface = "127.0.0.1";
	info.fops = &archive;
	info.mounts = &site;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	cx = lws_create_context(&info);
	if (!cx)
		return 1;
	vh = lws_create_vhost(cx, &info);
	if (!vh)
		return 1;
	printf("port %d\n", lws_get_vhost_listen_port(vh));
	pthread_create(&t, NULL, wait_for_end, NULL);
	while (!ended && lws_service(cx, 0) >= 0)
		;
	pthread_join(t, NULL);
	lws_context_destroy(cx);
	printf("opened %d, open %d\n", opened, opened - closed);
	return 0;
}
