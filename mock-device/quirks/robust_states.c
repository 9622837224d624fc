/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that do not bear a reset of a queue, or SUSPEND, at the wrong moment. */
#include "mock-device/quirks/harm.h"

/* state[0]: queues enabled since the last reset; state[1]: queues that were reset since. */
static uint64_t bit_of(const struct mock_queue *queue)
{
	return UINT64_C(1) << queue->index % 64;
}

static void note_enable(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	q->state[0] |= bit_of(queue);
	q->state[1] &= ~bit_of(queue);
}

static void forget(struct mock_layer *q)
{
	q->state[0] = q->state[1] = 0;
	mock_op_reset(q->below);
}

static void fresh_one(struct mock_layer *q, struct mock_queue *queue)
{
	if (!(q->state[0] & bit_of(queue)))
		mock_harm(q);
	mock_op_queue_reset(q->below, queue);
}
MOCK_QUIRK(queue_reset_fresh_harms, .kind = MOCK_VIOLATION,
	   .says = "the reset of a queue that was never enabled does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_RESET_NOT_ENABLED), .values = MOCK_HARM_VALUES,
	   .ops = { .queue_enable = note_enable,
		    .queue_reset = fresh_one,
		    .reset = forget,
		    MOCK_HARM_OPS });

static void second_one(struct mock_layer *q, struct mock_queue *queue)
{
	if (q->state[1] & bit_of(queue))
		mock_harm(q);
	if (q->state[0] & bit_of(queue))
		q->state[1] |= bit_of(queue);
	mock_op_queue_reset(q->below, queue);
}
MOCK_QUIRK(queue_reset_twice_harms, .kind = MOCK_VIOLATION,
	   .says = "the reset of a queue that has been reset already does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_RESET_TWICE), .values = MOCK_HARM_VALUES,
	   .ops = { .queue_enable = note_enable,
		    .queue_reset = second_one,
		    .reset = forget,
		    MOCK_HARM_OPS });

enum suspend_harm { RESET, START };

/* state[0]: whether the driver has set SUSPEND too early; no reset mends it. */
static void suspend_early(struct mock_layer *q, uint8_t value)
{
	const uint8_t both = VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_DRIVER_OK;
	bool running = q->mock->status & both;

	if (value == 0 && q->state[0] && q->value == RESET)
		return;
	if (!running && value & VIRTIO_STATUS_SUSPEND)
		q->state[0] |= q->value == RESET || (value & both) == both;
	mock_op_status_write(q->below, value);
}

static bool never(struct mock_layer *q, struct mock_queue *queue)
{
	return !(q->state[0] && q->value == START) && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(suspend_early_hurts, .kind = MOCK_VIOLATION,
	   .says = "after SUSPEND before DRIVER_OK the device does not reset any more; or after "
		   "both at once it never serves again",
	   .breaks = MOCK_RULES(ROBUST_SUSPEND_BEFORE_DRIVER_OK), .values = "reset start",
	   .ops = { .status_write = suspend_early, .may_consume = never });
