/* SPDX-License-Identifier: BSD-3-Clause */
/* All monitors over one trace: events go in, verdicts come out. */
#ifndef VS_JURY_H
#define VS_JURY_H

#include "monitor/monitor.h"

#define VS_CHARGES_MAX 4u /* of one rule in one trace that are kept; what is beyond is counted */

/* A breach of a rule. */
struct vs_charge {
	uint16_t rule;
	const struct vs_monitor *monitor;
	uint64_t number; /* of the event that broke it; at the end of the trace, of the last one */
	char expected[96];
	char observed[200];
};

/* What became of a rule in one trace. */
struct vs_sentence {
	uint64_t armed, broken;
};

struct vs_jury {
	struct vs_model model;
	struct vs_judge *judges; /* one a monitor that the profile and the trace allow */
	unsigned judge_count;
	struct vs_sentence rules[VS_RULE_COUNT];
	struct vs_charge *charges;
	unsigned charge_count, charge_room;
	bool failed; /* out of memory: no verdict counts */
};

/* Puts every monitor of a rule that binds in the subject's profile to work. 0, or -1: no memory.
 * `subject` has to outlive the jury. */
int vs_jury_init(struct vs_jury *jury, const struct vs_subject *subject);
void vs_jury_hear(struct vs_jury *jury, const struct vs_event *event);
/* The trace is over. */
void vs_jury_close(struct vs_jury *jury);
void vs_jury_free(struct vs_jury *jury);

#endif
