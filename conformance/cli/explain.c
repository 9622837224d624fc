/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec explain NAME */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/listing.h"
#include "engine/check.h"
#include "mock-device/quirks/quirk.h"
#include "spec/feature_table.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **name = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*name)
			vs_refuse("one name at a time");
		*name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		vs_refuse("no name was given; 'virtspec rules' lists the rules");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "NAME",
	.doc = "Says all that is known of a rule, a check or a quirk.",
};

static void put_judge(void *context, const struct vs_judge_name *judge)
{
	(void)context;
	printf("  %-9s %s (%s:%d)\n", judge->monitor ? "monitor" : "check", judge->name,
	       judge->file, judge->line);
}

static bool lists(const uint16_t *rules, unsigned count, int rule)
{
	for (unsigned i = 0; i < count; i++)
		if (rules[i] == rule)
			return true;
	return false;
}

static void put_quirks(int rule)
{
	const struct mock_quirk *quirk;

	for (unsigned i = 0; (quirk = mock_quirk_at(i)) != NULL; i++) {
		char name[64];

		if (!lists(quirk->breaks.ids, quirk->breaks.count, rule))
			continue;
		mock_quirk_name(quirk, name, sizeof(name));
		printf("  quirk     %s: %s\n", name, quirk->says);
	}
}

static void put_applies(const struct vs_rule *r)
{
	static const char *const interfaces[] = {
		[VS_INTERFACE_MODERN] = "the modern interface",
		[VS_INTERFACE_LEGACY] = "the legacy interface",
		[VS_INTERFACE_TRANSITIONAL] = "both interfaces",
		[VS_INTERFACE_NON_TRANSITIONAL] = "the modern interface alone",
	};

	if (interfaces[r->interface])
		printf("  for       devices with %s\n", interfaces[r->interface]);
	for (unsigned i = 0; i < r->offered_count; i++)
		printf("  for       devices that offer %s\n",
		       vs_feature_name(VS_FEATURE_ANY_TYPE, r->offered[i]));
}

static void explain_rule(int rule)
{
	const struct vs_rule *r = &vs_rules[rule];

	printf("%s\n  %s\n\n", r->id, r->says);
	if (r->reading)
		printf("  reading   %s\n", r->reading);
	printf("  binds     the %s: %s%s, from %s to %s\n", vs_role_name(r->role),
	       vs_level_name(r->level), r->robustness ? " (of this suite, no clause says so)" : "",
	       vs_profile_name(r->since), vs_profile_name(r->until));
	put_applies(r);
	for (unsigned i = 0; i < r->clause_count; i++)
		printf("  clause    %s, section %s\n", vs_clauses[r->clauses[i]].key,
		       vs_clauses[r->clauses[i]].section);
	vs_for_judges_of(rule, put_judge, NULL);
	put_quirks(rule);
	if (r->excuse)
		printf("  excuse    %s\n", r->excuse);
}

static void explain_check(const struct vs_check *check)
{
	printf("%s (%s:%d)\n", check->name, check->file, check->line);
	for (const uint16_t *rule = check->rules; *rule != VS_RULE_COUNT; rule++)
		printf("  judges    %s: %s\n", vs_rules[*rule].id, vs_rules[*rule].says);
	for (const uint16_t *rule = check->breaks; rule && *rule != VS_RULE_COUNT; rule++)
		printf("  breaks    %s on purpose\n", vs_rules[*rule].id);
}

static void explain_quirk(const struct mock_quirk *quirk)
{
	char name[64];

	mock_quirk_name(quirk, name, sizeof(name));
	printf("%s (a %s of the mock device)\n  %s\n\n", name, mock_quirk_kind_name(quirk->kind),
	       quirk->says);
	for (unsigned i = 0; i < quirk->breaks.count; i++)
		printf("  breaks    %s\n", vs_rules[quirk->breaks.ids[i]].id);
	for (unsigned i = 0; i < quirk->also.count; i++)
		printf("  also      %s\n", vs_rules[quirk->also.ids[i]].id);
	printf("  drivers   %s\n", mock_drivers_name(mock_quirk_drivers(quirk)));
	for (unsigned i = 0; i < quirk->tries.count; i++)
		printf("  tries     %s\n", vs_rules[quirk->tries.ids[i]].id);
	if (quirk->values)
		printf("  values    %s\n", quirk->values);
	if (quirk->needs)
		printf("  needs     %s\n", quirk->needs);
}

int vs_command_explain(int argc, char **argv)
{
	const char *name = NULL;
	const struct mock_quirk *quirk;
	int rule;

	argp_parse(&argp, argc, argv, 0, NULL, &name);
	rule = vs_rule_find(name);
	if (rule >= 0) {
		explain_rule(rule);
		return 0;
	}
	for (size_t i = 0; i < vs_check_count(); i++) {
		if (strcmp(vs_check_at(i)->name, name) == 0) {
			explain_check(vs_check_at(i));
			return 0;
		}
	}
	quirk = mock_quirk_find(name);
	if (!quirk)
		return vs_complain("there is no rule, check or quirk '%s'", name);
	explain_quirk(quirk);
	return 0;
}
