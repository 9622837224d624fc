/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PCI function as data: what its header, BARs and capabilities are to be. The layers describe,
 * layout.c makes the bytes of configuration space and the registers in the BARs out of it.
 */
#ifndef MOCK_FUNCTION_H
#define MOCK_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "spec/byteorder.h"
#include "spec/pci.h"
#include "spec/virtio_pci.h"

struct mock;

/* The fixed part of the header, and how large the device is. */
struct mock_identity {
	uint16_t vendor, device;
	uint16_t subsystem_vendor, subsystem;
	uint8_t revision;
	uint8_t header_type;
	uint8_t interrupt_pin; /* 0: none */
	uint16_t queues;       /* num_queues */
	uint32_t class_code;   /* base class, subclass, programming interface */
};

enum mock_bar_kind {
	MOCK_BAR_NONE,
	MOCK_BAR_MEMORY,
	MOCK_BAR_MEMORY64, /* takes the next register too, which has to be MOCK_BAR_NONE */
	MOCK_BAR_IO,
};

struct mock_bar {
	enum mock_bar_kind kind;
	bool prefetch;
	uint64_t size; /* a power of two; 0: as large as what lies in it */
};

struct mock_bars {
	struct mock_bar bar[PCI_BAR_COUNT];
};

#define MOCK_AUTO       UINT64_MAX /* a place or length that the layout settles */
#define MOCK_CAPS_MAX   40u
#define MOCK_EXTRA_MAX  64u
#define MOCK_PAGE       4096u /* structures lie this far apart in a memory BAR */
#define MOCK_IO_SPACING 16u   /* and this far in an I/O BAR */

/* A capability and, where it has one, the structure that it points to. */
struct mock_cap {
	uint8_t id;   /* PCI_CAP_ID_… */
	uint8_t type; /* VIRTIO_PCI_CAP_…, for PCI_CAP_ID_VNDR */
	uint8_t bar;
	uint8_t shmid;       /* the field `id` of struct virtio_pci_cap */
	uint64_t offset;     /* in the BAR; MOCK_AUTO: the next free place */
	uint64_t length;     /* MOCK_AUTO: as long as the structure is */
	uint32_t multiplier; /* of a notification capability */
	uint16_t vectors;    /* of the MSI-X capability, whose table lies at bar, offset */
	uint8_t pba_bar;     /* … and whose pending bit array lies here */
	uint64_t pba_offset;
	uint8_t cap_len;    /* 0: the true length */
	uint8_t gap;        /* bytes left free in front of it in configuration space */
	uint8_t extra_size; /* bytes behind the known part */
	uint8_t extra[MOCK_EXTRA_MAX];
	unsigned position; /* where it lies in configuration space: set by the layout */
	unsigned size;     /* bytes there: set by the layout */
};

struct mock_caps {
	struct mock_cap cap[MOCK_CAPS_MAX];
	unsigned count;
};

/* Adds a capability before number `at` (count: at the end). Does nothing when the list is full. */
void mock_caps_insert(struct mock_caps *caps, unsigned at, const struct mock_cap *cap);
void mock_caps_remove(struct mock_caps *caps, unsigned at);

/* The number of the first capability with this PCI id and, if that is PCI_CAP_ID_VNDR, this type;
 * caps->count if there is none. */
unsigned mock_caps_index(const struct mock_caps *caps, uint8_t id, uint8_t type);

/* The first virtio structure capability of this type, or NULL. */
struct mock_cap *mock_caps_find(struct mock_caps *caps, uint8_t type);

/* Configuration space, byte by byte. */
struct mock_config {
	uint8_t bytes[PCIE_CONFIG_SIZE];    /* at power-on */
	uint8_t writable[PCIE_CONFIG_SIZE]; /* bits that take what is written */
	uint8_t clear[PCIE_CONFIG_SIZE];    /* bits that writing 1 clears */
};

/* A byte in a BAR. */
struct mock_place {
	unsigned bar;
	uint64_t offset;
};

/* What the window of the PCI configuration access capability looks at (4.1.4.9). */
struct mock_window {
	uint8_t bar;
	uint32_t offset;
	uint32_t length;
};

struct mock_region;

/* Which interface an access comes through. */
enum mock_face {
	MOCK_FACE_NONE, /* no access to a register: rings, buffers, time */
	MOCK_FACE_MODERN,
	MOCK_FACE_LEGACY,
};

/* What answers in a region of a BAR: offsets are relative to it, accesses lie wholly inside. */
struct mock_registers {
	const char *name;
	enum mock_face face;
	uint64_t (*read)(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width);
	void (*write)(struct mock *mock, const struct mock_region *region, uint64_t offset,
		      unsigned width, uint64_t value);
};

#define MOCK_REGIONS_MAX   64u
#define MOCK_SHARED_MEMORY 65536u /* at most so much of a shared memory region is really there */

struct mock_region {
	const struct mock_registers *registers;
	unsigned bar;
	uint64_t offset, length;    /* [offset, offset + length) of the BAR */
	const struct mock_cap *cap; /* that says so; NULL: the legacy header */
	uint8_t *memory;            /* of a shared memory region */
	uint64_t memory_size;
};

#endif
