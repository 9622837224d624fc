/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/second_caps.h"

#include <stddef.h>

#include "fuzz/support/oracle.h"
#include "spec/virtio_pci.h"

__extension__ typedef unsigned __int128 wide;

struct second_cap {
	unsigned pos, size; /* of configuration space */
	unsigned end;       /* one behind its last byte there is */
	unsigned id, next, odd;
	unsigned cap_len, cfg_type, bar, structure_id, vendor_id;
	uint64_t offset, length, multiplier;
};

struct second_caps {
	struct second_cap cap[PCI_CAP_MAX];
	unsigned count, odd;
};

/* The types that 4.1.4 knows: what their capabilities hold at the least, and whether a structure
 * lies where bar, offset and length say. */
static const struct kind {
	unsigned type, size;
	bool places;
} kinds[] = {
	{ VIRTIO_PCI_CAP_COMMON_CFG, sizeof(struct virtio_pci_cap), true },
	{ VIRTIO_PCI_CAP_NOTIFY_CFG, sizeof(struct virtio_pci_notify_cap), true },
	{ VIRTIO_PCI_CAP_ISR_CFG, sizeof(struct virtio_pci_cap), true },
	{ VIRTIO_PCI_CAP_DEVICE_CFG, sizeof(struct virtio_pci_cap), true },
	{ VIRTIO_PCI_CAP_PCI_CFG, sizeof(struct virtio_pci_cfg_cap), false },
	{ VIRTIO_PCI_CAP_SHARED_MEMORY_CFG, sizeof(struct virtio_pci_cap64), true },
	{ VIRTIO_PCI_CAP_VENDOR_CFG, sizeof(struct virtio_pci_vndr_data), false },
};

static const struct kind *kind_of(unsigned type)
{
	for (const struct kind *kind = kinds; kind < kinds + sizeof(kinds) / sizeof(*kinds); kind++)
		if (kind->type == type)
			return kind;
	return NULL;
}

/* Configuration space is 256 bytes; what is cut off reads 0. */
static uint64_t number(const uint8_t *config, size_t at, size_t width)
{
	uint64_t value = 0;

	for (size_t i = width; i-- > 0;)
		value = value << 8 | (at + i < PCI_CONFIG_SIZE ? config[at + i] : 0);
	return value;
}

#define MEMBER(type, member) \
	number(config, cap->pos + offsetof(struct type, member), sizeof(((struct type *)0)->member))

static void read_structure(const uint8_t *config, struct second_cap *cap)
{
	cap->cap_len = (unsigned)MEMBER(virtio_pci_cap, cap_len);
	cap->cfg_type = (unsigned)MEMBER(virtio_pci_cap, cfg_type);
	if (cap->cfg_type == VIRTIO_PCI_CAP_VENDOR_CFG) {
		cap->vendor_id = (unsigned)MEMBER(virtio_pci_vndr_data, vendor_id);
		return;
	}
	cap->bar = (unsigned)MEMBER(virtio_pci_cap, bar);
	cap->structure_id = (unsigned)MEMBER(virtio_pci_cap, id);
	cap->offset = MEMBER(virtio_pci_cap, offset);
	cap->length = MEMBER(virtio_pci_cap, length);
	if (cap->cfg_type == VIRTIO_PCI_CAP_SHARED_MEMORY_CFG) {
		cap->offset += MEMBER(virtio_pci_cap64, offset_hi) * 0x100000000u;
		cap->length += MEMBER(virtio_pci_cap64, length_hi) * 0x100000000u;
	}
	if (cap->cfg_type == VIRTIO_PCI_CAP_NOTIFY_CFG)
		cap->multiplier = MEMBER(virtio_pci_notify_cap, notify_off_multiplier);
}

static unsigned place_oddities(const struct second_cap *cap, const struct vs_bar *bars, bool draft)
{
	wide end = (wide)cap->offset + cap->length;

	if (draft && cap->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG)
		return cap->pos + end > PCI_CONFIG_SIZE ? VS_CAP_OUTSIDE : 0;
	if (cap->bar >= PCI_BAR_COUNT)
		return VS_CAP_BAR_RESERVED;
	if (!bars[cap->bar].size)
		return VS_CAP_BAR_ABSENT;
	return end > bars[cap->bar].size ? VS_CAP_OUTSIDE : 0;
}

static unsigned structure_oddities(const struct second_cap *cap, const struct vs_bar *bars,
				   bool draft)
{
	const struct kind *kind = kind_of(cap->cfg_type);
	unsigned odd = 0;

	if (kind && cap->cap_len < kind->size)
		odd |= VS_CAP_SHORT;
	if (kind && kind->places)
		odd |= place_oddities(cap, bars, draft);
	return odd;
}

static unsigned bytes_of(const struct second_cap *cap)
{
	if (cap->id == PCI_CAP_ID_MSIX)
		return PCI_MSIX_SIZEOF;
	if (cap->id == PCI_CAP_ID_VNDR && cap->cap_len > PCI_CAP_SIZEOF)
		return cap->cap_len;
	return PCI_CAP_SIZEOF;
}

static void read_cap(const uint8_t *config, unsigned pos, const struct vs_bar *bars, bool draft,
		     struct second_caps *caps)
{
	struct second_cap *cap = &caps->cap[caps->count];

