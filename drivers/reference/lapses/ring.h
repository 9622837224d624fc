/* SPDX-License-Identifier: BSD-3-Clause */
/* What lapses about rings have in common. */
#ifndef LAPSE_RING_H
#define LAPSE_RING_H

#include "driver/native.h"
#include "drivers/reference/life.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"

/* True the first time: enough to be seen, and the driver goes on. */
static inline bool lapse_once(struct lapse_run *l)
{
	return l->state[7]++ == 0;
}

/* Whether the descriptor lies in the ring, not in an indirect table. */
static inline bool lapse_in_ring(const struct lapse_run *l, const void *at)
{
	const uint8_t *ring = l->q->area[VS_AREA_DESC], *p = at;

	return p >= ring && p < ring + (size_t)l->q->size * VIRTQ_DESC_SIZE;
}

static inline unsigned lapse_place(const struct lapse_run *l, const void *at)
{
	return (unsigned)(((const uint8_t *)at - l->q->area[VS_AREA_DESC]) / VIRTQ_DESC_SIZE);
}

static inline uint8_t *lapse_descriptor(const struct lapse_run *l, unsigned place)
{
	return l->q->area[VS_AREA_DESC] + (size_t)place * VIRTQ_DESC_SIZE;
}

/* What the driver sees at an address of its own memory on the bus. */
static inline uint8_t *lapse_host(const struct lapse_run *l, uint64_t address)
{
	const struct vs_dma *dma = &l->life->bus.dma;

	return dma->host + (address - dma->address);
}

/* An access that changes nothing, at which the tester looks at the rings. */
static inline void lapse_let_look(struct lapse_run *l)
{
	lapse_read(l, VS_DEVICE_STATUS);
}

/* A descriptor of a split ring as it lies in memory. */
static inline struct vs_split_descriptor lapse_load(struct lapse_run *l, const uint8_t *at)
{
	struct vs_session *s = &l->life->s;

	return (struct vs_split_descriptor){
		.addr = vs_native_load(s, at + VIRTQ_DESC_ADDR, 8),
		.len = (uint32_t)vs_native_load(s, at + VIRTQ_DESC_LEN, 4),
		.flags = (uint16_t)vs_native_load(s, at + VIRTQ_DESC_FLAGS, 2),
		.next = (uint16_t)vs_native_load(s, at + VIRTQ_DESC_NEXT, 2),
	};
}

static inline void lapse_store(struct lapse_run *l, uint8_t *at, struct vs_split_descriptor d)
{
	vs_split_descriptor_at(&l->life->s, at, d);
}

/* Puts the last of the elements first: the status byte of a request before its header. */
unsigned lapse_last_first(struct lapse_run *l, struct vs_element *elements, unsigned count,
			  bool *indirect);
/* Cuts the elements up, until there are `wanted` or no byte is left to cut off. */
unsigned lapse_cut(struct vs_element *elements, unsigned count, unsigned wanted);
/* Elements as they are, always by way of a table. */
unsigned lapse_always_indirect(struct lapse_run *l, struct vs_element *elements, unsigned count,
			       bool *indirect);

#endif
