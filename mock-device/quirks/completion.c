/* SPDX-License-Identifier: BSD-3-Clause */
/* When, in which order and how many at a time buffers are used: all of it legal. */
#include "mock-device/quirks/slow.h"

/* How long a completed buffer waits for others. */
#define WAIT_NS (10 * MOCK_NS_PER_US)

/* state[0]: the end of the wait has been arranged. */
static void wait_for_others(struct mock_layer *q, struct mock_chain *chain, uint32_t length,
			    void (*end)(struct mock *mock, void *layer))
{
	chain->done = true;
	chain->length = length;
	if (q->state[0])
		return;
	q->state[0] = 1;
	mock_after(q->mock, WAIT_NS, end, q);
}

static struct mock_chain *last_done(const struct mock_queue *queue)
{
	struct mock_chain *last = NULL;

	for (struct mock_chain *chain = queue->taken; chain; chain = chain->next) {
		if (chain->done)
			last = chain;
	}
	return last;
}

static void last_first(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	q->state[0] = 0;
	for (unsigned i = 0; i < mock->queue_total; i++) {
		struct mock_chain *chain;

		while ((chain = last_done(&mock->queues[i])))
			mock_op_complete(q->below, chain, chain->length);
	}
}

static void out_of_order(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	if (mock_is_in_order(q->mock, chain->queue))
		mock_op_complete(q->below, chain, length);
	else
		wait_for_others(q, chain, length, last_first);
}
MOCK_QUIRK(completion_out_of_order, .kind = MOCK_VARIATION,
	   .says = "buffers that are under way together are used last first, unless IN_ORDER was "
		   "accepted",
	   .ops = { .complete = out_of_order });

/* The next buffer to be used, if there is one. */
static struct mock_chain *next_done(struct mock *mock, const struct mock_queue *queue)
{
	struct mock_chain *chain = queue->taken;

	while (chain && !chain->done && !mock_is_in_order(mock, queue))
		chain = chain->next;
	return chain && chain->done ? chain : NULL;
}

/*
 * Uses what is done. One element may stand for buffers before it (2.7.9, 2.8.8), but only for such
 * as were used to their last byte, since that is what the driver takes them for.
 */
static void use_done(struct mock *mock, struct mock_queue *queue, bool skip)
{
	struct mock_used used = { 0 };
	struct mock_chain *chain = next_done(mock, queue);

	if (!chain)
		return;
	while (chain) {
		bool whole = chain->length == chain->writable;

		used.id = chain->id;
		used.length = chain->length;
		used.descriptors += chain->direct;
		mock_chain_drop(queue, chain);
		chain = next_done(mock, queue);
		if (chain && skip && whole) {
			used.skipped++;
			continue;
		}
		if (!mock_needs_reset(mock))
			mock_op_push_used(mock->top, queue, used);
		used = (struct mock_used){ 0 };
	}
	mock_show_used(mock, queue);
	mock_suspended_yet(mock);
}

static void together(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	q->state[0] = 0;
	for (unsigned i = 0; i < mock->queue_total; i++)
		use_done(mock, &mock->queues[i], false);
}

static void in_batches(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	wait_for_others(q, chain, length, together);
}
MOCK_QUIRK(completion_in_batches, .kind = MOCK_VARIATION,
	   .says = "used buffers are shown a little later, all that there are at once",
	   .ops = { .complete = in_batches });

static void as_one(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	q->state[0] = 0;
	for (unsigned i = 0; i < mock->queue_total; i++)
		use_done(mock, &mock->queues[i], true);
}

static void in_order_batches(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	if (mock_has(q->mock, VIRTIO_F_IN_ORDER))
		wait_for_others(q, chain, length, as_one);
	else
		mock_op_complete(q->below, chain, length);
}
MOCK_QUIRK(in_order_batches, .kind = MOCK_VARIATION,
	   .says = "with IN_ORDER accepted, one used element stands for all buffers that are done "
		   "together",
	   .ops = { .complete = in_order_batches });
