/* SPDX-License-Identifier: BSD-3-Clause */
/* Misreadings of the capability list (4.1.4), and of who the function is (4.1.2). */
#include "drivers/reference/lapses/walk.h"

/* The author knows where the structures of his device are. */
static void look_first(struct lapse_run *l, struct lapse_access *a)
{
	struct lapse_access early = { .offset = vs_common_fields[VS_NUM_QUEUES].offset,
				      .width = 2 };

	if (a->region == LAPSE_CONFIG_SPACE && !l->state[0]++)
		lapse_ordinary_access(l, &early);
	lapse_ordinary_access(l, a);
}
LAPSE(structures_assumed, "common configuration is read before the capability list is",
      .access = look_first, .needs = "mock:blk,interface=modern",
      .breaks = LAPSE_RULES(PCI_CAP_LIST_SCANNED));

static bool is_known(const struct vs_cap *cap)
{
	return cap->id != PCI_CAP_ID_VNDR || vs_cap_min_len(cap->cfg_type) != 0;
}

static void follow_reserved(struct lapse_run *l, enum lapse_moment moment)
{
	const struct vs_caps *caps = &l->life->fn.caps;

	for (unsigned i = 0; moment == LAPSE_AT_START && i < caps->count; i++)
		if (!is_known(&caps->list[i]) && caps->list[i].length)
			vs_cap_read(&l->life->s, &caps->list[i], 0, 4);
}
LAPSE(reserved_structure_read, "reads what a capability of a reserved type points to",
      .at = follow_reserved, .needs = "mock:blk,interface=modern,quirk=unknown-capabilities",
      .breaks = LAPSE_RULES(PCI_CAP_RESERVED_TYPE_IGNORED));

static void stop_at_reserved(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (walk_read(l, a) == 0 && (a->value & UINT8_MAX) == PCI_CAP_ID_VNDR &&
	    vs_cap_min_len((uint8_t)(a->value >> 24)) == 0)
		walk_refuse(l);
}
LAPSE(reserved_type_fatal, "takes no function that has a structure of a reserved type",
      .access = stop_at_reserved, .needs = "mock:blk,interface=modern,quirk=unknown-capabilities",
      .breaks = LAPSE_RULES(PCI_CAP_RESERVED_TYPE_IGNORED));

static void use_last(struct lapse_run *l, enum lapse_moment moment)
{
	const struct vs_cap *cap;

	if (moment != LAPSE_AT_START)
		return;
	vs_for_each_cap(cap, &l->life->fn.caps, VIRTIO_PCI_CAP_COMMON_CFG)
		l->life->s.common = cap;
}
LAPSE(last_structure_used, "uses the last structure of a type, not the first", .at = use_last,
      .needs = "mock:blk,interface=modern,quirk=structure-twice=common",
      .breaks = LAPSE_RULES(PCI_CAP_FIRST_INSTANCE));
LAPSE(draft_last_structure_used, "uses the last structure of a type, not the first", .at = use_last,
      .needs = "mock:blk,interface=modern,profile=draft-2013,quirk=structure-twice=common",
      .scenario = "profile=draft-2013", .breaks = LAPSE_RULES(DRAFT_FIRST_USABLE_STRUCTURE));

/* What it is about shows in the first dword: kind, next, length, type. */
static void exact_length(struct lapse_run *l, struct lapse_access *a)
{
	unsigned length;

	lapse_ordinary_access(l, a);
	if (walk_read(l, a) != 0 || (a->value & UINT8_MAX) != PCI_CAP_ID_VNDR)
		return;
	length = a->value >> 16 & UINT8_MAX;
	if (length != vs_cap_min_len((uint8_t)(a->value >> 24)))
		a->value &= ~(uint64_t)UINT8_MAX;
}
LAPSE(cap_len_exact, "passes over capabilities that are longer than they have to be",
      .access = exact_length, .needs = "mock:blk,interface=modern,quirk=capabilities-padded",
      .breaks = LAPSE_RULES(PCI_CAP_LARGER_CAP_LEN));

static void bar_fatal(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (walk_read(l, a) == 4 && walk_type(l) && (a->value & UINT8_MAX) >= PCI_BAR_COUNT)
		walk_refuse(l);
}
LAPSE(reserved_bar_fatal, "takes no function that has a structure in a reserved BAR",
      .access = bar_fatal, .needs = "mock:blk,interface=modern,quirk=structure-decoy=common",
      .breaks = LAPSE_RULES(PCI_CAP_RESERVED_BAR_IGNORED));

