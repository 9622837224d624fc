/* SPDX-License-Identifier: BSD-3-Clause */
#include "monitor/config_fields.h"

#define PARTS_MAX 64u

static unsigned size_of(const struct vs_config_field *field)
{
	return (unsigned)field->width * field->count;
}

const struct vs_config_field *vs_config_field_at(uint16_t type, uint64_t at)
{
	const struct vs_config_field *field;

	vs_for_each_config_field(field, type) {
		if (at >= field->offset && at - field->offset < size_of(field))
			return field;
	}
	return NULL;
}

bool vs_config_field_is_long(const struct vs_config_field *field)
{
	return field->width == 8 || (field->count > 1 && field->count <= PARTS_MAX);
}

static unsigned part_size(const struct vs_config_field *field)
{
	return field->width == 8 ? 4 : field->width;
}

uint64_t vs_config_field_parts(const struct vs_config_field *field)
{
	unsigned count = size_of(field) / part_size(field);

	return count >= PARTS_MAX ? UINT64_MAX : VS_BIT(count) - 1;
}

uint64_t vs_config_field_part(const struct vs_config_field *field, const struct vs_seen *seen)
{
	unsigned size = part_size(field);
	uint64_t parts = 0;

	for (unsigned i = 0; i < size_of(field) / size; i++) {
		uint64_t start = field->offset + (uint64_t)i * size;

		if (seen->at < start + size && seen->at + seen->event->width > start)
			parts |= VS_BIT(i);
	}
	return parts;
}
