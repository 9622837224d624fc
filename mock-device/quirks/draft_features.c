/* SPDX-License-Identifier: BSD-3-Clause */
/* Features and queues otherwise than the draft of 2013 has them. */
#include <stddef.h>

#include "mock-device/quirks/quirk.h"

#define DRAFT_WINDOWS 2u

static void reserved_bit(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, (unsigned)q->value);
}
MOCK_QUIRK(draft_reserved_bit, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, a reserved feature bit is offered",
	   .breaks = MOCK_RULES(DRAFT_RESERVED_BITS_CLEAR), .values = "33 38 63",
	   .needs = "mock:blk,profile=draft-2013", .ops = { .offered_features = reserved_bit });

/* What the driver writes there later on never arrives: bits beyond the second window mean nothing.
 */
static uint32_t offer_beyond(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint32_t select = q->mock->device_feature_select, value;

	if (offset != offsetof(struct virtio_pci_common_cfg, device_feature) ||
	    select < DRAFT_WINDOWS)
		return mock_op_common_read(q->below, offset, width);
	if (q->value)
		return UINT32_MAX;
	q->mock->device_feature_select = select % DRAFT_WINDOWS;
	value = mock_op_common_read(q->below, offset, width);
	q->mock->device_feature_select = select;
	return value;
}
MOCK_QUIRK(draft_device_feature_beyond, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, device_feature shows bits beyond 63",
	   .breaks = MOCK_RULES(DRAFT_DEVICE_FEATURE_WINDOW_END),
	   .also = MOCK_RULES(PCI_COMMON_DEVICE_FEATURE_WINDOW, PCI_COMMON_DRIVER_FEATURE_WINDOW),
	   .values = "mirror ones", .needs = "mock:blk,profile=draft-2013",
	   .ops = { .common_read = offer_beyond });

static uint32_t accepted_beyond(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset == offsetof(struct virtio_pci_common_cfg, driver_feature) &&
	    q->mock->driver_feature_select >= DRAFT_WINDOWS)
		return (uint32_t)q->state[0];
	return mock_op_common_read(q->below, offset, width);
}

static void keep_beyond(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == offsetof(struct virtio_pci_common_cfg, driver_feature) &&
	    q->mock->driver_feature_select >= DRAFT_WINDOWS)
		q->state[0] = value;
	else
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(draft_driver_feature_kept, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, driver_feature keeps bits beyond 63",
	   .breaks = MOCK_RULES(DRAFT_DRIVER_FEATURE_WINDOW_END),
	   .needs = "mock:blk,profile=draft-2013",
	   .ops = { .common_read = accepted_beyond, .common_write = keep_beyond });

static void mirror(struct mock_layer *q, uint32_t window, uint32_t value)
{
	mock_op_accept_features(q->below, window % DRAFT_WINDOWS, value);
}
MOCK_QUIRK(draft_driver_feature_mirrored, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, bits written beyond 63 land in the first two windows",
	   .breaks = MOCK_RULES(DRAFT_DRIVER_FEATURE_WINDOW_END),
	   .needs = "mock:blk,profile=draft-2013", .ops = { .accept_features = mirror });

static bool anyone(struct mock_layer *q, const struct mock_features *accepted)
{
	struct mock_features with = *accepted;

	mock_features_add(&with, VIRTIO_F_VERSION_1);
	return mock_op_features_acceptable(q->below, &with);
}
MOCK_QUIRK(draft_legacy_driver_served, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, a non-transitional device serves a driver that leaves "
		   "bit 32 clear",
	   .breaks = MOCK_RULES(DRAFT_LEGACY_DRIVER_REFUSED),
	   .needs = "mock:blk,profile=draft-2013", .ops = { .features_acceptable = anyone });

/* The bit takes, and still nothing works. */
static bool live_in_name(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_features_has(&q->mock->negotiated, VIRTIO_F_VERSION_1) &&
	       mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(draft_legacy_driver_ignored, .kind = MOCK_VARIATION,
	   .says = "in the draft of 2013, DRIVER_OK takes for a driver that leaves bit 32 clear, "
		   "and nothing is served",
	   .needs = "mock:blk,profile=draft-2013",
	   .ops = { .features_acceptable = anyone, .may_consume = live_in_name });

enum { RUNS_ON, STAYS_DOWN };

static void stop_queue(struct mock_layer *q, struct mock_queue *queue)
{
	if (q->value != RUNS_ON)
		mock_op_queue_disable(q->below, queue);
}

static void go_on(struct mock_layer *q, struct mock_queue *queue)
{
	if (q->value != STAYS_DOWN || !queue->paused)
		mock_op_queue_enable(q->below, queue);
}
MOCK_QUIRK(draft_queue_disable_ignored, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, queue_enable does not stop a virtqueue, or for good",
	   .breaks = MOCK_RULES(DRAFT_QUEUE_DISABLE), .values = "ignored forever",
	   .needs = "mock:blk,profile=draft-2013",
	   .ops = { .queue_disable = stop_queue, .queue_enable = go_on });
