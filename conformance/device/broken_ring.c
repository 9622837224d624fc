/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/broken_ring.h"

void vs_jump_ahead(struct vs_ctx *t, uint16_t ahead)
{
	struct vs_request request;
	struct vs_queue *q;

	vs_make_request(t, &request);
	q = request.q;
	/* The first head is 0, and so are all places of the ring that were never written. */
	q->ring->offer(q, request.elements, request.count, false);
	vs_split_set_avail_idx(q, (uint16_t)(q->avail_idx + (ahead ? ahead : q->size)));
	vs_queue_notify(q);
}

struct vs_queue *vs_break_ring(struct vs_ctx *t, bool *needs_reset)
{
	struct vs_queue *q = &t->s->queues[0];
	uint8_t *avail = q->area[VS_AREA_DRIVER];

	for (unsigned i = 0; i < q->size; i++)
		vs_ring_store16(t->s, avail + VIRTQ_AVAIL_RING(i), UINT16_MAX);
	vs_split_set_avail_idx(q, (uint16_t)(q->avail_idx + q->size + 1));
	vs_queue_notify(q);
	*needs_reset = vs_wait_until(t->s, vs_status(t->s) & VIRTIO_STATUS_NEEDS_RESET);
	return q;
}
