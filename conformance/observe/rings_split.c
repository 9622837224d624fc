/* SPDX-License-Identifier: BSD-3-Clause */
/* A look at a split ring (2.7). */
#include <stdatomic.h>
#include <string.h>

#include "observe/rings_internal.h"

#define FLAGS_AND_IDX 4u /* bytes: they stand side by side at the head of both rings */

static int read_pair(struct rings_queue *queue, uint64_t address, uint16_t *flags, uint16_t *idx)
{
	uint8_t bytes[FLAGS_AND_IDX];

	if (rings_read(queue->rings, address, bytes, sizeof(bytes)) < 0)
		return -1;
	*flags = (uint16_t)rings_load(queue, bytes + VIRTQ_AVAIL_FLAGS, sizeof(uint16_t));
	*idx = (uint16_t)rings_load(queue, bytes + VIRTQ_AVAIL_IDX, sizeof(uint16_t));
	/* What the index covers was written before it (2.7.13). */
	atomic_thread_fence(memory_order_acquire);
	return 0;
}

/* ---- What the driver made available ---- */

/* A place that the chain has reached: the copy that later looks are compared with. */
static void keep(struct rings_walk *walk, uint16_t place, const uint8_t *bytes)
{
	struct rings_queue *queue = walk->queue;

	memcpy(queue->shadow + (size_t)RINGS_DESC_SIZE * place, bytes, RINGS_DESC_SIZE);
	if (queue->owner[place] != RINGS_NONE)
		walk->flags |= VS_CHAIN_IN_FLIGHT;
	else
		rings_buffer_own(queue, walk->buffer, place);
}

/* Whether the chain has been there. Such a walk is as long as the queue at most. */
static bool passed(const struct rings_walk *walk, uint16_t place)
{
	const struct rings_queue *queue = walk->queue;

	return queue->owner[place] != RINGS_NONE &&
	       &queue->buffers[queue->owner[place]] == walk->buffer;
}

static void walk_chain(struct rings_walk *walk, uint16_t place)
{
	struct rings_queue *queue = walk->queue;
	struct rings_descriptor descriptor;

	for (unsigned steps = 0;; steps++) {
		uint64_t at = (uint64_t)RINGS_DESC_SIZE * place;
		uint8_t bytes[RINGS_DESC_SIZE];

		if (place >= queue->size) {
			walk->flags |= VS_CHAIN_OUTSIDE;
			return;
		}
		/* The places of another buffer are not marked as passed by this one. */
		if (passed(walk, place) || steps == queue->size) {
			walk->flags |= VS_CHAIN_LOOP;
			return;
		}
		if (rings_read(queue->rings, queue->descriptor_area + at, bytes, sizeof(bytes)) < 0)
			return;
		keep(walk, place, bytes);
		rings_decode(queue, bytes, &descriptor);
		rings_element(walk, &descriptor, place, 0);
		if (descriptor.flags & VIRTQ_DESC_F_INDIRECT) {
			rings_table(walk, &descriptor);
			return;
		}
		if (!(descriptor.flags & VIRTQ_DESC_F_NEXT))
			return;
		place = descriptor.next;
	}
}

/* A driver on a processor of its own may be anywhere. */
static bool concurrent(const struct rings_queue *queue)
{
	return queue->rings->subject->blind & VS_BLIND_ORDER;
}

/* The buffer that available index `at` announces. `late`: the device has used it already, so that
 * its descriptors may be those of another one by now; so does a driver that was misled. */
static void take(struct rings_queue *queue, uint16_t at, bool late)
{
	struct rings_walk walk = { .queue = queue };
	unsigned slot = at % (unsigned)queue->size;
	uint8_t bytes[sizeof(uint16_t)];
	uint16_t head;

	if (rings_read(queue->rings, queue->driver_area + VIRTQ_AVAIL_RING(slot), bytes,
		       sizeof(bytes)) < 0)
		return;
	memcpy(&queue->entries[slot], bytes, sizeof(bytes));
	head = (uint16_t)rings_load(queue, bytes, sizeof(bytes));
	walk.buffer = rings_buffer_add(queue, head, at);
	if (late || (queue->misled && concurrent(queue)) || rings_tired(queue->rings))
		walk.flags = VS_CHAIN_UNSEEN;
	else
		walk_chain(&walk, head);
	rings_tell(queue, (struct vs_event){ .kind = VS_EVENT_AVAILABLE,
					     .index = head,
					     .length = walk.count +
						       (walk.flags & VS_CHAIN_TOO_LONG ? 1 : 0),
					     .value = at,
					     .flags = walk.flags });
}

