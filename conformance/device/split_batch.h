/* SPDX-License-Identifier: BSD-3-Clause */
/* Batches of benign requests and the interrupts about them, on a split ring. */
#ifndef VS_SPLIT_BATCH_H
#define VS_SPLIT_BATCH_H

#include "engine/check.h"

#define VS_BATCH_MAX 4u

/* How many requests fit into the queue together, VS_BATCH_MAX at most. */
unsigned vs_batch_size(struct vs_ctx *t);
/* Offers so many, notifies once, and waits until all are back; or blocks. */
void vs_serve_batch(struct vs_ctx *t, unsigned count);

/*
 * Takes the next used entry. Some devices take one buffer a notification, and it is not their
 * interrupts that are wrong then: before it gives up, it notifies once more.
 */
bool vs_comes_back(struct vs_ctx *t, struct vs_queue *q, struct vs_used *used);

/* The session's queue that carries requests. */
struct vs_queue *vs_request_queue_of(struct vs_ctx *t);

/*
 * Whether an interrupt comes that can be about all used entries before `idx`: one that is seen when
 * the used index was there already.
 */
bool vs_hears_of(struct vs_ctx *t, struct vs_queue *q, uint16_t idx);
/* Whether one has come by now; with `settled`, or comes in a moment. */
bool vs_heard(struct vs_ctx *t, bool settled);

/* The available ring's flags, and the two bytes behind it. */
void vs_set_avail_flags(struct vs_queue *q, uint16_t flags);
void vs_set_used_event(struct vs_queue *q, uint16_t event);

#endif
