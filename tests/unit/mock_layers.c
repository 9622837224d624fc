/* SPDX-License-Identifier: BSD-3-Clause */
/* The stack of layers: dispatch, and that the model always asks the top. */
#include "mock_rings.h"

#include "mock-device/model/base.h"
#include "mock-device/quirks/quirk.h"
#include "spec/blk.h"
#include "spec/legacy.h"
#include "spec/pci_function.h"

#define V1      TD_FEATURE(VIRTIO_F_VERSION_1)
#define SUSPEND TD_FEATURE(VIRTIO_F_SUSPEND)
#define HELD_NS UINT64_C(1000)

/* ---- A layer with every operation, which counts how often each is called ---- */

struct counts {
#define MOCK_OP(result, name, parameters, arguments) unsigned name;
#define MOCK_OP_VOID(name, parameters, arguments)    unsigned name;
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID
};

/* The host's context is the test driver, and this is around it. */
struct counted {
	struct td td; /* first */
	struct counts counts;
};

static struct counts *counts_of(struct mock_layer *layer)
{
	return &((struct counted *)layer->mock->host.context)->counts;
}

#define MOCK_OP(result, name, parameters, arguments) \
	static result count_##name parameters        \
	{                                            \
		counts_of(layer)->name++;            \
		layer = layer->below;                \
		return mock_op_##name arguments;     \
	}
#define MOCK_OP_VOID(name, parameters, arguments) \
	static void count_##name parameters       \
	{                                         \
		counts_of(layer)->name++;         \
		layer = layer->below;             \
		mock_op_##name arguments;         \
	}
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID

static const struct mock_quirk counting = {
	.name = "test_count",
	.kind = MOCK_VARIATION,
	.says = "counts",
	.ops = {
#define MOCK_OP(result, name, parameters, arguments) .name = count_##name,
#define MOCK_OP_VOID(name, parameters, arguments)    .name = count_##name,
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID
	},
};
/* As MOCK_QUIRK would do, which takes no directives. */
static const struct mock_quirk *const counting_entry
	__attribute__((section("mock_quirks_section"), used, retain)) = &counting;

/* A life in which everything happens that a layer could want to see. */
static void live_fully(struct td *td)
{
	struct td_queue *queue;
	uint64_t buffer = td_alloc(td, 64, 1);

	td_negotiate(td, V1 | SUSPEND | TD_FEATURE(VIRTIO_F_RING_RESET));
	TD_SET(td, config_msix_vector, 0);
	queue = td_queue(td, 1, 8, false);
	td_driver_ok(td);
	for (unsigned i = 0; i < 3; i++) {
		td_desc(td, queue->desc, 0, buffer, 4, 0, 0);
		td_offer(td, queue, 0);
		td_notify(td, queue);
	}
	queue = td_queue(td, 0, 8, false);
	td_desc(td, queue->desc, 0, buffer, 4, VIRTQ_DESC_F_WRITE, 0);
	td_offer(td, queue, 0);
	td_notify(td, queue);
	td_isr(td);
	td_device(td, 0, 4);
	td_set_device(td, 8, 4, 'x');
	mock_change_config(td->mock);
	td_set_config(td, td->msix + PCI_MSIX_CONTROL, 2, PCI_MSIX_CONTROL_ENABLE);
	mock_change_config(td->mock);
	mock_bar_read(td->mock, 2, 0, 4);
	mock_bar_write(td->mock, 2, 12, 4, 0);
	mock_bar_read(td->mock, 2, 4096, 8);
	td_set_config(td, td->window + offsetof(struct virtio_pci_cap, length), 4, 4);
	td_config(td, td->window + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data), 4);
	td_set_config(td, td->window + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data), 4, 0);
	mock_space_read(td->mock, false, 0, 4);
	TD_SET(td, queue_reset, 1);
	td_set_status(td, td_status(td) | VIRTIO_STATUS_SUSPEND);
	td_driver_ok(td);
	queue = &td->queues[1];
	td_offer(td, queue, 99);
	td_notify(td, queue);
	mock_advance(td->mock, 1);
	td_set_config(td, td->express + PCI_EXP_DEVCTL, 2, PCI_EXP_DEVCTL_FLR);
}

/* And what only a transitional device of the draft of 2013 can see. */
static void live_as_of_old(struct td *td)
{
	const struct mock_settings settings = {
		.class_name = "console",
		.interface = MOCK_TRANSITIONAL,
		.draft = true,
		.quirks = { { "test-count", NULL } },
		.quirk_count = 1,
	};

	td_open_as(td, &settings);
	mock_bar_read(td->mock, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_DEVICE_FEATURES, 4);
	mock_bar_write(td->mock, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_QUEUE_ADDRESS, 4,
		       TD_BASE >> VIRTIO_LEGACY_PAGE_SHIFT);
	TD_SET(td, queue_enable, 0);
	td_close(td);
}

