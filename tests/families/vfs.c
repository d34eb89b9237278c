/* file handles, whose operations they are, and the file system's own */
#include "common.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct lws_plat_file_ops *platform;
static lws_fop_fd_t note(const struct lws_plat_file_ops *f, const char *fn, const char *vp, lws_fop_flags_t *fl);
static struct lws_plat_file_ops third = { .LWS_FOP_OPEN = note, .fi = { { "/3/", 3 }, { ".tgz/", 5 }, { ".a/", 3 } } };
static struct lws_plat_file_ops second = { .LWS_FOP_OPEN = note, .fi = { { NULL, 0 }, { ".never/", 7 } }, .next = &third };
static struct lws_plat_file_ops first = { .LWS_FOP_OPEN = note, .fi = { { ".zip/", 5 }, { ".jar/", 5 } }, .next = &second };
static char top[64];

static lws_fop_fd_t note(const struct lws_plat_file_ops *f, const char *fn, const char *vp, lws_fop_flags_t *fl)
{
	printf(" open of %s (%s) vpath %s flags %x;", f == &first ? "first" : f == &third ? "third" : f == platform ? "platform" : "?",
	       fn, vp ? vp : "NULL", (unsigned int)*fl);
	*fl |= LWS_FOP_FLAG_VIRTUAL;
	return NULL;
}

static void open_one(const char *path)
{
	const struct lws_plat_file_ops *from[2];
	size_t i;

	from[0] = platform;
	from[1] = &first;
	for (i = 0; i < 2; i++) {
		lws_fop_flags_t fl = O_RDONLY | LWS_FOP_FLAG_COMPR_ACCEPTABLE_GZIP;
		lws_fop_fd_t d;

		printf("%s:", path);
		d = lws_vfs_file_open(from[i], path, &fl);
		printf(" %s, flags %x\n", d ? "opened" : "NULL", (unsigned int)fl);
		if (d)
			lws_vfs_file_close(&d);
	}
}

static void generated_paths(void)
{
	static const char *part[] = { ".zip", ".jar", ".tgz", ".a", "3", "/", "/", "/", "x", ".", ".zi", "never", ".never" };
	char path[128];
	int i;

	seed(17);
	for (i = 0; i < 10000; i++) {
		uint32_t n = rnd(9);

		strcpy(path, "nowhere");
		while (n--)
			strcat(path, part[rnd(sizeof(part) / sizeof(*part))]);
		open_one(path);
	}
}

static void at(char *b, size_t len, const char *name)
{
	snprintf(b, len, "%s/%s", top, name);
}

static void say(const char *what, lws_fop_fd_t d, long long r)
{
	printf("%s -> %lld, pos %d tell %d real %d\n", what, r, (int)d->pos, (int)lws_vfs_tell(d), (int)lseek(d->fd, 0, SEEK_CUR));
}

static void reads(lws_fop_fd_t d, int n)
{
	lws_filepos_t am = 77;
	uint8_t b[32];
	int r;

	memset(b, '#', sizeof(b));
	r = lws_vfs_file_read(d, &am, b, (lws_filepos_t)n);
	printf("read %d -> %d, %d: ", n, r, (int)am);
	show("", b, 12);
	say("  then", d, 0);
}

static void writes(lws_fop_fd_t d, const char *s)
{
	lws_filepos_t am = 77;
	int r = lws_vfs_file_write(d, &am, (uint8_t *)s, strlen(s));

	printf("write %s -> %d, %d, length %d\n", s, r, (int)am, (int)lws_vfs_get_length(d));
	say("  then", d, 0);
}

