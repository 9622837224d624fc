/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.7.7 Used Buffer Notification Suppression, by flags and by events. */
#include "device/split_batch.h"

/* IN_ORDER could use several requests by one entry, and makes no difference here. */
static const struct vs_setup by_flags = { .refuse = VS_BIT(VIRTIO_F_IN_ORDER) |
						    VS_BIT(VIRTIO_F_EVENT_IDX) };
static const struct vs_setup by_events = { .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };

/* One request, then some together; whether each time an interrupt came after the last. */
static bool interrupts_sent(struct vs_ctx *t, struct vs_queue *q, unsigned batch)
{
	const unsigned counts[] = { 1, 1, batch };
	bool all = true;

	for (unsigned i = 0; i < 3 && all; i++) {
		vs_where(t, "queue %u, %u requests, flags 0", q->index, counts[i]);
		vs_serve_batch(t, counts[i]);
		all = vs_hears_of(t, q, q->used_idx);
		vs_expect_for(t, SPLIT_INTERRUPT_SENT, all, "an interrupt after the last is used",
			      "none came after used index %u", q->used_idx);
	}
	return all;
}

/* NO_INTERRUPT stands there before anything is offered. */
static bool interrupts_suppressed(struct vs_ctx *t, struct vs_queue *q, unsigned batch)
{
	bool heard;

	vs_heard(t, false);
	vs_set_avail_flags(q, VIRTQ_AVAIL_F_NO_INTERRUPT);
	vs_where(t, "queue %u, NO_INTERRUPT set", q->index);
	vs_serve_batch(t, 1);
	vs_serve_batch(t, batch);
	heard = vs_heard(t, true);
	/* The interrupt of a ring that ran empty is another matter (legacy NOTIFY_ON_EMPTY). */
	if (!vs_negotiated(t, VIRTIO_F_NOTIFY_ON_EMPTY))
		vs_expect_for(t, SPLIT_INTERRUPT_SUPPRESSED_BY_FLAG, !heard, "no interrupt",
			      "one came about %u requests", batch + 1);
	return !heard;
}

/* What an event index would mean there: the next entry, others, the one just passed. */
static void used_event_counts(struct vs_ctx *t, struct vs_queue *q, bool suppressible)
{
	static const uint16_t offsets[] = { 0, 1, 2, 0x7fff, 0x8000, 0xffff };

	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		uint16_t event = (uint16_t)(q->used_idx + offsets[i]);

		vs_set_used_event(q, event);
		vs_set_avail_flags(q, 0);
		vs_where(t, "queue %u, used index %u, %u behind the available ring", q->index,
			 q->used_idx, event);
		vs_serve_batch(t, 1);
		vs_expect_for(t, SPLIT_USED_EVENT_IGNORED, vs_hears_of(t, q, q->used_idx),
			      "an interrupt, as with 0 there", "none came");
	}
	if (!suppressible)
		return;
	vs_set_avail_flags(q, VIRTQ_AVAIL_F_NO_INTERRUPT);
	vs_heard(t, false);
	vs_set_used_event(q, q->used_idx);
	vs_where(t, "queue %u, NO_INTERRUPT set, %u behind the available ring", q->index,
		 q->used_idx);
	vs_serve_batch(t, 1);
	vs_expect_for(t, SPLIT_USED_EVENT_IGNORED, !vs_heard(t, true),
		      "no interrupt, as with 0 there", "one came");
}

static void interrupts_by_flags(struct vs_ctx *t)
{
	struct vs_queue *q;
	unsigned batch;
	bool sent, suppressible;

	vs_live_listening(t, by_flags);
	q = vs_request_queue_of(t);
	batch = vs_batch_size(t);
	/* Some devices say something as they go live. */
	vs_heard(t, true);
	sent = interrupts_sent(t, q, batch);
	suppressible = interrupts_suppressed(t, q, batch);
	if (!sent)
		vs_block(t, VS_RULE_SPLIT_INTERRUPT_SENT, "interrupts are not sent in any case");
	used_event_counts(t, q, suppressible);
}
VS_DEVICE_CHECK(interrupts_by_flags,
		.rules = VS_RULES(SPLIT_INTERRUPT_SENT, SPLIT_INTERRUPT_SUPPRESSED_BY_FLAG,
				  SPLIT_USED_EVENT_IGNORED),
		.views = VS_ON_SPLIT, .stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST);