static void move_avail(struct rings_queue *queue, uint16_t idx, bool late)
{
	uint16_t from = queue->avail_idx;
	uint16_t step = (uint16_t)(idx - from);

	rings_tell(queue,
		   (struct vs_event){ .kind = VS_EVENT_AVAIL_INDEX, .offset = from, .value = idx });
	queue->avail_idx = idx;
	/* Further than there are places it can only have gone back. */
	if (step > queue->size)
		return;
	for (unsigned i = 0; i < step; i++)
		take(queue, (uint16_t)(from + i), late);
}

void rings_split_driver(struct rings_queue *queue)
{
	uint16_t flags, idx, event;

	if (read_pair(queue, queue->driver_area, &flags, &idx) < 0)
		return;
	rings_field(queue, &queue->avail_flags, flags, VS_EVENT_AVAIL_FLAGS);
	if (rings_event_idx(queue) &&
	    rings_read16(queue, queue->driver_area + VIRTQ_AVAIL_USED_EVENT(queue->size), &event) ==
		    0)
		rings_field(queue, &queue->used_event, event, VS_EVENT_USED_EVENT);
	if (idx != queue->avail_idx)
		move_avail(queue, idx, false);
}

/* ---- What the device used ---- */

/*
 * A buffer that a driver on another processor has added since the last look, and that the device
 * has used in the same access, is found by taking what has become available one by one.
 */
static struct rings_buffer *find(struct rings_queue *queue, uint32_t id)
{
	struct rings_buffer *buffer = rings_buffer_find(queue, id);
	uint16_t flags, idx;

	if (buffer || read_pair(queue, queue->driver_area, &flags, &idx) < 0 ||
	    (uint16_t)(idx - queue->avail_idx) > queue->size)
		return buffer;
	while (!buffer && queue->avail_idx != idx) {
		move_avail(queue, (uint16_t)(queue->avail_idx + 1), concurrent(queue));
		buffer = rings_buffer_find(queue, id);
	}
	return buffer;
}

/* One element of the used ring, which stands for `left` buffers at the most. How many it was. */
static unsigned use(struct rings_queue *queue, uint16_t at, unsigned left, bool *lied)
{
	unsigned slot = at % (unsigned)queue->size;
	uint8_t bytes[VIRTQ_USED_RING(1) - VIRTQ_USED_RING(0)];
	struct rings_buffer *buffer;
	uint32_t id, length;
	unsigned places;

	if (rings_read(queue->rings, queue->device_area + VIRTQ_USED_RING(slot), bytes,
		       sizeof(bytes)) < 0)
		return 1;
	id = (uint32_t)rings_load(queue, bytes, sizeof(id));
	length = (uint32_t)rings_load(queue, bytes + sizeof(id), sizeof(length));
	buffer = find(queue, id);
	if (buffer)
		return rings_buffer_use(queue, buffer, length, left, &places);
	/* One such event a look is enough for an index that jumped. */
	if (!*lied)
		rings_use_unknown(queue, id, length);
	*lied = true;
	if (rings_in_order(queue) || concurrent(queue)) {
		rings_buffers_forget(queue);
		queue->misled = true;
	}
	return 1;
}

void rings_split_device(struct rings_queue *queue)
{
	uint16_t flags, idx, event;
	unsigned left;
	bool lied = false;

	if (read_pair(queue, queue->device_area, &flags, &idx) < 0)
		return;
	rings_field(queue, &queue->device_flags, flags, VS_EVENT_DEVICE_FLAGS);
	if (rings_read16(queue, queue->device_area + VIRTQ_USED_AVAIL_EVENT(queue->size), &event) ==
	    0)
		rings_field(queue, &queue->avail_event, event, VS_EVENT_AVAIL_EVENT);
	left = (uint16_t)(idx - queue->used_idx);
	/* An index that jumped shows the driver the whole ring, more than once. */
	for (left = left < queue->size ? left : queue->size; left;) {
		unsigned count = use(queue, queue->used_idx, left, &lied);

		queue->used_idx = (uint16_t)(queue->used_idx + count);
		left -= count;
	}
	queue->used_idx = idx;
}
