/* SPDX-License-Identifier: BSD-3-Clause */
/* virtspec quirks */
#include <string.h>

#include "cli/cli.h"
#include "cli/listing.h"
#include "mock-device/quirks/quirk.h"
#include "rules/rules.h"

enum { KEY_FORMAT = 256 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *jsonl = state->input;

	switch (key) {
	case KEY_FORMAT:
		*jsonl = vs_parse_listing_format(arg);
		return 0;
	case ARGP_KEY_ARG:
		vs_refuse("'%s' is not wanted here", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "format", KEY_FORMAT, "NAME", 0, "text (the default) or jsonl", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Lists what the mock device can put on: violations, which break the rules they "
	       "name, "
	       "variations, which are legal and unusual, and situations, in which drivers are "
	       "examined.",
};

static json_t *rule_names(const struct mock_rules *rules)
{
	json_t *names = json_array();

	for (unsigned i = 0; i < rules->count; i++)
		json_array_append_new(names, json_string(vs_rules[rules->ids[i]].id));
	return names;
}

static json_t *words(const char *text)
{
	json_t *list = json_array();

	while (text && *text) {
		size_t size = strcspn(text, " ");

		if (size)
			json_array_append_new(list, json_stringn(text, size));
		text += size + (text[size] != '\0');
	}
	return list;
}

int vs_command_quirks(int argc, char **argv)
{
	const struct mock_quirk *quirk;
	bool jsonl = false;

	argp_parse(&argp, argc, argv, 0, NULL, &jsonl);
	for (unsigned i = 0; (quirk = mock_quirk_at(i)) != NULL; i++) {
		const char *kind = mock_quirk_kind_name(quirk->kind);
		char name[64];

		mock_quirk_name(quirk, name, sizeof(name));
		if (jsonl)
			vs_put_json_line(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:s?}",
						   "quirk", name, "kind", kind, "says", quirk->says,
						   "breaks", rule_names(&quirk->breaks), "also",
						   rule_names(&quirk->also), "values",
						   words(quirk->values), "drivers",
						   mock_drivers_name(mock_quirk_drivers(quirk)),
						   "tries", rule_names(&quirk->tries), "needs",
						   quirk->needs));
		else
			printf("%-9s %-32s %s%s%s%s\n", kind, name, quirk->says,
			       quirk->values ? " [" : "", quirk->values ? quirk->values : "",
			       quirk->values ? "]" : "");
	}
	return 0;
}
