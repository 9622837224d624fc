/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what configuration space says of the function, once per power-on (4.1.2, 4.1.4). */
#include "driver/session.h"
#include "spec/byteorder.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* Device types that have a transitional identifier, by that identifier (4.1.2.1). */
static uint16_t transitional_type(uint16_t device)
{
	static const uint8_t types[] = {
		VIRTIO_ID_NET,
		VIRTIO_ID_BLOCK,
		VIRTIO_ID_BALLOON,
		VIRTIO_ID_CONSOLE,
		VIRTIO_ID_SCSI,
		VIRTIO_ID_ENTROPY,
		0,
		0,
		0,
		VIRTIO_ID_9P,
	};
	unsigned index = device - VIRTIO_PCI_DEVICE_FIRST;

	return index < sizeof(types) ? types[index] : 0;
}

static void read_identity(const struct vs_bus *bus, struct vs_function *fn)
{
	const uint8_t *config = fn->config;

	fn->vendor = vs_load_le16(config + PCI_VENDOR_ID);
	fn->device = vs_load_le16(config + PCI_DEVICE_ID);
	fn->subsystem_vendor = vs_load_le16(config + PCI_SUBSYSTEM_VENDOR);
	fn->subsystem = vs_load_le16(config + PCI_SUBSYSTEM_ID);
	fn->revision = config[PCI_REVISION_ID];
	if (fn->draft && fn->device >= VIRTIO_PCI_DEVICE_FIRST &&
	    fn->device < VIRTIO_PCI_DEVICE_MODERN) {
		fn->type = fn->subsystem;
		fn->transitional = fn->revision == 0;
	} else if (fn->device >= VIRTIO_PCI_DEVICE_MODERN && fn->device <= VIRTIO_PCI_DEVICE_LAST) {
		fn->type = fn->device - VIRTIO_PCI_DEVICE_MODERN;
	} else if (fn->device >= VIRTIO_PCI_DEVICE_FIRST && fn->device < VIRTIO_PCI_DEVICE_MODERN) {
		fn->type = transitional_type(fn->device);
		/* A non-transitional device may have such an identifier against advice; what marks
		 * a transitional one is the legacy interface, or at the least its revision. */
		fn->transitional = fn->revision == 0 || (bus->bars[0].size && bus->bars[0].io);
	}
}

static void read_msix(const struct vs_bus *bus, struct vs_function *fn)
{
	const struct vs_cap *cap = vs_caps_find(&fn->caps, PCI_CAP_ID_MSIX);
	uint32_t vectors, table, pba;

	if (!cap || cap->pos + PCI_MSIX_SIZEOF > PCI_CONFIG_SIZE)
		return;
	vectors = (vs_load_le16(fn->config + cap->pos + PCI_MSIX_CONTROL) & PCI_MSIX_CONTROL_SIZE) +
		  1u;
	table = vs_load_le32(fn->config + cap->pos + PCI_MSIX_TABLE);
	fn->msix_pos = cap->pos;
	fn->msix_bar = table & PCI_MSIX_BIR_MASK;
	fn->msix_table = table & ~PCI_MSIX_BIR_MASK;
	pba = vs_load_le32(fn->config + cap->pos + PCI_MSIX_PBA);
	fn->msix_pba_bar = pba & PCI_MSIX_BIR_MASK;
	fn->msix_pba = pba & ~PCI_MSIX_BIR_MASK;
	if (fn->msix_bar >= PCI_BAR_COUNT || bus->bars[fn->msix_bar].io ||
	    (uint64_t)fn->msix_table + (uint64_t)vectors * PCI_MSIX_ENTRY_SIZE >
		    bus->bars[fn->msix_bar].size)
		return;
	fn->msix_vectors = vectors;
}

/* Walks the extended capabilities for SR-IOV; positions only grow or the walk ends. */
static int read_sriov(struct vs_bus *bus, struct vs_function *fn)
{
	unsigned pos = PCI_EXT_CAP_FIRST;

	if (!(bus->features & VS_BUS_EXTENDED_CONFIG))
		return 0;
	for (unsigned i = 0; i < PCI_EXT_CAP_MAX && pos >= PCI_EXT_CAP_FIRST; i++) {
		uint32_t header;

		if (vs_bus_config_read(bus, pos, 4, &header))
			return -1;
		if (header == 0 || header == UINT32_MAX)
			return 0;
		if (PCI_EXT_CAP_ID(header) == PCI_EXT_CAP_ID_SRIOV)
			fn->sriov = true;
		pos = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

int vs_function_read(struct vs_bus *bus, struct vs_function *fn, bool draft)
{
	*fn = (struct vs_function){ .draft = draft };
	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i += 4) {
		uint32_t value;

		if (vs_bus_config_read(bus, i, 4, &value))
			return -1;
		vs_store_le32(fn->config + i, value);
	}
	vs_caps_parse(fn->config, bus->bars, draft, &fn->caps);
	read_identity(bus, fn);
	read_msix(bus, fn);
	return read_sriov(bus, fn);
}
