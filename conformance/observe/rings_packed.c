/* SPDX-License-Identifier: BSD-3-Clause */
/* A look at a packed ring (2.8). */
#include <stdatomic.h>
#include <string.h>

#include "observe/rings_internal.h"

#define STATE_BITS (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)
#define WRAP_SHIFT 15u /* of the wrap counter in a place */

static bool is_available(uint16_t flags, bool wrap)
{
	return (flags & STATE_BITS) == (wrap ? VIRTQ_PACKED_F_AVAIL : VIRTQ_PACKED_F_USED);
}

static bool is_used(uint16_t flags, bool wrap)
{
	return (flags & STATE_BITS) == (wrap ? STATE_BITS : 0);
}

/* At most one round. */
static struct rings_turn forward(const struct rings_queue *queue, struct rings_turn turn,
				 unsigned count)
{
	unsigned slot = turn.slot + count;

	if (slot >= queue->size) {
		slot -= queue->size;
		turn.wrap = !turn.wrap;
	}
	turn.slot = (uint16_t)slot;
	return turn;
}

static uint64_t address_of(const struct rings_queue *queue, struct rings_turn turn)
{
	return queue->descriptor_area + (uint64_t)RINGS_DESC_SIZE * turn.slot;
}

static uint8_t *shadow_of(const struct rings_queue *queue, struct rings_turn turn)
{
	return queue->shadow + (size_t)RINGS_DESC_SIZE * turn.slot;
}

/* The flags say whether the rest is there, and are read before it. */
static int read_flags(struct rings_queue *queue, struct rings_turn turn, uint16_t *flags)
{
	if (rings_read16(queue, address_of(queue, turn) + VIRTQ_PACKED_FLAGS, flags) < 0)
		return -1;
	atomic_thread_fence(memory_order_acquire);
	return 0;
}

/* ---- What the driver made available ---- */

/*
 * Copies the list that begins at avail_turn, as far as it is available. How many places it takes;
 * 0 when the memory went away.
 */
static unsigned copy_list(struct rings_queue *queue, uint16_t flags, uint16_t *chain)
{
	unsigned room = queue->size - queue->outstanding;
	struct rings_turn turn = queue->avail_turn;

	for (unsigned count = 1;; count++) {
		uint8_t *shadow = shadow_of(queue, turn);

		if (rings_read(queue->rings, address_of(queue, turn), shadow, VIRTQ_PACKED_FLAGS) <
		    0)
			return 0;
		vs_store_le16(shadow + VIRTQ_PACKED_FLAGS, flags);
		if (!(flags & VIRTQ_PACKED_F_NEXT))
			return count;
		if (count == room) {
			*chain = room == queue->size ? VS_CHAIN_TOO_LONG
						     : VS_CHAIN_INCOMPLETE | VS_CHAIN_NO_ROOM;
			return count;
		}
		turn = forward(queue, turn, 1);
		if (read_flags(queue, turn, &flags) < 0)
			return 0;
		if (!is_available(flags, turn.wrap)) {
			*chain = VS_CHAIN_INCOMPLETE;
			return count;
		}
	}
}

static struct rings_buffer *enter(struct rings_queue *queue, uint16_t id, uint16_t place,
				  unsigned count)
{
	struct rings_buffer *buffer = rings_buffer_add(queue, id, place);

	buffer->count = (uint16_t)count;
	for (unsigned i = 0; i < count; i++)
		queue->owner[forward(queue, queue->avail_turn, i).slot] = id;
	return buffer;
}

static void tell_list(struct rings_walk *walk, unsigned count)
{
	struct rings_queue *queue = walk->queue;

	for (unsigned i = 0; i < count; i++) {
		struct rings_turn turn = forward(queue, queue->avail_turn, i);
		struct rings_descriptor descriptor;

		rings_decode(queue, shadow_of(queue, turn), &descriptor);
		rings_element(walk, &descriptor, turn.slot, 0);
		if (descriptor.flags & VIRTQ_PACKED_F_INDIRECT)
			rings_table(walk, &descriptor);
	}
}

/* Takes the list at avail_turn, whose first flags these are; false when there is no more to take. A
 * list that is not all there is told of once, and taken when it is. */
static bool take(struct rings_queue *queue, uint16_t flags)
{
	struct rings_walk walk = { .queue = queue };
	struct rings_turn first = queue->avail_turn;
	uint16_t place = (uint16_t)(first.slot | first.wrap << WRAP_SHIFT);
	unsigned count = copy_list(queue, flags, &walk.flags);
	bool incomplete = walk.flags & VS_CHAIN_INCOMPLETE;
	uint16_t id;

	if (count == 0 || (incomplete && queue->told_incomplete))
		return false;
	id = vs_load_le16(shadow_of(queue, forward(queue, first, count - 1)) + VIRTQ_PACKED_ID);
	if (!incomplete && rings_buffer_find(queue, id))
		walk.flags |= VS_CHAIN_IN_FLIGHT;
	if (count == 1 && queue->early)
		walk.flags |= VS_CHAIN_OUT_OF_TURN;
	if (!incomplete)
		walk.buffer = enter(queue, id, place, count);
	tell_list(&walk, count);
	rings_tell(queue, (struct vs_event){ .kind = VS_EVENT_AVAILABLE,
					     .index = id,
					     .length = walk.count,
					     .value = place,
					     .flags = walk.flags });
	queue->told_incomplete = incomplete;
	if (incomplete)
		return false;
	queue->avail_turn = forward(queue, first, count);
	queue->outstanding += count;
	queue->fresh += count;
	queue->early = queue->told_unknown = false;
	return true;
}

