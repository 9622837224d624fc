/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/pci_host.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* What the address register of PCI 3.0, 3.2.2.3.2, takes beside the register's address. */
#define CONFIG_ADDRESS_ENABLE 0x80000000u

/* q35: the register that places the memory-mapped window of 256 MiB, one MiB a bus. */
#define Q35_PCIEXBAR         0x60u
#define Q35_PCIEXBAR_ENABLE  0x1u
#define Q35_PCIEXBAR_LENGTH  0x6u                      /* 0 is 256 MiB */
#define Q35_PCIEXBAR_ADDRESS UINT64_C(0xffffff0000000) /* of a window of 256 MiB */
#define ECAM_ADDRESS         0xb0000000u
#define ECAM_BUS_SHIFT       20u
#define ECAM_DEVFN_SHIFT     12u

/* pc: the bridge at 0:1.0 routes PIRQ[A-D] to lines of the interrupt controllers. */
#define PIIX_DEVFN         VS_PCI_DEVFN(1u, 0u)
#define PIIX_PIRQ_ROUTE    0x60u
#define PIIX_ROUTE_OFF     0x80u
#define PIIX_ROUTE_DEFAULT 11u

/* Ports are the processor's, or memory that leads to them. */
static int space_read(struct vs_pci_host *host, uint64_t address, unsigned width, uint64_t *value)
{
	if (host->machine->mapped)
		return vs_qtest_memory_read(host->qtest, address, width, value);
	return vs_qtest_port_read(host->qtest, address, width, value);
}

static int space_write(struct vs_pci_host *host, uint64_t address, unsigned width, uint64_t value)
{
	if (host->machine->mapped)
		return vs_qtest_memory_write(host->qtest, address, width, value);
	return vs_qtest_port_write(host->qtest, address, width, value);
}

int vs_pci_host_io_read(struct vs_pci_host *host, uint64_t port, unsigned width, uint64_t *value)
{
	return space_read(host, host->machine->io + port, width, value);
}

int vs_pci_host_io_write(struct vs_pci_host *host, uint64_t port, unsigned width, uint64_t value)
{
	return space_write(host, host->machine->io + port, width, value);
}

/* Selects the aligned 32-bit register of conventional space that holds `offset`. */
static int select_register(struct vs_pci_host *host, unsigned number, unsigned devfn,
			   unsigned offset)
{
	uint32_t address = CONFIG_ADDRESS_ENABLE | number << 16 | devfn << 8 | (offset & 0xfcu);

	if (host->selected == address)
		return 0;
	host->selected = address;
	return space_write(host, host->machine->config, 4, address);
}

static int port_read(struct vs_pci_host *host, unsigned number, unsigned devfn, unsigned offset,
		     unsigned width, uint32_t *value)
{
	uint64_t got;

	assert((offset & 3) + width <= 4);
	if (select_register(host, number, devfn, offset) ||
	    space_read(host, host->machine->data + (offset & 3), width, &got))
		return -1;
	*value = (uint32_t)got;
	return 0;
}

static int port_write(struct vs_pci_host *host, unsigned number, unsigned devfn, unsigned offset,
		      unsigned width, uint32_t value)
{
	assert((offset & 3) + width <= 4);
	if (select_register(host, number, devfn, offset))
		return -1;
	return space_write(host, host->machine->data + (offset & 3), width, value);
}

/* Opens the memory-mapped window, or takes the one that firmware opened. */
static int open_window(struct vs_pci_host *host)
{
	uint32_t low, high;

	if (port_read(host, 0, 0, Q35_PCIEXBAR, 4, &low) ||
	    port_read(host, 0, 0, Q35_PCIEXBAR + 4, 4, &high))
		return -1;
	host->old_window = (uint64_t)high << 32 | low;
	if (low & Q35_PCIEXBAR_ENABLE && !(low & Q35_PCIEXBAR_LENGTH)) {
		host->ecam = host->old_window & Q35_PCIEXBAR_ADDRESS;
		return 0;
	}
	host->set_window = true;
	host->ecam = ECAM_ADDRESS;
	if (port_write(host, 0, 0, Q35_PCIEXBAR + 4, 4, 0))
		return -1;
	return port_write(host, 0, 0, Q35_PCIEXBAR, 4, ECAM_ADDRESS | Q35_PCIEXBAR_ENABLE);
}