static void one_file(void)
{
	lws_fop_flags_t fl = O_RDWR;
	char path[128], b[32];
	struct stat s;
	lws_fop_fd_t d;
	int fd, i;

	at(path, sizeof(path), "file");
	CK(!lws_plat_write_file(path, (void *)"0123456789", 10));
	d = lws_vfs_file_open(platform, path, &fl);
	printf("opened %d flags %x %x len %d pos %d priv %p fops %d cloexec %d\n", !!d, (unsigned int)fl,
	       (unsigned int)(d->flags & ~LWS_FOP_FLAG_MOD_TIME_VALID), (int)lws_vfs_get_length(d), (int)lws_vfs_tell(d),
	       d->filesystem_priv, d->fops == platform, fcntl(d->fd, F_GETFD));
	reads(d, 3);
	reads(d, 100);
	reads(d, 5);
	reads(d, 0);
	say("set 0", d, lws_vfs_file_seek_set(d, 0));
	say("end 0", d, lws_vfs_file_seek_end(d, 0));
	say("set 0", d, lws_vfs_file_seek_set(d, 0));
	say("end -3", d, lws_vfs_file_seek_end(d, -3));
	reads(d, 9);
	seed(5);
	for (i = 0; i < 10000; i++) {
		int ofs = (int)rnd(30) - 15;

		printf("%d ", ofs);
		switch (rnd(3)) {
		case 0:
			say("set", d, lws_vfs_file_seek_set(d, ofs));
			break;
		case 1:
			say("cur", d, lws_vfs_file_seek_cur(d, ofs));
			break;
		default:
			reads(d, (int)rnd(12));
		}
	}
	lws_vfs_file_seek_set(d, 4);
	writes(d, "ab");
	lws_vfs_file_seek_set(d, 10);
	writes(d, "xyz");
	fd = d->fd;
	i = lws_vfs_file_close(&d);
	printf("close %d, %p, descriptor %d\n", i, (void *)d, fcntl(fd, F_GETFD));
	printf("close of NULL %d\n", lws_vfs_file_close(&d));
	i = lws_plat_read_file(path, b, sizeof(b));
	show("whole", b, (size_t)i);

	fl = O_RDONLY;
	d = _lws_plat_file_open(platform, path, "ignored", &fl);
	writes(d, "no");
	close(d->fd);
	{
		lws_filepos_t am = 77;

		i = lws_vfs_file_read(d, &am, (uint8_t *)b, 2);
		printf("read of a closed descriptor %d, %d\n", i, (int)am);
	}
	i = lws_vfs_file_close(&d);
	printf("close %d, %p\n", i, (void *)d);

	fl = O_RDONLY;
	d = _lws_plat_file_open(platform, top, NULL, &fl);
	printf("a directory %d\n", !!d);
	reads(d, 4);
	lws_vfs_file_close(&d);

	at(path, sizeof(path), "new");
	fl = O_WRONLY | O_CREAT | O_TRUNC | LWS_FOP_FLAG_VIRTUAL;
	umask(0);
	d = _lws_plat_file_open(platform, path, NULL, &fl);
	printf("new %d flags %x %x\n", !!d, (unsigned int)fl, (unsigned int)(d->flags & ~LWS_FOP_FLAG_MOD_TIME_VALID));
	CK(!fstat(d->fd, &s));
	printf("mode %o\n", s.st_mode & 0777);
	lws_vfs_file_close(&d);
	fl = O_RDONLY;
	d = _lws_plat_file_open(platform, "/no/such/file", NULL, &fl);
	printf("missing %p errno %d\n", (void *)d, errno);
	d = _lws_plat_file_open(NULL, path, NULL, &fl);
	printf("without operations %d %p\n", !!d, (void *)d->fops);
	printf("inline close %d\n", lws_vfs_file_close(&d));
	printf("close %d\n", _lws_plat_file_close(&d));
	unlink(path);
	at(path, sizeof(path), "file");
	unlink(path);
}

static void cert(void)
{
	char path[128], b[32];
	int fd, p[2], n;

	at(path, sizeof(path), "cert");
	fd = open(path, O_RDWR | O_CREAT, 0600);
	n = lws_plat_write_cert(NULL, 0, fd, (void *)"hello", 5);
	printf("cert %d pos %d\n", n, (int)lseek(fd, 0, SEEK_CUR));
	n = lws_plat_write_cert(NULL, 1, fd, (void *)"HE", 2);
	printf("cert %d pos %d\n", n, (int)lseek(fd, 0, SEEK_CUR));
	show("cert", b, (size_t)pread(fd, b, sizeof(b), 0));
	printf("bad descriptor %d, nothing %d\n", lws_plat_write_cert(NULL, 0, -1, (void *)"hello", 5), lws_plat_write_cert(NULL, 0, fd, (void *)"hello", 0));
	CK(!pipe(p));
	printf("pipe %d\n", lws_plat_write_cert(NULL, 0, p[1], (void *)"hello", 5));
	close(p[0]);
	close(p[1]);
	close(fd);
	unlink(path);
}

