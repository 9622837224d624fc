/* SPDX-License-Identifier: BSD-3-Clause */
/* Kinds of arguments: how they are written, read, made up and made simpler. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "driver/common.h"
#include "driver/session.h"
#include "fuzz/sequence.h"

static const char *const bases[VS_FUZZ_BASES] = {
	"", "buffer", "table", "desc", "driver", "device", "bar", "end",
};
static const char *const stages[] = { "function", "caps", "common", "features", "queues", "live" };
static const char *const options[VS_FUZZ_OPTION_BITS] = { "msix", "no-events", "no-indirect",
							  "no-in-order", "all-queues" };
static const char *const flags[] = { "next", "write", "indirect" };
static const char *const forms[] = { "direct", "indirect" };
static const char *const regions[VS_FUZZ_REGIONS] = {
	"common", "notify", "isr",  "device", "msix", "config",
	"bar0",   "bar1",   "bar2", "bar3",   "bar4", "bar5",
};

#define LENGTH(array) (unsigned)(sizeof(array) / sizeof((array)[0]))

static const char *view_name(unsigned i)
{
	return vs_view_name((enum vs_view)i);
}
static const char *field_name(unsigned i)
{
	return vs_common_fields[i].name;
}
static const char *stage_name(unsigned i)
{
	return stages[i];
}
static const char *region_name(unsigned i)
{
	return regions[i];
}
static const char *option_name(unsigned i)
{
	return options[i];
}
static const char *flag_name(unsigned i)
{
	return flags[i];
}
static const char *form_name(unsigned i)
{
	return forms[i];
}

/* Arguments that have names: one of them, or a set of bits. */
static const struct {
	const char *(*name)(unsigned i);
	uint8_t count;
	bool set;
} named[VS_FUZZ_TYPES] = {
	[VS_FUZZ_VIEW] = { view_name, VS_VIEW_COUNT, false },
	[VS_FUZZ_STAGE] = { stage_name, LENGTH(stages), false },
	[VS_FUZZ_OPTIONS] = { option_name, LENGTH(options), true },
	[VS_FUZZ_FIELD] = { field_name, VS_COMMON_FIELD_COUNT, false },
	[VS_FUZZ_REGION] = { region_name, VS_FUZZ_REGIONS, false },
	[VS_FUZZ_FLAGS] = { flag_name, LENGTH(flags), true },
	[VS_FUZZ_FORM] = { form_name, LENGTH(forms), false },
};

static void add(char *text, size_t size, const char *separator, const char *word)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s", length ? separator : "", word);
}

static void format_set(enum vs_fuzz_type type, uint64_t value, char *text, size_t size)
{
	char rest[24];

	text[0] = '\0';
	for (unsigned i = 0; i < named[type].count; i++) {
		if (value & UINT64_C(1) << i)
			add(text, size, ",", named[type].name(i));
		value &= ~(UINT64_C(1) << i);
	}
	snprintf(rest, sizeof(rest), "%#" PRIx64, value);
	if (value)
		add(text, size, ",", rest);
	if (!text[0])
		snprintf(text, size, "-");
}

static void format_place(struct vs_fuzz_arg arg, char *text, size_t size)
{
	bool below = arg.value >> 63;
	uint64_t far = below ? 0 - arg.value : arg.value;
	char number[8] = "";

	if (arg.base != VS_FUZZ_END)
		snprintf(number, sizeof(number), "%u", arg.number);
	if (far)
		snprintf(text, size, "%s%s%c%#" PRIx64, bases[arg.base], number, below ? '-' : '+',
			 far);
	else
		snprintf(text, size, "%s%s", bases[arg.base], number);
}

void vs_fuzz_format_arg(enum vs_fuzz_type type, struct vs_fuzz_arg arg, char *text, size_t size)
{
	if (named[type].name && named[type].set)
		format_set(type, arg.value, text, size);
	else if (named[type].name && arg.value < named[type].count)
		snprintf(text, size, "%s", named[type].name((unsigned)arg.value));
	else if (arg.base && arg.base < VS_FUZZ_BASES)
		format_place(arg, text, size);
	else if (arg.value < 4096)
		snprintf(text, size, "%" PRIu64, arg.value);
	else
		snprintf(text, size, "%#" PRIx64, arg.value);
}

static int parse_number(const char *text, const char **end, uint64_t *value)
{
	char *stop;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	*value = strtoull(text, &stop, 0);
	if (errno)
		return -1;
	*end = stop;
	return 0;
}

/* "-", or names and numbers with commas between them. */
static int parse_set(enum vs_fuzz_type type, const char *text, uint64_t *value)
{
	*value = 0;
	if (strcmp(text, "-") == 0)
		return 0;
	for (;;) {
		size_t length = strcspn(text, ",");
		const char *end = text + length;
		uint64_t part = 0;

		for (unsigned i = 0; i < named[type].count; i++)
			if (strlen(named[type].name(i)) == length &&
			    !strncmp(named[type].name(i), text, length))
				part = UINT64_C(1) << i;
		if (!part && (parse_number(text, &end, &part) || end != text + length))
			return -1;
		*value |= part;
		if (!*end)
			return 0;
		text = end + 1;
	}
}

static int parse_place(const char *text, struct vs_fuzz_arg *arg)
{
	for (unsigned base = VS_FUZZ_BUFFER; base < VS_FUZZ_BASES; base++) {
		size_t length = strlen(bases[base]);
		const char *at = text + length;
		uint64_t number = 0;
		bool below;

		if (strncmp(text, bases[base], length) != 0)
			continue;
		if (base != VS_FUZZ_END && parse_number(at, &at, &number))
			continue;
		if (number > UINT8_MAX)
			return -1;
		*arg = (struct vs_fuzz_arg){ .base = (uint8_t)base, .number = (uint8_t)number };
		if (!*at)
			return 0;
		below = *at == '-';
		if ((!below && *at != '+') || parse_number(at + 1, &at, &arg->value) || *at)
			return -1;
		if (below)
			arg->value = 0 - arg->value;
		return 0;
	}
	return -1;
}

static bool is_place(enum vs_fuzz_type type)
{
	return type == VS_FUZZ_PLACE || type == VS_FUZZ_BLOCK;
}

int vs_fuzz_parse_arg(enum vs_fuzz_type type, const char *text, struct vs_fuzz_arg *arg)
{
	const char *end = text;

	*arg = (struct vs_fuzz_arg){ 0 };
	if (named[type].name && named[type].set)
		return parse_set(type, text, &arg->value);
	for (unsigned i = 0; named[type].name && i < named[type].count; i++) {
		if (strcmp(named[type].name(i), text) == 0) {
			arg->value = i;
			return 0;
		}
	}
	if (named[type].name)
		return -1;
	if (is_place(type) && parse_place(text, arg) == 0)
		return 0;
	*arg = (struct vs_fuzz_arg){ 0 };
	if (parse_number(text, &end, &arg->value) || *end)
		return -1;
	return type == VS_FUZZ_WIDTH && (arg->value > 8 || arg->value == 0 ||
					 (arg->value & (arg->value - 1)))
		       ? -1
		       : 0;
}
