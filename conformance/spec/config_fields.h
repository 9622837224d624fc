/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fields of every device-specific configuration structure that the specification describes, as
 * data (the sections "Device configuration layout" of chapter 5).
 */
#ifndef VS_SPEC_CONFIG_FIELDS_H
#define VS_SPEC_CONFIG_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vs_config_field {
	uint16_t type; /* device type */
	uint8_t offset;
	uint8_t width; /* bytes of one element: 1, 2, 4 or 8 */
	uint8_t count; /* elements; more than one only of bytes */
	/* It exists with one of these features; VS_FEATURE_NO_NEED for both: always. */
	uint8_t feature, or_feature;
	bool writable; /* by the driver */
	bool late;     /* means nothing before FEATURES_OK, and no driver may read it then */
	/*
	 * What any device can have in it, as a plain number: [least, most], where most 0 means that
	 * nothing is known. Beside what the text demands, that is what no device in the world has:
	 * a disk of 2^48 sectors, a console of 5000 columns.
	 */
	uint64_t least, most;
	/* Each of what it counts has that many virtqueues; 0: it does not count such things. */
	uint8_t queues;
	const char *name;
};

extern const struct vs_config_field vs_config_fields[];
extern const size_t vs_config_field_count;

/* Every field of a device type, in the order of the structure. */
#define vs_for_each_config_field(field, of_type)                                             \
	for ((field) = vs_config_fields; (field) < vs_config_fields + vs_config_field_count; \
	     (field)++)                                                                      \
		if ((field)->type == (of_type))

#endif
