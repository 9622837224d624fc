/* SPDX-License-Identifier: BSD-3-Clause */
/* Accesses of any width, taken apart into fields. */
#include "mock-device/model/fields.h"

#include "mock-device/model/base.h"

/* The field that has the byte, or NULL. */
static const struct mock_field *field_at(const struct mock_fields *fields, uint64_t offset)
{
	for (unsigned i = 0; i < fields->count; i++) {
		const struct mock_field *field = &fields->field[i];

		if (offset >= field->offset && offset - field->offset < field->width)
			return field;
	}
	return NULL;
}

uint64_t mock_fields_read(struct mock *mock, const struct mock_fields *fields, uint64_t offset,
			  unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width;) {
		const struct mock_field *field = field_at(fields, offset + i);
		uint64_t bytes, skip;

		if (!field) {
			i++;
			continue;
		}
		bytes = fields->read(mock->top, field->offset, field->width);
		skip = offset + i - field->offset;
		bytes &= UINT64_MAX >> (64 - 8 * field->width);
		value |= bytes >> 8 * skip << 8 * i;
		i += field->width - (unsigned)skip;
	}
	return value;
}

void mock_fields_write(struct mock *mock, const struct mock_fields *fields, uint64_t offset,
		       unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width;) {
		const struct mock_field *field = field_at(fields, offset + i);

		if (!field || field->offset != offset + i || field->width > width - i) {
			i++;
			continue;
		}
		fields->write(mock->top, field->offset, field->width,
			      (uint32_t)(value >> 8 * i & UINT64_MAX >> (64 - 8 * field->width)));
		i += field->width;
	}
}

uint32_t mock_field_read(struct mock *mock, const struct mock_fields *fields, unsigned offset)
{
	const struct mock_field *field = field_at(fields, offset);

	return field ? field->read(mock, mock_selected_queue(mock)) : 0;
}

void mock_field_write(struct mock *mock, const struct mock_fields *fields, unsigned offset,
		      uint32_t value)
{
	const struct mock_field *field = field_at(fields, offset);

	if (field && field->write)
		field->write(mock, mock_selected_queue(mock), value);
}
