/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/report.h"
#include "engine/text.h"
#include "spec/feature_table.h"

static void put_device(const struct vs_report *report, const struct vs_run *run)
{
	const struct vs_function *fn = &run->fn;
	const struct vs_device_type *type = vs_device_type_find(fn->type);
	const char *behind = vs_bus_describe(run->bus);

	fprintf(report->out, "virtspec %s  %s  profile %s\n", VIRTSPEC_VERSION, run->target,
		vs_profile_name(run->profile));
	fprintf(report->out, "%04x:%04x revision %u, %s, %u virtqueues, %u MSI-X vectors%s%s\n",
		fn->vendor, fn->device, fn->revision, type ? type->name : "no known virtio device",
		run->probes[vs_main_view(run)].num_queues, fn->msix_vectors, behind ? "\n" : "",
		behind ? behind : "");
}

static void put_check(const struct vs_report *report, const struct vs_outcome *o,
		      enum vs_verdict verdict)
{
	fprintf(report->out, "      %s%s%s %s", vs_paint(report->colour, verdict),
		vs_verdict_name(verdict), vs_unpaint(report->colour), o->check->name);
	if (o->view != VS_VIEW_MODERN)
		fprintf(report->out, " (%s)", vs_view_name(o->view));
	fputc('\n', report->out);
}

static void put_finding(const struct vs_report *report, const struct vs_outcome *o,
			const struct vs_finding *finding)
{
	FILE *out = report->out;

	put_check(report, o, finding->verdict);
	vs_put_labelled(out, "where", finding->where);
	vs_put_labelled(out, "expected", finding->expected);
	vs_put_labelled(out, "observed", finding->observed);
	for (unsigned i = 0; report->verbose && i < VS_EVIDENCE_MAX && finding->evidence[i]; i++)
		vs_put_labelled(out, i == 0 ? "after" : "", finding->evidence[i]);
}

#define STRAYS_SHOWN 3u /* checks that came upon a stray write: where one does, most do */

/* What it says of the rule; any check may have come upon a stray write. */
static bool concerns(const struct vs_outcome *o, int rule, enum vs_verdict *verdict)
{
	for (unsigned i = 0; o->check->rules[i] != VS_RULE_COUNT; i++) {
		if (o->check->rules[i] == rule) {
			*verdict = o->rules[i];
			return true;
		}
	}
	*verdict = VS_WARN;
	return rule == VS_RULE_ROBUST_STRAY_WRITE && o->stray;
}

static void put_outcome(const struct vs_report *report, const struct vs_outcome *o, int rule,
			enum vs_verdict verdict)
{
	for (unsigned i = 0; i < vs_findings_kept(o); i++)
		if (o->findings[i].rule == rule)
			put_finding(report, o, &o->findings[i]);
	if (o->finding_count > VS_FINDINGS_MAX)
		fprintf(report->out, "      and %u more\n", o->finding_count - VS_FINDINGS_MAX);
	if (verdict > VS_PASS && verdict != VS_WARN && verdict != VS_FAIL) {
		put_check(report, o, verdict);
		vs_put_labelled(report->out, "why", o->reason);
		if (o->blocked_by >= 0)
			vs_put_labelled(report->out, "see", vs_rules[o->blocked_by].id);
	}
	if (verdict > VS_PASS)
		vs_put_labelled(report->out, "process", o->process_output);
}

static void put_rule(const struct vs_report *report, const struct vs_run *run, int rule)
{
	const struct vs_rule *r = &vs_rules[rule];
	const struct vs_rule_result *result = &run->rules[rule];
	unsigned strays = 0;

	fprintf(report->out, "    %s%-14s%s %s\n", vs_paint(report->colour, result->verdict),
		vs_verdict_name(result->verdict), vs_unpaint(report->colour), r->id);
	if (result->verdict <= VS_PASS) {
		if (report->verbose)
			vs_put_labelled(report->out, "why", result->reason);
		return;
	}
	vs_put_labelled(report->out, "rule", r->says);
	for (size_t i = 0; i < run->outcome_count; i++) {
		enum vs_verdict verdict;

		if (!concerns(&run->outcomes[i], rule, &verdict))
			continue;
		if (rule != VS_RULE_ROBUST_STRAY_WRITE || strays++ < STRAYS_SHOWN)
			put_outcome(report, &run->outcomes[i], rule, verdict);
	}
	if (rule == VS_RULE_ROBUST_STRAY_WRITE && strays > STRAYS_SHOWN)
		fprintf(report->out, "      and in %u more checks\n", strays - STRAYS_SHOWN);
}

static int by_section(const void *left, const void *right)
{
	int a = *(const int *)left, b = *(const int *)right;
	int order = (int)vs_rules[a].robustness - (int)vs_rules[b].robustness;

	if (!order)
		order = vs_section_compare(vs_rules[a].section, vs_rules[b].section);
	return order ? order : a - b;
}

static bool worth_showing(const struct vs_report *report, enum vs_verdict verdict)
{
	return report->verbose || verdict > VS_PASS;
}

static void put_heading(const struct vs_report *report, const struct vs_rule *r)
{
	fprintf(report->out, "\n  %s%s%s\n", r->section, *r->section ? "  " : "", r->title);
}

static void end(struct vs_sink *sink, const struct vs_run *run)
{
	const struct vs_report *report = (const struct vs_report *)sink;
	const struct vs_rule *heading = NULL;
	int order[VS_RULE_COUNT], count = 0;

	put_device(report, run);
	for (int rule = 0; rule < VS_RULE_COUNT; rule++)
		if (run->rules[rule].in_run)
			order[count++] = rule;
	qsort(order, (size_t)count, sizeof(*order), by_section);
	for (int i = 0; i < count; i++) {
		const struct vs_rule *r = &vs_rules[order[i]];

		if (!worth_showing(report, run->rules[order[i]].verdict))
			continue;
		if (!heading || strcmp(heading->section, r->section) != 0)
			put_heading(report, r);
		heading = r;
		put_rule(report, run, order[i]);
	}
	fprintf(report->out, "\n%d rules:", count);
	for (int v = VS_VERDICT_COUNT - 1; v >= 0; v--)
		if (run->by_verdict[v])
			fprintf(report->out, " %s%u %s%s", vs_paint(report->colour, v),
				run->by_verdict[v], vs_verdict_name(v), vs_unpaint(report->colour));
	fprintf(report->out, "\n%zu of %zu checks ran%s%s\n", run->outcome_count, run->planned,
		*run->trouble ? ": " : "", run->trouble);
	fprintf(report->out, "%s\n", run->conformant ? "conformant" : "NOT conformant");
	fflush(report->out);
}

void vs_report_text(struct vs_report *report, FILE *out, bool colour, bool verbose)
{
	*report = (struct vs_report){
		.sink = { .end = end }, .out = out, .colour = colour, .verbose = verbose
	};
}
