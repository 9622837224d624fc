/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-device/quirks/quirk.h"

const char *vs_expectation_name(enum vs_expectation expectation)
{
	static const char *const names[] = {
		[VS_EXPECT_WORKS] = "works",
		[VS_EXPECT_ORDERLY] = "orderly",
		[VS_EXPECT_REFUSES] = "refuses",
	};

	return names[expectation];
}

void vs_faces(enum vs_profile profile, struct vs_face faces[VS_FACES_MAX], unsigned *count)
{
	static const char *const classes[] = { "blk", "net", "console", "rng" };
	static const struct vs_face ways[] = {
		{ .interface = "modern", .ring = "split", .endian = "little" },
		{ .interface = "modern", .ring = "packed", .endian = "little" },
		{ .interface = "transitional", .ring = "split", .endian = "little" },
		{ .interface = "transitional", .ring = "packed", .endian = "little" },
		{ .interface = "transitional", .ring = "split", .endian = "big" },
		{ .interface = "legacy", .ring = "split", .endian = "little" },
		{ .interface = "legacy", .ring = "split", .endian = "big" },
	};
	bool draft = profile == VS_PROFILE_DRAFT_2013;

	*count = 0;
	for (unsigned c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
		for (unsigned w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
			struct vs_face face = ways[w];

			/* Packed rings are of 1.1. */
			if (strcmp(face.ring, "packed") == 0 && profile < VS_PROFILE_1_1)
				continue;
			face.class_name = classes[c];
			face.draft = draft;
			faces[(*count)++] = face;
		}
	}
}

static int face_target(const struct vs_face *face, char *text, size_t size)
{
	return snprintf(text, size, "mock:%s,interface=%s,ring=%s,endian=%s%s", face->class_name,
			face->interface, face->ring, face->endian,
			face->draft ? ",profile=draft-2013" : "");
}

void vs_face_name(const struct vs_face *face, char *text, size_t size)
{
	snprintf(text, size, "%s-%s%s%s", face->class_name, face->interface,
		 strcmp(face->ring, "packed") == 0 ? "-packed" : "",
		 strcmp(face->endian, "big") == 0 ? "-big" : "");
}

void vs_scenario_plain(struct vs_scenario *scenario, const struct vs_face *face)
{
	*scenario = (struct vs_scenario){ .expects = VS_EXPECT_WORKS, .tries = { VS_RULE_COUNT } };
	vs_face_name(face, scenario->name, sizeof(scenario->name));
	face_target(face, scenario->target, sizeof(scenario->target));
}

/* Whether `text` is one of the words between bars in [words, words + length). */
static bool among(const char *words, size_t length, const char *text)
{
	size_t size = strlen(text);

	for (size_t at = 0; at <= length;) {
		size_t word = 0;

		while (at + word < length && words[at + word] != '|')
			word++;
		if (word == size && strncmp(words + at, text, size) == 0)
			return true;
		at += word + 1;
	}
	return false;
}

/* Whether a face has what one KEY=VALUES of a quirk's needs asks for. What is no matter of faces is
 * added to `extra`. */
static bool face_fits(const struct vs_face *face, const char *word, size_t length, char *extra,
		      size_t size)
{
	const struct {
		const char *key, *value;
	} has[] = {
		{ "interface=", face->interface },
		{ "ring=", face->ring },
		{ "endian=", face->endian },
		{ "profile=", face->draft ? "draft-2013" : "none" },
	};
	size_t used = strlen(extra);

	for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++) {
		size_t key = strlen(has[i].key);

		if (length > key && strncmp(word, has[i].key, key) == 0)
			return among(word + key, length - key, has[i].value);
	}
	snprintf(extra + used, size - used, ",%.*s", (int)length, word);
	return true;
}

static enum vs_expectation expectation_of(const struct mock_quirk *quirk)
{
	switch (mock_quirk_drivers(quirk)) {
	case MOCK_DRIVER_WORKS:
		return VS_EXPECT_WORKS;
	case MOCK_DRIVER_REFUSES:
		return VS_EXPECT_REFUSES;
	default:
		return VS_EXPECT_ORDERLY;
	}
}

