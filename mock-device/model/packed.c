/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packed rings (2.8). As with split rings, what lies in guest memory is read once, into locals, and
 * believed only after a check.
 */
#include <stdatomic.h>

#include "mock-device/model/base.h"
#include "mock-device/model/ring.h"
#include "spec/packed_ring.h"

#define STATE_BITS  (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)
#define EVENT_FLAGS 3u /* bits of an event structure's flags; the others are reserved */

static const char *check_areas(const struct mock_queue *queue)
{
	if (queue->size == 0)
		return "a queue of size 0 was enabled";
	if (queue->size > VIRTQ_PACKED_MAX_SIZE)
		return "a packed queue is longer than 2^15";
	if (!mock_ring_fits(queue->descriptor_area, VIRTQ_PACKED_ALIGN,
			    (uint64_t)VIRTQ_PACKED_SIZE * queue->size) ||
	    !mock_ring_fits(queue->driver_area, VIRTQ_PACKED_EVENT_ALIGN, VIRTQ_EVENT_SIZE) ||
	    !mock_ring_fits(queue->device_area, VIRTQ_PACKED_EVENT_ALIGN, VIRTQ_EVENT_SIZE))
		return "a ring is not aligned or wraps around";
	return NULL;
}

/* ---- Turns: a slot and the wrap counter there repeat after two rounds ---- */

static void forward(const struct mock_queue *queue, struct mock_turn *turn, unsigned count)
{
	unsigned slot = turn->slot + count;

	while (slot >= queue->size) {
		slot -= queue->size;
		turn->wrap = !turn->wrap;
	}
	turn->slot = (uint16_t)slot;
}

/* How many descriptors lie between, modulo two rounds. */
static unsigned distance(const struct mock_queue *queue, struct mock_turn from, struct mock_turn to)
{
	unsigned rounds = 2u * queue->size;
	unsigned there = to.slot + (to.wrap == from.wrap ? 0u : queue->size);

	return (there + rounds - from.slot) % rounds;
}

static void start(struct mock_queue *queue)
{
	const struct mock_turn first = { .slot = 0, .wrap = true };

	queue->avail_turn = queue->used_turn = first;
	queue->published_turn = queue->previous_turn = first;
}

static uint64_t place(const struct mock_queue *queue, struct mock_turn turn)
{
	return queue->descriptor_area + (uint64_t)VIRTQ_PACKED_SIZE * turn.slot;
}

/* ---- Available descriptors ---- */

static bool is_available(uint16_t flags, struct mock_turn turn)
{
	return (flags & STATE_BITS) == (turn.wrap ? VIRTQ_PACKED_F_AVAIL : VIRTQ_PACKED_F_USED);
}

/* All of a descriptor but its flags, which say whether the rest is there and so come first. */
static int load_rest(struct mock *mock, uint64_t address, struct mock_descriptor *descriptor,
		     uint16_t *id)
{
	uint8_t bytes[VIRTQ_PACKED_FLAGS];

	if (mock_op_dma_read(mock->top, address, bytes, sizeof(bytes)) < 0)
		return -1;
	descriptor->address = mock_load(mock, bytes + VIRTQ_PACKED_ADDR, sizeof(uint64_t));
	descriptor->length = (uint32_t)mock_load(mock, bytes + VIRTQ_PACKED_LEN, sizeof(uint32_t));
	*id = (uint16_t)mock_load(mock, bytes + VIRTQ_PACKED_ID, sizeof(uint16_t));
	return 0;
}

/* Walks an indirect table: all of its entries, one after the other. Of their flags only WRITE means
 * anything (2.8.7), and of the flags of the descriptor that refers to them nothing does. */
