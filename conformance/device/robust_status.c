/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: a driver that takes the steps of start-up in its own way. */
#include "engine/check.h"

#define ACKNOWLEDGE VIRTIO_STATUS_ACKNOWLEDGE
#define DRIVER      VIRTIO_STATUS_DRIVER
#define FEATURES_OK VIRTIO_STATUS_FEATURES_OK
#define DRIVER_OK   VIRTIO_STATUS_DRIVER_OK

/* The one bit that no version of the specification gives a meaning (2.1). */
#define UNDEFINED 0x20u

/* Every write of a sequence keeps the bits of those before it; 0 ends it. */
#define STEPS_MAX 4u
static const uint8_t wrong_orders[][STEPS_MAX] = {
	{ DRIVER_OK },
	{ FEATURES_OK },
	{ DRIVER, ACKNOWLEDGE },
	{ ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK },
	{ DRIVER_OK, FEATURES_OK, DRIVER, ACKNOWLEDGE },
	{ ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK },
	{ ACKNOWLEDGE, FEATURES_OK, DRIVER_OK, DRIVER },
};

static void write_in_order(struct vs_session *s, const uint8_t *steps)
{
	uint8_t status = 0;

	for (unsigned i = 0; i < STEPS_MAX && steps[i]; i++) {
		status |= steps[i];
		vs_set_status(s, status);
		vs_status(s);
	}
}

/* Virtqueues first, then features, with what bring-up does for them otherwise. */
static void queues_before_features(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_features none = { { 0 } };
	struct vs_queue q;

	vs_set_status(s, ACKNOWLEDGE | DRIVER);
	if (s->num_queues && vs_queue_get(s, 0, VS_QUEUE_SIZE))
		vs_queue_start(s, &q, 0, 16);
	vs_accept_features(s, &none);
	vs_set_status(s, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
	vs_settle(s);
}

static void status_wrong_order(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	bool resets = vs_reset(s) == 0;

	for (size_t i = 0; resets && i < sizeof(wrong_orders) / sizeof(wrong_orders[0]); i++) {
		write_in_order(s, wrong_orders[i]);
		resets = vs_reset(s) == 0;
	}
	if (resets)
		queues_before_features(t);
	vs_expect_recovery(t, "status bits in a wrong order");
}
VS_DEVICE_CHECK(status_wrong_order, .rules = VS_RULES(ROBUST_STATUS_WRONG_ORDER),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_INIT_STATUS_ORDER, DRIVER_INIT_QUEUES_AFTER_FEATURES,
				    DRIVER_INIT_FEATURES_BEFORE_FEATURES_OK,
				    DRIVER_INIT_FEATURES_OK_CHECKED, DRIVER_STATUS_TRACKS_STEPS,
				    DRIVER_RESERVED_ACCEPTS_VERSION_ONE));

/* At every step of start-up; the last one leaves a live device behind. */
static void write_at_every_step(struct vs_ctx *t, uint8_t bits)
{
	static const enum vs_stage stages[] = { VS_STAGE_FEATURES, VS_STAGE_QUEUES, VS_STAGE_LIVE };
	struct vs_session *s = t->s;

	vs_set_status(s, bits);
	vs_reset(s);
	vs_set_status(s, ACKNOWLEDGE);
	vs_set_status(s, ACKNOWLEDGE | bits);
	vs_reset(s);
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		vs_session_renew(s, (struct vs_setup){ 0 });
		if (vs_session_advance(s, stages[i]))
			return;
		vs_set_status(s, vs_status(s) | bits);
		vs_status(s);
	}
}

static void status_undefined_bits(struct vs_ctx *t)
{
	write_at_every_step(t, UNDEFINED);
	vs_expect_recovery(t, "an undefined status bit at every step");
}
VS_DEVICE_CHECK(status_undefined_bits, .rules = VS_RULES(ROBUST_STATUS_UNDEFINED_BITS),
		.stage = VS_STAGE_COMMON);

static void status_failed(struct vs_ctx *t)
{
	write_at_every_step(t, VIRTIO_STATUS_FAILED);
	vs_expect_recovery(t, "FAILED at every step");
}
VS_DEVICE_CHECK(status_failed, .rules = VS_RULES(ROBUST_STATUS_FAILED), .stage = VS_STAGE_COMMON,
		.breaks = VS_BREAKS(DRIVER_INIT_STOPS_AFTER_FAILURE));
