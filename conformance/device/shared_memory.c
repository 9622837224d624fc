/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.10 Shared Memory Regions, 4.1.4.7 Shared memory capability. */
#include "engine/check.h"

static void name_region(struct vs_ctx *t, const struct vs_cap *cap)
{
	vs_where(t, "shared memory capability at %#x, id %u", cap->pos, cap->structure_id);
}

/* The parser takes offset and length with their upper halves, and compares without wrapping. */
static void shared_memory_inside_bar(struct vs_ctx *t)
{
	const struct vs_cap *cap;

	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG) {
		bool exists = !(cap->odd & (VS_CAP_BAR_RESERVED | VS_CAP_BAR_ABSENT));

		name_region(t, cap);
		vs_expect(t, exists, "a BAR that the function implements", "BAR %u", cap->bar);
		vs_expect(t, !(cap->odd & VS_CAP_OUTSIDE), "a region inside its BAR",
			  "offset %#" PRIx64 ", length %#" PRIx64 ", BAR %u has %#" PRIx64 " bytes",
			  cap->offset, cap->length, cap->bar,
			  exists ? vs_cap_room(t->s, cap) + cap->offset : 0);
	}
}
VS_DEVICE_CHECK(shared_memory_inside_bar, .rules = VS_RULES(PCI_SHARED_MEMORY_INSIDE_BAR),
		.stage = VS_STAGE_CAPS);

static void shared_memory_ids(struct vs_ctx *t)
{
	const struct vs_cap *first[UINT8_MAX + 1] = { NULL };
	const struct vs_cap *cap;

	vs_for_each_cap(cap, &t->s->fn->caps, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG) {
		const struct vs_cap *other = first[cap->structure_id];

		name_region(t, cap);
		vs_expect(t, !other, "an id of its own", "the one at %#x has it too",
			  other ? other->pos : 0);
		first[cap->structure_id] = cap;
	}
}
VS_DEVICE_CHECK(shared_memory_ids, .rules = VS_RULES(PCI_SHARED_MEMORY_ID_UNIQUE),
		.stage = VS_STAGE_CAPS);

/* [offset, offset + length) of a BAR. */
struct extent {
	const char *what;
	unsigned bar;
	uint64_t offset, length;
};

static void expect_apart(struct vs_ctx *t, const struct vs_cap *region, const struct extent *e)
{
	bool overlaps = region->bar == e->bar && region->length && e->length &&
			(region->offset < e->offset ? e->offset - region->offset < region->length
						    : region->offset - e->offset < e->length);

	name_region(t, region);
	vs_expect(t, !overlaps, "nothing that steers the device in it",
		  "%s at %#" PRIx64 ", %#" PRIx64 " bytes; the region is at %#" PRIx64 ", %#" PRIx64
		  " bytes, of the same BAR %u",
		  e->what, e->offset, e->length, region->offset, region->length, e->bar);
}

static void expect_apart_from_structures(struct vs_ctx *t, const struct vs_cap *region)
{
	static const char *const names[] = {
		[VIRTIO_PCI_CAP_COMMON_CFG] = "common configuration",
		[VIRTIO_PCI_CAP_NOTIFY_CFG] = "the notification structure",
		[VIRTIO_PCI_CAP_ISR_CFG] = "the ISR status",
		[VIRTIO_PCI_CAP_DEVICE_CFG] = "device-specific configuration",
	};

	for (uint8_t type = VIRTIO_PCI_CAP_COMMON_CFG; type <= VIRTIO_PCI_CAP_DEVICE_CFG; type++) {
		const struct vs_cap *cap;

		vs_for_each_cap(cap, &t->s->fn->caps, type)
			expect_apart(t, region,
				     &(struct extent){ names[type], cap->bar, cap->offset,
						       cap->length });
	}
}

/* The pending bits are read by 64 (PCI 3.0, 6.8.2). */
static void expect_apart_from_msix(struct vs_ctx *t, const struct vs_cap *region)
{
	const struct vs_function *fn = t->s->fn;
	uint32_t pba;

	if (fn->msix_vectors == 0)
		return;
	pba = vs_load_le32(fn->config + fn->msix_pos + PCI_MSIX_PBA);
	expect_apart(t, region,
		     &(struct extent){ "the MSI-X table", fn->msix_bar, fn->msix_table,
				       (uint64_t)fn->msix_vectors * PCI_MSIX_ENTRY_SIZE });
	expect_apart(t, region,
		     &(struct extent){ "the pending bit array", pba & PCI_MSIX_BIR_MASK,
				       pba & ~PCI_MSIX_BIR_MASK,
				       ((uint64_t)fn->msix_vectors + 63) / 64 * 8 });
}

static void shared_memory_apart(struct vs_ctx *t)
{
	const struct vs_cap *region;

	vs_for_each_cap(region, &t->s->fn->caps, VIRTIO_PCI_CAP_SHARED_MEMORY_CFG) {
		expect_apart_from_structures(t, region);
		expect_apart_from_msix(t, region);
	}
}
VS_DEVICE_CHECK(shared_memory_apart, .rules = VS_RULES(SHARED_MEMORY_NO_CONTROL_STRUCTURES),
		.stage = VS_STAGE_CAPS);
