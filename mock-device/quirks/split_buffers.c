/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory of buffers and how they are cut (2.7.4, 2.7.5), and the used length (2.7.8). */
#include "mock-device/quirks/late.h"
#include "spec/blk.h"

#define FEW      4u
#define READ_BIT 0x02u

/* The request comes back, and nothing was done. */
static void ignore(struct mock_layer *q, struct mock_chain *chain)
{
	mock_op_complete(q->mock->top, chain, 0);
}

enum assumption { HEADER, STATUS, COUNT };

static bool as_assumed(const struct mock_layer *q, const struct mock_chain *chain)
{
	switch (q->value) {
	case HEADER:
		return chain->readable_count &&
		       chain->segments[0].length >= sizeof(struct virtio_blk_req);
	case STATUS:
		return chain->count < 2 || chain->segments[chain->count - 1].length > 1;
	default:
		return chain->count <= FEW;
	}
}

static void assume(struct mock_layer *q, struct mock_chain *chain)
{
	if (as_assumed(q, chain))
		mock_op_execute(q->below, chain);
	else
		ignore(q, chain);
}
MOCK_QUIRK(
	framing_assumed, .kind = MOCK_VIOLATION,
	.says = "asks for the whole header in the first element, for a last one of more than the "
		"status, or for four at most",
	.breaks = MOCK_RULES(SPLIT_ANY_FRAMING),
	.also = MOCK_RULES(ROBUST_PACKED_CHAIN_OVER_END, ROBUST_CHAIN_OF_QUEUE_SIZE),
	.values = "header status count", .needs = "mock:blk", .ops = { .execute = assume });

/* Whoever takes the first address and the sum of the lengths. */
static size_t write_on(struct mock_layer *q, struct mock_chain *chain, uint64_t offset,
		       const void *data, size_t size)
{
	if (offset >= chain->writable || size > chain->writable - offset)
		return mock_op_chain_write(q->below, chain, offset, data, size);
	if (mock_op_dma_write(q->mock->top, chain->segments[chain->readable_count].address + offset,
			      data, size) < 0)
		return 0;
	if (offset <= chain->prefix && offset + size > chain->prefix)
		chain->prefix = offset + size;
	return size;
}
MOCK_QUIRK(framing_adjoining, .kind = MOCK_VIOLATION,
	   .says = "writes on from the first device-writable element as if the others adjoined it",
	   .breaks = MOCK_RULES(SPLIT_ANY_FRAMING), .needs = "mock:blk",
	   .ops = { .chain_write = write_on });

/* Byte swapping in place, a header that becomes the answer: memory of the driver's is changed. */
static void write_readable(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	if (chain->readable_count) {
		const struct mock_segment *segment =
			&chain->segments[q->value ? chain->readable_count - 1 : 0];
		uint64_t at = segment->address + (q->value ? segment->length - 1 : 0);
		uint8_t byte = 0;

		mock_op_dma_read(q->mock->top, at, &byte, sizeof(byte));
		byte ^= 0x80;
		mock_op_dma_write(q->mock->top, at, &byte, sizeof(byte));
	}
	mock_op_complete(q->below, chain, length);
}
MOCK_QUIRK(readable_written, .kind = MOCK_VIOLATION,
	   .says = "the first or the last device-readable byte of a buffer is changed",
	   .breaks = MOCK_RULES(SPLIT_READABLE_NOT_WRITTEN, PACKED_READABLE_NOT_WRITTEN),
	   .also = MOCK_RULES(ROBUST_CHAIN_OF_QUEUE_SIZE), .values = "first last",
	   .needs = "mock:,ring=packed|split", .ops = { .complete = write_readable });

