/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ways to reach a device, and target strings: WAY:HEAD[,KEY[=VALUE]]…
 *
 * A way is one file that registers itself with VS_BUS_WAY; the program and the contract test find
 * it in the registry.
 */
#ifndef VS_BUS_WAY_H
#define VS_BUS_WAY_H

#include "bus/bus.h"

/* What the command line says beside the target; NULL or 0: the way's own choice. */
struct vs_bus_options {
	const char *qemu;      /* program for qemu: */
	const char *machine;   /* machine type for qemu: */
	const char *qemu_args; /* further arguments for qemu:, split at blanks */
	uint64_t timeout_ns;   /* one access may take this long */
};

#define VS_TARGET_KEYS_MAX 32u

/*
 * A target string taken apart. Everything points into `text`, which the target owns. In head, keys
 * and values a doubled comma has become one.
 */
struct vs_target {
	char *text;
	const char *way;  /* before the colon */
	const char *head; /* up to the first comma, may be empty */
	const char *tail; /* all after that comma as it was written, or "" */
	struct {
		const char *key;
		const char *value; /* NULL where there is no '=' */
	} keys[VS_TARGET_KEYS_MAX];
	unsigned key_count;
};

struct vs_bus_way {
	const char *name;
	const char *syntax; /* "mock:CLASS[,quirk=NAME[=VALUE]]…" */
	const char *says;   /* one line for the help text */
	/* Opens a device, or returns NULL with one sentence that says what to do in error. */
	struct vs_bus *(*open)(const struct vs_target *target, const struct vs_bus_options *options,
			       char *error, size_t size);
};

#define VS_BUS_WAY(variable, ...)                                   \
	static const struct vs_bus_way variable = { __VA_ARGS__ };  \
	static const struct vs_bus_way *const variable##_registered \
		__attribute__((section("vs_bus_ways"), used, retain)) = &variable

/* The registered ways, in no particular order: [vs_bus_way_at(0), vs_bus_way_at(count)). */
size_t vs_bus_way_count(void);
const struct vs_bus_way *vs_bus_way_at(size_t index);

/* Takes a target apart. Returns 0, or -1 with one sentence in error. Free with vs_target_free. */
int vs_target_parse(const char *text, struct vs_target *target, char *error, size_t size);
void vs_target_free(struct vs_target *target);

/* Whether `key` was given; *value (unless value is NULL) is its last value, NULL without '='. */
bool vs_target_find(const struct vs_target *target, const char *key, const char **value);

/* Parses, finds the way, opens. NULL with one sentence in error. `options` may be NULL. */
struct vs_bus *vs_bus_open(const char *target, const struct vs_bus_options *options, char *error,
			   size_t size);

#endif
