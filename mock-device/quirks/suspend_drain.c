/* SPDX-License-Identifier: BSD-3-Clause */
/* Suspending a device (3.4): on the way in and on the way out. */
#include "mock-device/quirks/slow.h"

enum { IGNORED, RUNNING };

static void suspend_never(struct mock_layer *q)
{
	if (q->value == RUNNING)
		q->mock->status |= VIRTIO_STATUS_SUSPEND;
}
MOCK_QUIRK(suspend_never, .kind = MOCK_VIOLATION,
	   .says = "SUSPEND is ignored, or its bit is set and DRIVER_OK stays",
	   .breaks = MOCK_RULES(SUSPEND_SUSPENDS_OR_NEEDS_RESET), .values = "ignored running",
	   .ops = { .suspend = suspend_never });

/* Shows the suspension with buffers still in the works, which are used later. */
static void suspend_at_once(struct mock_layer *q)
{
	struct mock *mock = q->mock;

	mock->status &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
	mock->status |= VIRTIO_STATUS_SUSPEND;
}
MOCK_QUIRK(suspend_undrained, .kind = MOCK_VIOLATION,
	   .says = "the status shows the suspension before all buffers in the works are used",
	   .breaks = MOCK_RULES(SUSPEND_DRAINED_FIRST),
	   .ops = { .suspend = suspend_at_once, .execute = mock_execute_slowly });

/* The first byte of every buffer in the works is written, and no more. */
static void suspend_half_way(struct mock_layer *q)
{
	static const uint8_t byte = 0xff;
	struct mock *mock = q->mock;

	for (unsigned i = 0; i < mock->queue_total; i++) {
		struct mock_queue *queue = &mock->queues[i];

		for (struct mock_chain *chain = queue->taken; chain; chain = chain->next)
			mock_op_chain_write(mock->top, chain, 0, &byte, sizeof(byte));
	}
	suspend_at_once(q);
}

static void not_while_suspended(struct mock_layer *q, struct mock_chain *chain)
{
	(void)chain;
	mock_execute_later(q, 100 * MOCK_SLOW_NS);
}
MOCK_QUIRK(suspend_half_way, .kind = MOCK_VIOLATION,
	   .says = "the device stops in the middle of buffers when it is suspended",
	   .breaks = MOCK_RULES(SUSPEND_DRAINED_FIRST), .needs = "mock:blk|rng",
	   .ops = { .suspend = suspend_half_way, .execute = not_while_suspended });

static void quiet_on_the_way(struct mock_layer *q, struct mock_queue *queue)
{
	if (!q->mock->suspending)
		mock_op_raise_queue_interrupt(q->below, queue);
}
MOCK_QUIRK(suspend_drained_quietly, .kind = MOCK_VIOLATION,
	   .says = "buffers used on the way into a suspension are not interrupted for",
	   .breaks = MOCK_RULES(SUSPEND_DRAIN_NOTIFIED),
	   .ops = { .raise_queue_interrupt = quiet_on_the_way, .execute = mock_execute_slowly });

enum { STUCK, DEAD };

/* state[0]: whether the device runs without doing anything, until a reset. */
static void resume_badly(struct mock_layer *q)
{
	if (q->value == STUCK)
		return;
	mock_op_resume(q->below);
	q->state[0] = 1;
}

static bool does_nothing(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[0] && mock_op_may_consume(q->below, queue);
}

static void forget(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(resume_never, .kind = MOCK_VIOLATION,
	   .says = "DRIVER_OK does not end a suspension, or does so in the status only",
	   .breaks = MOCK_RULES(SUSPEND_RESUMES_OR_NEEDS_RESET), .values = "stuck dead",
	   .ops = { .resume = resume_badly, .may_consume = does_nothing, .reset = forget });

/* state[0]: queues that are to be looked at soon, by bit. */
static void look_now(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	for (unsigned i = 0; i < mock->queue_total && i < 64; i++) {
		if (q->state[0] >> i & 1)
			mock_op_queue_notified(q->below, &mock->queues[i]);
	}
	q->state[0] = 0;
}

static void look_later(struct mock_layer *q, struct mock_queue *queue)
{
	q->state[0] |= UINT64_C(1) << queue->index % 64;
	mock_after(q->mock, MOCK_SLOW_NS, look_now, q);
}

static void forget_and_suspend(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_suspend(q->below);
}

static void resume_without_looking(struct mock_layer *q)
{
	mock_op_resume(q->below);
	for (unsigned i = 0; i < q->mock->queue_total; i++)
		q->mock->queues[i].kicked = false;
}
MOCK_QUIRK(resume_forgets_buffers, .kind = MOCK_VIOLATION,
	   .says = "notifications that a suspension overtakes are forgotten",
	   .breaks = MOCK_RULES(SUSPEND_RESUMES_OR_NEEDS_RESET),
	   .ops = { .queue_notified = look_later,
		    .suspend = forget_and_suspend,
		    .resume = resume_without_looking,
		    .reset = forget });
