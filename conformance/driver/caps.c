/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/caps.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "spec/byteorder.h"
#include "spec/virtio_pci.h"

/* Of every type there can be: bytes that its capabilities have at the least, and whether they say
 * where a structure lies. Branches are dear here, under a fuzzer: each is counted and looked at. */
static const struct {
	uint8_t min_len;
	bool places;
} types[UINT8_MAX + 1] = {
	[VIRTIO_PCI_CAP_COMMON_CFG] = { sizeof(struct virtio_pci_cap), true },
	[VIRTIO_PCI_CAP_NOTIFY_CFG] = { sizeof(struct virtio_pci_notify_cap), true },
	[VIRTIO_PCI_CAP_ISR_CFG] = { sizeof(struct virtio_pci_cap), true },
	[VIRTIO_PCI_CAP_DEVICE_CFG] = { sizeof(struct virtio_pci_cap), true },
	[VIRTIO_PCI_CAP_PCI_CFG] = { sizeof(struct virtio_pci_cfg_cap), false },
	[VIRTIO_PCI_CAP_SHARED_MEMORY_CFG] = { sizeof(struct virtio_pci_cap64), true },
	[VIRTIO_PCI_CAP_VENDOR_CFG] = { sizeof(struct virtio_pci_vndr_data), false },
};

unsigned vs_cap_min_len(uint8_t cfg_type)
{
	return types[cfg_type].min_len;
}

unsigned vs_cap_size(const struct vs_cap *cap)
{
	unsigned id = cap->id, own = id == PCI_CAP_ID_VNDR ? cap->cap_len : 0;
	unsigned least = id == PCI_CAP_ID_MSIX ? PCI_MSIX_SIZEOF : PCI_CAP_SIZEOF;

	return own > least ? own : least;
}

/* What is odd about where a structure lies. */
static unsigned place_oddities(const struct vs_cap *cap, const struct vs_bar *bars, bool draft)
{
	uint64_t room;

	if (draft && cap->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG)
		room = PCI_CONFIG_SIZE - cap->pos;
	else if (cap->bar >= PCI_BAR_COUNT)
		return VS_CAP_BAR_RESERVED;
	else
		room = bars[cap->bar].size;
	if (!room)
		return VS_CAP_BAR_ABSENT;
	return cap->offset > room || cap->length > room - cap->offset ? VS_CAP_OUTSIDE : 0;
}

/* The body of a capability of any type. */
union body {
	struct virtio_pci_cap cap;
	struct virtio_pci_cap64 cap64;
	struct virtio_pci_notify_cap notify;
	struct virtio_pci_vndr_data vendor;
};

/* Two halves of a number, both as they lie in memory. */
static uint64_t halves(uint32_t low, uint32_t high)
{
	return (uint64_t)le32toh(high) << 32 | le32toh(low);
}

/* Reads the body of a vendor-specific capability; returns what is odd about it. */
static unsigned parse_structure(const union body *body, const struct vs_bar *bars, bool draft,
				struct vs_cap *cap)
{
	uint8_t type = body->cap.cfg_type;
	uint32_t wide = type == VIRTIO_PCI_CAP_SHARED_MEMORY_CFG ? UINT32_MAX : 0;
	uint32_t notify = type == VIRTIO_PCI_CAP_NOTIFY_CFG ? UINT32_MAX : 0;
	unsigned odd = body->cap.cap_len < types[type].min_len ? VS_CAP_SHORT : 0;

	cap->cap_len = body->cap.cap_len;
	cap->cfg_type = type;
	if (type == VIRTIO_PCI_CAP_VENDOR_CFG) {
		cap->vendor_id = le16toh(body->vendor.vendor_id);
		return odd;
	}
	cap->bar = body->cap.bar;
	cap->structure_id = body->cap.id;
	cap->offset = halves(body->cap.offset, body->cap64.offset_hi & wide);
	cap->length = halves(body->cap.length, body->cap64.length_hi & wide);
	cap->notify_off_multiplier = le32toh(body->notify.notify_off_multiplier) & notify;
	if (types[type].places)
		odd |= place_oddities(cap, bars, draft);
	return odd;
}

