/* SPDX-License-Identifier: BSD-3-Clause */
/* A ring that no driver can mean, to bring a device into an error that only a reset mends (2.1.2).
 */
#ifndef VS_BROKEN_RING_H
#define VS_BROKEN_RING_H

#include "engine/check.h"

/*
 * On a live device: offers a benign request, then lets the available index claim `ahead` buffers
 * beyond it, more than there is room for (0: one more), and notifies. Every place of the ring names
 * that request, so that a device which believes the index finds nothing else amiss.
 */
void vs_jump_ahead(struct vs_ctx *t, uint16_t ahead);

/*
 * On a live device: a ring with more buffers than it has places, none of which names a descriptor,
 * in the queue of the benign request, which it returns. Whether DEVICE_NEEDS_RESET came of it.
 */
struct vs_queue *vs_break_ring(struct vs_ctx *t, bool *needs_reset);

#endif
