/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device's configuration space: header, BARs, capabilities, function reset. */
#include "mock_rings.h"

#include "spec/pci_function.h"

#define MAPPED UINT64_C(0x80000000) /* where tests put BARs; 64-bit ones at 4 GiB times it */

static const struct {
	const char *name;
	uint16_t type;
	uint32_t class_code;
	uint32_t config_length; /* 0: no device configuration */
	unsigned queues;
} classes[] = {
	{ "net", VIRTIO_ID_NET, PCI_CLASS_CODE_NETWORK, 12, 5 },
	{ "blk", VIRTIO_ID_BLOCK, PCI_CLASS_CODE_STORAGE, 60, 3 },
	{ "console", VIRTIO_ID_CONSOLE, PCI_CLASS_CODE_COMMUNICATION, 12, 2 },
	{ "rng", VIRTIO_ID_ENTROPY, PCI_CLASS_CODE_OTHER, 0, 1 },
};
#define CLASS_COUNT (sizeof(classes) / sizeof(classes[0]))

static void identity(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CLASS_COUNT; i++) {
		struct td td;

		td_open(&td, classes[i].name, NULL);
		assert_int_equal(td_config(&td, PCI_VENDOR_ID, 2), 0x1af4);
		assert_int_equal(td_config(&td, PCI_DEVICE_ID, 2), 0x1040 + classes[i].type);
		assert_int_equal(td_config(&td, PCI_REVISION_ID, 1), 1);
		assert_int_equal(td_config(&td, PCI_REVISION_ID, 4) >> 8, classes[i].class_code);
		assert_int_equal(td_config(&td, PCI_HEADER_TYPE, 1), 0);
		assert_true(td_config(&td, PCI_SUBSYSTEM_ID, 2) >= 0x40);
		assert_int_equal(td_config(&td, PCI_INTERRUPT_PIN, 1), 1);
		assert_int_equal(td_config(&td, PCI_STATUS, 2), PCI_STATUS_CAP_LIST);
		assert_int_equal(TD_GET(&td, num_queues), classes[i].queues);
		td_close(&td);
	}
}

static uint32_t cap_field(struct td *td, unsigned at, size_t offset)
{
	return td_config(td, at + (unsigned)offset, 4);
}

/* Structures lie inside their BARs, aligned, and long enough. */
static void capabilities(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CLASS_COUNT; i++) {
		static const struct {
			uint8_t type;
			uint32_t cap_len, length;
		} expected[] = {
			{ VIRTIO_PCI_CAP_COMMON_CFG, 16, sizeof(struct virtio_pci_common_cfg) },
			{ VIRTIO_PCI_CAP_NOTIFY_CFG, 20, 0 },
			{ VIRTIO_PCI_CAP_ISR_CFG, 16, 1 },
			{ VIRTIO_PCI_CAP_SHARED_MEMORY_CFG, 24, 4096 },
		};
		struct td td;

		td_open(&td, classes[i].name, NULL);
		for (unsigned j = 0; j < sizeof(expected) / sizeof(expected[0]); j++) {
			unsigned at = td_cap(&td, PCI_CAP_ID_VNDR, expected[j].type, 0);
			uint32_t offset, length;
			unsigned bar;

			assert_int_not_equal(at, 0);
			assert_int_equal(td_config(&td, at + 2, 1), expected[j].cap_len);
			bar = td_config(&td, at + 4, 1);
			offset = cap_field(&td, at, offsetof(struct virtio_pci_cap, offset));
			length = cap_field(&td, at, offsetof(struct virtio_pci_cap, length));
			assert_int_equal(offset % 4, 0);
			assert_true(offset + (uint64_t)length <= mock_bar_info(td.mock, bar).size);
			if (expected[j].length)
				assert_int_equal(length, expected[j].length);
			else
				assert_true(length >= (classes[i].queues - 1) * td.multiplier + 2);
		}
		if (classes[i].config_length) {
			unsigned at = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_DEVICE_CFG, 0);

			assert_int_equal(cap_field(&td, at,
						   offsetof(struct virtio_pci_cap, length)),
					 classes[i].config_length);
		} else {
			assert_int_equal(td.device.bar, PCI_BAR_COUNT);
		}
		td_close(&td);
	}
}

