/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device's packed rings: rounds, chains, tables, sizes, what the driver negotiates. */
#include "mock_packed.h"

#include "spec/notification.h"

#define INDIRECT TD_FEATURE(VIRTIO_F_INDIRECT_DESC)
#define EVENT    TD_FEATURE(VIRTIO_F_EVENT_IDX)
#define RESET    TD_FEATURE(VIRTIO_F_RING_RESET)
#define SUSPEND  TD_FEATURE(VIRTIO_F_SUSPEND)
#define NEXT     VIRTQ_PACKED_F_NEXT
#define WRITE    VIRTQ_PACKED_F_WRITE
#define TABLE    VIRTQ_PACKED_F_INDIRECT
#define SIZE     8u /* of the queue in most tests */

/* Both ways of reaching memory, since they are different code. */
static void for_both(void (*test)(bool no_map))
{
	test(false);
	test(true);
}

static unsigned filled(struct tp *tp, uint64_t address, unsigned size)
{
	const uint8_t *bytes = td_at(&tp->td, address, size);
	unsigned count = 0;

	for (unsigned i = 0; i < size; i++)
		count += bytes[i] != 0;
	return count;
}

/* The driver decides: what accepts nothing gets split rings of a device that offers both. */
static void declined(void **state)
{
	struct td td;
	struct td_queue *queue;

	(void)state;
	td_open(&td, "rng", "ring=packed", NULL);
	assert_true(td_offered(&td) & TD_FEATURE(VIRTIO_F_RING_PACKED));
	queue = td_live_rng(&td, 0, 16);
	assert_int_equal(td_entropy(&td, queue, td_alloc(&td, 16, 1), 16), 16);
	TD_SET(&td, queue_select, 0);
	td_negotiate(&td, TD_FEATURE(VIRTIO_F_VERSION_1));
	TD_SET(&td, queue_size, 3);
	assert_int_equal(TD_GET(&td, queue_size), 16);
	assert_non_null(strstr(mock_describe(td.mock), "packed"));
	td_close(&td);
	td_open(&td, "rng", NULL);
	assert_false(td_offered(&td) & TD_FEATURE(VIRTIO_F_RING_PACKED));
	assert_false(td_negotiate(&td, TP_PACKED));
	td_close(&td);
}

static void chain_both(bool no_map)
{
	struct tp tp;
	uint64_t buffer;

	tp_open(&tp, 0, 7, no_map);
	buffer = td_alloc(&tp.td, 1024, 1);
	/* Seven places and lists of four: every start, every way over the end. */
	for (unsigned i = 0; i < 50; i++) {
		const struct td_segment segments[] = {
			{ buffer + 1, 63, true },
			{ buffer + 100, 0, true },
			{ buffer + 201, 1, true },
			{ buffer + 301, 101, true },
		};

		memset(td_at(&tp.td, buffer, 1024), 0, 1024);
		tp_chain(&tp, segments, 4, (uint16_t)(1000 + i));
		tp_notify(&tp);
		tp_expect(&tp, (uint16_t)(1000 + i), 165, 4);
		assert_true(filled(&tp, buffer + 1, 63) > 50);
		assert_int_equal(filled(&tp, buffer + 64, 137), 0);
		assert_true(filled(&tp, buffer + 301, 101) > 85);
		assert_int_equal(filled(&tp, buffer + 402, 622), 0);
	}
	assert_false(tp_broken(&tp));
	tp_close(&tp);
}

static void chain(void **state)
{
	(void)state;
	for_both(chain_both);
}

/* A used descriptor takes the place of the first of its list; the others stay as they were. */
static void skipped_untouched(void **state)
{
	struct tp tp;
	uint8_t before[2 * VIRTQ_PACKED_SIZE];
	struct td_segment segments[3];

	(void)state;
	tp_open(&tp, 0, SIZE, false);
	for (unsigned i = 0; i < 3; i++)
		segments[i] = (struct td_segment){ td_alloc(&tp.td, 8, 1), 8, true };
	tp_chain(&tp, segments, 3, 77);
	memcpy(before, td_at(&tp.td, tp_at(&tp, 1), sizeof(before)), sizeof(before));
	tp_notify(&tp);
	tp_expect(&tp, 77, 24, 3);
	assert_memory_equal(before, td_at(&tp.td, tp_at(&tp, 1), sizeof(before)), sizeof(before));
	tp_close(&tp);
}

/* A table at an odd address; all flags but WRITE are for nothing in it, and so are ids (2.8.7). */
static void indirect_both(bool no_map)
{
	static const uint16_t flags[] = { 0, NEXT, TABLE, TP_STATE, 0x7f78 };
	struct tp tp;
	uint64_t table, buffer;

	tp_open(&tp, INDIRECT, 3, no_map);
	table = td_alloc(&tp.td, 200, 1) + 1;
	buffer = td_alloc(&tp.td, 512, 1);
	for (unsigned i = 0; i < 20; i++) {
		uint16_t more = flags[i % 5];

		for (unsigned j = 0; j < 3; j++)
			tp_desc(&tp, table + 16ul * j, buffer + 64ul * j, 32, (uint16_t)(j * 99),
				WRITE | more);
		tp_put(&tp, table, 48, (uint16_t)i, TABLE | (i % 2 ? WRITE : 0));
		tp_notify(&tp);
		tp_expect(&tp, (uint16_t)i, 96, 1);
	}
	assert_true(filled(&tp, buffer + 128, 32) > 20);
	assert_int_equal(filled(&tp, buffer + 160, 100), 0);
	tp_close(&tp);
}

