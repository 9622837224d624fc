/* SPDX-License-Identifier: BSD-3-Clause */
/* What fuzzing and replaying are asked alike: how to reach the device, and how patiently. */
#ifndef VS_FUZZ_OPTIONS_H
#define VS_FUZZ_OPTIONS_H

#include <argp.h>
#include <stdint.h>

#include "bus/way.h"
#include "rules/rules.h"

struct vs_fuzz_options {
	const char *target; /* set by the command; not owned */
	enum vs_profile profile;
	uint64_t timeout_ns; /* of one sequence */
	struct vs_bus_options bus;
};

#define VS_FUZZ_OPTIONS_DEFAULT                                                \
	{                                                                      \
		.profile = VS_PROFILE_1_4, .timeout_ns = UINT64_C(10000000000) \
	}

/* A child parser (struct argp_child), whose input is a struct vs_fuzz_options. */
extern const struct argp vs_fuzz_argp;

/* Opens the target, or complains and returns NULL. */
struct vs_bus *vs_fuzz_options_open(struct vs_fuzz_options *options);

/* A number of seconds above 0, in nanoseconds; what is none ends the program. */
uint64_t vs_parse_seconds(const char *text);

#endif
