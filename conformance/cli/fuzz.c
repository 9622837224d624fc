/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec fuzz TARGET */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bus/way.h"
#include "cli/cli.h"
#include "cli/fuzz_options.h"
#include "cli/report_options.h"
#include "fuzz/campaign.h"

#define SECONDS 60.0 /* where nothing else was said */

enum { KEY_SECONDS = 256, KEY_RUNS, KEY_SEED, KEY_WITHOUT, KEY_FORMAT };

struct arguments {
	struct vs_fuzz_options common;
	const char *output;
	uint64_t wall_ns, runs, seed;
	bool seeded, jsonl;
	const char **without;
	unsigned without_count;
};

static uint64_t parse_number(const char *text, const char *what)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *text < '0' || *text > '9' || *end)
		vs_refuse("'%s' is no %s", text, what);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case KEY_SECONDS:
		a->wall_ns = vs_parse_seconds(arg);
		return 0;
	case KEY_RUNS:
		a->runs = parse_number(arg, "number of runs");
		return 0;
	case KEY_SEED:
		a->seed = parse_number(arg, "seed");
		a->seeded = true;
		return 0;
	case KEY_WITHOUT:
		a->without[a->without_count++] = arg;
		return 0;
	case KEY_FORMAT:
		if (strcmp(arg, "text") != 0 && strcmp(arg, "jsonl") != 0)
			vs_refuse("there is no format '%s'; there are text and jsonl", arg);
		a->jsonl = strcmp(arg, "jsonl") == 0;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->common.target)
			vs_refuse("one target at a time; '%s' is a second one", arg);
		a->common.target = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->common.target)
			vs_refuse("no target was given; for example: virtspec fuzz mock:blk");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "seconds", KEY_SECONDS, "N", 0, "End after this long (60, where no --runs are given)",
	  0 },
	{ "runs", KEY_RUNS, "N", 0, "End after so many sequences", 0 },
	{ "seed", KEY_SEED, "N", 0, "Make the same sequences again (another each time)", 0 },
	{ "without", KEY_WITHOUT, "TEXT", 0,
	  "Leave out steps that begin so, such as 'write queue_size' (repeatable)", 0 },
	{ "format", KEY_FORMAT, "NAME", 0, "text (the default) or jsonl", 0 },
	{ "output", 'o', "FOLDER", 0,
	  "Keep findings and sequences of interest there, and go on with those of before", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &vs_fuzz_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.args_doc = "TARGET",
	.doc = "Fuzzes a virtio-PCI device with sequences of accesses and ring contents.\v"
	       "'virtspec --help' lists the kinds of target. Exit status: 0 nothing found, "
	       "1 findings, 2 it could not run.",
};

static int fuzz(const struct arguments *a, struct vs_bus *bus, const volatile int *stop)
{
	struct vs_fuzz_listener listeners[2];
	struct vs_fuzz_campaign *c = calloc(1, sizeof(*c));
	int status = VS_EXIT_CONFORMANT;

	if (!c)
		return vs_complain("out of memory");
	*c = (struct vs_fuzz_campaign){
		.bus = bus,
		.target = a->common.target,
		.output = a->output,
		.draft = a->common.profile == VS_PROFILE_DRAFT_2013,
		.seed = a->seed,
		.runs_max = a->runs,
		.wall_ns = a->wall_ns,
		.timeout_ns = a->common.timeout_ns,
		.without = a->without,
		.without_count = a->without_count,
		.stop = stop,
		.listeners = listeners,
		.listener_count = isatty(STDERR_FILENO) ? 2 : 1,
	};
	if (a->jsonl)
		vs_fuzz_listen_jsonl(&listeners[0], stdout);
	else
		vs_fuzz_listen_text(&listeners[0], stdout);
	vs_fuzz_listen_progress(&listeners[1], stderr);
	if (vs_fuzz_campaign_run(c))
		status = vs_complain("%s", c->trouble);
	for (unsigned i = 0; i < c->case_count && status == VS_EXIT_CONFORMANT; i++)
		if (c->cases[i].count)
			status = VS_EXIT_NONCONFORMANT;
	vs_fuzz_campaign_free(c);
	free(c);
	return status;
}

int vs_command_fuzz(int argc, char **argv)
{
	struct arguments a = { .common = VS_FUZZ_OPTIONS_DEFAULT };
	const volatile int *stop;
	struct vs_bus *bus;
	int status;

	a.without = calloc((size_t)argc, sizeof(*a.without));
	if (!a.without)
		return vs_complain("out of memory");
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.wall_ns && !a.runs)
		a.wall_ns = (uint64_t)(SECONDS * 1e9);
	if (!a.seeded)
		a.seed = (uint64_t)time(NULL);
	stop = vs_catch_signals();
	bus = vs_fuzz_options_open(&a.common);
	status = bus ? fuzz(&a, bus, stop) : VS_EXIT_TROUBLE;
	vs_bus_close(bus);
	free(a.without);
	return status;
}
