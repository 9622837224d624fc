/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeps the tester and the processes it starts on one processor. They take turns anyway, and waking
 * a sleeper on another processor costs several times what the exchange itself does.
 */
#ifndef VS_AFFINITY_H
#define VS_AFFINITY_H

#include <sched.h>
#include <stdbool.h>

struct vs_affinity {
	cpu_set_t before, pinned;
	bool active;
};

/* Pins the calling thread to the processor it is on; does nothing where that is not allowed. */
void vs_affinity_pin(struct vs_affinity *affinity);

/* Undoes it, on the same thread, unless somebody else has changed the affinity since. */
void vs_affinity_restore(struct vs_affinity *affinity);

#endif
