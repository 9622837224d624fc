/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness of the registers: accesses of other widths, at other places and of other directions
 * than a driver makes (4.1.3.1, 4.1.4.3, 4.1.4.5). */
#include "engine/check.h"

#define STRUCTURE_END ((unsigned)sizeof(struct virtio_pci_common_cfg))
#define ISR_END       4u  /* bits 2 to 31 are reserved, so four bytes may be there (4.1.4.5) */
#define BEHIND        16u /* bytes behind a structure that are tried */

/* Whether a driver may access the common configuration like this. */
static bool is_natural(unsigned offset, unsigned width)
{
	for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++) {
		const struct vs_common_field_info *f = &vs_common_fields[i];

		if (f->width < 8 ? offset == f->offset && width == f->width
				 : (offset == f->offset || offset == f->offset + 4u) && width == 4)
			return true;
	}
	return false;
}

/* What is written is what was read: the shape of the access is the blow, not the value. */
static void common_odd_access(struct vs_ctx *t)
{
	const struct vs_cap *common = t->s->common;
	unsigned end = common->length < STRUCTURE_END ? (unsigned)common->length : STRUCTURE_END;

	for (unsigned width = 1; width <= 8; width *= 2) {
		for (unsigned offset = 0; offset + width <= end; offset++) {
			uint64_t value;

			if (is_natural(offset, width))
				continue;
			value = vs_cap_read(t->s, common, offset, width);
			vs_cap_write(t->s, common, offset, width, value);
		}
	}
	vs_expect_recovery(t, "accesses of other widths than the fields of common configuration");
}
VS_DEVICE_CHECK(common_odd_access, .rules = VS_RULES(ROBUST_COMMON_ODD_ACCESS),
		.stage = VS_STAGE_FEATURES,
		.breaks = VS_BREAKS(DRIVER_PCI_LAYOUT_NATURAL_WIDTH,
				    DRIVER_PCI_COMMON_READ_ONLY_UNTOUCHED,
				    DRIVER_PCI_COMMON_NOTIF_CONFIG_DATA_UNTOUCHED,
				    DRIVER_PCI_COMMON_QUEUE_ENABLE_NEVER_ZERO));

/* Whether [offset, offset + width) of a BAR shares a byte with a structure other than `own`. */
static bool is_taken(const struct vs_ctx *t, const struct vs_cap *own, uint64_t offset,
		     unsigned width)
{
	const struct vs_function *fn = t->s->fn;

	for (unsigned i = 0; i < fn->caps.count; i++) {
		const struct vs_cap *cap = &fn->caps.list[i];

		if (cap == own || cap->id != PCI_CAP_ID_VNDR || cap->bar != own->bar ||
		    cap->cfg_type == VIRTIO_PCI_CAP_PCI_CFG ||
		    cap->cfg_type == VIRTIO_PCI_CAP_VENDOR_CFG)
			continue;
		if (offset + width > cap->offset && offset < cap->offset + cap->length)
			return true;
	}
	/* Of a BAR with MSI-X in it, only what the other structures leave in front is tried. */
	return fn->msix_vectors && fn->msix_bar == own->bar && offset + width > fn->msix_table;
}

static unsigned strike(struct vs_ctx *t, const struct vs_cap *cap, uint64_t offset, unsigned width)
{
	uint64_t value;

	if (is_taken(t, cap, cap->offset + offset, width))
		return 0;
	value = vs_cap_read(t->s, cap, offset, width);
	vs_cap_write(t->s, cap, offset, width, value);
	return 1;
}

/* Behind `end` of a structure, and at the end of its BAR; how many accesses there was room for. */
static unsigned strike_behind(struct vs_ctx *t, const struct vs_cap *cap, uint64_t end)
{
	unsigned count = 0;
	uint64_t room;

	if (!vs_cap_usable(cap, 1) || !vs_cap_placed(t->s, cap))
		return 0;
	room = vs_cap_room(t->s, cap);
	if (cap->length < end)
		end = cap->length;
	for (unsigned width = 1; width <= 8; width *= 2) {
		for (uint64_t at = end; at < end + BEHIND && at + width <= room; at += width)
			count += strike(t, cap, at, width);
		if (room - end >= width)
			count += strike(t, cap, room - width, width);
	}
	return count;
}

/* The device-specific structure, whose true length is its type's matter, has a rule of its own. */
static void access_past_structure(struct vs_ctx *t)
{
	const struct vs_caps *caps = &t->s->fn->caps;
	const struct vs_cap *cap;
	unsigned count = 0;

	vs_for_each_cap(cap, caps, VIRTIO_PCI_CAP_COMMON_CFG)
		count += strike_behind(t, cap, STRUCTURE_END);
	vs_for_each_cap(cap, caps, VIRTIO_PCI_CAP_ISR_CFG)
		count += strike_behind(t, cap, ISR_END);
	vs_for_each_cap(cap, caps, VIRTIO_PCI_CAP_NOTIFY_CFG)
		count += strike_behind(t, cap, UINT64_MAX);
	if (count == 0)
		vs_skip(t, "every structure is followed by another, or by the end of its BAR");
	vs_expect_recovery(t, "accesses behind the ends of the structures");
}
VS_DEVICE_CHECK(access_past_structure, .rules = VS_RULES(ROBUST_ACCESS_PAST_STRUCTURE),
		.stage = VS_STAGE_LIVE);

/* On a live device, where whatever takes the write for something else has most to lose. */
static void read_only_written(struct vs_ctx *t)
{
	static const enum vs_common_field fields[] = { VS_NUM_QUEUES, VS_CONFIG_GENERATION,
						       VS_QUEUE_NOTIFY_OFF, VS_DEVICE_FEATURE };
	static const uint32_t masks[] = { UINT32_MAX, 0, 1 };
	struct vs_session *s = t->s;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++)
			vs_set(s, fields[i], masks[m]);
	if (s->isr)
		for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++)
			vs_cap_write(s, s->isr, 0, 1, masks[m] & UINT8_MAX);
	vs_settle(s);
	vs_expect_recovery(t, "writes to read-only registers");
}
VS_DEVICE_CHECK(read_only_written, .rules = VS_RULES(ROBUST_READ_ONLY_REGISTERS_WRITTEN),
		.stage = VS_STAGE_LIVE, .breaks = VS_BREAKS(DRIVER_PCI_COMMON_READ_ONLY_UNTOUCHED));
