/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/split_batch.h"

/* Before a device is notified once more: some milliseconds at the most. */
#define LOOKS 48u

struct vs_queue *vs_request_queue_of(struct vs_ctx *t)
{
	struct vs_request request;

	vs_make_request(t, &request);
	return request.q;
}

unsigned vs_batch_size(struct vs_ctx *t)
{
	struct vs_request request;
	unsigned fit;

	vs_make_request(t, &request);
	fit = request.q->size / request.count;
	return fit < VS_BATCH_MAX ? fit : VS_BATCH_MAX;
}

bool vs_comes_back(struct vs_ctx *t, struct vs_queue *q, struct vs_used *used)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (q->ring->take(q, used))
			return true;
		vs_relax(t->s);
	}
	vs_queue_notify(q);
	return vs_queue_wait(q, used);
}

void vs_serve_batch(struct vs_ctx *t, unsigned count)
{
	struct vs_queue *q = NULL;
	struct vs_used used;

	for (unsigned i = 0; i < count; i++) {
		struct vs_request request;

		vs_make_request(t, &request);
		q = request.q;
		if (q->ring->offer(q, request.elements, request.count, false) < 0)
			vs_block(t, -1, "queue %u has no room for request %u of %u", q->index,
				 i + 1, count);
	}
	if (q && q->ring->wants_notification(q))
		vs_queue_notify(q);
	for (unsigned i = 0; i < count; i++)
		if (!vs_comes_back(t, q, &used))
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "of %u requests notified of together, %u were used", count, i);
}

bool vs_hears_of(struct vs_ctx *t, struct vs_queue *q, uint16_t idx)
{
	return vs_wait_until(t->s, (vs_take_interrupts(t) & VS_INTERRUPT_QUEUE) &&
					   (int16_t)(vs_split_used_idx(q) - idx) >= 0);
}

bool vs_heard(struct vs_ctx *t, bool settled)
{
	if (settled)
		vs_settle(t->s);
	return vs_take_interrupts(t) & VS_INTERRUPT_QUEUE;
}

void vs_set_avail_flags(struct vs_queue *q, uint16_t flags)
{
	vs_ring_store16(q->s, q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_FLAGS, flags);
	vs_ring_barrier();
}

void vs_set_used_event(struct vs_queue *q, uint16_t event)
{
	vs_ring_store16(q->s, q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_USED_EVENT(q->size), event);
	vs_ring_barrier();
}
