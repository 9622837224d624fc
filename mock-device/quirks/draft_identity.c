/* SPDX-License-Identifier: BSD-3-Clause */
/* Identifiers and capabilities that the draft of 2013 does not have. */
#include <stddef.h>

#include "mock-device/quirks/quirk.h"

static void device(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->device = (uint16_t)q->value;
}
MOCK_QUIRK(draft_device_id, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, the device identifier is outside the range",
	   .breaks = MOCK_RULES(DRAFT_DEVICE_ID_RANGE), .values = "0x1042 0x0fff 0x1040",
	   .needs = "mock:blk,profile=draft-2013", .ops = { .build_identity = device });
MOCK_QUIRK(draft_device_id_any, .kind = MOCK_VARIATION,
	   .says = "in the draft of 2013, the device identifier is any of the range",
	   .values = "0x1000 0x1006 0x103f", .needs = "mock:blk,profile=draft-2013",
	   .ops = { .build_identity = device });

static void subsystem(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->subsystem = (uint16_t)q->value;
}
MOCK_QUIRK(draft_subsystem_id, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, the subsystem identifier is no device type",
	   .breaks = MOCK_RULES(DRAFT_SUBSYSTEM_ID_NAMES_TYPE), .values = "0x1100 0 0x40",
	   .needs = "mock:blk,profile=draft-2013", .ops = { .build_identity = subsystem });

static void revision(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->revision = (uint8_t)q->value;
}
MOCK_QUIRK(draft_revision, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, the revision is another than 0 and 1",
	   .breaks = MOCK_RULES(DRAFT_REVISION_KNOWN, DRAFT_NON_TRANSITIONAL_REVISION),
	   .drivers = MOCK_DRIVER_REFUSES,
	   .tries = MOCK_RULES(DRIVER_DRAFT_REVISION_OTHERS_REFUSED), .values = "2 255",
	   .needs = "mock:blk,profile=draft-2013", .ops = { .build_identity = revision });
MOCK_QUIRK(draft_transitional_revision, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, a transitional device has the revision of another",
	   .breaks = MOCK_RULES(LEGACY_REVISION_ZERO), .values = "1",
	   .needs = "mock:blk,interface=transitional,profile=draft-2013",
	   .ops = { .build_identity = revision });
MOCK_QUIRK(draft_legacy_structure_missing, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, the revision of a transitional device without legacy "
		   "registers",
	   .breaks = MOCK_RULES(DRAFT_LEGACY_STRUCTURE), .values = "0",
	   .needs = "mock:blk,profile=draft-2013", .ops = { .build_identity = revision });

/* One more capability, behind those that a driver uses. */
static void another_type(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap cap = { .id = PCI_CAP_ID_VNDR, .offset = MOCK_AUTO, .length = MOCK_AUTO };

	mock_op_build_caps(q->below, caps);
	cap.type = (uint8_t)q->value;
	mock_caps_insert(caps, caps->count, &cap);
}
MOCK_QUIRK(draft_structure_type, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, a virtio capability has a type that came later, or none",
	   .breaks = MOCK_RULES(DRAFT_STRUCTURE_TYPES), .values = "5 0 6 8 255",
	   .needs = "mock:blk,profile=draft-2013", .ops = { .build_caps = another_type });

static void another_bar(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap cap = { .id = PCI_CAP_ID_VNDR,
				.type = VIRTIO_PCI_CAP_ISR_CFG,
				.length = 1 };

	mock_op_build_caps(q->below, caps);
	cap.bar = (uint8_t)q->value;
	mock_caps_insert(caps, caps->count, &cap);
}
MOCK_QUIRK(draft_bar, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, a virtio capability names a bar that cannot be",
	   .breaks = MOCK_RULES(DRAFT_BAR_INDEX), .values = "6 7 14 16 255",
	   .needs = "mock:blk,profile=draft-2013", .ops = { .build_caps = another_bar });

static const uint32_t config_places[] = { 0, sizeof(struct virtio_pci_cap) - 1, PCI_CONFIG_SIZE };

static void misplaced(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap cap = { .id = PCI_CAP_ID_VNDR,
				.type = VIRTIO_PCI_CAP_ISR_CFG,
				.bar = VIRTIO_PCI_CAP_BAR_IN_CONFIG,
				.length = 1 };

	mock_op_build_caps(q->below, caps);
	cap.offset = config_places[q->value];
	mock_caps_insert(caps, caps->count, &cap);
}
MOCK_QUIRK(draft_config_place, .kind = MOCK_VIOLATION,
	   .says = "a structure that is said to lie in configuration space lies in its own "
		   "capability, or outside",
	   .breaks = MOCK_RULES(DRAFT_BAR_INDEX), .values = "start length outside",
	   .needs = "mock:blk,profile=draft-2013", .ops = { .build_caps = misplaced });

static void odd_length(struct mock_layer *q, struct mock_config *config)
{
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_NOTIFY_CFG);

	mock_op_build_config(q->below, config);
	if (cap)
		vs_store_le32(config->bytes + cap->position +
				      offsetof(struct virtio_pci_cap, length),
			      (uint32_t)cap->length + 1);
}
MOCK_QUIRK(draft_notify_length_odd, .kind = MOCK_VIOLATION,
	   .says = "in the draft of 2013, the notification structure has an odd length",
	   .breaks = MOCK_RULES(DRAFT_NOTIFY_LENGTH_EVEN), .needs = "mock:blk,profile=draft-2013",
	   .ops = { .build_config = odd_length });
