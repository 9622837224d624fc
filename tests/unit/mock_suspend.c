/* SPDX-License-Identifier: BSD-3-Clause */
/* Changes of the mock device's configuration, who hears of them, and suspension. */
#include "mock_rings.h"

#include "spec/blk.h"

#define V1      TD_FEATURE(VIRTIO_F_VERSION_1)
#define SUSPEND TD_FEATURE(VIRTIO_F_SUSPEND)
#define LIVE                                                                            \
	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | \
	 VIRTIO_STATUS_DRIVER_OK)
#define SUSPENDED ((LIVE & ~VIRTIO_STATUS_DRIVER_OK) | VIRTIO_STATUS_SUSPEND)

/* 4.1.4.3.1, with the driver's own reading order. */
static void generation(void **state)
{
	struct td td;
	uint8_t before;
	uint32_t low;

	(void)state;
	td_open(&td, "blk", NULL);
	td_negotiate(&td, V1);
	td_driver_ok(&td);
	before = (uint8_t)TD_GET(&td, config_generation);
	td_device(&td, 0, 4);
	td_device(&td, 4, 4);
	assert_int_equal(TD_GET(&td, config_generation), before);
	/* A change between the two halves. */
	low = (uint32_t)td_device(&td, 0, 4);
	assert_true(mock_change_config(td.mock));
	td_device(&td, 4, 4);
	assert_int_not_equal(TD_GET(&td, config_generation), before);
	assert_int_not_equal(td_device(&td, 0, 4), low);
	/* A change of one field shows when another has been read, and only once. */
	before = (uint8_t)TD_GET(&td, config_generation);
	mock_change_config(td.mock);
	td_device(&td, offsetof(struct virtio_blk_config, blk_size), 4);
	assert_int_not_equal(TD_GET(&td, config_generation), before);
	before = (uint8_t)TD_GET(&td, config_generation);
	td_device(&td, 0, 8);
	assert_int_equal(TD_GET(&td, config_generation), before);
	/* 256 changes that nobody looked at. */
	for (unsigned i = 0; i < 256; i++)
		mock_change_config(td.mock);
	td_device(&td, 0, 1);
	assert_int_not_equal(TD_GET(&td, config_generation), before);
	td_close(&td);
}

static void change_notified(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	/* Nobody there to hear of it. */
	assert_true(mock_change_config(td.mock));
	td_negotiate(&td, V1);
	td_driver_ok(&td);
	assert_false(td.line);
	assert_int_equal(td_isr(&td), 0);
	/* Even to a driver that leaves the first reset out. */
	td_reset(&td);
	mock_change_config(td.mock);
	td_accept(&td, V1);
	td_set_status(&td, LIVE);
	assert_int_equal(td_status(&td), LIVE);
	assert_false(td.line);
	/* Somebody on the way: told on arrival. */
	td_negotiate(&td, V1);
	mock_change_config(td.mock);
	assert_false(td.line);
	td_driver_ok(&td);
	assert_true(td.line);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_CONFIG);
	assert_false(td.line);
	mock_change_config(td.mock);
	assert_true(td.line);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_CONFIG);
	td_close(&td);
}

static void change_impossible(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	td_live_rng(&td, 0, 0);
	assert_false(mock_change_config(td.mock));
	assert_false(td.line);
	td_close(&td);
}

static void suspend_resume(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", NULL);
	buffer = td_alloc(&td, 16, 1);
	queue = td_live_rng(&td, SUSPEND, 0);
	td_entropy(&td, queue, buffer, 16);
	td_isr(&td);
	td_set_status(&td, LIVE | VIRTIO_STATUS_SUSPEND);
	assert_int_equal(td_status(&td), SUSPENDED);
	td_offer(&td, queue, 0);
	td.watch = td_no_access;
	td_notify(&td, queue);
	mock_advance(td.mock, 1);
	td_expect_none(&td, queue);
	assert_false(td.line);
	td.watch = NULL;
	/* Bits that do not resume. */
	td_set_status(&td, SUSPENDED);
	assert_int_equal(td_status(&td), SUSPENDED);
	td_set_status(&td, SUSPENDED | VIRTIO_STATUS_DRIVER_OK);
	assert_int_equal(td_status(&td), LIVE);
	td_expect_used(&td, queue, 0, 16);
	assert_true(td.line);
	/* And without the bit itself, as a driver that may clear it would. */
	td_set_status(&td, LIVE | VIRTIO_STATUS_SUSPEND);
	td_set_status(&td, LIVE);
	assert_int_equal(td_status(&td), LIVE);
	td_set_status(&td, LIVE | VIRTIO_STATUS_SUSPEND);
	td_set_status(&td, 0);
	assert_int_equal(td_status(&td), 0);
	td_close(&td);
}

static void suspend_ignored(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	/* Declined. */
	td_live_rng(&td, 0, 0);
	td_set_status(&td, LIVE | VIRTIO_STATUS_SUSPEND);
	assert_int_equal(td_status(&td), LIVE);
	/* Too early, at every step. */
	td_set_status(&td, 0);
	td_set_status(&td, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_SUSPEND);
	assert_int_equal(td_status(&td), VIRTIO_STATUS_ACKNOWLEDGE);
	td_negotiate(&td, V1 | SUSPEND);
	td_set_status(&td, (LIVE & ~VIRTIO_STATUS_DRIVER_OK) | VIRTIO_STATUS_SUSPEND);
	assert_int_equal(td_status(&td), LIVE & ~VIRTIO_STATUS_DRIVER_OK);
	td_set_status(&td, LIVE | VIRTIO_STATUS_SUSPEND);
	assert_int_equal(td_status(&td), LIVE);
	td_close(&td);
}

/* The configuration stands still, takes no writes, and the driver hears of changes afterwards. */
static void suspend_config(void **state)
{
	const size_t writeback = offsetof(struct virtio_blk_config, writeback);
	struct td td;
	uint64_t capacity;

	(void)state;
	td_open(&td, "blk", NULL);
	td_negotiate(&td, td_offered(&td));
	td_driver_ok(&td);
	capacity = td_device(&td, 0, 8);
	assert_int_equal(td_device(&td, writeback, 1), 1);
	td_set_status(&td, LIVE | VIRTIO_STATUS_SUSPEND);
	assert_true(mock_change_config(td.mock));
	td_set_device(&td, writeback, 1, 0);
	assert_int_equal(td_device(&td, writeback, 1), 1);
	assert_int_equal(td_device(&td, 0, 8), capacity);
	assert_false(td.line);
	td_set_status(&td, LIVE);
	assert_true(td.line);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_CONFIG);
	assert_int_not_equal(td_device(&td, 0, 8), capacity);
	capacity = td_device(&td, 0, 8);
	td_set_device(&td, writeback, 1, 0);
	assert_int_equal(td_device(&td, writeback, 1), 0);
	/* A change during suspension survives a reset, but is nobody's news then. */
	td_set_status(&td, LIVE | VIRTIO_STATUS_SUSPEND);
	mock_change_config(td.mock);
	td_set_status(&td, 0);
	assert_int_not_equal(td_device(&td, 0, 8), capacity);
	assert_false(td.line);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generation),        cmocka_unit_test(change_notified),
		cmocka_unit_test(change_impossible), cmocka_unit_test(suspend_resume),
		cmocka_unit_test(suspend_ignored),   cmocka_unit_test(suspend_config),
	};

	return cmocka_run_group_tests_name("mock_suspend", tests, NULL, NULL);
}
