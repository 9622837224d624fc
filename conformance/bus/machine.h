/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine types of QEMU that a device can be examined in: how a function's configuration
 * space, I/O ports and memory are reached, where its interrupt line arrives, and how one is
 * started. A machine is a row; what reads it is pci_host.c and the way qemu.
 */
#ifndef VS_MACHINE_H
#define VS_MACHINE_H

#include "bus/bus.h"

/* An image that halts the processor for good: code at the reset vector, zeroes elsewhere. */
struct vs_firmware {
	uint32_t size;
	uint32_t reset; /* offset of the code */
	const uint8_t *code;
	size_t code_size;
};

enum vs_wiring {
	VS_WIRED_FIXED,  /* pins are rotated by the device's number over four lines */
	VS_WIRED_ROUTED, /* those four lines are chosen by registers of pc's bridge */
};

struct vs_machine {
	const char *name; /* of the type; "pc" stands for "pc-…" as well */
	uint32_t bridge;  /* what 0:0.0 reads: device << 16 | vendor */
	bool big_endian;  /* the order of legacy rings, and of what qtest calls a word */
	bool mapped;      /* ports and the configuration mechanism lie in memory */
	bool messages;    /* its interrupt controller takes MSI; elsewhere QEMU hides MSI-X */
	uint64_t io;      /* address of I/O port 0 */
	uint64_t config;  /* address of the configuration mechanism's address register */
	uint64_t data;    /* and of its data register */
	bool ecam;        /* has PCI Express's window, placed as on q35 */
	const char *pic;  /* the interrupt controller, as irq_intercept_in takes it */
	enum vs_wiring wiring;
	unsigned first_line; /* of the four */
	unsigned devices;    /* whose lines are wired so: those below this number */
	/* Clear of RAM, of firmware's choices and of the ECAM. */
	struct vs_bar_window window;
	/* Starting one. */
	const char *program;
	const char *options; /* of -machine, with their comma, or "" */
	struct vs_firmware firmware;
};

/* The row of a -machine argument, with options or without; the first row where none is known. */
const struct vs_machine *vs_machine_find(const char *argument);

/* All rows, in order: NULL past the last. */
const struct vs_machine *vs_machine_at(size_t index);

#endif
