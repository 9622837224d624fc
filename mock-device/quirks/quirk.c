/* SPDX-License-Identifier: BSD-3-Clause */
/* The registry: finding quirks, and reading what they say about values and targets. */
#include "mock-device/quirks/quirk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct mock_quirk *const __start_mock_quirks_section[] __attribute__((weak));
extern const struct mock_quirk *const __stop_mock_quirks_section[] __attribute__((weak));

static unsigned quirk_count(void)
{
	return (unsigned)(__stop_mock_quirks_section - __start_mock_quirks_section);
}

const struct mock_quirk *mock_quirk_any(unsigned index)
{
	return index < quirk_count() ? __start_mock_quirks_section[index] : NULL;
}

/* The linker's order is nobody's, so the place of a quirk is the number of names before its own. */
const struct mock_quirk *mock_quirk_at(unsigned index)
{
	for (unsigned i = 0; i < quirk_count(); i++) {
		const struct mock_quirk *quirk = __start_mock_quirks_section[i];
		unsigned before = 0;

		for (unsigned j = 0; j < quirk_count(); j++)
			before += strcmp(__start_mock_quirks_section[j]->name, quirk->name) < 0;
		if (before == index)
			return quirk;
	}
	return NULL;
}

enum mock_drivers mock_quirk_drivers(const struct mock_quirk *quirk)
{
	if (quirk->drivers != MOCK_DRIVER_AS_KIND)
		return quirk->drivers;
	return quirk->kind == MOCK_VARIATION ? MOCK_DRIVER_WORKS : MOCK_DRIVER_ORDERLY;
}

const char *mock_quirk_kind_name(enum mock_quirk_kind kind)
{
	static const char *const names[] = { [MOCK_VIOLATION] = "violation",
					     [MOCK_VARIATION] = "variation",
					     [MOCK_SITUATION] = "situation" };

	return names[kind];
}

const char *mock_drivers_name(enum mock_drivers drivers)
{
	static const char *const names[] = { [MOCK_DRIVER_AS_KIND] = "as its kind",
					     [MOCK_DRIVER_WORKS] = "work",
					     [MOCK_DRIVER_ORDERLY] = "orderly",
					     [MOCK_DRIVER_REFUSES] = "refuse" };

	return names[drivers];
}

void mock_quirk_name(const struct mock_quirk *quirk, char *name, size_t size)
{
	snprintf(name, size, "%s", quirk->name);
	for (char *c = name; size && *c; c++) {
		if (*c == '_')
			*c = '-';
	}
}

static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	}
	return *a == *b;
}

const struct mock_quirk *mock_quirk_find(const char *name)
{
	for (unsigned i = 0; i < quirk_count(); i++) {
		if (same_name(__start_mock_quirks_section[i]->name, name))
			return __start_mock_quirks_section[i];
	}
	return NULL;
}

/* Whether the word [word, word + length) is `text`. */
static bool is_word(const char *word, size_t length, const char *text)
{
	return strlen(text) == length && strncmp(word, text, length) == 0;
}

/* "NAME" or "NAME=VALUE", of a quirk that the settings have. */
static bool has_quirk(const struct mock_settings *settings, const char *word, size_t length)
{
	for (unsigned i = 0; i < settings->quirk_count; i++) {
		const char *value = settings->quirks[i].value;
		char given[128];

		if (is_word(word, length, settings->quirks[i].name))
			return true;
		snprintf(given, sizeof(given), "%s=%s", settings->quirks[i].name,
			 value ? value : "");
		if (is_word(word, length, given))
			return true;
	}
	return false;
}

/* Whether one of the words between bars is the text. */
static bool among(const char *words, size_t length, const char *text)
{
	for (size_t at = 0; at <= length;) {
		size_t word = 0;

		while (at + word < length && words[at + word] != '|')
			word++;
		if (is_word(words + at, word, text))
			return true;
		at += word + 1;
	}
	return false;
}

/* Whether the settings have what one KEY=VALUE, or KEY=VALUE|VALUE, asks for. */
static bool fits(const struct mock_settings *settings, const char *word, size_t length)
{
	static const char *const interfaces[] = {
		[MOCK_MODERN] = "modern",
		[MOCK_TRANSITIONAL] = "transitional",
		[MOCK_LEGACY] = "legacy",
	};
	const struct {
		const char *key, *value;
	} has[] = {
		{ "ring=", settings->packed ? "packed" : "split" },
		{ "interface=", interfaces[settings->interface] },
		{ "endian=", settings->big_endian ? "big" : "little" },
		{ "profile=", settings->draft ? "draft-2013" : "none" },
		{ "long=", settings->long_runs ? "yes" : "no" },
	};
	static const char quirk[] = "quirk=";

	if (length > strlen(quirk) && strncmp(word, quirk, strlen(quirk)) == 0)
		return has_quirk(settings, word + strlen(quirk), length - strlen(quirk));
	for (size_t i = 0; i < sizeof(has) / sizeof(has[0]); i++) {
		size_t key = strlen(has[i].key);

		if (length > key && strncmp(word, has[i].key, key) == 0)
			return among(word + key, length - key, has[i].value);
	}
	return false;
}

bool mock_quirk_applies(const struct mock_quirk *quirk, const struct mock_settings *settings)
{
	static const char prefix[] = "mock:";
	const char *word = quirk->needs;
	size_t length;

	if (!word)
		return true;
	if (strncmp(word, prefix, strlen(prefix)) == 0)
		word += strlen(prefix);
	length = strcspn(word, ",");
	/* No class name means any. */
	if (length && !among(word, length, settings->class_name))
		return false;
	while (word[length]) {
		word += length + 1;
		length = strcspn(word, ",");
		if (!fits(settings, word, length))
			return false;
	}
	return true;
}

/* The number that the whole text is, in any of C's bases. */
static bool is_number(const char *text, long *number)
{
	char *end;

	*number = strtol(text, &end, 0);
	return end != text && *end == '\0';
}

int mock_quirk_value(const struct mock_quirk *quirk, const char *text, struct mock_layer *layer)
{
	const char *word = quirk->values;
	long index = 0, wanted, number;

	layer->value = 0;
	layer->text[0] = '\0';
	if (!word)
		return text && *text ? -1 : 0;
	for (; word; index++) {
		size_t length = strcspn(word, " ");

		snprintf(layer->text, sizeof(layer->text), "%.*s", (int)length, word);
		layer->value = is_number(layer->text, &number) ? number : index;
		if (!text || strcmp(text, layer->text) == 0)
			return 0;
		if (is_number(layer->text, &number) && is_number(text, &wanted) && number == wanted)
			return 0;
		word = word[length] ? word + length + 1 : NULL;
	}
	return -1;
}