/* Takes the next list; false when there is none. */
static bool take_next(struct rings_queue *queue)
{
	struct rings_turn second = forward(queue, queue->avail_turn, 1);
	uint16_t flags;

	if (queue->outstanding == queue->size || read_flags(queue, queue->avail_turn, &flags) < 0)
		return false;
	if (is_available(flags, queue->avail_turn.wrap))
		return take(queue, flags);
	if (queue->outstanding + 1 < queue->size && read_flags(queue, second, &flags) == 0 &&
	    is_available(flags, second.wrap))
		queue->early = true;
	return false;
}

static int read_event(struct rings_queue *queue, uint64_t address, uint16_t *desc, uint16_t *flags)
{
	uint8_t bytes[VIRTQ_EVENT_SIZE];

	if (rings_read(queue->rings, address, bytes, sizeof(bytes)) < 0)
		return -1;
	*desc = vs_load_le16(bytes + VIRTQ_EVENT_DESC);
	*flags = vs_load_le16(bytes + VIRTQ_EVENT_FLAGS);
	return 0;
}

void rings_packed_driver(struct rings_queue *queue)
{
	uint16_t desc, flags;

	if (read_event(queue, queue->driver_area, &desc, &flags) == 0) {
		rings_field(queue, &queue->used_event, desc, VS_EVENT_USED_EVENT);
		rings_field(queue, &queue->avail_flags, flags, VS_EVENT_AVAIL_FLAGS);
	}
	while (take_next(queue))
		;
}

/* ---- What the device used ---- */

/* A driver on another processor may have added it since the last look. */
static struct rings_buffer *find(struct rings_queue *queue, uint16_t id)
{
	struct rings_buffer *buffer = rings_buffer_find(queue, id);

	while (!buffer && take_next(queue))
		buffer = rings_buffer_find(queue, id);
	return buffer;
}

/*
 * How far to skip behind a used descriptor that names no buffer: on as many places as the oldest
 * one takes, where a device that uses buffers in order would stand.
 */
static unsigned skip(const struct rings_queue *queue)
{
	return queue->oldest == RINGS_NONE ? 1 : queue->buffers[queue->oldest].count;
}

static void lose(struct rings_queue *queue)
{
	queue->lost = true;
	rings_tell(queue, (struct vs_event){
				  .kind = VS_EVENT_NOTE,
				  .note = "a packed ring was used faster than it was looked at: "
					  "it is not followed any more" });
}

/* Takes the used descriptor at used_turn into account. */
static void use(struct rings_queue *queue, uint16_t flags)
{
	uint8_t bytes[VIRTQ_PACKED_FLAGS];
	struct rings_buffer *buffer;
	unsigned places = 0;
	uint32_t length;
	uint16_t id;

	if (rings_read(queue->rings, address_of(queue, queue->used_turn), bytes, sizeof(bytes)) < 0)
		memset(bytes, 0, sizeof(bytes));
	id = vs_load_le16(bytes + VIRTQ_PACKED_ID);
	length = flags & VIRTQ_PACKED_F_WRITE ? vs_load_le32(bytes + VIRTQ_PACKED_LEN) : 0;
	buffer = find(queue, id);
	if (buffer) {
		rings_buffer_use(queue, buffer, length, queue->in_flight, &places);
	} else if (queue->rings->subject->blind & VS_BLIND_ORDER) {
		lose(queue);
	} else {
		rings_use_unknown(queue, id, length);
		places = skip(queue);
	}
	if (places > queue->outstanding)
		places = queue->outstanding;
	queue->used_turn = forward(queue, queue->used_turn, places);
	queue->outstanding -= places;
	if (queue->fresh > queue->outstanding)
		queue->fresh = queue->outstanding;
}

/* With nothing outstanding there is nothing to use. */
static void look_for_lies(struct rings_queue *queue)
{
	uint8_t bytes[VIRTQ_PACKED_FLAGS];
	uint16_t flags;

	if (queue->told_unknown || read_flags(queue, queue->used_turn, &flags) < 0 ||
	    !is_used(flags, queue->used_turn.wrap))
		return;
	if (queue->rings->subject->blind & VS_BLIND_ORDER) {
		lose(queue);
		return;
	}
	queue->told_unknown = true;
	if (rings_read(queue->rings, address_of(queue, queue->used_turn), bytes, sizeof(bytes)) ==
	    0)
		rings_use_unknown(queue, vs_load_le16(bytes + VIRTQ_PACKED_ID),
				  vs_load_le32(bytes + VIRTQ_PACKED_LEN));
}

void rings_packed_device(struct rings_queue *queue)
{
	uint16_t desc, flags;

	if (read_event(queue, queue->device_area, &desc, &flags) == 0) {
		rings_field(queue, &queue->avail_event, desc, VS_EVENT_AVAIL_EVENT);
		rings_field(queue, &queue->device_flags, flags, VS_EVENT_DEVICE_FLAGS);
	}
	while (queue->outstanding && !queue->lost &&
	       read_flags(queue, queue->used_turn, &flags) == 0 &&
	       is_used(flags, queue->used_turn.wrap))
		use(queue, flags);
	if (queue->outstanding == 0 && !queue->lost)
		look_for_lies(queue);
}
