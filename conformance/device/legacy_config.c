/* SPDX-License-Identifier: BSD-3-Clause */
/* Device configuration behind the legacy header: where it is, in which byte order, and that it may
 * be written early (2.5, 3.1.2, 4.1.4.10). */
#include <string.h>

#include "device/config_image.h"
#include "spec/feature_table.h"
#include "spec/legacy.h"

static void need_config(struct vs_ctx *t)
{
	if (!t->s->device)
		vs_block(t, VS_RULE_LEGACY_HEADER_LAYOUT, "BAR 0 has no room behind the header");
}

struct bytes {
	uint8_t at[VS_IMAGE_COMPARED];
	unsigned count;
};

/* Where it is with MSI-X turned on, or off. */
static struct bytes take(struct vs_ctx *t, bool msix)
{
	struct bytes bytes = { .count = 0 };

	if (t->s->fn->msix_pos)
		vs_msix_set_control(t->s,
				    msix ? PCI_MSIX_CONTROL_ENABLE | PCI_MSIX_CONTROL_MASK : 0);
	need_config(t);
	bytes.count = vs_image_end(t);
	for (unsigned i = 0; i < bytes.count; i++)
		bytes.at[i] = (uint8_t)vs_cap_read(t->s, t->s->device, i, 1);
	return bytes;
}

static bool same(const struct bytes *a, const struct bytes *b)
{
	return a->count == b->count && memcmp(a->at, b->at, a->count) == 0;
}

static bool is_blank(const struct bytes *bytes)
{
	for (unsigned i = 0; i < bytes->count; i++)
		if (bytes->at[i])
			return false;
	return true;
}

static void expect_same(struct vs_ctx *t, const struct bytes *first, const struct bytes *now,
			const char *when, unsigned offset)
{
	vs_where(t, "%s", when);
	vs_expect(t, same(first, now), "the same configuration as at 20 before",
		  "at %u: %02x %02x %02x %02x, before: %02x %02x %02x %02x", offset, now->at[0],
		  now->at[1], now->at[2], now->at[3], first->at[0], first->at[1], first->at[2],
		  first->at[3]);
}

static void legacy_config_moves(struct vs_ctx *t)
{
	struct bytes off, on;

	off = take(t, false);
	on = take(t, true);
	if (is_blank(&off) && is_blank(&on))
		vs_skip(t, "its configuration is all zeroes");
	expect_same(t, &off, &on, "MSI-X enabled", VIRTIO_LEGACY_CONFIG(true));
	on = take(t, false);
	expect_same(t, &off, &on, "MSI-X enabled and disabled again", VIRTIO_LEGACY_CONFIG(false));
}
VS_DEVICE_CHECK(legacy_config_moves, .rules = VS_RULES(LEGACY_CONFIG_OFFSET),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_MSIX,
		.breaks = VS_BREAKS(DRIVER_CONFIG_OPTIONAL_FIELDS_GUARDED));

/* A value as its bytes say it in one order and in the other. */
struct reading {
	uint64_t native, other;
};

static struct reading read_both(struct vs_ctx *t, const struct vs_element_at *at)
{
	unsigned width = at->field->width;
	struct reading reading;
	uint8_t bytes[8];
	/* The exception of 5.5.4. */
	bool big = vs_big_endian(t->s) && t->s->fn->type != VIRTIO_ID_BALLOON;

	vs_store_le(bytes, width, vs_element_read(t, at));
	reading.native = big ? vs_load_be(bytes, width) : vs_load_le(bytes, width);
	reading.other = big ? vs_load_le(bytes, width) : vs_load_be(bytes, width);
	return reading;
}

static void proceed_in(struct vs_ctx *t, enum vs_view view)
{
	vs_session_renew(t->s, (struct vs_setup){ 0 });
	t->s->view = view;
	vs_proceed(t, VS_STAGE_FEATURES);
}

/*
 * The same fields through the modern interface, which is always little-endian, as far as both have
 * them. A modern driver reads them: some devices mistake others for legacy ones.
 */
static void read_modern(struct vs_ctx *t, struct vs_image *image)
{
	const struct vs_features offered = t->s->offered;

	proceed_in(t, VS_VIEW_MODERN);
	t->s->offered = offered;
	vs_for_each_element(t, at)
		image->value[at.offset] = vs_element_read(t, &at);
	proceed_in(t, VS_VIEW_LEGACY);
}

static bool believable(const struct vs_config_field *field, uint64_t value)
{
	return value >= field->least && value <= field->most;
}

