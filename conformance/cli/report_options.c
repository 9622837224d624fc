/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/report_options.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { KEY_RULE = 0x1000, KEY_PROFILE, KEY_FORMAT, KEY_TIMEOUT, KEY_BRIEF };

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
	signal(number, SIG_DFL);
}

const volatile int *vs_catch_signals(void)
{
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	return &signalled;
}

static enum vs_profile parse_profile(const char *name)
{
	int profile = vs_profile_find(name);

	if (profile < 0)
		vs_refuse("there is no profile '%s'; there are draft-2013, 1.0 to 1.4", name);
	return (enum vs_profile)profile;
}

static bool parse_format(const char *name)
{
	if (strcmp(name, "text") != 0 && strcmp(name, "jsonl") != 0)
		vs_refuse("there is no format '%s'; there are text and jsonl", name);
	return strcmp(name, "jsonl") == 0;
}

static uint64_t parse_timeout(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !isfinite(seconds) || seconds <= 0 || seconds > 86400)
		vs_refuse("'%s' is not a number of seconds above 0", text);
	return (uint64_t)(seconds * 1e9);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct vs_report_options *o = state->input;

	switch (key) {
	case KEY_RULE:
		o->globs[o->glob_count++] = arg;
		return 0;
	case KEY_PROFILE:
		o->profile = parse_profile(arg);
		return 0;
	case KEY_FORMAT:
		o->jsonl = parse_format(arg);
		return 0;
	case KEY_TIMEOUT:
		o->timeout_ns = parse_timeout(arg);
		return 0;
	case KEY_BRIEF:
		o->brief = true;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "rule", KEY_RULE, "GLOB", 0,
	  "Judge only rules that match, such as 'pci.notify.*' (repeatable)", 0 },
	{ "profile", KEY_PROFILE, "NAME", 0,
	  "Revision of the specification: draft-2013, 1.0, 1.1, 1.2, 1.3 or 1.4 (the default)", 0 },
	{ "format", KEY_FORMAT, "NAME", 0, "text (the default) or jsonl", 0 },
	{ "output", 'o', "FILE", 0, "Write the report to FILE instead of standard output", 0 },
	{ "verbose", 'v', NULL, 0, "Text: show what passes as well, and what led to a finding", 0 },
	{ "brief", KEY_BRIEF, NULL, 0, "JSON Lines: leave out what passed or did not apply", 0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0,
	  "Give one check (10), or one scenario of a plug-in (5), this long", 0 },
	{ 0 },
};

const struct argp vs_report_argp = { .options = options, .parser = parse };

FILE *vs_report_open(const struct vs_report_options *o)
{
	FILE *out = o->output ? fopen(o->output, "we") : stdout;

	if (!out)
		vs_complain("cannot write '%s': %s", o->output, strerror(errno));
	return out;
}

int vs_report_close(const struct vs_report_options *o, FILE *out, int status)
{
	if (ferror(out) | (out == stdout ? fflush(out) : fclose(out)))
		return vs_complain("cannot write %s: %s", o->output ? o->output : "the report",
				   strerror(errno));
	return status;
}
