/* SPDX-License-Identifier: BSD-3-Clause */
/* Situations of a live device do what they say: requests, interrupts, notifications. */
#include "mock_rings.h"

#include "spec/blk.h"
#include "spec/legacy.h"
#include "spec/net.h"

#define V1 TD_FEATURE(VIRTIO_F_VERSION_1)

/* A request of eight bytes to a rng; whether it was used. */
static bool request(struct td *td, struct td_queue *queue, bool notify)
{
	uint16_t before = td_used_idx(td, queue);

	td_desc(td, queue->desc, 0, TD_BASE + TD_MEMORY - 64, 8, VIRTQ_DESC_F_WRITE, 0);
	td_offer(td, queue, 0);
	if (notify)
		td_notify(td, queue);
	return td_used_idx(td, queue) != before;
}

static void requests(void **state)
{
	static const struct {
		const char *quirk;
		bool served[4];
		uint8_t status;
	} rows[] = {
		{ "needs-reset-in-flight=2", { true, false }, 0x4f },
		{ "requests-never-done=2", { true, false, false, false }, 0x0f },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct td_queue *queue;

		td_open(&td, "rng", rows[i].quirk, NULL);
		queue = td_live_rng(&td, 0, 0);
		for (unsigned j = 0; j < 4; j++)
			assert_int_equal(request(&td, queue, true), rows[i].served[j]);
		assert_int_equal(td_status(&td), rows[i].status);
		if (i == 0) {
			assert_int_equal(td_isr(&td), VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG);
			assert_true(request(&td, td_live_rng(&td, 0, 0), true));
		}
		td_close(&td);
	}
}

static void changes_in_a_request(void **state)
{
	struct td td;
	struct td_queue *queue;

	(void)state;
	td_open(&td, "blk", "config-changes-in-request=2", NULL);
	assert_true(td_negotiate(&td, V1));
	queue = td_queue(&td, 0, 0, false);
	td_driver_ok(&td);
	/* No request that means anything; it is served all the same. */
	request(&td, queue, true);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_QUEUE);
	request(&td, queue, true);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_QUEUE | VIRTIO_ISR_CONFIG);
	td_close(&td);
}

static void interrupts(void **state)
{
	static const struct {
		const char *quirk;
		uint8_t first, second, later;
	} rows[] = {
		{ "interrupts-lost", 0, 0, 0 },
		{ "interrupts-lost=first", 0, 1, 0 },
		{ "isr-bits-together", 3, 3, 0 },
		{ "interrupts-spurious=queues", 1, 1, 1 },
		{ "interrupts-spurious=config", 1, 1, 2 },
		{ "interrupts-spurious=both", 1, 1, 3 },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct td_queue *queue;

		td_open(&td, "rng", rows[i].quirk, NULL);
		queue = td_live_rng(&td, 0, 0);
		assert_true(request(&td, queue, true));
		assert_int_equal(td_isr(&td), rows[i].first);
		assert_true(request(&td, queue, true));
		assert_int_equal(td_isr(&td), rows[i].second);
		mock_advance(td.mock, 100000);
		assert_int_equal(td_isr(&td), rows[i].later);
		mock_advance(td.mock, 1000000000);
		td_isr(&td);
		mock_advance(td.mock, 1000000000);
		assert_int_equal(td_isr(&td), 0);
		td_close(&td);
	}
}

static void messages(void **state)
{
	struct td td;
	struct td_queue *queue;

	(void)state;
	td_open(&td, "rng", "messages-together", NULL);
	assert_true(td_negotiate(&td, V1));
	td_set_config(&td, td.msix + PCI_MSIX_CONTROL, 2, PCI_MSIX_CONTROL_ENABLE);
	for (unsigned i = 0; i < 2; i++)
		mock_bar_write(td.mock, 2, 16 * i + PCI_MSIX_ENTRY_CONTROL, 4, 0);
	TD_SET(&td, config_msix_vector, 0);
	TD_SET(&td, queue_msix_vector, 1);
	queue = td_queue(&td, 0, 0, false);
	td_driver_ok(&td);
	assert_true(request(&td, queue, true));
	assert_int_equal(td.messages[0], 1);
	assert_int_equal(td.messages[1], 1);
	td_close(&td);
}

static void notifications(void **state)
{
	static const char *const quirks[] = { "notifications-unwanted=event",
					      "notifications-unwanted=flag" };
	struct td td;
	struct td_queue *queue;

	(void)state;
	for (unsigned way = 0; way < 2; way++) {
		td_open(&td, "rng", quirks[way], NULL);
		assert_int_equal(!(td_offered(&td) & TD_FEATURE(VIRTIO_F_EVENT_IDX)), way);
		queue = td_live_rng(&td, 0, 0);
		for (unsigned i = 1; i < 4; i++) {
			assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_FLAGS, 2),
					 VIRTQ_USED_F_NO_NOTIFY);
			assert_false(request(&td, queue, false));
			mock_advance(td.mock, 100000);
			assert_int_equal(td_used_idx(&td, queue), i);
		}
		td_close(&td);
	}

	td_open(&td, "rng", "notifications-unheard", NULL);
	queue = td_live_rng(&td, 0, 0);
	assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_FLAGS, 2), VIRTQ_USED_F_NO_NOTIFY);
	assert_false(request(&td, queue, true));
	mock_advance(td.mock, 1000000000);
	assert_int_equal(td_used_idx(&td, queue), 0);
	td_close(&td);

	td_open(&td, "rng", "avail-event-misleads", NULL);
	queue = td_live_rng(&td, 0, 0);
	assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_AVAIL_EVENT(queue->size), 2),
			 0x7fff);
	assert_int_equal(td_load(&td, queue->used + VIRTQ_USED_FLAGS, 2), 0);
	assert_true(request(&td, queue, true));
	td_close(&td);

	td_open(&td, "rng", "ring=packed", "packed-notification-data", NULL);
	assert_true(td_offered(&td) & TD_FEATURE(VIRTIO_F_NOTIFICATION_DATA));
	td_close(&td);
}

