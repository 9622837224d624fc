/* SPDX-License-Identifier: BSD-3-Clause */
/* Subjects from head lines. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "observe/recording_names.h"
#include "observe/recording_parse.h"

static const char *const head_keys[] = { "type", "version", "suite", "subject" };
static const char *const subject_keys[] = {
	"config",     "bars",  "offered",    "profile",  "draft",
	"big_endian", "blind", "list_limit", "scenario", "device",
};
static const char *const bar_keys[] = { "size", "address", "raw", "io", "is64", "prefetch" };

#define KEYS(keys) keys, (unsigned)(sizeof(keys) / sizeof(*(keys)))

static int parse_flag(json_t *object, const char *key, bool *flag, struct vs_complaint *c)
{
	json_t *item = json_object_get(object, key);

	if (item && !json_is_boolean(item))
		return vs_line_wrong(c, "\"%s\" is neither true nor false", key);
	*flag = json_is_true(item);
	return 0;
}

static int parse_text(json_t *object, const char *key, char *text, struct vs_complaint *c)
{
	json_t *item = json_object_get(object, key);
	const char *value = item ? json_string_value(item) : "";
	size_t length;

	if (!value)
		return vs_line_wrong(c, "\"%s\" is not text", key);
	/* It is for people: what is too long is cut, between two characters of its UTF-8. */
	length = strnlen(value, VS_SUBJECT_TEXT - 1);
	while (length && (value[length] & 0xc0) == 0x80)
		length--;
	memcpy(text, value, length);
	text[length] = '\0';
	return 0;
}

static int parse_config(json_t *subject, uint8_t *config, struct vs_complaint *c)
{
	const char *text = json_string_value(json_object_get(subject, "config"));

	if (!text || strlen(text) != (size_t)2 * PCI_CONFIG_SIZE ||
	    strspn(text, "0123456789abcdefABCDEF") != (size_t)2 * PCI_CONFIG_SIZE)
		return vs_line_wrong(c,
				     "\"config\" is not the %u bytes of configuration space in "
				     "hexadecimal",
				     PCI_CONFIG_SIZE);
	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++) {
		unsigned byte;

		if (sscanf(text + 2 * (size_t)i, "%2x", &byte) != 1)
			return vs_line_wrong(c, "\"config\" has a byte that is none");
		config[i] = (uint8_t)byte;
	}
	return 0;
}

static int parse_bar(json_t *item, struct vs_bar *bar, struct vs_complaint *c)
{
	uint64_t raw = 0;

	if (json_is_null(item))
		return 0;
	if (!json_is_object(item))
		return vs_line_wrong(c, "a member of \"bars\" is neither an object nor null");
	if (vs_parse_keys(item, KEYS(bar_keys), c) ||
	    vs_parse_number(item, "size", UINT64_MAX, &bar->size, c) ||
	    vs_parse_number(item, "address", UINT64_MAX, &bar->address, c) ||
	    vs_parse_number(item, "raw", UINT32_MAX, &raw, c) ||
	    parse_flag(item, "io", &bar->io, c) || parse_flag(item, "is64", &bar->is64, c))
		return -1;
	bar->raw = (uint32_t)raw;
	return parse_flag(item, "prefetch", &bar->prefetch, c);
}

static int parse_bars(json_t *list, struct vs_bar *bars, struct vs_complaint *c)
{
	if (!json_is_array(list) || json_array_size(list) != PCI_BAR_COUNT)
		return vs_line_wrong(c, "\"bars\" is not a list of %u", PCI_BAR_COUNT);
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++)
		if (parse_bar(json_array_get(list, i), &bars[i], c))
			return -1;
	return 0;
}

static int parse_offered(json_t *list, struct vs_features *offered, struct vs_complaint *c)
{
	if (list && !json_is_array(list))
		return vs_line_wrong(c, "\"offered\" is not a list of feature bits");
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		json_int_t bit = json_integer_value(item);

		if (!json_is_integer(item) || bit < 0 || bit >= (json_int_t)VS_FEATURE_BITS)
			return vs_line_wrong(c, "\"offered\" has a member that is no feature bit");
		vs_features_add(offered, (unsigned)bit);
	}
	return 0;
}

static int parse_profile(json_t *subject, uint8_t *profile, struct vs_complaint *c)
{
	const char *name = json_string_value(json_object_get(subject, "profile"));
	int place = name ? vs_profile_find(name) : -1;

	if (place < 0)
		return vs_line_wrong(c,
				     "\"profile\" is \"%.40s\", which is no revision of the "
				     "specification",
				     name ? name : "");
	*profile = (uint8_t)place;
	return 0;
}

static int parse_subject(json_t *from, struct vs_subject *subject, struct vs_complaint *c)
{
	uint64_t limit = 0;

	if (!json_is_object(from))
		return vs_line_wrong(c, "a head without a \"subject\"");
	if (vs_parse_keys(from, KEYS(subject_keys), c) || parse_config(from, subject->config, c) ||
	    parse_bars(json_object_get(from, "bars"), subject->bars, c) ||
	    parse_offered(json_object_get(from, "offered"), &subject->offered, c) ||
	    parse_profile(from, &subject->profile, c) ||
	    parse_flag(from, "draft", &subject->draft, c) ||
	    parse_flag(from, "big_endian", &subject->big_endian, c) ||
	    vs_parse_bits(json_object_get(from, "blind"), "blind", vs_blind_names.name,
			  &subject->blind, c) ||
	    vs_parse_number(from, "list_limit", UINT32_MAX, &limit, c) ||
	    parse_text(from, "scenario", subject->scenario, c))
		return -1;
	subject->list_limit = (uint32_t)limit;
	return parse_text(from, "device", subject->device, c);
}

int vs_parse_head(json_t *line, struct vs_subject *subject, struct vs_complaint *c)
{
	const char *type = json_string_value(json_object_get(line, "type"));
	json_t *version = json_object_get(line, "version");

	*subject = (struct vs_subject){ 0 };
	if (!type || strcmp(type, "trace") != 0)
		return vs_line_wrong(c, "its \"type\" is not \"trace\"");
	if (!json_is_integer(version))
		return vs_line_wrong(c, "a head without a \"version\"");
	if (json_integer_value(version) != VS_RECORDING_VERSION)
		return vs_line_wrong(c,
				     "it is version %" JSON_INTEGER_FORMAT
				     " of the format, and this program reads version %d",
				     json_integer_value(version), VS_RECORDING_VERSION);
	if (vs_parse_keys(line, KEYS(head_keys), c))
		return -1;
	return parse_subject(json_object_get(line, "subject"), subject, c);
}
