/* SPDX-License-Identifier: BSD-3-Clause */
/* What every examination is asked alike: which rules, by which revision, how to report. */
#ifndef VS_REPORT_OPTIONS_H
#define VS_REPORT_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/rules.h"

struct vs_report_options {
	enum vs_profile profile;
	const char **globs; /* rules to judge: room for as many as there are arguments */
	unsigned glob_count;
	bool jsonl, verbose, brief;
	const char *output;  /* a file, or NULL: standard output */
	uint64_t timeout_ns; /* 0: the command's own choice */
};

/* The parser of these options, a child of the command's own (struct argp_child); its input is a
 * struct vs_report_options. What means nothing ends the program. */
extern const struct argp vs_report_argp;

/* Opens where the report goes, or complains and returns NULL. */
FILE *vs_report_open(const struct vs_report_options *options);
/* Closes it; the status, or, with a complaint, that of a report that could not be written. */
int vs_report_close(const struct vs_report_options *options, FILE *out, int status);

/* Ends a run in good order at SIGINT and SIGTERM: the number of the signal, or 0. A second one ends
 * the program at once. */
const volatile int *vs_catch_signals(void);

#endif
