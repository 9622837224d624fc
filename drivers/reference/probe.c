/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is the function one for this driver? (4.1.2, 4.1.4.) Only configuration space is read, and of it
 * only what is needed: the header, and the capability list from one to the next.
 */
#include <string.h>

#include "driver/legacy.h"
#include "drivers/reference/life.h"
#include "spec/byteorder.h"
#include "spec/pci.h"
#include "spec/virtio_pci.h"

/* Revisions that the draft of 2013 knows: with and without a legacy interface. */
#define DRAFT_REVISION_LEGACY 0u
#define DRAFT_REVISION_MODERN 1u

static uint32_t read_dword(struct ref_life *life, unsigned at)
{
	uint32_t value;

	vs_bus_config_read(&life->bus, at, 4, &value);
	vs_store_le32(life->fn.config + at, value);
	return value;
}

/* Bytes of a capability that the driver wants to know: what follows may be a register, as behind
 * the window's description, where a read is an access to the device. */
static unsigned wanted(const uint8_t *cap)
{
	if (cap[PCI_CAP_ID] == PCI_CAP_ID_MSIX)
		return PCI_MSIX_SIZEOF;
	if (cap[PCI_CAP_ID] != PCI_CAP_ID_VNDR)
		return PCI_CAP_SIZEOF;
	switch (cap[offsetof(struct virtio_pci_cap, cfg_type)]) {
	case VIRTIO_PCI_CAP_NOTIFY_CFG:
		return sizeof(struct virtio_pci_notify_cap);
	case VIRTIO_PCI_CAP_SHARED_MEMORY_CFG:
		return sizeof(struct virtio_pci_cap64);
	case VIRTIO_PCI_CAP_VENDOR_CFG:
		return sizeof(struct virtio_pci_vndr_data);
	default:
		return sizeof(struct virtio_pci_cap);
	}
}

/* Each place is visited once: the list may lead in a circle. */
static void read_capabilities(struct ref_life *life)
{
	uint8_t *config = life->fn.config;
	uint8_t seen[PCI_CONFIG_SIZE / 4] = { 0 };
	unsigned at = config[PCI_CAPABILITY_LIST] & PCI_CAP_POINTER_MASK;

	if (!(vs_load_le16(config + PCI_STATUS) & PCI_STATUS_CAP_LIST)) {
		config[PCI_CAPABILITY_LIST] = 0;
		return;
	}
	while (at >= PCI_HEADER_SIZE && !seen[at / 4]) {
		unsigned size;

		seen[at / 4] = 1;
		read_dword(life, at);
		size = wanted(config + at);
		for (unsigned i = 4; i < size && at + i + 4 <= PCI_CONFIG_SIZE; i += 4)
			read_dword(life, at + i);
		at = config[at + PCI_CAP_NEXT] & PCI_CAP_POINTER_MASK;
	}
}

/* Positions only grow, or the walk ends. */
static void find_sriov(struct ref_life *life)
{
	unsigned at = PCI_EXT_CAP_FIRST, next = at;

	for (unsigned i = 0; i < PCI_EXT_CAP_MAX && next >= at && !life->sriov; i++) {
		uint32_t header;

		at = next;
		vs_bus_config_read(&life->bus, at, 4, &header);
		if (header == 0 || header == UINT32_MAX)
			return;
		life->sriov = PCI_EXT_CAP_ID(header) == PCI_EXT_CAP_ID_SRIOV;
		life->sriov_pos = at;
		next = PCI_EXT_CAP_NEXT(header);
		if (next <= at)
			return;
	}
}

bool ref_has_modern(const struct ref_life *life)
{
	const struct vs_caps *caps = &life->fn.caps;
	const struct vs_cap *common, *notify;

	common = vs_caps_first(caps, VIRTIO_PCI_CAP_COMMON_CFG, VIRTIO_PCI_COMMON_CFG_MIN);
	notify = vs_caps_first(caps, VIRTIO_PCI_CAP_NOTIFY_CFG, 2);
	return life->may_modern && common && notify && vs_cap_placed(&life->s, common);
}

bool ref_has_legacy(const struct ref_life *life)
{
	return life->may_legacy && life->fn.device < VIRTIO_PCI_DEVICE_MODERN &&
	       vs_legacy_present(&life->bus);
}

/* Which device types the driver has requests for. */
static bool knows_type(uint16_t type)
{
	return type == VIRTIO_ID_NET || type == VIRTIO_ID_BLOCK || type == VIRTIO_ID_CONSOLE ||
	       type == VIRTIO_ID_ENTROPY;
}

/* The draft of 2013 goes by the revision; later versions have the driver take any. */
static bool knows_revision(const struct ref_life *life)
{
	uint8_t revision = life->fn.revision;

	if (!life->draft)
		return true;
	return revision == DRAFT_REVISION_MODERN ||
	       (revision == DRAFT_REVISION_LEGACY && life->may_legacy);
}

int ref_probe(struct ref_life *life)
{
	struct vs_function *fn = &life->fn;

	*fn = (struct vs_function){ .draft = life->draft };
	for (unsigned i = 0; i < PCI_HEADER_SIZE; i += 4)
		read_dword(life, i);
	if (vs_load_le16(fn->config + PCI_VENDOR_ID) != VIRTIO_PCI_VENDOR ||
	    (fn->config[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MASK) != PCI_HEADER_TYPE_NORMAL)
		return -1;
	/* A driver of the old days knows where everything is. */
	if (life->may_modern)
		read_capabilities(life);
	else
		fn->config[PCI_CAPABILITY_LIST] = 0;
	vs_function_parse(fn, life->bus.bars, vs_legacy_present(&life->bus));
	if (!knows_type(fn->type) || !knows_revision(life))
		return -1;
	vs_session_open(&life->s, &life->bus, fn);
	life->s.hooks = &life->hooks;
	if (!ref_has_modern(life) && !ref_has_legacy(life)) {
		ref_log(life, "the function has no interface that can be reached");
		return -1;
	}
	if (life->may_modern)
		find_sriov(life);
	return 0;
}
