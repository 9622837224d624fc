/* SPDX-License-Identifier: BSD-3-Clause */
/* Reset of a single virtqueue (2.6.1, queue_reset of 4.1.4.3). */
#include "mock-device/quirks/slow.h"

#define FIELD(member) offsetof(struct virtio_pci_common_cfg, member)

/* state[] slots that are bits, one for each queue. */
static bool has_bit(uint64_t bits, const struct mock_queue *queue)
{
	return bits >> queue->index % 64 & 1;
}

static uint64_t bit_of(const struct mock_queue *queue)
{
	return UINT64_C(1) << queue->index % 64;
}

static void forget(struct mock_layer *q)
{
	for (unsigned i = 0; i < MOCK_SLOW_SLOT; i++)
		q->state[i] = 0;
	mock_op_reset(q->below);
}

/* ---- Legal: it takes its time ---- */

/* state[0]: queues whose reset is under way. */
static void reset_now(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	for (unsigned i = 0; i < mock->queue_total; i++) {
		if (has_bit(q->state[0], &mock->queues[i]))
			mock_op_queue_reset(q->below, &mock->queues[i]);
	}
	q->state[0] = 0;
}

static void reset_later(struct mock_layer *q, struct mock_queue *queue)
{
	if (!has_bit(q->state[0], queue))
		mock_after(q->mock, (uint64_t)q->value * MOCK_NS_PER_US, reset_now, q);
	q->state[0] |= bit_of(queue);
}

static uint32_t read_under_way(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock_queue *queue = mock_selected_queue(q->mock);

	if (offset == FIELD(queue_reset) && queue && has_bit(q->state[0], queue))
		return 1;
	return mock_op_common_read(q->below, offset, width);
}

static bool rests(struct mock_layer *q, struct mock_queue *queue)
{
	return !has_bit(q->state[0], queue) && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(queue_reset_slow, .kind = MOCK_VARIATION,
	   .says = "the reset of a queue takes so many microseconds", .values = "1000 10 100000",
	   .ops = { .queue_reset = reset_later,
		    .common_read = read_under_way,
		    .may_consume = rests,
		    .reset = forget });

/* ---- A queue that goes on ---- */

/* state[0]: queues that look disabled and are not, until the driver sets them up again. */
static void hide(struct mock_layer *q, struct mock_queue *queue)
{
	if (queue->enabled)
		q->state[0] |= bit_of(queue);
	else
		mock_op_queue_reset(q->below, queue);
}

static uint32_t read_hidden(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock_queue *queue = mock_selected_queue(q->mock);

	if (offset == FIELD(queue_enable) && queue && has_bit(q->state[0], queue))
		return 0;
	return mock_op_common_read(q->below, offset, width);
}

static void write_hidden(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock_queue *queue = mock_selected_queue(q->mock);

	if (queue && has_bit(q->state[0], queue) && offset >= FIELD(queue_size) &&
	    offset < FIELD(queue_notif_config_data)) {
		q->state[0] &= ~bit_of(queue);
		mock_op_queue_reset(q->below, queue);
	}
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_reset_in_name_only, .kind = MOCK_VIOLATION,
	   .says = "a queue is served on after its reset, until it is set up anew",
	   .breaks = MOCK_RULES(QUEUE_RESET_STOPS_REQUESTS),
	   .ops = { .queue_reset = hide,
		    .common_read = read_hidden,
		    .common_write = write_hidden,
		    .reset = forget });

/* All queues stop with one. */
static void stop_all(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_reset(q->below, queue);
	q->state[0] = 1;
}

static bool none(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[0] && mock_op_may_consume(q->below, queue);
}

static void start_all(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	q->state[0] = 0;
}
MOCK_QUIRK(queue_reset_stops_all, .kind = MOCK_VIOLATION,
	   .says = "when a queue is reset all queues stop, until it is enabled again",
	   .breaks = MOCK_RULES(QUEUE_RESET_STOPS_REQUESTS), .needs = "mock:console",
	   .ops = { .queue_reset = stop_all,
		    .queue_enable = start_all,
		    .may_consume = none,
		    .reset = forget });

/* state[0]: the id of a buffer that was in the works, plus one; state[1]: its queue. */
static void remember_one(struct mock_layer *q, struct mock_queue *queue)
{
	if (queue->taken) {
		q->state[0] = queue->taken->id + 1u;
		q->state[1] = queue->index;
	}
	mock_op_queue_reset(q->below, queue);
}

static void return_one(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;
	struct mock_queue *queue = &mock->queues[q->state[1]];
	struct mock_used used = { .descriptors = 1 };

	if (!q->state[0] || !queue->enabled)
		return;
	used.id = (uint32_t)q->state[0] - 1;
	q->state[0] = 0;
	mock_op_push_used(mock->top, queue, used);
	mock_op_publish_used(mock->top, queue);
}

static void return_later(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	if (q->state[0])
		mock_after(q->mock, 4 * MOCK_SLOW_NS, return_one, q);
}
MOCK_QUIRK(queue_reset_returns_old, .kind = MOCK_VIOLATION,
	   .says = "a buffer of before a queue's reset is used in its new ring",
	   .breaks = MOCK_RULES(QUEUE_RESET_STOPS_REQUESTS),
	   .ops = { .queue_reset = remember_one,
		    .queue_enable = return_later,
		    .execute = mock_execute_slowly,
		    .reset = forget });

/* ---- A queue that still interrupts ---- */

/* state[0]: the vector that the queue had, plus one; state[1]: whether it is to interrupt. */
static void interrupt_once(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	if (!q->state[1])
		return;
	q->state[1] = 0;
	if (mock_msix_enabled(mock)) {
		mock_op_send_message(mock->top, (unsigned)q->state[0] - 1);
		return;
	}
	mock->isr |= VIRTIO_ISR_QUEUE;
	mock_update_line(mock);
}

static void interrupt_after(struct mock_layer *q, struct mock_queue *queue)
{
	bool mapped = queue->vector != VIRTIO_MSI_NO_VECTOR;

	q->state[0] = queue->vector + 1u;
	q->state[1] = mapped == mock_msix_enabled(q->mock);
	mock_op_queue_reset(q->below, queue);
	mock_after(q->mock, MOCK_SLOW_NS, interrupt_once, q);
}
MOCK_QUIRK(queue_reset_interrupts, .kind = MOCK_VIOLATION,
	   .says = "a queue interrupts once more shortly after its reset",
	   .breaks = MOCK_RULES(QUEUE_RESET_STOPS_NOTIFICATIONS),
	   .ops = { .queue_reset = interrupt_after, .reset = forget });