int vs_pci_host_open(struct vs_pci_host *host, struct vs_qtest *qtest, unsigned number,
		     unsigned devfn, char *error, size_t size)
{
	const struct vs_machine *machine;
	uint32_t id = 0;

	*host = (struct vs_pci_host){
		.qtest = qtest, .number = number, .devfn = devfn, .line = VS_NO_LINE
	};
	for (size_t i = 0; (machine = vs_machine_at(i)); i++) {
		if (machine->big_endian != qtest->big_endian)
			continue;
		host->machine = machine;
		host->selected = 0;
		if (port_read(host, 0, 0, PCI_VENDOR_ID, 4, &id))
			return -1;
		if (id == machine->bridge)
			return machine->ecam ? open_window(host) : 0;
	}
	snprintf(error, size,
		 "the machine's host bridge is %04x:%04x, none that is known here; use a machine "
		 "type q35, pc or g3beige",
		 id & 0xffffu, id >> 16);
	return 1;
}

void vs_pci_host_close(struct vs_pci_host *host)
{
	if (host->route_register)
		port_write(host, 0, PIIX_DEVFN, host->route_register, 1, host->old_route);
	if (host->set_window &&
	    !port_write(host, 0, 0, Q35_PCIEXBAR, 4, (uint32_t)host->old_window))
		port_write(host, 0, 0, Q35_PCIEXBAR + 4, 4, (uint32_t)(host->old_window >> 32));
	host->route_register = 0;
	host->set_window = false;
}

unsigned vs_pci_host_config_size(const struct vs_pci_host *host)
{
	return host->ecam ? PCIE_CONFIG_SIZE : PCI_CONFIG_SIZE;
}

static uint64_t ecam_address(const struct vs_pci_host *host, unsigned offset)
{
	return host->ecam + ((uint64_t)host->number << ECAM_BUS_SHIFT) +
	       (host->devfn << ECAM_DEVFN_SHIFT) + offset;
}

int vs_pci_host_read(struct vs_pci_host *host, unsigned offset, unsigned width, uint32_t *value)
{
	uint64_t got;

	assert(offset + width <= vs_pci_host_config_size(host));
	if (host->ecam) {
		if (vs_qtest_memory_read(host->qtest, ecam_address(host, offset), width, &got))
			return -1;
		*value = (uint32_t)got;
		return 0;
	}
	if (offset % width == 0)
		return port_read(host, host->number, host->devfn, offset, width, value);
	*value = 0;
	for (unsigned i = 0; i < width; i++) {
		uint32_t byte;

		if (port_read(host, host->number, host->devfn, offset + i, 1, &byte))
			return -1;
		*value |= byte << (8 * i);
	}
	return 0;
}

int vs_pci_host_write(struct vs_pci_host *host, unsigned offset, unsigned width, uint32_t value)
{
	assert(offset + width <= vs_pci_host_config_size(host));
	if (host->ecam)
		return vs_qtest_memory_write(host->qtest, ecam_address(host, offset), width, value);
	if (offset % width == 0)
		return port_write(host, host->number, host->devfn, offset, width, value);
	for (unsigned i = 0; i < width; i++) {
		if (port_write(host, host->number, host->devfn, offset + i, 1,
			       value >> (8 * i) & 0xffu))
			return -1;
	}
	return 0;
}

/* pc: each device's pins are rotated by its number; firmware chooses a line for each of four. */
static int route_piix(struct vs_pci_host *host, unsigned pin)
{
	unsigned reg = PIIX_PIRQ_ROUTE + ((host->devfn >> 3) - 1 + pin - 1) % 4;
	uint32_t route;

	if (port_read(host, 0, PIIX_DEVFN, reg, 1, &route))
		return -1;
	if (route & PIIX_ROUTE_OFF) {
		host->old_route = route;
		host->route_register = reg;
		route = PIIX_ROUTE_DEFAULT;
		if (port_write(host, 0, PIIX_DEVFN, reg, 1, route))
			return -1;
	}
	host->line = route & 0xfu;
	return 0;
}

int vs_pci_host_intercept(struct vs_pci_host *host)
{
	unsigned device = host->devfn >> 3;
	uint32_t pin;
	int result;

	host->line = VS_NO_LINE;
	if (vs_pci_host_read(host, PCI_INTERRUPT_PIN, 1, &pin))
		return -1;
	/* Behind bridges the lines are somebody else's to route. */
	if (pin < 1 || pin > 4 || host->number || !device)
		return 0;
	if (device >= host->machine->devices)
		return 0;
	result = vs_qtest_command(host->qtest, NULL, "irq_intercept_in %s", host->machine->pic);
	if (result)
		return result < 0 ? -1 : 0;
	if (host->machine->wiring == VS_WIRED_ROUTED)
		return route_piix(host, pin);
	host->line = host->machine->first_line + (device + pin - 1) % 4;
	return 0;
}
