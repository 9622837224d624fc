/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtqueue of the driver's side without a device: memory for its rings, a session just large
 * enough for the code of a ring format, and a bus that knows what is loaded and stored.
 *
 * Each part of a ring ends where a gap begins that nobody may touch: AddressSanitizer watches it,
 * and every store has to lie in a part that the driver may write. What the device owns can change
 * between two loads of one call.
 */
#ifndef FUZZ_RING_ARENA_H
#define FUZZ_RING_ARENA_H

#include "driver/queue.h"

#define RING_SIZE_MAX 128u
#define RING_SEEN_MAX 8u

/* What a call of the driver's loaded, by the first time. */
struct ring_seen {
	const uint8_t *at;
	size_t size;
	uint8_t bytes[16];
};

struct ring_arena {
	struct vs_bus bus; /* first: the way from it to the arena */
	struct vs_session s;
	struct vs_queue q;

	/* What is loaded once more in the same call: the low byte goes, by exclusive or, to the
	 * place that the high byte names. 0: nothing changes. */
	uint16_t change;
	struct ring_seen seen[RING_SEEN_MAX];
	unsigned seen_count;

	/* Every store into a ring, when it has been made; or NULL. */
	void (*stored)(void *context, const uint8_t *at, size_t size);
	void *context;

	/* The last notification, and how many there were. */
	unsigned notified, notified_width;
	uint64_t notified_at, notified_value;
};

struct ring_setup {
	const struct vs_ring_ops *ring;
	uint16_t size; /* 1 to RING_SIZE_MAX */
	uint16_t notify_off;
	uint32_t notify_multiplier;
	struct vs_features accepted;
	unsigned table_elements; /* of an indirect table for each id; 0: as needed */
	bool legacy, big_endian;
};

/* A cleared queue. `a` may be what an earlier call left. */
void ring_arena_init(struct ring_arena *a, const struct ring_setup *setup);

/* Before a call of the driver's: nothing has been loaded yet. */
void ring_call(struct ring_arena *a, uint16_t change);
/* The first bytes that this call loaded from there, or NULL: it did not look. */
const uint8_t *ring_first(const struct ring_arena *a, const uint8_t *at, size_t size);

/* Buffers of any address and size, never touched: `count` elements, from `writable` on for the
 * device. `salt` tells one buffer from the next. */
void ring_elements(struct ring_arena *a, struct vs_element *elements, unsigned count,
		   unsigned writable, uint32_t salt);

/* A number of 2, 4 or 8 bytes in the order of the ring. */
uint64_t ring_load(const struct ring_arena *a, const uint8_t *at, unsigned width);
void ring_store(const struct ring_arena *a, uint8_t *at, unsigned width, uint64_t value);

/* The bytes at an address of the bus, `size` of them, or the oracle "address". */
const uint8_t *ring_at(const struct ring_arena *a, uint64_t address, uint64_t size);

/* The device writes where it likes: two bytes into one of the parts. */
void ring_scribble(struct ring_arena *a, unsigned where, uint16_t value);

/* The notification that the call made, or made not, is what it has to be. */
void ring_check_notification(const struct ring_arena *a, bool wanted, uint16_t position);

#endif
