/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Split rings (2.7). All that lies in guest memory is hostile and may change under our eyes: it is
 * read once, into locals, and believed only after a check.
 */
#include <stdatomic.h>

#include "mock-device/model/base.h"
#include "mock-device/model/ring.h"
#include "spec/split_ring.h"

struct descriptor {
	struct mock_descriptor is;
	uint16_t next;
};

static int load_descriptor(struct mock *mock, uint64_t address, struct descriptor *descriptor)
{
	uint8_t bytes[VIRTQ_DESC_SIZE];

	if (mock_op_dma_read(mock->top, address, bytes, sizeof(bytes)) < 0)
		return -1;
	descriptor->is.address = mock_load(mock, bytes + VIRTQ_DESC_ADDR, sizeof(uint64_t));
	descriptor->is.length = (uint32_t)mock_load(mock, bytes + VIRTQ_DESC_LEN, sizeof(uint32_t));
	descriptor->is.flags =
		(uint16_t)mock_load(mock, bytes + VIRTQ_DESC_FLAGS, sizeof(uint16_t));
	descriptor->next = (uint16_t)mock_load(mock, bytes + VIRTQ_DESC_NEXT, sizeof(uint16_t));
	return 0;
}

static const char *check_areas(const struct mock_queue *queue)
{
	if (queue->size == 0)
		return "a queue of size 0 was enabled";
	if (!mock_ring_fits(queue->descriptor_area, VIRTQ_DESC_ALIGN,
			    (uint64_t)VIRTQ_DESC_SIZE * queue->size) ||
	    !mock_ring_fits(queue->driver_area, VIRTQ_AVAIL_ALIGN, VIRTQ_AVAIL_SIZE(queue->size)) ||
	    !mock_ring_fits(queue->device_area, VIRTQ_USED_ALIGN, VIRTQ_USED_SIZE(queue->size)))
		return "a ring is not aligned or wraps around";
	return NULL;
}

static void start(struct mock_queue *queue)
{
	queue->next_avail = queue->next_used = queue->published = queue->previous = 0;
}

/* Walks an indirect table (2.7.5.3). It needs no alignment, and the flags of the descriptor that
 * refers to it say nothing about its elements. */
static const char *walk_table(struct mock *mock, struct mock_chain *chain,
			      const struct mock_descriptor *table)
{
	uint32_t entries = table->length / VIRTQ_DESC_SIZE;
	const char *why = mock_ring_table(mock, chain, table);
	uint32_t index = 0;

	if (why)
		return why;
	for (;;) {
		struct descriptor descriptor;

		if (index >= entries)
			return "a descriptor index lies beyond the indirect table";
		if (load_descriptor(mock, table->address + (uint64_t)VIRTQ_DESC_SIZE * index,
				    &descriptor) < 0)
			return "an indirect table is not in memory";
		if (descriptor.is.flags & VIRTQ_DESC_F_INDIRECT)
			return "an indirect descriptor inside an indirect table";
		why = mock_ring_element(chain, &descriptor.is);
		if (why)
			return why;
		chain->indirect++;
		if (!(descriptor.is.flags & VIRTQ_DESC_F_NEXT))
			return NULL;
		index = descriptor.next;
	}
}

static const char *walk(struct mock *mock, struct mock_queue *queue, struct mock_chain *chain,
			uint16_t index)
{
	for (;;) {
		struct descriptor descriptor;
		const char *why;

		if (index >= queue->size)
			return "a descriptor index lies beyond the queue";
		if (load_descriptor(mock,
				    queue->descriptor_area + (uint64_t)VIRTQ_DESC_SIZE * index,
				    &descriptor) < 0)
			return "the descriptor table is not in memory";
		chain->direct++;
		if (descriptor.is.flags & VIRTQ_DESC_F_INDIRECT)
			return walk_table(mock, chain, &descriptor.is);
		why = mock_ring_element(chain, &descriptor.is);
		if (why)
			return why;
		if (!(descriptor.is.flags & VIRTQ_DESC_F_NEXT))
			return NULL;
		index = descriptor.next;
	}
}