static void check_ours(struct lws_context *cx)
{
	lws_fop_flags_t fl = O_RDWR;
	struct lws_plat_file_ops empty, loop;
	char path[128], b[8];
	lws_filepos_t am = 1;
	struct stat s;
	lws_fop_fd_t d = NULL;

	/* NULL brings the file system's operations back; on the original lws_get_fops() is NULL then */
	lws_set_fops(cx, &first);
	CK(lws_get_fops(cx) == &first);
	lws_set_fops(cx, NULL);
	CK(lws_get_fops(cx) == platform);
	CK(!lws_get_fops(NULL));
	lws_set_fops(NULL, &first);

	memset(&empty, 0, sizeof(empty));
	CK(!lws_vfs_file_open(NULL, "/etc/passwd", &fl) && !lws_vfs_file_open(platform, NULL, &fl) && !lws_vfs_file_open(platform, "/etc/passwd", NULL));
	CK(!lws_vfs_file_open(&empty, "/etc/passwd", &fl));
	CK(!_lws_plat_file_open(platform, NULL, NULL, &fl) && !_lws_plat_file_open(platform, "/etc/passwd", NULL, NULL));
	CK(_lws_plat_file_close(NULL) == -1 && _lws_plat_file_close(&d) == -1);
	CK(_lws_plat_file_seek_cur(NULL, 1) == -1 && lws_vfs_file_seek_set(NULL, 1) == -1 && lws_vfs_file_seek_end(NULL, 1) == -1);
	CK(_lws_plat_file_read(NULL, &am, (uint8_t *)b, 1) == -1 && _lws_plat_file_write(NULL, &am, (uint8_t *)b, 1) == -1);
	CK(!lws_vfs_get_length(NULL) && !lws_vfs_get_mod_time(NULL) && !lws_vfs_tell(NULL));
	CK(lws_plat_write_cert(NULL, 0, 1, NULL, 1) == 1 && lws_plat_write_cert(NULL, 0, 1, b, -1) == 1);
	/* a list that runs in a circle ends */
	loop = empty;
	loop.next = &loop;
	CK(!lws_vfs_file_open(&loop, "/a/b", &fl));

	at(path, sizeof(path), "file");
	CK(!lws_plat_write_file(path, (void *)"0123456789", 10) && !stat(path, &s));
	d = lws_vfs_file_open(platform, path, &fl);
	CK(d && (d->flags & LWS_FOP_FLAG_MOD_TIME_VALID) && lws_vfs_get_mod_time(d) == (uint32_t)s.st_mtime);
	if (!d)
		return;
	CK(lws_vfs_file_read(d, NULL, (uint8_t *)b, 1) == -1 && lws_vfs_file_write(d, NULL, (uint8_t *)b, 1) == -1);
	CK(lws_vfs_file_read(d, &am, NULL, 1) == -1 && !am);
	am = 1;
	CK(lws_vfs_file_write(d, &am, NULL, 1) == -1 && !am && !lws_vfs_tell(d));
	/* from the end wherever the position is: the original adds that up */
	CK(lws_vfs_file_seek_set(d, 5) == 5 && lws_vfs_file_seek_end(d, -2) == 8 && lws_vfs_file_seek_end(d, 0) == 10);
	CK(lws_vfs_file_seek_end(d, 5) == 10 && lws_vfs_file_seek_end(d, INT64_MIN) == 0 && lws_vfs_file_seek_set(d, INT64_MAX) == 10);
	CK(lws_vfs_file_seek_cur(d, INT64_MIN) == 0 && lws_vfs_file_seek_cur(d, INT64_MAX) == 10);
	/* behind the end that the file had when it was opened, a step on is no step back */
	CK(!lws_vfs_file_write(d, &am, (uint8_t *)"xyz", 3) && lws_vfs_tell(d) == 13 && lws_vfs_file_seek_cur(d, 1) == 13);
	/* and operations without a function refuse */
	{
		const struct lws_plat_file_ops *was = d->fops;

		d->fops = &empty;
		CK(lws_vfs_file_seek_set(d, 1) == -1);
		d->fops = NULL;
		CK(lws_vfs_file_seek_set(d, 1) == -1);
		d->fops = was;
	}
	CK(!lws_vfs_file_close(&d) && !d);
	unlink(path);
}

int main(int argc, char **argv)
{
	static const char *paths[] = { "/tmp/x.zip/a", "x.zip/", "x.zip", ".zip/", "/a/3/b", "/3/", "/a.tgz/x.zip/y", "a.zip/b.zip/c",
		"q.jar/z", "b.a/q", "/zip/x", "a.zip//b", "", "/", "//", "a.ZIP/b", "3/x", "/3/x", "x.never/y", "/etc/passwd" };
	struct lws_context_creation_info info;
	struct lws_context *cx;
	size_t i;

	lws_set_log_level(0, NULL);
	memset(&info, 0, sizeof(info));
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
	info.fops = &first;
	cx = lws_create_context(&info);
	CK(cx);
	if (!cx)
		return failures;
	strcpy(top, "/tmp/families-vfs-XXXXXX");
	if (!mkdtemp(top))
		exit(99);
	platform = lws_get_fops(cx);
	if (ours(argc, argv))
		check_ours(cx);
	else {
		printf("list %d %d\n", platform != &first, platform->next == &first);
		printf("functions %d %d %d %d %d\n", platform->LWS_FOP_OPEN == _lws_plat_file_open, platform->LWS_FOP_CLOSE == _lws_plat_file_close,
		       platform->LWS_FOP_SEEK_CUR == _lws_plat_file_seek_cur, platform->LWS_FOP_READ == _lws_plat_file_read,
		       platform->LWS_FOP_WRITE == _lws_plat_file_write);
		for (i = 0; i < 3; i++)
			printf("signature %s %d\n", platform->fi[i].sig ? platform->fi[i].sig : "NULL", platform->fi[i].len);
		for (i = 0; i < sizeof(paths) / sizeof(*paths); i++)
			open_one(paths[i]);
		generated_paths();
		one_file();
		cert();
		lws_set_fops(cx, &first);
		printf("set %d\n", lws_get_fops(cx) == &first);
	}
	CK(!rmdir(top));
	lws_context_destroy(cx);
	return failures;
}
