/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: virtqueues whose parts are aligned as little as they may be (2.7, 2.8.10.1). */
#include "engine/check.h"

/* Moves the parts of a queue, which is not enabled yet, to multiples of their alignment that are no
 * multiples of anything larger. */
static void place_at_least(struct vs_ctx *t, struct vs_queue *q)
{
	static const enum vs_common_field fields[] = { VS_QUEUE_DESC, VS_QUEUE_DRIVER,
						       VS_QUEUE_DEVICE };

	vs_set(t->s, VS_QUEUE_SELECT, q->index);
	for (unsigned i = 0; i < VS_AREA_COUNT; i++) {
		size_t align = q->ring->area_align(i);
		uint8_t *at = vs_take_memory(t, q->ring->area_size(q, i) + align, 2 * align);

		q->area[i] = at + align;
		vs_set(t->s, fields[i], vs_dma_address(t->s, q->area[i]));
	}
	vs_queue_clear(q);
	vs_queue_enable(q);
}

static void queue_aligned_least(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	const struct vs_request_kind *kind = vs_request_kind(s->fn->type);
	struct vs_request request;

	vs_need_service(t);
	s->queues = vs_session_alloc(s, VS_REQUEST_QUEUES * sizeof(*s->queues));
	for (unsigned i = 0; s->queues && i < VS_REQUEST_QUEUES; i++) {
		int index = vs_request_queue(s, kind, i);

		if (index < 0 || index >= s->num_queues)
			continue;
		if (vs_queue_configure(s, &s->queues[s->queue_count], (uint16_t)index, 0))
			vs_block_by_trouble(t);
		place_at_least(t, &s->queues[s->queue_count++]);
	}
	s->stage = VS_STAGE_QUEUES;
	vs_proceed(t, VS_STAGE_LIVE);
	vs_make_request(t, &request);
	vs_where(t, "queue %u", request.q->index);
	vs_expect(t, vs_request_return(&request) == 0, "a request served", "%s", s->trouble.text);
}
VS_DEVICE_CHECK(queue_aligned_least, .rules = VS_RULES(ROBUST_QUEUE_ALIGNED_LEAST),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_REQUEST);
