/* SPDX-License-Identifier: BSD-3-Clause */
/* The draft of 2013: 64 feature bits and no more, of which the upper 31 are nobody's yet. */
#include "engine/check.h"

static const uint32_t beyond[] = { 2, 3, 4, 0x80000000, UINT32_MAX };
#define BEYOND (sizeof(beyond) / sizeof(beyond[0]))

static void draft_reserved_bits(struct vs_ctx *t)
{
	uint32_t high = vs_offered_window(t->s, 1);

	vs_where(t, "device_feature, window 1");
	vs_expect(t, (high & ~UINT32_C(1)) == 0, "0 in the bits 33 to 63", "%#010" PRIx32, high);
}
VS_DEVICE_CHECK(draft_reserved_bits, .rules = VS_RULES(DRAFT_RESERVED_BITS_CLEAR),
		.stage = VS_STAGE_COMMON);

static void draft_device_feature_end(struct vs_ctx *t)
{
	for (size_t i = 0; i < BEYOND; i++) {
		uint32_t bits = vs_offered_window(t->s, beyond[i]);

		vs_where(t, "device_feature, select %#" PRIx32, beyond[i]);
		vs_expect(t, bits == 0, "0", "%#010" PRIx32, bits);
	}
}
VS_DEVICE_CHECK(draft_device_feature_end, .rules = VS_RULES(DRAFT_DEVICE_FEATURE_WINDOW_END),
		.stage = VS_STAGE_COMMON);

/* What is written beyond the end may show up nowhere: not there, not in what was accepted. */
static void draft_driver_feature_end(struct vs_ctx *t)
{
	uint32_t before[2], bits;

	for (uint32_t w = 0; w < 2; w++)
		before[w] = vs_accepted_window(t->s, w);
	for (size_t i = 0; i < BEYOND; i++) {
		vs_accept_window(t->s, beyond[i], UINT32_MAX);
		bits = vs_accepted_window(t->s, beyond[i]);
		vs_where(t, "driver_feature, select %#" PRIx32, beyond[i]);
		vs_expect(t, bits == 0, "0", "%#010" PRIx32 " after all ones were written", bits);
		for (uint32_t w = 0; w < 2; w++) {
			bits = vs_accepted_window(t->s, w);
			vs_expect(t, bits == before[w], "a write that is ignored",
				  "window %" PRIu32 " turned from %#010" PRIx32 " to %#010" PRIx32,
				  w, before[w], bits);
		}
	}
}
VS_DEVICE_CHECK(draft_driver_feature_end, .rules = VS_RULES(DRAFT_DRIVER_FEATURE_WINDOW_END),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_DRAFT_RESERVED_BITS_UNTOUCHED));

/*
 * A driver that leaves bit 32 clear and does all else. Whether the device lets DRIVER_OK take is
 * its own affair: working is using buffers.
 */
static void draft_legacy_driver(struct vs_ctx *t)
{
	struct vs_request request;
	struct vs_used used;

	vs_need_service(t);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_make_request(t, &request);
	if (request.q->ring->offer(request.q, request.elements, request.count, false) < 0)
		vs_block(t, -1, "queue %u has no room for a request", request.q->index);
	vs_queue_notify(request.q);
	vs_settle(t->s);
	vs_where(t, "queue %u", request.q->index);
	vs_expect(t, !request.q->ring->take(request.q, &used), "no buffer used",
		  "a request is used although bit 32 was left clear; device_status is %#x",
		  vs_status(t->s));
}
VS_DEVICE_CHECK(draft_legacy_driver, .rules = VS_RULES(DRAFT_LEGACY_DRIVER_REFUSED),
		.stage = VS_STAGE_QUEUES, .setup = { .refuse = VS_BIT(VIRTIO_F_VERSION_1) },
		.needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_RESERVED_ACCEPTS_VERSION_ONE));
