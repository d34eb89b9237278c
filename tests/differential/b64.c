/* Base64 both ways, whole and in pieces; SHA-1; hex. */
#include "common.h"

int main(int argc, char **argv)
{
	unsigned int i;

	begin(argc, argv);
	for (i = 0; i < cases; i++) {
		unsigned char in[256], hash[20];
		char out[512], back[512];
		size_t used, made, at = 0, len;
		struct lws_b64state state;
		int n, room;

		again(i);
		len = rnd(200);
		for (n = 0; n < (int)len; n++)
			in[n] = (unsigned char)rnd(256);
		memset(out, 0, sizeof(out));
		room = rnd(4) ? (int)sizeof(out) : (int)rnd(300);
		n = rnd(2) ? lws_b64_encode_string((char *)in, (int)len, out, room) :
			     lws_b64_encode_string_url((char *)in, (int)len, out, room);
		printf("encode\t%d %s\n", n, n >= 0 ? out : "");
		if (n >= 0) {
			memset(back, 0, sizeof(back));
			printf("decode\t%d ", lws_b64_decode_string(out, back, sizeof(back)));
			quote(back, len);
			printf(" %d\n", lws_b64_decode_string_len(out, n, back, (int)len + 4));
			lws_b64_decode_state_init(&state);
			while (at < (size_t)n) {
				size_t piece = 1 + rnd(20);

				if (piece > (size_t)n - at)
					piece = (size_t)n - at;
				used = piece;
				made = sizeof(back);
				memset(back, 0, sizeof(back));
				if (lws_b64_decode_stateful(&state, out + at, &used, (uint8_t *)back, &made, at + piece == (size_t)n))
					break;
				printf("pieces\t%zu %zu ", used, made);
				quote(back, made);
				putchar('\n');
				at += piece;
			}
		}
		lws_SHA1(in, len, hash);
		printf("sha1\t");
		quote(hash, sizeof(hash));
		putchar('\n');
		text(out, 60, "0123456789abcdefABCDEF");
		memset(back, 0, sizeof(back));
		n = lws_hex_to_byte_array(out, (uint8_t *)back, 1 + (int)rnd(40));
		printf("hex\t%d ", n);
		quote(back, n > 0 ? (size_t)n : 0);
		putchar('\n');
	}

	return 0;
}
