/* SPDX-License-Identifier: BSD-3-Clause */
/* Legacy drivers, and what they may do that others may not (2.2.3, 2.2.4, 3.1.2, 6.4). */
#include "device/legacy_drive.h"

/* Features of the transport that the driver makes up its mind about late. */
#define LATE_FEATURES \
	(VS_BIT(VIRTIO_F_INDIRECT_DESC) | VS_BIT(VIRTIO_F_EVENT_IDX) | VS_BIT(VIRTIO_F_ANY_LAYOUT))

/* Features of the transport that only the modern interface can accept, and those of them that a
 * device may insist upon. */
#define HIGH_FEATURES (UINT64_C(0x3ff) << 32)
#define INSISTED_UPON                                                    \
	(VS_BIT(VIRTIO_F_VERSION_1) | VS_BIT(VIRTIO_F_ACCESS_PLATFORM) | \
	 VS_BIT(VIRTIO_F_ORDER_PLATFORM))

/* A device that fails every driver has another trouble than its legacy interface. */
static void end_if_all_fail(struct vs_ctx *t)
{
	struct vs_trouble trouble = t->s->trouble;

	if (vs_drive(t, VS_VIEW_MODERN, (struct vs_setup){ 0 }))
		vs_block_by_trouble(t);
	t->s->trouble = trouble;
}

static void legacy_interface_works(struct vs_ctx *t)
{
	for (unsigned round = 0; round < 2; round++) {
		int result = vs_drive(t, VS_VIEW_LEGACY, (struct vs_setup){ 0 });

		if (result)
			end_if_all_fail(t);
		vs_where(t, "%s", round ? "after a reset" : "");
		vs_require(t, result == 0, "a device that comes up and serves a request", "%s",
			   t->s->trouble.text);
		vs_expect(t, vs_reset(t->s) == 0, "a device status of 0 after a reset", "%#x",
			  vs_status(t->s));
	}
}
VS_DEVICE_CHECK(legacy_interface_works, .rules = VS_RULES(LEGACY_INTERFACE_WORKS),
		.stage = VS_STAGE_CAPS, .views = VS_ON(LEGACY));

/* Legacy drivers may use a device before they write its features (3.1.2). */
static void legacy_features_late(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	uint32_t bits;

	vs_need_service(t);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	s->num_queues = vs_legacy_count_queues(s);
	s->stage = VS_STAGE_FEATURES;
	vs_proceed(t, VS_STAGE_QUEUES);
	bits = vs_offered_window(s, 0) & LATE_FEATURES;
	vs_accept_window(s, 0, bits);
	s->accepted.window[0] = bits;
	vs_where(t, "features %#010" PRIx32 " accepted after the queues were set up", bits);
	vs_expect(t, vs_drive_on(t) == 0, "a device that comes up and serves a request", "%s",
		  s->trouble.text);
}
VS_DEVICE_CHECK(legacy_features_late, .rules = VS_RULES(LEGACY_INTERFACE_WORKS),
		.stage = VS_STAGE_COMMON, .views = VS_ON(LEGACY), .needs = VS_NEEDS_REQUEST);

/* It has nothing to accept, and so writes nothing: as good a legacy driver as any. */
static void legacy_silent_driver(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	vs_need_service(t);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	s->num_queues = vs_legacy_count_queues(s);
	s->stage = VS_STAGE_FEATURES;
	vs_where(t, "no features written");
	vs_expect(t, vs_drive_on(t) == 0, "a legacy driver that is served", "%s", s->trouble.text);
}
VS_DEVICE_CHECK(legacy_silent_driver, .rules = VS_RULES(LEGACY_DRIVER_DETECTED),
		.stage = VS_STAGE_COMMON, .views = VS_ON(LEGACY), .needs = VS_NEEDS_REQUEST);

static void drive_modern(struct vs_ctx *t, struct vs_setup setup)
{
	vs_need_service(t);
	if (vs_drive(t, VS_VIEW_MODERN, setup))
		vs_block_by_trouble(t);
}

/* Reset through the register of its own interface, whatever the driver before it was. */
static void legacy_after_modern(struct vs_ctx *t)
{
	drive_modern(t, (struct vs_setup){ .refuse = (UINT64_MAX << 32) & ~INSISTED_UPON });
	vs_where(t, "after a modern driver");
	vs_expect(t, vs_drive(t, VS_VIEW_LEGACY, (struct vs_setup){ 0 }) == 0,
		  "a legacy driver that is served", "%s", t->s->trouble.text);
}
VS_DEVICE_CHECK(legacy_after_modern, .rules = VS_RULES(LEGACY_DRIVER_DETECTED),
		.stage = VS_STAGE_COMMON, .views = VS_ON(LEGACY), .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_LEGACY_ONE_INTERFACE,
				    DRIVER_RESERVED_ACCEPTS_NOTIF_CONFIG_DATA));

