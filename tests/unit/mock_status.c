/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device's life: status, reset, errors, power, time. */
#include "mock_rings.h"

#define V1 TD_FEATURE(VIRTIO_F_VERSION_1)
#define LIVE                                                                            \
	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | \
	 VIRTIO_STATUS_DRIVER_OK)

static void status_bits(void **state)
{
	static const struct {
		uint8_t written, read;
	} steps[] = {
		{ 0x01, 0x01 },
		{ 0x02, 0x03 },
		/* Not the driver's, not defined, not yet. */
		{ 0x40, 0x03 },
		{ 0x20, 0x03 },
		{ 0x10, 0x03 },
		{ 0x04, 0x03 },
		/* Nothing was accepted, VERSION_1 not either. */
		{ 0x0b, 0x03 },
		{ 0x0f, 0x03 },
		{ 0x80, 0x83 },
		{ 0x03, 0x83 },
		{ 0x00, 0x00 },
	};
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		td_set_status(&td, steps[i].written);
		assert_int_equal(td_status(&td), steps[i].read);
	}
	/* All in one go is odd, and works. */
	td_accept(&td, V1);
	td_set_status(&td, LIVE);
	assert_int_equal(td_status(&td), LIVE);
	td_set_status(&td, VIRTIO_STATUS_ACKNOWLEDGE);
	assert_int_equal(td_status(&td), LIVE);
	td_close(&td);
}

static void reset_restores(void **state)
{
	struct td td;
	uint8_t before[sizeof(struct virtio_pci_common_cfg)];

	(void)state;
	td_open(&td, "blk", NULL);
	for (unsigned i = 0; i < sizeof(before); i++)
		before[i] = (uint8_t)td_common(&td, i, 1);
	td_negotiate(&td, td_offered(&td));
	for (uint16_t i = 0; i < 3; i++) {
		td_queue(&td, i, 8, true);
		TD_SET(&td, queue_msix_vector, i);
	}
	TD_SET(&td, config_msix_vector, 3);
	TD_SET(&td, device_feature_select, 1);
	td_driver_ok(&td);
	td_set_status(&td, 0);
	for (unsigned i = 0; i < sizeof(before); i++)
		assert_int_equal(td_common(&td, i, 1), before[i]);
	for (uint16_t i = 0; i < 3; i++) {
		TD_SET(&td, queue_select, i);
		assert_int_equal(TD_GET(&td, queue_enable), 0);
		assert_int_equal(TD_GET(&td, queue_size), 128);
		assert_int_equal(TD_GET(&td, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
		assert_int_equal(TD_GET(&td, queue_desc_lo), 0);
	}
	td_close(&td);
}

/* Ring positions go back too: a second driver starts at 0. */
static void second_driver(void **state)
{
	struct td td;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", NULL);
	buffer = td_alloc(&td, 16, 1);
	for (unsigned i = 0; i < 3; i++) {
		struct td_queue *queue = td_live_rng(&td, 0, i == 1 ? 4 : 0);

		for (unsigned j = 0; j < 5; j++)
			assert_int_equal(td_entropy(&td, queue, buffer, 16), 16);
	}
	td_close(&td);
}

static void reset_is_quiet(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", NULL);
	buffer = td_alloc(&td, 16, 1);
	queue = td_live_rng(&td, 0, 0);
	td_entropy(&td, queue, buffer, 16);
	assert_true(td.line);
	td_set_status(&td, 0);
	assert_false(td.line);
	assert_int_equal(td_isr(&td), 0);
	td.watch = td_no_access;
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	mock_advance(td.mock, 1000000000);
	td_expect_none(&td, queue);
	assert_false(td.line);
	td_close(&td);
}

/* Buffers before DRIVER_OK wait; at DRIVER_OK they are used without another notification. */
static void before_driver_ok(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", NULL);
	buffer = td_alloc(&td, 16, 1);
	assert_true(td_negotiate(&td, V1));
	queue = td_queue(&td, 0, 0, false);
	td_desc(&td, queue->desc, 0, buffer, 16, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&td, queue, 0);
	td.watch = td_no_access;
	td_notify(&td, queue);
	mock_advance(td.mock, 1);
	td_expect_none(&td, queue);
	assert_false(td.line);
	td.watch = NULL;
	td_driver_ok(&td);
	td_expect_used(&td, queue, 0, 16);
	td_close(&td);
}

static void no_queue_enabled(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	td_negotiate(&td, V1);
	td_driver_ok(&td);
	assert_int_equal(td_status(&td), LIVE);
	assert_false(td.line);
	td_close(&td);
}

/* An available index out of all proportion: the device gives up, says so, and rests. */
static void needs_reset(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", NULL);
	buffer = td_alloc(&td, 16, 1);
	queue = td_live_rng(&td, 0, 8);
	td_store(&td, queue->avail + VIRTQ_AVAIL_IDX, 2, 1000);
	td_notify(&td, queue);
	assert_int_equal(td_status(&td), LIVE | VIRTIO_STATUS_NEEDS_RESET);
	assert_true(td.line);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_CONFIG);
	/* Mended, but it is too late. */
	td_store(&td, queue->avail + VIRTQ_AVAIL_IDX, 2, 0);
	td_desc(&td, queue->desc, 0, buffer, 16, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&td, queue, 0);
	td.watch = td_no_access;
	td_notify(&td, queue);
	td_expect_none(&td, queue);
	td.watch = NULL;
	queue = td_live_rng(&td, 0, 8);
	assert_int_equal(td_entropy(&td, queue, buffer, 16), 16);
	td_close(&td);
}

static void failed(void **state)
{
	struct td td;
	struct td_queue *queue;

	(void)state;
	td_open(&td, "rng", NULL);
	queue = td_live_rng(&td, 0, 8);
	td_set_status(&td, LIVE | VIRTIO_STATUS_FAILED);
	td_desc(&td, queue->desc, 0, td_alloc(&td, 16, 1), 16, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	td_expect_none(&td, queue);
	td_close(&td);
}

static void power_on(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	mock_change_config(td.mock);
	td_device(&td, 0, 8);
	td_negotiate(&td, V1);
	td_driver_ok(&td);
	mock_change_config(td.mock);
	assert_true(td.line);
	mock_power_on(td.mock);
	assert_false(td.line);
	assert_int_equal(td_status(&td), 0);
	assert_int_equal(TD_GET(&td, config_generation), 0);
	assert_int_equal(td_device(&td, 0, 8), 8192);
	assert_int_equal(td_config(&td, PCI_COMMAND, 2), 0);
	td_close(&td);
}

static void virtual_time(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	assert_int_equal(mock_now(td.mock), 0);
	mock_advance(td.mock, 5);
	mock_advance(td.mock, 7);
	assert_int_equal(mock_now(td.mock), 12);
	mock_advance(td.mock, UINT64_MAX);
	assert_int_equal(mock_now(td.mock), UINT64_MAX);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_bits),      cmocka_unit_test(reset_restores),
		cmocka_unit_test(second_driver),    cmocka_unit_test(reset_is_quiet),
		cmocka_unit_test(before_driver_ok), cmocka_unit_test(no_queue_enabled),
		cmocka_unit_test(needs_reset),      cmocka_unit_test(failed),
		cmocka_unit_test(power_on),         cmocka_unit_test(virtual_time),
	};

	return cmocka_run_group_tests_name("mock_status", tests, NULL, NULL);
}