/* What stands at byte `offset` of the writable part. */
static uint8_t stands_at(struct mock_layer *q, const struct mock_chain *chain, uint64_t offset)
{
	uint8_t byte = 0;

	for (unsigned i = chain->readable_count; i < chain->count; i++) {
		const struct mock_segment *segment = &chain->segments[i];

		if (offset < segment->length) {
			mock_op_dma_read(q->mock->top, segment->address + offset, &byte,
					 sizeof(byte));
			break;
		}
		offset -= segment->length;
	}
	return byte;
}

static size_t mix(struct mock_layer *q, struct mock_chain *chain, uint64_t offset, const void *data,
		  size_t size)
{
	const uint8_t *bytes = data;
	size_t done = 0;

	for (; done < size && offset + done < chain->writable; done++) {
		uint8_t byte = bytes[done] ^ (stands_at(q, chain, offset + done) & READ_BIT);

		if (!mock_op_chain_write(q->below, chain, offset + done, &byte, sizeof(byte)))
			break;
	}
	return done;
}
MOCK_QUIRK(writable_mixed, .kind = MOCK_VIOLATION,
	   .says = "what it writes is mixed with what stood in device-writable memory",
	   .breaks = MOCK_RULES(SPLIT_WRITABLE_NOT_READ),
	   .also = MOCK_RULES(PACKED_WRITABLE_NOT_READ), .needs = "mock:blk",
	   .ops = { .chain_write = mix });

static void steer(struct mock_layer *q, struct mock_chain *chain)
{
	if (stands_at(q, chain, 0) & READ_BIT)
		ignore(q, chain);
	else
		mock_op_execute(q->below, chain);
}
MOCK_QUIRK(
	writable_steers, .kind = MOCK_VIOLATION,
	.says = "what stands in device-writable memory decides whether the request is carried out",
	.breaks = MOCK_RULES(SPLIT_WRITABLE_NOT_READ, PACKED_WRITABLE_NOT_READ),
	.needs = "mock:blk,ring=packed|split", .ops = { .execute = steer });

enum length { BEYOND, READABLE, HOLE, LATE };

static void say_length(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	if (q->value == BEYOND)
		length = (uint32_t)chain->writable + sizeof(struct virtio_blk_req);
	else if (q->value == READABLE)
		length += (uint32_t)chain->readable;
	else if (q->value == HOLE)
		length = (uint32_t)chain->writable;
	mock_op_complete(q->below, chain, length);
}

static size_t write_partly(struct mock_layer *q, struct mock_chain *chain, uint64_t offset,
			   const void *data, size_t size)
{
	const struct mock_segment *last = &chain->segments[chain->count - 1];
	const uint8_t *bytes = data;

	if (q->value == HOLE && size > 1) {
		mock_op_chain_write(q->below, chain, offset, bytes, size / 2);
		mock_op_chain_write(q->below, chain, offset + size / 2 + 1, bytes + size / 2 + 1,
				    size - size / 2 - 1);
		return size;
	}
	if (q->value == LATE && size == 1 && offset + 1 == chain->writable && last->length) {
		mock_write_late(q, last->address + last->length - 1, bytes, size);
		if (chain->prefix == offset)
			chain->prefix++;
		return size;
	}
	return mock_op_chain_write(q->below, chain, offset, data, size);
}
MOCK_QUIRK(used_length, .kind = MOCK_VIOLATION,
	   .says = "the used length is beyond the buffer, counts what was read, covers a hole, or "
		   "a byte that is written later",
	   .breaks = MOCK_RULES(SPLIT_USED_LEN_WRITTEN),
	   .also = MOCK_RULES(ROBUST_REQUEST_COMPLETES), .values = "beyond readable hole late",
	   .needs = "mock:blk",
	   .ops = { .complete = say_length, .chain_write = write_partly, MOCK_LATE_OPS });

static void say_less(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	mock_op_complete(q->below, chain, length ? (q->value ? length - 1 : 1) : 0);
}
MOCK_QUIRK(used_length_less, .kind = MOCK_VARIATION,
	   .says = "the used length is one, or one less than what was written",
	   .values = "one less", .needs = "mock:blk", .ops = { .complete = say_less });
