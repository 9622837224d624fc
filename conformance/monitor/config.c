/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and writing of the device-specific configuration (2.5.1). */
#include "monitor/config_fields.h"
#include "spec/feature_table.h"

VS_TRIAL_MONITOR(config_larger_size, VS_RULE_DRIVER_CONFIG_LARGER_SIZE_ACCEPTED);
VS_TRIAL_MONITOR(config_sufficient_size, VS_RULE_DRIVER_CONFIG_SUFFICIENT_SIZE_ACCEPTED);

static bool reads_generation(const struct vs_seen *seen)
{
	return vs_reads(seen, VS_CONFIG_GENERATION) && seen->whole;
}

/* The long field that is read through the modern interface, or NULL. */
static const struct vs_config_field *reads_long(const struct vs_judge *j,
						const struct vs_seen *seen)
{
	const struct vs_config_field *field;

	if (!vs_is_read(seen) || seen->place != VS_PLACE_DEVICE || seen->legacy)
		return NULL;
	field = vs_config_field_at(j->model->type, seen->at);
	return field && vs_config_field_is_long(field) ? field : NULL;
}

/* In one access: whether that is a good one is a matter of widths. */
static bool reads_whole(const struct vs_config_field *field, const struct vs_seen *seen)
{
	return vs_config_field_part(field, seen) == vs_config_field_parts(field);
}

/* Numbers of fields and values of the counter are kept plus one: 0 is none. */
static uint64_t number_of(const struct vs_config_field *field)
{
	return (uint64_t)(field - vs_config_fields) + 1;
}

static const char *name_of(uint64_t number)
{
	return vs_config_fields[number - 1].name;
}

/*
 * The pattern of before and after. GENERATION is the counter as last read, BEFORE what it was when
 * the oldest of the fields was begun that wait for a look after them; FIELD is being read, PARTS of
 * it so far; WAITS has been read and waits for that look; AGAIN differed and has to be read again.
 * TRIES counts such readings: a driver need not go on for ever.
 */
#define TRIES_ENOUGH 3u

enum { GENERATION, BEFORE, FIELD, PARTS, WAITS, AGAIN, TORN, TRIES };

static void note_part(struct vs_judge *j, const struct vs_seen *seen,
		      const struct vs_config_field *field)
{
	uint64_t part = vs_config_field_part(field, seen);

	if (!j->state[WAITS] && !j->state[FIELD])
		j->state[BEFORE] = j->state[GENERATION];
	if (j->state[FIELD] != number_of(field) || (j->state[PARTS] & part)) {
		j->state[PARTS] = 0;
		j->state[TORN] = 0;
	}
	j->state[FIELD] = number_of(field);
	j->state[PARTS] |= part;
	if (j->state[PARTS] != vs_config_field_parts(field))
		return;
	j->state[WAITS] = number_of(field);
	if (j->state[AGAIN] == number_of(field)) {
		j->state[AGAIN] = 0;
		j->state[TRIES]++;
		vs_arm(j);
	}
	j->state[FIELD] = 0;
}

/* A change between two parts of a field makes a torn value, which has its own rule. */
static void note_generation(struct vs_judge *j, uint64_t value)
{
	if (j->state[WAITS]) {
		bool before = j->state[BEFORE];

		vs_keep(j, before, "config_generation read before and after",
			"%s was read with no look at config_generation before it",
			name_of(j->state[WAITS]));
		if (before && j->state[BEFORE] != value + 1 && !j->state[TORN])
			j->state[AGAIN] = j->state[WAITS];
		j->state[WAITS] = 0;
	}
	j->state[GENERATION] = value + 1;
}

/* The driver moves on: what it has left undone it will not do any more. */
static void close_pattern(struct vs_judge *j)
{
	if (j->state[WAITS])
		vs_keep(j, false, "config_generation read before and after",
			"%s was read with no look at config_generation after it",
			name_of(j->state[WAITS]));
	if (j->state[AGAIN] && j->state[TRIES] < TRIES_ENOUGH)
		vs_keep(j, false, "the fields read again when config_generation differs",
			"%s was not read again", name_of(j->state[AGAIN]));
	j->state[WAITS] = j->state[AGAIN] = j->state[FIELD] = j->state[TRIES] = 0;
}

static void generation_checked(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_config_field *field = reads_long(j, seen);

	if (field && !reads_whole(field, seen))
		note_part(j, seen, field);
	else if (reads_generation(seen))
		note_generation(j, seen->event->value);
	else if (seen->event->kind == VS_EVENT_CHANGE)
		j->state[TORN] |= j->state[FIELD];
	else if (vs_writes(seen, VS_DEVICE_STATUS) || seen->event->kind == VS_EVENT_RESET)
		close_pattern(j);
}
VS_MONITOR(config_generation_checked, .rule = VS_RULE_DRIVER_CONFIG_GENERATION_CHECKED,
	   .at = VS_AT(COMMON) | VS_AT(DEVICE), .hears = VS_HEARS(CHANGE) | VS_HEARS(RESET),
	   .step = generation_checked, .end = close_pattern);

