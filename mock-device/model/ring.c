/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring operations of the bottom layer: the queue's format does the work, an error breaks the
 * device. */
#include "mock-device/model/base.h"

static const char not_in_memory[] = "a ring is not in memory";

void mock_base_push_used(struct mock_layer *layer, struct mock_queue *queue, struct mock_used used)
{
	if (queue->ring->push(layer->mock, queue, &used) < 0)
		mock_op_needs_reset(layer->mock->top, not_in_memory);
}

void mock_base_publish_used(struct mock_layer *layer, struct mock_queue *queue)
{
	if (queue->ring->publish(layer->mock, queue) < 0)
		mock_op_needs_reset(layer->mock->top, not_in_memory);
}

bool mock_base_want_interrupt(struct mock_layer *layer, struct mock_queue *queue)
{
	bool wanted = false;

	if (queue->ring->want_interrupt(layer->mock, queue, &wanted) < 0)
		mock_op_needs_reset(layer->mock->top, not_in_memory);
	return wanted;
}

void mock_base_ask_notifications(struct mock_layer *layer, struct mock_queue *queue, bool on)
{
	if (queue->ring->ask_notifications(layer->mock, queue, on) < 0)
		mock_op_needs_reset(layer->mock->top, not_in_memory);
}
