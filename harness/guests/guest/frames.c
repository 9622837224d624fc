// SPDX-License-Identifier: BSD-3-Clause
/*
 * frames INTERFACE COUNT: sends Ethernet frames of many sizes and sees that each comes back, whole
 * and unchanged, from a link that loops. Prints one line; exit status 0 when all did.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXPERIMENTAL 0x88b5 /* EtherType for local experiments (IEEE 802) */
#define HEAD         (ETH_HLEN + sizeof(uint32_t))
#define WAIT_MS      2000
#define WINDOW       8u     /* frames under way at once */
#define COUNT_MAX    65536u /* frames in all */

struct link {
	int fd;
	uint8_t mac[ETH_ALEN];
};

/* Frame `number`: its own address on both ends, its number, a pattern made from that. */
static size_t make(const struct link *link, uint32_t number, uint8_t *frame)
{
	size_t size = ETH_ZLEN + number * 37u % (ETH_FRAME_LEN - ETH_ZLEN + 1);
	uint32_t word = number * 2654435761u + 1;
	uint16_t type = htons(EXPERIMENTAL);
	uint32_t big = htonl(number);

	memcpy(frame, link->mac, ETH_ALEN);
	memcpy(frame + ETH_ALEN, link->mac, ETH_ALEN);
	memcpy(frame + 2 * (size_t)ETH_ALEN, &type, sizeof(type));
	memcpy(frame + ETH_HLEN, &big, sizeof(big));
	for (size_t i = HEAD; i < size; i++) {
		word ^= word << 13;
		word ^= word >> 17;
		word ^= word << 5;
		frame[i] = (uint8_t)word;
	}
	return size;
}

static int open_link(struct link *link, const char *name)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(EXPERIMENTAL) };
	struct ifreq request = { 0 };

	link->fd = socket(AF_PACKET, SOCK_RAW, htons(EXPERIMENTAL));
	if (link->fd < 0)
		return -1;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(link->fd, SIOCGIFHWADDR, &request))
		return -1;
	memcpy(link->mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
	if (ioctl(link->fd, SIOCGIFINDEX, &request))
		return -1;
	address.sll_ifindex = request.ifr_ifindex;
	return bind(link->fd, (struct sockaddr *)&address, sizeof(address));
}

/* The next frame from outside. 1: it is right; 0: it is not; -1: none came. */
static int take(const struct link *link, uint32_t *number)
{
	uint8_t frame[2048], expected[2048];
	struct pollfd waiting = { .fd = link->fd, .events = POLLIN };

	for (;;) {
		struct sockaddr_ll from = { 0 };
		socklen_t length = sizeof(from);
		ssize_t size;
		uint32_t big;

		if (poll(&waiting, 1, WAIT_MS) <= 0)
			return -1;
		size = recvfrom(link->fd, frame, sizeof(frame), 0, (struct sockaddr *)&from,
				&length);
		if (size < 0)
			return -1;
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		if ((size_t)size < HEAD)
			return 0;
		memcpy(&big, frame + ETH_HLEN, sizeof(big));
		*number = ntohl(big);
		return make(link, *number, expected) == (size_t)size &&
		       memcmp(frame, expected, (size_t)size) == 0;
	}
}

int main(int argc, char **argv)
{
	uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	static uint8_t seen[COUNT_MAX]; /* frames that have come back */
	uint32_t sent = 0, back = 0, wrong = 0;
	uint8_t frame[2048];
	struct link link;

	if (count == 0 || count > COUNT_MAX || open_link(&link, argv[1])) {
		puts("the interface cannot be opened");
		return 1;
	}
	while (back + wrong < count) {
		uint32_t number = 0;
		int good;

		while (sent < count && sent < back + wrong + WINDOW) {
			size_t size = make(&link, sent, frame);

			if (send(link.fd, frame, size, MSG_DONTWAIT) != (ssize_t)size)
				break;
			sent++;
		}
		good = take(&link, &number);
		if (good < 0)
			break;
		if (good && number < sent && !seen[number])
			back++;
		else
			wrong++; /* a second time as well */
		if (number < sent)
			seen[number] = 1;
	}
	printf("%u frames sent, %u came back, %u wrong\n", sent, back, wrong);
	return back == count ? 0 : 1;
}
