/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The monitors over the suite's own accesses: a check is a driver too. What it breaks of a driver's
 * rules has to be announced in its `breaks`; anything else is a bug of the suite.
 */
#ifndef VS_SELF_WATCH_H
#define VS_SELF_WATCH_H

#include "engine/result.h"

/* Starts to watch the run's bus, whose trace it takes. 0, or -1 with run->trouble. */
int vs_self_watch_open(struct vs_run *run);
void vs_self_watch_close(struct vs_run *run);

/* All is over: what monitors say only then. */
void vs_self_watch_end(struct vs_run *run);

/* A step is over: what was broken and not announced becomes a fault of the run. `check` is NULL for
 * what the engine does by itself. */
void vs_self_watch_look(struct vs_run *run, const struct vs_check *check, enum vs_view view);

#endif