/* By what the modern interface says, or else by what such a field can be. */
static bool judge_order(struct vs_ctx *t, const struct vs_element_at *at,
			const struct vs_image *modern)
{
	struct reading is = read_both(t, at);
	bool native, other;

	if (is.native == is.other || (!modern && !at->field->most))
		return false;
	if (modern) {
		native = is.native == modern->value[at->offset];
		other = is.other == modern->value[at->offset];
	} else {
		native = believable(at->field, is.native);
		other = believable(at->field, is.other);
	}
	if (!native && !other)
		vs_block(t, VS_RULE_LEGACY_CONFIG_OFFSET,
			 "%s is neither %#" PRIx64 " nor %#" PRIx64, at->field->name, is.native,
			 is.other);
	vs_where_element(t, at, "");
	vs_expect(t, native, "a field in the byte order of the guest",
		  "%#" PRIx64 ", and in the other order %#" PRIx64, is.native, is.other);
	return true;
}

static void legacy_config_order(struct vs_ctx *t)
{
	const struct vs_cap *cap = vs_caps_first(&t->s->fn->caps, VIRTIO_PCI_CAP_DEVICE_CFG, 1);
	struct vs_image modern = { .torn = false };
	bool judged = false;

	need_config(t);
	if (cap)
		read_modern(t, &modern);
	vs_for_each_element(t, at) {
		if (at.field->width > 1 && (!cap || at.offset + at.field->width <= cap->length))
			judged |= judge_order(t, &at, cap ? &modern : NULL);
	}
	if (!judged)
		vs_skip(t, "no field of its configuration tells one order from the other");
}
VS_DEVICE_CHECK(legacy_config_order, .rules = VS_RULES(LEGACY_CONFIG_NATIVE_ENDIAN),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_LEGACY_ONE_INTERFACE, DRIVER_LEGACY_CONFIG_READ_TWICE));

/* Fields that a legacy driver may write, with the feature that lets it, and what to flip in each
 * byte. An address stays one that nobody else has. */
static const struct early {
	uint16_t type;
	uint8_t feature;
	uint8_t offset, size, flip;
	const char *name;
} early_fields[] = {
	{ VIRTIO_ID_NET, 5, 0, 6, 0x04, "mac" },
	{ VIRTIO_ID_BLOCK, 11, 32, 1, 0x01, "writeback" },
	{ VIRTIO_ID_BALLOON, VS_FEATURE_NO_NEED, 4, 4, 0x01, "actual" },
};

static const struct early *find_early(struct vs_ctx *t)
{
	for (unsigned i = 0; i < sizeof(early_fields) / sizeof(early_fields[0]); i++)
		if (early_fields[i].type == t->s->fn->type)
			return &early_fields[i];
	vs_skip(t, "its configuration has no field that reads as it was written");
}

static uint64_t read_bytes(struct vs_ctx *t, const struct early *field)
{
	uint8_t bytes[8] = { 0 };

	for (unsigned i = 0; i < field->size; i++)
		bytes[i] = (uint8_t)vs_cap_read(t->s, t->s->device, field->offset + i, 1);
	return vs_load_le(bytes, sizeof(bytes));
}

static void write_bytes(struct vs_ctx *t, const struct early *field, uint64_t value)
{
	for (unsigned i = 0; i < field->size; i++)
		vs_cap_write(t->s, t->s->device, field->offset + i, 1, value >> 8 * i & UINT8_MAX);
}

static void legacy_config_early(struct vs_ctx *t)
{
	const struct early *field = find_early(t);
	struct vs_session *s = t->s;
	uint64_t before, wanted, after, flip = 0;
	uint32_t bits = 0;

	if (field->feature != VS_FEATURE_NO_NEED) {
		bits = (uint32_t)VS_BIT(field->feature);
		if (!vs_offers(t, field->feature))
			vs_skip(t, "the feature that makes %s writable is not offered",
				field->name);
	}
	vs_start_over(t, VS_STAGE_COMMON, (struct vs_setup){ 0 });
	need_config(t);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	for (unsigned i = 0; i < field->size; i++)
		flip |= (uint64_t)field->flip << 8 * i;
	before = read_bytes(t, field);
	wanted = before ^ flip;
	write_bytes(t, field, wanted);
	bits &= vs_offered_window(s, 0);
	vs_accept_window(s, 0, bits);
	after = read_bytes(t, field);
	write_bytes(t, field, before);
	vs_where(t, "%s, written before the features were read", field->name);
	vs_expect(t, after == wanted, "what was written",
		  "%#" PRIx64 ", written was %#" PRIx64 ", before that it was %#" PRIx64, after,
		  wanted, before);
}
VS_DEVICE_CHECK(legacy_config_early, .rules = VS_RULES(LEGACY_CONFIG_WRITTEN_EARLY),
		.stage = VS_STAGE_FEATURES, .breaks = VS_BREAKS(DRIVER_LEGACY_CONFIG_READ_TWICE));
