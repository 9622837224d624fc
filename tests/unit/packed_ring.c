/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver's side of packed rings, against a device played by hand in the same memory (2.8). */
#include "ring_fixture.h"

#include "driver/packed.h"
#include "spec/packed_ring.h"

#define AVAIL VIRTQ_PACKED_F_AVAIL
#define USED  VIRTQ_PACKED_F_USED
#define NEXT  VIRTQ_PACKED_F_NEXT
#define WRITE VIRTQ_PACKED_F_WRITE

static int start(void **state)
{
	(void)state;
	ring_open(&vs_packed_ring);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	ring_close();
	return 0;
}

static uint16_t flags_of(unsigned place)
{
	return vs_packed_read(&f.q, place).flags;
}

/* The device uses the buffer at a place, in a round of this wrap counter. */
static void use(unsigned place, bool wrap, uint16_t id, uint32_t len)
{
	vs_packed_descriptor(&f.q, place,
			     (struct vs_packed_descriptor){
				     .len = len,
				     .id = id,
				     .flags = (uint16_t)(WRITE | vs_packed_used(wrap)) });
}

static void a_list_as_it_lies_in_memory(void **state)
{
	(void)state;
	assert_int_equal(ring_offer(3, false), 0);
	assert_int_equal(flags_of(0), NEXT | AVAIL);
	assert_int_equal(flags_of(1), NEXT | WRITE | AVAIL);
	assert_int_equal(flags_of(2), WRITE | AVAIL);
	assert_int_equal(vs_packed_read(&f.q, 2).id, 0);
	assert_int_equal(ring_offer(1, false), 1);
	assert_int_equal(vs_packed_read(&f.q, 3).id, 1);
	assert_int_equal(f.q.ring->position(&f.q), 4 | VIRTQ_EVENT_WRAP);
}

static void a_list_over_the_end(void **state)
{
	struct vs_used used;

	(void)state;
	assert_int_equal(ring_offer(6, false), 0);
	use(0, true, 0, 5);
	assert_true(f.q.ring->pending(&f.q));
	assert_true(f.q.ring->take(&f.q, &used));
	assert_int_equal(used.len, 5);
	assert_int_equal(ring_offer(4, false), 1);
	assert_int_equal(flags_of(6) & (AVAIL | USED), AVAIL);
	assert_int_equal(flags_of(7) & (AVAIL | USED), AVAIL);
	/* In the second round the bits change places. */
	assert_int_equal(flags_of(0) & (AVAIL | USED), USED);
	assert_int_equal(flags_of(1), USED | WRITE);
	assert_int_equal(f.q.ring->position(&f.q), 2);
	assert_false(f.q.ring->take(&f.q, &used));
	use(6, true, 1, 0);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_int_equal(used.id, 1);
	assert_int_equal(f.q.next_used, 2);
	assert_false(f.q.used_wrap);
	assert_int_equal(f.q.slots_free, SIZE);
}

static void a_table(void **state)
{
	uint8_t *table;

	(void)state;
	assert_int_equal(ring_offer(SIZE, true), 0);
	assert_int_equal(flags_of(0), VIRTQ_PACKED_F_INDIRECT | AVAIL);
	assert_int_equal(vs_packed_read(&f.q, 0).len, SIZE * VIRTQ_PACKED_SIZE);
	table = f.bus.dma.host + (vs_packed_read(&f.q, 0).addr - f.bus.dma.address);
	assert_int_equal(vs_load_le16(table + VIRTQ_PACKED_FLAGS), 0);
	assert_int_equal(vs_load_le16(table + VIRTQ_PACKED_SIZE + VIRTQ_PACKED_FLAGS), WRITE);
	assert_int_equal(f.q.slots_free, SIZE - 1);
}

static void full_and_empty(void **state)
{
	struct vs_used used;

	(void)state;
	assert_int_equal(ring_offer(SIZE + 1, false), -1);
	assert_int_equal(ring_offer(SIZE, false), 0);
	assert_int_equal(ring_offer(1, false), -1);
	assert_int_equal(ring_offer(1, true), -1);
	assert_false(f.q.ring->take(&f.q, &used));
	use(0, true, 0, 1);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_int_equal(ring_offer(SIZE, false), 1);
}

/* Out of order: the used descriptors fill the ring one buffer after the other (2.8.3). */
static void out_of_order(void **state)
{
	struct vs_used used;

	(void)state;
	ring_offer(2, false);
	ring_offer(3, false);
	use(0, true, 1, 4);
	use(3, true, 0, 4);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_int_equal(used.id, 1);
	assert_int_equal(f.q.next_used, 3);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_int_equal(used.id, 0);
	assert_int_equal(f.q.next_used, 5);
	assert_int_equal(f.q.free_count, SIZE);
}

