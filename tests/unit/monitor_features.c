/* SPDX-License-Identifier: BSD-3-Clause */
/* Monitors of feature bits, the reserved ones included. */
#include "monitor_fixture.h"

#include "driver/features.h"
#include "spec/net.h"

#define FAILED VIRTIO_STATUS_FAILED

#define OFFERED  RULE(DRIVER_FEATURES_ONLY_OFFERED)
#define NEEDS    RULE(DRIVER_FEATURES_DEPENDENCIES_ACCEPTED)
#define READS    RULE(DRIVER_FEATURES_OFFER_READ)
#define UNKNOWN  RULE(DRIVER_FEATURES_UNKNOWN_NOT_ACCEPTED)
#define GIVES_UP RULE(DRIVER_FEATURES_GIVES_UP_WITH_FAILED)
#define FALLS    RULE(DRIVER_FEATURES_FALLS_BACK)
#define TOLERATE RULE(DRIVER_FEATURES_UNKNOWN_TOLERATED)

#define VERSION_1 RULE(DRIVER_RESERVED_ACCEPTS_VERSION_ONE)
#define PLATFORM  RULE(DRIVER_RESERVED_ACCEPTS_ACCESS_PLATFORM)
#define PACKED    RULE(DRIVER_RESERVED_ACCEPTS_RING_PACKED)
#define ORDER     RULE(DRIVER_RESERVED_ACCEPTS_ORDER_PLATFORM)
#define DATA      RULE(DRIVER_RESERVED_ACCEPTS_NOTIF_CONFIG_DATA)
#define IOMMU     RULE(DRIVER_RESERVED_IOMMU_SETTLED)
#define PHYSICAL  RULE(DRIVER_RESERVED_PHYSICAL_ADDRESSES)
#define SR_IOV    RULE(DRIVER_RESERVED_SR_IOV_NEEDS_CAPABILITY)
#define ENABLES   RULE(DRIVER_RESERVED_SR_IOV_NEGOTIATED_FIRST)

#define HIGH(feature) (1u << (VIRTIO_F_##feature - 32))
/* The offer low | high << 32 is read, and of it accept | accept_high << 32 accepted. */
#define CHOOSE(low, high, accept, accept_high)                                                     \
	PLAY(step_driver), W(DEVICE_FEATURE_SELECT, 0), R(DEVICE_FEATURE, low),                    \
		W(DEVICE_FEATURE_SELECT, 1), R(DEVICE_FEATURE, high), W(DRIVER_FEATURE_SELECT, 0), \
		W(DRIVER_FEATURE, accept), W(DRIVER_FEATURE_SELECT, 1),                            \
		W(DRIVER_FEATURE, accept_high), PLAY(step_held)

static const struct step unoffered[] = { CHOOSE(4, 1, 6, 1), END };
static const struct step corrected[] = { CHOOSE(4, 1, 4, 1), END };
static const struct step first_thought[] = { PLAY(step_driver),
					     PLAY(step_offer),
					     W(DRIVER_FEATURE_SELECT, 0),
					     W(DRIVER_FEATURE, 2),
					     PLAY(step_choice),
					     PLAY(step_held),
					     END };
static const struct step legacy_unoffered[] = { PLAY(step_legacy_driver), LR(DEVICE_FEATURE, 4),
						LW(DRIVER_FEATURE, 6),
						LW(DEVICE_STATUS, STEP_DRIVER | 4), END };

#define MQ   (1u << VIRTIO_NET_F_MQ)
#define CTRL (1u << VIRTIO_NET_F_CTRL_VQ)
static const struct step alone[] = { CHOOSE(MQ | CTRL, 1, MQ, 1), END };
static const struct step together[] = { CHOOSE(MQ | CTRL, 1, MQ | CTRL, 1), END };

static const struct step blind_high[] = { PLAY(step_driver),    W(DEVICE_FEATURE_SELECT, 0),
					  R(DEVICE_FEATURE, 0), PLAY(step_choice),
					  PLAY(step_held),      END };
static const struct step blind[] = { PLAY(step_driver), PLAY(step_choice), PLAY(step_offer),
				     PLAY(step_held), END };

static const struct step takes_unknown[] = { CHOOSE(1u << 31, 1, 1u << 31, 1), END };
static const struct step leaves_unknown[] = { CHOOSE(1u << 31, 1, 0, 1), END };
static const struct step takes_foreign[] = { CHOOSE(1u << 22, 1, 1u << 22, 1), END };

static const struct step no_version[] = { CHOOSE(0, 0, 0, 0), END };
static const struct step unfit[] = { LIFE(PROBE), PLAY(step_driver), W(DEVICE_FEATURE_SELECT, 1),
				     R(DEVICE_FEATURE, 0), END };
static const struct step gives_up[] = { PLAY(unfit), W(DEVICE_STATUS, STEP_DRIVER | FAILED),
					LIFE(DOWN), PLAY(step_reset), END };
