/* SPDX-License-Identifier: BSD-3-Clause */
/* Split rings, as the device's side sees them: what is available, used, flagged. */
#include "rings_fixture.h"

#define FEATURE(bit) (UINT64_C(1) << (bit))

static void shows_a_queue(void **state)
{
	static const struct {
		uint64_t desc;
		uint16_t used_flags;
		uint8_t byte;
		uint16_t flags;
	} rows[] = {
		{ RF_DESC, 0, 0, 0xf },         { RF_DESC, 1, 0, 0x7 },
		{ RF_DESC, 0, 1, 0x7 },         { RF_BASE + RF_MEMORY - 16, 0, 0, 0x6 },
		{ UINT64_MAX - 15, 0, 0, 0x6 },
	};
	const struct vs_event *event;
	struct rf f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rf_open(&f, false);
		rf_set(&f, VS_QUEUE_SELECT, 3);
		rf_set(&f, VS_QUEUE_SIZE, 4);
		rf_half(&f, VS_QUEUE_DESC, rows[i].desc);
		rf_half(&f, VS_QUEUE_DRIVER, RF_AVAIL);
		rf_half(&f, VS_QUEUE_DEVICE, RF_USED);
		rf_put(&f, RF_USED, 2, rows[i].used_flags);
		rf_put(&f, RF_DESC + 63, 1, rows[i].byte);
		rf_quiet(&f);
		rf_set(&f, VS_QUEUE_ENABLE, 1);
		event = rf_next(&f, VS_EVENT_QUEUE);
		assert_int_equal(event->queue, 3);
		assert_int_equal(event->index, 4);
		assert_int_equal(event->flags, rows[i].flags);
		assert_int_equal(event->value, rows[i].used_flags);
		rf_close(&f);
	}
}

static void tells_of_a_chain(void **state)
{
	const struct vs_event *event;
	struct rf f;

	(void)state;
	rf_split(&f, 8, 0);
	rf_desc(&f, 5, VIRTQ_DESC_F_NEXT, 2);
	rf_desc(&f, 2, VIRTQ_DESC_F_WRITE, 7);
	rf_offer(&f, 5);
	rf_look(&f);
	event = rf_next(&f, VS_EVENT_AVAIL_INDEX);
	assert_int_equal(event->offset, 0);
	assert_int_equal(event->value, 1);
	event = rf_next(&f, VS_EVENT_DESCRIPTOR);
	assert_int_equal(event->index, 0);
	assert_int_equal(event->offset, RF_DATA + UINT64_C(64) * 5);
	assert_int_equal(event->length, 64);
	assert_int_equal(event->flags, VIRTQ_DESC_F_NEXT);
	assert_int_equal(VS_DESCRIPTOR_PLACE(event->value), 5);
	assert_int_equal(VS_DESCRIPTOR_NEXT(event->value), 2);
	assert_int_equal(event->width, 0);
	event = rf_next(&f, VS_EVENT_DESCRIPTOR);
	assert_int_equal(event->index, 1);
	assert_int_equal(VS_DESCRIPTOR_PLACE(event->value), 2);
	event = rf_next(&f, VS_EVENT_AVAILABLE);
	assert_int_equal(event->index, 5);
	assert_int_equal(event->length, 2);
	assert_int_equal(event->value, 0);
	assert_int_equal(event->flags, 0);
	rf_quiet(&f);
	rf_look(&f);
	rf_quiet(&f);
	RF_DEVICE(&f, rf_use(&f, 5, 40));
	event = rf_next(&f, VS_EVENT_USED);
	assert_int_equal(event->index, 5);
	assert_int_equal(event->length, 40);
	assert_int_equal(event->value, 0);
	assert_int_equal(event->flags, 0);
	rf_quiet(&f);
	/* Free again: nothing of it is watched. */
	rf_desc(&f, 5, 0, 0);
	rf_look(&f);
	rf_quiet(&f);
	rf_close(&f);
}

static void tells_of_flags(void **state)
{
	struct rf f;

	(void)state;
	rf_split(&f, 4, FEATURE(VIRTIO_F_EVENT_IDX));
	rf_put(&f, f.avail + VIRTQ_AVAIL_FLAGS, 2, 1);
	rf_put(&f, f.avail + VIRTQ_AVAIL_USED_EVENT(4), 2, 9);
	rf_look(&f);
	assert_int_equal(rf_next(&f, VS_EVENT_AVAIL_FLAGS)->value, 1);
	assert_int_equal(rf_next(&f, VS_EVENT_USED_EVENT)->value, 9);
	rf_quiet(&f);
	RF_DEVICE(&f, rf_put(&f, f.used + VIRTQ_USED_FLAGS, 2, 1);
		  rf_put(&f, f.used + VIRTQ_USED_AVAIL_EVENT(4), 2, 3));
	assert_int_equal(rf_next(&f, VS_EVENT_DEVICE_FLAGS)->value, 1);
	assert_int_equal(rf_next(&f, VS_EVENT_AVAIL_EVENT)->value, 3);
	rf_quiet(&f);
	rf_close(&f);
}

