/*
 * What the test programs share: one context, its end on a signal, options, and
 * the line that says where the program listens.
 */
#ifndef TEST_COMMON_H
#define TEST_COMMON_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <libwebsockets.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

static struct lws_context *context;
static volatile sig_atomic_t stop;

static UNUSED const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return argv[i + 1];
	return otherwise;
}

static UNUSED bool given(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return false;
}

static UNUSED __attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

static UNUSED __attribute__((format(printf, 1, 2), noreturn)) void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	exit(3);
}

static UNUSED void end_on_signal(int sig)
{
	(void)sig;
	stop = 1;
	lws_cancel_service(context);
}

static UNUSED void end_on_signals(void)
{
	signal(SIGINT, end_on_signal);
	signal(SIGTERM, end_on_signal);
}

static UNUSED void serve(void)
{
	while (!stop && lws_service(context, 0) >= 0)
		;
}

static UNUSED int port_of(const char *vhost)
{
	return lws_get_vhost_listen_port(lws_get_vhost_by_name(context, vhost));
}

#endif
