/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/ring_record.h"

#include "spec/virtio.h"

#define HEAD         8u
#define RECORD       8u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct ring_head ring_head(struct fuzz_input *in)
{
	uint8_t b[HEAD];

	fuzz_bytes(in, b, HEAD);
	return (struct ring_head){ .size = b[0],
				   .modes = b[1],
				   .start = (uint16_t)(b[2] | b[3] << 8),
				   .notify_off = (uint16_t)(b[4] | b[5] << 8) };
}

struct ring_record ring_record(struct fuzz_input *in)
{
	uint8_t b[RECORD];

	fuzz_bytes(in, b, RECORD);
	return (struct ring_record){ .op = b[0] % RING_OPS,
				     .count = b[1],
				     .value = (uint16_t)(b[2] | b[3] << 8),
				     .len = (uint16_t)(b[4] | b[5] << 8),
				     .change = (uint16_t)(b[6] | b[7] << 8) };
}

struct ring_setup ring_setup(const struct ring_head *head, const struct vs_ring_ops *ring,
			     uint16_t size)
{
	struct ring_setup setup = { .ring = ring, .size = size, .notify_off = head->notify_off };
	uint8_t modes = head->modes;

	setup.legacy = modes & RING_LEGACY;
	setup.big_endian = modes & RING_BIG_ENDIAN;
	setup.table_elements = modes & RING_TABLES && size <= 32 ? 4 : 0;
	if (modes & RING_EVENT_IDX)
		vs_features_add(&setup.accepted, VIRTIO_F_EVENT_IDX);
	if (modes & RING_IN_ORDER)
		vs_features_add(&setup.accepted, VIRTIO_F_IN_ORDER);
	if (modes & RING_DATA)
		vs_features_add(&setup.accepted, VIRTIO_F_NOTIFICATION_DATA);
	return setup;
}

unsigned ring_buffer(struct ring_arena *a, const struct ring_record *r,
		     struct vs_element elements[RING_ELEMENTS_MAX])
{
	unsigned count = 1 + r->count % RING_ELEMENTS_MAX;

	ring_elements(a, elements, count, r->value % (count + 1), r->len + 1u);
	return count;
}

static const uint64_t op_likes[] = { RING_OFFER, RING_INDIRECT, RING_USE,  RING_USE_LATER,
				     RING_USED,  RING_EVENT,    RING_TAKE, RING_SCRIBBLE };
static const uint64_t count_likes[] = { 0, 1, 2, 3, 7, 15 };
static const uint64_t value_likes[] = { 0, 1, 2, 8, 0x7fff, 0x8000, 0xfffe, 0xffff };
static const uint64_t change_likes[] = { 0, 1, 0x80, 0x0101, 0x0c01, 0x0cff };
static const uint64_t start_likes[] = { 0, 1, 0x7ffc, 0xfff0, 0xfffc, 0xffff };
static const uint64_t mode_likes[] = { 0, RING_EVENT_IDX, RING_IN_ORDER,
				       RING_EVENT_IDX | RING_IN_ORDER, 0x3f };

#define FIELD(place, bytes, values)                                                             \
	{                                                                                       \
		.at = (place), .width = (bytes), .likes = (values), .like_count = COUNT(values) \
	}

const struct fuzz_field ring_fields[5] = {
	FIELD(0, 1, op_likes),    FIELD(1, 1, count_likes),  FIELD(2, 2, value_likes),
	FIELD(4, 2, value_likes), FIELD(6, 2, change_likes),
};
const struct fuzz_field ring_head_fields[4] = {
	FIELD(0, 1, count_likes),
	FIELD(1, 1, mode_likes),
	FIELD(2, 2, start_likes),
	FIELD(4, 2, value_likes),
};

static void seed(struct fuzz_seeds *seeds, const char *name, struct ring_head head,
		 const struct ring_record *records, unsigned count)
{
	uint8_t data[HEAD + RECORD * RING_RECORDS_MAX] = { head.size, head.modes,
							   (uint8_t)head.start,
							   (uint8_t)(head.start >> 8) };

	for (unsigned i = 0; i < count; i++) {
		const struct ring_record *r = &records[i];
		const uint8_t bytes[RECORD] = {
			r->op,
			r->count,
			(uint8_t)r->value,
			(uint8_t)(r->value >> 8),
			(uint8_t)r->len,
			(uint8_t)(r->len >> 8),
			(uint8_t)r->change,
			(uint8_t)(r->change >> 8),
		};

		memcpy(data + HEAD + (size_t)i * RECORD, bytes, RECORD);
	}
	fuzz_seed(seeds, name, data, HEAD + (size_t)count * RECORD);
}

void ring_make_seeds(struct fuzz_seeds *seeds)
{
	static const struct ring_record ordinary[] = {
		{ .op = RING_OFFER, .count = 2, .value = 1, .len = 512 },
		{ .op = RING_PENDING },
		{ .op = RING_USE, .len = 512 },
		{ .op = RING_PENDING },
		{ .op = RING_TAKE },
		{ .op = RING_INTERRUPTS, .count = 1 },
		{ .op = RING_INDIRECT, .count = 3, .value = 2, .len = 64 },
		{ .op = RING_NOTIFY },
		{ .op = RING_USE, .len = 1 },
		{ .op = RING_TAKE },
		{ .op = RING_INTERRUPTS },
		{ .op = RING_CLEAR },
		{ .op = RING_OFFER, .len = 1 },
	};
	static const struct ring_record batch[] = {
		{ .op = RING_OFFER, .count = 1 },
		{ .op = RING_OFFER },
		{ .op = RING_OFFER },
		{ .op = RING_USE, .count = 2, .len = 3 },
		{ .op = RING_TAKE, .count = 2 },
		{ .op = RING_OFFER },
		{ .op = RING_EVENT, .value = 1 },
		{ .op = RING_OFFER },
		{ .op = RING_OFFER, .count = 15 },
		{ .op = RING_USE_LATER, .count = 1, .len = 9 },
		{ .op = RING_TAKE, .count = 15 },
	};
	static const struct ring_record hostile[] = {
		{ .op = RING_OFFER, .count = 1 },
		{ .op = RING_USED, .count = 1, .value = 0xffff, .len = 0xffff },
		{ .op = RING_TAKE, .count = 1, .change = 0x0c01 },
		{ .op = RING_MOVE, .value = 0x8000 },
		{ .op = RING_TAKE, .count = 15, .change = 0x0c01 },
		{ .op = RING_SCRIBBLE, .value = 14, .len = 0xffff },
		{ .op = RING_OFFER },
	};
	char right[] = "right-0";

	for (unsigned modes = 0; modes < 64; modes += 9, right[sizeof(right) - 2]++)
		seed(seeds, right, (struct ring_head){ .size = 3, .modes = (uint8_t)modes },
		     ordinary, COUNT(ordinary));
	seed(seeds, "batch",
	     (struct ring_head){ 2, RING_IN_ORDER | RING_EVENT_IDX, .start = 0xfffe }, batch,
	     COUNT(batch));
	seed(seeds, "out-of-order",
	     (struct ring_head){ 2, RING_EVENT_IDX | RING_DATA, .start = 0x7ffe }, batch,
	     COUNT(batch));
	seed(seeds, "hostile", (struct ring_head){ .size = 1 }, hostile, COUNT(hostile));
}