/* Chains of every kind, in a queue of four places, described by what the descriptors hold. */
static void judges_the_shape_of_chains(void **state)
{
	static const struct {
		uint16_t head;
		struct {
			uint16_t flags, next;
		} table[4];
		uint16_t length, flags;
	} rows[] = {
		{ 0, { { 0, 0 } }, 1, 0 },
		{ 4, { { 0, 0 } }, 0, VS_CHAIN_OUTSIDE },
		{ 1, { { 0, 0 }, { 1, 9 } }, 1, VS_CHAIN_OUTSIDE },
		{ 0, { { 1, 1 }, { 1, 0 } }, 2, VS_CHAIN_LOOP },
		{ 2, { { 0, 0 }, { 0, 0 }, { 1, 2 } }, 1, VS_CHAIN_LOOP },
		{ 0, { { 1, 1 }, { 1, 2 }, { 1, 3 }, { 2, 0 } }, 4, 0 },
	};
	struct rf f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vs_event *event;

		rf_split(&f, 4, 0);
		for (unsigned j = 0; j < 4; j++)
			rf_desc(&f, j, rows[i].table[j].flags, rows[i].table[j].next);
		rf_offer(&f, rows[i].head);
		rf_look(&f);
		event = rf_find(&f, VS_EVENT_AVAILABLE);
		assert_int_equal(event->index, rows[i].head);
		assert_int_equal(event->length, rows[i].length);
		assert_int_equal(event->flags, rows[i].flags);
		assert_int_equal(rf_number(&f, VS_EVENT_DESCRIPTOR), rows[i].length);
		rf_close(&f);
	}
}

/* Tables in a queue of two places. */
static void walks_indirect_tables(void **state)
{
	static const struct {
		uint64_t address;
		uint32_t length;
		struct {
			uint16_t flags, next;
		} table[4];
		uint16_t count, flags;
	} rows[] = {
		{ RF_TABLE, 16, { { 0, 0 } }, 1, 0 },
		{ RF_TABLE, 64, { { 1, 3 }, { 0, 0 }, { 0, 0 }, { 2, 0 } }, 2, 0 },
		{ RF_TABLE, 0, { { 0, 0 } }, 0, VS_CHAIN_TABLE },
		{ RF_TABLE, 24, { { 0, 0 } }, 0, VS_CHAIN_TABLE },
		{ RF_BASE - 16, 16, { { 0, 0 } }, 0, VS_CHAIN_TABLE },
		{ RF_TABLE, 32, { { 1, 2 } }, 1, VS_CHAIN_OUTSIDE },
		{ RF_TABLE, 32, { { 1, 1 }, { 1, 0 } }, 2, VS_CHAIN_LOOP },
		{ RF_TABLE, 64, { { 1, 1 }, { 1, 2 }, { 0, 0 } }, 3, VS_CHAIN_TOO_LONG },
		{ RF_TABLE, 16, { { 4, 0 } }, 1, VS_CHAIN_NESTED },
		{ RF_TABLE, 0xfffffff0, { { 0, 0 } }, 1, 0 },
	};
	struct rf f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vs_event *event;

		rf_split(&f, 2, FEATURE(VIRTIO_F_INDIRECT_DESC));
		for (unsigned j = 0; j < 4; j++)
			rf_desc_at(&f, RF_TABLE + UINT64_C(16) * j, RF_DATA, 8,
				   rows[i].table[j].flags, rows[i].table[j].next);
		rf_desc_at(&f, f.desc, rows[i].address, rows[i].length, VIRTQ_DESC_F_INDIRECT, 0);
		rf_offer(&f, 0);
		rf_look(&f);
		event = rf_find(&f, VS_EVENT_DESCRIPTOR);
		assert_int_equal(event->flags, VIRTQ_DESC_F_INDIRECT);
		assert_int_equal(event->width & VS_DESCRIPTOR_IN_TABLE, 0);
		event = rf_find(&f, VS_EVENT_AVAILABLE);
		assert_int_equal(event->length, rows[i].count);
		assert_int_equal(event->flags, rows[i].flags);
		if (rows[i].count) {
			f.next = 0;
			rf_find(&f, VS_EVENT_DESCRIPTOR);
			event = rf_next(&f, VS_EVENT_DESCRIPTOR);
			assert_int_equal(event->width, VS_DESCRIPTOR_IN_TABLE);
			assert_int_equal(event->index, 0);
		}
		rf_close(&f);
	}
}

