/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values are those of little-endian numbers on the wire, whatever the machine's byte order: tried
 * on registers of virtio whose values are known.
 */
#include "bus_fixture.h"

#include "spec/legacy.h"
#include "spec/virtio_pci.h"

/* The common configuration structure: 0, or -1 where memory has none. */
static int find_common(struct vs_bus *bus, unsigned *number, uint64_t *offset)
{
	uint32_t at = config(bus, PCI_CAPABILITY_LIST, 1) & PCI_CAP_POINTER_MASK;

	for (unsigned i = 0; at && i < PCI_CAP_MAX; i++) {
		if (config(bus, at + PCI_CAP_ID, 1) == PCI_CAP_ID_VNDR &&
		    config(bus, at + offsetof(struct virtio_pci_cap, cfg_type), 1) ==
			    VIRTIO_PCI_CAP_COMMON_CFG) {
			*number = config(bus, at + offsetof(struct virtio_pci_cap, bar), 1);
			*offset = config(bus, at + offsetof(struct virtio_pci_cap, offset), 4);
			return *number < PCI_BAR_COUNT && bus->bars[*number].address &&
					       !bus->bars[*number].io
				       ? 0
				       : -1;
		}
		at = config(bus, at + PCI_CAP_NEXT, 1) & PCI_CAP_POINTER_MASK;
	}
	return -1;
}

static uint64_t bar(struct vs_bus *bus, unsigned number, uint64_t offset, unsigned width)
{
	uint64_t value;

	assert_int_equal(vs_bus_bar_read(bus, number, offset, width, &value), 0);
	return value;
}

static void set_bar(struct vs_bus *bus, unsigned number, uint64_t offset, unsigned width,
		    uint64_t value)
{
	assert_int_equal(vs_bus_bar_write(bus, number, offset, width, value), 0);
}

static void memory(void **state)
{
	struct vs_bus *bus = bus_of(state);
	unsigned number = 0;
	uint64_t at = 0;

	if (find_common(bus, &number, &at))
		skip();
	set_config(bus, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
	set_bar(bus, number, at, 4, 1);
	assert_int_equal(bar(bus, number, at, 4), 1);
	/* VERSION_1, which every modern device offers: bit 0 of the upper word. */
	assert_int_equal(bar(bus, number,
			     at + offsetof(struct virtio_pci_common_cfg, device_feature),
			     4) & 1,
			 1);
	at += offsetof(struct virtio_pci_common_cfg, queue_size);
	assert_in_range(bar(bus, number, at, 2), 1, 1024);
	set_bar(bus, number, at, 2, 2);
	assert_int_equal(bar(bus, number, at, 2), 2);
}

static void ports(void **state)
{
	struct vs_bus *bus = bus_of(state);
	uint64_t size;

	if (!bus->bars[VIRTIO_LEGACY_BAR].io || !bus->bars[VIRTIO_LEGACY_BAR].address)
		skip();
	set_config(bus, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
	set_bar(bus, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_QUEUE_SELECT, 2, 0);
	size = bar(bus, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_QUEUE_SIZE, 2);
	assert_in_range(size, 2, 1024);
	assert_int_equal(size & (size - 1), 0);
	set_bar(bus, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, 0x1234);
	assert_int_equal(bar(bus, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_QUEUE_ADDRESS, 4), 0x1234);
	assert_int_equal(bar(bus, VIRTIO_LEGACY_BAR, VIRTIO_LEGACY_QUEUE_ADDRESS, 8),
			 size << 32 | 0x1234);
}

static const struct CMUnitTest promises[] = {
	cmocka_unit_test(memory),
	cmocka_unit_test(ports),
};

int main(int argc, char **argv)
{
	return run_on_subjects("bus_order", promises, sizeof(promises) / sizeof(promises[0]), argc,
			       argv);
}
