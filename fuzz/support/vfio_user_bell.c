/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device reaches for the client's memory: what it has to get, and the client's answers where it
 * has to ask for it, which lie in the socket before it asks.
 */
#include "fuzz/support/vfio_user_bell.h"

#include <string.h>

#include "fuzz/support/oracle.h"

/* The bytes that are moved, and memory as it has to be afterwards. */
struct account {
	uint8_t memory[2][PEER_MEMORY];
	uint8_t data[PEER_DMA_MAX];
};

struct ring {
	struct peer *p;
	const struct peer_bell *bell;
	uint32_t lies;
	unsigned pieces;
	bool aside; /* a command of the client's arrives meanwhile */
	struct account *account;
};

/* What is wrong with the client's answer to one question. */
enum { RIGHT, LATE, ERROR, ADDRESS, SHORT, ASIDE, COUNT, COMMAND };

static unsigned lie_of(const struct ring *r)
{
	return r->pieces == (r->lies & 7) ? r->lies >> 3 & 7 : RIGHT;
}

static void reply(struct ring *r, uint64_t address, unsigned size, uint8_t *data, unsigned lie)
{
	struct vfio_user_dma_access access = { address + (lie == ADDRESS), size + (lie == COUNT) };
	struct peer_message m = { .size = sizeof(access) };

	memcpy(m.payload, &access, sizeof(access));
	if (!r->bell->write) {
		for (unsigned i = 0; i < size; i++)
			data[i] = (uint8_t)(address + i);
		memcpy(m.payload + m.size, data, size);
		m.size += size - (lie == SHORT);
	} else if (lie == SHORT) {
		m.size = 4;
	}
	m.header = (struct vfio_user_header){
		.id = (uint16_t)(r->p->server->next_id + r->pieces),
		.command = r->bell->write ? VFIO_USER_DMA_WRITE : VFIO_USER_DMA_READ,
		.flags = VFIO_USER_TYPE_REPLY | (lie == ERROR ? VFIO_USER_ERROR : 0),
		.error = lie == ERROR ? 5 : 0,
	};
	m.header.size = (uint32_t)sizeof(m.header) + m.size;
	if (lie == COMMAND)
		m.header.command = VFIO_USER_DEVICE_RESET;
	r->p->replies += 1 + (lie == LATE);
	if (lie == LATE) {
		m.header.id ^= 0x8000;
		peer_send(r->p, &m, 0, m.header.size);
		m.header.id ^= 0x8000;
	}
	peer_send(r->p, &m, 0, m.header.size);
}

static void put_aside(struct ring *r)
{
	struct vfio_user_device_info info = { .argsz = sizeof(info) };
	struct peer_message m = { .size = sizeof(info) };

	m.header = (struct vfio_user_header){ .id = 0xa51d,
					      .command = VFIO_USER_DEVICE_GET_INFO,
					      .size = (uint32_t)(sizeof(m.header) + sizeof(info)) };
	memcpy(m.payload, &info, sizeof(info));
	peer_send(r->p, &m, 0, m.header.size);
	peer_foretell(r->p, &m, &r->p->due[r->p->due_count++]);
}

/* Whether the answers to all questions about [address, address + size) are good ones. */
static bool ask(struct ring *r, uint64_t address, unsigned size, uint8_t *data)
{
	while (size) {
		unsigned part = size < r->p->xfer ? size : (unsigned)r->p->xfer;
		unsigned lie = lie_of(r);

		if (lie == ASIDE && !r->aside) {
			r->aside = true;
			put_aside(r);
		}
		reply(r, address, part, data, lie);
		r->pieces++;
		/* The count of an answer to a write is not looked at. */
		if (lie == ERROR || lie == ADDRESS || lie == SHORT || lie == COMMAND ||
		    (lie == COUNT && !r->bell->write))
			return false;
		address += part;
		data += part;
		size -= part;
	}
	return true;
}

/* A range of one map. */
static bool move(struct ring *r, const struct peer_map *map, uint64_t address, unsigned size,
		 uint8_t *data)
{
	uint64_t at = map->offset + (address - map->address), end = PEER_MEMORY;
	uint8_t *memory;
	unsigned there;

	if (!(r->bell->write ? map->writable : map->readable))
		return false;
	if (map->thing < 0)
		return ask(r, address, size, data);
	memory = r->account->memory[map->thing];
	if (map->thing == THING_FILE)
		end = r->p->file_size;
	/* Writing makes a file longer; reading behind its end is an error. */
	there = r->bell->write    ? size
		: at >= end       ? 0
		: end - at < size ? (unsigned)(end - at)
				  : size;
	if (r->bell->write && at + size > end && at + size <= PEER_MEMORY)
		r->p->file_size = at + size;
	memcpy(r->bell->write ? memory + at : data, r->bell->write ? data : memory + at, there);
	return there == size;
}

static bool move_all(struct ring *r)
{
	uint64_t address = r->bell->address;
	unsigned left = r->bell->size;
	uint8_t *data = r->account->data;

	while (left) {
		const struct peer_map *map = peer_map_of(r->p, address);
		uint64_t rest = map ? map->size - (address - map->address) : 0;
		unsigned part = rest < left ? (unsigned)rest : left;

		if (!map || !move(r, map, address, part, data))
			return false;
		address += part;
		data += part;
		left -= part;
	}
	return true;
}

void peer_ring(struct peer *p, const struct peer_message *m, uint32_t lies)
{
	static struct account account;
	struct ring r = { .p = p, .bell = &p->bell, .lies = lies, .account = &account };
	unsigned due = p->due_count;
	bool well;

	peer_send(p, m, 0, m->header.size);
	peer_foretell(p, m, &p->due[p->due_count++]);
	if (p->due[due].error) {
		peer_collect(p);
		return;
	}
	memcpy(account.memory[THING_SEALED], p->memory[THING_SEALED], PEER_MEMORY);
	memset(account.memory[THING_FILE], 0, PEER_MEMORY);
	memcpy(account.memory[THING_FILE], p->memory[THING_FILE], p->file_size);
	memcpy(account.data, p->bell.data, sizeof(account.data));
	p->dirty |= p->bell.write;
	well = move_all(&r);
	peer_collect(p);
	if ((p->bell.result == 0) != well)
		fuzz_oracle("dma", "%u bytes at %#llx: the device %s", p->bell.size,
			    (unsigned long long)p->bell.address,
			    well ? "does not get them" : "gets what is not to be had");
	if (well && memcmp(p->bell.data, account.data, p->bell.size) != 0)
		fuzz_oracle("dma", "%u bytes at %#llx are not what is there", p->bell.size,
			    (unsigned long long)p->bell.address);
	if (memcmp(p->memory[THING_SEALED], account.memory[THING_SEALED], PEER_MEMORY) != 0 ||
	    memcmp(p->memory[THING_FILE], account.memory[THING_FILE], p->file_size) != 0)
		fuzz_oracle("dma", "the client's memory is not what was written");
}
