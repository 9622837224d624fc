/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec device TARGET */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/way.h"
#include "cli/cli.h"
#include "engine/report.h"
#include "engine/result.h"
#include "spec/virtio.h"

#define TIMEOUT_NS UINT64_C(10000000000)

enum {
	KEY_RULE = 256,
	KEY_PROFILE,
	KEY_FORMAT,
	KEY_TIMEOUT,
	KEY_LIST,
	KEY_QEMU,
	KEY_MACHINE,
	KEY_QEMU_ARGS,
	KEY_BRIEF,
	KEY_WATCH_SELF,
};

struct arguments {
	const char *target;
	const char **globs;
	unsigned glob_count;
	enum vs_profile profile;
	bool jsonl, list, verbose, brief, watch_self;
	const char *output;
	uint64_t timeout_ns;
	struct vs_bus_options bus;
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
	/* A second one ends the program at once. */
	signal(number, SIG_DFL);
}

static error_t parse_choice(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	char *end;
	double seconds;
	int profile;

	switch (key) {
	case KEY_PROFILE:
		profile = vs_profile_find(arg);
		if (profile < 0)
			vs_refuse("there is no profile '%s'; there are draft-2013, 1.0 to 1.4",
				  arg);
		a->profile = profile;
		return 0;
	case KEY_FORMAT:
		if (strcmp(arg, "text") != 0 && strcmp(arg, "jsonl") != 0)
			vs_refuse("there is no format '%s'; there are text and jsonl", arg);
		a->jsonl = strcmp(arg, "jsonl") == 0;
		return 0;
	case KEY_TIMEOUT:
		seconds = strtod(arg, &end);
		if (end == arg || *end || !isfinite(seconds) || seconds <= 0 || seconds > 86400)
			vs_refuse("'%s' is not a number of seconds above 0", arg);
		a->timeout_ns = (uint64_t)(seconds * 1e9);
		a->bus.timeout_ns = a->timeout_ns;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_RULE:
		a->globs[a->glob_count++] = arg;
		return 0;
	case KEY_LIST:
		a->list = true;
		return 0;
	case KEY_QEMU:
		a->bus.qemu = arg;
		return 0;
	case KEY_MACHINE:
		a->bus.machine = arg;
		return 0;
	case KEY_QEMU_ARGS:
		a->bus.qemu_args = arg;
		return 0;
	case KEY_BRIEF:
		a->brief = true;
		return 0;
	case KEY_WATCH_SELF:
		a->watch_self = true;
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case 'v':
		a->verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->target)
			vs_refuse("one target at a time; '%s' is a second one", arg);
		a->target = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->target && !a->list)
			vs_refuse("no target was given; for example: virtspec device mock:blk");
		return 0;
	default:
		return parse_choice(key, arg, state);
	}
}

