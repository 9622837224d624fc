/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that is none of the device's (2.7). Every check is watched for writes to it; this one does
 * what drivers do most, so that there is something to watch whichever checks are run.
 */
#include "engine/check.h"

#define ROUNDS 3u /* times the requests go round a ring as small as this */
#define SIZE   4u

static void send(struct vs_ctx *t, bool indirect)
{
	struct vs_request request;
	struct vs_used used;

	vs_make_request(t, &request);
	request.id = request.q->ring->offer(request.q, request.elements, request.count, indirect);
	if (request.id < 0)
		vs_block(t, -1, "queue %u has no room for a request", request.q->index);
	if (request.q->ring->wants_notification(request.q))
		vs_queue_notify(request.q);
	if (!vs_queue_wait(request.q, &used))
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "a benign request (%s) on queue %u was not used in time",
			 request.kind->what, request.q->index);
}

static void stray_writes(struct vs_ctx *t)
{
	bool indirect = vs_negotiated(t, VIRTIO_F_INDIRECT_DESC);

	for (unsigned i = 0; i < ROUNDS * SIZE; i++)
		send(t, indirect && i % 2);
	vs_settle(t->s);
}
VS_DEVICE_CHECK(stray_writes, .rules = VS_RULES(ROBUST_STRAY_WRITE), .stage = VS_STAGE_LIVE,
		.setup = { .queue_size = SIZE }, .needs = VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);
