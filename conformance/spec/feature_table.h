/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Feature bits of every device type the specification describes, as data (5, 6): names, what
 * depends on what, and which device types have a configuration structure.
 */
#ifndef VS_SPEC_FEATURE_TABLE_H
#define VS_SPEC_FEATURE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Device-independent bits are listed under this type. */
#define VS_FEATURE_ANY_TYPE 0u
#define VS_FEATURE_NO_NEED  0xffu

struct vs_feature {
	uint16_t type; /* device type, or VS_FEATURE_ANY_TYPE */
	uint8_t bit;
	bool legacy; /* described only in a legacy section */
	/* The feature requires one of needs[…] (any of them); VS_FEATURE_NO_NEED fills the rest. A
	 * feature that requires several at once has several rows. */
	uint8_t needs[4];
	const char *name; /* "VIRTIO_BLK_F_RO" */
};

extern const struct vs_feature vs_feature_table[];
extern const size_t vs_feature_table_size;

/* The entry for a bit as a device of this type uses it, or NULL: not described anywhere. */
const struct vs_feature *vs_feature_find(uint16_t type, unsigned bit);
/* Whether the bit is known to be reserved, unassigned or of others. Of a device type that the
 * specification does not describe only the bits that are not its own can be told (2.2). */
bool vs_feature_undefined(uint16_t type, unsigned bit);
/* Its name, or NULL. */
const char *vs_feature_name(uint16_t type, unsigned bit);

struct vs_device_type {
	const char *name; /* "block device" */
	uint16_t type;
	uint16_t config_size; /* bytes of its configuration structure without optional tails */
	bool has_config;      /* it has such a structure, be it of optional fields alone */
	bool described; /* the specification has a chapter on it: its feature bits are known */
};

/* The entry for a device type, or NULL for a number the specification does not assign. */
const struct vs_device_type *vs_device_type_find(uint16_t type);

/* The device type that a transitional identifier stands for (4.1.2.1), or 0. */
uint16_t vs_transitional_type(uint16_t device);

#endif
