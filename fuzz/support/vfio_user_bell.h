/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FUZZ_VFIO_USER_BELL_H
#define FUZZ_VFIO_USER_BELL_H

#include "fuzz/support/vfio_user_peer.h"

/*
 * Sends `m`, which rings the bell, when p->bell says what the device does then; answers what it
 * asks, and compares. `lies`: the number of the answer that is wrong (3 bits) and what is wrong
 * with it (3 bits). Nothing may be on its way.
 */
void peer_ring(struct peer *p, const struct peer_message *m, uint32_t lies);

#endif
