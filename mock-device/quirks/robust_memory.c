/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that write where nobody gave them room (2.7). */
#include "mock-device/quirks/quirk.h"
#include "spec/split_ring.h"

/* The words. */
enum stray { BEHIND, BEFORE, BEHIND_READABLE, USED_RING, TABLE, AVAILABLE };

static const struct mock_segment *segment(const struct mock_chain *chain, bool writable)
{
	unsigned i = writable ? chain->readable_count : 0;

	return i < (writable ? chain->count : chain->readable_count) ? &chain->segments[i] : NULL;
}

/* Where the byte goes that is written too much; 0: nowhere this time. */
static uint64_t place(const struct mock_layer *q, const struct mock_chain *chain)
{
	const struct mock_queue *queue = chain->queue;
	const struct mock_segment *in = segment(chain, true), *out = segment(chain, false);

	switch ((enum stray)q->value) {
	case BEHIND:
		return in ? in->address + in->length : 0;
	case BEFORE:
		return in ? in->address - 1 : 0;
	case BEHIND_READABLE:
		return out ? out->address + out->length : 0;
	case USED_RING:
		return queue->device_area + VIRTQ_USED_SIZE(queue->size);
	case TABLE: /* the last descriptor: hardly ever in use */
		return queue->descriptor_area + (uint64_t)VIRTQ_DESC_SIZE * queue->size - 1;
	default:
		return queue->driver_area + VIRTQ_AVAIL_SIZE(queue->size);
	}
}

static void spill(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	static const uint8_t byte = 0x5a;
	uint64_t address = place(q, chain);

	if (address)
		mock_op_dma_write(q->mock->top, address, &byte, sizeof(byte));
	mock_op_complete(q->below, chain, length);
}
MOCK_QUIRK(stray_write, .kind = MOCK_VIOLATION,
	   .says = "a byte beside what it was given is written with every buffer",
	   .breaks = MOCK_RULES(ROBUST_STRAY_WRITE),
	   .also = MOCK_RULES(ROBUST_PACKED_CHAIN_OVER_END, ROBUST_PACKED_ODD_QUEUE_SIZE,
			      ROBUST_NO_STALL_UNDER_LOAD, SPLIT_DESCRIPTORS_NOT_WRITTEN),
	   .values = "behind before behind-readable used-ring table available",
	   .needs = "mock:blk,interface=modern|transitional", .ops = { .complete = spill });
