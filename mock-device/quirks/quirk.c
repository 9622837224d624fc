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

bool mock_quirk_applies(const struct mock_quirk *quirk, const struct mock_settings *settings)
{
	static const char prefix[] = "mock:";
	static const char *const interfaces[] = {
		[MOCK_MODERN] = "interface=modern",
		[MOCK_TRANSITIONAL] = "interface=transitional",
		[MOCK_LEGACY] = "interface=legacy",
	};
	const char *word = quirk->needs;

	if (!word)
		return true;
	if (strncmp(word, prefix, strlen(prefix)) == 0)
		word += strlen(prefix);
	for (bool first = true; word; first = false) {
		size_t length = strcspn(word, ",");
		bool fits =
			is_word(word, length, settings->packed ? "ring=packed" : "ring=split") ||
			is_word(word, length, interfaces[settings->interface]) ||
			is_word(word, length,
				settings->big_endian ? "endian=big" : "endian=little");

		/* No class name means any. */
		if (first)
			fits = length == 0 || is_word(word, length, settings->class_name);
		if (!fits)
			return false;
		word = word[length] ? word + length + 1 : NULL;
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
