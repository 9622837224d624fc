/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that count on other queues than were enabled (3.1.1, 4.1.5.1.3). */
#include "mock-device/quirks/harm.h"

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

static void start_none(struct mock_layer *q)
{
	bool none = true;

	for (unsigned i = 0; i < q->mock->queue_total; i++)
		none = none && !q->mock->queues[i].descriptor_area;
	if (none)
		mock_harm(q);
	mock_op_driver_ok(q->below);
}
MOCK_QUIRK(no_queue_harms, .kind = MOCK_VIOLATION,
	   .says = "DRIVER_OK with no queue set up does harm",
	   .breaks = MOCK_RULES(ROBUST_NO_QUEUE_ENABLED),
	   .also = MOCK_RULES(ROBUST_NOTIFY_DISABLED_QUEUE), .values = MOCK_HARM_VALUES,
	   .ops = { .driver_ok = start_none, MOCK_HARM_OPS });

/* A transmitter that wants its receiver to be there. */
static bool with_neighbour(struct mock_layer *q, struct mock_queue *queue)
{
	const struct mock_queue *neighbour = &q->mock->queues[queue->index ^ 1];

	return mock_op_may_consume(q->below, queue) && (!neighbour->max_size || neighbour->enabled);
}
MOCK_QUIRK(queue_pairs_only, .kind = MOCK_VIOLATION,
	   .says = "a queue is served only if the other one of its pair is enabled as well",
	   .breaks = MOCK_RULES(ROBUST_SOME_QUEUES_ENABLED),
	   .also = MOCK_RULES(QUEUE_RESET_STOPS_REQUESTS), .needs = "mock:console",
	   .ops = { .may_consume = with_neighbour });

/* state[0]: size, state[1] to state[3]: areas that were written to the queue that is not there. */
static void write_absent(struct mock_layer *q, unsigned offset, uint32_t value)
{
	struct mock_queue *queue = &q->mock->queues[q->mock->queue_select];

	switch (offset) {
	case FIELD(queue_size):
		q->state[0] = value;
		break;
	case FIELD(queue_desc_lo):
		q->state[1] = value;
		break;
	case FIELD(queue_driver_lo):
		q->state[2] = value;
		break;
	case FIELD(queue_device_lo):
		q->state[3] = value;
		break;
	case FIELD(queue_enable):
		queue->size = queue->max_size = (uint16_t)q->state[0];
		queue->descriptor_area = q->state[1];
		queue->driver_area = q->state[2];
		queue->device_area = q->state[3];
		if (queue->size)
			mock_op_queue_enable(q->mock->top, queue);
		break;
	default:
		break;
	}
}

/* Enabling makes it one; until then its size reads 0. */
static void create(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock *mock = q->mock;

	if (offset != FIELD(queue_select) && mock->queue_select < mock->queue_total &&
	    mock->queues[mock->queue_select].max_size == 0)
		write_absent(q, offset, value);
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(absent_queue_works, .kind = MOCK_VIOLATION,
	   .says = "a queue that is not there works once it is enabled",
	   .breaks = MOCK_RULES(ROBUST_ABSENT_QUEUE_NOT_CREATED), .needs = "mock:rng",
	   .ops = { .common_write = create });

static void enable_absent(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock *mock = q->mock;

	if (offset == FIELD(queue_enable) && mock->queue_select == mock->queue_count)
		q->state[0] = 1;
	mock_op_common_write(q->below, offset, width, value);
}

/* Writing is one thing, going live with it another. */
static void start_absent(struct mock_layer *q)
{
	if (q->state[0])
		mock_harm(q);
	mock_op_driver_ok(q->below);
}

static void forget(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(absent_queue_harms, .kind = MOCK_VIOLATION,
	   .says = "DRIVER_OK after a queue that is not there was enabled does harm",
	   .breaks = MOCK_RULES(ROBUST_ABSENT_QUEUE_NOT_CREATED), .values = MOCK_HARM_VALUES,
	   .ops = { .common_write = enable_absent,
		    .driver_ok = start_absent,
		    .reset = forget,
		    MOCK_HARM_OPS });
