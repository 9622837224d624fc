/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a blow does to a device that cannot take it. A quirk of this kind sees the blow in one of
 * its operations and calls mock_harm:
 *
 *	static void write(struct mock_layer *q, …)
 *	{
 *		if (is_the_blow)
 *			mock_harm(q);
 *		mock_op_common_write(q->below, …);
 *	}
 *	MOCK_QUIRK(…, .values = MOCK_HARM_VALUES, .ops = { .common_write = write, MOCK_HARM_OPS });
 *
 * The values say how the harm shows; only power-on mends it. state[7] of the layer belongs to it.
 */
#ifndef MOCK_HARM_H
#define MOCK_HARM_H

#include "mock-device/quirks/quirk.h"

/*
 * dies: the device goes away; hangs: it never answers again; deaf: it takes no buffer any more,
 * whatever resets it; stuck: its status never reads 0 again.
 */
#define MOCK_HARM_VALUES "dies hangs deaf stuck"

#define MOCK_HARM_OPS .may_consume = mock_harmed_may_consume, .status_read = mock_harmed_status_read

void mock_harm(struct mock_layer *q);
bool mock_harmed_may_consume(struct mock_layer *q, struct mock_queue *queue);
uint8_t mock_harmed_status_read(struct mock_layer *q);

#endif