/* Adds the bytes [from, to) of configuration space to a set; whether any was in it. */
static bool add_bytes(uint64_t *set, unsigned from, unsigned to)
{
	uint64_t met = 0;

	while (from < to) {
		unsigned bit = from % 64, left = 64 - bit;
		unsigned count = to - from < left ? to - from : left;
		uint64_t bits = UINT64_MAX >> (64 - count) << bit;

		met |= set[from / 64] & bits;
		set[from / 64] |= bits;
		from += count;
	}
	return met != 0;
}

/* Marks the bytes of a capability as taken; returns what is odd about them. */
static unsigned claim_bytes(uint64_t *taken, const struct vs_cap *cap)
{
	unsigned end = cap->pos + vs_cap_size(cap);
	unsigned odd = end > PCI_CONFIG_SIZE ? VS_CAP_PAST_END : 0;

	end = odd ? PCI_CONFIG_SIZE : end;
	return odd | (add_bytes(taken, cap->pos, end) ? VS_CAP_OVERLAP : 0);
}

void vs_caps_parse(const uint8_t *config, const struct vs_bar *bars, bool draft,
		   struct vs_caps *caps)
{
	/* Bodies are read from a copy with room behind, so that a short last one needs no bound. */
	uint8_t image[PCI_CONFIG_SIZE + sizeof(union body)], pointer;
	uint64_t taken[PCI_CONFIG_SIZE / 64] = { 0 };
	uint64_t seen = 0; /* dwords: a bit each */
	unsigned list;     /* what is odd about it */

	memcpy(image, config, PCI_CONFIG_SIZE);
	memset(image + PCI_CONFIG_SIZE, 0, sizeof(image) - PCI_CONFIG_SIZE);
	*caps = (struct vs_caps){ 0 };
	list = vs_load_le16(image + PCI_STATUS) & PCI_STATUS_CAP_LIST ? 0 : VS_CAPS_NO_BIT;

	pointer = image[PCI_CAPABILITY_LIST];
	while (pointer != 0) {
		uint8_t pos = pointer & PCI_CAP_POINTER_MASK;
		unsigned odd = 0;
		union body body;
		struct vs_cap *cap;

		list |= pos != pointer ? VS_CAPS_UNALIGNED : 0;
		if (pos < PCI_HEADER_SIZE) {
			list |= VS_CAPS_IN_HEADER;
			break;
		}
		if (seen >> pos / 4 & 1) {
			list |= VS_CAPS_CYCLE;
			break;
		}
		seen |= UINT64_C(1) << pos / 4;
		memcpy(&body, image + pos, sizeof(body));
		/* 48 aligned positions lie behind the header, so the list cannot overflow. */
		cap = &caps->list[caps->count++];
		cap->pos = pos;
		cap->id = body.cap.cap_vndr;
		cap->next = body.cap.cap_next;
		if (cap->id == PCI_CAP_ID_VNDR)
			odd = parse_structure(&body, bars, draft, cap);
		cap->odd = (uint8_t)(odd | claim_bytes(taken, cap));
		pointer = body.cap.cap_next;
	}
	caps->odd = list;
}

const struct vs_cap *vs_caps_find(const struct vs_caps *caps, uint8_t id)
{
	for (unsigned i = 0; i < caps->count; i++)
		if (caps->list[i].id == id)
			return &caps->list[i];
	return NULL;
}

bool vs_cap_usable(const struct vs_cap *cap, uint64_t size)
{
	return !(cap->odd & ~VS_CAP_OVERLAP) && cap->length >= size;
}

const struct vs_cap *vs_caps_any(const struct vs_caps *caps, uint8_t cfg_type)
{
	const struct vs_cap *cap;

	vs_for_each_cap(cap, caps, cfg_type)
		return cap;
	return NULL;
}

const struct vs_cap *vs_caps_first(const struct vs_caps *caps, uint8_t cfg_type, uint64_t size)
{
	const struct vs_cap *cap;

	vs_for_each_cap(cap, caps, cfg_type) {
		if (vs_cap_usable(cap, size))
			return cap;
	}
	return NULL;
}
