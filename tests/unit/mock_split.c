/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device's split rings: chains, tables, indexes, interrupts, notifications. */
#include "mock_rings.h"

#include "spec/blk.h"

#define INDIRECT TD_FEATURE(VIRTIO_F_INDIRECT_DESC)
#define EVENT    TD_FEATURE(VIRTIO_F_EVENT_IDX)
#define RESET    TD_FEATURE(VIRTIO_F_RING_RESET)
#define DATA     TD_FEATURE(VIRTIO_F_NOTIFICATION_DATA)
#define CONFIG   TD_FEATURE(VIRTIO_F_NOTIF_CONFIG_DATA)
#define NEXT     VIRTQ_DESC_F_NEXT
#define WRITE    VIRTQ_DESC_F_WRITE
#define TABLE    VIRTQ_DESC_F_INDIRECT
#define SIZE     8u /* of the queue in most tests */

/* Both ways of reaching memory, since they are different code. */
static void for_both(void (*test)(bool no_map))
{
	test(false);
	test(true);
}

static struct td_queue *open_rng(struct td *td, uint64_t features, uint16_t size, bool no_map)
{
	td_open(td, "rng", NULL);
	td->no_map = no_map;
	return td_live_rng(td, features, size);
}

/* Bytes of a buffer that are not zero: where random bytes were put, all but a few. */
static unsigned filled(struct td *td, uint64_t address, unsigned size)
{
	const uint8_t *bytes = td_at(td, address, size);
	unsigned count = 0;

	for (unsigned i = 0; i < size; i++)
		count += bytes[i] != 0;
	return count;
}

static void chain_both(bool no_map)
{
	struct td td;
	struct td_queue *queue = open_rng(&td, 0, SIZE, no_map);
	uint64_t buffer = td_alloc(&td, 1024, 1);
	const struct td_segment segments[] = {
		{ buffer + 1, 63, true },
		{ buffer + 100, 0, true },
		{ buffer + 201, 1, true },
		{ buffer + 301, 101, true },
	};

	td_chain(&td, queue->desc, 3, segments, 4);
	td_offer(&td, queue, 3);
	td_notify(&td, queue);
	td_expect_used(&td, queue, 3, 165);
	assert_true(filled(&td, buffer + 1, 63) > 50);
	assert_int_equal(filled(&td, buffer + 64, 137), 0);
	assert_true(filled(&td, buffer + 301, 101) > 90);
	assert_int_equal(filled(&td, buffer + 402, 622), 0);
	assert_int_equal(filled(&td, buffer, 1), 0);
	td_close(&td);
}

static void chain(void **state)
{
	(void)state;
	for_both(chain_both);
}

/* A table at an odd address, alone or behind ordinary descriptors, whatever its own WRITE says. */
static void indirect(void **state)
{
	struct td td;
	struct td_queue *queue = open_rng(&td, INDIRECT, SIZE, false);
	uint64_t table = td_alloc(&td, 200, 1) + 1, buffer = td_alloc(&td, 512, 1);
	const struct td_segment segments[] = {
		{ buffer, 32, true },
		{ buffer + 64, 32, true },
		{ buffer + 128, 32, true },
	};

	(void)state;
	td_chain(&td, table, 0, segments, 3);
	for (uint16_t write = 0; write <= WRITE; write += WRITE) {
		td_desc(&td, queue->desc, 1, table, 3 * 16, TABLE | write, 0);
		td_offer(&td, queue, 1);
		td_notify(&td, queue);
		td_expect_used(&td, queue, 1, 96);
		td_desc(&td, queue->desc, 5, buffer + 200, 8, NEXT | WRITE, 7);
		td_desc(&td, queue->desc, 7, buffer + 300, 8, NEXT | WRITE, 0);
		td_desc(&td, queue->desc, 0, table, 3 * 16, TABLE | write, 3);
		td_offer(&td, queue, 5);
		td_notify(&td, queue);
		td_expect_used(&td, queue, 5, 112);
	}
	assert_true(filled(&td, buffer + 128, 32) > 20);
	assert_true(filled(&td, buffer + 300, 8) > 2);
	td_close(&td);
}

/* As long as the queue, directly and by a table. */
static void longest_chain(void **state)
{
	struct td td;
	struct td_queue *queue = open_rng(&td, INDIRECT, SIZE, false);
	uint64_t buffer = td_alloc(&td, 256, 1), table = td_alloc(&td, 16ul * SIZE, 16);
	struct td_segment segments[SIZE];

	(void)state;
	for (unsigned i = 0; i < SIZE; i++)
		segments[i] = (struct td_segment){ buffer + 4ul * i, 2, true };
	td_chain(&td, queue->desc, 0, segments, SIZE);
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	td_expect_used(&td, queue, 0, 2 * SIZE);
	td_chain(&td, table, 0, segments, SIZE);
	td_desc(&td, queue->desc, 0, table, 16 * SIZE, TABLE, 0);
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	td_expect_used(&td, queue, 0, 2 * SIZE);
	td_close(&td);
}

