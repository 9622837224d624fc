/* SPDX-License-Identifier: BSD-3-Clause */
/* The window of the mock device's PCI configuration access capability (4.1.4.9). */
#include "mock_rings.h"

static void set_window(struct td *td, unsigned bar, uint32_t offset, uint32_t length)
{
	td_set_config(td, td->window + offsetof(struct virtio_pci_cap, bar), 1, bar);
	td_set_config(td, td->window + offsetof(struct virtio_pci_cap, offset), 4, offset);
	td_set_config(td, td->window + offsetof(struct virtio_pci_cap, length), 4, length);
}

#define WINDOW_DATA(td) ((td)->window + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data))

/* The window reaches the same registers as the BAR does, with its own length. */
static void window(void **state)
{
	struct td td;
	uint32_t common;

	(void)state;
	td_open(&td, "blk", NULL);
	td_command(&td, 0);
	common = (uint32_t)td.common.offset;
	set_window(&td, td.common.bar, common + 22, 2);
	td_set_config(&td, WINDOW_DATA(&td), 2, 1);
	assert_int_equal(TD_GET(&td, queue_select), 1);
	/* A wide write: only the first two bytes count. */
	td_set_config(&td, WINDOW_DATA(&td), 4, 0x55550002);
	assert_int_equal(TD_GET(&td, queue_select), 2);
	/* A narrow one: the second byte is what was there before. */
	td_set_config(&td, WINDOW_DATA(&td), 1, 0);
	assert_int_equal(TD_GET(&td, queue_select), 0);
	set_window(&td, td.common.bar, common + 20, 1);
	td_set_config(&td, WINDOW_DATA(&td), 1, 1);
	assert_int_equal(td_status(&td), 1);
	td_set_config(&td, WINDOW_DATA(&td), 4, 3);
	assert_int_equal(td_status(&td), 3);
	assert_int_equal(td_config(&td, WINDOW_DATA(&td), 1), 3);
	set_window(&td, td.common.bar, common, 4);
	td_set_config(&td, WINDOW_DATA(&td), 4, 1);
	assert_int_equal(TD_GET(&td, device_feature_select), 1);
	set_window(&td, td.common.bar, common + 4, 4);
	assert_int_equal(td_config(&td, WINDOW_DATA(&td), 4), TD_GET(&td, device_feature));
	assert_int_equal(td_config(&td, WINDOW_DATA(&td) + 1, 1),
			 TD_GET(&td, device_feature) >> 8 & 0xff);
	td_close(&td);
}

static void window_hostile(void **state)
{
	static const struct {
		unsigned bar;
		uint32_t offset, length;
	} places[] = {
		{ 7, 0, 4 },          { 6, 0, 1 },          { 1, 0, 4 },      { 255, 0, 4 },
		{ 0, 0, 0 },          { 0, 0, 3 },          { 0, 0, 5 },      { 0, 0, UINT32_MAX },
		{ 0, UINT32_MAX, 4 }, { 0, 0xffffffff, 1 }, { 0, 0x3ffe, 4 }, { 0, 21, 2 },
		{ 2, 0x3d, 4 },
	};
	struct td td;
	uint8_t before[PCI_HEADER_SIZE];

	(void)state;
	td_open(&td, "blk", NULL);
	td_set_status(&td, VIRTIO_STATUS_ACKNOWLEDGE);
	for (unsigned i = 0; i < sizeof(before); i++)
		before[i] = (uint8_t)td_config(&td, i, 1);
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		set_window(&td, places[i].bar, places[i].offset, places[i].length);
		for (unsigned width = 1; width <= 4; width *= 2) {
			for (unsigned at = 0; at < 4; at++) {
				td_config(&td, WINDOW_DATA(&td) - 1 + at, width);
				td_set_config(&td, WINDOW_DATA(&td) + at, width, 0x01010101);
			}
		}
	}
	for (unsigned i = 0; i < sizeof(before); i++)
		assert_int_equal(td_config(&td, i, 1), before[i]);
	assert_int_equal(td_status(&td), VIRTIO_STATUS_ACKNOWLEDGE);
	td_close(&td);
}

/* Where the window shows nothing, its bytes are just bytes. */
static void window_shut(void **state)
{
	static const struct {
		unsigned bar;
		uint32_t length;
	} places[] = { { 6, 4 }, { 7, 1 }, { 0, 0 }, { 0, 3 }, { 0, 5 } };
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		set_window(&td, places[i].bar, (uint32_t)td.common.offset, places[i].length);
		td_set_config(&td, WINDOW_DATA(&td), 4, 0x5a5a5a01);
		assert_int_equal(td_config(&td, WINDOW_DATA(&td), 4), 0x5a5a5a01);
		assert_int_equal(TD_GET(&td, device_feature_select), 0);
	}
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window),
		cmocka_unit_test(window_hostile),
		cmocka_unit_test(window_shut),
	};

	return cmocka_run_group_tests_name("mock_window", tests, NULL, NULL);
}
