/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device as the draft of 2013 has it: identity, feature windows, start-up without
 * FEATURES_OK, queues that can be stopped, a structure in configuration space. */
#include "mock_rings.h"

#include "spec/blk.h"
#include "spec/pci_function.h"

#define V1      TD_FEATURE(VIRTIO_F_VERSION_1)
#define STARTED (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER)

static void open_draft(struct td *td, const char *class_name, enum mock_interface interface,
		       const char *quirk, const char *value)
{
	const struct mock_settings settings = {
		.class_name = class_name,
		.interface = interface,
		.draft = true,
		.quirks = { { quirk, value } },
		.quirk_count = quirk ? 1 : 0,
	};

	td_open_as(td, &settings);
}

static void identity(void **state)
{
	struct td td;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		unsigned common, notify;

		open_draft(&td, "net", i ? MOCK_TRANSITIONAL : MOCK_MODERN, NULL, NULL);
		assert_int_equal(td_config(&td, PCI_DEVICE_ID, 2), 0x1000);
		assert_int_equal(td_config(&td, PCI_SUBSYSTEM_ID, 2), VIRTIO_ID_NET);
		assert_int_equal(td_config(&td, PCI_REVISION_ID, 1), i ? 0 : 1);
		for (unsigned type = 5; type <= UINT8_MAX; type++)
			assert_int_equal(td_cap(&td, PCI_CAP_ID_VNDR, (uint8_t)type, 0), 0);
		common = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_COMMON_CFG, 0);
		notify = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG, 0);
		assert_int_equal(td_config(&td, common + offsetof(struct virtio_pci_cap, length),
					   4),
				 VIRTIO_PCI_COMMON_CFG_MIN);
		assert_int_equal(
			td_config(&td, notify + offsetof(struct virtio_pci_cap, length), 4) % 2, 0);
		td_close(&td);
	}
}

static void windows(void **state)
{
	struct td td;

	(void)state;
	open_draft(&td, "blk", MOCK_MODERN, NULL, NULL);
	assert_int_equal(td_offered(&td) >> 32, 1);
	td_accept(&td, td_offered(&td));
	for (uint32_t select = 2; select < 70; select++) {
		TD_SET(&td, device_feature_select, select);
		TD_SET(&td, driver_feature_select, select);
		assert_int_equal(TD_GET(&td, device_feature), 0);
		TD_SET(&td, driver_feature, UINT32_MAX);
		assert_int_equal(TD_GET(&td, driver_feature), 0);
	}
	TD_SET(&td, driver_feature_select, 1);
	assert_int_equal(TD_GET(&td, driver_feature), 1);
	mock_change_config(td.mock);
	td_device(&td, 0, 4);
	assert_int_equal(TD_GET(&td, config_generation), 0);
	td_close(&td);
}

/* Starts a rng with its queue, as far as DRIVER_OK, with these features. */
static struct td_queue *start(struct td *td, uint64_t features, bool queue_first)
{
	struct td_queue *queue = NULL;

	td_reset(td);
	td_set_status(td, VIRTIO_STATUS_ACKNOWLEDGE);
	td_set_status(td, STARTED);
	if (queue_first)
		queue = td_queue(td, 0, 8, false);
	td_accept(td, features);
	if (!queue_first)
		queue = td_queue(td, 0, 8, false);
	td_set_status(td, STARTED | VIRTIO_STATUS_FEATURES_OK);
	assert_int_equal(td_status(td), STARTED);
	td_driver_ok(td);
	return queue;
}

static void start_up(void **state)
{
	struct td td;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct td_queue *queue;
		uint64_t buffer;

		open_draft(&td, "rng", i / 2 ? MOCK_TRANSITIONAL : MOCK_MODERN, NULL, NULL);
		buffer = td_alloc(&td, 8, 1);
		queue = start(&td, V1, i % 2);
		assert_int_equal(td_status(&td), STARTED | VIRTIO_STATUS_DRIVER_OK);
		assert_int_equal(td_entropy(&td, queue, buffer, 8), 8);
		/* What was not offered is ignored; the choice is final. */
		queue = start(&td, V1 | TD_FEATURE(VIRTIO_F_IN_ORDER) | 1, i % 2);
		assert_int_equal(td_entropy(&td, queue, buffer, 8), 8);
		td_accept(&td, 0);
		TD_SET(&td, driver_feature_select, 1);
		assert_int_equal(TD_GET(&td, driver_feature), 1);
		/* A driver of old is not served here. */
		queue = start(&td, 0, i % 2);
		assert_int_equal(td_status(&td), STARTED);
		td_desc(&td, queue->desc, 0, buffer, 8, VIRTQ_DESC_F_WRITE, 0);
		td_offer(&td, queue, 0);
		td.watch = td_no_access;
		td_notify(&td, queue);
		td_close(&td);
	}
}