static void tells_what_is_not_memory(void **state)
{
	static const struct {
		uint64_t address;
		uint32_t length;
		uint8_t width;
	} rows[] = {
		{ RF_DATA, 16, 0 },
		{ RF_BASE + RF_MEMORY - 1, 1, 0 },
		{ RF_BASE + RF_MEMORY - 1, 2, VS_DESCRIPTOR_NO_MEMORY },
		{ RF_BASE - 1, 2, VS_DESCRIPTOR_NO_MEMORY },
		{ UINT64_MAX, 2, VS_DESCRIPTOR_NO_MEMORY },
		{ 0, 0, 0 },
	};
	struct rf f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rf_split(&f, 2, 0);
		rf_desc_at(&f, f.desc, rows[i].address, rows[i].length, 0, 0);
		rf_offer(&f, 0);
		rf_look(&f);
		assert_int_equal(rf_find(&f, VS_EVENT_DESCRIPTOR)->width, rows[i].width);
		rf_close(&f);
	}
}

static void tells_of_descriptors_in_flight(void **state)
{
	struct rf f;

	(void)state;
	rf_split(&f, 4, 0);
	rf_desc(&f, 1, 0, 0);
	rf_offer(&f, 1);
	rf_look(&f);
	rf_desc(&f, 0, VIRTQ_DESC_F_NEXT, 1);
	rf_offer(&f, 0);
	rf_forget(&f);
	rf_look(&f);
	assert_int_equal(rf_find(&f, VS_EVENT_AVAILABLE)->flags, VS_CHAIN_IN_FLIGHT);
	rf_close(&f);
}

/* The indexes go round, and buffers come back in any order. */
static void follows_indexes_round(void **state)
{
	struct rf f;

	(void)state;
	rf_split(&f, 4, 0);
	rf_desc(&f, 0, 0, 0);
	rf_desc(&f, 3, 0, 0);
	for (unsigned i = 0; i < 33000; i++) {
		const struct vs_event *event;

		rf_offer(&f, 0);
		rf_offer(&f, 3);
		rf_forget(&f);
		rf_look(&f);
		event = rf_next(&f, VS_EVENT_AVAIL_INDEX);
		assert_int_equal(event->value, (uint16_t)(2 * i + 2));
		assert_int_equal(rf_find(&f, VS_EVENT_AVAILABLE)->value, (uint16_t)(2 * i));
		assert_int_equal(rf_find(&f, VS_EVENT_AVAILABLE)->value, (uint16_t)(2 * i + 1));
		rf_quiet(&f);
		RF_DEVICE(&f, rf_use(&f, 3, 1); rf_use(&f, 0, 2));
		event = rf_next(&f, VS_EVENT_USED);
		assert_int_equal(event->index, 3);
		assert_int_equal(event->value, (uint16_t)(2 * i + 1));
		assert_int_equal(rf_next(&f, VS_EVENT_USED)->index, 0);
		rf_quiet(&f);
	}
	rf_close(&f);
}

static void takes_batches_apart(void **state)
{
	static const uint16_t order[] = { 2, 0, 1 };
	struct rf f;

	(void)state;
	rf_split(&f, 4, FEATURE(VIRTIO_F_IN_ORDER));
	for (uint16_t i = 0; i < 3; i++) {
		rf_desc(&f, i, 0, 0);
		rf_offer(&f, order[i]);
	}
	rf_look(&f);
	rf_forget(&f);
	RF_DEVICE(&f, rf_element(&f, 1, 7); f.used_idx = 3;
		  rf_put(&f, f.used + VIRTQ_USED_IDX, 2, 3));
	for (unsigned i = 0; i < 3; i++) {
		const struct vs_event *event = rf_next(&f, VS_EVENT_USED);

		assert_int_equal(event->index, order[i]);
		assert_int_equal(event->flags, i < 2 ? VS_USED_BATCH : 0);
		assert_int_equal(event->length, i < 2 ? 0 : 7);
		assert_int_equal(event->value, i);
	}
	rf_quiet(&f);
	rf_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_a_queue),
		cmocka_unit_test(tells_of_a_chain),
		cmocka_unit_test(tells_of_flags),
		cmocka_unit_test(judges_the_shape_of_chains),
		cmocka_unit_test(walks_indirect_tables),
		cmocka_unit_test(tells_what_is_not_memory),
		cmocka_unit_test(tells_of_descriptors_in_flight),
		cmocka_unit_test(follows_indexes_round),
		cmocka_unit_test(takes_batches_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
