/* Variable length integers that 4.1.6 reads as they stand, big-endian integers, humanized numbers. */
#include "common.h"

int main(int argc, char **argv)
{
	unsigned int i;

	begin(argc, argv);
	for (i = 0; i < cases; i++) {
		uint8_t b[16];
		uint64_t v = 0;
		char out[64];
		int n, m;

		again(i);
		for (n = (int)rnd(9); n; n--)
			v = v << 8 | rnd(256);
		memset(b, 0, sizeof(b));
		n = lws_vbi_encode(v & ((1u << 28) - 1), b);
		printf("vbi encode\t%llu %d ", (unsigned long long)v, n);
		quote(b, n > 0 ? (size_t)n : 0);
		lws_ser_wu16be(b, (uint16_t)v);
		lws_ser_wu32be(b + 2, (uint32_t)v);
		lws_ser_wu64be(b + 6, v);
		printf("\nser\t");
		quote(b, 14);
		printf(" %u %u %llu\n", lws_ser_ru16be(b), (unsigned int)lws_ser_ru32be(b + 2),
		       (unsigned long long)lws_ser_ru64be(b + 6));
		m = 20 + (int)rnd(40);
		n = lws_humanize(out, m, v, rnd(3) ? humanize_schema_si : rnd(2) ? humanize_schema_si_bytes : humanize_schema_us);
		printf("humanize\t%d %s\n", n, out);
	}

	return 0;
}