static int pop(struct mock *mock, struct mock_queue *queue, struct mock_chain *chain,
	       const char **why)
{
	uint16_t avail, head;

	*why = check_areas(queue);
	if (*why)
		return -1;
	*why = "the available ring is not in memory";
	if (mock_ring_load16(mock, queue->driver_area + VIRTQ_AVAIL_IDX, &avail) < 0)
		return -1;
	if (avail == queue->next_avail)
		return 0;
	/* Entries and descriptors written before idx are read after it (2.7.13). */
	atomic_thread_fence(memory_order_acquire);
	/* No driver can have more buffers out than there are entries. */
	if ((uint16_t)(avail - queue->next_used) > queue->size) {
		*why = "the available index is further ahead than the queue is long";
		return -1;
	}
	if (mock_ring_load16(mock,
			     queue->driver_area +
				     VIRTQ_AVAIL_RING(queue->next_avail % (unsigned)queue->size),
			     &head) < 0)
		return -1;
	chain->id = head;
	*why = walk(mock, queue, chain, head);
	if (*why)
		return -1;
	queue->next_avail++;
	return 1;
}

static void unpop(struct mock_queue *queue, const struct mock_chain *chain)
{
	(void)chain;
	queue->next_avail--;
}

static bool available(struct mock *mock, struct mock_queue *queue)
{
	uint16_t avail;

	return mock_ring_load16(mock, queue->driver_area + VIRTQ_AVAIL_IDX, &avail) == 0 &&
	       avail != queue->next_avail;
}

static int push(struct mock *mock, struct mock_queue *queue, const struct mock_used *used)
{
	uint8_t element[VIRTQ_USED_RING(1) - VIRTQ_USED_RING(0)];
	unsigned slot = queue->next_used % (unsigned)queue->size;
	uint64_t address = queue->device_area + VIRTQ_USED_RING(slot);

	mock_store(mock, element, sizeof(uint32_t), used->id);
	mock_store(mock, element + VIRTQ_USED_RING_LEN(0) - VIRTQ_USED_RING(0), sizeof(uint32_t),
		   used->length);
	/* An element may stand for buffers before it; their places stay as they are (2.7.9). */
	queue->next_used = (uint16_t)(queue->next_used + 1 + used->skipped);
	return mock_op_dma_write(mock->top, address, element, sizeof(element));
}

static int publish(struct mock *mock, struct mock_queue *queue)
{
	queue->previous = queue->published;
	queue->published = queue->next_used;
	/* The elements, and what they stand for, come before the index (2.7.8.2). */
	atomic_thread_fence(memory_order_release);
	return mock_ring_store16(mock, queue->device_area + VIRTQ_USED_IDX, queue->published);
}

static int want_interrupt(struct mock *mock, struct mock_queue *queue, bool *wanted)
{
	uint16_t flags, event;

	/* The index must be out before we ask, or both sides wait for each other (2.7.7). */
	atomic_thread_fence(memory_order_seq_cst);
	if (mock_has(mock, VIRTIO_F_EVENT_IDX)) {
		if (mock_ring_load16(mock, queue->driver_area + VIRTQ_AVAIL_USED_EVENT(queue->size),
				     &event) < 0)
			return -1;
		/* Whether `event` lies in [previous, published), all modulo 2^16. */
		*wanted = (uint16_t)(event - queue->previous) <
			  (uint16_t)(queue->published - queue->previous);
		return 0;
	}
	if (mock_ring_load16(mock, queue->driver_area + VIRTQ_AVAIL_FLAGS, &flags) < 0)
		return -1;
	*wanted = !(flags & VIRTQ_AVAIL_F_NO_INTERRUPT);
	return 0;
}

/* With EVENT_IDX the flags stay 0 (2.7.10.2), and not wanting notifications means leaving the event
 * where it is. */
static int ask_notifications(struct mock *mock, struct mock_queue *queue, bool on)
{
	int result = 0;

	if (!mock_has(mock, VIRTIO_F_EVENT_IDX))
		result = mock_ring_store16(mock, queue->device_area + VIRTQ_USED_FLAGS,
					   on ? 0 : VIRTQ_USED_F_NO_NOTIFY);
	else if (on)
		result = mock_ring_store16(mock,
					   queue->device_area + VIRTQ_USED_AVAIL_EVENT(queue->size),
					   queue->next_avail);
	/* Asked for before the available index is looked at again. */
	atomic_thread_fence(memory_order_seq_cst);
	return result;
}

const struct mock_ring mock_split_ring = {
	.name = "split",
	.start = start,
	.pop = pop,
	.unpop = unpop,
	.push = push,
	.publish = publish,
	.want_interrupt = want_interrupt,
	.ask_notifications = ask_notifications,
	.available = available,
};
