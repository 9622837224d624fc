/* SPDX-License-Identifier: BSD-3-Clause */
/* Which queues there are and how large they can be (2.6, 4.1.4.3). */
#include "mock-device/quirks/quirk.h"

static void size(struct mock_layer *q, unsigned index, struct mock_queue_info *info)
{
	mock_op_queue_info(q->below, index, info);
	if (info->max_size)
		info->max_size = (uint16_t)q->value;
}
MOCK_QUIRK(queue_size, .kind = MOCK_VARIATION, .says = "the largest size of every queue",
	   .values = "4 2 16 1024 32768", .ops = { .queue_info = size });
/* Whose requests have more than one element, no driver can serve (2.7.5.3.1). */
MOCK_QUIRK(queue_size_one, .kind = MOCK_VARIATION, .says = "every queue has one entry at most",
	   .drivers = MOCK_DRIVER_ORDERLY, .values = "1", .ops = { .queue_info = size });
MOCK_QUIRK(
	queue_size_least, .kind = MOCK_SITUATION,
	.says = "every queue of an entropy device or a console, whose requests have one element, "
		"has one entry at most",
	.drivers = MOCK_DRIVER_WORKS, .values = "1", .needs = "mock:rng|console",
	.ops = { .queue_info = size });

static void gap(struct mock_layer *q, unsigned index, struct mock_queue_info *info)
{
	if (index != (unsigned)q->value)
		mock_op_queue_info(q->below, index, info);
}
MOCK_QUIRK(queue_gap, .kind = MOCK_VARIATION, .says = "one queue in the middle is not there",
	   .values = "1", .needs = "mock:blk", .ops = { .queue_info = gap });

static void admin(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_F_ADMIN_VQ);
}
MOCK_QUIRK(admin_queue, .kind = MOCK_VARIATION,
	   .says = "offers ADMIN_VQ: an administration queue behind the queues of the device",
	   .ops = { .offered_features = admin });

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

/* Fewer than there are: the last queue has a size and no number. */
static uint32_t too_few(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_common_read(q->below, offset, width);

	return offset == FIELD(num_queues) ? value - 1 : value;
}
MOCK_QUIRK(num_queues_low, .kind = MOCK_VIOLATION,
	   .says = "num_queues is one less than there are queues",
	   .breaks = MOCK_RULES(PCI_COMMON_NUM_QUEUES, PCI_COMMON_ABSENT_QUEUE_SIZE_ZERO),
	   .also = MOCK_RULES(PCI_MSIX_TABLE_SIZE_USEFUL), .needs = "mock:console",
	   .ops = { .common_read = too_few });

/* A select that names no queue is ignored: the registers go on showing the one before. */
static void select_ignored(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(queue_select) && value >= (uint32_t)q->value)
		return;
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_select_ignored, .kind = MOCK_VIOLATION,
	   .says = "queue_select does not take numbers from this on",
	   .breaks = MOCK_RULES(PCI_COMMON_ABSENT_QUEUE_SIZE_ZERO),
	   .also = MOCK_RULES(ROBUST_QUEUE_SELECT_OUT_OF_RANGE), .values = "1024 5 256",
	   .needs = "mock:blk", .ops = { .common_write = select_ignored });

/* The number is cut to so many bits, so that a queue far beyond shows one that exists. */
static void select_cut(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(queue_select)) {
		q->state[0] = value;
		value &= (UINT32_C(1) << q->value) - 1;
	}
	mock_op_common_write(q->below, offset, width, value);
}

static uint32_t select_whole(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == FIELD(queue_select))
		return (uint32_t)q->state[0];
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(queue_select_cut, .kind = MOCK_VIOLATION,
	   .says = "only so many low bits of queue_select count",
	   .breaks = MOCK_RULES(PCI_COMMON_NUM_QUEUES, PCI_COMMON_ABSENT_QUEUE_SIZE_ZERO),
	   .also = MOCK_RULES(ROBUST_QUEUE_SELECT_OUT_OF_RANGE), .values = "8 6 15",
	   .ops = { .common_write = select_cut, .common_read = select_whole });

/* Writing a size to a queue that is not there makes it read back. */
static void absent_size(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(queue_size) && q->mock->queue_select >= q->mock->queue_count)
		q->state[0] = value;
	if (offset == FIELD(queue_select))
		q->state[0] = 0;
	mock_op_common_write(q->below, offset, width, value);
}

static uint32_t absent_size_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_common_read(q->below, offset, width);

	return offset == FIELD(queue_size) && !value ? (uint32_t)q->state[0] : value;
}
MOCK_QUIRK(absent_queue_created, .kind = MOCK_VIOLATION,
	   .says = "a size written to a queue that does not exist reads back",
	   .breaks = MOCK_RULES(PCI_COMMON_ABSENT_QUEUE_SIZE_ZERO),
	   .ops = { .common_write = absent_size, .common_read = absent_size_read });

