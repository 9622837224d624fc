/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec driver */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/report_options.h"
#include "exam/campaign.h"
#include "exam/driver_report.h"
#include "exam/listen.h"
#include "exam/pen.h"
#include "exam/replay.h"

#define TIMEOUT_NS UINT64_C(5000000000)

enum {
	KEY_PLUGIN = 256,
	KEY_ARGUMENT,
	KEY_MOCK,
	KEY_SCENARIO,
	KEY_LIST,
	KEY_ALL_FACES,
	KEY_FACE,
	KEY_LISTEN,
	KEY_INTERACTIVE,
	KEY_TRACE,
	KEY_REPLAY,
	KEY_LIST_LAPSES,
};

struct arguments {
	const char *plugin, *listen, *replay; /* one of them */
	const char *argument, *face, *trace;
	const char **mocks, **scenarios;
	unsigned mock_count, scenario_count;
	bool list, list_lapses, all_faces, interactive;
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
	case KEY_PLUGIN:
		a->plugin = arg;
		return 0;
	case KEY_ARGUMENT:
		a->argument = arg;
		return 0;
	case KEY_MOCK:
		a->mocks[a->mock_count++] = arg;
		return 0;
	case KEY_SCENARIO:
		a->scenarios[a->scenario_count++] = arg;
		return 0;
	case KEY_LIST:
		a->list = true;
		return 0;
	case KEY_LIST_LAPSES:
		a->list_lapses = true;
		return 0;
	case KEY_ALL_FACES:
		a->all_faces = true;
		return 0;
	case KEY_FACE:
		a->face = arg;
		return 0;
	case KEY_LISTEN:
		a->listen = arg;
		return 0;
	case KEY_INTERACTIVE:
		a->interactive = true;
		return 0;
	case KEY_TRACE:
		a->trace = arg;
		return 0;
	case KEY_REPLAY:
		a->replay = arg;
		return 0;
	case ARGP_KEY_ARG:
		vs_refuse("'%s' is not wanted here; a plug-in is named by --plugin", arg);
		return 0;
	case ARGP_KEY_END:
		if (!a->list &&
		    (a->plugin != NULL) + (a->listen != NULL) + (a->replay != NULL) != 1)
			vs_refuse(
				"one driver is needed: --plugin FILE, --listen PATH or "
				"--replay TRACE; for example: virtspec driver --plugin ./mine.so");
		if (a->listen && a->mock_count > 1)
			vs_refuse("with --listen there is one device at a time; --interactive "
				  "changes it");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "plugin", KEY_PLUGIN, "FILE", 0, "Examine the driver in this shared object", 0 },
	{ "listen", KEY_LISTEN, "PATH", 0,
	  "Examine the driver that attaches over vfio-user at this socket, to the device of --mock",
	  0 },
	{ "interactive", KEY_INTERACTIVE, NULL, 0,
	  "With --listen: obey commands on standard input (see the manual)", 0 },
	{ "replay", KEY_REPLAY, "TRACE", 0, "Judge a recording", 0 },
	{ "trace", KEY_TRACE, "FILE", 0, "Record what happens, for --replay", 0 },
	{ "face", KEY_FACE, "GLOB", 0,
	  "Show it only such faces of the mock device, as 'blk-*' or '*-packed'; with --list, all "
	  "scenarios of each",
	  0 },
	{ "argument", KEY_ARGUMENT, "TEXT", 0, "Give the plug-in this text", 0 },
	{ "mock", KEY_MOCK, "TARGET", 0,
	  "Show it this device, such as 'mock:blk,quirk=slow-reset', or this scenario, such as "
	  "'blk-modern', instead of all (repeatable)",
	  0 },
	{ "scenario", KEY_SCENARIO, "GLOB", 0,
	  "Run only scenarios that match, such as 'reset-*' (repeatable)", 0 },
	{ "all-faces", KEY_ALL_FACES, NULL, 0,
	  "Show it every face of every class, not only those that it drives when they are plain",
	  0 },
	{ "list", KEY_LIST, NULL, 0, "List the scenarios, examine nothing", 0 },
	{ "list-lapses", KEY_LIST_LAPSES, NULL, 0,
	  "List the ways in which this plug-in can misbehave, as JSON Lines", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &vs_report_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.children = children,
	.doc = "Examines a virtio-PCI driver, rule by rule, on devices that are legal, unusual or "
	       "lying.\v"
	       "Exit status: 0 nothing was broken, 1 nonconformities found, 2 it could not run.",
};

static int run_plugin(const struct arguments *a, struct vs_driver_run *run,
		      struct vs_recorder *record)
{
	struct vs_campaign campaign = {
		.run = run,
		.file = a->plugin,
		.argument = a->argument,
		.globs = a->scenarios,
		.glob_count = a->scenario_count,
		.targets = a->mocks,
		.target_count = a->mock_count,
		.timeout_ns = a->report.timeout_ns,
		.stop = a->stop,
		.all_faces = a->all_faces,
		.faces = a->face,
		.record = record,
	};

