/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Robustness: features written when they are settled.
 *
 * What counts is what is in force, not what driver_feature shows. With EVENT_IDX an interrupt is
 * due when the used index passes used_event, without it when the flag allows one (2.7.7.2); so the
 * two are set to say opposite things, and the interrupt that comes, or not, tells which one is
 * heard.
 */
#include "engine/check.h"
#include "spec/split_ring.h"

static bool sees_interrupts(const struct vs_ctx *t)
{
	return vs_sees_msix(t) || vs_sees_intx(t);
}

enum answer { UNSERVED, SILENT, INTERRUPT };

/* To a request whose interrupt is due only if EVENT_IDX is in force, or only if not. */
static enum answer ask(struct vs_ctx *t, bool by_event)
{
	struct vs_request request;
	struct vs_used used;
	struct vs_queue *q;
	uint8_t *avail;

	vs_make_request(t, &request);
	q = request.q;
	avail = q->area[VS_AREA_DRIVER];
	vs_ring_store16(t->s, avail + VIRTQ_AVAIL_FLAGS, by_event ? VIRTQ_AVAIL_F_NO_INTERRUPT : 0);
	vs_ring_store16(t->s, avail + VIRTQ_AVAIL_USED_EVENT(q->size),
			by_event ? q->used_idx : (uint16_t)(q->used_idx + 0x8000u));
	vs_ring_barrier();
	vs_take_interrupts(t);
	/* One notification and no more, whatever the device says it wants. */
	q->ring->offer(q, request.elements, request.count, false);
	vs_queue_notify(q);
	if (!vs_queue_wait(q, &used))
		return UNSERVED;
	return vs_wait_interrupt(t, VS_INTERRUPT_QUEUE) ? INTERRUPT : SILENT;
}

/* Windows 0 and 1, which hold all that was negotiated. */
static void write_features(struct vs_ctx *t, uint32_t low, uint32_t high)
{
	vs_accept_window(t->s, 0, low);
	vs_accept_window(t->s, 1, high);
}

static struct vs_setup setup_with(struct vs_ctx *t, bool event_idx)
{
	return (struct vs_setup){ .msix = vs_sees_msix(t),
				  .refuse = event_idx ? 0 : VS_BIT(VIRTIO_F_EVENT_IDX) };
}

/* That the interrupt comes when nobody interferes is for others to judge. */
static void require_baseline(struct vs_ctx *t, bool event_idx)
{
	enum answer answer = ask(t, event_idx);

	if (answer == UNSERVED)
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES, "a benign request is not used");
	if (answer == SILENT)
		vs_block(t,
			 event_idx ? VS_RULE_SPLIT_INTERRUPT_AT_USED_EVENT
				   : VS_RULE_SPLIT_INTERRUPT_SENT,
			 "no interrupt comes for a used buffer, with features written in time");
}

static void expect_unmoved(struct vs_ctx *t, bool event_idx, const char *when)
{
	static const char *const observed[2][2] = {
		{ "a request is not used after the whole offer was written",
		  "the device goes by used_event after the whole offer was written" },
		{ "a request is not used after 0 was written",
		  "the device does not go by used_event after 0 was written" },
	};
	enum answer answer = ask(t, event_idx);

	vs_where(t, "%s, %s EVENT_IDX accepted", when, event_idx ? "with" : "without");
	vs_expect(t, answer == INTERRUPT, "the negotiated features in force", "%s",
		  observed[event_idx][answer == SILENT]);
}

/* Once taking all features away, once adding those that were refused. */
static void rewrite(struct vs_ctx *t, bool event_idx, enum vs_stage when)
{
	struct vs_session *s = t->s;
	const uint32_t *offered = s->offered.window;

	vs_start_over(t, VS_STAGE_LIVE, setup_with(t, event_idx));
	require_baseline(t, event_idx);
	if (when != VS_STAGE_LIVE)
		vs_start_over(t, when, setup_with(t, event_idx));
	if (event_idx)
		write_features(t, 0, 0);
	else
		write_features(t, offered[0], offered[1]);
	vs_proceed(t, VS_STAGE_LIVE);
	expect_unmoved(t, event_idx,
		       when == VS_STAGE_LIVE ? "on a live device" : "after FEATURES_OK");
}

static void features_rewritten(struct vs_ctx *t, enum vs_stage when)
{
	if (vs_offers(t, VIRTIO_F_EVENT_IDX) && sees_interrupts(t)) {
		rewrite(t, true, when);
		rewrite(t, false, when);
	} else {
		vs_start_over(t, when, (struct vs_setup){ 0 });
		write_features(t, 0, 0);
		vs_proceed(t, VS_STAGE_LIVE);
		vs_serve(t);
	}
	vs_expect_recovery(t, "features written late");
}

static void features_after_features_ok(struct vs_ctx *t)
{
	features_rewritten(t, VS_STAGE_FEATURES);
}
VS_DEVICE_CHECK(features_after_features_ok, .rules = VS_RULES(ROBUST_FEATURES_AFTER_FEATURES_OK),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_INIT_FEATURES_FROZEN, DRIVER_SPLIT_AVAIL_FLAGS),
		.views = VS_ON(MODERN));

static void features_after_driver_ok(struct vs_ctx *t)
{
	features_rewritten(t, VS_STAGE_LIVE);
}
VS_DEVICE_CHECK(features_after_driver_ok, .rules = VS_RULES(ROBUST_FEATURES_AFTER_DRIVER_OK),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_INIT_FEATURES_FROZEN, DRIVER_SPLIT_AVAIL_FLAGS),
		.views = VS_ON(MODERN));