static const struct step slinks_off[] = { PLAY(unfit), PLAY(step_reset), LIFE(DOWN), END };
static const struct step lives_with_it[] = { PLAY(no_version), W(DEVICE_STATUS, STEP_LIVE), END };
static const struct step other_face[] = { PLAY(unfit), PLAY(step_reset), PLAY(lives_with_it), END };
static const struct step other_trouble[] = { PLAY(step_features), PLAY(step_reset), LIFE(DOWN),
					     END };
static const struct step withheld[] = { TRIAL(DRIVER_FEATURES_FALLS_BACK),
					PLAY(step_driver),
					PLAY(step_offer),
					PLAY(step_reset),
					LIFE(DOWN),
					END };
static const struct step falls_back[] = { TRIAL(DRIVER_FEATURES_FALLS_BACK), PLAY(step_live),
					  LIFE(UP), LIFE(SERVED), END };
static const struct step tolerates[] = { TRIAL(DRIVER_FEATURES_UNKNOWN_TOLERATED), PLAY(step_live),
					 LIFE(UP), LIFE(SERVED), END };
static const struct step shies[] = { TRIAL(DRIVER_FEATURES_UNKNOWN_TOLERATED), LIFE(REFUSED), END };

static const struct play features[] = {
	{ "what is offered", corrected, .keeps = OFFERED, .offered = 4 },
	{ "what is not offered", unoffered, .breaks = OFFERED, .offered = 4 },
	{ "offered all the same", unoffered, .keeps = OFFERED, .offered = 6 },
	{ "written over", first_thought, .keeps = OFFERED },
	{ "legacy, not offered", legacy_unoffered, .breaks = OFFERED, .legacy = true,
	  .offered = 4 },
	{ "no choice", step_driver, .idle = OFFERED },

	{ "MQ with CTRL_VQ", together, .keeps = NEEDS, .type = VIRTIO_ID_NET,
	  .offered = MQ | CTRL },
	{ "MQ alone", alone, .breaks = NEEDS, .type = VIRTIO_ID_NET, .offered = MQ | CTRL },
	{ "no such feature", step_features, .idle = NEEDS },

	{ "read, then chosen", step_features, .keeps = READS },
	{ "a window unread", blind_high, .breaks = READS },
	{ "chosen, then read", blind, .breaks = READS },
	{ "nothing chosen", step_driver, .idle = READS },
	{ "an old profile", blind, .idle = READS, .profile = VS_PROFILE_1_2 },

	{ "an unknown bit left alone", leaves_unknown, .keeps = UNKNOWN, .offered = 1u << 31 },
	{ "an unknown bit taken", takes_unknown, .breaks = UNKNOWN, .offered = 1u << 31 },
	{ "a bit of another device type", takes_foreign, .breaks = UNKNOWN, .offered = 1u << 22 },
	{ "none offered", step_features, .idle = UNKNOWN },
	{ "a type that nobody describes", takes_foreign, .idle = UNKNOWN, .offered = 1u << 22,
	  .type = VIRTIO_ID_9P },

	{ "FAILED without VERSION_1", gives_up, .keeps = GIVES_UP, .without_version_1 = true },
	{ "a reset without VERSION_1", slinks_off, .breaks = GIVES_UP, .without_version_1 = true },
	{ "works without VERSION_1", lives_with_it, .keeps = GIVES_UP, .without_version_1 = true },
	{ "works at the second try", other_face, .keeps = GIVES_UP, .without_version_1 = true },
	{ "an end for other reasons", other_trouble, .idle = GIVES_UP },
	{ "a feature withheld", withheld, .breaks = GIVES_UP, .also = FALLS },
	{ "falls back", falls_back, .keeps = FALLS },
	{ "tolerates", tolerates, .keeps = TOLERATE },
	{ "shies", shies, .breaks = TOLERATE },
	{ "not tried", falls_back, .idle = TOLERATE },
};

static const struct step declines[] = { CHOOSE(0, 1, 0, 0), END };
static const struct step takes_all[] = {
	CHOOSE(0,
	       1 | HIGH(ACCESS_PLATFORM) | HIGH(RING_PACKED) | HIGH(ORDER_PLATFORM) |
		       HIGH(NOTIF_CONFIG_DATA),
	       0,
	       1 | HIGH(ACCESS_PLATFORM) | HIGH(RING_PACKED) | HIGH(ORDER_PLATFORM) |
		       HIGH(NOTIF_CONFIG_DATA)),
	END
};
#define ALL                                                                \
	(VS_BIT(VIRTIO_F_ACCESS_PLATFORM) | VS_BIT(VIRTIO_F_RING_PACKED) | \
	 VS_BIT(VIRTIO_F_ORDER_PLATFORM) | VS_BIT(VIRTIO_F_NOTIF_CONFIG_DATA))

#define ELEMENT(where, bits)                                                 \
	EVENT(DESCRIPTOR, .offset = (where), .length = 16, .width = (bits)), \
		EVENT(AVAILABLE, .length = 1)
static const struct step mapped[] = { PLAY(takes_all), ELEMENT(0x1000, 0), END };
static const struct step unmapped[] = { PLAY(takes_all), ELEMENT(0x1000, VS_DESCRIPTOR_NO_MEMORY),
					END };
