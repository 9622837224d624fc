/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/json_line.h"
#include "exam/driver_report.h"

static FILE *out_of(struct vs_driver_sink *sink)
{
	return ((struct vs_driver_report *)sink)->out;
}

static bool is_brief(const struct vs_driver_sink *sink)
{
	return ((const struct vs_driver_report *)sink)->brief;
}

static void begin(struct vs_driver_sink *sink, const struct vs_driver_run *run)
{
	vs_put_json(out_of(sink),
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "run", "suite", "virtspec",
			      "version", VIRTSPEC_VERSION, "examines", "driver", "profile",
			      vs_profile_name(run->profile), "driver", run->what));
}

/* The events that led to a charge, one line each, the last one it. */
static json_t *evidence(const struct vs_trace *trace, uint64_t number)
{
	uint64_t first = number >= VS_EVENTS_SHOWN ? number - (VS_EVENTS_SHOWN - 1) : 0;
	json_t *lines = json_array();

	for (uint64_t i = first; i <= number; i++) {
		const struct vs_event *event = vs_trace_at(trace, i);
		char text[200];

		if (!event)
			continue;
		vs_event_format(event, text, sizeof(text));
		json_array_append_new(lines, vs_json_text(text));
	}
	return lines;
}

static json_t *charges(const struct vs_driver_run *run, const struct vs_scenario_result *result)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < result->jury->charge_count; i++) {
		const struct vs_charge *c = &result->jury->charges[i];

		if (!run->rules[c->rule].in_run)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:I, s:o}", "rule",
						      vs_rules[c->rule].id, "monitor",
						      c->monitor->name, "expected", c->expected,
						      "observed", vs_json_text(c->observed),
						      "event", (json_int_t)c->number, "evidence",
						      evidence(result->trace, c->number)));
	}
	return list;
}

/* The rules that the scenario exercised. */
static json_t *exercised(const struct vs_driver_run *run, const struct vs_scenario_result *result)
{
	json_t *list = json_array();

	for (int rule = 0; rule < VS_RULE_COUNT; rule++)
		if (run->rules[rule].in_run && result->jury->rules[rule].armed)
			json_array_append_new(list, json_string(vs_rules[rule].id));
	return list;
}

static json_t *broken(const struct vs_driver_run *run, const struct vs_scenario_result *result)
{
	json_t *list = json_array();

	for (int rule = 0; rule < VS_RULE_COUNT; rule++)
		if (run->rules[rule].in_run && result->jury->rules[rule].broken)
			json_array_append_new(list, json_string(vs_rules[rule].id));
	return list;
}

static void scenario(struct vs_driver_sink *sink, const struct vs_driver_run *run,
		     const struct vs_scenario_result *r)
{
	if (is_brief(sink) && r->verdict <= VS_PASS)
		return;
	vs_put_json(out_of(sink),
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I}",
			      "type", "scenario", "scenario", r->scenario->name, "target",
			      r->scenario->target, "expects",
			      vs_expectation_name(r->scenario->expects), "outcome",
			      vs_outcome_name(r->outcome), "verdict", vs_verdict_name(r->verdict),
			      "reason", vs_json_text_or_null(r->reason), "exercised",
			      exercised(run, r), "broken", broken(run, r), "findings",
			      charges(run, r), "output",
			      vs_json_text_or_null(r->verdict == VS_PASS ? NULL : r->output),
			      "events", (json_int_t)r->trace->count, "us",
			      (json_int_t)r->microseconds));
}

static void rule(struct vs_driver_sink *sink, const struct vs_driver_run *run, int id,
		 const struct vs_driver_rule *result)
{
	const struct vs_rule *r = &vs_rules[id];
	json_t *clauses;

	(void)run;
	if (is_brief(sink) && result->verdict == VS_PASS)
		return;
	clauses = json_array();
	for (unsigned i = 0; i < r->clause_count; i++)
		json_array_append_new(clauses, json_string(vs_clauses[r->clauses[i]].key));
	vs_put_json(out_of(sink),
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:o, s:o}", "type",
			      "rule", "rule", r->id, "verdict", vs_verdict_name(result->verdict),
			      "level", vs_level_name(r->level), "kind",
			      r->robustness ? "robustness" : "clause", "section", r->section,
			      "clauses", clauses, "exercised_in", (int)result->exercised_in,
			      "broken_in", (int)result->broken_in, "first_broken",
			      vs_json_text_or_null(result->first), "excuse",
			      vs_json_text_or_null(r->excuse)));
}

static void end(struct vs_driver_sink *sink, const struct vs_driver_run *run)
{
	json_t *rules = json_object(), *outcomes = json_object();

	for (int v = 0; v < VS_VERDICT_COUNT; v++)
		json_object_set_new(rules, vs_verdict_name(v), json_integer(run->by_verdict[v]));
	for (int o = 0; o < VS_OUTCOME_COUNT; o++)
		json_object_set_new(outcomes, vs_outcome_name(o), json_integer(run->by_outcome[o]));
	vs_put_json(out_of(sink),
		    json_pack("{s:s, s:b, s:o, s:o, s:i, s:o}", "type", "summary", "conformant",
			      run->conformant, "rules", rules, "outcomes", outcomes, "scenarios",
			      (int)run->scenarios, "trouble", vs_json_text_or_null(run->trouble)));
}

void vs_driver_report_jsonl(struct vs_driver_report *report, FILE *out, bool brief)
{
	*report = (struct vs_driver_report){
		.sink = { .begin = begin, .scenario = scenario, .rule = rule, .end = end },
		.out = out,
		.brief = brief,
	};
}