static void memory_end(void **state)
{
	struct td td;
	struct td_queue *queue = open_rng(&td, 0, SIZE, false);

	(void)state;
	assert_int_equal(td_entropy(&td, queue, TD_BASE + TD_MEMORY - 16, 16), 16);
	td_close(&td);
}

static void indexes_wrap(void **state)
{
	static const uint16_t sizes[] = { 1, 2, 4, 16 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct td td;
		struct td_queue *queue = open_rng(&td, i % 2 ? EVENT : 0, sizes[i], i % 2);
		uint64_t buffer = td_alloc(&td, 1, 1);

		for (unsigned j = 0; j < 65536 + 100; j++)
			assert_int_equal(td_entropy(&td, queue, buffer, 1), 1);
		assert_int_equal(queue->used_idx, 100);
		assert_int_equal(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET, 0);
		td_close(&td);
	}
}

/* Several buffers under one notification, in the order in which they were offered. */
static void batch(void **state)
{
	static const uint16_t heads[] = { 5, 0, 7, 2, 3, 1, 6, 4 };
	struct td td;
	struct td_queue *queue = open_rng(&td, 0, SIZE, false);
	uint64_t buffer = td_alloc(&td, 64, 1);

	(void)state;
	for (unsigned i = 0; i < SIZE; i++) {
		td_desc(&td, queue->desc, i, buffer, 1 + i, WRITE, 0);
		td_offer(&td, queue, heads[i]);
	}
	td_notify(&td, queue);
	for (unsigned i = 0; i < SIZE; i++)
		td_expect_used(&td, queue, heads[i], 1u + heads[i]);
	/* Notifications for nothing. */
	td_notify(&td, queue);
	td_notify(&td, queue);
	td_expect_none(&td, queue);
	assert_int_equal(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET, 0);
	td_close(&td);
}

/* Which used elements bring an interrupt, by flag or by event. */
static void interrupts_wanted(void **state)
{
	struct td td;
	struct td_queue *queue = open_rng(&td, 0, SIZE, false);
	uint64_t buffer = td_alloc(&td, 1, 1);
	uint64_t event = queue->avail + VIRTQ_AVAIL_USED_EVENT(SIZE);

	(void)state;
	/* Without EVENT_IDX the event says nothing. */
	td_store(&td, event, 2, 1000);
	td_entropy(&td, queue, buffer, 1);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_QUEUE);
	td_store(&td, queue->avail + VIRTQ_AVAIL_FLAGS, 2, VIRTQ_AVAIL_F_NO_INTERRUPT);
	td_store(&td, event, 2, 1);
	td_entropy(&td, queue, buffer, 1);
	assert_int_equal(td_isr(&td), 0);
	td_close(&td);

	/* With it, the flag says nothing. */
	queue = open_rng(&td, EVENT, SIZE, false);
	buffer = td_alloc(&td, 1, 1);
	event = queue->avail + VIRTQ_AVAIL_USED_EVENT(SIZE);
	td_store(&td, queue->avail + VIRTQ_AVAIL_FLAGS, 2, VIRTQ_AVAIL_F_NO_INTERRUPT);
	td_store(&td, event, 2, 2);
	for (unsigned i = 0; i < 6; i++) {
		td_entropy(&td, queue, buffer, 1);
		assert_int_equal(td_isr(&td), i == 2 ? VIRTIO_ISR_QUEUE : 0);
	}
	/* In the middle of a batch. */
	td_store(&td, event, 2, 8);
	for (unsigned i = 0; i < 5; i++)
		td_offer(&td, queue, 0);
	td_notify(&td, queue);
	assert_int_equal(td_used_idx(&td, queue), 11);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_QUEUE);
	td_close(&td);
}

/* What the device writes into the used ring beside elements and index. */
static void used_ring_extras(void **state)
{
	struct td td;
	struct td_queue *queue = open_rng(&td, 0, SIZE, false);
	uint64_t buffer = td_alloc(&td, 1, 1);

	(void)state;
	td_store(&td, queue->used + VIRTQ_USED_AVAIL_EVENT(SIZE), 2, 0x5a5a);
	td_entropy(&td, queue, buffer, 1);
	assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_AVAIL_EVENT(SIZE), 2), 0x5a5a);
	assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_FLAGS, 2), 0);
	td_close(&td);

	queue = open_rng(&td, EVENT, SIZE, false);
	buffer = td_alloc(&td, 1, 1);
	for (unsigned i = 1; i < 20; i++) {
		td_entropy(&td, queue, buffer, 1);
		/* Wants to hear of the next buffer. */
		assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_AVAIL_EVENT(SIZE), 2), i);
		assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_FLAGS, 2), 0);
	}
	td_close(&td);
}

