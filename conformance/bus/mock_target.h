/* SPDX-License-Identifier: BSD-3-Clause */
/* The target mock:CLASS[,KEY=VALUE]… as settings of a mock device. */
#ifndef VS_BUS_MOCK_TARGET_H
#define VS_BUS_MOCK_TARGET_H

#include "bus/way.h"
#include "mock-device/model/mock.h"

#define VS_MOCK_SYNTAX                                                          \
	"mock:CLASS[,interface=modern|transitional|legacy][,ring=split|packed]" \
	"[,endian=little|big][,profile=draft-2013][,long=yes][,disk=FILE]"      \
	"[,quirk=NAME[=VALUE]]..."

/*
 * Returns 0, or -1 with one sentence in error. The settings point into the target, whose values are
 * cut in place, so that it can be taken only once.
 */
int vs_mock_settings(const struct vs_target *target, struct mock_settings *settings, char *error,
		     size_t size);

#endif
