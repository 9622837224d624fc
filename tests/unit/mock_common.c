/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device's common configuration: features, queues, vectors, accesses of odd shape. */
#include "mock_rings.h"

#include "spec/blk.h"
#include "spec/net.h"

#define COMMON_SIZE sizeof(struct virtio_pci_common_cfg)
#define V1          TD_FEATURE(VIRTIO_F_VERSION_1)

static void offer(void **state)
{
	const uint64_t everywhere = V1 | TD_FEATURE(VIRTIO_F_INDIRECT_DESC) |
				    TD_FEATURE(VIRTIO_F_EVENT_IDX) | TD_FEATURE(VIRTIO_F_IN_ORDER) |
				    TD_FEATURE(VIRTIO_F_NOTIF_CONFIG_DATA) |
				    TD_FEATURE(VIRTIO_F_RING_RESET) | TD_FEATURE(VIRTIO_F_SUSPEND);
	static const uint32_t windows[] = { 2, 3, 4, 31, 32, 0x80000000, UINT32_MAX };
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	assert_int_equal(td_offered(&td), everywhere);
	for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		TD_SET(&td, device_feature_select, windows[i]);
		assert_int_equal(TD_GET(&td, device_feature_select), windows[i]);
		assert_int_equal(TD_GET(&td, device_feature), 0);
	}
	td_close(&td);
}

/* The windows do not disturb each other, whatever the order; invalid bits do not show. */
static void driver_feature(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	TD_SET(&td, driver_feature_select, 1);
	TD_SET(&td, driver_feature, UINT32_MAX);
	TD_SET(&td, driver_feature_select, 0);
	TD_SET(&td, driver_feature, 1u << VIRTIO_F_EVENT_IDX | 1);
	assert_int_equal(TD_GET(&td, driver_feature), 1u << VIRTIO_F_EVENT_IDX);
	TD_SET(&td, driver_feature_select, 1);
	assert_int_equal(TD_GET(&td, driver_feature), td_offered(&td) >> 32);
	TD_SET(&td, driver_feature_select, 4);
	TD_SET(&td, driver_feature, UINT32_MAX);
	assert_int_equal(TD_GET(&td, driver_feature), 0);
	TD_SET(&td, driver_feature_select, 0);
	assert_int_equal(TD_GET(&td, driver_feature), 1u << VIRTIO_F_EVENT_IDX);
	td_close(&td);
}

static void acceptance(void **state)
{
	static const struct {
		uint64_t features;
		bool fine;
	} sets[] = {
		{ V1, true },
		{ 0, false },
		{ TD_FEATURE(VIRTIO_F_EVENT_IDX), false },
		{ V1 | TD_FEATURE(VIRTIO_F_EVENT_IDX), true },
		{ V1 | TD_FEATURE(VIRTIO_F_RING_PACKED), false },
		{ V1 | TD_FEATURE(VIRTIO_NET_F_CSUM), false },
		{ V1 | TD_FEATURE(VIRTIO_NET_F_CTRL_VQ), true },
		{ V1 | TD_FEATURE(VIRTIO_NET_F_CTRL_RX), false },
		{ V1 | TD_FEATURE(VIRTIO_NET_F_MQ), false },
		{ V1 | TD_FEATURE(VIRTIO_NET_F_MQ) | TD_FEATURE(VIRTIO_NET_F_CTRL_VQ), true },
		{ V1 | TD_FEATURE(VIRTIO_NET_F_GUEST_ANNOUNCE), false },
		{ V1 | TD_FEATURE(VIRTIO_NET_F_CTRL_MAC_ADDR), false },
	};
	struct td td;

	(void)state;
	td_open(&td, "net", NULL);
	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		assert_int_equal(td_negotiate(&td, sets[i].features), sets[i].fine);
	assert_true(td_negotiate(&td, td_offered(&td)));
	/* A refusal is not the end: other features may be tried. */
	assert_false(td_negotiate(&td, 0));
	td_accept(&td, V1);
	td_set_status(&td, td_status(&td) | VIRTIO_STATUS_FEATURES_OK);
	assert_true(td_status(&td) & VIRTIO_STATUS_FEATURES_OK);
	td_close(&td);
}

