/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/driver_run.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

const char *vs_outcome_name(enum vs_outcome_kind outcome)
{
	static const char *const names[VS_OUTCOME_COUNT] = {
		[VS_OUTCOME_WORKED] = "worked",   [VS_OUTCOME_REFUSED] = "refused",
		[VS_OUTCOME_ORDERLY] = "orderly", [VS_OUTCOME_WRONG] = "wrong",
		[VS_OUTCOME_HUNG] = "hung",       [VS_OUTCOME_CRASHED] = "crashed",
		[VS_OUTCOME_UNKNOWN] = "unknown",
	};

	return names[outcome];
}

bool vs_driver_rule_selected(const struct vs_driver_run *run, int rule)
{
	const struct vs_rule *r = &vs_rules[rule];

	if (r->role != VS_ROLE_DRIVER || run->profile < r->since || run->profile > r->until)
		return false;
	for (unsigned i = 0; i < run->glob_count; i++)
		if (fnmatch(run->globs[i], r->id, 0) == 0)
			return true;
	return run->glob_count == 0;
}

static void end_badly(struct vs_ending *ending, enum vs_outcome_kind outcome)
{
	if (!ending->bad)
		ending->outcome = outcome;
	ending->bad = true;
}

void vs_ending_hear(struct vs_ending *ending, const struct vs_event *event)
{
	if (event->kind != VS_EVENT_LIFE)
		return;
	switch (event->value) {
	case VS_LIFE_HUNG:
		end_badly(ending, VS_OUTCOME_HUNG);
		break;
	case VS_LIFE_CRASHED:
		end_badly(ending, VS_OUTCOME_CRASHED);
		break;
	case VS_LIFE_WRONG:
		end_badly(ending, VS_OUTCOME_WRONG);
		break;
	case VS_LIFE_SERVED:
		ending->served = true;
		break;
	case VS_LIFE_DOWN:
	case VS_LIFE_UNSERVED:
		ending->failed = true;
		break;
	case VS_LIFE_REFUSED:
		ending->refused = true;
		break;
	default:
		break;
	}
}

enum vs_outcome_kind vs_ending_outcome(const struct vs_ending *ending)
{
	if (ending->bad)
		return ending->outcome;
	if (ending->failed)
		return VS_OUTCOME_ORDERLY;
	if (ending->refused)
		return ending->served ? VS_OUTCOME_ORDERLY : VS_OUTCOME_REFUSED;
	return ending->served ? VS_OUTCOME_WORKED : VS_OUTCOME_UNKNOWN;
}

void vs_driver_begin(struct vs_driver_run *run)
{
	for (int rule = 0; rule < VS_RULE_COUNT; rule++) {
		run->rules[rule] = (struct vs_driver_rule){
			.in_run = vs_driver_rule_selected(run, rule),
			.verdict = VS_NOT_EXERCISED,
		};
	}
	for (unsigned i = 0; i < run->sink_count; i++)
		if (run->sinks[i]->begin)
			run->sinks[i]->begin(run->sinks[i], run);
}

static void count(struct vs_driver_run *run, int rule, uint64_t armed, enum vs_verdict broken_as,
		  uint64_t broken, const char *scenario)
{
	struct vs_driver_rule *r = &run->rules[rule];

	if (!r->in_run || !armed)
		return;
	r->armed += armed;
	r->broken += broken;
	r->exercised_in++;
	if (broken) {
		if (!r->broken_in++)
			snprintf(r->first, sizeof(r->first), "%s", scenario);
		if (r->verdict < broken_as)
			r->verdict = broken_as;
	} else if (r->verdict < VS_PASS) {
		r->verdict = VS_PASS;
	}
}

static enum vs_verdict breach_of(int rule, enum vs_outcome_kind outcome)
{
	if (rule == VS_RULE_DRIVER_ROBUST_ENDS_ORDERLY)
		return outcome == VS_OUTCOME_HUNG ? VS_TIMEOUT : VS_DIED;
	return !vs_rules[rule].robustness && vs_level_is_must(vs_rules[rule].level) ? VS_FAIL
										    : VS_WARN;
}

/* Whether it came through as expected. */
static void judge_outcome(struct vs_scenario_result *result)
{
	static const enum vs_verdict ends[VS_OUTCOME_COUNT] = {
		[VS_OUTCOME_HUNG] = VS_TIMEOUT,
		[VS_OUTCOME_CRASHED] = VS_DIED,
	};
	enum vs_expectation expects = result->scenario->expects;
	enum vs_outcome_kind outcome = result->outcome;

	result->verdict = VS_PASS;
	result->reason[0] = '\0';
	if (ends[outcome]) {
		result->verdict = ends[outcome];
		snprintf(result->reason, sizeof(result->reason), "the driver %s",
			 vs_outcome_name(outcome));
	} else if (expects == VS_EXPECT_WORKS && outcome != VS_OUTCOME_WORKED &&
		   outcome != VS_OUTCOME_UNKNOWN) {
		result->verdict = VS_WARN;
		snprintf(result->reason, sizeof(result->reason),
			 "the device is legal, and the driver: %s", vs_outcome_name(outcome));
	} else if (expects == VS_EXPECT_REFUSES && outcome == VS_OUTCOME_WORKED) {
		result->verdict = VS_WARN;
		snprintf(result->reason, sizeof(result->reason),
			 "the driver drives what it should leave alone");
	}
}

static const char *note_of_end(const struct vs_trace *trace)
{
	const struct vs_event *last = trace->count ? vs_trace_at(trace, trace->count - 1) : NULL;

	return last && last->kind == VS_EVENT_LIFE ? last->note : NULL;
}

void vs_driver_add(struct vs_driver_run *run, struct vs_scenario_result *result)
{
	const char *note = note_of_end(result->trace);

	judge_outcome(result);
	if (result->reason[0] && note) {
		size_t used = strlen(result->reason);

		snprintf(result->reason + used, sizeof(result->reason) - used, ": %s", note);
	}
	for (int rule = 0; rule < VS_RULE_COUNT; rule++) {
		const struct vs_sentence *s = &result->jury->rules[rule];

		if (!run->rules[rule].in_run)
			continue;
		count(run, rule, s->armed, breach_of(rule, result->outcome), s->broken,
		      result->scenario->name);
		if (s->broken && result->verdict < breach_of(rule, result->outcome))
			result->verdict = breach_of(rule, result->outcome);
	}
	if (result->jury->failed)
		snprintf(run->trouble, sizeof(run->trouble), "out of memory");
	run->scenarios++;
	run->by_outcome[result->outcome]++;
	for (unsigned i = 0; i < run->sink_count; i++)
		if (run->sinks[i]->scenario)
			run->sinks[i]->scenario(run->sinks[i], run, result);
}

void vs_driver_end(struct vs_driver_run *run)
{
	run->conformant = !run->trouble[0];
	for (int rule = 0; rule < VS_RULE_COUNT; rule++) {
		struct vs_driver_rule *r = &run->rules[rule];

		if (!r->in_run)
			continue;
		run->by_verdict[r->verdict]++;
		if (r->verdict > VS_PASS)
			run->conformant = false;
		for (unsigned i = 0; i < run->sink_count; i++)
			if (run->sinks[i]->rule)
				run->sinks[i]->rule(run->sinks[i], run, rule, r);
	}
	for (unsigned i = 0; i < run->sink_count; i++)
		if (run->sinks[i]->end)
			run->sinks[i]->end(run->sinks[i], run);
}
