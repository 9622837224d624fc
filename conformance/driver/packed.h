/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of a packed ring, for checks that shape it by hand (2.8). The ordinary way is
 * vs_queue_send and vs_queue_wait.
 */
#ifndef VS_PACKED_H
#define VS_PACKED_H

#include "driver/queue.h"

/* A descriptor in host byte order (2.8.13), with flags as they go into memory. */
struct vs_packed_descriptor {
	uint64_t addr;
	uint32_t len;
	uint16_t id;
	uint16_t flags;
};

/* Writes a descriptor anywhere in DMA memory, its flags after all the rest. */
void vs_packed_descriptor_at(struct vs_session *s, void *at, struct vs_packed_descriptor d);
/* Writes the descriptor at a place of the ring; reads one, its flags before all the rest. */
void vs_packed_descriptor(struct vs_queue *q, unsigned place, struct vs_packed_descriptor d);
struct vs_packed_descriptor vs_packed_read(struct vs_queue *q, unsigned place);

/* AVAIL and USED bits of a descriptor that is available, or used, in the round of this wrap counter
 * (2.8.1). */
uint16_t vs_packed_available(bool wrap);
uint16_t vs_packed_used(bool wrap);

/* Moves the place where the driver goes on filling, and its wrap counter, by so many descriptors.
 */
void vs_packed_advance(struct vs_queue *q, unsigned count);

#endif