/* Whether the quirk applies to the face, with what else it needs in `extra`. */
static bool quirk_fits(const struct mock_quirk *quirk, const struct vs_face *face, char *extra,
		       size_t size)
{
	const char *word = quirk->needs;
	size_t length;

	extra[0] = '\0';
	/* What is legal today the draft of 2013 need not know. */
	if (face->draft && expectation_of(quirk) == VS_EXPECT_WORKS &&
	    (!word || !strstr(word, "profile=draft-2013")))
		return false;
	if (!word)
		return true;
	word += strncmp(word, "mock:", 5) == 0 ? 5 : 0;
	length = strcspn(word, ",");
	if (length && !among(word, length, face->class_name))
		return false;
	while (word[length]) {
		word += length + 1;
		length = strcspn(word, ",");
		if (!face_fits(face, word, length, extra, size))
			return false;
	}
	return true;
}

void vs_scenario_try(struct vs_scenario *scenario, uint16_t rule)
{
	for (unsigned i = 0; i + 1 < VS_SCENARIO_TRIES; i++) {
		if (scenario->tries[i] == rule)
			return;
		if (scenario->tries[i] == VS_RULE_COUNT) {
			scenario->tries[i] = rule;
			scenario->tries[i + 1] = VS_RULE_COUNT;
			return;
		}
	}
}

static void try_rules_of(struct vs_scenario *scenario, const struct mock_quirk *quirk)
{
	for (unsigned i = 0; i < quirk->tries.count; i++)
		vs_scenario_try(scenario, quirk->tries.ids[i]);
	scenario->tries_refusal |= expectation_of(quirk) == VS_EXPECT_REFUSES;
}

void vs_scenario_of_target(struct vs_scenario *scenario, const char *target)
{
	static const char key[] = ",quirk=";

	*scenario =
		(struct vs_scenario){ .expects = VS_EXPECT_ORDERLY, .tries = { VS_RULE_COUNT } };
	snprintf(scenario->name, sizeof(scenario->name), "%s", target);
	snprintf(scenario->target, sizeof(scenario->target), "%s", target);
	for (const char *at = strstr(target, key); at; at = strstr(at, key)) {
		const struct mock_quirk *quirk;
		char name[64];

		at += strlen(key);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "=,"), at);
		quirk = mock_quirk_find(name);
		if (quirk)
			try_rules_of(scenario, quirk);
	}
}

static void make(struct vs_scenario *scenario, const struct mock_quirk *quirk, const char *value,
		 size_t length, const struct vs_face *face, const char *extra)
{
	char name[64], on[48];
	size_t used;

	*scenario = (struct vs_scenario){ .expects = expectation_of(quirk),
					  .says = quirk->says,
					  .tries = { VS_RULE_COUNT } };
	try_rules_of(scenario, quirk);
	mock_quirk_name(quirk, name, sizeof(name));
	vs_face_name(face, on, sizeof(on));
	snprintf(scenario->name, sizeof(scenario->name), "%s%s%.*s@%s", name, length ? "=" : "",
		 (int)length, value, on);
	used = (size_t)face_target(face, scenario->target, sizeof(scenario->target));
	if (used < sizeof(scenario->target))
		snprintf(scenario->target + used, sizeof(scenario->target) - used,
			 "%s,quirk=%s%s%.*s", extra, name, length ? "=" : "", (int)length, value);
}

/* The scenarios of one quirk; where `list` is NULL they are only counted. */
static size_t of_quirk(const struct mock_quirk *quirk, const struct vs_face *faces, unsigned count,
		       struct vs_scenario *list)
{
	char extra[128];
	size_t made = 0;
	unsigned f = 0;

	while (f < count && !quirk_fits(quirk, &faces[f], extra, sizeof(extra)))
		f++;
	if (f == count)
		return 0;
	for (const char *value = quirk->values ? quirk->values : "";;) {
		size_t length = strcspn(value, " ");

		if (list)
			make(&list[made], quirk, value, length, &faces[f], extra);
		made++;
		if (!value[length])
			return made;
		value += length + 1;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct vs_scenario *)a)->name, ((const struct vs_scenario *)b)->name);
}

