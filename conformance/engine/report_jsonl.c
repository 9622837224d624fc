/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/json_line.h"
#include "engine/report.h"
#include "spec/feature_table.h"

static json_t *feature_names(const struct vs_run *run)
{
	json_t *names = json_array();

	for (unsigned bit = 0; bit < VS_FEATURE_BITS; bit++) {
		const char *name = vs_feature_name(run->fn.type, bit);
		char number[24];

		if (!vs_features_has(&run->probes[vs_main_view(run)].offered, bit))
			continue;
		snprintf(number, sizeof(number), "bit %u", bit);
		json_array_append_new(names, json_string(name ? name : number));
	}
	return names;
}

static json_t *view_names(const struct vs_run *run)
{
	json_t *names = json_array();

	for (unsigned view = 0; view < VS_VIEW_COUNT; view++)
		if (vs_view_available(run, view))
			json_array_append_new(names, json_string(vs_view_name(view)));
	return names;
}

static json_t *device_object(const struct vs_run *run)
{
	const struct vs_function *fn = &run->fn;
	const struct vs_device_type *type = vs_device_type_find(fn->type);
	const char *interface = !run->legacy ? "modern" : run->modern ? "transitional" : "legacy";

	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:s?, s:s, s:o, s:o, s:i, s:i}", "vendor",
			 fn->vendor, "device", fn->device, "revision", fn->revision,
			 "subsystem_vendor", fn->subsystem_vendor, "subsystem", fn->subsystem,
			 "type", fn->type, "name", type ? type->name : NULL, "interface", interface,
			 "views", view_names(run), "features", feature_names(run), "queues",
			 run->probes[vs_main_view(run)].num_queues, "msix_vectors",
			 (int)fn->msix_vectors);
}

static void begin(struct vs_sink *sink, const struct vs_run *run)
{
	const char *behind = vs_bus_describe(run->bus);

	vs_put_json(((struct vs_report *)sink)->out,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:i}", "type", "run",
			      "suite", "virtspec", "version", VIRTSPEC_VERSION, "profile",
			      vs_profile_name(run->profile), "target", run->target, "bus",
			      run->bus->ops->name, "behind", vs_json_text_or_null(behind), "device",
			      device_object(run), "checks", (int)run->planned));
}

static json_t *finding_object(const struct vs_finding *finding)
{
	json_t *evidence = json_array();

	for (unsigned i = 0; i < VS_EVIDENCE_MAX && finding->evidence[i]; i++)
		json_array_append_new(evidence, vs_json_text(finding->evidence[i]));
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:[I, I], s:o}", "rule",
			 vs_rules[finding->rule].id, "verdict", vs_verdict_name(finding->verdict),
			 "expected", vs_json_text(finding->expected), "observed",
			 vs_json_text(finding->observed), "where",
			 vs_json_text_or_null(finding->where), "trace",
			 (json_int_t)finding->trace_first, (json_int_t)finding->trace_last,
			 "evidence", evidence);
}

static json_t *rule_ids(const struct vs_check *check)
{
	json_t *ids = json_array();

	for (const uint16_t *rule = check->rules; *rule != VS_RULE_COUNT; rule++)
		json_array_append_new(ids, json_string(vs_rules[*rule].id));
	return ids;
}

static bool is_left_out(const struct vs_sink *sink, enum vs_verdict verdict)
{
	return ((const struct vs_report *)sink)->brief && verdict <= VS_PASS;
}

static void check(struct vs_sink *sink, const struct vs_run *run, const struct vs_outcome *o)
{
	const struct vs_finding *worst = NULL;
	json_t *findings, *line;

	(void)run;
	if (is_left_out(sink, o->verdict))
		return;
	findings = json_array();
	for (unsigned i = 0; i < vs_findings_kept(o); i++) {
		if (!worst || o->findings[i].verdict > worst->verdict)
			worst = &o->findings[i];
		json_array_append_new(findings, finding_object(&o->findings[i]));
	}
	line = json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:I}",
			 "type", "check", "check", o->check->name, "view", vs_view_name(o->view),
			 "rules", rule_ids(o->check), "verdict", vs_verdict_name(o->verdict),
			 "expected", vs_json_text_or_null(worst ? worst->expected : NULL),
			 "observed", vs_json_text_or_null(worst ? worst->observed : NULL), "where",
			 vs_json_text_or_null(worst ? worst->where : NULL), "reason",
			 vs_json_text_or_null(o->reason), "blocked_by",
			 vs_json_text_or_null(o->blocked_by >= 0 ? vs_rules[o->blocked_by].id
								 : NULL),
			 "findings", findings, "finding_count", (int)o->finding_count,
			 "process_output", vs_json_text_or_null(o->process_output), "us",
			 (json_int_t)o->microseconds);
	vs_put_json(((struct vs_report *)sink)->out, line);
}

static void rule(struct vs_sink *sink, const struct vs_run *run, int id,
		 const struct vs_rule_result *result)
{
	const struct vs_rule *r = &vs_rules[id];
	json_t *clauses;

	(void)run;
	if (is_left_out(sink, result->verdict))
		return;
	clauses = json_array();
	for (unsigned i = 0; i < r->clause_count; i++)
		json_array_append_new(clauses, json_string(vs_clauses[r->clauses[i]].key));
	vs_put_json(((struct vs_report *)sink)->out,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "type", "rule", "rule",
			      r->id, "verdict", vs_verdict_name(result->verdict), "level",
			      vs_level_name(r->level), "kind",
			      r->robustness ? "robustness" : "clause", "section", r->section,
			      "clauses", clauses, "reason", vs_json_text_or_null(result->reason)));
}

static void faults(FILE *out, const struct vs_run *run)
{
	for (unsigned i = 0; i < run->fault_count; i++) {
		const struct vs_fault *f = &run->faults[i];

		vs_put_json(out, json_pack("{s:s, s:s?, s:s, s:s, s:o}", "type", "fault", "check",
					   f->check ? f->check->name : NULL, "view",
					   vs_view_name(f->view), "rule", vs_rules[f->rule].id,
					   "observed", vs_json_text(f->observed)));
	}
}

static void end(struct vs_sink *sink, const struct vs_run *run)
{
	json_t *counts = json_object();

	faults(((struct vs_report *)sink)->out, run);
	for (int v = 0; v < VS_VERDICT_COUNT; v++)
		json_object_set_new(counts, vs_verdict_name(v), json_integer(run->by_verdict[v]));
	vs_put_json(((struct vs_report *)sink)->out,
		    json_pack("{s:s, s:b, s:o, s:i, s:i, s:o, s:I}", "type", "summary",
			      "conformant", run->conformant, "rules", counts, "checks_run",
			      (int)run->outcome_count, "checks_planned", (int)run->planned,
			      "trouble", vs_json_text_or_null(run->trouble), "round_trips",
			      (json_int_t)run->bus->round_trips));
}

void vs_report_jsonl(struct vs_report *report, FILE *out, bool brief)
{
	*report = (struct vs_report){
		.sink = { .begin = begin, .check = check, .rule = rule, .end = end },
		.out = out,
		.brief = brief,
	};
}
