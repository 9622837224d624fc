/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: an available index that no driver can mean, and a device that has given up. */
#include "device/broken_ring.h"

static void jump(struct vs_ctx *t, uint16_t ahead, const char *blow)
{
	vs_start_over(t, VS_STAGE_LIVE, (struct vs_setup){ 0 });
	vs_jump_ahead(t, ahead);
	vs_settle(t->s);
	vs_expect_recovery(t, blow);
}

static void avail_index_jump(struct vs_ctx *t)
{
	jump(t, 0, "an available index one further ahead than the queue is long");
	jump(t, 0x8000, "an available index that is 32768 ahead");
}
VS_DEVICE_CHECK(avail_index_jump, .rules = VS_RULES(ROBUST_AVAIL_INDEX_JUMP),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_REQUEST, .views = VS_ON(MODERN),
		.breaks = VS_BREAKS(DRIVER_SPLIT_AVAIL_IDX_FORWARD));

/* The ring makes sense again and holds a request; a device that gave up does not touch it. */
static void broken_leaves_rings(struct vs_ctx *t)
{
	struct vs_request request;
	struct vs_queue *q;
	uint16_t used_idx;
	bool needs_reset;

	q = vs_break_ring(t, &needs_reset);
	if (!needs_reset)
		vs_skip(t, "a broken ring does not make the device set DEVICE_NEEDS_RESET");
	vs_settle(t->s);
	used_idx = vs_split_used_idx(q);
	vs_make_request(t, &request);
	if (request.in)
		vs_mark(t, request.in, request.kind->in_size);
	vs_split_set_avail_idx(q, used_idx);
	q->ring->offer(q, request.elements, request.count, false);
	vs_queue_notify(q);
	vs_settle(t->s);
	vs_where(t, "queue %u, after DEVICE_NEEDS_RESET", q->index);
	vs_expect(t, vs_split_used_idx(q) == used_idx, "a used ring that is left alone",
		  "the used index went from %u to %u", used_idx, vs_split_used_idx(q));
	if (request.in)
		vs_expect(t, vs_is_marked(t, request.in, request.kind->in_size),
			  "a buffer that is left alone", "it was written");
}
VS_DEVICE_CHECK(broken_leaves_rings, .rules = VS_RULES(ROBUST_BROKEN_DEVICE_LEAVES_RINGS),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_STATUS_NO_RELIANCE_AFTER_NEEDS_RESET,
				    DRIVER_SPLIT_AVAIL_IDX_FORWARD),
		.views = VS_ON(MODERN));
