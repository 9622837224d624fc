/* SPDX-License-Identifier: BSD-3-Clause */
/* The draft of 2013: a driver may stop a virtqueue by queue_enable, and let it go on. */
#include "engine/check.h"

static void draft_queue_disable(struct vs_ctx *t)
{
	struct vs_request request;
	struct vs_queue *q;
	struct vs_used used;
	bool early;

	vs_serve(t);
	vs_make_request(t, &request);
	q = request.q;
	vs_queue_set(t->s, q->index, VS_QUEUE_ENABLE, 0);
	if (q->ring->offer(q, request.elements, request.count, false) < 0)
		vs_block(t, -1, "queue %u has no room for a request", q->index);
	vs_queue_notify(q);
	vs_settle(t->s);
	early = q->ring->take(q, &used);
	vs_where(t, "queue %u, queue_enable 0", q->index);
	vs_require(t, !early, "no buffer used",
		   "a buffer offered after queue_enable was written 0 "
		   "is used");
	vs_queue_set(t->s, q->index, VS_QUEUE_ENABLE, 1);
	vs_queue_notify(q);
	vs_where(t, "queue %u, enabled again", q->index);
	vs_expect(t, vs_queue_wait(q, &used), "the buffer used",
		  "it stays unused after queue_enable was written 1");
}
VS_DEVICE_CHECK(draft_queue_disable, .rules = VS_RULES(DRAFT_QUEUE_DISABLE), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_PCI_COMMON_QUEUE_ENABLE_NEVER_ZERO,
				    DRIVER_DRAFT_INIT_ORDER));
