/* SPDX-License-Identifier: BSD-3-Clause */
#include "mock-device/quirks/late.h"

#include <string.h>

#define LATE_NS UINT64_C(20000)

/* state[0]: where, 0 for nothing; state[1]: the bytes, as they lie in memory; state[2]: how many.
 */
static void arrive(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	if (mock_live(mock) && q->state[0])
		mock_op_dma_write(mock->top, q->state[0], &q->state[1], (size_t)q->state[2]);
	q->state[0] = 0;
}

void mock_write_late(struct mock_layer *q, uint64_t address, const void *bytes, size_t size)
{
	q->state[0] = address;
	memcpy(&q->state[1], bytes, size);
	q->state[2] = size;
	mock_after(q->mock, LATE_NS, arrive, q);
}

void mock_late_reset(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}

void mock_late_queue_reset(struct mock_layer *q, struct mock_queue *queue)
{
	q->state[0] = 0;
	mock_op_queue_reset(q->below, queue);
}
