/* SPDX-License-Identifier: BSD-3-Clause */
/* Lies about where virtqueues may lie (2.7, 2.8.10.1). */
#include "mock-device/quirks/quirk.h"

/* The two areas beside the descriptors at odd multiples of the alignment that a split ring, or a
 * packed one, asks for: nobody comes there by chance. */
static bool is_least(const struct mock_queue *queue)
{
	bool packed = queue->ring == &mock_packed_ring;

	return queue->descriptor_area % 32 == 16 &&
	       queue->driver_area % (packed ? 8 : 4) == (packed ? 4 : 2) &&
	       queue->device_area % 8 == 4;
}

static bool serve_in_pages(struct mock_layer *q, struct mock_queue *queue)
{
	return !is_least(queue) && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(
	queue_alignment_assumed, .kind = MOCK_VIOLATION,
	.says = "a virtqueue is served only where its parts are aligned better than they must be",
	.breaks = MOCK_RULES(ROBUST_QUEUE_ALIGNED_LEAST),
	.needs = "mock:,interface=modern|transitional", .ops = { .may_consume = serve_in_pages });
