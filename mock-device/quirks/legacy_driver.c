/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that are at odds with legacy drivers: what these may do early, late, or not at all
 * (2.2.3, 3.1.2, 6.4). */
#include "mock-device/quirks/quirk.h"
#include "spec/legacy.h"
#include <string.h>

#define TRANSITIONAL "mock:blk|rng,interface=transitional"
#define ANY_LEGACY   "mock:blk|rng,interface=transitional|legacy"

/* Of the bits above 31 those that any modern driver may have to accept. */
#define EVERYBODYS                                        \
	(UINT32_C(1) << (VIRTIO_F_VERSION_1 - 32) |       \
	 UINT32_C(1) << (VIRTIO_F_ACCESS_PLATFORM - 32) | \
	 UINT32_C(1) << (VIRTIO_F_ORDER_PLATFORM - 32))

static bool deaf(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->mock->legacy && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(legacy_requests_unserved, .kind = MOCK_VIOLATION,
	   .says = "no request of a legacy driver is served",
	   .breaks = MOCK_RULES(LEGACY_INTERFACE_WORKS, ROBUST_REQUEST_COMPLETES),
	   .needs = TRANSITIONAL, .ops = { .may_consume = deaf });

/* The reset ends, and the status does not say so. */
static uint32_t status_stays(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t value = mock_op_legacy_read(q->below, offset, width);

	return offset == VIRTIO_LEGACY_DEVICE_STATUS ? value | VIRTIO_STATUS_ACKNOWLEDGE : value;
}
MOCK_QUIRK(legacy_reset_unseen, .kind = MOCK_VIOLATION, .says = "the legacy status never reads 0",
	   .breaks = MOCK_RULES(LEGACY_INTERFACE_WORKS), .needs = TRANSITIONAL,
	   .ops = { .legacy_read = status_stays });

static bool any_enabled(const struct mock *mock)
{
	for (unsigned i = 0; i < mock->queue_total; i++)
		if (mock->queues[i].enabled)
			return true;
	return false;
}

static void stumble(struct mock_layer *q, uint32_t window, uint32_t value)
{
	bool late = mock_on_legacy(q->mock) && any_enabled(q->mock) &&
		    value & UINT32_C(1) << VIRTIO_F_EVENT_IDX;

	mock_op_accept_features(q->below, window, value);
	if (late && strcmp(q->text, "dies") == 0)
		mock_end(q->mock, MOCK_DEAD);
	else if (late)
		q->state[0] = 1;
}

static bool not_stumbled(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[0] && mock_op_may_consume(q->below, queue);
}

static void forget(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(legacy_features_late_harm, .kind = MOCK_VIOLATION,
	   .says = "a legacy driver that accepts EVENT_IDX after setting up its queues does harm",
	   .breaks = MOCK_RULES(LEGACY_INTERFACE_WORKS), .also = MOCK_RULES(ROBUST_RESET_STORM),
	   .values = "dies deaf", .needs = TRANSITIONAL,
	   .ops = { .accept_features = stumble, .may_consume = not_stumbled, .reset = forget });

static bool waits(struct mock_layer *q, struct mock_queue *queue)
{
	return (!q->mock->legacy || q->mock->status & VIRTIO_STATUS_DRIVER_OK) &&
	       mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(legacy_waits_for_driver_ok, .kind = MOCK_VIOLATION,
	   .says = "requests of a legacy driver wait for DRIVER_OK",
	   .breaks = MOCK_RULES(LEGACY_USED_BEFORE_DRIVER_OK), .needs = ANY_LEGACY,
	   .ops = { .may_consume = waits });

/* state[0]: the driver has written its features. */
static void note_features(struct mock_layer *q, uint32_t window, uint32_t value)
{
	mock_op_accept_features(q->below, window, value);
	q->state[0] = 1;
}

static bool spoken_to(struct mock_layer *q, struct mock_queue *queue)
{
	return (!q->mock->legacy || q->state[0]) && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(legacy_silent_driver_ignored, .kind = MOCK_VIOLATION,
	   .says = "a legacy driver that writes no features is not served",
	   .breaks = MOCK_RULES(LEGACY_DRIVER_DETECTED), .needs = TRANSITIONAL,
	   .ops = { .accept_features = note_features, .may_consume = spoken_to, .reset = forget });

/* What is left behind by a modern driver, when a legacy one resets the device: that there was one,
 * or what it accepted of the bits above 32. */
static void remember(struct mock_layer *q)
{
	const struct mock *mock = q->mock;
	bool modern = mock->status & VIRTIO_STATUS_FEATURES_OK;
	uint32_t high = mock->negotiated.window[1] & ~EVERYBODYS;

	q->state[0] = mock_on_legacy(mock) && modern;
	q->state[1] = mock_on_legacy(mock) && modern && high;
	mock_op_reset(q->below);
}

static bool still_modern(struct mock_layer *q, struct mock_queue *queue)
{
	return !(q->state[0] && q->mock->legacy) && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(legacy_driver_mistaken, .kind = MOCK_VIOLATION,
	   .says = "a legacy driver that follows a modern one is taken for one as well",
	   .breaks = MOCK_RULES(LEGACY_DRIVER_DETECTED),
	   .also = MOCK_RULES(LEGACY_HIGH_FEATURES_UNACKNOWLEDGED), .needs = TRANSITIONAL,
	   .ops = { .reset = remember, .may_consume = still_modern });

static bool still_accepted(struct mock_layer *q, struct mock_queue *queue)
{
	return !(q->state[1] && q->mock->legacy) && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(legacy_high_features_kept, .kind = MOCK_VIOLATION,
	   .says = "features above bit 32 stay in force when a legacy driver follows a modern one",
	   .breaks = MOCK_RULES(LEGACY_HIGH_FEATURES_UNACKNOWLEDGED), .needs = TRANSITIONAL,
	   .ops = { .reset = remember, .may_consume = still_accepted });

/* The other way round: state[0] until the next reset. */
static void remember_legacy(struct mock_layer *q)
{
	q->state[0] = q->mock->face == MOCK_FACE_MODERN && q->mock->legacy;
	mock_op_reset(q->below);
}
MOCK_QUIRK(modern_driver_mistaken, .kind = MOCK_VIOLATION,
	   .says = "a modern driver that follows a legacy one is not served",
	   .breaks = MOCK_RULES(ROBUST_SECOND_DRIVER), .needs = TRANSITIONAL,
	   .ops = { .reset = remember_legacy, .may_consume = not_stumbled });

static void offer_less(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_remove(features, VIRTIO_F_ANY_LAYOUT);
}
MOCK_QUIRK(legacy_any_layout_missing, .kind = MOCK_VIOLATION,
	   .says = "ANY_LAYOUT is not offered to legacy drivers",
	   .breaks = MOCK_RULES(LEGACY_ANY_LAYOUT_OFFERED), .needs = "mock:,interface=transitional",
	   .ops = { .offered_features = offer_less });

static void offer_unused(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	if (mock_on_legacy(q->mock))
		mock_features_add(features, VIRTIO_F_UNUSED);
}

static bool unused_accepted(struct mock_layer *q, struct mock_queue *queue)
{
	return (!q->mock->legacy || mock_features_has(&q->mock->accepted, VIRTIO_F_UNUSED)) &&
	       mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(legacy_unused_bit_required, .kind = MOCK_VIOLATION,
	   .says = "a legacy driver is served only if it accepts feature bit 30",
	   .breaks = MOCK_RULES(LEGACY_UNUSED_BIT_NOT_REQUIRED),
	   .also = MOCK_RULES(LEGACY_INTERFACE_WORKS, ROBUST_REQUEST_COMPLETES),
	   .needs = TRANSITIONAL,
	   .ops = { .offered_features = offer_unused, .may_consume = unused_accepted });
