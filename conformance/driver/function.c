/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what configuration space says of the function, once per power-on (4.1.2, 4.1.4). */
#include "driver/legacy.h"
#include "driver/session.h"
#include "spec/byteorder.h"
#include "spec/feature_table.h"
#include "spec/legacy.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

/* The least subsystem identifier of a device without legacy interface (4.1.2.1). */
#define SUBSYSTEM_MODERN 0x40u

/*
 * Whether registers of a legacy header are where they would be: reading the features and the size
 * of a queue has no effects. A function that makes legacy drivers fail shows zeroes (4.1.4.11).
 */
static int read_header(struct vs_bus *bus, bool *answers)
{
	uint64_t features = 0, size = 0;
	uint32_t command;
	int failed;

	*answers = false;
	if (!vs_legacy_present(bus))
		return 0;
	if (vs_bus_config_read(bus, PCI_COMMAND, 2, &command) ||
	    vs_bus_config_write(bus, PCI_COMMAND, 2, command | PCI_COMMAND_IO))
		return -1;
	failed = vs_bus_bar_read(bus, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_DEVICE_FEATURES, 4,
				 &features) ||
		 vs_bus_bar_read(bus, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_QUEUE_SIZE, 2, &size) ||
		 vs_bus_config_write(bus, PCI_COMMAND, 2, command);
	*answers = (features && features != UINT32_MAX) || (size && size != UINT16_MAX);
	return failed ? -1 : 0;
}

/*
 * What makes a device transitional is its legacy interface. One that says so by its identifiers,
 * and has none, is broken; but only the subsystem identifier tells it from a device that has an old
 * identifier against advice, and that legacy drivers would mistake for theirs.
 */
static bool is_transitional(const struct vs_function *fn, bool answers)
{
	if (fn->device >= VIRTIO_PCI_DEVICE_MODERN)
		return fn->type && fn->revision == 0 && answers;
	return answers || (fn->revision == 0 && fn->subsystem < SUBSYSTEM_MODERN);
}

static void read_identity(struct vs_function *fn, bool answers)
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
		fn->transitional = fn->revision == 0 || answers;
	} else if (fn->device >= VIRTIO_PCI_DEVICE_MODERN && fn->device <= VIRTIO_PCI_DEVICE_LAST) {
		fn->type = fn->device - VIRTIO_PCI_DEVICE_MODERN;
		fn->transitional = is_transitional(fn, answers);
	} else if (fn->device >= VIRTIO_PCI_DEVICE_FIRST && fn->device < VIRTIO_PCI_DEVICE_MODERN) {
		fn->type = vs_transitional_type(fn->device);
		fn->transitional = is_transitional(fn, answers);
	}
}

static void read_msix(const struct vs_bar *bars, struct vs_function *fn)
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
	if (fn->msix_bar >= PCI_BAR_COUNT || bars[fn->msix_bar].io ||
	    (uint64_t)fn->msix_table + (uint64_t)vectors * PCI_MSIX_ENTRY_SIZE >
		    bars[fn->msix_bar].size)
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

void vs_function_parse(struct vs_function *fn, const struct vs_bar *bars, bool legacy_answers)
{
	vs_caps_parse(fn->config, bars, fn->draft, &fn->caps);
	read_identity(fn, legacy_answers);
	read_msix(bars, fn);
}

int vs_function_read(struct vs_bus *bus, struct vs_function *fn, bool draft)
{
	bool answers;

	*fn = (struct vs_function){ .draft = draft };
	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i += 4) {
		uint32_t value;

		if (vs_bus_config_read(bus, i, 4, &value))
			return -1;
		vs_store_le32(fn->config + i, value);
	}
	if (read_header(bus, &answers))
		return -1;
	vs_function_parse(fn, bus->bars, answers);
	return read_sriov(bus, fn);
}
