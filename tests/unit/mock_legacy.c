/* SPDX-License-Identifier: BSD-3-Clause */
/* The mock device's legacy interface: identity, header, queues by page number, device configuration
 * that moves, and what it shares with the modern structures. */
#include "mock_legacy.h"

#include "spec/pci_function.h"

static void identity(void **state)
{
	static const struct {
		const char *class_name;
		uint16_t device, type;
	} rows[] = {
		{ "net", 0x1000, VIRTIO_ID_NET },
		{ "blk", 0x1001, VIRTIO_ID_BLOCK },
		{ "console", 0x1003, VIRTIO_ID_CONSOLE },
		{ "rng", 0x1005, VIRTIO_ID_ENTROPY },
	};
	struct tl tl;

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		bool legacy = i % 2;

		tl_open(&tl, rows[i / 2].class_name, legacy ? MOCK_LEGACY : MOCK_TRANSITIONAL,
			false);
		assert_int_equal(td_config(&tl.td, PCI_DEVICE_ID, 2), rows[i / 2].device);
		assert_int_equal(td_config(&tl.td, PCI_SUBSYSTEM_ID, 2), rows[i / 2].type);
		assert_int_equal(td_config(&tl.td, PCI_REVISION_ID, 1), 0);
		assert_true(mock_bar_info(tl.td.mock, 0).io);
		assert_int_equal(tl.td.common.bar == PCI_BAR_COUNT, legacy);
		assert_int_not_equal(tl.td.msix, 0);
		assert_non_null(strstr(mock_describe(tl.td.mock), legacy ? "legacy" : "transit"));
		td_close(&tl.td);
	}
}

static void header(void **state)
{
	struct tl tl;
	uint32_t offered;

	(void)state;
	tl_open(&tl, "blk", MOCK_LEGACY, true);
	offered = (uint32_t)tl_get(&tl, VIRTIO_LEGACY_DEVICE_FEATURES, 4);
	assert_true(offered >> VIRTIO_F_ANY_LAYOUT & 1);
	assert_true(offered >> VIRTIO_F_NOTIFY_ON_EMPTY & 1);
	assert_false(offered >> VIRTIO_F_UNUSED & 1);
	tl_set(&tl, VIRTIO_LEGACY_DEVICE_FEATURES, 4, 0);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DEVICE_FEATURES, 4), offered);
	tl_accept(&tl, UINT32_MAX);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DRIVER_FEATURES, 4), offered);
	/* There is no FEATURES_OK to set. */
	tl_set(&tl, VIRTIO_LEGACY_DEVICE_STATUS, 1,
	       VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DEVICE_STATUS, 1),
			 VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);

	tl_set(&tl, VIRTIO_LEGACY_QUEUE_SELECT, 2, 1);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_SELECT, 2), 1);
	tl_set(&tl, VIRTIO_LEGACY_QUEUE_SIZE, 2, 8);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_SIZE, 2), 128);
	tl_set(&tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, TD_BASE >> 12);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4), TD_BASE >> 12);
	tl_set(&tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, 0);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4), 0);
	tl_set(&tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, TD_BASE >> 12);
	tl_set(&tl, VIRTIO_LEGACY_DEVICE_STATUS, 1, 0);
	tl_set(&tl, VIRTIO_LEGACY_QUEUE_SELECT, 2, 1);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4), 0);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DRIVER_FEATURES, 4), 0);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DEVICE_STATUS, 1), 0);
	tl_set(&tl, VIRTIO_LEGACY_QUEUE_SELECT, 2, 99);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_SIZE, 2), 0);
	td_close(&tl.td);
}

/* Device configuration gives the same bytes wherever and however wide it is read. */
static void expect_config(struct tl *tl, unsigned start, const uint8_t *bytes, unsigned size)
{
	for (unsigned width = 1; width <= 8; width *= 2) {
		for (unsigned at = 0; at + width <= size; at++)
			assert_int_equal(tl_get(tl, start + at, width),
					 vs_load_le(bytes + at, width));
	}
}