static void odd_size(struct mock_layer *q, unsigned index, struct mock_queue_info *info)
{
	mock_op_queue_info(q->below, index, info);
	if (index == q->mock->queue_count - 1 && info->max_size)
		info->max_size = (uint16_t)q->value;
}
MOCK_QUIRK(queue_size_odd, .kind = MOCK_VIOLATION,
	   .says = "the size of the last queue is no power of two",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_SIZE_POWER_OF_TWO), .values = "100 3 32767",
	   .needs = "mock:console", .ops = { .queue_info = odd_size });

/* A reset leaves the sizes that the driver chose. */
static void sizes_stay(struct mock_layer *q)
{
	struct mock *mock = q->mock;
	uint16_t sizes[8] = { 0 };

	for (unsigned i = 0; i < mock->queue_count && i < 8; i++)
		sizes[i] = mock->queues[i].size;
	mock_op_reset(q->below);
	for (unsigned i = 0; i < mock->queue_count && i < 8; i++)
		if (sizes[i])
			mock->queues[i].size = sizes[i];
}
MOCK_QUIRK(queue_size_survives_reset, .kind = MOCK_VIOLATION,
	   .says = "a reset leaves queue_size as the driver reduced it",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_SIZE_AFTER_RESET),
	   .also = MOCK_RULES(ROBUST_PACKED_ENDLESS_CHAIN, RESET_REGISTERS_RESTORED,
			      ROBUST_QUEUE_SIZE_OVER_MAXIMUM),
	   .ops = { .reset = sizes_stay });

static void size_not_taken(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset != FIELD(queue_size))
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_size_fixed, .kind = MOCK_VIOLATION, .says = "a smaller queue_size is not taken",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_SIZE_REDUCED),
	   .also = MOCK_RULES(ROBUST_PACKED_CHAIN_OVER_END, ROBUST_PACKED_ODD_QUEUE_SIZE,
			      ROBUST_STRAY_WRITE),
	   .needs = "mock:blk", .ops = { .common_write = size_not_taken });

/* Reads back, but the rings are run with the largest size. */
static void runs_at_maximum(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	q->state[0] = queue->size;
	queue->size = queue->max_size;
}

static uint32_t size_as_written(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == FIELD(queue_size) && q->state[0] && q->mock->queue_select == 0)
		return (uint32_t)q->state[0];
	return mock_op_common_read(q->below, offset, width);
}

static void forget_size(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(queue_size_unused, .kind = MOCK_VIOLATION,
	   .says = "a smaller queue_size reads back, and the rings are run with the largest",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_SIZE_REDUCED),
	   .also = MOCK_RULES(ROBUST_PACKED_CHAIN_OVER_END, ROBUST_PACKED_ODD_QUEUE_SIZE,
			      ROBUST_STRAY_WRITE),
	   .needs = "mock:rng",
	   .ops = { .queue_enable = runs_at_maximum,
		    .common_read = size_as_written,
		    .reset = forget_size });

static void enabled_stays(struct mock_layer *q)
{
	bool enabled = q->mock->queues[0].enabled;

	mock_op_reset(q->below);
	q->mock->queues[0].enabled = enabled;
}
MOCK_QUIRK(queue_enable_survives_reset, .kind = MOCK_VIOLATION,
	   .says = "a reset leaves a queue enabled",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_ENABLE_ZERO_AFTER_RESET),
	   .also = MOCK_RULES(RESET_REGISTERS_RESTORED), .ops = { .reset = enabled_stays });

/* Registers of the queue before follow those of the selected one. */
static void all_alike(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock *mock = q->mock;

	mock_op_common_write(q->below, offset, width, value);
	if (offset != FIELD(queue_desc_lo) || mock->queue_select >= mock->queue_count)
		return;
	for (unsigned i = 0; i < mock->queue_count; i++)
		if (!mock->queues[i].enabled)
			mock->queues[i].descriptor_area =
				mock->queues[mock->queue_select].descriptor_area;
}
MOCK_QUIRK(queue_registers_shared, .kind = MOCK_VIOLATION,
	   .says = "writing queue_desc of one queue changes that of the others",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_SELECT), .needs = "mock:net",
	   .ops = { .common_write = all_alike });

/* DRIVER_OK starts every queue that has addresses, enabled or not. */
static void start_all(struct mock_layer *q)
{
	struct mock *mock = q->mock;

	for (unsigned i = 0; i < mock->queue_count; i++)
		if (mock->queues[i].descriptor_area && !mock->queues[i].enabled)
			mock_op_queue_enable(mock->top, &mock->queues[i]);
	mock_op_driver_ok(q->below);
}
MOCK_QUIRK(queue_enable_unneeded, .kind = MOCK_VIOLATION,
	   .says = "a queue that has addresses is served, enabled or not",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_ENABLE_GATES), .ops = { .driver_ok = start_all });
