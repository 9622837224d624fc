/* SPDX-License-Identifier: BSD-3-Clause */
/* What monitors of split and of packed rings have in common. */
#ifndef VS_BUFFERS_H
#define VS_BUFFERS_H

#include "monitor/monitor.h"

#define VS_HEARS_BUFFERS (VS_HEARS(DESCRIPTOR) | VS_HEARS(AVAILABLE))

/* Whether the driver's virtqueues are packed ones. */
static inline bool vs_is_packed(const struct vs_model *model)
{
	return vs_model_negotiated(model, VIRTIO_F_RING_PACKED);
}

static inline bool vs_is(const struct vs_seen *seen, enum vs_event_kind kind)
{
	return seen->event->kind == kind;
}

/* The descriptor lies in an indirect table. */
static inline bool vs_in_table(const struct vs_seen *seen)
{
	return seen->event->width & VS_DESCRIPTOR_IN_TABLE;
}

/* Whether the entry of the available ring at index `event` is among [old, new), modulo 2^16. */
static inline bool vs_passes(uint16_t event, uint64_t old, uint64_t new)
{
	return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

/* Entries of the virtqueue, or 0: not known. */
unsigned vs_queue_size(const struct vs_judge *j, const struct vs_seen *seen);

/* Judges the buffers that go by: no readable element after a writable one. */
void vs_judge_order(struct vs_judge *j, const struct vs_seen *seen);
/* INDIRECT only with INDIRECT_DESC. */
void vs_judge_indirect(struct vs_judge *j, const struct vs_seen *seen);
/* When a queue is enabled: its areas, as far as they were written, at multiples of `align`. */
void vs_judge_alignment(struct vs_judge *j, const struct vs_seen *seen, const unsigned align[3]);

#endif
