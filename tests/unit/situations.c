/* SPDX-License-Identifier: BSD-3-Clause */
/* Situations do what they say: on the way to DRIVER_OK, in configuration, in features.
 */
#include "mock_rings.h"

#include "mock-device/quirks/quirk.h"
#include "spec/blk.h"
#include "spec/console.h"
#include "spec/net.h"

#define V1 TD_FEATURE(VIRTIO_F_VERSION_1)

static void features_refused(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", "features-refused", NULL);
	for (unsigned i = 0; i < 3; i++)
		assert_false(td_negotiate(&td, V1));
	td_close(&td);
	td_open(&td, "rng", "features-refused=first", NULL);
	assert_false(td_negotiate(&td, V1));
	assert_true(td_negotiate(&td, V1));
	td_close(&td);
}

static void reset_endless(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", "reset-endless", NULL);
	assert_int_equal(td_status(&td), 0);
	td_set_status(&td, 0);
	mock_advance(td.mock, UINT64_C(10000000000));
	assert_int_not_equal(td_status(&td), 0);
	td_close(&td);
}

/* A reset makes it a device like any other. */
static void driven_before(void **state)
{
	static const struct {
		const char *quirk;
		uint8_t status;
	} rows[] = {
		{ "driven-before=live", 0x0f },
		{ "driven-before=broken", 0x4f },
		{ "driven-before=failed", 0x8b },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		td_open(&td, "rng", rows[i].quirk, NULL);
		assert_int_equal(td_status(&td), rows[i].status);
		assert_int_equal(TD_GET(&td, config_msix_vector), 0);
		TD_SET(&td, queue_select, 0);
		assert_int_equal(TD_GET(&td, queue_enable), 1);
		td_entropy(&td, td_live_rng(&td, 0, 0), td_alloc(&td, 8, 1), 8);
		td_close(&td);
	}
}

static void interrupts_early(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", "interrupts-early", NULL);
	td_set_status(&td, VIRTIO_STATUS_ACKNOWLEDGE);
	assert_true(td.line);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_CONFIG);
	assert_true(td_negotiate(&td, V1));
	td_isr(&td);
	td_queue(&td, 0, 0, false);
	assert_int_equal(td_isr(&td), VIRTIO_ISR_CONFIG | VIRTIO_ISR_QUEUE);
	td_driver_ok(&td);
	assert_int_equal(td_isr(&td), 0);
	td_close(&td);
}

static void registers_that_wait(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", "queues-after-features", NULL);
	TD_SET(&td, queue_size, 2);
	assert_int_not_equal(TD_GET(&td, queue_size), 2);
	assert_true(td_negotiate(&td, V1));
	TD_SET(&td, queue_size, 2);
	assert_int_equal(TD_GET(&td, queue_size), 2);
	td_close(&td);

	td_open(&td, "rng", "vectors-frozen", NULL);
	td_live_rng(&td, 0, 0);
	TD_SET(&td, config_msix_vector, 0);
	assert_int_equal(TD_GET(&td, config_msix_vector), VIRTIO_MSI_NO_VECTOR);
	td_reset(&td);
	TD_SET(&td, config_msix_vector, 0);
	assert_int_equal(TD_GET(&td, config_msix_vector), 0);
	td_close(&td);
}