static void features_frozen(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	td_negotiate(&td, V1);
	td_accept(&td, td_offered(&td));
	TD_SET(&td, driver_feature_select, 0);
	assert_int_equal(TD_GET(&td, driver_feature), 0);
	td_driver_ok(&td);
	td_accept(&td, 0);
	TD_SET(&td, driver_feature_select, 1);
	assert_int_equal(TD_GET(&td, driver_feature), V1 >> 32);
	td_close(&td);
}

static void queue_fields(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	td_negotiate(&td, V1 | TD_FEATURE(VIRTIO_BLK_F_MQ));
	for (uint16_t i = 0; i < 3; i++) {
		TD_SET(&td, queue_select, i);
		assert_int_equal(TD_GET(&td, queue_size), 128);
		assert_int_equal(TD_GET(&td, queue_enable), 0);
		assert_int_equal(TD_GET(&td, queue_notify_off), i);
		TD_SET(&td, queue_desc_hi, 0x100 + i);
		TD_SET(&td, queue_desc_lo, 0x200 + i);
		TD_SET(&td, queue_driver_lo, 0x300 + i);
		TD_SET(&td, queue_driver_hi, 0x400 + i);
		TD_SET(&td, queue_device_hi, 0x500 + i);
		TD_SET(&td, queue_device_lo, 0x600 + i);
		TD_SET(&td, queue_size, 64 >> i);
	}
	for (uint16_t i = 3; i-- > 0;) {
		TD_SET(&td, queue_select, i);
		assert_int_equal(TD_GET(&td, queue_size), 64 >> i);
		assert_int_equal(TD_GET(&td, queue_desc_lo), 0x200 + i);
		assert_int_equal(TD_GET(&td, queue_desc_hi), 0x100 + i);
		assert_int_equal(TD_GET(&td, queue_driver_lo), 0x300 + i);
		assert_int_equal(TD_GET(&td, queue_driver_hi), 0x400 + i);
		assert_int_equal(TD_GET(&td, queue_device_lo), 0x600 + i);
		assert_int_equal(TD_GET(&td, queue_device_hi), 0x500 + i);
	}
	td_close(&td);
}

static void queue_sizes(void **state)
{
	static const struct {
		uint16_t written, read;
	} sizes[] = {
		{ 128, 128 }, { 64, 64 }, { 63, 64 },    { 0, 64 },     { 256, 64 },
		{ 3, 64 },    { 1, 1 },   { 0xffff, 1 }, { 0x8000, 1 }, { 128, 128 },
	};
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	td_negotiate(&td, V1);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		TD_SET(&td, queue_size, sizes[i].written);
		assert_int_equal(TD_GET(&td, queue_size), sizes[i].read);
	}
	td_close(&td);
}

/* A queue that is enabled keeps its set-up, and only a reset takes the enabling back. */
static void queue_enabled(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	td_negotiate(&td, V1);
	TD_SET(&td, queue_size, 8);
	TD_SET(&td, queue_desc_lo, 0x1000);
	TD_SET(&td, queue_enable, 0);
	TD_SET(&td, queue_enable, 2);
	assert_int_equal(TD_GET(&td, queue_enable), 0);
	TD_SET(&td, queue_enable, 1);
	assert_int_equal(TD_GET(&td, queue_enable), 1);
	TD_SET(&td, queue_size, 4);
	TD_SET(&td, queue_desc_lo, 0x2000);
	TD_SET(&td, queue_device_hi, 1);
	TD_SET(&td, queue_enable, 1);
	TD_SET(&td, queue_enable, 0);
	assert_int_equal(TD_GET(&td, queue_size), 8);
	assert_int_equal(TD_GET(&td, queue_desc_lo), 0x1000);
	assert_int_equal(TD_GET(&td, queue_device_hi), 0);
	assert_int_equal(TD_GET(&td, queue_enable), 1);
	td_close(&td);
}

