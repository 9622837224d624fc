/* SPDX-License-Identifier: BSD-3-Clause */
#include "mock-device/quirks/harm.h"

/* In the order of MOCK_HARM_VALUES. */
enum harm { DIES, HANGS, DEAF, STUCK };

static bool harmed(const struct mock_layer *q, enum harm how)
{
	return q->state[7] && q->value == (long)how;
}

void mock_harm(struct mock_layer *q)
{
	q->state[7] = 1;
	if (harmed(q, DIES))
		mock_end(q->mock, MOCK_DEAD);
	else if (harmed(q, HANGS))
		mock_end(q->mock, MOCK_HUNG);
}

bool mock_harmed_may_consume(struct mock_layer *q, struct mock_queue *queue)
{
	return !harmed(q, DEAF) && mock_op_may_consume(q->below, queue);
}

uint8_t mock_harmed_status_read(struct mock_layer *q)
{
	uint8_t status = mock_op_status_read(q->below);

	return harmed(q, STUCK) && status == 0 ? VIRTIO_STATUS_FAILED : status;
}
