/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec device TARGET */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/way.h"
#include "cli/cli.h"
#include "cli/report_options.h"
#include "engine/report.h"
#include "engine/result.h"
#include "spec/virtio.h"

#define TIMEOUT_NS UINT64_C(10000000000)

enum {
	KEY_LIST = 256,
	KEY_QEMU,
	KEY_MACHINE,
	KEY_QEMU_ARGS,
	KEY_WATCH_SELF,
};

struct arguments {
	const char *target;
	bool list, watch_self;
	struct vs_bus_options bus;
	struct vs_report_options report;
	const volatile int *stop;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->report;
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
	case KEY_WATCH_SELF:
		a->watch_self = true;
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
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
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

static const struct argp_child children[] = { { &vs_report_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
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
	struct vs_run run = { .profile = a->report.profile,
			      .globs = a->report.globs,
			      .glob_count = a->report.glob_count,
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
		.profile = a->report.profile,
		.globs = a->report.globs,
		.glob_count = a->report.glob_count,
		.timeout_ns = a->report.timeout_ns,
		.sinks = { &report.sink, &progress.sink },
		.sink_count = isatty(STDERR_FILENO) ? 2 : 1,
		.stop = a->stop,
		.watch_self = a->watch_self,
	};
	int status;

	if (a->report.jsonl)
		vs_report_jsonl(&report, out, a->report.brief);
	else
		vs_report_text(&report, out, vs_wants_colour(out), a->report.verbose);
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
	FILE *out = vs_report_open(&a->report);
	struct vs_bus *bus;
	int status;

	if (!out)
		return VS_EXIT_TROUBLE;
	a->bus.timeout_ns = a->report.timeout_ns;
	if (!a->report.timeout_ns)
		a->report.timeout_ns = TIMEOUT_NS;
	bus = vs_bus_open(a->target, &a->bus, error, sizeof(error));
	if (bus) {
		status = examine(a, bus, out);
		vs_bus_close(bus);
	} else {
		status = vs_complain("%s", error);
	}
	return vs_report_close(&a->report, out, status);
}

int vs_command_device(int argc, char **argv)
{
	struct arguments a = { .report.profile = VS_PROFILE_1_4 };
	int status;

	a.report.globs = calloc((size_t)argc, sizeof(*a.report.globs));
	if (!a.report.globs)
		return vs_complain("out of memory");
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	a.stop = vs_catch_signals();
	status = a.list ? list_checks(&a) : open_and_examine(&a);
	free(a.report.globs);
	return status;
}