static void all_go_through_the_top(void **state)
{
	struct counted c;

	(void)state;
	memset(&c, 0, sizeof(c));
	td_open(&c.td, "console", "test-count", NULL);
	live_fully(&c.td);
	td_close(&c.td);
	live_as_of_old(&c.td);
#define MOCK_OP(result, name, parameters, arguments) \
	if (!c.counts.name)                          \
		fail_msg("nobody called %s", #name);
#define MOCK_OP_VOID(name, parameters, arguments) MOCK_OP(void, name, parameters, arguments)
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID
}

static void bottom_is_complete(void **state)
{
	(void)state;
#define MOCK_OP(result, name, parameters, arguments) assert_true(mock_base_ops.name != NULL);
#define MOCK_OP_VOID(name, parameters, arguments)    MOCK_OP(void, name, parameters, arguments)
#include "mock-device/model/ops.inc"
#undef MOCK_OP
#undef MOCK_OP_VOID
}

/* ---- Order of the stack ---- */

/* Appends a decimal digit to what comes from below. */
static uint32_t append(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t below = mock_op_common_read(q->below, offset, width);

	if (offset != offsetof(struct virtio_pci_common_cfg, num_queues))
		return below;
	return below * 10 + (uint32_t)q->value + (uint32_t)q->state[0]++;
}
MOCK_QUIRK(test_append, .kind = MOCK_VARIATION, .says = "appends a digit", .values = "1 2 3",
	   .ops = { .common_read = append });

static void order(void **state)
{
	struct td td;

	(void)state;
	td_open(&td, "rng", "test-append=2", "caps-reversed", "test_append=0x3", "test-append",
		NULL);
	assert_int_equal(TD_GET(&td, num_queues), 1231);
	/* Each has its own state, which a reset leaves alone and power-on clears. */
	td_reset(&td);
	assert_int_equal(TD_GET(&td, num_queues), 1342);
	mock_power_on(td.mock);
	assert_int_equal(TD_GET(&td, num_queues), 1231);
	assert_non_null(strstr(mock_describe(td.mock), "rng"));
	assert_non_null(strstr(mock_describe(td.mock), "test-append=2 caps-reversed"));
	td_close(&td);
}

/* ---- What a class does with features that only a layer offers ---- */

static void offer_ro(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_BLK_F_RO);
}
MOCK_QUIRK(test_ro, .kind = MOCK_VARIATION, .says = "a read-only disk",
	   .ops = { .offered_features = offer_ro });

static void read_only_disk(void **state)
{
	static const uint32_t types[] = { VIRTIO_BLK_T_OUT, VIRTIO_BLK_T_WRITE_ZEROES };
	struct td td;
	struct td_queue *queue;
	uint64_t request, status;

	(void)state;
	td_open(&td, "blk", "test-ro", NULL);
	td_negotiate(&td, td_offered(&td) & ~TD_FEATURE(VIRTIO_F_NOTIF_CONFIG_DATA));
	queue = td_queue(&td, 0, 0, false);
	request = td_alloc(&td, sizeof(struct virtio_blk_req) + VIRTIO_BLK_SECTOR_SIZE, 1);
	status = td_alloc(&td, 1, 1);
	td_driver_ok(&td);
	for (unsigned i = 0; i < 2; i++) {
		const struct td_segment segments[] = {
			{ request,
			  sizeof(struct virtio_blk_req) +
				  (i ? sizeof(struct virtio_blk_range) : VIRTIO_BLK_SECTOR_SIZE),
			  false },
			{ status, 1, true },
		};

		td_store(&td, request, 4, types[i]);
		td_chain(&td, queue->desc, 0, segments, 2);
		td_offer(&td, queue, 0);
		td_notify(&td, queue);
		td_expect_used(&td, queue, 0, 1);
		assert_int_equal(td_load(&td, status, 1), VIRTIO_BLK_S_IOERR);
	}
	td_close(&td);
}

/* What a buffer does not hold reads as zero. */
static void look_beyond(struct mock_layer *q, struct mock_chain *chain)
{
	uint8_t data[8];

	memset(data, 0xee, sizeof(data));
	assert_int_equal(mock_chain_read(q->mock, chain, 1, data, sizeof(data)), 2);
	for (unsigned i = 2; i < sizeof(data); i++)
		assert_int_equal(data[i], 0);
	mock_op_execute(q->below, chain);
}
MOCK_QUIRK(test_look_beyond, .kind = MOCK_VARIATION, .says = "reads past the end of a buffer",
	   .ops = { .execute = look_beyond });

static void short_buffer(void **state)
{
	struct td td;
	struct td_queue *queue;

	(void)state;
	td_open(&td, "rng", "test-look-beyond", NULL);
	queue = td_live_rng(&td, 0, 8);
	td_desc(&td, queue->desc, 0, td_alloc(&td, 3, 1), 3, 0, 0);
	td_offer(&td, queue, 0);
	td_notify(&td, queue);
	td_expect_used(&td, queue, 0, 0);
	td_close(&td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_go_through_the_top),
		cmocka_unit_test(bottom_is_complete),
		cmocka_unit_test(order),
		cmocka_unit_test(read_only_disk),
		cmocka_unit_test(short_buffer),
	};

	return cmocka_run_group_tests_name("mock_layers", tests, NULL, NULL);
}
