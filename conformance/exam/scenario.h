/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The devices that a driver is shown: each face of the mock device plain, and then under every
 * quirk. A scenario is a TARGET, what a driver is expected to make of it, and the rules that it
 * puts to the test.
 */
#ifndef VS_SCENARIO_H
#define VS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/rules.h"

#define VS_SCENARIO_TEXT  256u
#define VS_SCENARIO_TRIES 12u

enum vs_expectation {
	VS_EXPECT_WORKS,   /* the device is legal: the driver drives it */
	VS_EXPECT_ORDERLY, /* it lies: the driver works or fails, but comes back, and breaks nothing
			    */
	VS_EXPECT_REFUSES, /* the driver leaves it alone */
};

struct vs_scenario {
	char name[160];                /* "blk-packed", "notify-multiplier=6@blk-modern" */
	char target[VS_SCENARIO_TEXT]; /* "mock:blk,quirk=notify-multiplier=6" */
	enum vs_expectation expects;
	const char *says;                  /* of the quirk, or NULL: a plain device */
	uint16_t tries[VS_SCENARIO_TRIES]; /* rules put to the test, VS_RULE_COUNT ends them */
	bool tries_refusal;
};

/* "works", "orderly", "refuses" */
const char *vs_expectation_name(enum vs_expectation expectation);

/* One way to be of the mock device. */
struct vs_face {
	const char *class_name;
	const char *interface, *ring, *endian;
	bool draft;
};

#define VS_FACES_MAX 28u

/* All faces of all classes in a profile, the usual ones first: *count of them, in `faces`. */
void vs_faces(enum vs_profile profile, struct vs_face faces[VS_FACES_MAX], unsigned *count);

/* The scenario with this name, on the face that the name ends with. 0, or -1: there is none. */
int vs_scenario_find(const char *name, enum vs_profile profile, struct vs_scenario *scenario);

/* "blk-modern-packed" */
void vs_face_name(const struct vs_face *face, char *text, size_t size);

/* The device that a TARGET names: with what its quirks put to the test, but nothing expected of the
 * driver beyond that it comes back. */
void vs_scenario_of_target(struct vs_scenario *scenario, const char *target);

/* Puts a rule to the test as well. */
void vs_scenario_try(struct vs_scenario *scenario, uint16_t rule);

/* The plain device. */
void vs_scenario_plain(struct vs_scenario *scenario, const struct vs_face *face);

/* What a plain face puts to the test, given what the driver drives of the class. */
void vs_scenario_try_plain(struct vs_scenario *scenario, const struct vs_face *face,
			   bool drives_modern, bool drives_legacy);

/*
 * Every quirk with every value, each on the first of these faces that it applies to. Returns how
 * many; *list is to be freed. 0 with *list NULL: out of memory.
 */
size_t vs_scenarios(const struct vs_face *faces, unsigned count, struct vs_scenario **list);

#endif
