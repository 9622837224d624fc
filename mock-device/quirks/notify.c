/* SPDX-License-Identifier: BSD-3-Clause */
/* The notification structure and available buffer notifications (4.1.4.4, 4.1.5.2). */
#include "mock-device/quirks/quirk.h"

static void multiplier(struct mock_layer *q, struct mock_caps *caps)
{
	mock_op_build_caps(q->below, caps);
	for (unsigned i = 0; i < caps->count; i++) {
		struct mock_cap *cap = &caps->cap[i];

		if (cap->id == PCI_CAP_ID_VNDR && cap->type == VIRTIO_PCI_CAP_NOTIFY_CFG)
			cap->multiplier = (uint32_t)q->value;
	}
}
MOCK_QUIRK(notify_multiplier, .kind = MOCK_VIOLATION,
	   .says = "the notify multiplier is odd, or even and no power of two",
	   .breaks = MOCK_RULES(PCI_NOTIFY_MULTIPLIER), .values = "3 1 6",
	   .ops = { .build_caps = multiplier });

MOCK_QUIRK(multiplier, .kind = MOCK_VARIATION,
	   .says = "the queues are notified at one address, close together or pages apart",
	   .values = "0 2 8 4096 65536", .ops = { .build_caps = multiplier });

static void with_data(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_F_NOTIFICATION_DATA);
}
MOCK_QUIRK(notification_data, .kind = MOCK_VARIATION,
	   .says = "offers NOTIFICATION_DATA: notifications are 32 bits wide and say where the "
		   "ring is",
	   .ops = { .offered_features = with_data });