/* The dword behind bar, id, padding and offset. */
static bool reads_length(struct lapse_run *l, const struct lapse_access *a, uint8_t type)
{
	return walk_read(l, a) == (int)offsetof(struct virtio_pci_cap, length) &&
	       walk_type(l) == type;
}

static void length_limited(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (reads_length(l, a, VIRTIO_PCI_CAP_COMMON_CFG) &&
	    a->value > sizeof(struct virtio_pci_common_cfg))
		walk_refuse(l);
}
LAPSE(length_limited, "takes no structure that is longer than it knows it",
      .access = length_limited, .needs = "mock:blk,interface=modern,quirk=common-longer=128",
      .breaks = LAPSE_RULES(PCI_CAP_LARGE_LENGTH));

static void write_length(struct lapse_run *l, enum lapse_moment moment)
{
	const struct vs_cap *cap = walk_find(l, VIRTIO_PCI_CAP_ISR_CFG);

	if (moment == LAPSE_AT_READY && cap)
		vs_bus_config_write(&l->life->bus,
				    cap->pos + offsetof(struct virtio_pci_cap, length), 4, 1);
}
LAPSE(capability_written, "writes into a capability", .at = write_length,
      .needs = "mock:blk,interface=modern", .breaks = LAPSE_RULES(PCI_CAP_NOT_WRITTEN));

/* Vendor data: its identifier stays unread. */
static void skip_vendor(struct lapse_run *l, struct lapse_access *a)
{
	const struct vs_function *fn = &l->life->fn;

	if (!a->write && a->region == LAPSE_CONFIG_SPACE && l->state[WALK_HERE] &&
	    a->offset == l->state[WALK_HERE] + 4 && walk_type(l) == VIRTIO_PCI_CAP_VENDOR_CFG)
		a->value = fn->vendor;
	else
		lapse_ordinary_access(l, a);
	walk_read(l, a);
}

static void write_vendor(struct lapse_run *l, enum lapse_moment moment)
{
	const struct vs_cap *cap = walk_find(l, VIRTIO_PCI_CAP_VENDOR_CFG);

	if (moment == LAPSE_AT_READY && cap)
		vs_bus_config_write(&l->life->bus, cap->pos + VIRTIO_PCI_VNDR_DATA_MIN, 2, 1);
}
LAPSE(vendor_data_assumed, "writes into vendor data without a look whose they are",
      .access = skip_vendor, .at = write_vendor, .needs = "mock:blk,interface=modern",
      .breaks = LAPSE_RULES(PCI_VENDOR_DATA_VENDOR_CHECKED));

/* Who the function is. */

static void refuse_revision(struct lapse_run *l, struct lapse_access *a)
{
	lapse_ordinary_access(l, a);
	if (!a->write && a->region == LAPSE_CONFIG_SPACE && a->offset == PCI_REVISION_ID &&
	    (a->value & UINT8_MAX) > 1)
		l->life->fn.config[PCI_VENDOR_ID] = 0;
}
LAPSE(revision_limited, "takes no function of a revision that it does not know",
      .access = refuse_revision, .needs = "mock:blk,interface=modern,quirk=revision=2",
      .breaks = LAPSE_RULES(PCI_DISCOVERY_ANY_REVISION));

/* The first dword: vendor and device. */
static void refuse_device(struct lapse_run *l, struct lapse_access *a)
{
	bool modern;

	lapse_ordinary_access(l, a);
	if (a->write || a->region != LAPSE_CONFIG_SPACE || a->offset != PCI_VENDOR_ID ||
	    a->width != 4)
		return;
	modern = a->value >> 16 >= VIRTIO_PCI_DEVICE_MODERN;
	if (modern == (l->value == 0))
		a->value = 0;
}
LAPSE(modern_id_unknown, "takes functions with a transitional identifier only",
      .access = refuse_device, .values = "modern", .needs = "mock:blk,interface=modern",
      .scenario = "mock=blk-modern", .breaks = LAPSE_RULES(PCI_DISCOVERY_DEVICE_ID_MATCHED),
      .also = LAPSE_RULES(ROBUST_LEGAL_DEVICE_SERVED));

static void refuse_transitional(struct lapse_run *l, struct lapse_access *a)
{
	l->value = 1;
	refuse_device(l, a);
}
LAPSE(transitional_id_unknown, "takes no function with a transitional identifier",
      .access = refuse_transitional, .needs = "mock:blk,interface=transitional",
      .scenario = "mock=blk-transitional",
      .breaks = LAPSE_RULES(PCI_DISCOVERY_TRANSITIONAL_ID_MATCHED),
      .also = LAPSE_RULES(ROBUST_LEGAL_DEVICE_SERVED));