static void other_capabilities(void **state)
{
	struct td td;
	unsigned at;

	(void)state;
	td_open(&td, "blk", NULL);
	at = td_cap(&td, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_VENDOR_CFG, 0);
	assert_int_not_equal(at, 0);
	assert_int_equal(td_config(&td, at + 2, 1) % 4, 0);
	assert_int_not_equal(td_config(&td, at + 4, 2), 0x1af4);
	assert_int_equal(td_config(&td, td.window + 2, 1), 20);
	/* Three queues and the configuration: four vectors, counted from 0. */
	assert_int_equal(td_config(&td, td.msix + PCI_MSIX_CONTROL, 2), 3);
	assert_true(td_config(&td, td.express + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR);
	assert_int_equal(td_config(&td, td.express + PCI_EXP_FLAGS, 2) & 0xf0, 0x90);
	/* No extended capabilities, and nothing beyond. */
	assert_int_equal(td_config(&td, PCI_EXT_CAP_FIRST, 4), 0);
	assert_int_equal(td_config(&td, PCIE_CONFIG_SIZE - 4, 4), 0);
	assert_int_equal(td_config(&td, PCIE_CONFIG_SIZE - 1, 4), 0xffffff00);
	assert_int_equal(td_config(&td, PCIE_CONFIG_SIZE, 4), UINT32_MAX);
	assert_int_equal(td_config(&td, UINT32_MAX - 1, 4), UINT32_MAX);
	td_set_config(&td, UINT32_MAX - 1, 4, 0);
	td_close(&td);
}

/* Writes every pattern to every byte: what sticks is what the table says. */
static void write_masks(void **state)
{
	struct td td;
	uint8_t mask[PCI_CONFIG_SIZE] = { 0 };

	(void)state;
	td_open(&td, "blk", NULL);
	vs_store_le16(mask + PCI_COMMAND, 0x0547);
	mask[PCI_CACHE_LINE_SIZE] = 0xff;
	mask[PCI_INTERRUPT_LINE] = 0xff;
	vs_store_le32(mask + PCI_BAR0, (uint32_t) ~(mock_bar_info(td.mock, 0).size - 1));
	vs_store_le32(mask + PCI_BAR0 + 4, UINT32_MAX);
	vs_store_le32(mask + PCI_BAR0 + 8, (uint32_t) ~(mock_bar_info(td.mock, 2).size - 1));
	vs_store_le32(mask + PCI_BAR0 + 16, (uint32_t) ~(mock_bar_info(td.mock, 4).size - 1));
	vs_store_le32(mask + PCI_BAR0 + 20, UINT32_MAX);
	vs_store_le16(mask + td.msix + PCI_MSIX_CONTROL, 0xc000);
	vs_store_le16(mask + td.express + PCI_EXP_DEVCTL, 0x001f);
	mask[td.window + 4] = 0xff;
	vs_store_le32(mask + td.window + 8, UINT32_MAX);
	vs_store_le32(mask + td.window + 12, UINT32_MAX);
	vs_store_le32(mask + td.window + 16, UINT32_MAX);
	for (unsigned at = 0; at < PCI_CONFIG_SIZE; at++) {
		uint32_t fixed = td_config(&td, at, 1) & ~(uint32_t)mask[at];

		/* Function level reset is a write without a bit that sticks. */
		if (at == td.express + PCI_EXP_DEVCTL + 1)
			continue;
		td_set_config(&td, at, 1, 0xff);
		assert_int_equal(td_config(&td, at, 1), fixed | mask[at]);
		td_set_config(&td, at, 1, 0);
		assert_int_equal(td_config(&td, at, 1), fixed);
	}
	td_close(&td);
}

static void bar_sizing(void **state)
{
	static const uint32_t probes[] = { 0xffffffff, 0xfffffff0, 0xfffff000 };
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	td_set_config(&td, PCI_BAR0, 4, MAPPED);
	for (unsigned i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		uint64_t size = mock_bar_info(td.mock, 0).size;

		td_command(&td, 0);
		td_set_config(&td, PCI_BAR0, 4, probes[i]);
		assert_int_equal(td_config(&td, PCI_BAR0, 4),
				 (uint32_t) ~(size - 1) | PCI_BAR_MEM_TYPE_64);
		td_set_config(&td, PCI_BAR0, 4, MAPPED);
		td_command(&td, PCI_COMMAND_MEMORY);
		/* Sizing moved nothing. */
		assert_int_equal(mock_space_read(td.mock, false, MAPPED + td.common.offset + 18, 2),
				 3);
	}
	assert_int_equal(td_config(&td, PCI_BAR0 + 16, 4),
			 PCI_BAR_MEM_TYPE_64 | PCI_BAR_MEM_PREFETCH);
	assert_true(mock_bar_info(td.mock, 0).is64);
	assert_int_equal(mock_bar_info(td.mock, 1).size, 0);
	assert_false(mock_bar_info(td.mock, 2).is64);
	assert_int_equal(mock_bar_info(td.mock, 3).size, 0);
	assert_true(mock_bar_info(td.mock, 4).prefetch);
	assert_int_equal(mock_bar_info(td.mock, 6).size, 0);
	td_close(&td);
}

/* Where the BARs answer is what registers and command say at the time of the access. */
static void bar_moving(void **state)
{
	const uint64_t high = UINT64_C(0x1280000000);
	struct td td;
	uint64_t select;

	(void)state;
	td_open(&td, "blk", NULL);
	select = td.common.offset + offsetof(struct virtio_pci_common_cfg, queue_select);
	td_command(&td, 0);
	td_set_config(&td, PCI_BAR0, 4, (uint32_t)high);
	td_set_config(&td, PCI_BAR0 + 4, 4, (uint32_t)(high >> 32));
	td_set_config(&td, PCI_BAR0 + 8, 4, MAPPED);
	assert_int_equal(mock_space_read(td.mock, false, high + select, 2), 0xffff);
	mock_space_write(td.mock, false, high + select, 2, 5);
	assert_int_equal(TD_GET(&td, queue_select), 0);
	td_command(&td, PCI_COMMAND_MEMORY);
	mock_space_write(td.mock, false, high + select, 2, 5);
	assert_int_equal(TD_GET(&td, queue_select), 5);
	assert_int_equal(mock_space_read(td.mock, false, high + select, 2), 5);
	/* The MSI-X table, moved at the same time: masked at power-on. */
	assert_int_equal(mock_space_read(td.mock, false, MAPPED + 12, 4), 1);
	/* Not in I/O space, not beside it, not with decoding off. */
	assert_int_equal(mock_space_read(td.mock, true, high + select, 2), 0xffff);
	assert_int_equal(mock_space_read(td.mock, false, high - 1, 1), 0xff);
	assert_int_equal(mock_space_read(td.mock, false, high + mock_bar_info(td.mock, 0).size, 4),
			 UINT32_MAX);
	td_command(&td, PCI_COMMAND_IO);
	assert_int_equal(mock_space_read(td.mock, false, high + select, 8), UINT64_MAX);
	td_close(&td);
}

static void io_bar(void **state)
{
	struct td td;
	struct td_queue *queue;
	uint64_t buffer;

	(void)state;
	td_open(&td, "rng", "structures-spread", NULL);
	assert_true(mock_bar_info(td.mock, 3).io);
	assert_int_equal(td.notify.bar, 3);
	assert_int_equal(td_config(&td, PCI_BAR0 + 12, 4), PCI_BAR_SPACE_IO);
	td_set_config(&td, PCI_BAR0 + 12, 4, UINT32_MAX);
	assert_int_equal(td_config(&td, PCI_BAR0 + 12, 4),
			 (uint32_t) ~(mock_bar_info(td.mock, 3).size - 1) | PCI_BAR_SPACE_IO);
	td_set_config(&td, PCI_BAR0 + 12, 4, 0xc000);
	buffer = td_alloc(&td, 64, 1);
	queue = td_live_rng(&td, 0, 0);
	td_desc(&td, queue->desc, 0, buffer, 64, VIRTQ_DESC_F_WRITE, 0);
	td_offer(&td, queue, 0);
	mock_space_write(td.mock, true, 0xc000 + queue->notify, 2, 0);
	td_expect_used(&td, queue, 0, 64);
	/* The same address in memory space is not the device's. */
	assert_int_equal(mock_space_read(td.mock, true, 0xc000, 4), 0);
	assert_int_equal(mock_space_read(td.mock, false, 0xc000, 4), UINT32_MAX);
	td_close(&td);
}

/* Outside the BAR nothing answers; in the BAR, between structures, there are zeroes. */
static void around_structures(void **state)
{
	struct td td;
	uint64_t end;

	(void)state;
	td_open(&td, "blk", NULL);
	end = mock_bar_info(td.mock, 0).size;
	assert_int_equal(mock_bar_read(td.mock, 0, td.common.offset + 64, 8), 0);
	assert_int_equal(mock_bar_read(td.mock, 0, end, 4), UINT32_MAX);
	assert_int_equal(mock_bar_read(td.mock, 0, end - 2, 4), 0xffff0000);
	assert_int_equal(mock_bar_read(td.mock, 0, UINT64_MAX, 8), UINT64_MAX);
	assert_int_equal(mock_bar_read(td.mock, 1, 0, 4), UINT32_MAX);
	assert_int_equal(mock_bar_read(td.mock, 6, 0, 1), UINT8_MAX);
	mock_bar_write(td.mock, 0, end - 2, 8, UINT64_MAX);
	mock_bar_write(td.mock, 77, 0, 8, UINT64_MAX);
	mock_bar_write(td.mock, 0, UINT64_MAX, 8, 0);
	/* Across the end of the common configuration. */
	assert_int_equal(mock_bar_read(td.mock, 0, td.common.offset + 62, 4), 0);
	td_close(&td);
}

static void shared_memory(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "blk", NULL);
	for (unsigned width = 1; width <= 8; width *= 2) {
		mock_bar_write(td.mock, td.shared.bar, 100, width, UINT64_C(0x1122334455667788));
		assert_int_equal(mock_bar_read(td.mock, td.shared.bar, 100, width),
				 UINT64_C(0x1122334455667788) & UINT64_MAX >> (64 - 8 * width));
	}
	assert_int_equal(mock_bar_read(td.mock, td.shared.bar, 104, 1), 0x44);
	mock_bar_write(td.mock, td.shared.bar, 4095, 1, 7);
	assert_int_equal(mock_bar_read(td.mock, td.shared.bar, 4092, 8), 0xffffffff07000000);
	mock_power_on(td.mock);
	assert_int_equal(mock_bar_read(td.mock, td.shared.bar, 4095, 1), 0);
	td_close(&td);
}

