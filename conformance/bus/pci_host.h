/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration and I/O space of a function, reached through qtest, and what of the chipset has to
 * be set up in place of firmware: the memory-mapped window of q35, interrupt routing.
 *
 * q35 has PCI Express's memory-mapped window (ECAM): 4096 bytes a function, any offset and width
 * passes as it is. Others have two registers, which reach one aligned 32-bit register of 256 bytes
 * at a time, and QEMU answers misaligned accesses to them by itself: an access that is not
 * naturally aligned goes out byte by byte, in order. (Misaligned memory accesses QEMU splits into
 * aligned ones before a device sees them.)
 */
#ifndef VS_PCI_HOST_H
#define VS_PCI_HOST_H

#include "bus/machine.h"
#include "bus/qtest.h"

#define VS_PCI_DEVFN(device, function) ((device) << 3 | (function))
#define VS_NO_LINE                     0xffffffffu

struct vs_pci_host {
	struct vs_qtest *qtest;
	const struct vs_machine *machine; /* as far as the host bridge tells */
	uint64_t ecam;          /* guest address of the memory-mapped window; 0: registers only */
	unsigned number, devfn; /* the function: bus number, device << 3 | function */
	uint32_t selected;      /* what the address register holds; 0: unknown */
	unsigned line; /* of the interrupt controller where its INTx arrives, or VS_NO_LINE */
	/* What the set-up replaced, for vs_pci_host_close. */
	uint64_t old_window;
	bool set_window;
	unsigned route_register; /* 0: not replaced */
	uint32_t old_route;
};

/*
 * Tells the machine from its host bridge and opens the memory-mapped window where there is one.
 * Returns 0, 1 for a machine it does not know (sentence in error), -1 when the bus is not alive.
 */
int vs_pci_host_open(struct vs_pci_host *host, struct vs_qtest *qtest, unsigned number,
		     unsigned devfn, char *error, size_t size);

/* Puts the chipset's registers back. Does nothing on a bus that is not alive. */
void vs_pci_host_close(struct vs_pci_host *host);

/* Bytes of configuration space that are reachable. */
unsigned vs_pci_host_config_size(const struct vs_pci_host *host);

/* Offset and width lie inside that size. */
int vs_pci_host_read(struct vs_pci_host *host, unsigned offset, unsigned width, uint32_t *value);
int vs_pci_host_write(struct vs_pci_host *host, unsigned offset, unsigned width, uint32_t value);

/* I/O space: width 1, 2 or 4; the port lies inside [0, 0x10000). */
int vs_pci_host_io_read(struct vs_pci_host *host, uint64_t port, unsigned width, uint64_t *value);
int vs_pci_host_io_write(struct vs_pci_host *host, uint64_t port, unsigned width, uint64_t value);

/*
 * Routes the function's INTx pin and asks QEMU to report the controller's lines; host->line says
 * which one it is, VS_NO_LINE where this function has none or it cannot be told.
 */
int vs_pci_host_intercept(struct vs_pci_host *host);

#endif