/* Which writes into the notification structure reach the queue. */
static void notifications(void **state)
{
	static const struct {
		uint64_t features;
		int place; /* added to where the queue's is */
		unsigned width;
		uint64_t value;
		bool reaches;
	} cases[] = {
		{ 0, 0, 2, 0, true },
		{ 0, 0, 2, 1, false },
		{ 0, 4, 2, 0, false },
		{ 0, 0, 4, 0, false },
		{ 0, 0, 1, 0, false },
		{ 0, 0, 8, 0, false },
		{ 0, 1, 2, 0, false },
		{ CONFIG, 0, 2, 0, false },
		{ CONFIG, 0, 2, 0x5a00, true },
		{ DATA, 0, 2, 0, false },
		{ DATA, 0, 4, 0x00010000, true },
		{ DATA, 0, 4, 0x00010001, false },
		{ DATA | CONFIG, 0, 4, 0x00015a00, true },
		{ DATA | CONFIG, 0, 4, 0x00010000, false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct td td;
		struct td_queue *queue;

		td_open(&td, "rng", "notification-data", NULL);
		queue = td_live_rng(&td, cases[i].features, SIZE);
		td_desc(&td, queue->desc, 0, td_alloc(&td, 16, 1), 16, WRITE, 0);
		td_offer(&td, queue, 0);
		mock_bar_write(td.mock, td.notify.bar, queue->notify + (uint64_t)cases[i].place,
			       cases[i].width, cases[i].value);
		assert_int_equal(td_used_idx(&td, queue), cases[i].reaches);
		assert_int_equal(mock_bar_read(td.mock, td.notify.bar, queue->notify, 4), 0);
		td_close(&td);
	}
}

/* A queue reset: nothing of it moves, the others go on, and it starts anew with other settings. */
static void queue_reset(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", NULL);
	buffer = td_alloc(&td, 16, 1);
	queue = td_live_rng(&td, RESET, SIZE);
	for (unsigned i = 0; i < 5; i++)
		td_entropy(&td, queue, buffer, 16);
	TD_SET(&td, queue_msix_vector, 0);
	TD_SET(&td, queue_reset, 0);
	assert_int_equal(TD_GET(&td, queue_enable), 1);
	TD_SET(&td, queue_reset, 1);
	assert_int_equal(TD_GET(&td, queue_reset), 0);
	assert_int_equal(TD_GET(&td, queue_enable), 0);
	assert_int_equal(TD_GET(&td, queue_size), 16);
	assert_int_equal(TD_GET(&td, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	td_expect_none(&td, queue);
	/* Enabled again, smaller, elsewhere; a buffer is there already. */
	queue = td_queue(&td, 0, 4, false);
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(td_entropy(&td, queue, buffer, 16), 16);
	assert_int_equal(TD_GET(&td, queue_reset), 0);
	/* Enabled on a live device with a buffer in its ring: found without a notification. */
	TD_SET(&td, queue_reset, 1);
	td_desc(&td, TD_BASE + TD_MEMORY - 4096, 0, buffer, 16, WRITE, 0);
	td_store(&td, TD_BASE + TD_MEMORY - 2048 + VIRTQ_AVAIL_IDX, 2, 1);
	TD_SET(&td, queue_desc_lo, TD_BASE + TD_MEMORY - 4096);
	TD_SET(&td, queue_driver_lo, TD_BASE + TD_MEMORY - 2048);
	TD_SET(&td, queue_device_lo, TD_BASE + TD_MEMORY - 1024);
	TD_SET(&td, queue_enable, 1);
	assert_int_equal(td_load(&td, TD_BASE + TD_MEMORY - 1024 + VIRTQ_USED_IDX, 2), 1);
	/* Twice, and without ever having been enabled. */
	TD_SET(&td, queue_reset, 1);
	TD_SET(&td, queue_reset, 1);
	assert_int_equal(TD_GET(&td, queue_enable), 0);
	assert_int_equal(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET, 0);
	td_close(&td);
}

static void bus_mastering(void **state)
{
	struct td td;
	struct td_queue *queue = open_rng(&td, 0, SIZE, false);
	uint64_t buffer = td_alloc(&td, 16, 1);

	(void)state;
	td_command(&td, PCI_COMMAND_MEMORY);
	td_desc(&td, queue->desc, 0, buffer, 16, WRITE, 0);
	td_offer(&td, queue, 0);
	td.watch = td_no_access;
	td_notify(&td, queue);
	td_expect_none(&td, queue);
	td.watch = NULL;
	assert_int_equal(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET, 0);
	td_command(&td, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	td_expect_used(&td, queue, 0, 16);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain),
		cmocka_unit_test(indirect),
		cmocka_unit_test(longest_chain),
		cmocka_unit_test(memory_end),
		cmocka_unit_test(indexes_wrap),
		cmocka_unit_test(batch),
		cmocka_unit_test(interrupts_wanted),
		cmocka_unit_test(used_ring_extras),
		cmocka_unit_test(notifications),
		cmocka_unit_test(queue_reset),
		cmocka_unit_test(bus_mastering),
	};

	return cmocka_run_group_tests_name("mock_split", tests, NULL, NULL);
}
