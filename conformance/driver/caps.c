/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/caps.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "spec/byteorder.h"
#include "spec/virtio_pci.h"

/* The types of structures that there are: bytes that their capabilities have at the least, and
 * whether they say where a structure lies. */
static const struct {
	uint8_t min_len;
	bool places;
} types[] = {
	[VIRTIO_PCI_CAP_COMMON_CFG] = { sizeof(struct virtio_pci_cap), true },
	[VIRTIO_PCI_CAP_NOTIFY_CFG] = { sizeof(struct virtio_pci_notify_cap), true },
	[VIRTIO_PCI_CAP_ISR_CFG] = { sizeof(struct virtio_pci_cap), true },
	[VIRTIO_PCI_CAP_DEVICE_CFG] = { sizeof(struct virtio_pci_cap), true },
	[VIRTIO_PCI_CAP_PCI_CFG] = { sizeof(struct virtio_pci_cfg_cap), false },
	[VIRTIO_PCI_CAP_SHARED_MEMORY_CFG] = { sizeof(struct virtio_pci_cap64), true },
	[VIRTIO_PCI_CAP_VENDOR_CFG] = { sizeof(struct virtio_pci_vndr_data), false },
};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

unsigned vs_cap_min_len(uint8_t cfg_type)
{
	return cfg_type < TYPE_COUNT ? types[cfg_type].min_len : 0;
}

unsigned vs_cap_size(const struct vs_cap *cap)
{
	switch (cap->id) {
	case PCI_CAP_ID_VNDR:
		return cap->cap_len > PCI_CAP_SIZEOF ? cap->cap_len : PCI_CAP_SIZEOF;
	case PCI_CAP_ID_MSIX:
		return PCI_MSIX_SIZEOF;
	default:
		return PCI_CAP_SIZEOF;
	}
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
	bool shared = body->cap.cfg_type == VIRTIO_PCI_CAP_SHARED_MEMORY_CFG;
	bool notify = body->cap.cfg_type == VIRTIO_PCI_CAP_NOTIFY_CFG;
	unsigned odd;

	cap->cap_len = body->cap.cap_len;
	cap->cfg_type = body->cap.cfg_type;
	odd = cap->cap_len < vs_cap_min_len(cap->cfg_type) ? VS_CAP_SHORT : 0;
	if (cap->cfg_type == VIRTIO_PCI_CAP_VENDOR_CFG) {
		cap->vendor_id = le16toh(body->vendor.vendor_id);
		return odd;
	}
	cap->bar = body->cap.bar;
	cap->structure_id = body->cap.id;
	cap->offset = halves(body->cap.offset, shared ? body->cap64.offset_hi : 0);
	cap->length = halves(body->cap.length, shared ? body->cap64.length_hi : 0);
	cap->notify_off_multiplier = notify ? le32toh(body->notify.notify_off_multiplier) : 0;
	if (cap->cfg_type < TYPE_COUNT && types[cap->cfg_type].places)
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
	unsigned end = cap->pos + vs_cap_size(cap), odd = 0;

	if (end > PCI_CONFIG_SIZE) {
		odd = VS_CAP_PAST_END;
		end = PCI_CONFIG_SIZE;
	}
	return add_bytes(taken, cap->pos, end) ? odd | VS_CAP_OVERLAP : odd;
}

void vs_caps_parse(const uint8_t *config, const struct vs_bar *bars, bool draft,
		   struct vs_caps *caps)
{
	/* Bodies are read from a copy with room behind, so that a short last one needs no bound. */
	uint8_t image[PCI_CONFIG_SIZE + sizeof(union body)], pointer;
	uint64_t taken[PCI_CONFIG_SIZE / 64] = { 0 };
	uint64_t seen = 0; /* dwords: a bit each */

	memcpy(image, config, PCI_CONFIG_SIZE);
	memset(image + PCI_CONFIG_SIZE, 0, sizeof(image) - PCI_CONFIG_SIZE);
	*caps = (struct vs_caps){ 0 };
	if (!(vs_load_le16(image + PCI_STATUS) & PCI_STATUS_CAP_LIST))
		caps->odd |= VS_CAPS_NO_BIT;

	pointer = image[PCI_CAPABILITY_LIST];
	while (pointer != 0) {
		uint8_t pos = pointer & PCI_CAP_POINTER_MASK;
		unsigned odd = 0;
		union body body;
		struct vs_cap *cap;

		caps->odd |= pos != pointer ? VS_CAPS_UNALIGNED : 0;
		if (pos < PCI_HEADER_SIZE) {
			caps->odd |= VS_CAPS_IN_HEADER;
			break;
		}
		if (seen >> pos / 4 & 1) {
			caps->odd |= VS_CAPS_CYCLE;
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
		pointer = cap->next;
	}
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