static void surprise_removal(void **state)
{
	static const char *const quirks[] = {
		"surprise-removal=start", "surprise-removal=features", "surprise-removal=queues",
		"surprise-removal=live",  "surprise-removal=request",
	};
	struct td td;

	(void)state;
	for (unsigned i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++) {
		unsigned reached = 0;

		td_open(&td, "rng", quirks[i], NULL);
		td_set_status(&td, 0);
		td_set_status(&td, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
		reached += td_status(&td) != UINT8_MAX;
		if (reached == 1) {
			td_accept(&td, V1);
			td_set_status(&td, 0x0b);
			reached += td_status(&td) != UINT8_MAX;
		}
		if (reached == 2) {
			TD_SET(&td, queue_enable, 1);
			reached += TD_GET(&td, queue_enable) == 1;
		}
		if (reached == 3) {
			td_driver_ok(&td);
			reached += td_status(&td) != UINT8_MAX;
		}
		assert_int_equal(reached, i);
		if (i < 4)
			assert_int_equal(td_config(&td, PCI_VENDOR_ID, 2), UINT16_MAX);
		mock_power_on(td.mock);
		assert_int_equal(td_config(&td, PCI_VENDOR_ID, 2), VIRTIO_PCI_VENDOR);
		td_close(&td);
	}
	td_open(&td, "rng", "surprise-removal=request", NULL);
	{
		struct td_queue *queue = td_live_rng(&td, 0, 0);

		td_desc(&td, queue->desc, 0, TD_BASE, 8, VIRTQ_DESC_F_WRITE, 0);
		td_offer(&td, queue, 0);
		td_notify(&td, queue);
		td_expect_none(&td, queue);
		assert_int_equal(td_status(&td), UINT8_MAX);
	}
	td_close(&td);
}

/* ---- Configuration and features ---- */

static void configuration_changes(void **state)
{
	struct td td;
	uint64_t capacity;
	uint8_t generation;

	(void)state;
	td_open(&td, "blk", "config-changes-between-halves", NULL);
	generation = (uint8_t)TD_GET(&td, config_generation);
	capacity = td_device(&td, 0, 4);
	td_device(&td, 4, 4);
	assert_int_not_equal(TD_GET(&td, config_generation), generation);
	generation = (uint8_t)TD_GET(&td, config_generation);
	assert_int_not_equal(td_device(&td, 0, 4), capacity);
	td_device(&td, 4, 4);
	assert_int_equal(TD_GET(&td, config_generation), generation);
	td_close(&td);
}

static void lengths_and_contents(void **state)
{
	static const struct {
		const char *class_name, *quirk;
		unsigned at, width;
		uint64_t value;
	} rows[] = {
		{ "blk", "blk-config-nonsense=no-queues", 34, 2, 0 },
		{ "blk", "blk-config-nonsense=capacity-2^64", 4, 4, UINT32_MAX },
		{ "blk", "blk-config-nonsense=block-1000", 20, 4, 1000 },
		{ "blk", "blk-limits=tight", 8, 8, UINT64_C(0x100001000) },
		{ "blk", "blk-limits=wide", 8, 4, UINT32_MAX },
		{ "net", "net-config-nonsense=no-pairs", 8, 2, 0 },
		{ "net", "net-config-nonsense=group-address", 0, 1, 0xff },
		{ "console", "console-config-nonsense=ports-2^32", 4, 4, UINT32_MAX },
		{ "net", "device-config-bare", 0, 1, 0x02 },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		td_open(&td, rows[i].class_name, rows[i].quirk, NULL);
		if (i != 8)
			assert_int_equal(td_device(&td, rows[i].at, rows[i].width), rows[i].value);
		assert_true(td_negotiate(&td, V1));
		td_close(&td);
	}
	td_open(&td, "blk", "device-config-cut=4", NULL);
	assert_int_equal(td_config(&td,
				   td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_DEVICE_CFG, 0) + 12,
				   4),
			 4);
	td_close(&td);
	td_open(&td, "blk", "device-config-bare", NULL);
	assert_int_equal(td_offered(&td) & 0xffffff, 0);
	td_close(&td);
}

static void features_withheld(void **state)
{
	static const struct {
		const char *class_name, *quirk;
		uint64_t gone, there;
	} rows[] = {
		{ "rng", "transport-feature-withheld=29", TD_FEATURE(29), TD_FEATURE(28) },
		{ "rng", "transport-feature-withheld=40", TD_FEATURE(40), TD_FEATURE(39) },
		{ "blk", "blk-feature-withheld=12", TD_FEATURE(12), TD_FEATURE(11) },
		{ "net", "net-feature-withheld=17",
		  TD_FEATURE(17) | TD_FEATURE(22) | TD_FEATURE(18), TD_FEATURE(5) },
		{ "console", "console-feature-withheld=0", TD_FEATURE(0), TD_FEATURE(2) },
		{ "rng", "features-unknown", 0, TD_FEATURE(44) | TD_FEATURE(49) },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t offered;

		td_open(&td, rows[i].class_name, rows[i].quirk, NULL);
		offered = td_offered(&td);
		assert_int_equal(offered & rows[i].gone, 0);
		assert_int_equal(offered & rows[i].there, rows[i].there);
		assert_true(td_negotiate(&td, V1));
		if (i == 5)
			assert_false(td_negotiate(&td, V1 | TD_FEATURE(44)));
		td_close(&td);
	}
	td_open(&td, "rng", "ring=packed", "packed-ring-withheld", NULL);
	assert_false(td_offered(&td) & TD_FEATURE(VIRTIO_F_RING_PACKED));
	td_close(&td);
}

/* What is asked of drivers goes with the kind, unless the quirk says otherwise. */
static void expectations(void **state)
{
	static const struct {
		const char *quirk;
		enum mock_drivers drivers;
	} rows[] = {
		{ "caps-reversed", MOCK_DRIVER_WORKS },
		{ "isr-not-cleared", MOCK_DRIVER_ORDERLY },
		{ "reset-endless", MOCK_DRIVER_ORDERLY },
		{ "driven-before", MOCK_DRIVER_WORKS },
		{ "draft-revision", MOCK_DRIVER_REFUSES },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mock_quirk_drivers(mock_quirk_find(rows[i].quirk)),
				 rows[i].drivers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_refused),      cmocka_unit_test(reset_endless),
		cmocka_unit_test(driven_before),         cmocka_unit_test(interrupts_early),
		cmocka_unit_test(registers_that_wait),   cmocka_unit_test(surprise_removal),
		cmocka_unit_test(configuration_changes), cmocka_unit_test(lengths_and_contents),
		cmocka_unit_test(features_withheld),     cmocka_unit_test(expectations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
