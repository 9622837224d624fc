/* SPDX-License-Identifier: BSD-3-Clause */
/* The device-specific configuration as the fields that exist on this device, for its checks (2.5).
 */
#ifndef VS_CONFIG_IMAGE_H
#define VS_CONFIG_IMAGE_H

#include "engine/check.h"
#include "spec/config_fields.h"

#define VS_IMAGE_SIZE     128u /* bytes of the structure, as far as fields are known */
#define VS_IMAGE_ARRAY    16u  /* of an array so many elements are looked at */
#define VS_IMAGE_COMPARED 64u  /* bytes that are looked at one by one */

/* A place among all elements of all fields; all zero before the first. */
struct vs_element_at {
	const struct vs_config_field *field;
	unsigned element; /* of the field */
	unsigned offset;  /* in the structure */
};

/*
 * Goes to the next element of a field that the offer makes exist, that lies inside the structure
 * and means something at this stage; false at the end. Skips the check where no field of the device
 * type is known to exist.
 */
bool vs_next_element(struct vs_ctx *t, struct vs_element_at *at);

/* Every element, with the offer as in t->s->offered. */
#define vs_for_each_element(t, at) for (struct vs_element_at at = { 0 }; vs_next_element(t, &at);)

/* At the natural width, which is two halves for a field of 64 bits (4.1.3.1). */
uint64_t vs_element_read(struct vs_ctx *t, const struct vs_element_at *at);
void vs_element_write(struct vs_ctx *t, const struct vs_element_at *at, uint64_t value);

/* All of them, and the generation that they belong to. */
struct vs_image {
	uint64_t value[VS_IMAGE_SIZE]; /* by offset */
	uint8_t generation;
	bool torn; /* the generation kept moving */
};
void vs_image_take(struct vs_ctx *t, struct vs_image *image);
/* Whether every element reads the same in both. */
bool vs_image_same(struct vs_ctx *t, const struct vs_image *a, const struct vs_image *b);

/* The end of the last field that exists, at most VS_IMAGE_COMPARED. */
unsigned vs_image_end(struct vs_ctx *t);

/* Says with vs_where which field it is. */
void vs_where_element(struct vs_ctx *t, const struct vs_element_at *at, const char *when);

/* Reads the offer into t->s->offered; for checks that start before it is read. */
void vs_read_offer(struct vs_ctx *t);

#endif
