/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a trace is about: the function that the driver was shown, and what of the driver's doing the
 * trace can hold at all. It stands at the head of a trace, in memory and in a file.
 */
#ifndef VS_SUBJECT_H
#define VS_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "driver/features.h"
#include "rules/rules.h"
#include "spec/pci.h"

/* What the trace does not hold. A monitor that needs it stays silent (vs_monitor.needs). */
#define VS_BLIND_RINGS  0x01u /* descriptors, indexes, used buffers */
#define VS_BLIND_CAPS   0x02u /* reads of the capability list, of BAR registers */
#define VS_BLIND_NOTIFY 0x04u /* notifications */
#define VS_BLIND_MSIX   0x08u /* the MSI-X table */
#define VS_BLIND_MEMORY 0x10u /* which addresses are memory */
#define VS_BLIND_LIFE   0x20u /* what the driver made of it */
#define VS_BLIND_ORDER                                                                     \
	0x40u                   /* DMA and accesses are not seen in one order: a driver on \
				   another processor goes on while the device looks */
#define VS_BLIND_INTERNAL 0x80u /* changes of configuration by the device itself */

#define VS_SUBJECT_TEXT 256u

struct vs_subject {
	uint8_t config[PCI_CONFIG_SIZE]; /* configuration space as the driver finds it */
	struct vs_bar bars[PCI_BAR_COUNT];
	struct vs_features offered;     /* what the device offers; empty where `blind` to it */
	uint8_t profile;                /* enum vs_profile that the driver is held to */
	bool draft;                     /* the device is one of the draft of 2013 */
	bool big_endian;                /* the guest is */
	uint32_t list_limit;            /* elements in a buffer that the device type states, or 0 */
	unsigned blind;                 /* VS_BLIND_… */
	char scenario[VS_SUBJECT_TEXT]; /* or "" */
	char device[VS_SUBJECT_TEXT];   /* what it is, for people */
};

#endif
