/* directories, patterns, small files, command line options */
#include "common.h"
#include <sys/stat.h>
#include <unistd.h>

static char top[64];

static int entry(const char *dir, void *user, struct lws_dir_entry *e)
{
	printf("%s %s %d %s\n", strcmp(dir, top) ? "?" : "top", e->name, e->type, (char *)user);
	return !strcmp(e->name, "stop");
}

static int match(void *user, const char *path)
{
	printf(" [%s%s]", (char *)user, path + strlen(top));
	return strstr(path, "link") ? 7 : 0;
}

static int make(const char *name)
{
	char b[128];
	FILE *f;

	snprintf(b, sizeof(b), "%s/%s", top, name);
	f = fopen(b, "w");
	if (f)
		fclose(f);
	return !f;
}

static void at(char *b, size_t len, const char *name)
{
	snprintf(b, len, "%s/%s", top, name);
}

static void tree(void)
{
	char b[128];

	strcpy(top, "/tmp/families-files-XXXXXX");
	if (!mkdtemp(top))
		exit(99);
	CK(!make("b.txt") && !make("a.txt") && !make(".hidden") && !make("c~") && !make("~d") && !make("Z.TXT") && !make("deb-1.deb"));
	at(b, sizeof(b), "sub");
	CK(!mkdir(b, 0700));
	CK(!make("sub/x") && !make("sub/y.txt"));
	at(b, sizeof(b), "link.txt");
	CK(!symlink("a.txt", b));
	at(b, sizeof(b), "dangling");
	CK(!symlink("nowhere", b));
	at(b, sizeof(b), "pipe.fifo");
	CK(!mkfifo(b, 0600));
}

static void untree(void)
{
	char b[128];

	lws_dir(top, NULL, lws_dir_rm_rf_cb);
	at(b, sizeof(b), "c~");
	unlink(b);
	at(b, sizeof(b), "~d");
	unlink(b);
	CK(!rmdir(top));
}

static int names;
static char last[64];

static int count(void *user, const char *path)
{
	names++;
	snprintf(last, sizeof(last), "%s", strrchr(path, '/') + 1);
	return 0;
}

static int glob(const char *pattern)
{
	lws_dir_glob_t g;

	g.filter = pattern;
	g.cb = count;
	g.user = NULL;
	names = 0;
	lws_dir(top, &g, lws_dir_glob_cb);
	return names;
}

static void check_ours(void)
{
	static const char *av[] = { "prog", "-d", NULL, "-x" };
	struct lws_context_creation_info info;
	struct lws_dir_entry e;
	lws_dir_glob_t g;
	char b[128];

	lws_set_log_level(0, NULL);
	tree();
	CK(lws_dir(NULL, NULL, entry) == 1 && lws_dir(top, NULL, NULL) == 1);
	CK(lws_dir_rm_rf_cb(NULL, NULL, NULL) == 0 && lws_dir_rm_rf_cb(top, NULL, NULL) == 0);
	e.name = NULL;
	e.type = LDOT_FILE;
	CK(lws_dir_rm_rf_cb(top, NULL, &e) == 0);
	e.name = "..";
	e.type = LDOT_DIR;
	CK(lws_dir_rm_rf_cb(top, NULL, &e) == 0 && !access(top, R_OK));
	e.name = "a.txt";
	memset(&g, 0, sizeof(g));
	CK(lws_dir_glob_cb(top, NULL, &e) == 0 && lws_dir_glob_cb(top, &g, &e) == 0 && lws_dir_glob_cb(NULL, &g, &e) == 0 && lws_dir_glob_cb(top, &g, NULL) == 0);
	/* patterns that the original does not know */
	CK(glob("a.txt") == 1 && !strcmp(last, "a.txt"));
	CK(glob("a*") == 1 && glob("*") == 8 && glob("**") == 8 && glob("*e*-*") == 1 && glob("") == 0 && glob("x") == 0);
	/* what a subdirectory has with a ~ goes with it */
	CK(!make("sub/back~"));
	untree();

	CK(lws_plat_write_file(NULL, b, 1) == 1 && lws_plat_write_file("/tmp/x", NULL, 1) == 1 && lws_plat_write_file("/tmp/families-x", b, -1) == 1);
	CK(lws_plat_read_file(NULL, b, 1) == -1 && lws_plat_read_file("/etc/passwd", NULL, 1) == -1 && lws_plat_read_file("/etc/passwd", b, -1) == -1);

	CK(!lws_cmdline_option(4, NULL, "-d") && !lws_cmdline_option(4, av, NULL) && !lws_cmdline_option(-1, av, "-d") && !lws_cmdline_option(4, av, "-d"));
	CK(!lws_cmdline_option(0, av, "-x") && lws_cmdline_option(4, av, "-x"));
	lws_cmdline_option_handle_builtin(4, av, NULL);
	CK(lwsl_visible(-1) == (LLL_USER | LLL_ERR | LLL_WARN | LLL_NOTICE));
	memset(&info, 0, sizeof(info));
	lws_cmdline_option_handle_builtin(0, NULL, &info);
	CK(!info.udp_loss_sim_tx_pc);
}