size_t vs_scenarios(const struct vs_face *faces, unsigned count, struct vs_scenario **list)
{
	const struct mock_quirk *quirk;
	size_t made = 0;

	*list = NULL;
	for (unsigned i = 0; (quirk = mock_quirk_any(i)) != NULL; i++)
		made += of_quirk(quirk, faces, count, NULL);
	*list = calloc(made + 1, sizeof(**list));
	if (!*list)
		return 0;
	made = 0;
	for (unsigned i = 0; (quirk = mock_quirk_any(i)) != NULL; i++)
		made += of_quirk(quirk, faces, count, *list + made);
	qsort(*list, made, sizeof(**list), by_name);
	return made;
}

static void expect_refusal(struct vs_scenario *s, uint16_t rule)
{
	s->expects = VS_EXPECT_REFUSES;
	s->tries_refusal = true;
	vs_scenario_try(s, rule);
}

/* In the draft the revision tells whom a function is for: transitional devices have one that a
 * driver for the modern interface alone does not take. */
static void try_revision(struct vs_scenario *s, bool modern, bool drives_modern, bool drives_legacy)
{
	if (modern && drives_modern)
		vs_scenario_try(s, VS_RULE_DRIVER_DRAFT_NON_TRANSITIONAL_REVISION_MATCHED);
	else if (!modern && drives_legacy)
		vs_scenario_try(s, VS_RULE_DRIVER_DRAFT_TRANSITIONAL_REVISIONS_MATCHED);
	else if (!modern)
		expect_refusal(s, VS_RULE_DRIVER_DRAFT_NON_TRANSITIONAL_REVISION_MATCHED);
}

void vs_scenario_try_plain(struct vs_scenario *s, const struct vs_face *face, bool drives_modern,
			   bool drives_legacy)
{
	bool modern = strcmp(face->interface, "modern") == 0;
	bool legacy = strcmp(face->interface, "legacy") == 0;

	if (modern && drives_modern && !face->draft)
		vs_scenario_try(s, VS_RULE_DRIVER_PCI_DISCOVERY_DEVICE_ID_MATCHED);
	if (!modern && !legacy && !face->draft)
		vs_scenario_try(s, VS_RULE_DRIVER_PCI_DISCOVERY_TRANSITIONAL_ID_MATCHED);
	if (face->draft && !legacy)
		try_revision(s, modern, drives_modern, drives_legacy);
	/* A driver of the old days knows no other identifiers. */
	if (modern && !drives_modern)
		s->expects = VS_EXPECT_REFUSES;
	if (legacy && drives_legacy)
		vs_scenario_try(s, VS_RULE_DRIVER_LEGACY_FALLS_BACK);
	if (legacy && !drives_legacy)
		expect_refusal(s, VS_RULE_DRIVER_LEGACY_REFUSES_LEGACY_DEVICE);
}

int vs_scenario_find(const char *name, enum vs_profile profile, struct vs_scenario *scenario)
{
	const char *at = strchr(name, '@');
	const char *on = at ? at + 1 : name;
	struct vs_face faces[VS_FACES_MAX];
	struct vs_scenario *list;
	unsigned count, f = 0;
	size_t scenarios;
	int result = -1;

	vs_faces(profile, faces, &count);
	for (; f < count; f++) {
		char face[48];

		vs_face_name(&faces[f], face, sizeof(face));
		if (strcmp(face, on) == 0)
			break;
	}
	if (f == count)
		return -1;
	if (!at) {
		vs_scenario_plain(scenario, &faces[f]);
		vs_scenario_try_plain(scenario, &faces[f], true, true);
		return 0;
	}
	scenarios = vs_scenarios(&faces[f], 1, &list);
	for (size_t i = 0; i < scenarios && result; i++) {
		if (strcmp(list[i].name, name) == 0) {
			*scenario = list[i];
			result = 0;
		}
	}
	free(list);
	return result;
}
