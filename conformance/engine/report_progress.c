/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/report.h"

static void check(struct vs_sink *sink, const struct vs_run *run, const struct vs_outcome *o)
{
	struct vs_report *report = (struct vs_report *)sink;

	fprintf(report->out, "\r\033[K[%zu/%zu] %s", run->outcome_count, run->planned,
		o->check->name);
	fflush(report->out);
}

static void end(struct vs_sink *sink, const struct vs_run *run)
{
	struct vs_report *report = (struct vs_report *)sink;

	(void)run;
	fputs("\r\033[K", report->out);
	fflush(report->out);
}

void vs_report_progress(struct vs_report *report, FILE *out)
{
	*report = (struct vs_report){ .sink = { .check = check, .end = end }, .out = out };
}
