/* SPDX-License-Identifier: BSD-3-Clause */
/* Which queues there are and how large they can be (2.6, 4.1.4.3). */
#include "mock-device/quirks/quirk.h"

static void size(struct mock_layer *q, unsigned index, struct mock_queue_info *info)
{
	mock_op_queue_info(q->below, index, info);
	if (info->max_size)
		info->max_size = (uint16_t)q->value;
}
MOCK_QUIRK(queue_size, .kind = MOCK_VARIATION, .says = "the largest size of every queue",
	   .values = "4 1 2 16 1024 32768", .ops = { .queue_info = size });

static void gap(struct mock_layer *q, unsigned index, struct mock_queue_info *info)
{
	if (index != (unsigned)q->value)
		mock_op_queue_info(q->below, index, info);
}
MOCK_QUIRK(queue_gap, .kind = MOCK_VARIATION, .says = "one queue in the middle is not there",
	   .values = "1", .needs = "mock:blk", .ops = { .queue_info = gap });

static void admin(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_F_ADMIN_VQ);
}
MOCK_QUIRK(admin_queue, .kind = MOCK_VARIATION,
	   .says = "offers ADMIN_VQ: an administration queue behind the queues of the device",
	   .ops = { .offered_features = admin });