static void control_commands(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "net", "control-never-done", NULL);
	assert_true(td_negotiate(&td, V1 | TD_FEATURE(VIRTIO_NET_F_CTRL_VQ)));
	TD_SET(&td, queue_select, 2);
	queue = td_queue(&td, 2, 0, false);
	td_driver_ok(&td);
	buffer = td_alloc(&td, 16, 16);
	td_desc(&td, queue->desc, 0, buffer, 3, VIRTQ_DESC_F_NEXT, 1);
	td_desc(&td, queue->desc, 1, buffer + 8, 1, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	mock_advance(td.mock, 1000000);
	td_expect_none(&td, queue);
	td_close(&td);
}

static void legacy_queue_in_use(void **state)
{
	struct mock_settings settings = { .class_name = "rng",
					  .interface = MOCK_LEGACY,
					  .quirks = { { "legacy-queue-in-use", NULL } },
					  .quirk_count = 1 };
	struct td td;

	(void)state;
	td_open_as(&td, &settings);
	mock_bar_write(td.mock, 0, VIRTIO_LEGACY_QUEUE_SELECT, 2, 0);
	assert_int_not_equal(mock_bar_read(td.mock, 0, VIRTIO_LEGACY_QUEUE_SIZE, 2), 0);
	mock_bar_write(td.mock, 0, VIRTIO_LEGACY_QUEUE_ADDRESS, 4,
		       TD_BASE >> VIRTIO_LEGACY_PAGE_SHIFT);
	assert_int_equal(mock_bar_read(td.mock, 0, VIRTIO_LEGACY_QUEUE_SIZE, 2), 0);
	mock_bar_write(td.mock, 0, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, 0);
	assert_int_not_equal(mock_bar_read(td.mock, 0, VIRTIO_LEGACY_QUEUE_SIZE, 2), 0);
	td_close(&td);
}

static void version_one_withheld(void **state)
{
	struct mock_settings settings = { .class_name = "rng",
					  .interface = MOCK_TRANSITIONAL,
					  .quirks = { { "version-one-withheld", NULL } },
					  .quirk_count = 1 };
	struct td td;

	(void)state;
	td_open_as(&td, &settings);
	assert_false(td_offered(&td) & V1);
	assert_false(td_negotiate(&td, 0));
	td_close(&td);
}

/* A limit that is broken is an error: a request of four elements, an element of 4097. */
static void limits(void **state)
{
	static const struct {
		const char *class_name, *quirk;
		uint64_t features;
		unsigned elements;
		uint32_t length;
		uint8_t status;
	} rows[] = {
		{ "blk", "blk-limits=tight", TD_FEATURE(VIRTIO_BLK_F_SEG_MAX), 4, 512, 0x4f },
		{ "blk", "blk-limits=tight", TD_FEATURE(VIRTIO_BLK_F_SIZE_MAX), 3, 4097, 0x4f },
		{ "blk", "blk-limits=tight", 0, 4, 4097, 0x0f },
		{ "blk", "blk-limits=wide", TD_FEATURE(VIRTIO_BLK_F_SIZE_MAX), 4, 4097, 0x0f },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct td_queue *queue;
		uint64_t buffer;

		td_open(&td, rows[i].class_name, rows[i].quirk, NULL);
		assert_true(td_negotiate(&td, V1 | rows[i].features));
		queue = td_queue(&td, 0, 0, false);
		td_driver_ok(&td);
		buffer = td_alloc(&td, 8192, 16);
		for (unsigned j = 0; j < rows[i].elements; j++)
			td_desc(&td, queue->desc, j, buffer, rows[i].length,
				(uint16_t)(VIRTQ_DESC_F_WRITE |
					   (j + 1 < rows[i].elements ? VIRTQ_DESC_F_NEXT : 0)),
				(uint16_t)(j + 1));
		td_offer(&td, queue, 0);
		td_notify(&td, queue);
		assert_int_equal(td_status(&td), rows[i].status);
		td_close(&td);
	}
}

static void legacy_unused_bit(void **state)
{
	struct mock_settings settings = { .class_name = "rng",
					  .interface = MOCK_LEGACY,
					  .quirks = { { "legacy-unused-bit", NULL } },
					  .quirk_count = 1 };
	struct td td;

	(void)state;
	td_open_as(&td, &settings);
	assert_true(mock_bar_read(td.mock, 0, VIRTIO_LEGACY_DEVICE_FEATURES, 4) &
		    TD_FEATURE(VIRTIO_F_UNUSED));
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(changes_in_a_request),
		cmocka_unit_test(interrupts),
		cmocka_unit_test(messages),
		cmocka_unit_test(notifications),
		cmocka_unit_test(control_commands),
		cmocka_unit_test(legacy_queue_in_use),
		cmocka_unit_test(version_one_withheld),
		cmocka_unit_test(limits),
		cmocka_unit_test(legacy_unused_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
