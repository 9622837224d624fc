/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plug-in in a process of its own: it may crash, hang or write all over its memory, and what it
 * did up to then stays, in memory that both processes share.
 */
#ifndef VS_PEN_H
#define VS_PEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exam/scenario.h"
#include "observe/subject.h"
#include "trace/trace.h"

struct vs_pen;

/* What a run left. Good until the next one in the same pen. */
struct vs_pen_run {
	const struct vs_subject *subject;
	struct vs_trace trace; /* borrowed: read it with vs_trace_at */
	const char *trouble;   /* the run could not even begin: one sentence, or NULL */
	const char *output;    /* what the plug-in wrote to its standard error, its end, or "" */
	uint64_t microseconds;
};

/* NULL without memory. */
struct vs_pen *vs_pen_open(void);
void vs_pen_close(struct vs_pen *pen);

/*
 * Lets the plug-in in `file` lead its life on the scenario's device; the process is killed when it
 * takes longer than timeout_ns. A crash and a hang are the last events of the trace
 * (VS_LIFE_CRASHED, VS_LIFE_HUNG).
 */
void vs_pen_run(struct vs_pen *pen, const char *file, const char *argument,
		const struct vs_scenario *scenario, enum vs_profile profile, uint64_t timeout_ns,
		struct vs_pen_run *run);

/*
 * Number `index` of the ways in which a plug-in can misbehave, as a line of JSON; NULL behind the
 * last, and with a sentence in error where it cannot be loaded. Loads it into this process.
 */
const char *vs_pen_lapse(const char *file, unsigned index, char *text, size_t size, char *error,
			 size_t error_size);

#endif
