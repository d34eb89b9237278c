/* daemon LOCK REPORT: goes to the background, writes what it is then to REPORT, and sleeps until it is killed. LOCK "-": none. */
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char cwd[256], link[256], temp[512];
	FILE *f;
	int r, i;
	ssize_t n;

	if (argc < 3)
		return 2;
	printf("once"); /* stdio holds it back over the fork */
	r = lws_daemonize(strcmp(argv[1], "-") ? argv[1] : NULL);
	if (r)
		return 3;
	snprintf(temp, sizeof(temp), "%s.part", argv[2]);
	f = fopen(temp, "w");
	if (!f)
		return 4;
	fprintf(f, "pid %d\nsession %d\ngroup %d\numask %o\ncwd %s\n", getpid(), getsid(0), getpgrp(), umask(0),
		getcwd(cwd, sizeof(cwd)) ? cwd : "?");
	for (i = 0; i < 3; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/fd/%d", i);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		fprintf(f, "fd%d %s\n", i, link);
	}
	for (i = 1; i < 32; i++) {
		struct sigaction a;

		if (!sigaction(i, NULL, &a) && (a.sa_handler == SIG_IGN || i == SIGTERM || i == SIGCHLD || i == SIGUSR1))
			fprintf(f, "signal %d %s\n", i, a.sa_handler == SIG_IGN ? "ignored" : a.sa_handler == SIG_DFL ? "default" : "handled");
	}
	fclose(f);
	rename(temp, argv[2]);
	for (;;)
		sleep(100);
}