static void config_moves(void **state)
{
	/* Capacity and, at 20, the size of a block, of the disk of 8192 sectors. */
	static const uint8_t little[24] = { 0, 0x20, [12] = 126, [20] = 0, 2 };
	static const uint8_t big[24] = { [6] = 0x20, 0, [15] = 126, [22] = 2, 0 };
	struct tl tl;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *bytes = i % 2 ? big : little;

		tl_open(&tl, "blk", i / 2 ? MOCK_LEGACY : MOCK_TRANSITIONAL, i % 2);
		expect_config(&tl, 20, bytes, 24);
		td_set_config(&tl.td, tl.td.msix + PCI_MSIX_CONTROL, 2, PCI_MSIX_CONTROL_ENABLE);
		expect_config(&tl, 24, bytes, 24);
		assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_CONFIG_VECTOR, 2), VIRTIO_MSI_NO_VECTOR);
		tl_set(&tl, VIRTIO_LEGACY_CONFIG_VECTOR, 2, 1);
		tl_set(&tl, VIRTIO_LEGACY_QUEUE_VECTOR, 2, 2);
		assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_CONFIG_VECTOR, 4), 0x20001);
		tl_set(&tl, VIRTIO_LEGACY_QUEUE_VECTOR, 2, 99);
		assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_VECTOR, 2), VIRTIO_MSI_NO_VECTOR);
		td_set_config(&tl.td, tl.td.msix + PCI_MSIX_CONTROL, 2, 0);
		expect_config(&tl, 20, bytes, 24);
		/* An access across the end of the header. */
		assert_int_equal(tl_get(&tl, 18, 8) >> 16 & UINT32_MAX, vs_load_le32(bytes));
		/* Modern structures keep their order. */
		if (i < 2)
			assert_int_equal(td_device(&tl.td, 20, 4), 512);
		td_close(&tl.td);
	}
}

/* A buffer is served before any status bit is set, in both orders. */
static void used_early(void **state)
{
	struct tl tl;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct td_queue *queue;
		struct td_segment segment = { .length = 32, .writable = true };

		tl_open(&tl, "rng", i / 2 ? MOCK_LEGACY : MOCK_TRANSITIONAL, i % 2);
		segment.address = td_alloc(&tl.td, 32, 1);
		queue = tl_queue(&tl, 0);
		for (unsigned j = 0; j < 3u * queue->size; j++)
			tl_serve(&tl, queue, &segment, 1, 32);
		/* Interrupts too; reading lowers the line. */
		assert_true(tl.td.line);
		assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_ISR_STATUS, 1), VIRTIO_ISR_QUEUE);
		assert_false(tl.td.line);
		assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_ISR_STATUS, 1), 0);
		/* In another place it starts anew, out of use it is left alone. */
		queue = tl_queue(&tl, 0);
		tl_serve(&tl, queue, &segment, 1, 32);
		tl_set(&tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, 0);
		tl_offer(&tl, queue, &segment, 1);
		tl.td.watch = td_no_access;
		tl_notify(&tl, queue);
		td_close(&tl.td);
	}
}

/* The interrupts after a buffer, with the flag that asks for none. */
static uint64_t suppressed(struct tl *tl, uint32_t features, unsigned more)
{
	struct td_segment segment = { .length = 8, .writable = true };
	struct td_queue *queue;

	tl_accept(tl, features);
	queue = tl_queue(tl, 0);
	tl_driver_ok(tl);
	segment.address = td_alloc(&tl->td, 8, 1);
	tl_store(tl, queue->avail + VIRTQ_AVAIL_FLAGS, 2, VIRTQ_AVAIL_F_NO_INTERRUPT);
	/* An event that lies far away. */
	tl_store(tl, queue->avail + VIRTQ_AVAIL_USED_EVENT(queue->size), 2, 100);
	for (unsigned i = 0; i <= more; i++)
		tl_offer(tl, queue, &segment, 1);
	tl_notify(tl, queue);
	return tl_get(tl, VIRTIO_LEGACY_ISR_STATUS, 1);
}

static void notify_on_empty(void **state)
{
	const uint32_t on_empty = UINT32_C(1) << VIRTIO_F_NOTIFY_ON_EMPTY;
	const uint32_t event_idx = UINT32_C(1) << VIRTIO_F_EVENT_IDX;
	struct tl tl;

	(void)state;
	tl_open(&tl, "rng", MOCK_TRANSITIONAL, true);
	assert_int_equal(suppressed(&tl, 0, 0), 0);
	assert_int_equal(suppressed(&tl, on_empty, 0), VIRTIO_ISR_QUEUE);
	assert_int_equal(suppressed(&tl, event_idx, 2), 0);
	assert_int_equal(suppressed(&tl, on_empty | event_idx, 2), VIRTIO_ISR_QUEUE);
	td_close(&tl.td);
}