static const char *walk_table(struct mock *mock, struct mock_chain *chain,
			      const struct mock_descriptor *table)
{
	uint32_t entries = table->length / VIRTQ_PACKED_SIZE;
	const char *why = mock_ring_table(mock, chain, table);

	for (uint32_t i = 0; i < entries && !why; i++) {
		uint64_t address = table->address + (uint64_t)VIRTQ_PACKED_SIZE * i;
		struct mock_descriptor element;
		uint16_t id;

		if (load_rest(mock, address, &element, &id) < 0 ||
		    mock_ring_load16(mock, address + VIRTQ_PACKED_FLAGS, &element.flags) < 0)
			return "an indirect table is not in memory";
		why = mock_ring_element(chain, &element);
		chain->indirect++;
	}
	return why;
}

/* Walks the list that begins where the device stands, with these flags. */
static const char *walk(struct mock *mock, struct mock_queue *queue, struct mock_chain *chain,
			uint16_t flags)
{
	/* No driver can have more descriptors out than there are places. */
	unsigned room = queue->size - distance(queue, queue->used_turn, queue->avail_turn);
	struct mock_turn turn = queue->avail_turn;

	for (;;) {
		struct mock_descriptor descriptor = { .flags = flags };
		const char *why;

		if (chain->direct == room)
			return "more descriptors are out than the queue is long";
		if (load_rest(mock, place(queue, turn), &descriptor, &chain->id) < 0)
			return "the descriptor ring is not in memory";
		chain->direct++;
		if (flags & VIRTQ_PACKED_F_INDIRECT)
			return chain->count ? "an indirect descriptor in a list of others"
					    : walk_table(mock, chain, &descriptor);
		why = mock_ring_element(chain, &descriptor);
		if (why || !(flags & VIRTQ_PACKED_F_NEXT))
			return why;
		forward(queue, &turn, 1);
		if (mock_ring_load16(mock, place(queue, turn) + VIRTQ_PACKED_FLAGS, &flags) < 0)
			return "the descriptor ring is not in memory";
		/* The first of a list becomes available last (2.8.17). */
		if (!is_available(flags, turn))
			return "a list goes on in a descriptor that is not available";
	}
}

static int pop(struct mock *mock, struct mock_queue *queue, struct mock_chain *chain,
	       const char **why)
{
	uint16_t flags;

	*why = check_areas(queue);
	if (*why)
		return -1;
	*why = "the descriptor ring is not in memory";
	if (mock_ring_load16(mock, place(queue, queue->avail_turn) + VIRTQ_PACKED_FLAGS, &flags) <
	    0)
		return -1;
	if (!is_available(flags, queue->avail_turn))
		return 0;
	/* What was written before the flags is read after them (2.8.21). */
	atomic_thread_fence(memory_order_acquire);
	*why = walk(mock, queue, chain, flags);
	if (*why)
		return -1;
	forward(queue, &queue->avail_turn, chain->direct);
	return 1;
}

/* One round less two rounds is one round more. */
static void unpop(struct mock_queue *queue, const struct mock_chain *chain)
{
	forward(queue, &queue->avail_turn, 2u * queue->size - chain->direct);
}

static bool available(struct mock *mock, struct mock_queue *queue)
{
	uint16_t flags;

	return mock_ring_load16(mock, place(queue, queue->avail_turn) + VIRTQ_PACKED_FLAGS,
				&flags) == 0 &&
	       is_available(flags, queue->avail_turn);
}

/* ---- Used descriptors ---- */

/*
 * The driver looks at one place and goes on from there, so whatever is used together becomes
 * visible with the flags of the first: those wait for the publication, the others do not matter
 * before.
 */
