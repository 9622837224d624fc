/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver's side of split rings, against a device played by hand in the same memory (2.7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/split.h"
#include "spec/byteorder.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"

#define SIZE 8u

static uint64_t memory[8192];
static struct vs_bus bus;
static struct vs_bus_ops ops;
static struct vs_session s;
static struct vs_queue q;
static uint16_t bookkeeping[VS_QUEUE_LISTS * SIZE];

static uint64_t now(struct vs_bus *b)
{
	(void)b;
	return 0;
}

static int start(void **state)
{
	(void)state;
	memset(memory, 0, sizeof(memory));
	ops = (struct vs_bus_ops){ .name = "none", .now = now };
	bus = (struct vs_bus){ .ops = &ops };
	bus.dma = (struct vs_dma){ (uint8_t *)memory, 0x100000, sizeof(memory) };
	vs_session_open(&s, &bus, NULL);
	q = (struct vs_queue){ .s = &s, .ring = &vs_split_ring, .size = SIZE };
	for (unsigned i = 0; i < VS_AREA_COUNT; i++)
		q.area[i] = vs_dma_alloc(&s, q.ring->area_size(&q, i), q.ring->area_align(i));
	q.free_list = bookkeeping;
	q.chain_len = bookkeeping + SIZE;
	q.chain_next = bookkeeping + (size_t)2 * SIZE;
	q.flight = bookkeeping + (size_t)3 * SIZE;
	q.ring->init(&q);
	return 0;
}

static uint16_t descriptor_field(unsigned i, unsigned offset)
{
	return vs_load_le16(q.area[VS_AREA_DESC] + (size_t)i * VIRTQ_DESC_SIZE + offset);
}

/* The device uses a buffer. */
static void use(uint32_t id, uint32_t len)
{
	uint8_t *used = q.area[VS_AREA_DEVICE];
	uint16_t idx = vs_load_le16(used + VIRTQ_USED_IDX);

	vs_store_le32(used + VIRTQ_USED_RING(idx % SIZE), id);
	vs_store_le32(used + VIRTQ_USED_RING_LEN(idx % SIZE), len);
	vs_store_le16(used + VIRTQ_USED_IDX, (uint16_t)(idx + 1));
}

static int offer(unsigned count)
{
	static uint8_t *buffer;
	struct vs_element elements[SIZE + 1];

	buffer = vs_dma_alloc(&s, 16, 1);
	for (unsigned i = 0; i < count; i++)
		elements[i] = (struct vs_element){ buffer, 4, i > 0 };
	return q.ring->offer(&q, elements, count, false);
}

static void a_chain_as_it_lies_in_memory(void **state)
{
	int head = offer(3);

	(void)state;
	assert_int_equal(head, 0);
	assert_int_equal(descriptor_field(0, VIRTQ_DESC_FLAGS), VIRTQ_DESC_F_NEXT);
	assert_int_equal(descriptor_field(1, VIRTQ_DESC_FLAGS),
			 VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE);
	assert_int_equal(descriptor_field(2, VIRTQ_DESC_FLAGS), VIRTQ_DESC_F_WRITE);
	assert_int_equal(descriptor_field(0, VIRTQ_DESC_NEXT), 1);
	assert_int_equal(descriptor_field(1, VIRTQ_DESC_NEXT), 2);
	assert_int_equal(vs_load_le16(q.area[VS_AREA_DRIVER] + VIRTQ_AVAIL_IDX), 1);
	assert_int_equal(vs_load_le16(q.area[VS_AREA_DRIVER] + VIRTQ_AVAIL_RING(0)), 0);
}

/* As IN_ORDER wants it: next is x + 1, and 0 at the end of the table (2.7.5.2). */
static void in_order_chains_stay_consecutive(void **state)
{
	struct vs_used used;

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		int head = offer(3);

		assert_int_equal(head, round * 3 % SIZE);
		assert_int_equal(descriptor_field((unsigned)head, VIRTQ_DESC_NEXT),
				 (unsigned)(head + 1) % SIZE);
		use((uint32_t)head, 8);
		assert_true(q.ring->take(&q, &used));
		assert_int_equal(used.id, head);
	}
	assert_int_equal(q.free_count, SIZE);
}

