/* SPDX-License-Identifier: BSD-3-Clause */
/* What the ring formats share: access to a ring in guest memory, and the rules of a buffer that
 * both have. */
#ifndef MOCK_RING_H
#define MOCK_RING_H

#include "mock-device/model/queue.h"

/* A field of 16 bits at an even address, in one access; -1 where there is no memory. */
int mock_ring_load16(struct mock *mock, uint64_t address, uint16_t *value);
int mock_ring_store16(struct mock *mock, uint64_t address, uint16_t value);

/* Whether an area may lie there: aligned, and not around the end of the address space. */
bool mock_ring_fits(uint64_t address, uint64_t align, uint64_t size);

/* What both formats have in the same bytes of a descriptor, and as flags NEXT, WRITE, INDIRECT. */
struct mock_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags;
};

/* Takes one element into the chain. NULL, or what is wrong with it. */
const char *mock_ring_element(struct mock_chain *chain, const struct mock_descriptor *descriptor);

/* Begins with a table that a descriptor refers to: NULL, or why it cannot be one. */
const char *mock_ring_table(struct mock *mock, struct mock_chain *chain,
			    const struct mock_descriptor *table);

#endif