static int push(struct mock *mock, struct mock_queue *queue, const struct mock_used *used)
{
	uint8_t bytes[VIRTQ_PACKED_FLAGS - VIRTQ_PACKED_LEN];
	uint64_t address = place(queue, queue->used_turn);
	uint16_t flags = queue->used_turn.wrap ? STATE_BITS : 0;
	bool first = distance(queue, queue->published_turn, queue->used_turn) == 0;

	if (used->length)
		flags |= VIRTQ_PACKED_F_WRITE;
	mock_store(mock, bytes, sizeof(uint32_t), used->length);
	mock_store(mock, bytes + (VIRTQ_PACKED_ID - VIRTQ_PACKED_LEN), sizeof(uint16_t), used->id);
	/* All places of the buffer are skipped: the driver knows how many they were. */
	forward(queue, &queue->used_turn, used->descriptors);
	if (mock_op_dma_write(mock->top, address + VIRTQ_PACKED_LEN, bytes, sizeof(bytes)) < 0)
		return -1;
	if (first) {
		queue->held_flags = flags;
		return 0;
	}
	atomic_thread_fence(memory_order_release);
	return mock_ring_store16(mock, address + VIRTQ_PACKED_FLAGS, flags);
}

static int publish(struct mock *mock, struct mock_queue *queue)
{
	uint64_t address = place(queue, queue->published_turn);

	queue->previous_turn = queue->published_turn;
	if (distance(queue, queue->published_turn, queue->used_turn) == 0)
		return 0;
	queue->published_turn = queue->used_turn;
	/* Id and length, and what they stand for, come before the flags. */
	atomic_thread_fence(memory_order_release);
	return mock_ring_store16(mock, address + VIRTQ_PACKED_FLAGS, queue->held_flags);
}

/* ---- Event suppression (2.8.10) ---- */

/* Flags that mean nothing, or nothing without the feature, leave interrupts on. */
static int want_interrupt(struct mock *mock, struct mock_queue *queue, bool *wanted)
{
	uint16_t flags, event;
	struct mock_turn turn;

	/* The descriptors must be out before we ask, or both sides wait for each other. */
	atomic_thread_fence(memory_order_seq_cst);
	if (mock_ring_load16(mock, queue->driver_area + VIRTQ_EVENT_FLAGS, &flags) < 0)
		return -1;
	flags &= EVENT_FLAGS;
	*wanted = flags != VIRTQ_EVENT_F_DISABLE;
	if (flags != VIRTQ_EVENT_F_DESC || !mock_has(mock, VIRTIO_F_EVENT_IDX))
		return 0;
	atomic_thread_fence(memory_order_acquire);
	if (mock_ring_load16(mock, queue->driver_area + VIRTQ_EVENT_DESC, &event) < 0)
		return -1;
	turn.slot = event & VIRTQ_EVENT_OFFSET_MASK;
	turn.wrap = event & VIRTQ_EVENT_WRAP;
	/* Whether that place was used, or skipped, since the last publication. */
	*wanted = turn.slot < queue->size &&
		  distance(queue, queue->previous_turn, turn) <
			  distance(queue, queue->previous_turn, queue->published_turn);
	return 0;
}

static int ask_notifications(struct mock *mock, struct mock_queue *queue, bool on)
{
	uint16_t flags = on ? VIRTQ_EVENT_F_ENABLE : VIRTQ_EVENT_F_DISABLE;
	uint16_t event = queue->avail_turn.slot;
	int result = 0;

	if (on && mock_has(mock, VIRTIO_F_EVENT_IDX)) {
		flags = VIRTQ_EVENT_F_DESC;
		if (queue->avail_turn.wrap)
			event |= VIRTQ_EVENT_WRAP;
		result = mock_ring_store16(mock, queue->device_area + VIRTQ_EVENT_DESC, event);
		atomic_thread_fence(memory_order_release);
	}
	if (result == 0)
		result = mock_ring_store16(mock, queue->device_area + VIRTQ_EVENT_FLAGS, flags);
	/* Asked for before the ring is looked at again. */
	atomic_thread_fence(memory_order_seq_cst);
	return result;
}

const struct mock_ring mock_packed_ring = {
	.name = "packed",
	.start = start,
	.pop = pop,
	.unpop = unpop,
	.push = push,
	.publish = publish,
	.want_interrupt = want_interrupt,
	.ask_notifications = ask_notifications,
	.available = available,
};
