/* SPDX-License-Identifier: BSD-3-Clause */
/* What the values and bits of events are called, in files and for people. */
#ifndef VS_TRACE_NAMES_H
#define VS_TRACE_NAMES_H

#include "trace/trace.h"

/* Names of the bits from 0 on; NULL ends them. */
#define VS_NAMED_BITS 16u
struct vs_bit_names {
	const char *name[VS_NAMED_BITS + 1];
};

extern const char *const vs_kind_names[VS_EVENT_KIND_COUNT];
extern const char *const vs_region_names[VS_REGION_NONE + 1];
/* The names of `flags` in events of the kind, or NULL where they are a number of the wire. */
const struct vs_bit_names *vs_flag_names(enum vs_event_kind kind);

#endif
