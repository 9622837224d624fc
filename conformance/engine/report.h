/* SPDX-License-Identifier: BSD-3-Clause */
/* Reports of a run: sinks that write what they hear to a file. */
#ifndef VS_REPORT_H
#define VS_REPORT_H

#include <stdio.h>

#include "engine/result.h"

struct vs_report {
	struct vs_sink sink; /* first: a report is a sink */
	FILE *out;
	bool colour;
	bool verbose; /* text: passing rules one by one, and the evidence of findings */
	bool brief;   /* JSON Lines: nothing that passed or did not apply */
};

/* JSON Lines, one object a line, flushed as it happens. Schema in harness/. */
void vs_report_jsonl(struct vs_report *report, FILE *out, bool brief);
/* A tree by section, written when the run has ended. */
void vs_report_text(struct vs_report *report, FILE *out, bool colour, bool verbose);
/* One line that changes in place, for a terminal. */
void vs_report_progress(struct vs_report *report, FILE *out);

#endif
