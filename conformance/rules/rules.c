/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/rules.h"

#include <string.h>

static const char *const profile_names[VS_PROFILE_COUNT] = {
	"draft-2013", "1.0", "1.1", "1.2", "1.3", "1.4",
};

int vs_rule_find(const char *id)
{
	for (int i = 0; i < VS_RULE_COUNT; i++)
		if (strcmp(vs_rules[i].id, id) == 0)
			return i;
	return -1;
}

const char *vs_profile_name(enum vs_profile profile)
{
	return profile_names[profile];
}

int vs_profile_find(const char *name)
{
	for (int i = 0; i < VS_PROFILE_COUNT; i++)
		if (strcmp(profile_names[i], name) == 0)
			return i;
	return -1;
}

const char *vs_level_name(enum vs_level level)
{
	static const char *const names[] = { "MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY" };

	return names[level];
}

const char *vs_role_name(enum vs_role role)
{
	static const char *const names[] = { "device", "driver", "both" };

	return names[role];
}