static void function_reset(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", NULL);
	td_live_rng(&td, 0, 0);
	td_set_config(&td, PCI_BAR0, 4, MAPPED);
	td_set_config(&td, td.msix + PCI_MSIX_CONTROL, 2, PCI_MSIX_CONTROL_ENABLE);
	TD_SET(&td, config_msix_vector, 0);
	td_set_config(&td, td.express + PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_FLR);
	assert_int_equal(td_status(&td), 0);
	assert_int_equal(TD_GET(&td, queue_enable), 0);
	assert_int_equal(TD_GET(&td, config_msix_vector), VIRTIO_MSI_NO_VECTOR);
	assert_int_equal(td_config(&td, PCI_COMMAND, 2), 0);
	assert_int_equal(td_config(&td, PCI_BAR0, 4), PCI_BAR_MEM_TYPE_64);
	assert_int_equal(td_config(&td, td.msix + PCI_MSIX_CONTROL, 2), 1);
	assert_int_equal(td_config(&td, td.express + PCI_EXP_DEVCTL, 2), 0);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(other_capabilities),
		cmocka_unit_test(write_masks),
		cmocka_unit_test(bar_sizing),
		cmocka_unit_test(bar_moving),
		cmocka_unit_test(io_bar),
		cmocka_unit_test(around_structures),
		cmocka_unit_test(shared_memory),
		cmocka_unit_test(function_reset),
	};

	return cmocka_run_group_tests_name("mock_config", tests, NULL, NULL);
}
