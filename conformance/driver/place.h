/* SPDX-License-Identifier: BSD-3-Clause */
/* Names for where an access went, so that a person can read a trace. */
#ifndef VS_PLACE_H
#define VS_PLACE_H

#include "driver/session.h"

/*
 * Writes a name like "common.device_status", "notify+0x4" or "config.command" for an access to
 * `region` at `offset`, or "" where there is none. Always terminated.
 */
void vs_place_name(const struct vs_function *fn, unsigned region, uint64_t offset, char *text,
		   size_t size);

#endif
