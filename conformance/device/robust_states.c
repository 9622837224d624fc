/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: resets of single virtqueues, and SUSPEND, at the wrong moment. */
#include "device/queue_reset.h"

/* Each virtqueue, and some that do not exist, before any is enabled; then those beside the enabled
 * ones on a live device. */
static void robust_queue_reset_not_enabled(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	/* It has been live: what goes wrong without a blow went wrong before this. */
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	vs_need_ring_reset(t);
	for (uint32_t i = 0; i < s->num_queues + 2u && i < 64; i++)
		vs_queue_set(s, (uint16_t)i, VS_QUEUE_RESET, 1);
	vs_queue_set(s, UINT16_MAX, VS_QUEUE_RESET, 1);
	vs_settle(s);
	vs_proceed(t, VS_STAGE_LIVE);
	for (uint32_t i = 0; i < s->num_queues && i < 64; i++)
		if (!vs_queue_of(s, (uint16_t)i))
			vs_queue_set(s, (uint16_t)i, VS_QUEUE_RESET, 1);
	vs_settle(s);
	vs_expect_recovery(t, "resets of virtqueues that were never enabled");
}
VS_DEVICE_CHECK(robust_queue_reset_not_enabled, .rules = VS_RULES(ROBUST_QUEUE_RESET_NOT_ENABLED),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_QUEUE,
		.breaks = VS_BREAKS(DRIVER_QUEUE_RESET_VERIFIED));

static void robust_queue_reset_twice(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	vs_need_ring_reset(t);
	for (unsigned i = 0; i < s->queue_count; i++) {
		vs_queue_set(s, s->queues[i].index, VS_QUEUE_RESET, 1);
		vs_queue_set(s, s->queues[i].index, VS_QUEUE_RESET, 1);
		vs_wait_until(s, vs_get(s, VS_QUEUE_RESET) == 0);
		vs_queue_set(s, s->queues[i].index, VS_QUEUE_RESET, 1);
		vs_wait_until(s, vs_get(s, VS_QUEUE_RESET) == 0);
	}
	vs_expect_recovery(t, "virtqueues reset twice");
}
VS_DEVICE_CHECK(robust_queue_reset_twice, .rules = VS_RULES(ROBUST_QUEUE_RESET_TWICE),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_QUEUE);

/* Alone, beside every other set of bits on the way, and together with DRIVER_OK. */
static void robust_suspend_before_driver_ok(struct vs_ctx *t)
{
	static const uint8_t steps[] = {
		0,
		VIRTIO_STATUS_ACKNOWLEDGE,
		VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER,
	};
	const uint8_t up =
		VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK;

	for (size_t i = 0; i < sizeof(steps); i++) {
		if (steps[i])
			vs_set_status(t->s, steps[i]);
		vs_set_status(t->s, steps[i] | VIRTIO_STATUS_SUSPEND);
	}
	vs_expect_recovery(t, "SUSPEND before FEATURES_OK");
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	vs_set_status(t->s, up | VIRTIO_STATUS_SUSPEND);
	vs_proceed(t, VS_STAGE_QUEUES);
	vs_set_status(t->s, up | VIRTIO_STATUS_SUSPEND);
	vs_set_status(t->s, up | VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_DRIVER_OK);
	vs_settle(t->s);
	vs_expect_recovery(t, "SUSPEND before DRIVER_OK, and at once with it");
}
VS_DEVICE_CHECK(robust_suspend_before_driver_ok, .rules = VS_RULES(ROBUST_SUSPEND_BEFORE_DRIVER_OK),
		.stage = VS_STAGE_COMMON,
		.breaks = VS_BREAKS(DRIVER_SUSPEND_ONLY_WHEN_LIVE, DRIVER_STATUS_CLEARS_NO_BIT));
