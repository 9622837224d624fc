/* SPDX-License-Identifier: BSD-3-Clause */
/* Features withheld one by one: a driver does without, or says that it cannot (2.2, 6). */
#include "mock-device/quirks/quirk.h"

/* What depends on a feature goes with it. */
static void without(struct mock_layer *q, struct mock_features *features)
{
	const struct mock_class *class = q->mock->class;
	bool again = true;

	mock_op_offered_features(q->below, features);
	mock_features_remove(features, (unsigned)q->value);
	while (again) {
		again = false;
		for (unsigned i = 0; i < class->dependency_count; i++) {
			const struct mock_dependency *d = &class->dependencies[i];

			if (!mock_features_has(features, d->feature) ||
			    mock_features_has(features, d->needs) ||
			    mock_features_has(features, d->or_needs))
				continue;
			mock_features_remove(features, d->feature);
			again = true;
		}
	}
}

MOCK_QUIRK(transport_feature_withheld, .kind = MOCK_SITUATION,
	   .says = "this feature of the transport is not offered", .drivers = MOCK_DRIVER_WORKS,
	   .tries = MOCK_RULES(DRIVER_FEATURES_FALLS_BACK), .values = "28 29 35 39 40 43",
	   .needs = "mock:,interface=modern|transitional", .ops = { .offered_features = without });
MOCK_QUIRK(packed_ring_withheld, .kind = MOCK_SITUATION,
	   .says = "RING_PACKED is not offered after all", .drivers = MOCK_DRIVER_WORKS,
	   .tries = MOCK_RULES(DRIVER_FEATURES_FALLS_BACK), .values = "34",
	   .needs = "mock:,interface=modern|transitional,ring=packed",
	   .ops = { .offered_features = without });
MOCK_QUIRK(blk_feature_withheld, .kind = MOCK_SITUATION,
	   .says = "this feature of the block device is not offered", .drivers = MOCK_DRIVER_WORKS,
	   .tries = MOCK_RULES(DRIVER_FEATURES_FALLS_BACK), .values = "2 6 9 11 12 13 14",
	   .needs = "mock:blk", .ops = { .offered_features = without });
MOCK_QUIRK(net_feature_withheld, .kind = MOCK_SITUATION,
	   .says = "this feature of the network device, and what depends on it, is not offered",
	   .drivers = MOCK_DRIVER_WORKS, .tries = MOCK_RULES(DRIVER_FEATURES_FALLS_BACK),
	   .values = "3 5 16 17 18 21 22 23", .needs = "mock:net",
	   .ops = { .offered_features = without });
MOCK_QUIRK(console_feature_withheld, .kind = MOCK_SITUATION,
	   .says = "this feature of the console is not offered", .drivers = MOCK_DRIVER_WORKS,
	   .tries = MOCK_RULES(DRIVER_FEATURES_FALLS_BACK), .values = "0 2",
	   .needs = "mock:console", .ops = { .offered_features = without });

/* Numbers above all that are given away; a driver that accepts one is refused. */
static const uint8_t nobodys[] = { 44, 45, 46, 47, 48, 49, 90, 127 };

static void unknown(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	for (unsigned i = 0; i < sizeof(nobodys); i++)
		mock_features_add(features, nobodys[i]);
}

static bool known_only(struct mock_layer *q, const struct mock_features *accepted)
{
	for (unsigned i = 0; i < sizeof(nobodys); i++)
		if (mock_features_has(accepted, nobodys[i]))
			return false;
	return mock_op_features_acceptable(q->below, accepted);
}
MOCK_QUIRK(features_unknown, .kind = MOCK_SITUATION,
	   .says = "feature bits are offered that no version of the specification knows",
	   .drivers = MOCK_DRIVER_WORKS, .tries = MOCK_RULES(DRIVER_FEATURES_UNKNOWN_TOLERATED),
	   .needs = "mock:,interface=modern",
	   .ops = { .offered_features = unknown, .features_acceptable = known_only });

static void with_data(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_F_NOTIFICATION_DATA);
}
MOCK_QUIRK(packed_notification_data, .kind = MOCK_SITUATION,
	   .says = "a device with packed rings offers NOTIFICATION_DATA",
	   .drivers = MOCK_DRIVER_WORKS, .needs = "mock:,interface=modern|transitional,ring=packed",
	   .ops = { .offered_features = with_data });
