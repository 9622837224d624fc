/* SPDX-License-Identifier: BSD-3-Clause */
/* From the outcomes of checks to the verdicts of rules. */
#include <stdio.h>

#include "engine/runner.h"

static void hear(struct vs_rule_result *result, const struct vs_outcome *o, unsigned position)
{
	const char *reason = o->reasons[position] ? o->reasons[position] : o->reason;

	if (o->rules[position] < result->verdict)
		return;
	if (o->rules[position] > result->verdict || !result->reason[0])
		snprintf(result->reason, sizeof(result->reason), "%s",
			 o->rules[position] == VS_PASS ? "" : reason);
	result->verdict = o->rules[position];
}

/* What any check may have seen beside its own matter. */
static void hear_stray(struct vs_run *run)
{
	struct vs_rule_result *result = &run->rules[VS_RULE_ROBUST_STRAY_WRITE];

	for (size_t i = 0; i < run->outcome_count; i++) {
		if (run->outcomes[i].stray && result->verdict < VS_WARN) {
			result->verdict = VS_WARN;
			result->reason[0] = '\0';
		}
	}
}

void vs_judge_rules(struct vs_run *run)
{
	run->conformant = run->outcome_count == run->planned;
	for (int rule = 0; rule < VS_RULE_COUNT; rule++)
		run->rules[rule].in_run = vs_rule_selected(run, rule);
	for (size_t i = 0; i < run->outcome_count; i++) {
		const struct vs_outcome *o = &run->outcomes[i];

		for (unsigned r = 0; o->check->rules[r] != VS_RULE_COUNT; r++)
			hear(&run->rules[o->check->rules[r]], o, r);
	}
	hear_stray(run);
	for (int rule = 0; rule < VS_RULE_COUNT; rule++) {
		struct vs_rule_result *result = &run->rules[rule];

		if (!result->in_run)
			continue;
		if (result->verdict == VS_NOT_TESTED)
			snprintf(result->reason, sizeof(result->reason), "%s",
				 vs_rules[rule].excuse ? vs_rules[rule].excuse
				 : run->conformant     ? "there is no check for it yet"
						       : "the run ended before its check");
		if (result->verdict > VS_PASS)
			run->conformant = false;
		run->by_verdict[result->verdict]++;
	}
}
