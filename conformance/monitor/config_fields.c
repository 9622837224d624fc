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
	return size_of(field) <= PARTS_MAX && (field->width == 8 || field->count > 1);
}

uint64_t vs_config_field_parts(const struct vs_config_field *field)
{
	return size_of(field) >= PARTS_MAX ? UINT64_MAX : VS_BIT(size_of(field)) - 1;
}

uint64_t vs_config_field_part(const struct vs_config_field *field, const struct vs_seen *seen)
{
	uint64_t parts = 0;

	for (unsigned i = 0; i < size_of(field); i++)
		if (field->offset + i >= seen->at &&
		    field->offset + i < seen->at + seen->event->width)
			parts |= VS_BIT(i);
	return parts;
}
