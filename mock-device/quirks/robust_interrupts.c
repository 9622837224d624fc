/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that do not bear clumsy use of MSI-X. */
#include "mock-device/quirks/quirk.h"

#define BEHIND 64u /* bytes behind an end where an access hurts */
#define PBA    3   /* the word "pba" of odd accesses, beside widths */

static void die(struct mock_layer *q)
{
	mock_end(q->mock, MOCK_DEAD);
}

static uint64_t odd_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	if ((long)width == q->value)
		die(q);
	return mock_op_msix_read(q->below, offset, width);
}

static void odd_write(struct mock_layer *q, unsigned offset, unsigned width, uint64_t value)
{
	if ((long)width == q->value)
		die(q);
	mock_op_msix_write(q->below, offset, width, value);
}

static uint64_t odd_pba_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (q->value == PBA && width < sizeof(uint32_t))
		die(q);
	return mock_op_pba_read(q->below, offset, width);
}
MOCK_QUIRK(msix_odd_access_kills, .kind = MOCK_VIOLATION,
	   .says = "the device dies of accesses of this width to the MSI-X table, or of narrow "
		   "ones to the pending bits",
	   .breaks = MOCK_RULES(ROBUST_MSIX_ODD_ACCESS), .values = "1 2 8 pba",
	   .ops = { .msix_read = odd_read, .msix_write = odd_write, .pba_read = odd_pba_read });

enum place { TABLE, PENDING };

static bool is_behind(const struct mock_layer *q, unsigned bar, uint64_t offset)
{
	const struct mock *mock = q->mock;
	const struct mock_cap *cap =
		&mock->caps.cap[mock_caps_index(&mock->caps, PCI_CAP_ID_MSIX, 0)];
	uint64_t end = cap->offset + (uint64_t)mock->msix.count * PCI_MSIX_ENTRY_SIZE;

	if (q->value == PENDING)
		end = cap->pba_offset + (mock->msix.count + 63) / 64 * sizeof(uint64_t);
	return bar == (q->value == PENDING ? cap->pba_bar : cap->bar) && offset >= end &&
	       offset - end < BEHIND;
}

static uint64_t read_behind(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	if (is_behind(q, bar, offset))
		die(q);
	return mock_op_bar_read(q->below, bar, offset, width);
}

static void write_behind(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width,
			 uint64_t value)
{
	if (is_behind(q, bar, offset))
		die(q);
	mock_op_bar_write(q->below, bar, offset, width, value);
}
MOCK_QUIRK(msix_past_end_kills, .kind = MOCK_VIOLATION,
	   .says = "the device dies of accesses behind the MSI-X table or the pending bits",
	   .breaks = MOCK_RULES(ROBUST_MSIX_PAST_END), .values = "table pba",
	   .ops = { .bar_read = read_behind, .bar_write = write_behind });

static void forget(struct mock_layer *q)
{
	for (unsigned i = 0; i < sizeof(q->state) / sizeof(q->state[0]); i++)
		q->state[i] = 0;
	mock_op_reset(q->below);
}

/* state[0], state[1]: whether a queue, or the configuration, was mapped past the end. */
static void note_vector(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	bool bad = value >= q->mock->msix.count && value != VIRTIO_MSI_NO_VECTOR;

	if (offset == offsetof(struct virtio_pci_common_cfg, queue_msix_vector))
		q->state[0] = bad;
	if (offset == offsetof(struct virtio_pci_common_cfg, config_msix_vector))
		q->state[1] = bad;
	mock_op_common_write(q->below, offset, width, value);
}

static void queue_past_end(struct mock_layer *q, struct mock_queue *queue)
{
	if (q->state[0] && q->value == 0)
		die(q);
	mock_op_raise_queue_interrupt(q->below, queue);
}

static void config_past_end(struct mock_layer *q)
{
	if (q->state[1] && q->value == 1)
		die(q);
	mock_op_raise_config_interrupt(q->below);
}
MOCK_QUIRK(vector_past_end_kills, .kind = MOCK_VIOLATION,
	   .says = "the device dies when it interrupts for a queue, or for a configuration change, "
		   "that the driver tried to map past the end of the table",
	   .breaks = MOCK_RULES(ROBUST_VECTOR_OUT_OF_RANGE), .values = "queue config",
	   .needs = "mock:blk|net|console",
	   .ops = { .common_write = note_vector,
		    .raise_queue_interrupt = queue_past_end,
		    .raise_config_interrupt = config_past_end,
		    .reset = forget });

/* state[]: by queue, the vector that it had when the device or the queue started. */
#define SLOTS 8u

static void fix_all(struct mock_layer *q)
{
	for (unsigned i = 0; i < q->mock->queue_total && i < SLOTS; i++)
		q->state[i] = q->mock->queues[i].vector;
	mock_op_driver_ok(q->below);
}

static void fix_one(struct mock_layer *q, struct mock_queue *queue)
{
	if (queue->index < SLOTS)
		q->state[queue->index] = queue->vector;
	mock_op_queue_enable(q->below, queue);
}

static void interrupt_fixed(struct mock_layer *q, struct mock_queue *queue)
{
	uint16_t vector = queue->vector;

	if (queue->index < SLOTS)
		queue->vector = (uint16_t)q->state[queue->index];
	mock_op_raise_queue_interrupt(q->below, queue);
	queue->vector = vector;
}
MOCK_QUIRK(vector_fixed_at_start, .kind = MOCK_VIOLATION,
	   .says = "a running queue keeps the vector that it started with, whatever is written",
	   .breaks = MOCK_RULES(ROBUST_VECTOR_CHANGED_LIVE),
	   .ops = { .driver_ok = fix_all,
		    .queue_enable = fix_one,
		    .raise_queue_interrupt = interrupt_fixed });
