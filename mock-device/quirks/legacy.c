/* SPDX-License-Identifier: BSD-3-Clause */
/* Oddities of the legacy interface. */
#include "mock-device/quirks/quirk.h"

/* To find out drivers that accept what they do not know (6.4). Nobody who uses the modern
 * structures sees it. */
static void offer_unused_bit(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	if (mock_on_legacy(q->mock))
		mock_features_add(features, VIRTIO_F_UNUSED);
}
MOCK_QUIRK(legacy_unused_bit_offered, .kind = MOCK_VARIATION,
	   .says = "the legacy interface offers feature bit 30, which is not to be negotiated",
	   .needs = "mock:blk,interface=legacy|transitional",
	   .ops = { .offered_features = offer_unused_bit });