static void high_features_forgotten(struct vs_ctx *t)
{
	drive_modern(t, (struct vs_setup){ .accept = HIGH_FEATURES });
	vs_where(t, "after a driver that accepted %#" PRIx32 " of the bits 32 to 63",
		 t->s->accepted.window[1]);
	vs_expect(t, vs_drive(t, VS_VIEW_LEGACY, (struct vs_setup){ 0 }) == 0,
		  "a legacy driver that is served without them", "%s", t->s->trouble.text);
}
VS_DEVICE_CHECK(high_features_forgotten, .rules = VS_RULES(LEGACY_HIGH_FEATURES_UNACKNOWLEDGED),
		.stage = VS_STAGE_COMMON, .views = VS_ON(LEGACY), .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_LEGACY_ONE_INTERFACE, DRIVER_CONFIG_GENERATION_CHECKED));

/* The other way round: no legacy driver may leave a trace of itself behind. */
static void modern_after_legacy(struct vs_ctx *t)
{
	if (!t->s->fn->transitional || !vs_legacy_present(t->s->bus))
		vs_skip(t, "the device has no legacy interface");
	vs_need_service(t);
	if (vs_drive(t, VS_VIEW_LEGACY, (struct vs_setup){ 0 }))
		vs_block_by_trouble(t);
	vs_where(t, "after a legacy driver");
	vs_expect(t, vs_drive(t, VS_VIEW_MODERN, (struct vs_setup){ 0 }) == 0,
		  "a modern driver that is served", "%s", t->s->trouble.text);
}
VS_DEVICE_CHECK(modern_after_legacy, .rules = VS_RULES(ROBUST_SECOND_DRIVER),
		.stage = VS_STAGE_COMMON, .views = VS_ON(MODERN), .needs = VS_NEEDS_REQUEST);

static void used_before_driver_ok(struct vs_ctx *t)
{
	struct vs_request request;
	struct vs_used used;
	bool early;

	vs_make_request(t, &request);
	vs_send_request(t, &request);
	early = vs_queue_wait(request.q, &used);
	if (!early) {
		vs_proceed(t, VS_STAGE_LIVE);
		vs_queue_notify(request.q);
		if (!vs_queue_wait(request.q, &used))
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "after DRIVER_OK the request is not served either");
	}
	vs_where(t, "queue %u", request.q->index);
	vs_expect(t, early, "a request served before DRIVER_OK", "%s",
		  "it stayed unused until DRIVER_OK was set");
}
VS_DEVICE_CHECK(used_before_driver_ok, .rules = VS_RULES(LEGACY_USED_BEFORE_DRIVER_OK),
		.stage = VS_STAGE_QUEUES, .needs = VS_NEEDS_REQUEST);

static void any_layout_offered(struct vs_ctx *t)
{
	vs_expect(t, vs_offers(t, VIRTIO_F_ANY_LAYOUT), "feature bit 27 offered", "%#010" PRIx32,
		  t->s->offered.window[0]);
}
VS_DEVICE_CHECK(any_layout_offered, .rules = VS_RULES(LEGACY_ANY_LAYOUT_OFFERED),
		.stage = VS_STAGE_FEATURES, .views = VS_ON(LEGACY));

static void unused_bit(struct vs_ctx *t)
{
	const struct vs_setup with = { .accept = VS_BIT(VIRTIO_F_UNUSED) };
	bool offered, served = vs_drive(t, VS_VIEW_LEGACY, (struct vs_setup){ 0 }) == 0;

	offered = vs_offers(t, VIRTIO_F_UNUSED);
	if (!served && vs_drive(t, VS_VIEW_LEGACY, with))
		vs_block_by_trouble(t);
	vs_expect(t, served, "a driver served that leaves bit 30 clear",
		  "only one that sets it is served, and the bit is %soffered",
		  offered ? "" : "not ");
}
VS_DEVICE_CHECK(unused_bit, .rules = VS_RULES(LEGACY_UNUSED_BIT_NOT_REQUIRED),
		.stage = VS_STAGE_COMMON, .views = VS_ON(LEGACY), .needs = VS_NEEDS_REQUEST);
