/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec rules [--coverage] */
#include <fnmatch.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/listing.h"
#include "engine/check.h"

enum { KEY_COVERAGE = 256, KEY_FORMAT };

struct arguments {
	bool coverage, jsonl;
	const char *glob;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case KEY_COVERAGE:
		a->coverage = true;
		return 0;
	case KEY_FORMAT:
		a->jsonl = vs_parse_listing_format(arg);
		return 0;
	case ARGP_KEY_ARG:
		if (a->glob)
			vs_refuse("one pattern at a time");
		a->glob = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "coverage", KEY_COVERAGE, NULL, 0,
	  "Clause by clause instead: the rules that cover it, the checks that judge them, the "
	  "excuse "
	  "where there is one",
	  0 },
	{ "format", KEY_FORMAT, "NAME", 0, "text (the default) or jsonl", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[GLOB]",
	.doc = "Lists the rules of the catalogue, or those that match GLOB.",
};

static void append_name(void *context, const struct vs_judge_name *judge)
{
	json_array_append_new(context, json_string(judge->name));
}

static json_t *checks_of(int rule)
{
	json_t *names = json_array();

	vs_for_judges_of(rule, append_name, names);
	return names;
}

static void count_check(void *context, const struct vs_judge_name *judge)
{
	(void)judge;
	++*(unsigned *)context;
}

static unsigned check_count(int rule)
{
	unsigned count = 0;

	vs_for_judges_of(rule, count_check, &count);
	return count;
}

static void put_rule_json(int rule)
{
	const struct vs_rule *r = &vs_rules[rule];
	json_t *clauses = json_array();

	for (unsigned i = 0; i < r->clause_count; i++)
		json_array_append_new(clauses, json_string(vs_clauses[r->clauses[i]].key));
	vs_put_json_line(json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:s?}", "rule",
				   r->id, "role", vs_role_name(r->role), "level",
				   vs_level_name(r->level), "kind",
				   r->robustness ? "robustness" : "clause", "section", r->section,
				   "clauses", clauses, "since", vs_profile_name(r->since), "until",
				   vs_profile_name(r->until), "checks", checks_of(rule), "excuse",
				   r->excuse));
}

static void list_rules(const struct arguments *a)
{
	for (int rule = 0; rule < VS_RULE_COUNT; rule++) {
		const struct vs_rule *r = &vs_rules[rule];

		if (a->glob && fnmatch(a->glob, r->id, 0) != 0)
			continue;
		if (a->jsonl) {
			put_rule_json(rule);
			continue;
		}
		printf("%-44s %-6s %-10s %-8s %s\n", r->id, vs_role_name(r->role),
		       vs_level_name(r->level), r->section,
		       check_count(rule) ? "checked"
		       : r->excuse       ? "excused"
					 : "not checked yet");
	}
}

/* What is known of one clause. */
struct coverage {
	const char *state; /* "checked", "covered", "excused" or "OPEN" */
	json_t *rules, *checks;
	const char *excuse;
};

static void see_rule(struct coverage *coverage, int rule, unsigned *checked, unsigned *open)
{
	const struct vs_rule *r = &vs_rules[rule];
	json_t *checks = checks_of(rule);

	json_array_append_new(coverage->rules, json_string(r->id));
	if (json_array_size(checks))
		++*checked;
	else if (r->excuse)
		coverage->excuse = r->excuse;
	else
		++*open;
	json_array_extend(coverage->checks, checks);
	json_decref(checks);
}

/* A clause is checked when all its rules that can be are; excused when none can be. */
static struct coverage cover(size_t clause)
{
	struct coverage c = { .rules = json_array(), .checks = json_array() };
	unsigned checked = 0, open = 0;

	for (int rule = 0; rule < VS_RULE_COUNT; rule++)
		for (unsigned i = 0; i < vs_rules[rule].clause_count; i++)
			if (vs_rules[rule].clauses[i] == clause)
				see_rule(&c, rule, &checked, &open);
	if (json_array_size(c.rules) == 0)
		c.excuse = vs_clauses[clause].excuse;
	if (checked && !open)
		c.state = "checked";
	else if (json_array_size(c.rules) && (checked || open))
		c.state = checked ? "checked in part" : "covered";
	else
		c.state = c.excuse ? "excused" : "OPEN";
	return c;
}

static void put_names(json_t *names)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		printf(" %s", json_string_value(json_array_get(names, i)));
}

static void put_coverage(const struct arguments *a, const struct vs_clause *clause,
			 struct coverage *c)
{
	if (a->jsonl) {
		vs_put_json_line(json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:O, s:s?}", "clause",
					   clause->key, "section", clause->section, "role",
					   vs_role_name(clause->role), "level",
					   vs_level_name(clause->level), "state", c->state, "rules",
					   c->rules, "checks", c->checks, "excuse", c->excuse));
		return;
	}
	printf("%-18s %-10s %-6s %-10s %-15s", clause->key, clause->section,
	       vs_role_name(clause->role), vs_level_name(clause->level), c->state);
	put_names(c->rules);
	if (json_array_size(c->checks)) {
		fputs("  <-", stdout);
		put_names(c->checks);
	}
	putchar('\n');
	if (c->excuse)
		printf("%18s %s\n", "", c->excuse);
}

static int list_coverage(const struct arguments *a)
{
	static const char *const states[] = { "checked", "checked in part", "covered", "excused",
					      "OPEN" };
	unsigned counts[3][5] = { 0 };

	for (size_t i = 0; i < vs_clause_count; i++) {
		const struct vs_clause *clause = &vs_clauses[i];
		struct coverage c;

		if (!clause->required)
			continue;
		c = cover(i);
		for (unsigned s = 0; s < 5; s++)
			counts[clause->role][s] += strcmp(states[s], c.state) == 0;
		put_coverage(a, clause, &c);
		json_decref(c.rules);
		json_decref(c.checks);
	}
	for (unsigned role = 0; role < 3 && !a->jsonl; role++) {
		printf("%s clauses:", vs_role_name(role));
		for (unsigned s = 0; s < 5; s++)
			printf(" %u %s%s", counts[role][s], states[s], s < 4 ? "," : "\n");
	}
	return counts[0][4] + counts[1][4] + counts[2][4] ? VS_EXIT_NONCONFORMANT : 0;
}

int vs_command_rules(int argc, char **argv)
{
	struct arguments a = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.coverage)
		return list_coverage(&a);
	list_rules(&a);
	return 0;
}
