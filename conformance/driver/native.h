/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers in the byte order of the interface: rings, requests and device-specific configuration are
 * little-endian, but in the order of the guest on the legacy interface (2.5.3, 2.7.3).
 */
#ifndef VS_NATIVE_H
#define VS_NATIVE_H

#include "driver/session.h"
#include "spec/byteorder.h"

static inline bool vs_big_endian(const struct vs_session *s)
{
	bool big = s->bus->features & VS_BUS_BIG_ENDIAN;

	return s->view == VS_VIEW_LEGACY && big != s->other_order;
}

/* `width` is 1, 2, 4 or 8 bytes, at any alignment. */
static inline uint64_t vs_native_load(const struct vs_session *s, const void *p, unsigned width)
{
	return vs_big_endian(s) ? vs_load_be(p, width) : vs_load_le(p, width);
}

static inline void vs_native_store(const struct vs_session *s, void *p, unsigned width,
				   uint64_t value)
{
	if (vs_big_endian(s))
		vs_store_be(p, width, value);
	else
		vs_store_le(p, width, value);
}

#endif
