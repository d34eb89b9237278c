/*
 * What the differential programs share. Each is compiled once and run by tests/run-differential on Debian's
 * libwebsockets 4.1.6 and on this library; what they print must be equal, byte for byte, but for the case classes that
 * docs/differences.md lists. So each line that is printed begins with the class of its case and a tab.
 *
 * A program takes the seed and the count of generated cases as its arguments.
 */
#ifndef DIFFERENTIAL_COMMON_H
#define DIFFERENTIAL_COMMON_H

#include <libwebsockets.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t rng_state, rng_seed;
static unsigned int cases;

/* begins case number n: what one case takes from the generator has no influence on the next */
static __attribute__((unused)) void again(unsigned int n)
{
	rng_state = (rng_seed + n + 1) * 0x9e3779b97f4a7c15ull + 1;
}

/* reads the arguments */
static __attribute__((unused)) void begin(int argc, char **argv)
{
	static char out[1 << 16];
	unsigned long long s = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;

	cases = argc > 2 ? (unsigned int)atoi(argv[2]) : 10000;
	rng_seed = s;
	again(0);
	setvbuf(stdout, out, _IOFBF, sizeof(out));
	lws_set_log_level(0, NULL);
	printf("seed\t%llu, %u cases\n", s, cases);
}

/* xorshift64*: below 1 gives 0 */
static __attribute__((unused)) uint32_t rnd(uint32_t below)
{
	rng_state ^= rng_state >> 12;
	rng_state ^= rng_state << 25;
	rng_state ^= rng_state >> 27;
	return below ? (uint32_t)((rng_state * 0x2545f4914f6cdd1dull) >> 33) % below : 0;
}

/* prints bytes in quotes, unprintable ones as \xx */
static __attribute__((unused)) void quote(const void *p, size_t len)
{
	const unsigned char *b = (const unsigned char *)p;

	putchar('"');
	for (; len--; b++)
		if (isprint(*b) && *b != '\\' && *b != '"')
			putchar(*b);
		else
			printf("\\%02x", *b);
	putchar('"');
}

/* one of the letters of a text */
static __attribute__((unused)) char pick(const char *letters)
{
	return letters[rnd((uint32_t)strlen(letters))];
}

/* NUL-ended random text, of at most max bytes, of these letters or, every eighth time, of any byte but 0 */
static __attribute__((unused)) size_t text(char *out, uint32_t max, const char *letters)
{
	size_t n, len = rnd(max + 1);
	int any = !rnd(8);

	for (n = 0; n < len; n++)
		out[n] = any ? (char)(1 + rnd(255)) : pick(letters);
	out[len] = '\0';

	return len;
}

#endif
