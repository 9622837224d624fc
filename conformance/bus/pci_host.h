/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration space of a function on an x86 machine, reached through qtest, and what of the
 * chipset has to be set up in place of firmware: the memory-mapped window of q35, interrupt
 * routing.
 *
 * q35 has PCI Express's memory-mapped window (ECAM): 4096 bytes a function, any offset and width
 * passes as it is. pc has ports 0xCF8 and 0xCFC, which reach one aligned 32-bit register of 256
 * bytes at a time, and QEMU answers misaligned port accesses by itself: an access that is not
 * naturally aligned goes out byte by byte, in order. (Misaligned memory accesses QEMU splits into
 * aligned ones before a device sees them.)
 */
#ifndef VS_PCI_HOST_H
#define VS_PCI_HOST_H

#include "bus/qtest.h"

#define VS_PCI_DEVFN(device, function) ((device) << 3 | (function))
#define VS_NO_LINE                     0xffffffffu

struct vs_pci_host {
	struct vs_qtest *qtest;
	const char *machine;    /* "pc" or "q35", as far as the host bridge tells */
	uint64_t ecam;          /* guest address of the memory-mapped window; 0: ports only */
	unsigned number, devfn; /* the function: bus number, device << 3 | function */
	uint32_t selected;      /* what port 0xCF8 holds; 0: unknown */
	unsigned line; /* of the interrupt controller where its INTx arrives, or VS_NO_LINE */
	/* What the set-up replaced, for vs_pci_host_close. */
	uint64_t old_window;
	bool set_window;
	unsigned route_register; /* 0: not replaced */
	uint32_t old_route;
};

/* Where functions can be placed on both machines, clear of RAM, firmware's choices and the ECAM. */
extern const struct vs_bar_window vs_pci_host_window;

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

/*
 * Routes the function's INTx pin and asks QEMU to report the controller's lines; host->line says
 * which one it is, VS_NO_LINE where this function has none or it cannot be told.
 */
int vs_pci_host_intercept(struct vs_pci_host *host);

#endif
