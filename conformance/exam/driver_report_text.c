/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "engine/text.h"
#include "exam/driver_report.h"

#define CHARGES_SHOWN 3u /* of a rule, over all scenarios */

static struct vs_driver_report *of(struct vs_driver_sink *sink)
{
	return (struct vs_driver_report *)sink;
}

/* Keeps a block of text for the rule until the end. */
static void keep(struct vs_driver_report *report, int rule, char *text)
{
	char **grown;

	if (!text)
		return;
	grown = realloc(report->lines[rule], (report->line_count[rule] + 1) * sizeof(*grown));
	if (!grown) {
		free(text);
		return;
	}
	report->lines[rule] = grown;
	grown[report->line_count[rule]++] = text;
}

static char *describe(const struct vs_driver_report *report, const struct vs_scenario_result *r,
		      const struct vs_charge *charge)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	vs_put_labelled(out, "scenario", r->scenario->name);
	vs_put_labelled(out, "expected", charge->expected);
	vs_put_labelled(out, "observed", charge->observed);
	for (uint64_t i = charge->number > 6 ? charge->number - 6 : 0;
	     report->verbose && i <= charge->number; i++) {
		const struct vs_event *event = vs_trace_at(r->trace, i);
		char line[200];

		if (!event)
			continue;
		vs_event_format(event, line, sizeof(line));
		vs_put_labelled(out, i == charge->number ? "at" : "after", line);
	}
	fclose(out);
	return text;
}

static void scenario(struct vs_driver_sink *sink, const struct vs_driver_run *run,
		     const struct vs_scenario_result *r)
{
	struct vs_driver_report *report = of(sink);

	for (unsigned i = 0; i < r->jury->charge_count; i++) {
		const struct vs_charge *c = &r->jury->charges[i];

		if (run->rules[c->rule].in_run && report->line_count[c->rule] < CHARGES_SHOWN)
			keep(report, c->rule, describe(report, r, c));
	}
	if (!*r->reason && !report->verbose)
		return;
	fprintf(report->out, "%s%-14s%s %s: %s\n", vs_paint(report->colour, r->verdict),
		vs_verdict_name(r->verdict), vs_unpaint(report->colour), r->scenario->name,
		*r->reason ? r->reason : vs_outcome_name(r->outcome));
	if (r->verdict != VS_PASS)
		vs_put_labelled(report->out, "process", r->output);
}

static void rule(struct vs_driver_sink *sink, const struct vs_driver_run *run, int id,
		 const struct vs_driver_rule *result)
{
	struct vs_driver_report *report = of(sink);
	const struct vs_rule *r = &vs_rules[id];

	(void)run;
	if (result->verdict <= VS_PASS && !report->verbose)
		return;
	fprintf(report->out, "  %s%-14s%s %s", vs_paint(report->colour, result->verdict),
		vs_verdict_name(result->verdict), vs_unpaint(report->colour), r->id);
	if (*r->section)
		fprintf(report->out, "  (%s)", r->section);
	fputc('\n', report->out);
	if (result->verdict == VS_NOT_EXERCISED)
		vs_put_labelled(report->out, "why", r->excuse);
	if (result->verdict <= VS_PASS)
		return;
	vs_put_labelled(report->out, "rule", r->says);
	for (unsigned i = 0; i < report->line_count[id]; i++)
		fputs(report->lines[id][i], report->out);
	if (result->broken_in > 1)
		fprintf(report->out, "        broken in %u of %u scenarios\n", result->broken_in,
			result->exercised_in);
}

/* Names the rules whose situation never arose, with those that nobody can see marked. */
static void put_left(const struct vs_driver_report *report, const struct vs_driver_run *run)
{
	char *text = NULL;
	size_t size;
	FILE *names = open_memstream(&text, &size);

	if (!names)
		return;
	for (int rule = 0; rule < VS_RULE_COUNT; rule++)
		if (run->rules[rule].in_run && run->rules[rule].verdict == VS_NOT_EXERCISED)
			fprintf(names, "%s%s ", vs_rules[rule].id,
				vs_rules[rule].excuse ? " (nobody could see it)" : "");
	fclose(names);
	vs_put_labelled(report->out, "left", text);
	free(text);
}

static void end(struct vs_driver_sink *sink, const struct vs_driver_run *run)
{
	struct vs_driver_report *report = of(sink);
	unsigned count = 0;

	for (int v = 0; v < VS_VERDICT_COUNT; v++)
		count += run->by_verdict[v];
	fprintf(report->out, "\n%s, profile %s\n%u rules:", run->what,
		vs_profile_name(run->profile), count);
	for (int v = VS_VERDICT_COUNT - 1; v >= 0; v--)
		if (run->by_verdict[v])
			fprintf(report->out, " %s%u %s%s", vs_paint(report->colour, v),
				run->by_verdict[v], vs_verdict_name(v), vs_unpaint(report->colour));
	fputc('\n', report->out);
	if (!report->verbose)
		put_left(report, run);
	fprintf(report->out, "%u scenarios:", run->scenarios);
	for (int o = 0; o < VS_OUTCOME_COUNT; o++)
		if (run->by_outcome[o])
			fprintf(report->out, " %u %s", run->by_outcome[o], vs_outcome_name(o));
	fprintf(report->out, "%s%s\n%s\n", *run->trouble ? ": " : "", run->trouble,
		run->conformant ? "conformant in all that was exercised" : "NOT conformant");
	fflush(report->out);
	for (int id = 0; id < VS_RULE_COUNT; id++) {
		for (unsigned i = 0; i < report->line_count[id]; i++)
			free(report->lines[id][i]);
		free(report->lines[id]);
	}
}

void vs_driver_report_text(struct vs_driver_report *report, FILE *out, bool colour, bool verbose)
{
	*report = (struct vs_driver_report){
		.sink = { .scenario = scenario, .rule = rule, .end = end },
		.out = out,
		.colour = colour,
		.verbose = verbose,
	};
}

static void show_progress(struct vs_driver_sink *sink, const struct vs_driver_run *run,
			  const struct vs_scenario_result *r)
{
	fprintf(of(sink)->out, "\r\033[K[%u/%u] %s", run->scenarios, run->planned,
		r->scenario->name);
	fflush(of(sink)->out);
}

static void wipe(struct vs_driver_sink *sink, const struct vs_driver_run *run)
{
	(void)run;
	fputs("\r\033[K", of(sink)->out);
	fflush(of(sink)->out);
}

void vs_driver_report_progress(struct vs_driver_report *report, FILE *out)
{
	*report = (struct vs_driver_report){ .sink = { .scenario = show_progress, .end = wipe },
					     .out = out };
}
