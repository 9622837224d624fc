/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registry of quirks. A quirk is a layer over the correct device (layer.h of the model says how
 * to write one) with a name and what it is for:
 *
 *	MOCK_QUIRK(notify_multiplier,
 *		   .kind = MOCK_VIOLATION,
 *		   .says = "the notify multiplier is not a power of two",
 *		   .breaks = MOCK_RULES(PCI_NOTIFY_MULTIPLIER),
 *		   .values = "3 6 12",
 *		   .ops = { .build_caps = multiplier });
 *
 * A violation names the rules that it breaks (in .also: those that fall with them). A variation is
 * legal and breaks none; at most a SHOULD, in .also, speaks against it. A situation is there to
 * examine drivers in: a device that refuses, breaks down, changes under way, or lies where only a
 * driver can suffer; checks of devices are not tried on it. Users write the name with '-' where the
 * identifier has '_'.
 */
#ifndef MOCK_QUIRK_H
#define MOCK_QUIRK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock-device/model/layer.h"
#include "rules/rule_ids.h"

enum mock_quirk_kind {
	MOCK_VIOLATION,
	MOCK_VARIATION,
	MOCK_SITUATION,
};

/* What is asked of a driver that meets the device. */
enum mock_drivers {
	MOCK_DRIVER_AS_KIND, /* what the kind says: see mock_quirk_drivers */
	MOCK_DRIVER_WORKS,   /* it does its work */
	MOCK_DRIVER_ORDERLY, /* it may fail, in good order */
	MOCK_DRIVER_REFUSES, /* it has to leave the device alone */
};

struct mock_rules {
	const uint16_t *ids; /* VS_RULE_… */
	unsigned count;
};

struct mock_quirk {
	const char *name; /* the identifier, with '_': see mock_quirk_name */
	enum mock_quirk_kind kind;
	const char *says;
	struct mock_rules breaks; /* rules whose verdict changes because of what it does */
	struct mock_rules also;   /* and because of what follows from that */
	enum mock_drivers drivers;
	struct mock_rules tries; /* rules of drivers that such a device puts to the test: they are
				    kept by a driver that does what `drivers` says */
	const char *values;      /* words with one blank between; the first is the default */
	/* The mock it applies to, as TARGET, with bars between alternatives, the usual one first:
	 * "mock:blk", "mock:net|blk,interface=modern", "mock:,ring=packed"; NULL: any. */
	const char *needs;
	struct mock_ops ops;
};

#define MOCK_QUIRK(quirk_name, ...)                                                     \
	static const struct mock_quirk mock_quirk_##quirk_name = { .name = #quirk_name, \
								   __VA_ARGS__ };       \
	static const struct mock_quirk *const mock_quirk_##quirk_name##_entry           \
		__attribute__((section("mock_quirks_section"), used, retain)) =         \
			&mock_quirk_##quirk_name

/* One to twelve rules, without the prefix VS_RULE_. */
#define MOCK_RULES(...)                                                               \
	{                                                                             \
		.ids = (const uint16_t[]){ MOCK_RULES_LIST(__VA_ARGS__) },            \
		.count = sizeof((const uint16_t[]){ MOCK_RULES_LIST(__VA_ARGS__) }) / \
			 sizeof(uint16_t),                                            \
	}
/* clang-format off */
#define MOCK_RULES_LIST(...)                                                                    \
	MOCK_RULES_PICK(__VA_ARGS__, MOCK_RULES_12, MOCK_RULES_11, MOCK_RULES_10, MOCK_RULES_9, \
			MOCK_RULES_8, MOCK_RULES_7, MOCK_RULES_6, MOCK_RULES_5, MOCK_RULES_4,   \
			MOCK_RULES_3, MOCK_RULES_2, MOCK_RULES_1, 0)(__VA_ARGS__)
#define MOCK_RULES_PICK(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, name, ...) name
#define MOCK_RULES_1(rule)       VS_RULE_##rule
#define MOCK_RULES_2(rule, ...)  VS_RULE_##rule, MOCK_RULES_1(__VA_ARGS__)
#define MOCK_RULES_3(rule, ...)  VS_RULE_##rule, MOCK_RULES_2(__VA_ARGS__)
#define MOCK_RULES_4(rule, ...)  VS_RULE_##rule, MOCK_RULES_3(__VA_ARGS__)
#define MOCK_RULES_5(rule, ...)  VS_RULE_##rule, MOCK_RULES_4(__VA_ARGS__)
#define MOCK_RULES_6(rule, ...)  VS_RULE_##rule, MOCK_RULES_5(__VA_ARGS__)
#define MOCK_RULES_7(rule, ...)  VS_RULE_##rule, MOCK_RULES_6(__VA_ARGS__)
#define MOCK_RULES_8(rule, ...)  VS_RULE_##rule, MOCK_RULES_7(__VA_ARGS__)
#define MOCK_RULES_9(rule, ...)  VS_RULE_##rule, MOCK_RULES_8(__VA_ARGS__)
#define MOCK_RULES_10(rule, ...) VS_RULE_##rule, MOCK_RULES_9(__VA_ARGS__)
#define MOCK_RULES_11(rule, ...) VS_RULE_##rule, MOCK_RULES_10(__VA_ARGS__)
#define MOCK_RULES_12(rule, ...) VS_RULE_##rule, MOCK_RULES_11(__VA_ARGS__)
/* clang-format on */

/* Number `index` in no particular order, or NULL behind the last. */
const struct mock_quirk *mock_quirk_any(unsigned index);

/* Number `index` in the order of names, or NULL behind the last. */
const struct mock_quirk *mock_quirk_at(unsigned index);

/* By the name that users write; '-' and '_' are the same. */
const struct mock_quirk *mock_quirk_find(const char *name);

/* What is asked of drivers: of a variation that they work, of a violation and, unless it says
 * otherwise, of a situation that they stay orderly. Never MOCK_DRIVER_AS_KIND. */
enum mock_drivers mock_quirk_drivers(const struct mock_quirk *quirk);

/* "violation", "variation", "situation" */
const char *mock_quirk_kind_name(enum mock_quirk_kind kind);
/* "work", "orderly", "refuse" */
const char *mock_drivers_name(enum mock_drivers drivers);

/* The name that users write, terminated. */
void mock_quirk_name(const struct mock_quirk *quirk, char *name, size_t size);

/* Whether the settings are those of a mock that the quirk applies to. */
bool mock_quirk_applies(const struct mock_quirk *quirk, const struct mock_settings *settings);

/* Gives the layer the value: one of the quirk's words, or NULL for the first. -1 if it is none. */
int mock_quirk_value(const struct mock_quirk *quirk, const char *text, struct mock_layer *layer);

#endif