	return vs_campaign_run(&campaign);
}

static int run_listen(const struct arguments *a, struct vs_driver_run *run,
		      struct vs_recorder *record, FILE *out)
{
	struct vs_listen_setup setup = {
		.run = run,
		.path = a->listen,
		.target = a->mock_count ? a->mocks[0] : "mock:blk",
		.record = record,
		.stop = a->stop,
	};
	struct vs_listen *listen = vs_listen_open(&setup, run->trouble, sizeof(run->trouble));
	int result;

	if (!listen)
		return -1;
	if (!a->interactive)
		fprintf(stderr, "virtspec: %s listens on %s\n", setup.target, a->listen);
	vs_driver_begin(run);
	result =
		a->interactive ? vs_listen_obey(listen, STDIN_FILENO, out) : vs_listen_once(listen);
	vs_listen_close(listen);
	vs_driver_end(run);
	return result;
}

static int run_any(const struct arguments *a, struct vs_driver_run *run, FILE *out)
{
	struct vs_recorder *record = NULL;
	int result;

	if (a->replay)
		return vs_replay_run(run, a->replay);
	if (a->trace) {
		record = vs_recorder_open(a->trace, run->trouble, sizeof(run->trouble));
		if (!record)
			return -1;
	}
	result = a->plugin ? run_plugin(a, run, record) : run_listen(a, run, record, out);
	if (record && vs_recorder_close(record, run->trouble, sizeof(run->trouble)))
		result = -1;
	return result;
}

static int examine(const struct arguments *a, struct vs_driver_run *run, FILE *out)
{
	struct vs_driver_report *reports = calloc(2, sizeof(*reports));
	int status;

	if (!reports)
		return vs_complain("out of memory");
	if (a->report.jsonl)
		vs_driver_report_jsonl(&reports[0], out, a->report.brief);
	else
		vs_driver_report_text(&reports[0], out, vs_wants_colour(out), a->report.verbose);
	vs_driver_report_progress(&reports[1], stderr);
	run->sinks[0] = &reports[0].sink;
	run->sinks[1] = &reports[1].sink;
	run->sink_count = isatty(STDERR_FILENO) ? 2 : 1;
	if (run_any(a, run, out) || run->trouble[0])
		status = vs_complain("%s", run->trouble);
	else
		status = run->conformant ? VS_EXIT_CONFORMANT : VS_EXIT_NONCONFORMANT;
	free(reports);
	return status;
}

/* What is examined, for people. */
static void describe(const struct arguments *a, char *text, size_t size)
{
	const char *name = a->plugin ? a->plugin : a->listen ? a->listen : a->replay;
	const char *kind = a->plugin ? "plug-in" : a->listen ? "driver at" : "trace";

	snprintf(text, size, "%s %s%s%s", kind, name, a->argument ? ", " : "",
		 a->argument ? a->argument : "");
}

static int open_and_examine(struct arguments *a)
{
	struct vs_driver_run *run = calloc(1, sizeof(*run));
	FILE *out = vs_report_open(&a->report);
	int status = VS_EXIT_TROUBLE;
	char what[512];

	if (run && out) {
		describe(a, what, sizeof(what));
		run->what = what;
		run->profile = a->report.profile;
		run->globs = a->report.globs;
		run->glob_count = a->report.glob_count;
		status = examine(a, run, out);
	}
	free(run);
	return out ? vs_report_close(&a->report, out, status) : status;
}

static int list_lapses(const char *plugin)
{
	char text[2048], error[512] = "";

	if (!plugin)
		return vs_complain("--list-lapses needs --plugin FILE");
	for (unsigned i = 0; vs_pen_lapse(plugin, i, text, sizeof(text), error, sizeof(error)); i++)
		puts(text);
	return *error ? vs_complain("%s", error) : 0;
}

int vs_command_driver(int argc, char **argv)
{
	struct arguments a = { .report.profile = VS_PROFILE_1_4 };
	const char **words = calloc(3 * (size_t)argc, sizeof(*words));
	int status = 0;

	if (!words)
		return vs_complain("out of memory");
	a.mocks = words;
	a.scenarios = words + argc;
	a.report.globs = words + 2 * (size_t)argc;
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.report.timeout_ns)
		a.report.timeout_ns = TIMEOUT_NS;
	a.stop = vs_catch_signals();
	if (a.list)
		vs_campaign_list(&(struct vs_campaign){ .globs = a.scenarios,
							.glob_count = a.scenario_count,
							.faces = a.face },
				 a.report.profile, a.report.jsonl, a.face != NULL);
	else if (a.list_lapses)
		status = list_lapses(a.plugin);
	else
		status = open_and_examine(&a);
	free(words);
	return status;
}
