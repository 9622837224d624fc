/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.7.7 where the used index goes from 65535 to 0. An index begins at 0 and moves by one a buffer:
 * there is no way there but 65536 requests. Only small ones are sent, of one element.
 */
#include <string.h>

#include "device/split_batch.h"

/* On the bus's clock. Where so many requests take longer, the check is left out. */
#define BUDGET_NS UINT64_C(50000000)
#define INDEXES   0x10000u
#define LOOKS     48u

static const struct vs_setup by_events = { .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };

/*
 * Every place of the available ring names a chain of the same request, and the number of chains
 * divides that of the places: to offer some is to move the index. How many chains there are.
 */
static unsigned lay_out(struct vs_ctx *t, struct vs_queue **queue)
{
	struct vs_request request;
	unsigned chains = 1;
	struct vs_queue *q;

	vs_make_request(t, &request);
	q = *queue = request.q;
	while (2 * chains * request.count <= q->size)
		chains *= 2;
	if (!vs_is_pow2(q->size) || chains < 8)
		vs_skip(t, "no 8 requests in a ring of %u entries", q->size);
	for (unsigned i = 0; i < chains; i++)
		vs_split_chain(q, i * request.count, request.elements, request.count);
	for (unsigned i = 0; i < q->size; i++)
		vs_ring_store16(t->s, q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_RING(i),
				(uint16_t)(i % chains * request.count));
	return chains;
}

/* Offers `count` more and waits until the used index says that they are back. */
static void pass_round(struct vs_ctx *t, struct vs_queue *q, unsigned count)
{
	uint16_t goal = (uint16_t)(q->avail_idx + count);

	q->avail_idx = goal;
	vs_split_set_avail_idx(q, goal);
	vs_queue_notify(q);
	for (unsigned i = 0; i < LOOKS && vs_split_used_idx(q) != goal; i++)
		vs_relax(t->s);
	if (vs_split_used_idx(q) != goal && !vs_wait_until(t->s, vs_split_used_idx(q) == goal))
		vs_skip(t, "one notification is not enough for %u requests", count);
}

/*
 * From used index 0 to `end`, or it skips as soon as it shows that this takes too long. Descriptors
 * are used again and again as they are, so they have to stay what they are.
 */
static void run_up(struct vs_ctx *t, struct vs_queue *q, unsigned chains, unsigned end)
{
	size_t size = q->ring->area_size(q, VS_AREA_DESC);
	uint8_t *copy = vs_session_alloc(t->s, size);
	uint64_t start = vs_now(t->s);
	unsigned at = 0;

	if (!copy)
		vs_block(t, -1, "no memory left for a copy of %zu bytes", size);
	memcpy(copy, q->area[VS_AREA_DESC], size);
	while (at + chains <= end) {
		pass_round(t, q, chains);
		at += chains;
		vs_bus_pull(t->s->bus, q->area[VS_AREA_DESC], size);
		if (memcmp(copy, q->area[VS_AREA_DESC], size) != 0)
			vs_block(t, VS_RULE_SPLIT_DESCRIPTORS_NOT_WRITTEN,
				 "the device writes to descriptors");
		if (at >= 2 * chains && vs_now(t->s) - start > BUDGET_NS / INDEXES * at)
			vs_skip(t, "%u requests would take too long here", INDEXES);
	}
	if (at < end)
		pass_round(t, q, end - at);
}

static void used_event_wrap(struct vs_ctx *t)
{
	const struct vs_request_kind *kind = vs_request_kind(t->s->fn->type);
	struct vs_queue *q;
	unsigned chains;
	bool heard;

	if (!(t->s->bus->features & VS_BUS_LONG))
		vs_skip(t, "%u requests are not worth their time here", INDEXES);
	if (kind->out_size && kind->in_size)
		vs_skip(t, "%u requests of two elements would take too long", INDEXES);
	vs_live_listening(t, by_events);
	if (!vs_negotiated(t, VIRTIO_F_EVENT_IDX))
		vs_skip(t, "EVENT_IDX cannot be negotiated here");
	chains = lay_out(t, &q);
	vs_set_used_event(q, UINT16_MAX);
	run_up(t, q, chains, INDEXES - 4);
	vs_heard(t, true);
	vs_where(t, "queue %u, used_event 65535, entries 65532 and 65533", q->index);
	pass_round(t, q, 2);
	vs_expect_for(t, SPLIT_NO_INTERRUPT_OFF_USED_EVENT, !vs_heard(t, true), "no interrupt yet",
		      "one came");
	vs_where(t, "queue %u, used_event 65535, entries from 65534 to 1", q->index);
	pass_round(t, q, 4);
	heard = vs_hears_of(t, q, 0);
	vs_expect(t, heard, "an interrupt about the entry at used_event",
		  "none came; the used index is %u", vs_split_used_idx(q));
	vs_where(t, "queue %u, used_event 65535, entries 2 to 5", q->index);
	pass_round(t, q, 4);
	vs_expect_for(t, SPLIT_NO_INTERRUPT_OFF_USED_EVENT, !vs_heard(t, true),
		      "no interrupt any more", "one came");
}
VS_DEVICE_CHECK(used_event_wrap,
		.rules = VS_RULES(SPLIT_INTERRUPT_AT_USED_EVENT, SPLIT_NO_INTERRUPT_OFF_USED_EVENT),
		.views = VS_ON(MODERN), .stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST);
