/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a ring format keeps of buffers that are with the device: which identifiers are free, how
 * many descriptors each buffer took, and, with IN_ORDER, in which order they left, so that a used
 * element that stands for several can be told (2.7.9, 2.8.8). Nothing that a device writes leads
 * outside these lists.
 */
#ifndef VS_FLIGHT_H
#define VS_FLIGHT_H

#include "driver/queue.h"

/* A buffer that is back, and how many descriptors it took: 0 when it never left. */
struct vs_landing {
	struct vs_used used;
	uint16_t descriptors;
};

/* Everything free: ids from 0 to size - 1, in this order. */
void vs_flight_init(struct vs_queue *q);

/* Takes a free id (there has to be one), oldest first: where buffers come back in order, chains
 * stay consecutive, as IN_ORDER wants it (2.7.5.2). Gives one back. */
uint16_t vs_flight_free(struct vs_queue *q);
void vs_flight_give(struct vs_queue *q, uint16_t id);

/* A buffer of so many descriptors leaves. */
void vs_flight_depart(struct vs_queue *q, uint16_t id, uint16_t descriptors);

/* A used element has come: sets q->batch to the number of buffers that it stands for, from 1 to
 * `most`. */
void vs_flight_arrive(struct vs_queue *q, uint32_t id, uint32_t len, unsigned most);
/* Descriptors of all buffers of that batch. */
unsigned vs_flight_batch_descriptors(const struct vs_queue *q);
/* The next buffer of the batch. */
struct vs_landing vs_flight_land(struct vs_queue *q);

#endif
