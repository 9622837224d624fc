/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4 Virtio Structure PCI Capabilities, and what all structures have in common. */
#include "engine/check.h"

static const char *why_unreachable(const struct vs_cap *cap)
{
	if (cap->odd & VS_CAP_BAR_RESERVED)
		return "there is no such BAR";
	if (cap->odd & VS_CAP_BAR_ABSENT)
		return "the function does not implement it";
	if (cap->odd & VS_CAP_OUTSIDE)
		return "past its end";
	return "the capability is malformed";
}

/* A structure that is presented has to be where a driver can reach it, by one capability at least.
 */
static void expect_reachable(struct vs_ctx *t, uint8_t type, const char *what)
{
	const struct vs_caps *caps = &t->s->fn->caps;
	const struct vs_cap *cap = vs_caps_any(caps, type);

	if (!cap)
		return; /* whether it has to be there, other rules say */
	vs_where(t, "%s capability at %#x", what, cap->pos);
	vs_expect(t, vs_caps_first(caps, type, 0) != NULL, "a place inside a BAR that exists",
		  "BAR %u, offset %#" PRIx64 ", length %#" PRIx64 ": %s", cap->bar, cap->offset,
		  cap->length, why_unreachable(cap));
}

static void structures_inside_bars(struct vs_ctx *t)
{
	vs_need_structure(t, VIRTIO_PCI_CAP_COMMON_CFG, VS_RULE_PCI_COMMON_PRESENT);
	expect_reachable(t, VIRTIO_PCI_CAP_COMMON_CFG, "common configuration");
	expect_reachable(t, VIRTIO_PCI_CAP_NOTIFY_CFG, "notification");
	expect_reachable(t, VIRTIO_PCI_CAP_ISR_CFG, "ISR");
	expect_reachable(t, VIRTIO_PCI_CAP_DEVICE_CFG, "device-specific");
}
VS_DEVICE_CHECK(structures_inside_bars, .rules = VS_RULES(PCI_CAP_INSIDE_BAR),
		.stage = VS_STAGE_CAPS);

/* The bytes of a capability end where cap_len says: no other may begin before that (4.1.4.2). */
static const struct vs_cap *begins_inside(const struct vs_caps *caps, const struct vs_cap *cap,
					  unsigned len)
{
	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *other = &caps->list[i];

		if (other->pos > cap->pos && other->pos < cap->pos + len)
			return other;
	}
	return NULL;
}

static void cap_len(struct vs_ctx *t)
{
	const struct vs_caps *caps = &t->s->fn->caps;

	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];
		unsigned least = vs_cap_min_len(cap->cfg_type);
		const struct vs_cap *inside;

		if (cap->id != PCI_CAP_ID_VNDR || least == 0)
			continue;
		vs_where(t, "capability at %#x, cfg_type %u", cap->pos, cap->cfg_type);
		vs_expect(t, cap->cap_len >= least, "cap_len that covers the fields of its type",
			  "%u, its fields take %u", cap->cap_len, least);
		inside = begins_inside(caps, cap, cap->cap_len > least ? cap->cap_len : least);
		vs_expect(t, !inside, "nothing else inside it",
			  "a capability begins at %#x, cap_len is %u", inside ? inside->pos : 0,
			  cap->cap_len);
	}
}
VS_DEVICE_CHECK(cap_len, .rules = VS_RULES(PCI_CAP_LENGTH_COVERS_EXTRA), .stage = VS_STAGE_CAPS);

/* Writes the complement of every dword of the capability; what comes back has to be the old. */
static void expect_read_only(struct vs_ctx *t, const struct vs_cap *cap)
{
	unsigned len = vs_cap_min_len(cap->cfg_type);

	for (unsigned i = 0; i < len && cap->pos + i + 4 <= PCI_CONFIG_SIZE; i += 4) {
		uint32_t before = vs_config_read(t->s, cap->pos + i, 4), after;

		vs_config_write(t->s, cap->pos + i, 4, ~before);
		after = vs_config_read(t->s, cap->pos + i, 4);
		if (after != before)
			vs_config_write(t->s, cap->pos + i, 4, before);
		vs_where(t, "capability at %#x, cfg_type %u", cap->pos, cap->cfg_type);
		vs_expect(t, after == before, "bytes that do not change when written",
			  "offset %u: %#010" PRIx32 " became %#010" PRIx32, i, before, after);
	}
}

/* The access window is there to be written; vendor data is the vendor's (4.1.4.8). */
static void caps_read_only(struct vs_ctx *t)
{
	const struct vs_caps *caps = &t->s->fn->caps;

	for (unsigned i = 0; i < caps->count; i++) {
		const struct vs_cap *cap = &caps->list[i];

		if (cap->id == PCI_CAP_ID_VNDR && cap->cfg_type != VIRTIO_PCI_CAP_PCI_CFG &&
		    cap->cfg_type != VIRTIO_PCI_CAP_VENDOR_CFG && vs_cap_min_len(cap->cfg_type))
			expect_read_only(t, cap);
	}
}
VS_DEVICE_CHECK(caps_read_only, .rules = VS_RULES(PCI_CAP_READ_ONLY), .stage = VS_STAGE_CAPS,
		.breaks = VS_BREAKS(DRIVER_PCI_CAP_NOT_WRITTEN));

/* 4.1.4.6: the device-specific structure. */
static void device_config_present(struct vs_ctx *t)
{
	vs_expect(t, vs_caps_any(&t->s->fn->caps, VIRTIO_PCI_CAP_DEVICE_CFG) != NULL,
		  "a device-specific configuration capability", "device type %u has none",
		  t->s->fn->type);
}
VS_DEVICE_CHECK(device_config_present, .rules = VS_RULES(PCI_DEVICE_CONFIG_PRESENT),
		.stage = VS_STAGE_CAPS);

static void expect_aligned(struct vs_ctx *t, uint8_t type, unsigned align, int present)
{
	const struct vs_cap *cap;

	vs_need_structure(t, type, present);
	vs_for_each_cap(cap, &t->s->fn->caps, type) {
		vs_where(t, "capability at %#x", cap->pos);
		vs_expect(t, cap->offset % align == 0, "an offset that is a multiple of 4",
			  "%#" PRIx64, cap->offset);
	}
}

static void device_config_aligned(struct vs_ctx *t)
{
	expect_aligned(t, VIRTIO_PCI_CAP_DEVICE_CFG, 4, VS_RULE_PCI_DEVICE_CONFIG_PRESENT);
}
VS_DEVICE_CHECK(device_config_aligned, .rules = VS_RULES(PCI_DEVICE_CONFIG_OFFSET_ALIGNED),
		.stage = VS_STAGE_CAPS);

static void common_aligned(struct vs_ctx *t)
{
	expect_aligned(t, VIRTIO_PCI_CAP_COMMON_CFG, 4, VS_RULE_PCI_COMMON_PRESENT);
}
VS_DEVICE_CHECK(common_aligned, .rules = VS_RULES(PCI_COMMON_OFFSET_ALIGNED),
		.stage = VS_STAGE_CAPS);
