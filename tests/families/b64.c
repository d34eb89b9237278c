/* base64 whole and in pieces, SHA-1, hex */
#include "common.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_+/-_====";

static void decode(const char *in)
{
	char b[200];
	int k, n;

	for (k = 1; k <= 40; k += k < 12 ? 1 : 7) {
		memset(b, '#', sizeof(b));
		n = lws_b64_decode_string(in, b, k);
		printf("%d: %d ", k, n);
		show("", b, (size_t)n + 2);
	}
}

static void state(const struct lws_b64state *s)
{
	printf("state done %d len %d i %d\n", (int)s->done, (int)s->len, s->i);
}

static void check_ours(void)
{
	char b[32] = "xxxxxxxxxxxxx";
	uint8_t md[20];
	struct lws_b64state s;
	size_t il = 4, ol = 10;

	CK(lws_b64_encode_string(NULL, 1, b, 10) == -1);
	CK(lws_b64_encode_string(NULL, 0, b, 10) == 0);
	CK(lws_b64_encode_string("a", 1, NULL, 10) == -1);
	CK(lws_b64_encode_string("a", -1, b, 10) == -1);
	CK(lws_b64_encode_string("a", 1, b, -1) == -1);
	CK(lws_b64_encode_string("a", INT32_MAX, NULL, 10) == -1);
	CK(lws_b64_encode_string_url("a", -5, b, 10) == -1);
	CK(lws_b64_decode_string(NULL, b, 10) == -1);
	CK(lws_b64_decode_string("YWJj", NULL, 10) == -1);
	strcpy(b, "xx");
	CK(lws_b64_decode_string("YWJj", b, 0) == 0 && b[0] == 'x'); /* no room: not even for a NUL */
	CK(lws_b64_decode_string("YWJj", b, -1) == -1 && b[0] == 'x');
	CK(lws_b64_decode_string_len("YWJj", -1, b, 10) == -1);
	lws_b64_decode_state_init(NULL);
	memset(&s, 0xff, sizeof(s));
	CK(lws_b64_decode_stateful(&s, "YWJj", &il, (uint8_t *)b, &ol, 1) == 0);
	lws_b64_decode_state_init(&s);
	CK(lws_b64_decode_stateful(NULL, "YWJj", &il, (uint8_t *)b, &ol, 1) == -1);
	CK(lws_b64_decode_stateful(&s, NULL, &il, (uint8_t *)b, &ol, 1) == -1);
	CK(lws_b64_decode_stateful(&s, "YWJj", NULL, (uint8_t *)b, &ol, 1) == -1);
	CK(lws_b64_decode_stateful(&s, "YWJj", &il, NULL, &ol, 1) == -1);
	CK(lws_b64_decode_stateful(&s, "YWJj", &il, (uint8_t *)b, NULL, 1) == -1);
	CK(!lws_SHA1(NULL, 1, md) && !lws_SHA1((uint8_t *)"a", 1, NULL) && lws_SHA1(NULL, 0, md) == md && md[0] == 0xda);
	CK(lws_hex_to_byte_array(NULL, md, 5) == -1 && lws_hex_to_byte_array("00", NULL, 5) == -1);
	CK(lws_hex_to_byte_array("00", md, -1) == -1);
}

int main(int argc, char **argv)
{
	static const char *hand[] = {
		"YWJj", "YWJjZA==", "YWJjZA=", "YWJjZA", "YWJjZGU=", "YWJjZGU", "YWJjZGVm", "Y", "YW", "YWJ", "Y=W=J=j=",
		"YWJj====ZGVm", "YWJj=", "=", "==", "", "a*b=", "  YW\nJj", "YW==YW==", "-_+/", "\xff\xfe", "YWJjZA==garbage",
		"YWJjZGU*", "Z", "ZA==", "Z===", "Z*", "Z*=", "Z=*", "****", "YWJj\n", "YWJjZA==\n", "YWJjZGU=\n", "YWJjZGU\n",
		"\n", "\nYQ==", "*", "YWJj*", "YWJj*=", "YWJj=*", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="
	};
	static unsigned char big[3000];
	char b[4200], in[200];
	uint8_t md[20];
	int i, j, n, k;

	if (ours(argc, argv)) {
		check_ours();
		return failures;
	}

	for (i = 0; i < (int)(sizeof(hand) / sizeof(*hand)); i++) {
		show("in", hand[i], strlen(hand[i]));
		decode(hand[i]);
	}

	seed(20);
	for (i = 0; i < 256; i++)
		big[i] = (unsigned char)i;
	for (i = 256; i < (int)sizeof(big); i++)
		big[i] = (unsigned char)rnd(256);
	for (i = 0; i < 40; i++)
		for (k = 0; k < 64; k++) {
			n = lws_b64_encode_string((char *)big + i * 7, i, b, k);
			printf("encode %d %d -> %d %s\n", i, k, n, n < 0 ? "" : b);
			n = lws_b64_encode_string_url((char *)big + i * 7, i, b, k);
			printf("url %d %d -> %d %s\n", i, k, n, n < 0 ? "" : b);
		}
	n = lws_b64_encode_string((char *)big, (int)sizeof(big), b, sizeof(b));
	printf("%d %s\n", n, b);

	for (i = 0; i < 12000; i++) {
		n = (int)rnd(30);
		for (j = 0; j < n; j++)
			in[j] = rnd(20) ? alphabet[rnd(sizeof(alphabet) - 1)] : (char)(1 + rnd(255));
		in[n] = '\0';
		k = 1 + (int)rnd(40);
		memset(b, '#', 64);
		j = lws_b64_decode_string(in, b, k);
		printf("%d %d ", k, j);
		show("", b, (size_t)j + 2);
		j = lws_b64_decode_string_len(in, (int)rnd((uint32_t)n + 2), b, sizeof(b));
		printf("%d ", j);
		show("", b, (size_t)j);
	}

	for (i = 0; i < 4000; i++) {
		struct lws_b64state s;
		size_t at = 0, il, ol;

		lws_b64_decode_state_init(&s);
		n = (int)rnd(40);
		for (j = 0; j < n; j++)
			in[j] = rnd(30) ? alphabet[rnd(sizeof(alphabet) - 1)] : (char)(rnd(256));
		in[n] = '\0';
		for (j = 0; j < 20; j++) {
			il = rnd(9);
			if (il > (size_t)n - at)
				il = (size_t)n - at;
			ol = 1 + rnd(20);
			memset(b, '#', 64);
			k = lws_b64_decode_stateful(&s, in + at, &il, (uint8_t *)b, &ol, at + il == (size_t)n);
			show("piece", in + at, il);
			printf("%d %d %d ", k, (int)il, (int)ol);
			show("", b, ol + 1);
			state(&s);
			at += il;
			if (at == (size_t)n)
				break;
		}
	}

	for (i = 0; i < 300; i++) {
		lws_SHA1(big, (size_t)i * 10, md);
		for (j = 0; j < 20; j++)
			printf("%02x", md[j]);
		printf("\n");
	}

	for (i = 0; i < 4000; i++) {
		n = (int)rnd(12);
		for (j = 0; j < n; j++)
			in[j] = rnd(20) ? "0123456789abcdefABCDEF"[rnd(22)] : (char)(1 + rnd(255));
		in[n] = '\0';
		k = (int)rnd(9);
		j = lws_hex_to_byte_array(in, (uint8_t *)b, k);
		printf("hex %s %d -> %d ", in, k, j);
		show("", b, j < 0 ? 0 : (size_t)j);
	}

	return 0;
}
