/* SPDX-License-Identifier: BSD-3-Clause */
#include "mock-device/quirks/harm.h"

#include <string.h>

/* By the word, as a quirk may take only some of MOCK_HARM_VALUES. */
static bool harmed(const struct mock_layer *q, const char *how)
{
	return q->state[7] && strcmp(q->text, how) == 0;
}

void mock_harm(struct mock_layer *q)
{
	q->state[7] = 1;
	if (harmed(q, "dies"))
		mock_end(q->mock, MOCK_DEAD);
	else if (harmed(q, "hangs"))
		mock_end(q->mock, MOCK_HUNG);
}

bool mock_harmed_may_consume(struct mock_layer *q, struct mock_queue *queue)
{
	return !harmed(q, "deaf") && mock_op_may_consume(q->below, queue);
}

uint8_t mock_harmed_status_read(struct mock_layer *q)
{
	uint8_t status = mock_op_status_read(q->below);

	return harmed(q, "stuck") && status == 0 ? VIRTIO_STATUS_FAILED : status;
}