/*
 * A value that is torn: FIELD and PARTS as above; STALE are those of them that were read before a
 * change. A field that was read to its end with stale parts is OPEN until OPEN_STALE of it have
 * been read again. GENERATION and BEFORE as above, the latter of the field that is OPEN or read.
 */
enum { STALE = TRIES + 1, OPEN, OPEN_STALE };

static void read_again(struct vs_judge *j, uint64_t number, uint64_t part)
{
	if (j->state[OPEN] != number)
		return;
	j->state[OPEN_STALE] &= ~part;
	if (j->state[OPEN_STALE])
		return;
	j->state[OPEN] = 0;
	j->state[TRIES]++;
	vs_arm(j);
}

static void note_torn_part(struct vs_judge *j, const struct vs_seen *seen,
			   const struct vs_config_field *field)
{
	uint64_t part = vs_config_field_part(field, seen), number = number_of(field);

	read_again(j, number, part);
	if (j->state[FIELD] != number || (j->state[PARTS] & part)) {
		j->state[PARTS] = j->state[STALE] = 0;
		j->state[BEFORE] = j->state[GENERATION];
	}
	j->state[FIELD] = number;
	j->state[PARTS] |= part;
	j->state[STALE] &= ~part;
	if (j->state[PARTS] != vs_config_field_parts(field))
		return;
	if (j->state[STALE]) {
		j->state[OPEN] = number;
		j->state[OPEN_STALE] = j->state[STALE];
	}
	j->state[FIELD] = j->state[PARTS] = j->state[STALE] = 0;
}

static void close_torn(struct vs_judge *j)
{
	bool alive = j->model->life != VS_LIFE_HUNG && j->model->life != VS_LIFE_CRASHED;

	if (j->state[OPEN] && alive && j->state[TRIES] < TRIES_ENOUGH)
		vs_keep(j, false, "a torn value is read again",
			"the configuration changed while %s was read, and it was not read again",
			name_of(j->state[OPEN]));
	j->state[OPEN] = j->state[FIELD] = j->state[PARTS] = j->state[TRIES] = 0;
}

static void torn_repeated(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_config_field *field = reads_long(j, seen);

	if (field && !reads_whole(field, seen)) {
		note_torn_part(j, seen, field);
	} else if (reads_generation(seen)) {
		j->state[GENERATION] = seen->event->value + 1;
		/* The device says that nothing changed: the driver cannot know. */
		if (j->state[OPEN] && j->state[BEFORE] == j->state[GENERATION])
			j->state[OPEN] = 0;
	} else if (seen->event->kind == VS_EVENT_CHANGE) {
		j->state[STALE] |= j->state[PARTS];
	} else if (vs_is_reset(seen)) {
		j->state[OPEN] = j->state[FIELD] = j->state[PARTS] = 0;
	} else if (vs_writes(seen, VS_DEVICE_STATUS)) {
		close_torn(j);
	}
}
VS_MONITOR(config_torn_repeated, .rule = VS_RULE_DRIVER_CONFIG_TORN_READ_REPEATED,
	   .at = VS_AT(COMMON) | VS_AT(DEVICE), .hears = VS_HEARS(CHANGE) | VS_HEARS(RESET),
	   .needs = VS_BLIND_INTERNAL, .step = torn_repeated, .end = close_torn);

static bool offered(const struct vs_model *model, unsigned feature)
{
	return vs_features_has(&model->subject->offered, feature) ||
	       vs_features_has(&model->offered, feature);
}

/* Whether the trace tells at all what was offered in the window of this feature. */
static bool offer_known(const struct vs_model *model, unsigned feature)
{
	const struct vs_features none = { 0 };

	return !vs_features_equal(&model->subject->offered, &none) ||
	       (model->offer_read >> feature / 32 & 1);
}

static void optional_guarded(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_config_field *field = vs_config_field_at(j->model->type, seen->at);

	if (!field || field->feature == VS_FEATURE_NO_NEED ||
	    !offer_known(j->model, field->feature))
		return;
	vs_keep(j,
		offered(j->model, field->feature) || (field->or_feature != VS_FEATURE_NO_NEED &&
						      offered(j->model, field->or_feature)),
		"its feature is offered", "%s %s, and feature %u is not offered", field->name,
		vs_is_read(seen) ? "read" : "written", field->feature);
}
VS_MONITOR(config_optional_guarded, .rule = VS_RULE_DRIVER_CONFIG_OPTIONAL_FIELDS_GUARDED,
	   .at = VS_AT(DEVICE), .step = optional_guarded);
