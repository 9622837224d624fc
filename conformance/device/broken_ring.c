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

/* A head that cannot be, in every place. */
static void break_split(struct vs_queue *q)
{
	uint8_t *avail = q->area[VS_AREA_DRIVER];

	for (unsigned i = 0; i < q->size; i++)
		vs_ring_store16(q->s, avail + VIRTQ_AVAIL_RING(i), UINT16_MAX);
	vs_split_set_avail_idx(q, (uint16_t)(q->avail_idx + q->size + 1));
}

/* A list without an end, as long as the ring. */
static void break_packed(struct vs_queue *q)
{
	uint64_t memory = vs_dma_address(q->s, q->area[VS_AREA_DESC]);

	for (unsigned i = 0; i < q->size; i++) {
		vs_packed_descriptor(q, q->next,
				     (struct vs_packed_descriptor){
					     .addr = memory,
					     .len = 1,
					     .flags = (uint16_t)(VIRTQ_PACKED_F_NEXT |
								 vs_packed_available(q->wrap)) });
		vs_packed_advance(q, 1);
	}
}

struct vs_queue *vs_break_ring(struct vs_ctx *t, bool *needs_reset)
{
	struct vs_queue *q = &t->s->queues[0];

	if (q->ring == &vs_packed_ring)
		break_packed(q);
	else
		break_split(q);
	vs_queue_notify(q);
	*needs_reset = vs_wait_until(t->s, vs_status(t->s) & VIRTIO_STATUS_NEEDS_RESET);
	return q;
}