/* An event so far behind the used index, and whether it is among `count` entries from there on. */
struct event_case {
	uint16_t offset;
	uint8_t count;
	bool flag; /* NO_INTERRUPT is set, which has no say here */
};

static void place_event(struct vs_ctx *t, struct vs_queue *q, const struct event_case *c)
{
	vs_set_avail_flags(q, c->flag ? VIRTQ_AVAIL_F_NO_INTERRUPT : 0);
	vs_set_used_event(q, (uint16_t)(q->used_idx + c->offset));
	vs_where(t, "queue %u, used index %u, used_event %u, flags %u, %u requests", q->index,
		 q->used_idx, (uint16_t)(q->used_idx + c->offset), c->flag, c->count);
	vs_serve_batch(t, c->count);
}

static bool events_at(struct vs_ctx *t, struct vs_queue *q, unsigned batch)
{
	static const struct event_case cases[] = {
		{ 0, 1, false }, { 0, 1, true },  { 0, 2, false }, { 1, 2, false },
		{ 1, 3, false }, { 2, 4, false }, { 3, 4, false },
	};
	bool any = false;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct event_case *c = &cases[i];
		uint16_t past = (uint16_t)(q->used_idx + c->offset + 1);
		bool heard;

		if (c->count > batch)
			continue;
		place_event(t, q, c);
		heard = vs_hears_of(t, q, past);
		any = any || heard;
		if (c->flag && !any)
			vs_block(t, VS_RULE_SPLIT_INTERRUPT_AT_USED_EVENT,
				 "interrupts are not sent in any case");
		vs_judge(t, c->flag ? VS_RULE_SPLIT_FLAGS_IGNORED_WITH_EVENT_IDX : -1, heard,
			 "an interrupt once the used index has passed used_event",
			 "none came; the used index is %u", vs_split_used_idx(q));
	}
	return any;
}

/* The last case is looked at for longer, since an interrupt takes its time. */
static void events_off(struct vs_ctx *t, struct vs_queue *q, unsigned batch)
{
	static const struct event_case cases[] = {
		{ 0xffff, 1, false }, { 1, 1, false },      { 2, 2, false },      { 4, 4, false },
		{ 5, 4, false },      { 0xffff, 4, false }, { 0x8000, 1, false }, { 1, 1, false },
	};
	const unsigned count = sizeof(cases) / sizeof(cases[0]);

	vs_heard(t, false);
	for (unsigned i = 0; i < count; i++) {
		if (cases[i].count > batch)
			continue;
		place_event(t, q, &cases[i]);
		vs_expect_for(t, SPLIT_NO_INTERRUPT_OFF_USED_EVENT, !vs_heard(t, i + 1 == count),
			      "no interrupt, since no entry is at used_event", "one came");
	}
}

static void interrupts_by_events(struct vs_ctx *t)
{
	struct vs_queue *q;
	unsigned batch;

	vs_live_listening(t, by_events);
	if (!vs_negotiated(t, VIRTIO_F_EVENT_IDX))
		vs_skip(t, "EVENT_IDX cannot be negotiated here");
	q = vs_request_queue_of(t);
	batch = vs_batch_size(t);
	/* Some devices say something as they go live, and about their first entry in any case. */
	vs_serve_batch(t, 1);
	vs_heard(t, true);
	events_at(t, q, batch);
	events_off(t, q, batch);
}
VS_DEVICE_CHECK(interrupts_by_events,
		.rules = VS_RULES(SPLIT_INTERRUPT_AT_USED_EVENT, SPLIT_FLAGS_IGNORED_WITH_EVENT_IDX,
				  SPLIT_NO_INTERRUPT_OFF_USED_EVENT),
		.views = VS_ON_SPLIT, .stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SPLIT_AVAIL_FLAGS));
