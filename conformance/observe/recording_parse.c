/* SPDX-License-Identifier: BSD-3-Clause */
/* The pieces that lines are made of. */
#include "observe/recording_parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "observe/recording_names.h"

int vs_line_wrong(struct vs_complaint *c, const char *format, ...)
{
	va_list args;

	if (c->made)
		return -1;
	c->made = true;
	va_start(args, format);
	vsnprintf(c->text, sizeof(c->text), format, args);
	va_end(args);
	/* What the file says stays on the line of the sentence. */
	for (char *at = c->text; *at; at++)
		if ((unsigned char)*at < ' ')
			*at = '?';
	return -1;
}

static int hex_number(const char *text, uint64_t *value)
{
	char *end;

	if (text[0] != '0' || text[1] != 'x' || !text[2] ||
	    text[2 + strspn(text + 2, "0123456789abcdefABCDEF")])
		return -1;
	errno = 0;
	*value = strtoull(text, &end, 16);
	return errno || *end ? -1 : 0;
}

int vs_parse_number(json_t *object, const char *key, uint64_t max, uint64_t *value,
		    struct vs_complaint *c)
{
	json_t *item = json_object_get(object, key);
	uint64_t number;

	if (!item)
		return 0;
	if (json_is_string(item)) {
		if (hex_number(json_string_value(item), &number))
			return vs_line_wrong(c, "\"%s\" is text that is no number such as \"0x1f\"",
					     key);
	} else if (json_is_integer(item)) {
		if (json_integer_value(item) < 0)
			return vs_line_wrong(c, "\"%s\" is below 0", key);
		number = (uint64_t)json_integer_value(item);
	} else {
		return vs_line_wrong(c, "\"%s\" is neither an integer nor hexadecimal text", key);
	}
	if (number > max)
		return vs_line_wrong(c, "\"%s\" is %#" PRIx64 ", more than %#" PRIx64, key, number,
				     max);
	*value = number;
	return 0;
}

static int bit_of(json_t *item, const char *const *names)
{
	if (json_is_integer(item) && json_integer_value(item) >= 0 &&
	    json_integer_value(item) < VS_NAMED_BITS)
		return (int)json_integer_value(item);
	return json_is_string(item) ? vs_name_find(names, VS_NAMED_BITS, json_string_value(item))
				    : -1;
}

int vs_parse_bits(json_t *list, const char *key, const char *const *names, unsigned *bits,
		  struct vs_complaint *c)
{
	if (!list)
		return 0;
	if (!json_is_array(list))
		return vs_line_wrong(c, "\"%s\" is not a list of names", key);
	*bits = 0;
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);
		int bit = bit_of(item, names);

		if (bit < 0)
			return vs_line_wrong(c, "\"%s\" has an unknown member, \"%.40s\"", key,
					     json_is_string(item) ? json_string_value(item)
								  : "not a text");
		*bits |= 1u << bit;
	}
	return 0;
}

int vs_parse_keys(json_t *object, const char *const *keys, unsigned count, struct vs_complaint *c)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (vs_name_find(keys, count, key) < 0)
			return vs_line_wrong(c, "\"%.40s\" is a key that means nothing here", key);
	}
	return 0;
}
