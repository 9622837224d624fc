/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: resets at bad times, and one driver after another. */
#include "engine/check.h"

#define FLOOD        16u /* requests in flight */
#define QUEUES_MORE  8u
#define STORM_ROUNDS 48u
#define STORM_LIVE   16u /* every so many of them go all the way */

struct flood {
	struct vs_request requests[FLOOD];
	unsigned count;
};

static void start_flood(struct vs_ctx *t, struct flood *flood)
{
	for (flood->count = 0; flood->count < FLOOD; flood->count++) {
		vs_make_request(t, &flood->requests[flood->count]);
		if (vs_request_send(&flood->requests[flood->count]))
			return;
	}
}

static bool all_marked(struct vs_ctx *t, const struct flood *flood)
{
	for (unsigned i = 0; i < flood->count; i++)
		if (flood->requests[i].in &&
		    !vs_is_marked(t, flood->requests[i].in, flood->requests[i].kind->in_size))
			return false;
	return true;
}

static void mark_all(struct vs_ctx *t, const struct flood *flood)
{
	for (unsigned i = 0; i < flood->count; i++)
		if (flood->requests[i].in)
			vs_mark(t, flood->requests[i].in, flood->requests[i].kind->in_size);
}

/* The second driver leaves the memory of the first alone, so whoever writes there is the device. */
static void reset_in_flight(struct vs_ctx *t)
{
	const char *blow = "a reset with requests in flight";
	struct vs_session *s = t->s;
	struct flood flood;
	size_t taken;

	start_flood(t, &flood);
	taken = s->dma_used;
	vs_session_renew(s, (struct vs_setup){ 0 });
	s->dma_used = taken;
	if (vs_session_advance(s, VS_STAGE_QUEUES)) {
		vs_expect_recovery(t, blow);
		return;
	}
	mark_all(t, &flood);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_settle(s);
	vs_where(t, "under the next driver");
	vs_expect(t, all_marked(t, &flood), "buffers of before the reset that are left alone",
		  "one was written");
	vs_expect_recovery(t, blow);
}
VS_DEVICE_CHECK(reset_in_flight, .rules = VS_RULES(ROBUST_RESET_IN_FLIGHT), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);

/* One step of start-up more each time, then over again; zeroes are written without waiting. */
static void storm_round(struct vs_ctx *t, unsigned round)
{
	struct vs_session *s = t->s;
	struct vs_features all;

	if (round % 4 > 0)
		vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	if (round % 4 > 1)
		vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	if (round % 4 > 2) {
		all = s->accepted;
		vs_accept_features(s, &all);
	}
	vs_set_status(s, 0);
	vs_set_status(s, 0);
}

static void reset_storm(struct vs_ctx *t)
{
	for (unsigned round = 0; round < STORM_ROUNDS; round++) {
		if (round % STORM_LIVE == STORM_LIVE - 1) {
			vs_session_renew(t->s, (struct vs_setup){ 0 });
			vs_session_advance(t->s, VS_STAGE_LIVE);
		}
		storm_round(t, round);
		if (vs_reset(t->s))
			break;
	}
	vs_expect_recovery(t, "many resets in a row");
}
VS_DEVICE_CHECK(reset_storm, .rules = VS_RULES(ROBUST_RESET_STORM), .stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_RESET_WAITS_FOR_ZERO, DRIVER_STATUS_CLEARS_NO_BIT,
				    DRIVER_FEATURES_OFFER_READ, DRIVER_LEGACY_INIT_ORDER),
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

/* Enables virtqueues beside those that a request needs, up to a handful. */
static int start_more(struct vs_session *s)
{
	for (uint32_t i = 0; i < s->num_queues && s->queue_count < QUEUES_MORE; i++) {
		if (vs_queue_of(s, (uint16_t)i) || !vs_queue_get(s, (uint16_t)i, VS_QUEUE_SIZE))
			continue;
		if (vs_queue_start(s, &s->queues[s->queue_count], (uint16_t)i, 16))
			return -1;
		s->queue_count++;
	}
	return 0;
}

/* From reset to a served request, with few virtqueues or more: many exist only with a feature. */
static int drive(struct vs_ctx *t, bool more)
{
	struct vs_session *s = t->s;
	struct vs_request request;

	vs_session_renew(s, (struct vs_setup){ .queue_size = 16,
					       .accept = UINT64_MAX,
					       .refuse = VS_BIT(VIRTIO_F_RING_PACKED) |
							 VS_BIT(VIRTIO_F_UNUSED) });
	if (vs_session_advance(s, VS_STAGE_QUEUES) || (more && start_more(s)) ||
	    vs_session_advance(s, VS_STAGE_LIVE))
		return -1;
	if (!vs_can_serve(t))
		return 0;
	return vs_request_make(s, &request) || vs_request_return(&request) ? -1 : 0;
}

static void expect_driven(struct vs_ctx *t, bool more, const char *who)
{
	int result = drive(t, more);

	vs_where(t, "%s", who);
	vs_expect(t, result == 0, "a device that works", "%s", result ? t->s->trouble.text : "");
}

static void second_driver(struct vs_ctx *t)
{
	unsigned few;

	vs_need_service(t);
	if (drive(t, false))
		vs_block_by_trouble(t);
	if (!vs_can_serve(t))
		vs_skip(t, "its virtqueue is too small for a benign request");
	few = t->s->queue_count;
	expect_driven(t, true, "a driver of more queues");
	if (t->s->stage == VS_STAGE_LIVE && t->s->queue_count == few)
		vs_skip(t, "it has no other virtqueues than those that one request needs");
	expect_driven(t, false, "a driver of fewer queues");
}
VS_DEVICE_CHECK(second_driver, .rules = VS_RULES(ROBUST_SECOND_DRIVER), .stage = VS_STAGE_COMMON,
		.needs = VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);
