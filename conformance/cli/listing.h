/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands that list things share. */
#ifndef VS_LISTING_H
#define VS_LISTING_H

#include <jansson.h>
#include <stdbool.h>

struct vs_check;

/* Whether the format is JSON Lines; ends the program when there is no such format. */
bool vs_parse_listing_format(const char *name);

/* Prints the object as one line and drops it. */
void vs_put_json_line(json_t *object);

/* Calls visit for every check that judges the rule. */
void vs_for_checks_of(int rule, void (*visit)(void *context, const struct vs_check *check),
		      void *context);

#endif