static void indirect(void **state)
{
	(void)state;
	for_both(indirect_both);
}

/* As long as the queue, from every place of the ring and by a table. */
static void longest_chain(void **state)
{
	struct td_segment segments[SIZE];
	struct tp tp;
	uint64_t buffer, table;

	(void)state;
	tp_open(&tp, INDIRECT, SIZE, false);
	buffer = td_alloc(&tp.td, 256, 1);
	table = td_alloc(&tp.td, 16ul * SIZE, 16);
	for (unsigned i = 0; i < SIZE; i++) {
		segments[i] = (struct td_segment){ buffer + 4ul * i, 2, true };
		tp_desc(&tp, table + 16ul * i, buffer + 4ul * i, 2, 0, WRITE);
	}
	for (unsigned i = 0; i < 3 * SIZE; i++) {
		tp_chain(&tp, segments, SIZE, (uint16_t)i);
		tp_notify(&tp);
		tp_expect(&tp, (uint16_t)i, 2 * SIZE, SIZE);
		tp_put(&tp, table, 16 * SIZE, 5, TABLE);
		tp_notify(&tp);
		tp_expect(&tp, 5, 2 * SIZE, 1);
	}
	assert_false(tp_broken(&tp));
	tp_close(&tp);
}

/* Sizes of all kinds, many rounds, one at a time and full. */
static void sizes(void **state)
{
	static const uint16_t all[] = { 1, 2, 3, 5, 16, 100, 1000, 32767, 32768 };

	(void)state;
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct tp tp;
		uint64_t buffer;

		td_open(&tp.td, "rng", "ring=packed", "queue-size=32768", NULL);
		tp_live(&tp, i % 2 ? EVENT : 0, all[i]);
		assert_int_equal(tp.queue->size, all[i]);
		buffer = td_alloc(&tp.td, 1, 1);
		for (unsigned j = 0; j < 5u * all[i] / 2 + 3; j++)
			assert_int_equal(tp_entropy(&tp, buffer, 1), 1);
		for (unsigned round = 0; round < 4; round++) {
			for (unsigned j = 0; j < all[i]; j++)
				tp_put(&tp, buffer, 1, (uint16_t)j, WRITE);
			tp_notify(&tp);
			for (unsigned j = 0; j < all[i]; j++)
				tp_expect(&tp, (uint16_t)j, 1, 1);
			tp_expect_none(&tp);
		}
		assert_false(tp_broken(&tp));
		tp_close(&tp);
	}
}

/* What the size register takes once the driver has accepted. */
static void size_register(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", "ring=packed", NULL);
	assert_true(td_negotiate(&td, TP_PACKED));
	TD_SET(&td, queue_select, 0);
	TD_SET(&td, queue_size, 100);
	assert_int_equal(TD_GET(&td, queue_size), 100);
	TD_SET(&td, queue_size, 0);
	TD_SET(&td, queue_size, 129);
	TD_SET(&td, queue_size, 0xffff);
	assert_int_equal(TD_GET(&td, queue_size), 100);
	TD_SET(&td, queue_size, 1);
	assert_int_equal(TD_GET(&td, queue_size), 1);
	td_close(&td);
}

/* Nothing is taken before its first descriptor is available, whatever lies behind. */
static void first_last(void **state)
{
	struct tp tp;
	uint64_t buffer;

	(void)state;
	tp_open(&tp, 0, SIZE, false);
	buffer = td_alloc(&tp.td, 64, 1);
	tp.avail = 1;
	tp_put(&tp, buffer, 8, 5, WRITE);
	tp_notify(&tp);
	tp_notify(&tp);
	assert_int_equal(filled(&tp, buffer, 64), 0);
	/* The bits of the round before, none and both are not it. */
	tp_desc(&tp, tp_at(&tp, 0), buffer, 8, 9, NEXT | WRITE | VIRTQ_PACKED_F_USED);
	tp_notify(&tp);
	tp_desc(&tp, tp_at(&tp, 0), buffer, 8, 9, NEXT | WRITE | TP_STATE);
	tp_notify(&tp);
	assert_int_equal(filled(&tp, buffer, 64), 0);
	tp.avail = 0;
	tp_put(&tp, buffer + 32, 8, 9, NEXT | WRITE);
	tp.avail++;
	tp_notify(&tp);
	tp_expect(&tp, 5, 16, 2);
	assert_false(tp_broken(&tp));
	tp_close(&tp);
}

