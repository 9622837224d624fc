/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client of the storm sends and receives. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz/storm/storm.h"
#include "spec/vfio_user.h"

#define MESSAGE_MAX 8192u
#define FDS_MAX     20u

/* How long an answer is looked for: a server that hangs on purpose gives none. */
#define ANSWER_MS 200

/* SplitMix64. */
uint64_t storm_random(struct storm_client *c)
{
	uint64_t z = c->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t storm_number(struct storm_client *c)
{
	uint64_t number = UINT64_C(1) << storm_below(c, 64);

	switch (storm_below(c, 5)) {
	case 0:
		return storm_below(c, 32);
	case 1:
		return number - 1;
	case 2:
		return -number;
	case 3:
		return storm_random(c);
	default:
		return number;
	}
}

int storm_make_memory(struct storm_client *c)
{
	static const uint64_t addresses[STORM_MEMORIES] = { 0x10000000, 0x20000000, 0x30000000 };

	for (unsigned i = 0; i < STORM_MEMORIES; i++) {
		struct storm_memory *m = &c->memories[i];

		*m = (struct storm_memory){ addresses[i], 0x40000, -1, NULL };
		m->fd = memfd_create("storm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (m->fd < 0 || ftruncate(m->fd, (off_t)m->size))
			return -1;
		if (i == 0 && fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK))
			return -1;
		m->bytes = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
		if (m->bytes == MAP_FAILED)
			return -1;
	}
	return 0;
}

void storm_free_memory(struct storm_client *c)
{
	for (unsigned i = 0; i < STORM_MEMORIES; i++) {
		munmap(c->memories[i].bytes, c->memories[i].size);
		close(c->memories[i].fd);
	}
}

int storm_dial(struct storm_client *c, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 5 };

	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -1;
	memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return connect(c->fd, (struct sockaddr *)&address, sizeof(address));
}

static bool put(struct storm_client *c, const uint8_t *bytes, size_t size, const int *fds,
		unsigned count)
{
	union {
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)bytes, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, count * sizeof(int));
	}
	c->sent++;
	return !size || sendmsg(c->fd, &msg, MSG_NOSIGNAL) == (ssize_t)size;
}

/* Bytes of a message go wrong. Returns the new size. */
static size_t mutate(struct storm_client *c, uint8_t *bytes, size_t size)
{
	if (!c->wild || !storm_chance(c, 6))
		return size;
	for (uint64_t n = 1 + storm_below(c, 3); n; n--) {
		uint64_t number = storm_number(c);
		size_t at = storm_below(c, size);

		switch (storm_below(c, 4)) {
		case 0:
			bytes[at] ^= (uint8_t)(1u << storm_below(c, 8));
			break;
		case 1:
			memcpy(bytes + at, &number, size - at < 8 ? size - at : 8);
			break;
		case 2: /* a header's size, consistently */
			size = storm_chance(c, 2) ? at + 1 : size;
			memcpy(bytes + 4, &(uint32_t){ (uint32_t)size }, 4);
			break;
		default:
			size = storm_chance(c, 4) ? at + 1 : size;
		}
	}
	return size;
}

static struct storm_memory *memory_at(struct storm_client *c, uint64_t address, uint64_t count)
{
	for (unsigned i = 0; i < STORM_MEMORIES; i++) {
		struct storm_memory *m = &c->memories[i];

		if (address >= m->address && address - m->address <= m->size &&
		    count <= m->size - (address - m->address))
			return m;
	}
	return NULL;
}

/* The server asks for memory: an answer, right or wrong. */
static bool serve(struct storm_client *c, const struct vfio_user_header *asked,
		  const uint8_t *payload, size_t size)
{
	uint8_t bytes[MESSAGE_MAX];
	struct vfio_user_header header = { asked->id, asked->command, 0, VFIO_USER_TYPE_REPLY, 0 };
	struct vfio_user_dma_access access = { 0 };
	const struct storm_memory *m;
	size_t data = 0;

	if (c->silent && storm_chance(c, 3))
		return true;
	c->served++;
	if (size >= sizeof(access))
		memcpy(&access, payload, sizeof(access));
	m = memory_at(c, access.address, access.count);
	if (!m || access.count > 4096)
		header.flags |= VFIO_USER_ERROR;
	else if (asked->command == VFIO_USER_DMA_READ)
		data = access.count;
	header.size = (uint32_t)(sizeof(header) + sizeof(access) + data);
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), &access, sizeof(access));
	/* The last memory's own bytes stay in the client: files may have been cut off. */
	for (size_t i = 0; i < data; i++)
		bytes[sizeof(header) + sizeof(access) + i] =
			m == &c->memories[2] ? m->bytes[access.address - m->address + i] : 0;
	return put(c, bytes, mutate(c, bytes, header.size), NULL, 0);
}

/* One message from the server: 1 an answer, 0 something else, -1 over. */
static int take(struct storm_client *c)
{
	struct vfio_user_header header;
	uint8_t payload[MESSAGE_MAX];
	size_t size;

	if (recv(c->fd, &header, sizeof(header), MSG_WAITALL) != sizeof(header) ||
	    header.size < sizeof(header))
		return -1;
	size = header.size - sizeof(header);
	for (size_t rest = size; rest;) {
		size_t part = rest < sizeof(payload) ? rest : sizeof(payload);

		if (recv(c->fd, payload, part, MSG_WAITALL) != (ssize_t)part)
			return -1;
		rest -= part;
	}
	if ((header.flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_COMMAND)
		return serve(c, &header, payload, size < sizeof(payload) ? size : 0) ? 0 : -1;
	c->answer_size = SIZE_MAX;
	if (header.flags & VFIO_USER_ERROR) {
		c->refused++;
	} else if (size <= sizeof(c->answer)) {
		memcpy(c->answer, payload, size);
		c->answer_size = size;
	}
	return 1;
}

bool storm_ask(struct storm_client *c, unsigned command, const void *payload, size_t size,
	       const int *fds, unsigned fd_count)
{
	uint8_t bytes[MESSAGE_MAX];
	struct vfio_user_header header = { c->next_id++, (uint16_t)command,
					   (uint32_t)(sizeof(header) + size), 0, 0 };
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	bool waits = !c->wild || !storm_chance(c, 8);
	int result = 0;

	if (!waits && storm_chance(c, 2))
		header.flags = VFIO_USER_NO_REPLY;
	memcpy(bytes, &header, sizeof(header));
	if (size)
		memcpy(bytes + sizeof(header), payload, size);
	c->answer_size = SIZE_MAX;
	size = mutate(c, bytes, header.size);
	if (!put(c, bytes, size, fds, fd_count))
		return false;
	while (result == 0 && poll(&p, 1, waits ? c->wild ? 20 : ANSWER_MS : 0) > 0)
		result = take(c);
	return result >= 0;
}
