/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/listing.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "engine/check.h"
#include "monitor/monitor.h"

void vs_for_judges_of(int rule, void (*visit)(void *context, const struct vs_judge_name *judge),
		      void *context)
{
	for (size_t i = 0; i < vs_check_count(); i++) {
		const struct vs_check *check = vs_check_at(i);

		for (const uint16_t *r = check->rules; *r != VS_RULE_COUNT; r++)
			if (*r == rule)
				visit(context, &(struct vs_judge_name){ check->name, check->file,
									check->line, false });
	}
	for (size_t i = 0; i < vs_monitor_count(); i++) {
		const struct vs_monitor *monitor = vs_monitor_at(i);

		if (monitor->rule == rule)
			visit(context, &(struct vs_judge_name){ monitor->name, monitor->file,
								monitor->line, true });
	}
}

bool vs_parse_listing_format(const char *name)
{
	if (strcmp(name, "text") != 0 && strcmp(name, "jsonl") != 0)
		vs_refuse("there is no format '%s'; there are text and jsonl", name);
	return strcmp(name, "jsonl") == 0;
}

void vs_put_json_line(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}
