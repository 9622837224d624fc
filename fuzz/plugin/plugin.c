/* SPDX-License-Identifier: BSD-3-Clause */
/* Which devices a driver drives, and one input after the other for it. */
#include "fuzz/plugin/plugin.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACE(class, what, ...)                                        \
	{                                                             \
		class "-" what,                                       \
		{                                                     \
			.class_name = class, .interface = __VA_ARGS__ \
		}                                                     \
	}
#define FACES_OF(class)                                                                 \
	FACE(class, "modern", MOCK_MODERN),                                             \
		FACE(class, "modern-packed", MOCK_MODERN, .packed = true),              \
		FACE(class, "transitional", MOCK_TRANSITIONAL),                         \
		FACE(class, "transitional-packed", MOCK_TRANSITIONAL, .packed = true),  \
		FACE(class, "transitional-big", MOCK_TRANSITIONAL, .big_endian = true), \
		FACE(class, "legacy", MOCK_LEGACY),                                     \
		FACE(class, "legacy-big", MOCK_LEGACY, .big_endian = true)

static const struct plugin_face faces[] = {
	FACES_OF("rng"),
	FACES_OF("blk"),
	FACES_OF("console"),
	FACES_OF("net"),
};

const struct plugin_face *plugin_face_at(unsigned index)
{
	return index < sizeof(faces) / sizeof(faces[0]) ? &faces[index] : NULL;
}

/* Ends the process for the first rule that is broken. */
static void judge(const struct plugin_subject *s)
{
	const struct vs_jury *jury = &s->device.jury;

	for (unsigned i = 0; i < jury->charge_count; i++) {
		const struct vs_charge *c = &jury->charges[i];

		if (s->broken[c->rule] || s->ignored[c->rule] || c->number >= s->device.doubtful)
			continue;
		plugin_story(&s->device, c->number);
		fuzz_oracle(vs_rules[c->rule].id, "event %llu: expected %s, observed %s",
			    (unsigned long long)c->number, c->expected, c->observed);
	}
}

static bool lead(struct virtspec_device *d, unsigned lives)
{
	bool served;

	plugin_story_of(d);
	plugin_loads_of(d);
	served = plugin_live(d, lives);
	plugin_loads_of(NULL);
	vs_jury_close(&d->jury);
	return served;
}

static bool among(const char *globs, const char *name)
{
	char glob[128];

	while (globs && *globs) {
		size_t length = strcspn(globs, ",");

		snprintf(glob, sizeof(glob), "%.*s", (int)length, globs);
		if (fnmatch(glob, name, 0) == 0)
			return true;
		globs += length + (globs[length] == ',');
	}
	return false;
}

static void select_rules(struct plugin_subject *s, const char *rules, const char *ignored)
{
	for (int i = 0; i < VS_RULE_COUNT; i++) {
		bool must = vs_level_is_must(vs_rules[i].level) && !vs_rules[i].robustness;

		s->ignored[i] = strcmp(rules, "none") == 0 ||
				(strcmp(rules, "all") != 0 && !must) ||
				among(ignored, vs_rules[i].id);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct mock_quirk *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* In an order that no linker makes. */
static void list_quirks(struct plugin_subject *s)
{
	const struct mock_quirk *quirk;

	s->quirk_count = 0;
	while (s->quirk_count < PLUGIN_QUIRKS && (quirk = mock_quirk_any(s->quirk_count)))
		s->quirks[s->quirk_count++] = quirk;
	qsort(s->quirks, s->quirk_count, sizeof(const struct mock_quirk *), by_name);
}

unsigned plugin_meet(struct plugin_subject *s, const struct virtspec_driver *driver,
		     const char *argument, const char *rules, const char *ignored)
{
	struct virtspec_device *d = &s->device;
	struct fuzz_input nothing = fuzz_input(NULL, 0);

	d->driver = driver;
	d->argument = argument;
	s->face_count = 0;
	select_rules(s, rules, ignored);
	list_quirks(s);
	for (unsigned i = 0; i < sizeof(faces) / sizeof(faces[0]); i++) {
		plugin_lies_read(&d->lies, &nothing, &d->trace.count);
		if (plugin_device_open(d, &faces[i].settings))
			continue;
		if (lead(d, 2)) {
			s->faces[s->face_count++] = &faces[i];
			for (int rule = 0; rule < VS_RULE_COUNT; rule++)
				s->broken[rule] |= !s->ignored[rule] && d->jury.rules[rule].broken;
		}
		plugin_device_close(d);
	}
	return s->face_count;
}

/* Quirk number `index` - 1, with one of its values; 0: none. */
static void add_quirk(const struct plugin_subject *s, struct mock_settings *settings,
		      unsigned index, unsigned choice, char *value, size_t size)
{
	const struct mock_quirk *quirk;
	const char *word;

	if (!index || index > s->quirk_count || !mock_quirk_applies(s->quirks[index - 1], settings))
		return;
	quirk = s->quirks[index - 1];
	word = quirk->values;
	for (; word && choice && strchr(word, ' '); choice--)
		word = strchr(word, ' ') + 1;
	if (word)
		snprintf(value, size, "%.*s", (int)strcspn(word, " "), word);
	settings->quirks[settings->quirk_count].name = quirk->name;
	settings->quirks[settings->quirk_count++].value = word ? value : NULL;
}

void plugin_run(struct plugin_subject *s, const uint8_t *data, size_t size)
{
	struct fuzz_input in = fuzz_input(data, size);
	struct virtspec_device *d = &s->device;
	struct mock_settings settings = s->faces[fuzz_below(&in, 0x100) % s->face_count]->settings;
	char values[2][MOCK_VALUE_SIZE];
	unsigned lives = 1 + (unsigned)(fuzz_number(&in, 1) & 1);

	for (unsigned i = 0; i < 2; i++) {
		unsigned index = (unsigned)fuzz_number(&in, 2);

		add_quirk(s, &settings, index, (unsigned)fuzz_number(&in, 1) % 32, values[i],
			  sizeof(values[i]));
	}
	plugin_lies_read(&d->lies, &in, &d->trace.count);
	if (plugin_device_open(d, &settings))
		return;
	lead(d, lives);
	judge(s);
	plugin_device_close(d);
}
