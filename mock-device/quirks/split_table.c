/* SPDX-License-Identifier: BSD-3-Clause */
/* The descriptor table and indirect descriptors (2.7.5). */
#include <string.h>

#include "mock-device/quirks/quirk.h"
#include "spec/split_ring.h"

enum part { ADDR, LEN, FLAGS, NEXT, TABLE };

/* Spoils a descriptor's field, or the length in an indirect table's first. */
static void scribble(struct mock_layer *q, const struct mock_chain *chain)
{
	static const uint8_t fields[] = { [ADDR] = VIRTQ_DESC_ADDR,
					  [LEN] = VIRTQ_DESC_LEN,
					  [FLAGS] = VIRTQ_DESC_FLAGS,
					  [NEXT] = VIRTQ_DESC_NEXT,
					  [TABLE] = VIRTQ_DESC_LEN };
	uint64_t at = chain->queue->descriptor_area + (uint64_t)VIRTQ_DESC_SIZE * chain->id;
	uint8_t descriptor[VIRTQ_DESC_SIZE], ones[2] = { 0xff, 0xff };

	if (q->value == TABLE) {
		if (!chain->indirect || chain->direct != 1 ||
		    mock_op_dma_read(q->mock->top, at, descriptor, sizeof(descriptor)) < 0)
			return;
		at = mock_load(q->mock, descriptor + VIRTQ_DESC_ADDR, sizeof(uint64_t));
	}
	mock_op_dma_write(q->mock->top, at + fields[q->value], ones, sizeof(ones));
}

static void complete_scribbling(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	if (chain->queue->ring == &mock_split_ring)
		scribble(q, chain);
	mock_op_complete(q->below, chain, length);
}
MOCK_QUIRK(descriptor_written, .kind = MOCK_VIOLATION,
	   .says = "a used buffer's first descriptor, or that of its indirect table, is changed",
	   .breaks = MOCK_RULES(SPLIT_DESCRIPTORS_NOT_WRITTEN),
	   .also = MOCK_RULES(ROBUST_STRAY_WRITE, ROBUST_RING_INDEX_WRAPS),
	   .values = "addr len flags next table", .ops = { .complete = complete_scribbling });

enum refusal { REFUSED, SWALLOWED, MISTAKEN };

/* How a chain ends that the device does not like; false if it goes on, as something else. */
static bool refuse(struct mock_layer *q)
{
	if (q->value == REFUSED)
		mock_op_needs_reset(q->mock->top, "an indirect descriptor that is not expected");
	return q->value != MISTAKEN;
}

/* Takes WRITE to speak for all elements of the table. */
static void write_flag(struct mock_layer *q, struct mock_chain *chain)
{
	if (chain->indirect && chain->table_flags & VIRTQ_DESC_F_WRITE) {
		if (refuse(q))
			return;
		chain->writable += chain->readable;
		chain->readable = 0;
		chain->readable_count = 0;
	}
	mock_op_execute(q->below, chain);
}
MOCK_QUIRK(
	indirect_write_flag, .kind = MOCK_VIOLATION,
	.says = "an indirect descriptor with WRITE breaks the device, is never used, or makes the "
		"whole table device-writable",
	.breaks = MOCK_RULES(SPLIT_INDIRECT_WRITE_FLAG_IGNORED),
	.also = MOCK_RULES(ROBUST_PACKED_INDIRECT_FLAGS_IGNORED),
	.values = "refused swallowed mistaken", .needs = "mock:blk",
	.ops = { .execute = write_flag });

/* Forgets the first `count` elements. */
static void drop_elements(struct mock_chain *chain, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (i < chain->readable_count)
			chain->readable -= chain->segments[i].length;
		else
			chain->writable -= chain->segments[i].length;
	}
	chain->count -= count;
	chain->readable_count -= count < chain->readable_count ? count : chain->readable_count;
	memmove(chain->segments, chain->segments + count, chain->count * sizeof(*chain->segments));
}

static void mixed_chain(struct mock_layer *q, struct mock_chain *chain)
{
	if (chain->indirect && chain->direct > 1) {
		if (refuse(q))
			return;
		drop_elements(chain, chain->direct - 1);
	}
	mock_op_execute(q->below, chain);
}
MOCK_QUIRK(
	indirect_after_chain, .kind = MOCK_VIOLATION,
	.says = "ordinary descriptors before an indirect one break the device, are never used, or "
		"are forgotten",
	.breaks = MOCK_RULES(SPLIT_INDIRECT_AFTER_CHAIN), .values = "refused swallowed mistaken",
	.needs = "mock:blk", .ops = { .execute = mixed_chain });