	*cap = (struct second_cap){ .pos = pos };
	cap->id = (unsigned)number(config, pos + PCI_CAP_ID, 1);
	cap->next = (unsigned)number(config, pos + PCI_CAP_NEXT, 1);
	if (cap->id == PCI_CAP_ID_VNDR) {
		read_structure(config, cap);
		cap->odd = structure_oddities(cap, bars, draft);
	}
	cap->size = bytes_of(cap);
	cap->end = pos + cap->size;
	if (cap->end > PCI_CONFIG_SIZE) {
		cap->odd |= VS_CAP_PAST_END;
		cap->end = PCI_CONFIG_SIZE;
	}
	for (unsigned i = 0; i < caps->count; i++)
		if (caps->cap[i].pos < cap->end && cap->pos < caps->cap[i].end)
			cap->odd |= VS_CAP_OVERLAP;
	caps->count++;
}

static bool met(const struct second_caps *caps, unsigned pos)
{
	for (unsigned i = 0; i < caps->count; i++)
		if (caps->cap[i].pos == pos)
			return true;
	return false;
}

static void read_list(const uint8_t *config, const struct vs_bar *bars, bool draft,
		      struct second_caps *caps)
{
	unsigned pointer = (unsigned)number(config, PCI_CAPABILITY_LIST, 1);

	caps->count = 0;
	caps->odd = number(config, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST ? 0 : VS_CAPS_NO_BIT;
	while (pointer != 0) {
		unsigned pos = pointer / 4 * 4;

		if (pointer % 4 != 0)
			caps->odd |= VS_CAPS_UNALIGNED;
		if (pos < PCI_HEADER_SIZE) {
			caps->odd |= VS_CAPS_IN_HEADER;
			return;
		}
		if (met(caps, pos)) {
			caps->odd |= VS_CAPS_CYCLE;
			return;
		}
		read_cap(config, pos, bars, draft, caps);
		pointer = caps->cap[caps->count - 1].next;
	}
}

/* What of a capability is not as it is, or NULL. */
static const char *difference(const struct vs_cap *a, const struct second_cap *b)
{
	const struct kind *kind = kind_of(b->cfg_type);

	if (a->pos != b->pos || a->id != b->id || a->next != b->next)
		return "place";
	if (a->cap_len != b->cap_len || a->cfg_type != b->cfg_type || a->bar != b->bar ||
	    a->structure_id != b->structure_id || a->vendor_id != b->vendor_id ||
	    a->notify_off_multiplier != b->multiplier)
		return "fields";
	if (a->offset != b->offset || a->length != b->length)
		return "extent";
	if (a->odd != b->odd)
		return "oddities";
	if (vs_cap_size(a) != b->size || vs_cap_min_len(a->cfg_type) != (kind ? kind->size : 0))
		return "size";
	return NULL;
}

void second_caps_agree(const uint8_t *config, const struct vs_bar *bars, bool draft,
		       const struct vs_caps *caps)
{
	struct second_caps right;

	read_list(config, bars, draft, &right);
	if (caps->count != right.count || caps->odd != right.odd)
		fuzz_oracle("caps-list", "%u capabilities, odd %#x; it is %u, odd %#x", caps->count,
			    caps->odd, right.count, right.odd);
	for (unsigned i = 0; i < right.count; i++) {
		const struct second_cap *cap = &right.cap[i];
		const char *what = difference(&caps->list[i], cap);

		if (what)
			fuzz_oracle("caps-fields",
				    "%s of the capability at %#x, odd %#x; it is at %#x, odd %#x",
				    what, caps->list[i].pos, caps->list[i].odd, cap->pos, cap->odd);
	}
}

/* A shared byte harms nobody; all else that is odd does. */
static bool is_usable(unsigned odd, uint64_t length, uint64_t least)
{
	return (odd == 0 || odd == VS_CAP_OVERLAP) && least <= length;
}

static void hold(const struct vs_cap *found, const struct vs_cap *right, const char *what)
{
	if (found != right)
		fuzz_oracle("caps-search", "%s is at %#x; it is at %#x", what,
			    found ? found->pos : 0, right ? right->pos : 0);
}

void second_caps_search(const struct vs_caps *caps, unsigned id, unsigned cfg_type, uint64_t least)
{
	const struct vs_cap *found = NULL, *any = NULL, *first = NULL;

	/* From the end, so that what is found last stands first. */
	for (unsigned i = caps->count; i-- > 0;) {
		const struct vs_cap *cap = &caps->list[i];
		bool usable = is_usable(cap->odd, cap->length, least);

		if (vs_cap_usable(cap, least) != usable)
			fuzz_oracle("caps-usable", "the capability at %#x is%s", cap->pos,
				    usable ? "" : " not");
		if (cap->id == id)
			found = cap;
		if (cap->id != PCI_CAP_ID_VNDR || cap->cfg_type != cfg_type)
			continue;
		any = cap;
		if (usable)
			first = cap;
	}
	hold(vs_caps_find(caps, (uint8_t)id), found, "find");
	hold(vs_caps_any(caps, (uint8_t)cfg_type), any, "any");
	hold(vs_caps_first(caps, (uint8_t)cfg_type, least), first, "first");
}
