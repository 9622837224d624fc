/* SPDX-License-Identifier: BSD-3-Clause */
/* Situations in the capability list, behind it and in vectors do what they say. */
#include <stdio.h>

#include "mock_rings.h"

#define V1      TD_FEATURE(VIRTIO_F_VERSION_1)
#define TRAPPED (UINT64_C(1) << 19)

static void traps(void **state)
{
	struct td td;
	unsigned at;

	(void)state;
	td_open(&td, "rng", "reserved-type-trap=6", NULL);
	at = td_config(&td, PCI_CAPABILITY_LIST, 1);
	assert_int_equal(td_cap(&td, PCI_CAP_ID_VNDR, 6, 0), at);
	assert_int_equal(td_config(&td, at + offsetof(struct virtio_pci_cap, offset), 4), TRAPPED);
	td_live_rng(&td, 0, 0);
	assert_int_equal(td_status(&td), 0x0f);
	mock_bar_read(td.mock, 0, TRAPPED, 4);
	assert_int_equal(td_status(&td), 0x4f);
	td_close(&td);

	td_open(&td, "blk", "structure-copy-dead=common", NULL);
	assert_int_equal(td.common.offset, 0);
	at = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_COMMON_CFG, 1);
	assert_int_equal(td_config(&td, at + offsetof(struct virtio_pci_cap, offset), 4), TRAPPED);
	assert_true(td_negotiate(&td, V1));
	mock_bar_write(td.mock, 0, TRAPPED + 20, 1, 0);
	assert_int_equal(td_status(&td), 0x4b);
	td_close(&td);
}

static void structures_elsewhere(void **state)
{
	static const char *const kinds[] = { "common", "notify", "isr", "device" };
	struct td td;
	char quirk[64];

	(void)state;
	for (uint8_t i = 0; i < 4; i++) {
		unsigned first, second, end;

		snprintf(quirk, sizeof(quirk), "structure-in-io-first=%s", kinds[i]);
		td_open(&td, "blk", quirk, NULL);
		first = td_cap(&td, PCI_CAP_ID_VNDR, (uint8_t)(i + 1), 0);
		second = td_cap(&td, PCI_CAP_ID_VNDR, (uint8_t)(i + 1), 1);
		assert_int_equal(first, td_config(&td, PCI_CAPABILITY_LIST, 1));
		assert_true(mock_bar_info(td.mock, td_config(&td, first + 4, 1)).io);
		assert_int_equal(td_config(&td, second + 4, 1), 0);
		assert_true(td_negotiate(&td, V1));
		td_close(&td);

		snprintf(quirk, sizeof(quirk), "structure-huge=%s", kinds[i]);
		td_open(&td, "blk", quirk, NULL);
		first = td_cap(&td, PCI_CAP_ID_VNDR, (uint8_t)(i + 1), 0);
		assert_int_equal(td_config(&td, first + 12, 4), 1u << 24);
		assert_true(mock_bar_info(td.mock, 0).size > 1u << 24);
		assert_true(td_negotiate(&td, V1));
		td_close(&td);

		snprintf(quirk, sizeof(quirk), "capability-at-end=%s", kinds[i]);
		td_open(&td, "blk", quirk, NULL);
		end = td_cap(&td, PCI_CAP_ID_VNDR, (uint8_t)(i + 1), 0);
		assert_int_equal(end + td_config(&td, end + 2, 1), PCI_CONFIG_SIZE);
		assert_true(td_negotiate(&td, V1));
		td_close(&td);
	}
}

static void bytes_of_the_list(void **state)
{
	static const struct {
		const char *quirk;
		unsigned at;
		uint8_t first, then;
	} rows[] = {
		{ "capability-changes=bar", 4, 0, 6 },
		{ "capability-changes=length", 12, 64, 0 },
	};
	struct td td;
	unsigned at;

	(void)state;
	td_open(&td, "rng", "vendor-capability-short", NULL);
	at = td_config(&td, PCI_CAPABILITY_LIST, 1);
	assert_int_equal(td_config(&td, at, 1), PCI_CAP_ID_VNDR);
	assert_int_equal(td_config(&td, at + 2, 2), 0x7f04);
	assert_true(td_negotiate(&td, V1));
	td_close(&td);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		td_open(&td, "rng", rows[i].quirk, NULL);
		mock_power_on(td.mock);
		at = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_COMMON_CFG, 0) + rows[i].at;
		assert_int_equal(td_config(&td, at, 1), rows[i].first);
		assert_int_equal(td_config(&td, at, 1), rows[i].then);
		td_close(&td);
	}
}

static void vectors_refused(void **state)
{
	static const struct {
		const char *quirk;
		uint16_t config, queue;
	} rows[] = {
		{ "vectors-refused=all", VIRTIO_MSI_NO_VECTOR, VIRTIO_MSI_NO_VECTOR },
		{ "vectors-refused=queues", 0, VIRTIO_MSI_NO_VECTOR },
		{ "vectors-refused=config", VIRTIO_MSI_NO_VECTOR, 0 },
	};
	struct td td;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		td_open(&td, "rng", rows[i].quirk, NULL);
		TD_SET(&td, config_msix_vector, 0);
		TD_SET(&td, queue_msix_vector, 0);
		assert_int_equal(TD_GET(&td, config_msix_vector), rows[i].config);
		assert_int_equal(TD_GET(&td, queue_msix_vector), rows[i].queue);
		td_close(&td);
	}
}

static void common_lengths(void **state)
{
	struct td td;
	unsigned at;

	(void)state;
	td_open(&td, "rng", "common-cut=4", NULL);
	at = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_COMMON_CFG, 0);
	assert_int_equal(td_config(&td, at + 12, 4), 4);
	assert_int_equal(td_status(&td), 0);
	td_close(&td);
	td_open(&td, "rng", "common-of-the-first-version", NULL);
	at = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_COMMON_CFG, 0);
	assert_int_equal(td_config(&td, at + 12, 4), VIRTIO_PCI_COMMON_CFG_MIN);
	assert_int_equal(td_offered(&td) >> 32, 1);
	td_entropy(&td, td_live_rng(&td, 0, 0), td_alloc(&td, 8, 1), 8);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traps),
		cmocka_unit_test(structures_elsewhere),
		cmocka_unit_test(bytes_of_the_list),
		cmocka_unit_test(vectors_refused),
		cmocka_unit_test(common_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
