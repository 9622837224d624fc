/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands that list things share. */
#ifndef VS_LISTING_H
#define VS_LISTING_H

#include <jansson.h>
#include <stdbool.h>

/* A check or a monitor. */
struct vs_judge_name {
	const char *name, *file;
	int line;
	bool monitor;
};

/* Whether the format is JSON Lines; ends the program when there is no such format. */
bool vs_parse_listing_format(const char *name);

/* Prints the object as one line and drops it. */
void vs_put_json_line(json_t *object);

/* Calls visit for every check and monitor that judges the rule. */
void vs_for_judges_of(int rule, void (*visit)(void *context, const struct vs_judge_name *judge),
		      void *context);

#endif
