/* SPDX-License-Identifier: BSD-3-Clause */
/* What a device says about the formats of its rings and about who reaches them. */
#include "mock-device/quirks/quirk.h"

/* Before the driver has accepted packed rings, and if it does not, sizes are powers of two. */
static void packed_size(struct mock_layer *q, unsigned index, struct mock_queue_info *info)
{
	unsigned size = (unsigned)q->value;

	mock_op_queue_info(q->below, index, info);
	if (!info->max_size)
		return;
	if (!mock_has(q->mock, VIRTIO_F_RING_PACKED))
		while (size & (size - 1))
			size &= size - 1;
	info->max_size = (uint16_t)size;
}
MOCK_QUIRK(packed_queue_size, .kind = MOCK_VARIATION,
	   .says = "the largest size of every packed queue, which need be no power of two",
	   .values = "3 100 1000 32767 32768", .needs = "mock:blk,ring=packed",
	   .ops = { .queue_info = packed_size });

static bool packed_or_nothing(struct mock_layer *q, const struct mock_features *accepted)
{
	return mock_features_has(accepted, VIRTIO_F_RING_PACKED) &&
	       mock_op_features_acceptable(q->below, accepted);
}
MOCK_QUIRK(packed_only, .kind = MOCK_VIOLATION,
	   .says = "features are not accepted without RING_PACKED",
	   .breaks = MOCK_RULES(FEATURES_VALID_SUBSET_ACCEPTED), .needs = "mock:blk,ring=packed",
	   .ops = { .features_acceptable = packed_or_nothing });

/* ---- Features about the platform: they change nothing here, and may be insisted on (6.2) ---- */

enum { ACCESS, ORDER, BOTH, ACCESS_NEEDED, ORDER_NEEDED, BOTH_NEEDED };

static bool has_access(const struct mock_layer *q)
{
	return q->value % ACCESS_NEEDED != ORDER;
}

static bool has_order(const struct mock_layer *q)
{
	return q->value % ACCESS_NEEDED != ACCESS;
}

static void with_platform(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	if (has_access(q))
		mock_features_add(features, VIRTIO_F_ACCESS_PLATFORM);
	if (has_order(q))
		mock_features_add(features, VIRTIO_F_ORDER_PLATFORM);
}

static bool platform_needed(struct mock_layer *q, const struct mock_features *accepted)
{
	if (q->value >= ACCESS_NEEDED) {
		if (has_access(q) && !mock_features_has(accepted, VIRTIO_F_ACCESS_PLATFORM))
			return false;
		if (has_order(q) && !mock_features_has(accepted, VIRTIO_F_ORDER_PLATFORM))
			return false;
	}
	return mock_op_features_acceptable(q->below, accepted);
}
MOCK_QUIRK(platform, .kind = MOCK_VARIATION,
	   .says = "offers ACCESS_PLATFORM or ORDER_PLATFORM, or does not work without",
	   .values = "access order both access-needed order-needed both-needed",
	   .ops = { .offered_features = with_platform, .features_acceptable = platform_needed });

static void without(struct mock_layer *q, struct mock_features *features)
{
	static const uint8_t bits[] = { VIRTIO_F_NOTIF_CONFIG_DATA, VIRTIO_F_IN_ORDER,
					VIRTIO_F_EVENT_IDX, VIRTIO_F_INDIRECT_DESC };

	mock_op_offered_features(q->below, features);
	for (unsigned i = 0; i < sizeof(bits); i++) {
		if ((unsigned)q->value == i || q->value == sizeof(bits))
			mock_features_remove(features, bits[i]);
	}
}
MOCK_QUIRK(feature_missing, .kind = MOCK_VARIATION,
	   .says = "does not offer a feature of the transport, or none of these",
	   .tries = MOCK_RULES(DRIVER_FEATURES_FALLS_BACK),
	   .values = "notif-config-data in-order event-idx indirect-desc all",
	   .ops = { .offered_features = without });

static void enable_split(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	queue->ring = &mock_split_ring;
	queue->ring->start(queue);
}
MOCK_QUIRK(packed_in_name_only, .kind = MOCK_VIOLATION,
	   .says = "RING_PACKED is offered and accepted, and rings are taken for split ones",
	   .breaks = MOCK_RULES(FEATURES_OFFERED_BITS_SERVED),
	   .also = MOCK_RULES(ROBUST_REQUEST_COMPLETES, ROBUST_STRAY_WRITE),
	   .needs = "mock:blk,ring=packed", .ops = { .queue_enable = enable_split });

/* state[0]: the size with which queue 0 was enabled last, twice, and whether it was packed. */
static void enable_as_before(struct mock_layer *q, struct mock_queue *queue)
{
	bool packed, paused = queue->paused;

	mock_op_queue_enable(q->below, queue);
	if (queue->index || paused)
		return;
	packed = queue->ring == &mock_packed_ring;
	if (queue->size < queue->max_size && q->state[0] / 2 == queue->size) {
		packed = q->state[0] % 2;
		queue->ring = packed ? &mock_packed_ring : &mock_split_ring;
		queue->ring->start(queue);
	}
	q->state[0] = 2u * queue->size + packed;
}
MOCK_QUIRK(ring_format_kept, .kind = MOCK_VIOLATION,
	   .says = "a queue that the driver makes as small as the driver before it did keeps the "
		   "format that it had",
	   .breaks = MOCK_RULES(ROBUST_SECOND_DRIVER), .also = MOCK_RULES(ROBUST_STRAY_WRITE),
	   .needs = "mock:blk,ring=packed", .ops = { .queue_enable = enable_as_before });