/* The state lives on through suspension; a queue reset and a device reset begin anew. */
static void lives(void **state)
{
	struct tp tp;
	uint64_t buffer;

	(void)state;
	tp_open(&tp, RESET | SUSPEND, 5, false);
	buffer = td_alloc(&tp.td, 16, 1);
	for (unsigned i = 0; i < 7; i++)
		tp_entropy(&tp, buffer, 16);
	td_set_status(&tp.td, td_status(&tp.td) | VIRTIO_STATUS_SUSPEND);
	assert_false(td_status(&tp.td) & VIRTIO_STATUS_DRIVER_OK);
	tp_put(&tp, buffer, 16, 3, WRITE);
	tp_notify(&tp);
	tp_expect_none(&tp);
	td_driver_ok(&tp.td);
	tp_expect(&tp, 3, 16, 1);

	TD_SET(&tp.td, queue_reset, 1);
	assert_int_equal(TD_GET(&tp.td, queue_enable), 0);
	tp_use(&tp, td_queue(&tp.td, 0, 3, false));
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(tp_entropy(&tp, buffer, 16), 16);
	tp_live(&tp, 0, 4);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(tp_entropy(&tp, buffer, 16), 16);
	assert_false(tp_broken(&tp));
	tp_close(&tp);
}

/* Notifications with data name the place and round of the next descriptor; the identifier counts.
 */
static void notification_data(void **state)
{
	struct tp tp;
	uint64_t buffer;

	(void)state;
	td_open(&tp.td, "rng", "ring=packed", "notification-data", NULL);
	tp_live(&tp, TD_FEATURE(VIRTIO_F_NOTIFICATION_DATA), 3);
	buffer = td_alloc(&tp.td, 16, 1);
	for (uint16_t i = 0; i < 20; i++) {
		tp_put(&tp, buffer, 16, i, WRITE);
		tp_notify(&tp);
		tp_expect_none(&tp);
		mock_bar_write(tp.td.mock, tp.td.notify.bar, tp.queue->notify, 4,
			       (uint32_t)tp_event(&tp, tp.avail) << VIRTIO_NOTIFY_NEXT_OFF_SHIFT);
		tp_expect(&tp, i, 16, 1);
	}
	tp_close(&tp);
}

/* A device with a packed administration queue: a command that it does not know is answered. */
static void admin(void **state)
{
	struct tp tp;
	uint64_t command, answer;

	(void)state;
	td_open(&tp.td, "rng", "ring=packed", "admin-queue", NULL);
	assert_true(td_negotiate(&tp.td, TP_PACKED | TD_FEATURE(VIRTIO_F_ADMIN_VQ)));
	tp_use(&tp, td_queue(&tp.td, TD_GET(&tp.td, admin_queue_index), 5, false));
	td_driver_ok(&tp.td);
	command = td_alloc(&tp.td, 64, 8);
	answer = td_alloc(&tp.td, 64, 8);
	for (unsigned i = 0; i < 9; i++) {
		const struct td_segment segments[] = { { command, 24, false },
						       { answer, 16, true } };

		td_store(&tp.td, command, 2, 0xffff);
		tp_chain(&tp, segments, 2, 40);
		tp_notify(&tp);
		assert_true(tp_is_used(&tp));
		tp.used += 2;
		assert_true(td_load(&tp.td, answer, 2) != 0);
	}
	assert_false(tp_broken(&tp));
	tp_close(&tp);
}

/* A frame that does not fit into the next receive buffer leaves that where it was. */
static void given_back(void **state)
{
	struct tp rx, tx;
	uint64_t buffer, frame;

	(void)state;
	td_open(&rx.td, "net", "ring=packed", NULL);
	assert_true(td_negotiate(&rx.td, TP_PACKED));
	tp_use(&rx, td_queue(&rx.td, 0, 5, false));
	buffer = td_alloc(&rx.td, 2048, 1);
	frame = td_alloc(&rx.td, 2048, 1);
	memset(td_at(&rx.td, frame, 18), 0xff, 18);
	memset(td_at(&rx.td, frame, 12), 0, 12);
	/* The same device and memory, with the other queue. */
	tx = rx;
	tp_use(&tx, td_queue(&rx.td, 1, 7, false));
	td_driver_ok(&rx.td);
	for (uint16_t i = 0; i < 20; i++) {
		tp_put(&rx, buffer, 6, i, WRITE | NEXT);
		tp_put(&rx, buffer + 6, 106, i, WRITE);
		tp_notify(&rx);
		for (unsigned size = 200; size >= 100; size -= 100) {
			tp_put(&tx, frame, 12 + size, 9, 0);
			tp_notify(&tx);
			tp_expect(&tx, 9, 0, 1);
			if (size == 200)
				tp_expect_none(&rx);
		}
		tp_expect(&rx, i, 112, 2);
	}
	assert_false(tp_broken(&rx));
	tp_close(&rx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declined),      cmocka_unit_test(chain),
		cmocka_unit_test(indirect),      cmocka_unit_test(skipped_untouched),
		cmocka_unit_test(longest_chain), cmocka_unit_test(sizes),
		cmocka_unit_test(size_register), cmocka_unit_test(first_last),
		cmocka_unit_test(lives),         cmocka_unit_test(notification_data),
		cmocka_unit_test(admin),         cmocka_unit_test(given_back),
	};

	return cmocka_run_group_tests_name("mock_packed", tests, NULL, NULL);
}
