/*
 * What the family programs share: a seeded generator, printing of bytes, and checks.
 *
 * A program prints what it sees: its output on Debian's libwebsockets 4.1.6 and on this library must be equal.
 * With the argument "ours" it runs the cases on which the original crashes or is wrong, checks them itself with CK(),
 * and ends with the count of failures as status.
 */
#ifndef FAMILIES_COMMON_H
#define FAMILIES_COMMON_H

#include <libwebsockets.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t rng_state;

static __attribute__((unused)) void seed(uint64_t s)
{
	rng_state = s * 0x9e3779b97f4a7c15ull + 1;
	printf("seed %llu\n", (unsigned long long)s);
}

/* xorshift64* */
static __attribute__((unused)) uint32_t rnd(uint32_t below)
{
	rng_state ^= rng_state >> 12;
	rng_state ^= rng_state << 25;
	rng_state ^= rng_state >> 27;
	return below ? (uint32_t)((rng_state * 0x2545f4914f6cdd1dull) >> 33) % below : 0;
}

/* prints bytes, unprintable ones as \xx */
static __attribute__((unused)) void show(const char *what, const void *p, size_t len)
{
	const unsigned char *b = (const unsigned char *)p;

	printf("%s \"", what);
	for (; len--; b++)
		if (isprint(*b) && *b != '\\' && *b != '"')
			putchar(*b);
		else
			printf("\\%02x", *b);
	printf("\"\n");
}

static int failures;

#define CK(cond) do { \
	if (!(cond)) { \
		failures++; \
		printf("%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond); \
	} } while (0)

static __attribute__((unused)) int ours(int argc, char **argv)
{
	return argc > 1 && !strcmp(argv[1], "ours");
}

#endif
