/* SPDX-License-Identifier: BSD-3-Clause */
/* Judges a recording: the verdicts are those of the run that it was made of. */
#ifndef VS_REPLAY_H
#define VS_REPLAY_H

#include "exam/driver_run.h"

/* Every trace of the file is a scenario. Returns 0, or -1 with run->trouble. */
int vs_replay_run(struct vs_driver_run *run, const char *path);

#endif
