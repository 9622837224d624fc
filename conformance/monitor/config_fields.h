/* SPDX-License-Identifier: BSD-3-Clause */
/* Which field of the device-specific configuration an access goes to, and which part of it. */
#ifndef VS_MONITOR_CONFIG_FIELDS_H
#define VS_MONITOR_CONFIG_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/monitor.h"
#include "spec/config_fields.h"

/* The field that byte `at` of the structure belongs to; NULL: none that is known. */
const struct vs_config_field *vs_config_field_at(uint16_t type, uint64_t at);

/* It takes several accesses of its natural width: 64 bits, or an array, of at most 64 bytes. */
bool vs_config_field_is_long(const struct vs_config_field *field);

/* One bit for each byte of a long field. */
uint64_t vs_config_field_parts(const struct vs_config_field *field);
/* Those that the access covers. */
uint64_t vs_config_field_part(const struct vs_config_field *field, const struct vs_seen *seen);

#endif
