/* SPDX-License-Identifier: BSD-3-Clause */
/* What the function calls itself (4.1.2). */
#include "mock-device/quirks/quirk.h"

static void vendor(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->vendor = (uint16_t)q->value;
}
MOCK_QUIRK(vendor_id, .kind = MOCK_VIOLATION, .says = "the vendor identifier is another vendor's",
	   .breaks = MOCK_RULES(PCI_DISCOVERY_VENDOR_ID), .values = "0x1af5 0x8086",
	   .ops = { .build_identity = vendor });

static void device(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->device = (uint16_t)q->value;
}
MOCK_QUIRK(device_id_unassigned, .kind = MOCK_VIOLATION,
	   .says = "the device identifier stands for no device type",
	   .breaks = MOCK_RULES(PCI_DISCOVERY_DEVICE_ID), .values = "0x1040",
	   .needs = "mock:blk|console|rng,interface=modern", .ops = { .build_identity = device });
MOCK_QUIRK(
	device_id_outside, .kind = MOCK_VIOLATION,
	.says = "the device identifier is outside the range of virtio, or inside it and nobody's",
	.breaks = MOCK_RULES(PCI_DISCOVERY_DEVICE_ID, PCI_DISCOVERY_NON_TRANSITIONAL_DEVICE_ID),
	.values = "0x1080 0x0fff 0x1006 0x103f", .needs = "mock:blk|console|rng,interface=modern",
	.ops = { .build_identity = device });
MOCK_QUIRK(device_id_transitional, .kind = MOCK_VIOLATION,
	   .says = "a device without legacy interface has a transitional identifier",
	   .breaks = MOCK_RULES(PCI_DISCOVERY_NON_TRANSITIONAL_DEVICE_ID), .values = "0x1001",
	   .needs = "mock:blk,interface=modern", .ops = { .build_identity = device });

static void revision(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->revision = (uint8_t)q->value;
}
MOCK_QUIRK(revision_zero, .kind = MOCK_VIOLATION,
	   .says = "a device without legacy interface has revision 0",
	   .breaks = MOCK_RULES(PCI_DISCOVERY_NON_TRANSITIONAL_REVISION), .values = "0",
	   .tries = MOCK_RULES(DRIVER_PCI_DISCOVERY_ANY_REVISION),
	   .ops = { .build_identity = revision });
MOCK_QUIRK(revision, .kind = MOCK_VARIATION, .says = "another revision", .values = "2 3 255",
	   .needs = "mock:,interface=modern",
	   .tries = MOCK_RULES(DRIVER_PCI_DISCOVERY_ANY_REVISION),
	   .ops = { .build_identity = revision });

static void subsystem(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->subsystem = (uint16_t)q->value;
}
MOCK_QUIRK(subsystem_id_low, .kind = MOCK_VIOLATION,
	   .says = "a device without legacy interface has a subsystem identifier that a legacy "
		   "driver would look for",
	   .breaks = MOCK_RULES(PCI_DISCOVERY_NON_TRANSITIONAL_SUBSYSTEM_ID), .values = "2 0 0x3f",
	   .needs = "mock:,interface=modern", .ops = { .build_identity = subsystem });

static void environment(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->subsystem_vendor = 0x1022;
	identity->subsystem = (uint16_t)q->value;
}
MOCK_QUIRK(subsystem, .kind = MOCK_VARIATION,
	   .says = "the subsystem identifiers are those of the machine around the device",
	   .values = "0x40 0x1100 0xffff", .needs = "mock:,interface=modern",
	   .tries = MOCK_RULES(DRIVER_PCI_DISCOVERY_DEVICE_ID_MATCHED),
	   .ops = { .build_identity = environment });

/*
 * A device that says it is transitional by its identifiers, and is not: what it says of itself is
 * all that these rules look at.
 */
static void transitional(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->device = 0x1001;
	identity->revision = 0;
	identity->subsystem = (uint16_t)q->value;
}
MOCK_QUIRK(legacy_interface_missing, .kind = MOCK_VIOLATION,
	   .says = "identifiers of a transitional device without a legacy interface in BAR 0",
	   .breaks = MOCK_RULES(LEGACY_IO_BAR_ZERO), .values = "2",
	   .needs = "mock:blk,interface=modern",
	   .tries = MOCK_RULES(DRIVER_PCI_DISCOVERY_TRANSITIONAL_ID_MATCHED),
	   .ops = { .build_identity = transitional });

static void new_legacy(struct mock_layer *q, struct mock_identity *identity)
{
	mock_op_build_identity(q->below, identity);
	identity->revision = (uint8_t)q->value;
}
MOCK_QUIRK(legacy_revision, .kind = MOCK_VIOLATION,
	   .says = "a transitional device whose revision is not 0",
	   .breaks = MOCK_RULES(LEGACY_REVISION_ZERO), .values = "1 2",
	   .needs = "mock:blk,interface=transitional",
	   .tries = MOCK_RULES(DRIVER_PCI_DISCOVERY_ANY_REVISION),
	   .ops = { .build_identity = new_legacy });

MOCK_QUIRK(legacy_subsystem_id, .kind = MOCK_VIOLATION,
	   .says = "a transitional device whose subsystem identifier is not its device type",
	   .breaks = MOCK_RULES(LEGACY_SUBSYSTEM_ID), .values = "1 0 0x1100",
	   .needs = "mock:blk,interface=transitional", .ops = { .build_identity = subsystem });

/* The legacy header makes it a transitional device, whatever it calls itself. */
MOCK_QUIRK(legacy_device_id, .kind = MOCK_VIOLATION,
	   .says = "a transitional device with the identifier of one without legacy interface",
	   .breaks = MOCK_RULES(LEGACY_DEVICE_ID_RANGE), .values = "0x1042",
	   .needs = "mock:blk,interface=transitional", .ops = { .build_identity = device });