static void batch_in_order(void **state)
{
	struct vs_used used;

	(void)state;
	vs_features_add(&f.s.accepted, VIRTIO_F_IN_ORDER);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(ring_offer(2, false), i);
	use(0, true, 1, 7);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_true(used.id == 0 && used.unnamed && used.len == 0);
	assert_true(f.q.ring->pending(&f.q));
	assert_true(f.q.ring->take(&f.q, &used));
	assert_true(used.id == 1 && !used.unnamed && used.len == 7);
	assert_false(f.q.ring->take(&f.q, &used));
	assert_int_equal(f.q.next_used, 4);
	use(4, true, 2, 1);
	assert_true(f.q.ring->take(&f.q, &used));
	assert_int_equal(used.id, 2);
	assert_int_equal(f.q.slots_free, SIZE);
}

/* Ids that are not in flight give nothing back, twice the same neither. */
static void hostile_ids(void **state)
{
	static const uint16_t ids[] = { SIZE, 5, UINT16_MAX, 0, 0 };
	struct vs_used used;

	(void)state;
	assert_int_equal(ring_offer(2, false), 0);
	for (unsigned order = 0; order < 2; order++) {
		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
			use(f.q.next_used, f.q.used_wrap, ids[i], UINT32_MAX);
			assert_true(f.q.ring->take(&f.q, &used));
			assert_int_equal(used.id, ids[i]);
			assert_true(f.q.free_count <= SIZE && f.q.slots_free <= SIZE);
		}
		vs_features_add(&f.s.accepted, VIRTIO_F_IN_ORDER);
	}
	assert_int_equal(f.q.slots_free, SIZE);
}

/* The descriptor that the device names is among those just added, in its round of the ring. */
static void notification_by_event(void **state)
{
	static const struct {
		uint16_t next, added, event;
		bool wrap, wanted;
	} rows[] = {
		{ 1, 1, 0 | VIRTQ_EVENT_WRAP, true, true },
		{ 1, 1, 1 | VIRTQ_EVENT_WRAP, true, false },
		{ 1, 1, 0, true, false },
		{ 3, 2, 0 | VIRTQ_EVENT_WRAP, true, false },
		{ 3, 2, 1 | VIRTQ_EVENT_WRAP, true, true },
		{ 1, 3, 6 | VIRTQ_EVENT_WRAP, false, true },
		{ 1, 3, 5 | VIRTQ_EVENT_WRAP, false, false },
		{ 1, 3, 0, false, true },
		{ 1, 3, 1, false, false },
		{ 0, 0, 0, true, false },
	};

	(void)state;
	vs_features_add(&f.s.accepted, VIRTIO_F_EVENT_IDX);
	vs_store_le16(f.q.area[VS_AREA_DEVICE] + VIRTQ_EVENT_FLAGS, VIRTQ_EVENT_F_DESC);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.q.next = rows[i].next;
		f.q.wrap = rows[i].wrap;
		f.q.slots_new = rows[i].added;
		vs_store_le16(f.q.area[VS_AREA_DEVICE] + VIRTQ_EVENT_DESC, rows[i].event);
		if (f.q.ring->wants_notification(&f.q) != rows[i].wanted)
			fail_msg("row %zu", i);
	}
}

static void notification_by_flag(void **state)
{
	uint8_t *flags = f.q.area[VS_AREA_DEVICE] + VIRTQ_EVENT_FLAGS;

	(void)state;
	ring_offer(1, false);
	assert_true(f.q.ring->wants_notification(&f.q));
	assert_false(f.q.ring->wants_notification(&f.q));
	vs_store_le16(flags, VIRTQ_EVENT_F_DISABLE);
	ring_offer(1, false);
	assert_false(f.q.ring->wants_notification(&f.q));
}

static void interrupt_wish(void **state)
{
	const uint8_t *event = f.q.area[VS_AREA_DRIVER];

	(void)state;
	f.q.ring->interrupts(&f.q, false);
	assert_int_equal(vs_load_le16(event + VIRTQ_EVENT_FLAGS), VIRTQ_EVENT_F_DISABLE);
	f.q.ring->interrupts(&f.q, true);
	assert_int_equal(vs_load_le16(event + VIRTQ_EVENT_FLAGS), VIRTQ_EVENT_F_ENABLE);
	vs_features_add(&f.s.accepted, VIRTIO_F_EVENT_IDX);
	f.q.next_used = 5;
	f.q.ring->interrupts(&f.q, true);
	assert_int_equal(vs_load_le16(event + VIRTQ_EVENT_FLAGS), VIRTQ_EVENT_F_DESC);
	assert_int_equal(vs_load_le16(event + VIRTQ_EVENT_DESC), 5 | VIRTQ_EVENT_WRAP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_list_as_it_lies_in_memory, start, stop),
		cmocka_unit_test_setup_teardown(a_list_over_the_end, start, stop),
		cmocka_unit_test_setup_teardown(a_table, start, stop),
		cmocka_unit_test_setup_teardown(full_and_empty, start, stop),
		cmocka_unit_test_setup_teardown(out_of_order, start, stop),
		cmocka_unit_test_setup_teardown(batch_in_order, start, stop),
		cmocka_unit_test_setup_teardown(hostile_ids, start, stop),
		cmocka_unit_test_setup_teardown(notification_by_event, start, stop),
		cmocka_unit_test_setup_teardown(notification_by_flag, start, stop),
		cmocka_unit_test_setup_teardown(interrupt_wish, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
