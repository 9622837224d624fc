/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/config_image.h"

#include <assert.h>

#include "spec/feature_table.h"

#define TAKE_TRIES 4u /* how often a change under way is borne with */

static bool exists(const struct vs_ctx *t, const struct vs_config_field *field)
{
	if (field->offset + (uint64_t)field->width * field->count > t->s->device->length ||
	    (field->late && t->s->stage < VS_STAGE_FEATURES))
		return false;
	return field->feature == VS_FEATURE_NO_NEED || vs_offers(t, field->feature) ||
	       (field->or_feature != VS_FEATURE_NO_NEED && vs_offers(t, field->or_feature));
}

static unsigned elements(const struct vs_config_field *field)
{
	return field->count < VS_IMAGE_ARRAY ? field->count : VS_IMAGE_ARRAY;
}

static bool next_field(struct vs_ctx *t, struct vs_element_at *at)
{
	const struct vs_config_field *field = at->field ? at->field + 1 : vs_config_fields;
	const struct vs_config_field *end = vs_config_fields + vs_config_field_count;

	while (field < end && (field->type != t->s->fn->type || !exists(t, field)))
		field++;
	at->field = field;
	at->element = 0;
	return field < end;
}

bool vs_next_element(struct vs_ctx *t, struct vs_element_at *at)
{
	bool begun = at->field != NULL;

	if (begun && at->element + 1 < elements(at->field))
		at->element++;
	else if (!next_field(t, at) && begun)
		return false;
	else if (at->field == vs_config_fields + vs_config_field_count)
		vs_skip(t, "no field that is known exists with this offer");
	at->offset = at->field->offset + at->element * at->field->width;
	return true;
}

uint64_t vs_element_read(struct vs_ctx *t, const struct vs_element_at *at)
{
	struct vs_session *s = t->s;
	uint64_t value;

	if (at->field->width < 8)
		return vs_cap_read(s, s->device, at->offset, at->field->width);
	value = vs_cap_read(s, s->device, at->offset, 4);
	return value | vs_cap_read(s, s->device, at->offset + 4u, 4) << 32;
}

void vs_element_write(struct vs_ctx *t, const struct vs_element_at *at, uint64_t value)
{
	struct vs_session *s = t->s;

	if (at->field->width < 8) {
		vs_cap_write(s, s->device, at->offset, at->field->width,
			     value & ((UINT64_C(1) << (8 * at->field->width)) - 1));
		return;
	}
	vs_cap_write(s, s->device, at->offset, 4, value & UINT32_MAX);
	vs_cap_write(s, s->device, at->offset + 4u, 4, value >> 32);
}

void vs_image_take(struct vs_ctx *t, struct vs_image *image)
{
	uint8_t before = (uint8_t)vs_get(t->s, VS_CONFIG_GENERATION);

	*image = (struct vs_image){ .torn = true };
	for (unsigned i = 0; i < TAKE_TRIES && image->torn; i++) {
		vs_for_each_element(t, at) {
			assert(at.offset < VS_IMAGE_SIZE);
			image->value[at.offset] = vs_element_read(t, &at);
		}
		image->generation = (uint8_t)vs_get(t->s, VS_CONFIG_GENERATION);
		image->torn = image->generation != before;
		before = image->generation;
	}
}

bool vs_image_same(struct vs_ctx *t, const struct vs_image *a, const struct vs_image *b)
{
	vs_for_each_element(t, at)
		if (a->value[at.offset] != b->value[at.offset])
			return false;
	return true;
}

unsigned vs_image_end(struct vs_ctx *t)
{
	unsigned end = 0;

	vs_for_each_element(t, at)
		end = at.offset + at.field->width;
	return end < VS_IMAGE_COMPARED ? end : VS_IMAGE_COMPARED;
}

void vs_where_element(struct vs_ctx *t, const struct vs_element_at *at, const char *when)
{
	if (at->field->count > 1)
		vs_where(t, "%s[%u]%s", at->field->name, at->element, when);
	else
		vs_where(t, "%s%s", at->field->name, when);
}

void vs_read_offer(struct vs_ctx *t)
{
	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++)
		t->s->offered.window[i] = vs_offered_window(t->s, i);
}