static const struct argp_option options[] = {
	{ "rule", KEY_RULE, "GLOB", 0,
	  "Judge only rules that match, such as 'pci.notify.*' "
	  "(repeatable)",
	  0 },
	{ "profile", KEY_PROFILE, "NAME", 0,
	  "Revision of the specification: draft-2013, 1.0, 1.1, "
	  "1.2, 1.3 or 1.4 (the default)",
	  0 },
	{ "format", KEY_FORMAT, "NAME", 0, "text (the default) or jsonl", 0 },
	{ "output", 'o', "FILE", 0, "Write the report to FILE instead of standard output", 0 },
	{ "verbose", 'v', NULL, 0, "Text: show rules that pass, and the accesses before a finding",
	  0 },
	{ "brief", KEY_BRIEF, NULL, 0, "JSON Lines: leave out what passed or did not apply", 0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "Give one check this long (10)", 0 },
	{ "list", KEY_LIST, NULL, 0, "List the checks and their rules, examine nothing", 0 },
	{ "watch-self", KEY_WATCH_SELF, NULL, 0,
	  "Judge the suite's own accesses as a driver's, and end with 2 where a check breaks a "
	  "driver's rule that it does not announce",
	  0 },
	{ "qemu", KEY_QEMU, "PROGRAM", 0, "The QEMU that qemu: starts (the machine's, along PATH)",
	  0 },
	{ "machine", KEY_MACHINE, "NAME", 0, "Its machine: q35 (the default), pc or g3beige", 0 },
	{ "qemu-args", KEY_QEMU_ARGS, "ARGUMENTS", 0, "Further arguments for it, split at blanks",
	  0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "TARGET",
	.doc = "Examines a virtio-PCI device, rule by rule.\v"
	       "'virtspec --help' lists the kinds of target. Exit status: 0 conformant, "
	       "1 nonconformities found, 2 it could not run.",
};

static size_t list_part(const struct vs_run *run, bool fresh)
{
	size_t count;
	struct vs_step *plan = vs_plan(run, fresh, &count);

	for (size_t i = 0; plan && i < count; i++) {
		const struct vs_check *check = plan[i].check;

		printf("%-32s %-6s", check->name, vs_view_name(plan[i].view));
		for (const uint16_t *rule = check->rules; *rule != VS_RULE_COUNT; rule++)
			printf(" %s", vs_rules[*rule].id);
		putchar('\n');
	}
	free(plan);
	return count;
}

/* What would run on a device that has every view. */
static int list_checks(const struct arguments *a)
{
	struct vs_run run = { .profile = a->profile,
			      .globs = a->globs,
			      .glob_count = a->glob_count,
			      .modern = true,
			      .legacy = true };
	size_t count;

	vs_features_add(&run.probes[VS_VIEW_MODERN].offered, VIRTIO_F_RING_PACKED);
	count = list_part(&run, true);
	count += list_part(&run, false);
	return count ? 0 : vs_complain("no rule matches");
}

static int examine(struct arguments *a, struct vs_bus *bus, FILE *out)
{
	struct vs_report report, progress;
	struct vs_run run = {
		.bus = bus,
		.target = a->target,
		.profile = a->profile,
		.globs = a->globs,
		.glob_count = a->glob_count,
		.timeout_ns = a->timeout_ns,
		.sinks = { &report.sink, &progress.sink },
		.sink_count = isatty(STDERR_FILENO) ? 2 : 1,
		.stop = &signalled,
		.watch_self = a->watch_self,
	};
	int status;

	if (a->jsonl)
		vs_report_jsonl(&report, out, a->brief);
	else
		vs_report_text(&report, out, vs_wants_colour(out), a->verbose);
	vs_report_progress(&progress, stderr);
	if (vs_run_device(&run))
		status = vs_complain("%s", run.trouble);
	else if (run.fault_count)
		status = vs_complain("the suite itself broke %u rules of drivers unannounced, "
				     "first %s in %s",
				     run.fault_count, vs_rules[run.faults[0].rule].id,
				     run.faults[0].check ? run.faults[0].check->name
							 : "what comes before the checks");
	else
		status = run.conformant ? VS_EXIT_CONFORMANT : VS_EXIT_NONCONFORMANT;
	vs_run_free(&run);
	return status;
}

static int open_and_examine(struct arguments *a)
{
	char error[512] = "";
	FILE *out = stdout;
	struct vs_bus *bus;
	int status;

	if (a->output) {
		out = fopen(a->output, "we");
		if (!out)
			return vs_complain("cannot write '%s': %s", a->output, strerror(errno));
	}
	bus = vs_bus_open(a->target, &a->bus, error, sizeof(error));
	if (bus) {
		status = examine(a, bus, out);
		vs_bus_close(bus);
	} else {
		status = vs_complain("%s", error);
	}
	if (ferror(out) | (out == stdout ? fflush(out) : fclose(out)))
		status = vs_complain("cannot write %s: %s", a->output ? a->output : "the report",
				     strerror(errno));
	return status;
}

int vs_command_device(int argc, char **argv)
{
	struct arguments a = { .profile = VS_PROFILE_1_4, .timeout_ns = TIMEOUT_NS };
	int status;

	a.globs = calloc((size_t)argc, sizeof(*a.globs));
	if (!a.globs)
		return vs_complain("out of memory");
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	status = a.list ? list_checks(&a) : open_and_examine(&a);
	free(a.globs);
	return status;
}
