/*
 * LD_PRELOAD: getaddrinfo() gives the addresses in TEST_ADDRESSES (separated by commas), in that order, for every name that is
 * no address; after TEST_DELAY_MS, where that is set.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **res)
{
	char *list = strdup(getenv("TEST_ADDRESSES") ? getenv("TEST_ADDRESSES") : ""), *save = NULL;
	int port = service ? atoi(service) : 0;
	struct addrinfo **next = res;

	(void)node;
	*res = NULL;
	if (getenv("TEST_DELAY_MS"))
		usleep((useconds_t)atoi(getenv("TEST_DELAY_MS")) * 1000);
	for (char *one = strtok_r(list, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		struct addrinfo *info = calloc(1, sizeof *info + sizeof(struct sockaddr_in6));
		struct sockaddr_in *v4 = (struct sockaddr_in *)(info + 1);
		struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(info + 1);
		int is_v6 = strchr(one, ':') != NULL;

		info->ai_family = is_v6 ? AF_INET6 : AF_INET;
		info->ai_socktype = hints && hints->ai_socktype ? hints->ai_socktype : SOCK_STREAM;
		info->ai_protocol = IPPROTO_TCP;
		info->ai_addrlen = is_v6 ? sizeof *v6 : sizeof *v4;
		info->ai_addr = (struct sockaddr *)(info + 1);
		info->ai_addr->sa_family = (sa_family_t)info->ai_family;
		if (is_v6)
			v6->sin6_port = htons((uint16_t)port);
		else
			v4->sin_port = htons((uint16_t)port);
		if (inet_pton(info->ai_family, one, is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) != 1)
			abort();
		*next = info;
		next = &info->ai_next;
	}
	free(list);
	return *res ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *info)
{
	while (info) {
		struct addrinfo *next = info->ai_next;

		free(info);
		info = next;
	}
}