static void shared(void **state)
{
	struct td_segment segment = { .length = 16, .writable = true };
	struct td_queue *queue;
	struct tl tl;

	(void)state;
	tl_open(&tl, "rng", MOCK_TRANSITIONAL, true);
	segment.address = td_alloc(&tl.td, 16, 1);
	/* Modern structures do not offer what only legacy drivers know. */
	assert_false(td_offered(&tl.td) & TD_FEATURE(VIRTIO_F_ANY_LAYOUT));
	assert_true(td_offered(&tl.td) & TD_FEATURE(VIRTIO_F_VERSION_1));
	/* A modern driver has little-endian rings, whatever the guest. */
	queue = td_live_rng(&tl.td, 0, 8);
	assert_int_equal(td_entropy(&tl.td, queue, segment.address, 16), 16);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DEVICE_STATUS, 1), td_status(&tl.td));
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_ISR_STATUS, 1), VIRTIO_ISR_QUEUE);
	assert_int_equal(td_isr(&tl.td), 0);
	/* A look at the legacy header takes nothing from it. */
	tl_set(&tl, VIRTIO_LEGACY_DRIVER_FEATURES, 4, 0);
	assert_int_equal(td_entropy(&tl.td, queue, segment.address, 16), 16);
	/* Reset there, and use there: bit 32 is forgotten. */
	tl_accept(&tl, 0);
	assert_int_equal(TD_GET(&tl.td, queue_enable), 0);
	queue = tl_queue(&tl, 0);
	tl_driver_ok(&tl);
	assert_int_equal(td_status(&tl.td), VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER |
						    VIRTIO_STATUS_DRIVER_OK);
	tl_serve(&tl, queue, &segment, 1, 16);
	TD_SET(&tl.td, queue_select, 0);
	assert_int_equal(TD_GET(&tl.td, queue_enable), 1);
	assert_int_equal(TD_GET(&tl.td, queue_desc_lo), queue->desc);
	assert_int_equal(TD_GET(&tl.td, queue_device_lo), queue->used);
	/* And a reset through the modern structures is one for the header. */
	td_reset(&tl.td);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DEVICE_STATUS, 1), 0);
	assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4), 0);
	queue = td_live_rng(&tl.td, 0, 8);
	assert_int_equal(td_entropy(&tl.td, queue, segment.address, 16), 16);
	td_close(&tl.td);
}

/* An access of any kind, anywhere in the BAR. */
static void access_somewhere(struct tl *tl, uint64_t size)
{
	static const unsigned widths[] = { 1, 2, 4, 8 };
	unsigned width = widths[rand() % 4];
	uint64_t offset = (uint64_t)rand() % size;
	uint64_t value = (uint64_t)rand();

	if (rand() % 8 == 0) {
		offset = VIRTIO_LEGACY_QUEUE_ADDRESS;
		width = 4;
		value = (TD_BASE >> 12) + (uint64_t)rand() % (TD_MEMORY >> 12);
	}
	if (rand() % 3)
		value %= 8;
	if (rand() % 4)
		tl_set(tl, offset, width, value);
	else
		tl_get(tl, offset, width);
}

/* Nothing written there, in whatever order, harms more than the next reset mends. */
static void storm(void **state)
{
	static const char *const names[] = { "rng", "blk", "net", "console" };
	struct tl tl;

	(void)state;
	srand(1);
	for (unsigned i = 0; i < 16; i++) {
		tl_open(&tl, names[i % 4], i / 4 % 2 ? MOCK_LEGACY : MOCK_TRANSITIONAL, i / 8);
		for (unsigned j = 0; j < TD_MEMORY; j += 64)
			td_store(&tl.td, TD_BASE + j, 8, (uint64_t)rand());
		for (unsigned j = 0; j < 20000; j++) {
			access_somewhere(&tl, mock_bar_info(tl.td.mock, 0).size);
			if (rand() % 512 == 0)
				td_set_config(&tl.td, tl.td.msix + PCI_MSIX_CONTROL, 2,
					      (uint32_t)rand());
			if (i / 4 % 2 == 0 && rand() % 64 == 0)
				td_set_common(&tl.td, (unsigned)rand() % 64, 2,
					      (unsigned)rand() % 16);
		}
		memset(tl.td.memory, 0, TD_MEMORY);
		tl_accept(&tl, 0);
		assert_int_equal(tl_get(&tl, VIRTIO_LEGACY_DEVICE_STATUS, 1),
				 VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
		td_close(&tl.td);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),        cmocka_unit_test(header),
		cmocka_unit_test(config_moves),    cmocka_unit_test(used_early),
		cmocka_unit_test(notify_on_empty), cmocka_unit_test(shared),
		cmocka_unit_test(storm),
	};

	return cmocka_run_group_tests_name("mock_legacy", tests, NULL, NULL);
}
