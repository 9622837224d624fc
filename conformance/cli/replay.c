/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec replay FILE [TARGET] */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/fuzz_options.h"
#include "fuzz/world.h"

#define TARGET_LINE "# target: "

struct arguments {
	struct vs_fuzz_options common;
	const char *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case ARGP_KEY_ARG:
		if (a->common.target)
			vs_refuse("a file and a target are all there can be; '%s' is more", arg);
		if (a->file)
			a->common.target = arg;
		else
			a->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->file)
			vs_refuse("no file was given; for example: virtspec replay "
				  "findings/died-0badcafe.steps");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &vs_fuzz_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.parser = parse,
	.children = children,
	.args_doc = "FILE [TARGET]",
	.doc = "Runs a sequence that fuzzing wrote down, on a fresh device, and says step by step "
	       "what happens.\vWithout TARGET the device is the one that the file names. Exit "
	       "status: 0 nothing is wrong, 1 something is, 2 it could not run.",
};

/* The target that the file names, or NULL; malloc. */
static char *named_target(FILE *in)
{
	char line[VS_FUZZ_LINE];
	char *target = NULL;

	while (!target && fgets(line, sizeof(line), in)) {
		if (strncmp(line, TARGET_LINE, strlen(TARGET_LINE)) == 0) {
			line[strcspn(line, "\r\n")] = '\0';
			target = strdup(line + strlen(TARGET_LINE));
		}
	}
	rewind(in);
	return target;
}

static void tell(void *context, const char *text)
{
	(void)context;
	printf("%s\n", text);
	fflush(stdout);
}

static int conclude(const struct vs_fuzz_world *w, const struct vs_fuzz_sequence *sequence)
{
	const struct vs_fuzz_finding *finding = &w->finding;

	if (finding->oracle == VS_FUZZ_FINE) {
		if (w->bus->state != VS_BUS_ALIVE)
			return vs_complain("%s", w->bus->reason);
		puts("nothing is wrong with the device");
		return VS_EXIT_CONFORMANT;
	}
	if (finding->step < sequence->count)
		printf("%s at step %u: %s\n", vs_fuzz_oracle_name(finding->oracle),
		       finding->step + 1, finding->says);
	else
		printf("%s after the last step: %s\n", vs_fuzz_oracle_name(finding->oracle),
		       finding->says);
	if (finding->evidence)
		printf("%s\n", finding->evidence);
	return VS_EXIT_NONCONFORMANT;
}

static int replay(struct arguments *a, const struct vs_fuzz_sequence *sequence)
{
	struct vs_fuzz_world *w = calloc(1, sizeof(*w));
	struct vs_bus *bus = w ? vs_fuzz_options_open(&a->common) : NULL;
	char error[512] = "";
	int status = VS_EXIT_TROUBLE;

	if (bus && vs_fuzz_open(w, bus, a->common.profile == VS_PROFILE_DRAFT_2013,
				a->common.timeout_ns, error, sizeof(error))) {
		vs_complain("%s", error);
	} else if (bus) {
		w->tell = tell;
		vs_fuzz_run(w, sequence, NULL, true);
		status = conclude(w, sequence);
		free(w->finding.evidence);
		vs_fuzz_close(w);
	}
	if (bus)
		vs_bus_close(bus);
	free(w);
	return status;
}

int vs_command_replay(int argc, char **argv)
{
	struct arguments a = { .common = VS_FUZZ_OPTIONS_DEFAULT };
	struct vs_fuzz_sequence *sequence = calloc(1, sizeof(*sequence));
	char error[256] = "", *target = NULL;
	int status = VS_EXIT_TROUBLE;
	FILE *in;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	in = fopen(a.file, "re");
	if (!in || !sequence) {
		vs_complain("cannot read '%s': %s", a.file, strerror(errno));
	} else {
		target = named_target(in);
		if (!a.common.target)
			a.common.target = target;
		if (vs_fuzz_read(in, sequence, error, sizeof(error)))
			vs_complain("'%s': %s", a.file, error);
		else if (!a.common.target)
			vs_complain("'%s' names no target, and none was given", a.file);
		else
			status = replay(&a, sequence);
	}
	if (in)
		fclose(in);
	free(target);
	free(sequence);
	return status;
}
