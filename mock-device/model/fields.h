/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers as a table of fields, for the common configuration and for the legacy header.
 *
 * Accesses: a read gives the bytes that are there, whatever its width. A write reaches every field
 * that it covers wholly, in ascending order; a field that it covers in part keeps its value,
 * because a driver that writes half a field breaks 4.1.3.1 and no half of a selector or status
 * makes sense. What lies between the fields reads 0.
 */
#ifndef MOCK_FIELDS_H
#define MOCK_FIELDS_H

#include <stdint.h>

struct mock;
struct mock_layer;
struct mock_queue;

/* `queue` is the selected one, or NULL; fields of the whole device ignore it. */
struct mock_field {
	uint8_t offset, width;
	uint32_t (*read)(struct mock *mock, struct mock_queue *queue);
	void (*write)(struct mock *mock, struct mock_queue *queue, uint32_t value);
};

#define MOCK_READS(name) static uint32_t name(struct mock *mock, struct mock_queue *queue)
#define MOCK_WRITES(name) \
	static void name(struct mock *mock, struct mock_queue *queue, uint32_t value)

struct mock_fields {
	const struct mock_field *field;
	unsigned count;
	/* The operations that an access to one whole field goes through. */
	uint32_t (*read)(struct mock_layer *layer, unsigned offset, unsigned width);
	void (*write)(struct mock_layer *layer, unsigned offset, unsigned width, uint32_t value);
};

/* An access by a driver, of any width. */
uint64_t mock_fields_read(struct mock *mock, const struct mock_fields *fields, uint64_t offset,
			  unsigned width);
void mock_fields_write(struct mock *mock, const struct mock_fields *fields, uint64_t offset,
		       unsigned width, uint64_t value);

/* One whole field, behind those operations. */
uint32_t mock_field_read(struct mock *mock, const struct mock_fields *fields, unsigned offset);
void mock_field_write(struct mock *mock, const struct mock_fields *fields, unsigned offset,
		      uint32_t value);

#endif
