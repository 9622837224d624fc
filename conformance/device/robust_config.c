/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: the device-specific structure, its ends, its bytes, and whether it should be there.
 */
#include "device/config_image.h"
#include "spec/feature_table.h"

/* What begins inside the BAR and reaches [at, at + width), for both directions. */
static void touch(struct vs_ctx *t, uint64_t at, unsigned width)
{
	struct vs_session *s = t->s;

	if (at + width > vs_cap_room(s, s->device))
		return;
	vs_cap_read(s, s->device, at, width);
	vs_cap_write(s, s->device, at, width, UINT64_MAX);
}

static void config_past_end(struct vs_ctx *t)
{
	uint64_t end = t->s->device->length;

	if (t->s->device->bar >= PCI_BAR_COUNT)
		vs_skip(t, "it lies in configuration space, and others behind it");
	for (unsigned width = 1; width <= 8; width *= 2) {
		for (unsigned before = width - 1; before > 0 && before <= end; before--)
			touch(t, end - before, width);
		touch(t, end, width);
		touch(t, end + 4, width);
	}
	vs_expect_recovery(t, "accesses at and across the end of the device configuration");
}
VS_DEVICE_CHECK(config_past_end, .rules = VS_RULES(ROBUST_CONFIG_ACCESS_PAST_END),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_DEVICE,
		.breaks = VS_BREAKS(DRIVER_PCI_LAYOUT_NATURAL_WIDTH,
				    DRIVER_CONFIG_OPTIONAL_FIELDS_GUARDED));

static uint32_t by_bytes(struct vs_ctx *t, unsigned offset, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint32_t)vs_cap_read(t->s, t->s->device, offset + i, 1) << (8 * i);
	return value;
}

/* A field that changes under way is looked at a second time. */
static void config_widths(struct vs_ctx *t)
{
	unsigned end = vs_image_end(t);

	for (unsigned width = 2; width <= 4; width *= 2) {
		for (unsigned offset = 0; offset + width <= end; offset += width) {
			uint32_t wide = 0, bytes = 1;

			for (unsigned i = 0; i < 2 && wide != bytes; i++) {
				wide = (uint32_t)vs_cap_read(t->s, t->s->device, offset, width);
				bytes = by_bytes(t, offset, width);
			}
			vs_where(t, "device configuration, offset %u", offset);
			vs_expect(t, wide == bytes, "the same bytes at every width",
				  "%#" PRIx32 " by %u bytes, %#" PRIx32 " byte by byte", wide,
				  width, bytes);
		}
	}
	if (end < 2)
		vs_skip(t, "all of its configuration is one byte");
}
VS_DEVICE_CHECK(config_widths, .rules = VS_RULES(ROBUST_CONFIG_READ_WIDTHS),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_DEVICE,
		.breaks = VS_BREAKS(DRIVER_PCI_LAYOUT_NATURAL_WIDTH,
				    DRIVER_CONFIG_GENERATION_CHECKED,
				    DRIVER_CONFIG_OPTIONAL_FIELDS_GUARDED));

static void legacy_config_widths(struct vs_ctx *t)
{
	if (!t->s->device)
		vs_block(t, VS_RULE_LEGACY_HEADER_LAYOUT, "BAR 0 has no room behind the header");
	config_widths(t);
}
VS_DEVICE_CHECK(legacy_config_widths, .rules = VS_RULES(LEGACY_CONFIG_ANY_WIDTH),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_CONFIG_OPTIONAL_FIELDS_GUARDED,
				    DRIVER_LEGACY_CONFIG_READ_TWICE));

static void config_written(struct vs_ctx *t)
{
	bool judged = false;

	vs_for_each_element(t, at) {
		uint64_t before, after;

		if (at.field->writable)
			continue;
		judged = true;
		before = vs_element_read(t, &at);
		vs_element_write(t, &at, ~before);
		after = vs_element_read(t, &at);
		if (after != before)
			vs_element_write(t, &at, before);
		vs_where_element(t, &at, "");
		vs_expect(t, after == before, "a field that does not change when written",
			  "%#" PRIx64 " became %#" PRIx64, before, after);
	}
	if (!judged)
		vs_skip(t, "a driver may write every field that exists");
}
VS_DEVICE_CHECK(config_written, .rules = VS_RULES(ROBUST_CONFIG_WRITTEN),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_DEVICE,
		.breaks = VS_BREAKS(DRIVER_CONFIG_GENERATION_CHECKED));

/* Of the window the driver writes the length; vendor data is the vendor's. */
static void no_empty_structure(struct vs_ctx *t)
{
	const struct vs_caps *caps = &t->s->fn->caps;

	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];

		if (cap->id != PCI_CAP_ID_VNDR || !vs_cap_min_len(cap->cfg_type) ||
		    cap->cfg_type == VIRTIO_PCI_CAP_PCI_CFG ||
		    cap->cfg_type == VIRTIO_PCI_CAP_VENDOR_CFG)
			continue;
		vs_where(t, "capability at %#x, cfg_type %u", cap->pos, cap->cfg_type);
		vs_expect(t, cap->length != 0, "a structure of some length", "length 0");
	}
}
VS_DEVICE_CHECK(no_empty_structure, .rules = VS_RULES(ROBUST_NO_EMPTY_STRUCTURE),
		.stage = VS_STAGE_CAPS);

/* Nothing says what such a structure holds: it only has to take being looked at. */
static void baseless_config(struct vs_ctx *t)
{
	const struct vs_device_type *type = vs_device_type_find(t->s->fn->type);
	const struct vs_cap *cap = t->s->device;

	if (!type || !type->described)
		vs_skip(t, "whether device type %u has a configuration structure is not known",
			t->s->fn->type);
	if (type->has_config)
		vs_skip(t, "its device type has a configuration structure");
	if (!cap || cap->length < 4)
		vs_skip(t, "the device presents no device-specific structure");
	touch(t, 0, 4);
	touch(t, cap->length / 2, 1);
	touch(t, cap->length - 4, 4);
	vs_expect_recovery(t, "accesses to a configuration that its device type does not have");
}
VS_DEVICE_CHECK(baseless_config, .rules = VS_RULES(ROBUST_BASELESS_CONFIG_HARMLESS),
		.stage = VS_STAGE_FEATURES);
