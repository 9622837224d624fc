/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/caps.h"

#include <stddef.h>
#include <string.h>

#include "spec/byteorder.h"
#include "spec/virtio_pci.h"

unsigned vs_cap_min_len(uint8_t cfg_type)
{
	switch (cfg_type) {
	case VIRTIO_PCI_CAP_COMMON_CFG:
	case VIRTIO_PCI_CAP_ISR_CFG:
	case VIRTIO_PCI_CAP_DEVICE_CFG:
		return sizeof(struct virtio_pci_cap);
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		return sizeof(struct virtio_pci_notify_cap);
	case VIRTIO_PCI_CAP_PCI_CFG:
		return sizeof(struct virtio_pci_cfg_cap);
	case VIRTIO_PCI_CAP_SHARED_MEMORY_CFG:
		return sizeof(struct virtio_pci_cap64);
	case VIRTIO_PCI_CAP_VENDOR_CFG:
		return sizeof(struct virtio_pci_vndr_data);
	default:
		return 0;
	}
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

static bool places_structure(const struct vs_cap *cap)
{
	return cap->cfg_type != VIRTIO_PCI_CAP_PCI_CFG &&
	       cap->cfg_type != VIRTIO_PCI_CAP_VENDOR_CFG && vs_cap_min_len(cap->cfg_type) != 0;
}

static void note_place(struct vs_cap *cap, const struct vs_bar *bars, bool draft)
{
	if (draft && cap->bar == VIRTIO_PCI_CAP_BAR_IN_CONFIG) {
		if (cap->offset > PCI_CONFIG_SIZE || cap->length > PCI_CONFIG_SIZE ||
		    cap->pos + cap->offset + cap->length > PCI_CONFIG_SIZE)
			cap->odd |= VS_CAP_OUTSIDE;
		return;
	}
	if (cap->bar >= PCI_BAR_COUNT) {
		cap->odd |= VS_CAP_BAR_RESERVED;
		return;
	}
	if (bars[cap->bar].size == 0)
		cap->odd |= VS_CAP_BAR_ABSENT;
	else if (cap->offset > bars[cap->bar].size ||
		 cap->length > bars[cap->bar].size - cap->offset)
		cap->odd |= VS_CAP_OUTSIDE;
}

/* Reads the body of a vendor-specific capability; `image` is padded with zeroes behind its end. */
static void parse_structure(const uint8_t *image, const struct vs_bar *bars, bool draft,
			    struct vs_cap *cap)
{
	const uint8_t *p = image + cap->pos;

	cap->cap_len = p[offsetof(struct virtio_pci_cap, cap_len)];
	cap->cfg_type = p[offsetof(struct virtio_pci_cap, cfg_type)];
	if (cap->cap_len < vs_cap_min_len(cap->cfg_type))
		cap->odd |= VS_CAP_SHORT;
	if (cap->cfg_type == VIRTIO_PCI_CAP_VENDOR_CFG) {
		cap->vendor_id = vs_load_le16(p + offsetof(struct virtio_pci_vndr_data, vendor_id));
		return;
	}
	cap->bar = p[offsetof(struct virtio_pci_cap, bar)];
	cap->structure_id = p[offsetof(struct virtio_pci_cap, id)];
	cap->offset = vs_load_le32(p + offsetof(struct virtio_pci_cap, offset));
	cap->length = vs_load_le32(p + offsetof(struct virtio_pci_cap, length));
	if (cap->cfg_type == VIRTIO_PCI_CAP_SHARED_MEMORY_CFG) {
		cap->offset |=
			(uint64_t)vs_load_le32(p + offsetof(struct virtio_pci_cap64, offset_hi))
			<< 32;
		cap->length |=
			(uint64_t)vs_load_le32(p + offsetof(struct virtio_pci_cap64, length_hi))
			<< 32;
	}
	if (cap->cfg_type == VIRTIO_PCI_CAP_NOTIFY_CFG)
		cap->notify_off_multiplier = vs_load_le32(
			p + offsetof(struct virtio_pci_notify_cap, notify_off_multiplier));
	if (places_structure(cap))
		note_place(cap, bars, draft);
}

/* Marks the bytes of a capability as taken, and notes when some were already. */
static void claim_bytes(uint8_t *taken, struct vs_cap *cap)
{
	unsigned end = cap->pos + vs_cap_size(cap);

	if (end > PCI_CONFIG_SIZE) {
		cap->odd |= VS_CAP_PAST_END;
		end = PCI_CONFIG_SIZE;
	}
	for (unsigned i = cap->pos; i < end; i++) {
		if (taken[i])
			cap->odd |= VS_CAP_OVERLAP;
		taken[i] = 1;
	}
}

void vs_caps_parse(const uint8_t *config, const struct vs_bar *bars, bool draft,
		   struct vs_caps *caps)
{
	/* Bodies are read from a copy with room behind, so that a short last one needs no bound. */
	uint8_t image[PCI_CONFIG_SIZE + sizeof(struct virtio_pci_cap64)] = { 0 };
	uint8_t taken[PCI_CONFIG_SIZE] = { 0 };
	uint8_t seen[PCI_CONFIG_SIZE] = { 0 };
	uint8_t pointer = config[PCI_CAPABILITY_LIST];

	memcpy(image, config, PCI_CONFIG_SIZE);
	*caps = (struct vs_caps){ 0 };
	if (!(vs_load_le16(config + PCI_STATUS) & PCI_STATUS_CAP_LIST))
		caps->odd |= VS_CAPS_NO_BIT;

	while (pointer != 0) {
		uint8_t pos = pointer & PCI_CAP_POINTER_MASK;
		struct vs_cap *cap;

		if (pos != pointer)
			caps->odd |= VS_CAPS_UNALIGNED;
		if (pos < PCI_HEADER_SIZE) {
			caps->odd |= VS_CAPS_IN_HEADER;
			break;
		}
		if (seen[pos]) {
			caps->odd |= VS_CAPS_CYCLE;
			break;
		}
		seen[pos] = 1;
		/* 48 aligned positions lie behind the header, so the list cannot overflow. */
		cap = &caps->list[caps->count++];
		*cap = (struct vs_cap){ .pos = pos,
					.id = image[pos + PCI_CAP_ID],
					.next = image[pos + PCI_CAP_NEXT] };
		if (cap->id == PCI_CAP_ID_VNDR)
			parse_structure(image, bars, draft, cap);
		claim_bytes(taken, cap);
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
