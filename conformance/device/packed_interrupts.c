/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.8.10 Driver and Device Event Suppression: interrupts as the driver's structure asks for them.
 * No clause says that a device has to heed it, but drivers wait for what they asked for.
 */
#include "device/packed_list.h"

#define RING 4u /* entries; small, so that every place is an end now and then */

static const struct vs_setup by_flags = {
	.queue_size = RING, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) | VS_BIT(VIRTIO_F_EVENT_IDX)
};
static const struct vs_setup by_events = { .queue_size = RING,
					   .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };

/* Writes the driver's structure: flags, and a place so many descriptors on from the next used one.
 */
static void ask(struct vs_queue *q, uint16_t flags, unsigned ahead)
{
	uint8_t *event = q->area[VS_AREA_DRIVER];
	unsigned at = q->next_used + ahead;
	bool wrap = q->used_wrap != (at / q->size % 2 != 0);

	vs_ring_store16(q->s, event + VIRTQ_EVENT_DESC,
			(uint16_t)(at % q->size | (wrap ? VIRTQ_EVENT_WRAP : 0)));
	vs_ring_barrier();
	vs_ring_store16(q->s, event + VIRTQ_EVENT_FLAGS, flags);
	vs_ring_barrier();
}

static void take_all(struct vs_ctx *t, struct vs_queue *q, unsigned count)
{
	struct vs_used used;

	for (unsigned i = 0; i < count; i++)
		if (!vs_packed_comes_back(t, q, &used))
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "of %u requests notified of together, %u were used", count, i);
}

/* Offers so many requests and waits until all of them are back. */
static void serve_some(struct vs_ctx *t, struct vs_queue *q, unsigned count)
{
	struct vs_request request;

	for (unsigned i = 0; i < count; i++)
		vs_offer_request(t, &request, false);
	vs_queue_notify(q);
	take_all(t, q, count);
}

static bool heard(struct vs_ctx *t, bool settled)
{
	if (settled)
		vs_settle(t->s);
	return vs_take_interrupts(t) & VS_INTERRUPT_QUEUE;
}

static bool hears(struct vs_ctx *t)
{
	return vs_wait_interrupt(t, VS_INTERRUPT_QUEUE);
}

static void where(struct vs_ctx *t, const struct vs_queue *q, const char *what)
{
	vs_where(t, "queue %u of %u entries, next used place %u, wrap counter %u, %s", q->index,
		 q->size, q->next_used, q->used_wrap, what);
}

/* Round the ring and back at its beginning, with events on, off, and on again. */
static void interrupts_on_and_off(struct vs_ctx *t)
{
	struct vs_queue *q;

	vs_live_listening(t, by_flags);
	q = vs_packed_queue(t);
	heard(t, true);
	for (unsigned i = 0; i < 2 * RING + 1; i++) {
		/* The place says nothing without EVENT_IDX. */
		ask(q, VIRTQ_EVENT_F_ENABLE, i);
		where(t, q, "events enabled");
		serve_some(t, q, 1);
		vs_require(t, hears(t), "an interrupt", "none came");
	}
	for (unsigned i = 0; i < 2 * RING + 1; i++) {
		heard(t, i == 0);
		ask(q, VIRTQ_EVENT_F_DISABLE, i % 2);
		where(t, q, "events disabled");
		serve_some(t, q, 1);
		vs_expect(t, !heard(t, i == 0 || i == 2 * RING), "no interrupt", "one came");
	}
	ask(q, VIRTQ_EVENT_F_ENABLE, 0);
	where(t, q, "events enabled again");
	serve_some(t, q, 1);
	vs_expect(t, hears(t), "an interrupt", "none came");
}
VS_DEVICE_CHECK(interrupts_on_and_off, .rules = VS_RULES(ROBUST_PACKED_INTERRUPT_SENT),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST);

/*
 * A place at which a used descriptor is written, with one request or two; each time from where the
 * last left off, so that all places of the ring and both wrap counters have their turn. Places that
 * a used descriptor skips are not asked for: the text does not say whether they count.
 */
static void interrupts_at_place(struct vs_ctx *t)
{
	static const char *const away[] = { "event at the buffer after",
					    "event at the buffer before",
					    "event at the next buffer a round later" };
	struct vs_request request;
	struct vs_queue *q;
	unsigned step, most;

	vs_live_listening(t, by_events);
	if (!vs_negotiated(t, VIRTIO_F_EVENT_IDX))
		vs_skip(t, "EVENT_IDX cannot be negotiated here");
	q = vs_packed_queue(t);
	vs_make_request(t, &request);
	step = request.count;
	most = q->size / step < 2 ? q->size / step : 2;
	/* Some devices say something as they go live, and about the first buffer in any case. */
	ask(q, VIRTQ_EVENT_F_DESC, 0);
	serve_some(t, q, 1);
	heard(t, true);
	for (unsigned i = 0; i < 8 * RING; i++) {
		unsigned count = 1 + i % most, at = i / 2 % count;

		ask(q, VIRTQ_EVENT_F_DESC, at * step);
		where(t, q, at ? "event at the second buffer" : "event at the next buffer");
		serve_some(t, q, count);
		vs_require(t, hears(t), "an interrupt about the descriptor that was named",
			   "none came");
	}
	for (unsigned i = 0; i < 6 * RING; i++) {
		const unsigned ahead[] = { step, 2u * q->size - step, q->size };

		heard(t, i == 0);
		ask(q, VIRTQ_EVENT_F_DESC, ahead[i % 3]);
		where(t, q, away[i % 3]);
		serve_some(t, q, 1);
		vs_require(t, !heard(t, i < 3 || i + 3 >= 6 * RING),
			   "no interrupt, since the descriptor named is another one", "one came");
	}
	heard(t, true);
	ask(q, VIRTQ_EVENT_F_DISABLE, 0);
	where(t, q, "event at the next buffer, and events disabled");
	serve_some(t, q, 1);
	vs_expect(t, !heard(t, true), "no interrupt", "one came");
	ask(q, VIRTQ_EVENT_F_ENABLE, step);
	where(t, q, "event elsewhere, and events enabled");
	serve_some(t, q, 1);
	vs_expect(t, hears(t), "an interrupt", "none came");
}
VS_DEVICE_CHECK(interrupts_at_place, .rules = VS_RULES(ROBUST_PACKED_INTERRUPT_SENT),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST);
