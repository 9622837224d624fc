/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports of the examination of a driver: sinks that write what they hear to a file. */
#ifndef VS_DRIVER_REPORT_H
#define VS_DRIVER_REPORT_H

#include <stdio.h>

#include "exam/driver_run.h"

struct vs_driver_report {
	struct vs_driver_sink sink; /* first: a report is a sink */
	FILE *out;
	bool colour, verbose, brief;
	/* Text: what was found, kept until the end; the report's own. */
	char **lines[VS_RULE_COUNT];
	unsigned line_count[VS_RULE_COUNT];
};

/* JSON Lines. Schema in harness/driver-results.schema.json. `brief`: without what passed. */
void vs_driver_report_jsonl(struct vs_driver_report *report, FILE *out, bool brief);
/* Rules by section, written when the run has ended. */
void vs_driver_report_text(struct vs_driver_report *report, FILE *out, bool colour, bool verbose);
/* One line that changes in place, for a terminal. */
void vs_driver_report_progress(struct vs_driver_report *report, FILE *out);

#endif
