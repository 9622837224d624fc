/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rule catalogue as the program sees it. generate.py makes the table and the enum from the
 * TOML files beside this header; everything is static and read-only.
 */
#ifndef VS_RULES_H
#define VS_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/rule_ids.h" /* enum vs_rule_id: VS_RULE_PCI_NOTIFY_MULTIPLIER, …, VS_RULE_COUNT */

/* Revisions of the specification, oldest first. */
enum vs_profile {
	VS_PROFILE_DRAFT_2013,
	VS_PROFILE_1_0,
	VS_PROFILE_1_1,
	VS_PROFILE_1_2,
	VS_PROFILE_1_3,
	VS_PROFILE_1_4,
	VS_PROFILE_COUNT,
};

enum vs_role {
	VS_ROLE_DEVICE,
	VS_ROLE_DRIVER,
	VS_ROLE_BOTH, /* of clauses only: a rule binds one side */
};

enum vs_level {
	VS_LEVEL_MUST,
	VS_LEVEL_MUST_NOT,
	VS_LEVEL_SHOULD,
	VS_LEVEL_SHOULD_NOT,
	VS_LEVEL_MAY, /* of clauses only */
};

/* Faces that the device has to have. */
enum vs_interface {
	VS_INTERFACE_ANY,
	VS_INTERFACE_MODERN,
	VS_INTERFACE_LEGACY,
	VS_INTERFACE_TRANSITIONAL,     /* the modern and the legacy interface at once */
	VS_INTERFACE_NON_TRANSITIONAL, /* the modern one alone */
};

/* Structures that a device may or may not have: rule.applies.has. */
#define VS_HAS_MSIX          0x01u
#define VS_HAS_SHARED_MEMORY 0x02u
#define VS_HAS_VENDOR_DATA   0x04u
#define VS_HAS_DEVICE_CONFIG 0x08u
#define VS_HAS_PCI_WINDOW    0x10u
#define VS_HAS_QUEUES        0x20u
#define VS_HAS_CONFIG_TYPE   0x40u /* the device type has a configuration structure */

/* A clause of the specification, by its stable key; the text is not in the project. */
struct vs_clause {
	const char *key; /* "transport-pci:062" */
	const char *section;
	uint8_t role;       /* enum vs_role */
	uint8_t level;      /* enum vs_level */
	bool required;      /* in a normative block and not a MAY: has to be covered or excused */
	const char *excuse; /* why no rule covers it, or NULL */
};

struct vs_rule {
	const char *id;      /* "pci.notify.multiplier" */
	const char *section; /* heading that it stands under, "" for a robustness rule */
	const char *title;   /* of that heading, in our words */
	const char *says;
	const char *reading;     /* or NULL */
	const char *excuse;      /* why nobody outside can test it, or NULL */
	const uint16_t *clauses; /* indexes into vs_clauses, clause_count of them */
	const uint8_t *offered;  /* feature bits the device has to offer, offered_count of them */
	uint8_t clause_count;
	uint8_t offered_count;
	uint8_t role;      /* enum vs_role */
	uint8_t level;     /* enum vs_level */
	uint8_t since;     /* enum vs_profile, inclusive */
	uint8_t until;     /* enum vs_profile, inclusive */
	uint8_t interface; /* enum vs_interface */
	uint8_t has;       /* VS_HAS_… */
	bool robustness;   /* no clause demands it */
};

extern const struct vs_rule vs_rules[VS_RULE_COUNT];
extern const struct vs_clause vs_clauses[];
extern const size_t vs_clause_count;

/* The rule with this id, or -1. */
int vs_rule_find(const char *id);

const char *vs_profile_name(enum vs_profile profile);
/* The profile with this name, or -1. */
int vs_profile_find(const char *name);
const char *vs_level_name(enum vs_level level);
const char *vs_role_name(enum vs_role role);

static inline bool vs_level_is_must(enum vs_level level)
{
	return level == VS_LEVEL_MUST || level == VS_LEVEL_MUST_NOT;
}

#endif
