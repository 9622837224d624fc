/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/fuzz_options.h"

#include <math.h>
#include <stdlib.h>

#include "cli/cli.h"

enum { KEY_QEMU = 0x2000, KEY_MACHINE, KEY_QEMU_ARGS, KEY_TIMEOUT, KEY_PROFILE };

uint64_t vs_parse_seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !isfinite(seconds) || seconds <= 0 || seconds > 1e7)
		vs_refuse("'%s' is not a number of seconds above 0", text);
	return (uint64_t)(seconds * 1e9);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct vs_fuzz_options *o = state->input;
	int profile;

	switch (key) {
	case KEY_QEMU:
		o->bus.qemu = arg;
		return 0;
	case KEY_MACHINE:
		o->bus.machine = arg;
		return 0;
	case KEY_QEMU_ARGS:
		o->bus.qemu_args = arg;
		return 0;
	case KEY_TIMEOUT:
		o->timeout_ns = o->bus.timeout_ns = vs_parse_seconds(arg);
		return 0;
	case KEY_PROFILE:
		profile = vs_profile_find(arg);
		if (profile < 0)
			vs_refuse("there is no profile '%s'; there are draft-2013, 1.0 to 1.4",
				  arg);
		o->profile = (enum vs_profile)profile;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "qemu", KEY_QEMU, "PROGRAM", 0, "The QEMU that qemu: starts (the machine's, along PATH)",
	  0 },
	{ "machine", KEY_MACHINE, "NAME", 0, "Its machine: q35 (the default), pc or g3beige", 0 },
	{ "qemu-args", KEY_QEMU_ARGS, "ARGUMENTS", 0, "Further arguments for it, split at blanks",
	  0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0, "Give one sequence this long (10)", 0 },
	{ "profile", KEY_PROFILE, "NAME", 0,
	  "Revision of the specification by which the driver works (1.4)", 0 },
	{ 0 },
};

const struct argp vs_fuzz_argp = { .options = options, .parser = parse };

struct vs_bus *vs_fuzz_options_open(struct vs_fuzz_options *o)
{
	char error[512] = "";
	struct vs_bus *bus = vs_bus_open(o->target, &o->bus, error, sizeof(error));

	if (!bus)
		vs_complain("%s", error);
	return bus;
}