/* Queues that are not there: behind the last, and those of a feature that was declined. */
static void queue_absent(void **state)
{
	static const uint16_t indexes[] = { 1, 2, 3, 4, 255, 0xffff };
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	TD_SET(&td, queue_select, 2);
	assert_int_equal(TD_GET(&td, queue_size), 128);
	td_negotiate(&td, V1);
	for (unsigned i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		TD_SET(&td, queue_select, indexes[i]);
		TD_SET(&td, queue_size, 64);
		TD_SET(&td, queue_enable, 1);
		TD_SET(&td, queue_desc_lo, 0x1000);
		TD_SET(&td, queue_msix_vector, 0);
		TD_SET(&td, queue_reset, 1);
		assert_int_equal(TD_GET(&td, queue_size), 0);
		assert_int_equal(TD_GET(&td, queue_enable), 0);
		assert_int_equal(TD_GET(&td, queue_desc_lo), 0);
		assert_int_equal(TD_GET(&td, queue_notify_off), 0);
		assert_int_equal(TD_GET(&td, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	}
	TD_SET(&td, queue_select, 0);
	assert_int_equal(TD_GET(&td, queue_size), 128);
	td_close(&td);
}

/* Enabled too early, and then declined with its feature: the queue is not there any more. */
static void queue_vanishes(void **state)
{
	struct td td;
	struct td_queue *queue;

	(void)state;
	td_open(&td, "blk", NULL);
	td_set_status(&td, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	queue = td_queue(&td, 2, 8, false);
	td_offer(&td, queue, 0);
	td_accept(&td, V1);
	td_set_status(&td, VIRTIO_STATUS_FEATURES_OK);
	td.watch = td_no_access;
	td_set_status(&td, VIRTIO_STATUS_DRIVER_OK);
	td_notify(&td, queue);
	assert_int_equal(TD_GET(&td, queue_enable), 0);
	assert_false(td_status(&td) & VIRTIO_STATUS_NEEDS_RESET);
	td_close(&td);
}

/* Fields of features that were declined read 0. */
static void optional_fields(void **state)
{
	struct td td;
	unsigned data;

	(void)state;
	td_open(&td, "blk", "admin-queue", NULL);
	td_negotiate(&td, V1);
	assert_int_equal(TD_GET(&td, queue_notif_config_data), 0);
	assert_int_equal(TD_GET(&td, admin_queue_index), 0);
	assert_int_equal(TD_GET(&td, admin_queue_num), 0);
	TD_SET(&td, queue_enable, 1);
	TD_SET(&td, queue_reset, 1);
	assert_int_equal(TD_GET(&td, queue_enable), 1);
	td_negotiate(&td, td_offered(&td));
	TD_SET(&td, queue_select, 0);
	data = TD_GET(&td, queue_notif_config_data);
	TD_SET(&td, queue_select, 1);
	assert_int_not_equal(TD_GET(&td, queue_notif_config_data), data);
	assert_int_not_equal(TD_GET(&td, queue_notif_config_data), 1);
	assert_int_equal(TD_GET(&td, admin_queue_index), 3);
	assert_int_equal(TD_GET(&td, admin_queue_num), 1);
	assert_int_equal(TD_GET(&td, num_queues), 3);
	TD_SET(&td, queue_select, 3);
	assert_int_equal(TD_GET(&td, queue_size), 16);
	td_close(&td);
}

static void vectors(void **state)
{
	static const uint16_t invalid[] = { 4, 5, 0x7ff, 0x800, 0x7ff0, 0xfffe };
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	assert_int_equal(TD_GET(&td, config_msix_vector), VIRTIO_MSI_NO_VECTOR);
	assert_int_equal(TD_GET(&td, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	for (uint16_t i = 0; i < 4; i++) {
		TD_SET(&td, config_msix_vector, i);
		TD_SET(&td, queue_msix_vector, i);
		assert_int_equal(TD_GET(&td, config_msix_vector), i);
		assert_int_equal(TD_GET(&td, queue_msix_vector), i);
	}
	for (unsigned i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		TD_SET(&td, config_msix_vector, 1);
		TD_SET(&td, config_msix_vector, invalid[i]);
		assert_int_equal(TD_GET(&td, config_msix_vector), VIRTIO_MSI_NO_VECTOR);
	}
	TD_SET(&td, queue_msix_vector, VIRTIO_MSI_NO_VECTOR);
	assert_int_equal(TD_GET(&td, queue_msix_vector), VIRTIO_MSI_NO_VECTOR);
	td_close(&td);
}

/* Reads of every width at every offset give the bytes that byte reads give. */
static void odd_reads(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	td_negotiate(&td, td_offered(&td));
	TD_SET(&td, queue_select, 1);
	TD_SET(&td, queue_desc_lo, 0x89abcdef);
	TD_SET(&td, queue_desc_hi, 0x01234567);
	for (unsigned width = 2; width <= 8; width *= 2) {
		for (unsigned at = 0; at < COMMON_SIZE + 8; at++) {
			uint64_t wide =
				mock_bar_read(td.mock, td.common.bar, td.common.offset + at, width);

			for (unsigned i = 0; i < width; i++)
				assert_int_equal(wide >> 8 * i & 0xff, td_common(&td, at + i, 1));
		}
	}
	td_close(&td);
}

/* A write reaches the fields that it covers wholly, and no others. */
static void odd_writes(void **state)
{
	const size_t desc = offsetof(struct virtio_pci_common_cfg, queue_desc_lo);
	const size_t status = offsetof(struct virtio_pci_common_cfg, device_status);
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	td_set_common(&td, desc, 8, UINT64_C(0x1122334455667788));
	assert_int_equal(TD_GET(&td, queue_desc_lo), 0x55667788);
	assert_int_equal(TD_GET(&td, queue_desc_hi), 0x11223344);
	td_set_common(&td, desc, 2, 0xffff);
	td_set_common(&td, desc + 1, 1, 0xff);
	td_set_common(&td, desc + 2, 4, UINT32_MAX);
	assert_int_equal(TD_GET(&td, queue_desc_lo), 0x55667788);
	assert_int_equal(TD_GET(&td, queue_desc_hi), 0x11223344);
	/* Status, generation and queue_select at once. */
	td_set_common(&td, status, 4, 0x00020001);
	assert_int_equal(td_status(&td), VIRTIO_STATUS_ACKNOWLEDGE);
	assert_int_equal(TD_GET(&td, queue_select), 2);
	td_set_common(&td, status - 1, 2, 0);
	assert_int_equal(td_status(&td), 0);
	for (unsigned width = 1; width <= 8; width *= 2) {
		for (unsigned at = 0; at < COMMON_SIZE + 8; at++)
			td_set_common(&td, at, width, 0x0101010101010101);
	}
	td_close(&td);
}

static void read_only_fields(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	td_negotiate(&td, td_offered(&td));
	TD_SET(&td, device_feature, 0);
	TD_SET(&td, num_queues, 77);
	TD_SET(&td, config_generation, 77);
	TD_SET(&td, queue_notify_off, 77);
	TD_SET(&td, queue_notif_config_data, 77);
	TD_SET(&td, admin_queue_index, 77);
	assert_int_not_equal(TD_GET(&td, device_feature), 0);
	assert_int_equal(TD_GET(&td, num_queues), 3);
	assert_int_equal(TD_GET(&td, config_generation), 0);
	assert_int_equal(TD_GET(&td, queue_notify_off), 0);
	assert_int_not_equal(TD_GET(&td, queue_notif_config_data), 77);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offer),          cmocka_unit_test(driver_feature),
		cmocka_unit_test(acceptance),     cmocka_unit_test(features_frozen),
		cmocka_unit_test(queue_fields),   cmocka_unit_test(queue_sizes),
		cmocka_unit_test(queue_enabled),  cmocka_unit_test(queue_absent),
		cmocka_unit_test(queue_vanishes), cmocka_unit_test(optional_fields),
		cmocka_unit_test(vectors),        cmocka_unit_test(odd_reads),
		cmocka_unit_test(odd_writes),     cmocka_unit_test(read_only_fields),
	};

	return cmocka_run_group_tests_name("mock_common", tests, NULL, NULL);
}
