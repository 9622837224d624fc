/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The capability list of a function, read from an image of its configuration space (4.1.4 and PCI
 * 3.0, 6.7). The parser does no I/O, allocates nothing, stops at any list, and judges nothing: it
 * notes what is odd, and checks decide what that means.
 */
#ifndef VS_CAPS_H
#define VS_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/bus.h"
#include "spec/pci.h"

/* What is odd about one capability. */
#define VS_CAP_PAST_END     0x01u /* its bytes run past configuration space; what is cut reads 0 */
#define VS_CAP_SHORT        0x02u /* cap_len is less than its type needs */
#define VS_CAP_OVERLAP      0x04u /* shares bytes with a capability before it in the list */
#define VS_CAP_BAR_RESERVED 0x08u /* names a BAR that does not exist in any function (above 5) */
#define VS_CAP_BAR_ABSENT   0x10u /* names a BAR that this function does not implement */
#define VS_CAP_OUTSIDE      0x20u /* [offset, offset + length) is not within its BAR */

/* What is odd about the list. */
#define VS_CAPS_CYCLE 0x01u /* a pointer leads back to a capability already seen */
#define VS_CAPS_IN_HEADER \
	0x02u /* a pointer leads into the predefined header; the list ends there */
#define VS_CAPS_UNALIGNED 0x04u /* a pointer has its reserved low bits set; they are masked */
#define VS_CAPS_NO_BIT    0x08u /* the status register denies that there is a list */

struct vs_cap {
	uint8_t pos;  /* offset in configuration space */
	uint8_t id;   /* PCI capability identifier */
	uint8_t next; /* as read */
	uint8_t odd;  /* VS_CAP_… */

	/* Of a vendor-specific capability, which on a virtio device describes a structure. */
	uint8_t cap_len;
	uint8_t cfg_type;
	uint8_t bar;
	uint8_t structure_id;           /* the field `id` */
	uint64_t offset;                /* within the BAR, with offset_hi for shared memory */
	uint64_t length;                /* with length_hi for shared memory */
	uint32_t notify_off_multiplier; /* of a notification capability, else 0 */
	uint16_t vendor_id;             /* of a vendor data capability, else 0 */
};

struct vs_caps {
	struct vs_cap list[PCI_CAP_MAX];
	unsigned count;
	unsigned odd; /* VS_CAPS_… */
};

/*
 * Reads the list from `config`, the first PCI_CONFIG_SIZE bytes of configuration space. `bars` are
 * the function's BARs, PCI_BAR_COUNT of them. In the draft of 2013 a structure may lie inside
 * configuration space, `offset` bytes behind the start of its capability, which then names
 * VIRTIO_PCI_CAP_BAR_IN_CONFIG for a BAR.
 */
void vs_caps_parse(const uint8_t *config, const struct vs_bar *bars, bool draft,
		   struct vs_caps *caps);

/* The first capability with this PCI identifier, or NULL. */
const struct vs_cap *vs_caps_find(const struct vs_caps *caps, uint8_t id);

/* The cap_len that a structure capability of this type needs at the least; 0: a reserved type. */
unsigned vs_cap_min_len(uint8_t cfg_type);

/* Bytes the capability takes in configuration space, as far as its kind tells. */
unsigned vs_cap_size(const struct vs_cap *cap);

/* Whether a driver can use the structure: nothing odd, a real BAR, at least `size` bytes. */
bool vs_cap_usable(const struct vs_cap *cap, uint64_t size);

/* The first usable structure of this type (4.1.4.1), or NULL. */
const struct vs_cap *vs_caps_first(const struct vs_caps *caps, uint8_t cfg_type, uint64_t size);

/* The first structure capability of this type, usable or not, or NULL. */
const struct vs_cap *vs_caps_any(const struct vs_caps *caps, uint8_t cfg_type);

/* Every structure capability of this type in list order, usable or not. */
#define vs_for_each_cap(cap, caps, type)                                          \
	for ((cap) = (caps)->list; (cap) < (caps)->list + (caps)->count; (cap)++) \
		if ((cap)->id == PCI_CAP_ID_VNDR && (cap)->cfg_type == (type))

#endif
