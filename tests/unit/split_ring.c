/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver's side of split rings, against a device played by hand in the same memory (2.7). */
#include "ring_fixture.h"

#include "driver/split.h"
#include "spec/split_ring.h"

static int start(void **state)
{
	(void)state;
	ring_open(&vs_split_ring);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	ring_close();
	return 0;
}

static uint16_t descriptor_field(unsigned i, unsigned offset)
{
	return vs_load_le16(f.q.area[VS_AREA_DESC] + (size_t)i * VIRTQ_DESC_SIZE + offset);
}

/* The device uses a buffer. */
static void use(uint32_t id, uint32_t len)
{
	uint8_t *used = f.q.area[VS_AREA_DEVICE];
	uint16_t idx = vs_load_le16(used + VIRTQ_USED_IDX);

	vs_store_le32(used + VIRTQ_USED_RING(idx % SIZE), id);
	vs_store_le32(used + VIRTQ_USED_RING_LEN(idx % SIZE), len);
	vs_store_le16(used + VIRTQ_USED_IDX, (uint16_t)(idx + 1));
}

static int offer(unsigned count)
{
	return ring_offer(count, false);
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
	assert_int_equal(vs_load_le16(f.q.area[VS_AREA_DRIVER] + VIRTQ_AVAIL_IDX), 1);
	assert_int_equal(vs_load_le16(f.q.area[VS_AREA_DRIVER] + VIRTQ_AVAIL_RING(0)), 0);
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
		assert_true(f.q.ring->take(&f.q, &used));
		assert_int_equal(used.id, head);
	}
	assert_int_equal(f.q.free_count, SIZE);
}

/* One used element for three buffers, which takes three places (2.7.9). */
static void batch_in_order(void **state)
{
	uint8_t *used_ring = f.q.area[VS_AREA_DEVICE];
	struct vs_used used;

	(void)state;
	vs_features_add(&f.s.accepted, VIRTIO_F_IN_ORDER);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(offer(2), 2 * i);
	use(4, 9);
	vs_store_le16(used_ring + VIRTQ_USED_IDX, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(f.q.ring->pending(&f.q));
		assert_true(f.q.ring->take(&f.q, &used));
		assert_int_equal(used.id, 2 * i);
		assert_int_equal(used.unnamed, i < 2);
	}
	assert_int_equal(used.len, 9);
	assert_false(f.q.ring->take(&f.q, &used));
	use(6, 1);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_int_equal(used.id, 6);
	assert_int_equal(f.q.free_count, SIZE);
}

/* An index that does not cover a batch says that it is none. */
static void no_batch_out_of_order(void **state)
{
	struct vs_used used;

	(void)state;
	vs_features_add(&f.s.accepted, VIRTIO_F_IN_ORDER);
	offer(1);
	offer(1);
	use(1, 1);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_true(used.id == 1 && !used.unnamed);
	assert_false(f.q.ring->take(&f.q, &used));
}

/* On the legacy interface of a big-endian machine all of it is in that order (2.7.3). */
static void native_order(void **state)
{
	struct vs_used used;
	uint8_t *ring = f.q.area[VS_AREA_DEVICE];

	(void)state;
	f.s.view = VS_VIEW_LEGACY;
	f.bus.features = VS_BUS_BIG_ENDIAN;
	assert_int_equal(offer(2), 0);
	assert_int_equal(vs_load_be(f.q.area[VS_AREA_DESC] + VIRTQ_DESC_LEN, 4), 4);
	assert_int_equal(vs_load_be(f.q.area[VS_AREA_DESC] + VIRTQ_DESC_NEXT, 2), 1);
	assert_int_equal(vs_load_be(f.q.area[VS_AREA_DRIVER] + VIRTQ_AVAIL_IDX, 2), 1);
	vs_store_be(ring + VIRTQ_USED_RING(0), 4, 0);
	vs_store_be(ring + VIRTQ_USED_RING_LEN(0), 4, 3);
	vs_store_be(ring + VIRTQ_USED_IDX, 2, 1);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_true(used.id == 0 && used.len == 3);
}

static void full_and_empty(void **state)
{
	struct vs_used used;

	(void)state;
	assert_int_equal(offer(SIZE + 1), -1);
	assert_int_equal(offer(SIZE), 0);
	assert_int_equal(offer(1), -1);
	assert_false(f.q.ring->take(&f.q, &used));
	use(0, 1);
	assert_true(f.q.ring->take(&f.q, &used));
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
		assert_true(f.q.ring->take(&f.q, &used));
		assert_int_equal(used.id, ids[i]);
		assert_true(f.q.free_count <= SIZE);
	}
	assert_int_equal(f.q.free_count, SIZE);
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
	vs_features_add(&f.s.accepted, VIRTIO_F_EVENT_IDX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.q.notified_idx = rows[i].old;
		f.q.avail_idx = rows[i].new;
		vs_store_le16(f.q.area[VS_AREA_DEVICE] + VIRTQ_USED_AVAIL_EVENT(SIZE),
			      rows[i].event);
		if (f.q.ring->wants_notification(&f.q) != rows[i].wanted)
			fail_msg("from %u to %u with event %u", rows[i].old, rows[i].new,
				 rows[i].event);
	}
}

static void notification_by_flag(void **state)
{
	(void)state;
	offer(1);
	assert_true(f.q.ring->wants_notification(&f.q));
	assert_false(f.q.ring->wants_notification(&f.q));
	offer(1);
	vs_store_le16(f.q.area[VS_AREA_DEVICE] + VIRTQ_USED_FLAGS, VIRTQ_USED_F_NO_NOTIFY);
	assert_false(f.q.ring->wants_notification(&f.q));
}

static void interrupt_wish(void **state)
{
	uint8_t *avail = f.q.area[VS_AREA_DRIVER];

	(void)state;
	f.q.ring->interrupts(&f.q, false);
	assert_int_equal(vs_load_le16(avail + VIRTQ_AVAIL_FLAGS), VIRTQ_AVAIL_F_NO_INTERRUPT);
	f.q.ring->interrupts(&f.q, true);
	assert_int_equal(vs_load_le16(avail + VIRTQ_AVAIL_FLAGS), 0);
	vs_features_add(&f.s.accepted, VIRTIO_F_EVENT_IDX);
	f.q.used_idx = 7;
	f.q.ring->interrupts(&f.q, true);
	assert_int_equal(vs_load_le16(avail + VIRTQ_AVAIL_USED_EVENT(SIZE)), 7);
	assert_int_equal(vs_load_le16(avail + VIRTQ_AVAIL_FLAGS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_chain_as_it_lies_in_memory, start, stop),
		cmocka_unit_test_setup_teardown(in_order_chains_stay_consecutive, start, stop),
		cmocka_unit_test_setup_teardown(full_and_empty, start, stop),
		cmocka_unit_test_setup_teardown(batch_in_order, start, stop),
		cmocka_unit_test_setup_teardown(no_batch_out_of_order, start, stop),
		cmocka_unit_test_setup_teardown(native_order, start, stop),
		cmocka_unit_test_setup_teardown(hostile_ids, start, stop),
		cmocka_unit_test_setup_teardown(notification_by_event, start, stop),
		cmocka_unit_test_setup_teardown(notification_by_flag, start, stop),
		cmocka_unit_test_setup_teardown(interrupt_wish, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
