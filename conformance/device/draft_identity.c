/* SPDX-License-Identifier: BSD-3-Clause */
/* The draft of 2013: what the function calls itself, and which structures it presents where. */
#include <stddef.h>

#include "engine/check.h"
#include "spec/legacy.h"

#define TYPE_LAST (VIRTIO_PCI_DEVICE_LAST - VIRTIO_PCI_DEVICE_MODERN)

static void draft_device_id(struct vs_ctx *t)
{
	uint16_t id = t->s->fn->device;

	vs_expect(t, id >= VIRTIO_PCI_DEVICE_FIRST && id < VIRTIO_PCI_DEVICE_MODERN,
		  "0x1000 to 0x103f", "%#x", id);
}
VS_DEVICE_CHECK(draft_device_id, .rules = VS_RULES(DRAFT_DEVICE_ID_RANGE),
		.stage = VS_STAGE_FUNCTION);

/* The type is known from nowhere else: the device identifier may be any of the range. */
static void draft_subsystem_id(struct vs_ctx *t)
{
	uint16_t id = t->s->fn->subsystem;

	vs_expect(t, id >= 1 && id <= TYPE_LAST, "a device type, 1 to 63", "%#x", id);
}
VS_DEVICE_CHECK(draft_subsystem_id, .rules = VS_RULES(DRAFT_SUBSYSTEM_ID_NAMES_TYPE),
		.stage = VS_STAGE_FUNCTION);

static void draft_revision(struct vs_ctx *t)
{
	vs_expect(t, t->s->fn->revision <= 1, "0 or 1", "%u", t->s->fn->revision);
}
VS_DEVICE_CHECK(draft_revision, .rules = VS_RULES(DRAFT_REVISION_KNOWN),
		.stage = VS_STAGE_FUNCTION);

static void draft_non_transitional_revision(struct vs_ctx *t)
{
	vs_expect(t, t->s->fn->revision == 1, "1", "%u", t->s->fn->revision);
}
VS_DEVICE_CHECK(draft_non_transitional_revision, .rules = VS_RULES(DRAFT_NON_TRANSITIONAL_REVISION),
		.stage = VS_STAGE_FUNCTION);

static void draft_legacy_structure(struct vs_ctx *t)
{
	const struct vs_bar *bar = &t->s->bus->bars[VIRTIO_LEGACY_BAR];

	vs_expect(t, bar->io && bar->size >= VIRTIO_LEGACY_CONFIG(false),
		  "an I/O BAR 0 with room for the registers",
		  "revision %u says that the device is transitional; BAR 0 has %" PRIu64
		  " bytes of %s space",
		  t->s->fn->revision, bar->size, bar->io ? "I/O" : "memory");
}
VS_DEVICE_CHECK(draft_legacy_structure, .rules = VS_RULES(DRAFT_LEGACY_STRUCTURE),
		.stage = VS_STAGE_FUNCTION);

static bool is_known(const struct vs_cap *cap)
{
	return cap->cfg_type >= VIRTIO_PCI_CAP_COMMON_CFG &&
	       cap->cfg_type <= VIRTIO_PCI_CAP_DEVICE_CFG;
}

static void draft_structure_types(struct vs_ctx *t)
{
	const struct vs_caps *caps = &t->s->fn->caps;

	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];

		if (cap->id != PCI_CAP_ID_VNDR)
			continue;
		vs_where(t, "capability at %#x", cap->pos);
		vs_expect(t, is_known(cap), "cfg_type 1 to 4", "%u", cap->cfg_type);
	}
	if (!vs_caps_find(caps, PCI_CAP_ID_VNDR))
		vs_block(t, VS_RULE_PCI_COMMON_PRESENT, "there is no virtio capability");
}
VS_DEVICE_CHECK(draft_structure_types, .rules = VS_RULES(DRAFT_STRUCTURE_TYPES),
		.stage = VS_STAGE_CAPS);

static void expect_place(struct vs_ctx *t, const struct vs_cap *cap)
{
	bool in_config = cap->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG;

	vs_where(t, "capability at %#x, cfg_type %u", cap->pos, cap->cfg_type);
	vs_expect(t, in_config || cap->bar < PCI_BAR_COUNT, "a bar of 0 to 5, or 0xf", "%#x",
		  cap->bar);
	if (!in_config)
		return;
	vs_expect(t, cap->offset >= vs_cap_min_len(cap->cfg_type),
		  "a structure behind the fields of its capability",
		  "it starts %#" PRIx64 " bytes behind the capability's start, whose fields take "
		  "%u",
		  cap->offset, vs_cap_min_len(cap->cfg_type));
	vs_expect(t, !(cap->odd & VS_CAP_OUTSIDE), "a structure inside configuration space",
		  "%#" PRIx64 " bytes, %#" PRIx64 " behind the capability's start", cap->length,
		  cap->offset);
}

static void draft_bar_index(struct vs_ctx *t)
{
	const struct vs_caps *caps = &t->s->fn->caps;
	unsigned count = 0;

	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];

		if (cap->id != PCI_CAP_ID_VNDR || !is_known(cap))
			continue;
		expect_place(t, cap);
		count++;
	}
	if (count == 0)
		vs_block(t, VS_RULE_PCI_COMMON_PRESENT, "there is no capability of a structure");
}
VS_DEVICE_CHECK(draft_bar_index, .rules = VS_RULES(DRAFT_BAR_INDEX), .stage = VS_STAGE_CAPS);

static void draft_notify_length(struct vs_ctx *t)
{
	const struct vs_cap *cap;

	vs_need_structure(t, VIRTIO_PCI_CAP_NOTIFY_CFG, VS_RULE_PCI_NOTIFY_PRESENT);
	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_NOTIFY_CFG) {
		vs_where(t, "notification capability at %#x", cap->pos);
		vs_expect(t, cap->length % 2 == 0, "a length that is a multiple of 2",
			  "%" PRIu64 " bytes", cap->length);
	}
}
VS_DEVICE_CHECK(draft_notify_length, .rules = VS_RULES(DRAFT_NOTIFY_LENGTH_EVEN),
		.stage = VS_STAGE_CAPS);
