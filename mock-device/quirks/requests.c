/* SPDX-License-Identifier: BSD-3-Clause */
/* How requests are carried out, whatever they ask for, and interrupts that nobody asked for. */
#include "mock-device/quirks/quirk.h"

#define NS_PER_MS  UINT64_C(1000000)
#define IDLE_TICKS 4u

/*
 * Buffers are carried out in the order in which they were taken, one for each timer. state[0]: the
 * lowest serial that may still wait. Those that went with a reset leave gaps.
 */
static void carry_out(struct mock *mock, void *argument)
{
	struct mock_layer *q = argument;

	while (!mock_needs_reset(mock) && q->state[0] <= mock->serial) {
		struct mock_chain *chain = mock_chain_find(mock, q->state[0]++);

		if (chain) {
			mock_op_execute(q->below, chain);
			return;
		}
	}
}

static void take_time(struct mock_layer *q, struct mock_chain *chain)
{
	if (q->state[0] == 0)
		q->state[0] = chain->serial;
	mock_after(q->mock, (uint64_t)q->value * NS_PER_MS, carry_out, q);
}
MOCK_QUIRK(requests_slow, .kind = MOCK_VARIATION,
	   .says = "every request takes so many milliseconds, many at a time", .values = "2 50",
	   .ops = { .execute = take_time });

/* The length is what it would have been. */
static size_t lose(struct mock_layer *q, struct mock_chain *chain, uint64_t offset,
		   const void *data, size_t size)
{
	(void)q;
	(void)data;
	if (offset >= chain->writable)
		return 0;
	if (size > chain->writable - offset)
		size = (size_t)(chain->writable - offset);
	if (offset <= chain->prefix && offset + size > chain->prefix)
		chain->prefix = offset + size;
	return size;
}
MOCK_QUIRK(answers_lost, .kind = MOCK_VIOLATION,
	   .says = "requests are used with a length, and nothing was written",
	   .breaks = MOCK_RULES(ROBUST_REQUEST_COMPLETES, SPLIT_USED_LEN_WRITTEN),
	   .needs = "mock:blk", .ops = { .chain_write = lose });

/* state[0]: ticks since there was something to do or to tell. */
static void on_notification(struct mock_layer *q, struct mock_queue *queue)
{
	q->state[0] = 0;
	mock_op_queue_notified(q->below, queue);
}

static void on_change(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_config_changed(q->below);
}

static void on_tick(struct mock_layer *q)
{
	mock_op_tick(q->below);
	if (!mock_live(q->mock) || ++q->state[0] < IDLE_TICKS)
		return;
	for (unsigned i = 0; i < q->mock->queue_count; i++) {
		if (q->mock->queues[i].enabled) {
			mock_op_raise_queue_interrupt(q->mock->top, &q->mock->queues[i]);
			return;
		}
	}
}
MOCK_QUIRK(interrupts_idle, .kind = MOCK_VIOLATION,
	   .says = "a device that has had nothing to do for a while interrupts again and again",
	   .breaks = MOCK_RULES(ROBUST_NO_IDLE_INTERRUPTS),
	   .ops = { .queue_notified = on_notification,
		    .config_changed = on_change,
		    .tick = on_tick });

static void tell_early(struct mock_layer *q)
{
	mock_op_config_changed(q->below);
	if (q->mock->status && !(q->mock->status & VIRTIO_STATUS_DRIVER_OK))
		mock_op_raise_config_interrupt(q->mock->top);
}
MOCK_QUIRK(config_interrupt_early, .kind = MOCK_VIOLATION,
	   .says = "a configuration change before DRIVER_OK interrupts at once",
	   .breaks = MOCK_RULES(ROBUST_QUIET_BEFORE_DRIVER_OK), .needs = "mock:blk",
	   .ops = { .config_changed = tell_early });
