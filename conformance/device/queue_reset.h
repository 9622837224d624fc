/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps of resetting a single virtqueue, for the checks of 2.6.1 and of queue_reset. */
#ifndef VS_QUEUE_RESET_H
#define VS_QUEUE_RESET_H

#include "engine/check.h"

/* Skips where the feature is not in force: a device may offer it without having the field. */
void vs_need_ring_reset(struct vs_ctx *t);

/* The queue of the benign request, known to serve; blocks where it does not. */
struct vs_queue *vs_working_queue(struct vs_ctx *t);

/* Whether queue_reset of the queue reads something else than 0. */
bool vs_resetting(struct vs_ctx *t, const struct vs_queue *q);
/* Resets a queue and waits until that is over, or blocks. */
void vs_reset_queue(struct vs_ctx *t, struct vs_queue *q);
/* Enables it again: in new memory, with at most `size` entries (0: as usual); or as it was. */
void vs_start_queue(struct vs_ctx *t, struct vs_queue *q, uint16_t size);
void vs_restart_queue(struct vs_ctx *t, struct vs_queue *q);

/*
 * Lets pass what a request takes on this device, more than once, so that what is left of requests
 * shows; a slow disk is worth waiting for, a stuck one is not.
 */
void vs_linger(struct vs_ctx *t, uint64_t service_ns);

#endif
