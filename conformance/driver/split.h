/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of a split ring, for checks that shape it by hand (2.7). The ordinary way is
 * vs_queue_send and vs_queue_wait.
 */
#ifndef VS_SPLIT_H
#define VS_SPLIT_H

#include "driver/queue.h"

/* A descriptor in host byte order (2.7.5). */
struct vs_split_descriptor {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

/* Writes descriptor i of the table, or a descriptor anywhere in DMA memory. */
void vs_split_descriptor(struct vs_queue *q, unsigned i, struct vs_split_descriptor d);
void vs_split_descriptor_at(struct vs_session *s, void *at, struct vs_split_descriptor d);

/* Writes a buffer into the descriptors from `first` on, one an element, chained in order. */
void vs_split_chain(struct vs_queue *q, unsigned first, const struct vs_element *elements,
		    unsigned count);

/* Puts a head into the available ring and moves the index on by one. */
void vs_split_publish(struct vs_queue *q, uint16_t head);
/* Writes the available index as it is. */
void vs_split_set_avail_idx(struct vs_queue *q, uint16_t idx);

/* The used index that the device shows now. */
uint16_t vs_split_used_idx(struct vs_queue *q);

#endif