static void queue_stops(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	open_draft(&td, "rng", MOCK_MODERN, NULL, NULL);
	buffer = td_alloc(&td, 8, 1);
	queue = start(&td, V1, false);
	assert_int_equal(td_entropy(&td, queue, buffer, 8), 8);
	TD_SET(&td, queue_enable, 0);
	assert_int_equal(TD_GET(&td, queue_enable), 0);
	td_offer(&td, queue, 0);
	td.watch = td_no_access;
	td_notify(&td, queue);
	td.watch = NULL;
	/* It goes on where it was. */
	TD_SET(&td, queue_enable, 1);
	td_expect_used(&td, queue, 0, 8);
	assert_int_equal(td_entropy(&td, queue, buffer, 8), 8);
	/* Set up elsewhere in between, it starts anew. */
	TD_SET(&td, queue_enable, 0);
	queue = td_queue(&td, 0, 4, false);
	assert_int_equal(td_entropy(&td, queue, buffer, 8), 8);
	td_close(&td);
	/* Later versions know no such thing. */
	td_open(&td, "rng", NULL);
	queue = td_live_rng(&td, 0, 8);
	buffer = td_alloc(&td, 8, 1);
	TD_SET(&td, queue_enable, 0);
	assert_int_equal(TD_GET(&td, queue_enable), 1);
	assert_int_equal(td_entropy(&td, queue, buffer, 8), 8);
	td_close(&td);
}

/* Where the structure of this type lies in configuration space. */
static unsigned inline_place(struct td *td, uint8_t type)
{
	unsigned cap = td_cap(td, PCI_CAP_ID_VNDR, type, 0);

	assert_int_equal(td_config(td, cap + offsetof(struct virtio_pci_cap, bar), 1),
			 VIRTIO_PCI_CAP_BAR_IN_CONFIG);
	return cap + td_config(td, cap + offsetof(struct virtio_pci_cap, offset), 4);
}

static void structure_in_configuration_space(void **state)
{
	struct td td;
	unsigned at;

	(void)state;
	open_draft(&td, "blk", MOCK_MODERN, "structure-in-config-space", "device");
	at = inline_place(&td, VIRTIO_PCI_CAP_DEVICE_CFG);
	assert_int_equal(td_config(&td, at, 4), 8192);
	assert_int_equal(td_config(&td, at + 1, 1), 0x20);
	assert_int_equal(td_config(&td, at - 2, 4) >> 16, 0x2000);
	mock_change_config(td.mock);
	assert_int_equal(td_config(&td, at, 4), 10240);
	at += offsetof(struct virtio_blk_config, writeback);
	assert_int_equal(td_config(&td, at, 1), 1);
	td_set_config(&td, at, 1, 0);
	assert_int_equal(td_config(&td, at, 1), 0);
	td_set_config(&td, at - 1, 4, 0x100);
	assert_int_equal(td_config(&td, at, 1), 1);
	td_close(&td);

	open_draft(&td, "blk", MOCK_MODERN, "structure-in-config-space", "isr");
	at = inline_place(&td, VIRTIO_PCI_CAP_ISR_CFG);
	td_accept(&td, V1);
	td_driver_ok(&td);
	mock_change_config(td.mock);
	assert_true(td.line);
	td_set_config(&td, at, 1, 0);
	assert_int_equal(td_config(&td, at, 1), VIRTIO_ISR_CONFIG);
	assert_int_equal(td_config(&td, at, 1), 0);
	assert_false(td.line);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),
		cmocka_unit_test(windows),
		cmocka_unit_test(start_up),
		cmocka_unit_test(queue_stops),
		cmocka_unit_test(structure_in_configuration_space),
	};

	return cmocka_run_group_tests_name("mock_draft", tests, NULL, NULL);
}
