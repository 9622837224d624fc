/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe/recording.h"
#include "observe/recording_names.h"

/* Integers up to here are exact in every reader of JSON; beyond, they are text. */
#define EXACT_MAX (UINT64_C(1) << 53)

struct vs_recorder {
	FILE *out;
	const char *path;
	int error; /* errno of the first failure, or 0 */
};

struct vs_recorder *vs_recorder_to(FILE *out, const char *name, char *error, size_t size)
{
	struct vs_recorder *recorder = calloc(1, sizeof(*recorder) + strlen(name) + 1);

	if (size)
		*error = '\0';
	if (!recorder) {
		snprintf(error, size, "There is no memory for writing a trace.");
		if (out != stdout)
			fclose(out);
		return NULL;
	}
	recorder->path = memcpy(recorder + 1, name, strlen(name) + 1);
	recorder->out = out;
	return recorder;
}

struct vs_recorder *vs_recorder_open(const char *path, char *error, size_t size)
{
	FILE *out = strcmp(path, "-") != 0 ? fopen(path, "w") : stdout;

	if (out)
		return vs_recorder_to(out, path, error, size);
	snprintf(error, size, "%s cannot be written: %s.", path, strerror(errno));
	return NULL;
}

/* Takes the object. */
static int put_line(struct vs_recorder *recorder, json_t *object)
{
	if (!recorder->error) {
		errno = 0;
		if (!object || json_dumpf(object, recorder->out, JSON_COMPACT) != 0 ||
		    fputc('\n', recorder->out) == EOF || fflush(recorder->out) == EOF)
			recorder->error = errno ? errno : ENOMEM;
	}
	json_decref(object);
	return recorder->error ? -1 : 0;
}

int vs_recorder_close(struct vs_recorder *recorder, char *error, size_t size)
{
	int failed;

	if (size)
		*error = '\0';
	if (!recorder)
		return 0;
	if (recorder->out != stdout && fclose(recorder->out) == EOF && !recorder->error)
		recorder->error = errno;
	failed = recorder->error;
	if (failed)
		snprintf(error, size, "%s is not complete: %s.", recorder->path, strerror(failed));
	free(recorder);
	return failed ? -1 : 0;
}

static json_t *number(uint64_t value)
{
	char hex[24];

	if (value <= EXACT_MAX)
		return json_integer((json_int_t)value);
	snprintf(hex, sizeof(hex), "%#" PRIx64, value);
	return json_string(hex);
}

/* Text that is not UTF-8 loses its strange bytes. */
static json_t *text(const char *bytes)
{
	json_t *string = json_string(bytes);

	if (!string) {
		char *copy = strdup(bytes);

		for (char *c = copy; c && *c; c++)
			if (*c & 0x80)
				*c = '?';
		string = json_string(copy ? copy : "");
		free(copy);
	}
	return string;
}

/* The names of the bits that are set; those without a name by their number. */
static json_t *bit_list(const struct vs_bit_names *names, unsigned bits)
{
	json_t *list = json_array();
	bool named = true;

	for (unsigned bit = 0; bit < VS_NAMED_BITS; bit++) {
		named = named && names->name[bit];
		if (bits >> bit & 1)
			json_array_append_new(list, named ? json_string(names->name[bit])
							  : json_integer(bit));
	}
	return list;
}

static json_t *config_text(const uint8_t *config)
{
	char hex[2 * PCI_CONFIG_SIZE + 1];

	for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", config[i]);
	return json_string(hex);
}

static json_t *bar_list(const struct vs_bar *bars)
{
	static const struct vs_bar absent;
	json_t *list = json_array();

	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct vs_bar *b = &bars[i];

		if (b->size == absent.size && b->address == absent.address &&
		    b->raw == absent.raw && !b->io && !b->is64 && !b->prefetch)
			json_array_append_new(list, json_null());
		else
			json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:b, s:b, s:b}",
							      "size", number(b->size), "address",
							      number(b->address), "raw",
							      number(b->raw), "io", b->io, "is64",
							      b->is64, "prefetch", b->prefetch));
	}
	return list;
}

static json_t *feature_list(const struct vs_features *features)
{
	json_t *list = json_array();

	for (unsigned bit = 0; bit < VS_FEATURE_BITS; bit++)
		if (vs_features_has(features, bit))
			json_array_append_new(list, json_integer(bit));
	return list;
}

int vs_recorder_subject(struct vs_recorder *recorder, const struct vs_subject *s)
{
	json_t *subject =
		json_pack("{s:o, s:o, s:o, s:s, s:b, s:b, s:o, s:o, s:o, s:o}", "config",
			  config_text(s->config), "bars", bar_list(s->bars), "offered",
			  feature_list(&s->offered), "profile",
			  vs_profile_name((enum vs_profile)s->profile), "draft", s->draft,
			  "big_endian", s->big_endian, "blind", bit_list(&vs_blind_names, s->blind),
			  "list_limit", number(s->list_limit), "scenario", text(s->scenario),
			  "device", text(s->device));

	return put_line(recorder, json_pack("{s:s, s:i, s:s, s:o}", "type", "trace", "version",
					    VS_RECORDING_VERSION, "suite",
					    "virtspec " VIRTSPEC_VERSION, "subject", subject));
}

static void put_number(json_t *line, const char *key, uint64_t value)
{
	if (value)
		json_object_set_new(line, key, number(value));
}

/* What the value of this kind of event means has a name. */
static json_t *value_of(const struct vs_event *e)
{
	if (e->kind == VS_EVENT_LIFE && e->value < VS_LIFE_COUNT)
		return json_string(vs_life_name((enum vs_life)e->value));
	if (e->kind == VS_EVENT_TRIAL && e->value < VS_RULE_COUNT)
		return json_string(vs_rules[e->value].id);
	return e->value ? number(e->value) : NULL;
}

int vs_recorder_event(struct vs_recorder *recorder, const struct vs_event *e)
{
	json_t *line = json_object(), *value = value_of(e);
	const struct vs_bit_names *flags = vs_flag_names((enum vs_event_kind)e->kind);

	json_object_set_new(line, VS_KEY_KIND, json_string(vs_kind_names[e->kind]));
	put_number(line, VS_KEY_TIME, e->time);
	if (e->kind <= VS_EVENT_WRITE)
		json_object_set_new(line, VS_KEY_REGION, json_string(vs_region_names[e->region]));
	if (e->kind == VS_EVENT_INTERRUPT && e->offset == VS_INTX)
		json_object_set_new(line, VS_KEY_OFFSET, json_string(VS_NAME_INTX));
	else
		put_number(line, VS_KEY_OFFSET, e->offset);
	put_number(line, VS_KEY_WIDTH, e->width);
	if (value)
		json_object_set_new(line, VS_KEY_VALUE, value);
	put_number(line, VS_KEY_QUEUE, e->queue);
	put_number(line, VS_KEY_INDEX, e->index);
	put_number(line, VS_KEY_LENGTH, e->length);
	if (e->flags)
		json_object_set_new(line, VS_KEY_FLAGS,
				    flags ? bit_list(flags, e->flags) : number(e->flags));
	if (e->note)
		json_object_set_new(line, VS_KEY_NOTE, text(e->note));
	return put_line(recorder, line);
}
