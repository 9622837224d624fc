/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/way.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The linker section where VS_BUS_WAY puts a pointer a way; weak: a program may have none. */
extern const struct vs_bus_way *const __start_vs_bus_ways[] __attribute__((weak));
extern const struct vs_bus_way *const __stop_vs_bus_ways[] __attribute__((weak));

size_t vs_bus_way_count(void)
{
	return (size_t)(__stop_vs_bus_ways - __start_vs_bus_ways);
}

const struct vs_bus_way *vs_bus_way_at(size_t index)
{
	return __start_vs_bus_ways[index];
}

/*
 * Cuts one field, up to a comma, off the text at *rest and returns it terminated; *rest is what
 * comes after the comma, or NULL at the end. A doubled comma stands for one inside a field, as in
 * QEMU's option syntax. Cuts in place: the field only ever becomes shorter.
 */
static char *cut_field(char **rest)
{
	char *field = *rest;
	char *to = field;
	const char *from = field;

	while (*from && (*from != ',' || from[1] == ',')) {
		if (*from == ',')
			from++;
		*to++ = *from++;
	}
	*rest = *from ? field + (from - field) + 1 : NULL;
	*to = '\0';
	return field;
}

static int parse_keys(char *rest, const char *text, struct vs_target *target, char *error,
		      size_t size)
{
	while (rest) {
		char *field = cut_field(&rest);
		char *equals = strchr(field, '=');

		if (equals)
			*equals = '\0';
		if (!*field) {
			snprintf(error, size,
				 "target '%s' has an option without a name; options are separated "
				 "by single commas",
				 text);
			return -1;
		}
		if (target->key_count == VS_TARGET_KEYS_MAX) {
			snprintf(error, size, "target '%s' has more than %u options", text,
				 VS_TARGET_KEYS_MAX);
			return -1;
		}
		target->keys[target->key_count].key = field;
		target->keys[target->key_count].value = equals ? equals + 1 : NULL;
		target->key_count++;
	}
	return 0;
}

int vs_target_parse(const char *text, struct vs_target *target, char *error, size_t size)
{
	const char *colon = strchr(text, ':');
	size_t length = strlen(text);
	char *rest;

	*target = (struct vs_target){ .tail = "" };
	if (!colon || colon == text) {
		snprintf(error, size,
			 "target '%s' does not say how to reach the device; write WAY:DEVICE, for "
			 "example qemu:virtio-blk-pci",
			 text);
		return -1;
	}
	/* Two copies: one to cut into fields, one where the tail stays as it was written. */
	target->text = malloc(2 * (length + 1));
	if (!target->text) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	memcpy(target->text, text, length + 1);
	memcpy(target->text + length + 1, text, length + 1);
	target->text[colon - text] = '\0';
	target->way = target->text;
	rest = target->text + (colon - text) + 1;
	target->head = cut_field(&rest);
	if (!rest)
		return 0;
	target->tail = rest + length + 1;
	if (parse_keys(rest, text, target, error, size)) {
		vs_target_free(target);
		return -1;
	}
	return 0;
}

void vs_target_free(struct vs_target *target)
{
	free(target->text);
	*target = (struct vs_target){ .tail = "" };
}

bool vs_target_find(const struct vs_target *target, const char *key, const char **value)
{
	for (unsigned i = target->key_count; i-- > 0;) {
		if (!strcmp(target->keys[i].key, key)) {
			if (value)
				*value = target->keys[i].value;
			return true;
		}
	}
	return false;
}

static const struct vs_bus_way *find_way(const char *name, char *error, size_t size)
{
	char known[200] = "";
	size_t used = 0;

	for (size_t i = 0; i < vs_bus_way_count(); i++) {
		const struct vs_bus_way *way = vs_bus_way_at(i);
		int n;

		if (!strcmp(way->name, name))
			return way;
		n = snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", way->name);
		if (n > 0 && (size_t)n < sizeof(known) - used)
			used += (size_t)n;
	}
	snprintf(error, size, "no way '%s' to reach a device; this program knows: %s", name,
		 *known ? known : "none");
	return NULL;
}

struct vs_bus *vs_bus_open(const char *target, const struct vs_bus_options *options, char *error,
			   size_t size)
{
	static const struct vs_bus_options none;
	const struct vs_bus_way *way;
	struct vs_target parts;
	struct vs_bus *bus = NULL;

	if (vs_target_parse(target, &parts, error, size))
		return NULL;
	way = find_way(parts.way, error, size);
	if (way)
		bus = way->open(&parts, options ? options : &none, error, size);
	vs_target_free(&parts);
	return bus;
}
