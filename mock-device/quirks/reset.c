/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device reset (2.4): what survives it, and who does not keep still.
 *
 * What survives does so once: a reset of a device that is reset already does all that it should, as
 * devices do that act on a change of the status. So the lie shows to the driver that comes next,
 * and not to everybody after it.
 */
#include "mock-device/quirks/quirk.h"
#include "spec/split_ring.h"

#define A_WHILE_NS UINT64_C(100000)
#define FAR_ROUND  20u /* buffers after which a small ring has gone round */

static bool was_live(const struct mock_layer *q)
{
	return q->mock->status & VIRTIO_STATUS_DRIVER_OK;
}

static void keep_features(struct mock_layer *q)
{
	struct mock_features accepted = q->mock->accepted;

	mock_op_reset(q->below);
	/* What nobody offers anything in, few drivers ever write again. */
	q->mock->accepted.window[0] = accepted.window[0];
	q->mock->accepted.window[1] = accepted.window[1];
}
MOCK_QUIRK(features_survive_reset, .kind = MOCK_VIOLATION,
	   .says = "driver_feature shows after a reset what was accepted before",
	   .breaks = MOCK_RULES(RESET_REGISTERS_RESTORED), .ops = { .reset = keep_features });

/* state[0]: it was enabled; state[1…3]: its areas, state[4]: indexes. */
static void keep_queue(struct mock_layer *q)
{
	const struct mock_queue *queue = &q->mock->queues[0];

	q->state[0] = was_live(q) && queue->enabled;
	q->state[1] = queue->descriptor_area;
	q->state[2] = queue->driver_area;
	q->state[3] = queue->device_area;
	q->state[4] = queue->next_avail;
	q->state[5] = queue->size;
	mock_op_reset(q->below);
}

static void revive_queue(struct mock_layer *q)
{
	struct mock_queue *queue = &q->mock->queues[0];

	if (q->state[0] && !queue->enabled) {
		queue->enabled = true;
		queue->descriptor_area = q->state[1];
		queue->driver_area = q->state[2];
		queue->device_area = q->state[3];
		queue->size = (uint16_t)q->state[5];
		queue->next_avail = queue->next_used = (uint16_t)q->state[4];
		queue->published = queue->previous = queue->next_used;
	}
	mock_op_driver_ok(q->below);
}
MOCK_QUIRK(queue_survives_reset, .kind = MOCK_VIOLATION,
	   .says = "a queue that the next driver does not set up runs on in the rings of the last",
	   .breaks = MOCK_RULES(RESET_REGISTERS_RESTORED), .needs = "mock:blk",
	   .ops = { .reset = keep_queue, .driver_ok = revive_queue });

/* state[0]: 1 + index of the queue that had come far; state[1]: where it stood. */
static void keep_positions(struct mock_layer *q)
{
	q->state[0] = 0;
	for (unsigned i = 0; was_live(q) && i < q->mock->queue_count; i++) {
		const struct mock_queue *queue = &q->mock->queues[i];

		if (queue->enabled && queue->next_avail >= FAR_ROUND) {
			q->state[0] = i + 1;
			q->state[1] = queue->next_avail;
		}
	}
	mock_op_reset(q->below);
}

static void old_positions(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	if (q->state[0] != queue->index + 1)
		return;
	queue->next_avail = queue->next_used = (uint16_t)q->state[1];
	queue->published = queue->previous = queue->next_used;
}
MOCK_QUIRK(positions_survive_reset, .kind = MOCK_VIOLATION,
	   .says = "a ring that has seen twenty buffers goes on where it was after a reset",
	   .breaks = MOCK_RULES(RESET_RING_POSITIONS_RESTORED),
	   .ops = { .reset = keep_positions, .queue_enable = old_positions });

static void keep_isr(struct mock_layer *q)
{
	uint8_t isr = q->mock->status ? q->mock->isr : 0;

	mock_op_reset(q->below);
	q->mock->isr = isr;
	mock_update_line(q->mock);
}
MOCK_QUIRK(isr_survives_reset, .kind = MOCK_VIOLATION,
	   .says = "the ISR status and the line stay as they were over a reset",
	   .breaks = MOCK_RULES(RESET_ISR_CLEARED), .ops = { .reset = keep_isr });

/* state[0]: 1 + vector that the first queue had. */
static void late_interrupt(struct mock *mock, void *argument)
{
	struct mock_layer *q = argument;

	if (mock->status)
		return;
	if (mock_msix_enabled(mock)) {
		if (q->state[0])
			mock_op_send_message(mock->top, (unsigned)q->state[0] - 1);
		return;
	}
	mock->isr |= VIRTIO_ISR_QUEUE;
	mock_update_line(mock);
}

static void interrupt_later(struct mock_layer *q)
{
	bool live = was_live(q);

	q->state[0] = 0;
	for (unsigned i = 0; i < q->mock->queue_count; i++)
		if (q->mock->queues[i].enabled && q->mock->queues[i].vector < q->mock->msix.count)
			q->state[0] = q->mock->queues[i].vector + 1u;
	mock_op_reset(q->below);
	if (live)
		mock_after(q->mock, A_WHILE_NS, late_interrupt, q);
}
MOCK_QUIRK(interrupt_after_reset, .kind = MOCK_VIOLATION,
	   .says = "an interrupt for a used buffer comes after the reset is over",
	   .breaks = MOCK_RULES(RESET_NO_NOTIFICATIONS), .ops = { .reset = interrupt_later });

static void config_change_after_reset(struct mock_layer *q)
{
	mock_op_config_changed(q->below);
	if (q->mock->status == 0)
		mock_op_raise_config_interrupt(q->mock->top);
}
MOCK_QUIRK(config_interrupt_after_reset, .kind = MOCK_VIOLATION,
	   .says = "a configuration change raises the line of a device that was reset",
	   .breaks = MOCK_RULES(RESET_NO_NOTIFICATIONS), .needs = "mock:blk",
	   .ops = { .config_changed = config_change_after_reset });

enum { WRITES_RING, WRITES_BUFFER };

/* state[0]: the used ring; state[1]: the last buffer that was writable. */
static void note_buffer(struct mock_layer *q, struct mock_chain *chain)
{
	if (chain->readable_count < chain->count)
		q->state[1] = chain->segments[chain->readable_count].address;
	mock_op_execute(q->below, chain);
}

static void late_write(struct mock *mock, void *argument)
{
	static const uint8_t index[2] = { 0xee, 0xee };
	struct mock_layer *q = argument;

	if (mock->status)
		return;
	if (q->value == WRITES_RING)
		mock_op_dma_write(mock->top, q->state[0] + VIRTQ_USED_IDX, index, sizeof(index));
	else if (q->state[1])
		mock_op_dma_write(mock->top, q->state[1], index, 1);
}

static void write_later(struct mock_layer *q)
{
	bool live = was_live(q) && q->mock->queues[0].enabled;

	q->state[0] = q->mock->queues[0].device_area;
	mock_op_reset(q->below);
	if (live)
		mock_after(q->mock, A_WHILE_NS, late_write, q);
}
MOCK_QUIRK(dma_after_reset, .kind = MOCK_VIOLATION,
	   .says = "the used ring, or a buffer, is written after the reset is over",
	   .breaks = MOCK_RULES(RESET_QUEUES_UNTOUCHED), .values = "ring buffer",
	   .needs = "mock:blk", .ops = { .execute = note_buffer, .reset = write_later });
