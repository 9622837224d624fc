/* SPDX-License-Identifier: BSD-3-Clause */
/* Events from lines. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "observe/recording_names.h"
#include "observe/recording_parse.h"

static const char *const event_keys[] = {
	VS_KEY_KIND,  VS_KEY_TIME,  VS_KEY_REGION, VS_KEY_OFFSET, VS_KEY_WIDTH, VS_KEY_VALUE,
	VS_KEY_QUEUE, VS_KEY_INDEX, VS_KEY_LENGTH, VS_KEY_FLAGS,  VS_KEY_NOTE,
};

/* The place of the text at `key` among the names, or a complaint. */
static int name_of(json_t *line, const char *key, const char *const *names, unsigned count,
		   struct vs_complaint *c)
{
	const char *name = json_string_value(json_object_get(line, key));
	int place = name ? vs_name_find(names, count, name) : -1;

	if (!name)
		return vs_line_wrong(c, "\"%s\" is missing, or is not text", key);
	if (place < 0)
		return vs_line_wrong(c, "\"%s\" is \"%.40s\", which this program does not know",
				     key, name);
	return place;
}

void vs_notes_free(struct vs_notes *notes)
{
	for (unsigned i = 0; i < notes->count; i++)
		free(notes->text[i]);
	notes->count = 0;
}

static int parse_note(json_t *line, struct vs_notes *notes, struct vs_event *event,
		      struct vs_complaint *c)
{
	json_t *item = json_object_get(line, VS_KEY_NOTE);
	const char *text = json_string_value(item);

	if (!item)
		return 0;
	if (!text)
		return vs_line_wrong(c, "\"" VS_KEY_NOTE "\" is not text");
	if (strlen(text) >= VS_NOTE_SIZE)
		return vs_line_wrong(c, "the note is longer than %u bytes", VS_NOTE_SIZE - 1);
	for (unsigned i = 0; i < notes->count && !event->note; i++)
		if (strcmp(notes->text[i], text) == 0)
			event->note = notes->text[i];
	if (event->note)
		return 0;
	if (notes->count == VS_NOTES_MAX)
		return vs_line_wrong(c, "there are more than %u different notes", VS_NOTES_MAX);
	event->note = notes->text[notes->count] = strdup(text);
	if (!event->note)
		return vs_line_wrong(c, "there is no memory for a note");
	notes->count++;
	return 0;
}

/* What happened to a driver, which rule: by name. */
static int parse_value(json_t *line, struct vs_event *event, struct vs_complaint *c)
{
	const char *names[VS_LIFE_COUNT];
	int place;

	if (event->kind == VS_EVENT_TRIAL) {
		const char *id = json_string_value(json_object_get(line, VS_KEY_VALUE));

		place = id ? vs_rule_find(id) : -1;
		if (place < 0)
			return vs_line_wrong(c,
					     "a trial of a rule that this program does not know");
		event->value = (uint64_t)place;
		return 0;
	}
	if (event->kind != VS_EVENT_LIFE)
		return vs_parse_number(line, VS_KEY_VALUE, UINT64_MAX, &event->value, c);
	for (unsigned i = 0; i < VS_LIFE_COUNT; i++)
		names[i] = vs_life_name((enum vs_life)i);
	place = name_of(line, VS_KEY_VALUE, names, VS_LIFE_COUNT, c);
	if (place < 0)
		return -1;
	event->value = (uint64_t)place;
	return 0;
}

/* Accesses go somewhere, and have a width that there is. */
static int parse_access(json_t *line, struct vs_event *event, struct vs_complaint *c)
{
	int region;

	event->region = VS_REGION_NONE;
	if (event->kind > VS_EVENT_WRITE) {
		if (json_object_get(line, VS_KEY_REGION))
			return vs_line_wrong(c, "\"" VS_KEY_REGION "\" in what is no access");
		return 0;
	}
	region = name_of(line, VS_KEY_REGION, vs_region_names, VS_REGION_NONE, c);
	if (region < 0)
		return -1;
	event->region = (uint8_t)region;
	if (event->width != 1 && event->width != 2 && event->width != 4 && event->width != 8)
		return vs_line_wrong(c, "an access of %u bytes", event->width);
	if (event->width < 8 && event->value >> 8 * event->width)
		return vs_line_wrong(c,
				     "\"" VS_KEY_VALUE "\" is %#" PRIx64 " in an access of %u "
				     "bytes",
				     event->value, event->width);
	return 0;
}

static int parse_flags(json_t *line, struct vs_event *event, struct vs_complaint *c)
{
	const struct vs_bit_names *names = vs_flag_names((enum vs_event_kind)event->kind);
	uint64_t number = 0;
	unsigned bits = 0;

	if (names) {
		if (vs_parse_bits(json_object_get(line, VS_KEY_FLAGS), VS_KEY_FLAGS, names->name,
				  &bits, c))
			return -1;
		event->flags = (uint16_t)bits;
		return 0;
	}
	if (vs_parse_number(line, VS_KEY_FLAGS, UINT16_MAX, &number, c))
		return -1;
	event->flags = (uint16_t)number;
	return 0;
}

static int parse_offset(json_t *line, struct vs_event *event, struct vs_complaint *c)
{
	const char *name = json_string_value(json_object_get(line, VS_KEY_OFFSET));

	if (event->kind == VS_EVENT_INTERRUPT && name && strcmp(name, VS_NAME_INTX) == 0) {
		event->offset = VS_INTX;
		return 0;
	}
	return vs_parse_number(line, VS_KEY_OFFSET, UINT64_MAX, &event->offset, c);
}

int vs_parse_event(json_t *line, struct vs_notes *notes, struct vs_event *event,
		   struct vs_complaint *c)
{
	uint64_t width = 0, queue = 0, index = 0, length = 0;
	int kind;

	*event = (struct vs_event){ 0 };
	kind = name_of(line, VS_KEY_KIND, vs_kind_names, VS_EVENT_KIND_COUNT, c);
	if (kind < 0 ||
	    vs_parse_keys(line, event_keys, sizeof(event_keys) / sizeof(*event_keys), c) ||
	    vs_parse_number(line, VS_KEY_TIME, UINT64_MAX, &event->time, c) ||
	    vs_parse_number(line, VS_KEY_WIDTH, UINT8_MAX, &width, c) ||
	    vs_parse_number(line, VS_KEY_QUEUE, UINT16_MAX, &queue, c) ||
	    vs_parse_number(line, VS_KEY_INDEX, UINT16_MAX, &index, c) ||
	    vs_parse_number(line, VS_KEY_LENGTH, UINT32_MAX, &length, c))
		return -1;
	event->kind = (uint8_t)kind;
	event->width = (uint8_t)width;
	event->queue = (uint16_t)queue;
	event->index = (uint16_t)index;
	event->length = (uint32_t)length;
	if (parse_offset(line, event, c) || parse_value(line, event, c) ||
	    parse_flags(line, event, c) || parse_access(line, event, c))
		return -1;
	return parse_note(line, notes, event, c);
}