static void full_and_empty(void **state)
{
	struct vs_used used;

	(void)state;
	assert_int_equal(offer(SIZE + 1), -1);
	assert_int_equal(offer(SIZE), 0);
	assert_int_equal(offer(1), -1);
	assert_false(q.ring->take(&q, &used));
	use(0, 1);
	assert_true(q.ring->take(&q, &used));
	assert_int_equal(offer(SIZE), 0);
}

/* Ids that are not in flight give nothing back, twice the same neither. */
static void hostile_ids(void **state)
{
	static const uint32_t ids[] = { SIZE, 5, UINT32_MAX, 0x10000, 0, 0 };
	struct vs_used used;

	(void)state;
	assert_int_equal(offer(2), 0);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		use(ids[i], UINT32_MAX);
		assert_true(q.ring->take(&q, &used));
		assert_int_equal(used.id, ids[i]);
		assert_true(q.free_count <= SIZE);
	}
	assert_int_equal(q.free_count, SIZE);
}

/* avail_event is the entry whose addition is to be told (2.7.10). */
static void notification_by_event(void **state)
{
	static const struct {
		uint16_t old, new, event;
		bool wanted;
	} rows[] = {
		{ 0, 1, 0, true },      { 0, 1, 1, false },      { 0, 1, 0xffff, false },
		{ 0, 3, 2, true },      { 0, 3, 3, false },      { 0xffff, 1, 0xffff, true },
		{ 0xffff, 1, 0, true }, { 0xffff, 1, 1, false }, { 5, 5, 5, false },
	};

	(void)state;
	vs_features_add(&s.accepted, VIRTIO_F_EVENT_IDX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		q.notified_idx = rows[i].old;
		q.avail_idx = rows[i].new;
		vs_store_le16(q.area[VS_AREA_DEVICE] + VIRTQ_USED_AVAIL_EVENT(SIZE), rows[i].event);
		if (q.ring->wants_notification(&q) != rows[i].wanted)
			fail_msg("from %u to %u with event %u", rows[i].old, rows[i].new,
				 rows[i].event);
	}
}

static void notification_by_flag(void **state)
{
	(void)state;
	offer(1);
	assert_true(q.ring->wants_notification(&q));
	assert_false(q.ring->wants_notification(&q));
	offer(1);
	vs_store_le16(q.area[VS_AREA_DEVICE] + VIRTQ_USED_FLAGS, VIRTQ_USED_F_NO_NOTIFY);
	assert_false(q.ring->wants_notification(&q));
}

static void interrupt_wish(void **state)
{
	uint8_t *avail = q.area[VS_AREA_DRIVER];

	(void)state;
	q.ring->interrupts(&q, false);
	assert_int_equal(vs_load_le16(avail + VIRTQ_AVAIL_FLAGS), VIRTQ_AVAIL_F_NO_INTERRUPT);
	q.ring->interrupts(&q, true);
	assert_int_equal(vs_load_le16(avail + VIRTQ_AVAIL_FLAGS), 0);
	vs_features_add(&s.accepted, VIRTIO_F_EVENT_IDX);
	q.used_idx = 7;
	q.ring->interrupts(&q, true);
	assert_int_equal(vs_load_le16(avail + VIRTQ_AVAIL_USED_EVENT(SIZE)), 7);
	assert_int_equal(vs_load_le16(avail + VIRTQ_AVAIL_FLAGS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_chain_as_it_lies_in_memory, start),
		cmocka_unit_test_setup(in_order_chains_stay_consecutive, start),
		cmocka_unit_test_setup(full_and_empty, start),
		cmocka_unit_test_setup(hostile_ids, start),
		cmocka_unit_test_setup(notification_by_event, start),
		cmocka_unit_test_setup(notification_by_flag, start),
		cmocka_unit_test_setup(interrupt_wish, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
