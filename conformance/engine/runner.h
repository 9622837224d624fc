/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parts of the engine say to each other. */
#ifndef VS_RUNNER_H
#define VS_RUNNER_H

#include "engine/result.h"

/*
 * Learns what can be told of the device without judging it: configuration space first, features and
 * queues by a plain bring-up. Returns 0, or -1 with run->trouble when configuration space cannot be
 * read.
 */
int vs_probe_function(struct vs_run *run);
void vs_probe_device(struct vs_run *run);

/* Gathers the verdicts of the rules from the outcomes. */
void vs_judge_rules(struct vs_run *run);

/* What changes to and fro, as a link that is up or down, back to how it was found. */
void vs_restore_config(struct vs_session *s);

/* Gives DIED or TIMEOUT to the rules of a check that lost its device or its time. */
void vs_conclude_lost(struct vs_ctx *t);

/* After a check: judges robust.stray-write by what the guards of its session saw. */
void vs_judge_guards(struct vs_ctx *t);

#endif