static const struct step memory[] = { PLAY(step_live), ELEMENT(0x1000, 0), END };
static const struct step no_memory[] = { PLAY(step_live), ELEMENT(0x1000, VS_DESCRIPTOR_NO_MEMORY),
					 END };
static const struct step packed_ring[] = {
	CHOOSE(0, 1 | HIGH(RING_PACKED), 0, 1 | HIGH(RING_PACKED)),
	EVENT(QUEUE, .index = 8, .flags = VS_QUEUE_DESC_MEMORY), END
};

#define EXT(id, next) ((id) | 1u << 16 | (uint32_t)(next) << 20)
static const struct step no_capability[] = { CONFIG_READ(0x100, 4, EXT(1, 0x140)),
					     CONFIG_READ(0x140, 4, EXT(3, 0)), END };
static const struct step capability[] = { CONFIG_READ(0x100, 4, EXT(1, 0x140)),
					  CONFIG_READ(0x140, 4, EXT(PCI_EXT_CAP_ID_SRIOV, 0)),
					  END };
static const struct step takes_sriov[] = { CHOOSE(0, 1 | HIGH(SR_IOV), 0, 1 | HIGH(SR_IOV)), END };
static const struct step leaves_sriov[] = { CHOOSE(0, 1 | HIGH(SR_IOV), 0, 1), END };
static const struct step without[] = { PLAY(no_capability), PLAY(takes_sriov), END };
static const struct step declined[] = { PLAY(no_capability), PLAY(leaves_sriov), END };
static const struct step with[] = { PLAY(capability), PLAY(takes_sriov), END };
static const struct step enables[] = { PLAY(with), PLAY(step_reset), CONFIG_WRITE(0x148, 2, 1),
				       END };
static const struct step too_early[] = { PLAY(capability), CONFIG_WRITE(0x148, 2, 1), END };

static const struct play reserved[] = {
	{ "VERSION_1", step_features, .keeps = VERSION_1 },
	{ "VERSION_1 declined", declines, .breaks = VERSION_1 },
	{ "no VERSION_1", no_version, .idle = VERSION_1, .without_version_1 = true },
	{ "ACCESS_PLATFORM", takes_all, .keeps = PLATFORM, .offered = ALL },
	{ "RING_PACKED", takes_all, .keeps = PACKED, .offered = ALL },
	{ "ORDER_PLATFORM", takes_all, .keeps = ORDER, .offered = ALL },
	{ "NOTIF_CONFIG_DATA", takes_all, .keeps = DATA, .offered = ALL },
	{ "no ACCESS_PLATFORM", step_features, .breaks = PLATFORM,
	  .offered = VS_BIT(VIRTIO_F_ACCESS_PLATFORM) },
	{ "no RING_PACKED", step_features, .breaks = PACKED,
	  .offered = VS_BIT(VIRTIO_F_RING_PACKED) },
	{ "no ORDER_PLATFORM", step_features, .breaks = ORDER,
	  .offered = VS_BIT(VIRTIO_F_ORDER_PLATFORM) },
	{ "no NOTIF_CONFIG_DATA", step_features, .breaks = DATA,
	  .offered = VS_BIT(VIRTIO_F_NOTIF_CONFIG_DATA) },
	{ "not offered", step_features, .idle = PACKED },

	{ "memory behind the IOMMU", mapped, .keeps = IOMMU, .offered = ALL },
	{ "nothing behind the IOMMU", unmapped, .breaks = IOMMU, .offered = ALL },
	{ "no IOMMU", no_memory, .idle = IOMMU, .breaks = PHYSICAL },
	{ "memory", memory, .keeps = PHYSICAL },
	{ "no memory", no_memory, .breaks = PHYSICAL },
	{ "a packed ring beside it", packed_ring, .breaks = PHYSICAL,
	  .offered = VS_BIT(VIRTIO_F_RING_PACKED) },
	{ "behind an IOMMU", unmapped, .idle = PHYSICAL, .breaks = IOMMU, .offered = ALL },

	{ "SR_IOV with its capability", with, .idle = SR_IOV, .offered = VS_BIT(VIRTIO_F_SR_IOV) },
	{ "SR_IOV without", without, .breaks = SR_IOV, .offered = VS_BIT(VIRTIO_F_SR_IOV) },
	{ "SR_IOV left alone", declined, .keeps = SR_IOV, .offered = VS_BIT(VIRTIO_F_SR_IOV) },
	{ "functions enabled", enables, .keeps = ENABLES, .offered = VS_BIT(VIRTIO_F_SR_IOV) },
	{ "functions enabled too early", too_early, .breaks = ENABLES },
	{ "no functions", with, .idle = ENABLES, .offered = VS_BIT(VIRTIO_F_SR_IOV) },
};

static void feature_bits(void **state)
{
	(void)state;
	play_all(features, ROWS(features));
}

static void reserved_bits(void **state)
{
	(void)state;
	play_all(reserved, ROWS(reserved));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(feature_bits),
					    cmocka_unit_test(reserved_bits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
