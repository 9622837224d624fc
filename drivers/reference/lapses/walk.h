/* SPDX-License-Identifier: BSD-3-Clause */
/* For lapses in reading the capability list: which part of which capability a read is. The driver
 * reads the list by dwords, each capability from its start on. */
#ifndef LAPSES_WALK_H
#define LAPSES_WALK_H

#include "drivers/reference/life.h"
#include "spec/pci.h"
#include "spec/virtio_pci.h"

/* l->state: where the capability under way starts, and where the next one does; 0: nowhere. */
enum { WALK_HERE = 6, WALK_NEXT = 7 };

/* Takes note of a read of configuration space that was just done. Returns bytes from the start of
 * the capability that it belongs to, or -1: it is none of the list. */
static inline int walk_read(struct lapse_run *l, const struct lapse_access *a)
{
	if (a->write || a->region != LAPSE_CONFIG_SPACE || a->width != 4)
		return -1;
	if (a->offset == PCI_CAPABILITY_LIST) {
		l->state[WALK_HERE] = 0;
		l->state[WALK_NEXT] = a->value & PCI_CAP_POINTER_MASK;
	} else if (a->offset && a->offset == l->state[WALK_NEXT]) {
		l->state[WALK_HERE] = a->offset;
		l->state[WALK_NEXT] = a->value >> 8 & PCI_CAP_POINTER_MASK;
	}
	if (!l->state[WALK_HERE] || a->offset < l->state[WALK_HERE])
		return -1;
	return (int)(a->offset - l->state[WALK_HERE]);
}

/* A field of the first dword of the capability under way, as the driver has it. */
static inline uint8_t walk_byte(const struct lapse_run *l, unsigned at)
{
	return l->life->fn.config[l->state[WALK_HERE] + at];
}

static inline uint8_t walk_type(const struct lapse_run *l)
{
	if (walk_byte(l, PCI_CAP_ID) != PCI_CAP_ID_VNDR)
		return 0;
	return walk_byte(l, offsetof(struct virtio_pci_cap, cfg_type));
}

/* The driver wants no more of the function: for it there is no list at all. */
static inline void walk_refuse(struct lapse_run *l)
{
	l->life->may_legacy = false;
	l->life->fn.config[PCI_CAPABILITY_LIST] = 0;
}

/* The first capability of this type, and what it names; NULL: there is none. */
static inline const struct vs_cap *walk_find(const struct lapse_run *l, uint8_t type)
{
	return vs_caps_any(&l->life->fn.caps, type);
}

#endif