static int fitted(void *user, const char *path)
{
	(void)path;
	(*(int *)user)++;
	return 0;
}

/* patterns with one star, which is all that the original knows; names that have something before and behind it */
static void generated_patterns(void)
{
	int i, j, n;

	seed(29);
	for (i = 0; i < 12000; i++) {
		struct lws_dir_entry e;
		lws_dir_glob_t g;
		char pattern[32], name[32];
		int hits = 0, k = 0;

		for (j = 1 + (int)rnd(3); j; j--)
			pattern[k++] = (char)('a' + rnd(2));
		pattern[k++] = '*';
		for (j = 1 + (int)rnd(3); j; j--)
			pattern[k++] = (char)('a' + rnd(2));
		pattern[k] = '\0';
		n = 6 + (int)rnd(6);
		for (j = 0; j < n; j++)
			name[j] = (char)('a' + rnd(2));
		name[n] = '\0';
		e.name = name;
		e.type = (lws_dir_obj_type_t)rnd(4);
		g.filter = pattern;
		g.cb = fitted;
		g.user = &hits;
		n = lws_dir_glob_cb("/dir", &g, &e);
		printf("%s %s %d: %d %d\n", pattern, name, e.type, n, hits);
	}
}

int main(int argc, char **argv)
{
	static const char *patterns[] = { "*.txt", "*.TXT", "deb-*.deb", "*.deb", "x*.txt", "*k.txt", "*.fifo", "*.nothing", "li*t", "b*t", "*b" };
	static const char *av[] = { "prog", "-d", "15", "-p8080", "--long=v", "-x", "-x", "--udp-tx-loss", "7", "--udp-rx-loss=250", "-e", "", "-l" };
	static const char *opts[] = { "-d", "-p", "--long", "-x", "-z", "--udp-tx-loss", "--udp", "-e", "-l", "15", "", "-", "--", "prog" };
	char b[256], big[1100];
	size_t i;
	int n;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	lws_set_log_level(0, NULL);
	tree();
	printf("%d\n", lws_dir(top, (void *)"user", entry));
	make("stop");
	printf("%d\n", lws_dir(top, (void *)"user", entry));
	printf("%d %d\n", lws_dir("/tmp/no/such", NULL, entry), lws_dir("/etc/passwd", NULL, entry));
	for (i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		lws_dir_glob_t g;

		g.filter = patterns[i];
		g.cb = match;
		g.user = (void *)"u";
		printf("%s:", patterns[i]);
		n = lws_dir(top, &g, lws_dir_glob_cb);
		printf(" -> %d\n", n);
	}
	generated_patterns();
	at(b, sizeof(b), "written");
	printf("write %d\n", lws_plat_write_file(b, (void *)"hello", 5));
	{
		struct stat s;
		n = stat(b, &s);
		printf("stat %d mode %o size %d\n", n, s.st_mode & 0777, (int)s.st_size);
	}
	for (n = 0; n < 8; n++) {
		memset(big, '#', 16);
		printf("read %d ", lws_plat_read_file(b, big, n));
		show("", big, 9);
	}
	printf("write %d\n", lws_plat_write_file(b, (void *)"hey", 3));
	printf("read %d\n", lws_plat_read_file(b, big, 10));
	printf("missing %d %d\n", lws_plat_read_file("/tmp/no/such", big, 10), lws_plat_write_file("/tmp/no/such", big, 1));
	untree();

	for (n = 0; n <= (int)(sizeof(av) / sizeof(*av)); n++)
		for (i = 0; i < sizeof(opts) / sizeof(*opts); i++) {
			const char *r = lws_cmdline_option(n, av, opts[i]);

			printf("%d %s: %s\n", n, opts[i], r ? r : "NULL");
		}
	for (i = 1022; i < 1027; i++) {
		memset(big, 'x', sizeof(big));
		big[i] = '\0';
		av[2] = big;
		printf("%d %d\n", (int)i, lws_cmdline_option(13, av, "-d") == big);
	}
	av[2] = "63 and more";
	for (n = 0; n <= (int)(sizeof(av) / sizeof(*av)); n++) {
		struct lws_context_creation_info info;

		memset(&info, 0, sizeof(info));
		lws_cmdline_option_handle_builtin(n, av, &info);
		printf("%d level %d tx %d rx %d\n", n, lwsl_visible(-1), info.udp_loss_sim_tx_pc, info.udp_loss_sim_rx_pc);
	}

	return failures;
}
