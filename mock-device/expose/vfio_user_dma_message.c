/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory without a descriptor: the client is asked for it. Commands that arrive before its answer
 * are kept for later, since the device is in the middle of something.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "mock-device/expose/vfio_user_server.h"

static void give_up(struct expose_server *s, const char *complaint)
{
	expose_wire_drop(&s->wire, complaint);
}

/* Puts the command that has just arrived aside. */
static int put_aside(struct expose_server *s)
{
	struct expose_message m = s->wire.in;

	if (s->later_count == EXPOSE_LATER_MAX && s->later_first) {
		memmove(s->later, s->later + s->later_first,
			(s->later_count - s->later_first) * sizeof(*s->later));
		s->later_count -= s->later_first;
		s->later_first = 0;
	}
	if (m.malformed || s->later_count == EXPOSE_LATER_MAX ||
	    m.size > EXPOSE_LATER_BYTES - s->later_bytes) {
		give_up(s, "too many commands while its memory was waited for");
		return -1;
	}
	m.payload = malloc(m.size ? m.size : 1);
	if (!m.payload) {
		give_up(s, "out of memory");
		return -1;
	}
	if (m.size)
		memcpy(m.payload, s->wire.in.payload, m.size);
	s->wire.in.fd_count = 0;
	s->later[s->later_count++] = m;
	s->later_bytes += m.size;
	return 0;
}

/* Waits for the answer with this id; it is in wire.in then. */
static int await(struct expose_server *s, uint16_t id, uint64_t until)
{
	for (;;) {
		const struct expose_message *m = &s->wire.in;
		int result = expose_wire_read(&s->wire);

		if (result < 0)
			return -1;
		/* Other answers, without an end, are none either. */
		if (result == 0 ? expose_wire_wait(&s->wire, POLLIN, until) != 1
				: expose_clock_ms() > until) {
			give_up(s, "it did not answer when asked for its memory");
			return -1;
		}
		if (result == 0)
			continue;
		if (m->malformed ||
		    (m->header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_TYPE_REPLY) {
			if (put_aside(s))
				return -1;
		} else if (m->header.id == id) {
			return 0;
		}
	}
}

static int flush(struct expose_server *s, uint64_t until)
{
	int result;

	while ((result = expose_wire_flush(&s->wire)) == 0) {
		if (expose_wire_wait(&s->wire, POLLOUT, until) != 1) {
			give_up(s, "it does not read what is sent to it");
			return -1;
		}
	}
	return result < 0 ? -1 : 0;
}

/* Whether the answer is one to this question. */
static bool fits(const struct expose_message *m, enum vfio_user_command command,
		 const struct vfio_user_dma_access *access)
{
	const struct vfio_user_dma_access *told = (const void *)m->payload;

	if (m->header.command != command || m->header.flags & VFIO_USER_ERROR)
		return false;
	/* The answer to a write has a count of 32 bits in one revision, 64 in another: the least of
	 * it is the address. */
	if (command == VFIO_USER_DMA_WRITE)
		return m->size >= sizeof(told->address) && told->address == access->address;
	return m->size >= sizeof(*told) && told->address == access->address &&
	       told->count == access->count && m->size - sizeof(*told) >= access->count;
}

static int exchange(struct expose_server *s, enum vfio_user_command command, uint64_t address,
		    uint8_t *data, size_t size, uint64_t until)
{
	struct vfio_user_dma_access access = { address, size };
	bool write = command == VFIO_USER_DMA_WRITE;
	struct vfio_user_header header = {
		.id = s->next_id++,
		.command = (uint16_t)command,
		.size = (uint32_t)(sizeof(header) + sizeof(access) + (write ? size : 0)),
		.flags = VFIO_USER_TYPE_COMMAND,
	};

	if (flush(s, until) ||
	    expose_wire_send(&s->wire, &header, &access, sizeof(access), data, write ? size : 0,
			     -1) ||
	    flush(s, until) || await(s, header.id, until) || !fits(&s->wire.in, command, &access))
		return -1;
	if (!write)
		memcpy(data, s->wire.in.payload + sizeof(access), size);
	return 0;
}

int expose_dma_message(struct expose_server *s, enum vfio_user_command command, uint64_t address,
		       void *data, size_t size)
{
	/* For all of it: how many pieces it takes, the client says. */
	uint64_t until = expose_clock_ms() + EXPOSE_PATIENCE_MS;
	uint8_t *at = data;

	while (size) {
		size_t part = size < s->client_xfer ? size : (size_t)s->client_xfer;

		if (s->wire.vanished || s->hung || exchange(s, command, address, at, part, until))
			return -1;
		address += part;
		at += part;
		size -= part;
	}
	return 0;
}
