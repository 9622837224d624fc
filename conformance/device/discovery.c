/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.2 PCI Device Discovery: what the function calls itself. */
#include "engine/check.h"

static void vendor_id(struct vs_ctx *t)
{
	vs_expect(t, t->s->fn->vendor == VIRTIO_PCI_VENDOR, "0x1af4", "%#x", t->s->fn->vendor);
}
VS_DEVICE_CHECK(vendor_id, .rules = VS_RULES(PCI_DISCOVERY_VENDOR_ID), .stage = VS_STAGE_FUNCTION);

static void device_id(struct vs_ctx *t)
{
	vs_expect(t, t->s->fn->type != 0,
		  "0x1040 plus a device type, or a transitional identifier of the table", "%#x",
		  t->s->fn->device);
}
VS_DEVICE_CHECK(device_id, .rules = VS_RULES(PCI_DISCOVERY_DEVICE_ID), .stage = VS_STAGE_FUNCTION);

static void non_transitional_device_id(struct vs_ctx *t)
{
	uint16_t id = t->s->fn->device;

	vs_expect(t, id >= VIRTIO_PCI_DEVICE_MODERN && id <= VIRTIO_PCI_DEVICE_LAST,
		  "0x1040 to 0x107f", "%#x", id);
}
VS_DEVICE_CHECK(non_transitional_device_id,
		.rules = VS_RULES(PCI_DISCOVERY_NON_TRANSITIONAL_DEVICE_ID),
		.stage = VS_STAGE_FUNCTION);

static void non_transitional_revision(struct vs_ctx *t)
{
	vs_expect(t, t->s->fn->revision >= 1, "1 or more", "%u", t->s->fn->revision);
}
VS_DEVICE_CHECK(non_transitional_revision,
		.rules = VS_RULES(PCI_DISCOVERY_NON_TRANSITIONAL_REVISION),
		.stage = VS_STAGE_FUNCTION);

static void non_transitional_subsystem_id(struct vs_ctx *t)
{
	vs_expect(t, t->s->fn->subsystem >= 0x40, "0x40 or more", "%#x", t->s->fn->subsystem);
}
VS_DEVICE_CHECK(non_transitional_subsystem_id,
		.rules = VS_RULES(PCI_DISCOVERY_NON_TRANSITIONAL_SUBSYSTEM_ID),
		.stage = VS_STAGE_FUNCTION);

/* 4.1.2.3: a transitional device has to look to legacy drivers as they know it. */
static void transitional_revision(struct vs_ctx *t)
{
	vs_expect(t, t->s->fn->revision == 0, "0", "%u", t->s->fn->revision);
}
VS_DEVICE_CHECK(transitional_revision, .rules = VS_RULES(LEGACY_REVISION_ZERO),
		.stage = VS_STAGE_FUNCTION);

static void transitional_subsystem_id(struct vs_ctx *t)
{
	vs_expect(t, t->s->fn->subsystem == t->s->fn->type, "the device type",
		  "%#x for device type %u", t->s->fn->subsystem, t->s->fn->type);
}
VS_DEVICE_CHECK(transitional_subsystem_id, .rules = VS_RULES(LEGACY_SUBSYSTEM_ID),
		.stage = VS_STAGE_FUNCTION);

static void transitional_device_id(struct vs_ctx *t)
{
	uint16_t id = t->s->fn->device;

	vs_expect(t, id >= VIRTIO_PCI_DEVICE_FIRST && id < VIRTIO_PCI_DEVICE_MODERN,
		  "0x1000 to 0x103f", "%#x, and a legacy header answers in BAR 0", id);
}
VS_DEVICE_CHECK(transitional_device_id, .rules = VS_RULES(LEGACY_DEVICE_ID_RANGE),
		.stage = VS_STAGE_FUNCTION);

static void transitional_io_bar(struct vs_ctx *t)
{
	const struct vs_bar *bar = &t->s->bus->bars[0];

	vs_expect(t, bar->size && bar->io, "an I/O BAR", "%s",
		  bar->size ? "BAR 0 is in memory space" : "BAR 0 is not implemented");
}
VS_DEVICE_CHECK(transitional_io_bar, .rules = VS_RULES(LEGACY_IO_BAR_ZERO),
		.stage = VS_STAGE_FUNCTION);
