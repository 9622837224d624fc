/* SPDX-License-Identifier: BSD-3-Clause */
/* Mistakes that real devices made with feature bits (docs/real-bugs.md). */
#include "mock-device/quirks/quirk.h"
#include "spec/net.h"

/* 32 is where the bit is; as the value of the second window it is another one, SR_IOV. */
static void number_for_bit(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_remove(features, VIRTIO_F_VERSION_1);
	features->window[1] |= VIRTIO_F_VERSION_1;
}
MOCK_QUIRK(version_one_by_number, .kind = MOCK_VIOLATION,
	   .says = "the second window of device_feature has the number of VERSION_1, not its bit",
	   .breaks = MOCK_RULES(RESERVED_VERSION_ONE_OFFERED, RESERVED_SR_IOV_NEEDS_CAPABILITY),
	   .ops = { .offered_features = number_for_bit });

static bool more_than_the_least(struct mock_layer *q, const struct mock_features *accepted)
{
	struct mock_features others = *accepted;
	uint32_t any = 0;

	mock_features_remove(&others, VIRTIO_F_VERSION_1);
	for (unsigned i = 0; i < MOCK_FEATURE_WINDOWS; i++)
		any |= others.window[i];
	return any && mock_op_features_acceptable(q->below, accepted);
}
MOCK_QUIRK(least_set_refused, .kind = MOCK_VIOLATION,
	   .says = "a driver that accepts VERSION_1 and nothing else is refused",
	   .breaks = MOCK_RULES(FEATURES_VALID_SUBSET_ACCEPTED),
	   .ops = { .features_acceptable = more_than_the_least });

static void with_merging(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_NET_F_MRG_RXBUF);
}

static bool only_merging(struct mock_layer *q, const struct mock_features *accepted)
{
	return mock_features_has(accepted, VIRTIO_NET_F_MRG_RXBUF) &&
	       mock_op_features_acceptable(q->below, accepted);
}
MOCK_QUIRK(merging_insisted_on, .kind = MOCK_VIOLATION,
	   .says = "MRG_RXBUF is offered, and drivers without it are refused",
	   .breaks = MOCK_RULES(FEATURES_VALID_SUBSET_ACCEPTED), .needs = "mock:net",
	   .ops = { .offered_features = with_merging, .features_acceptable = only_merging });

static void with_hashes(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_NET_F_HASH_REPORT);
}

/* The header of a packet is longer then than the place that such a device has for it. */
static void no_room(struct mock_layer *q, struct mock_chain *chain)
{
	if (mock_has(q->mock, VIRTIO_NET_F_HASH_REPORT) && chain->queue->index % 2)
		mock_end(q->mock, MOCK_DEAD);
	mock_op_execute(q->below, chain);
}
MOCK_QUIRK(hash_report_fatal, .kind = MOCK_VIOLATION,
	   .says = "a device that offers HASH_REPORT dies of a packet sent with it accepted",
	   .breaks = MOCK_RULES(FEATURES_OFFERED_BITS_SERVED),
	   .also = MOCK_RULES(FEATURES_RENEGOTIATION, RESET_REGISTERS_RESTORED,
			      ROBUST_SECOND_DRIVER),
	   .needs = "mock:net", .ops = { .offered_features = with_hashes, .execute = no_room });

/* Whatever was accepted: this one counts as soon as it is offered. */
static void as_offered(struct mock_layer *q)
{
	mock_features_add(&q->mock->negotiated, VIRTIO_F_NOTIF_CONFIG_DATA);
	mock_op_driver_ok(q->below);
}
MOCK_QUIRK(feature_taken_for_accepted, .kind = MOCK_VIOLATION,
	   .says = "a live device goes by NOTIF_CONFIG_DATA because it offered it, accepted or not",
	   .breaks = MOCK_RULES(FEATURES_VALID_SUBSET_ACCEPTED),
	   .ops = { .driver_ok = as_offered });
