/* SPDX-License-Identifier: BSD-3-Clause */
/* What recordings call the values of enumerations and the bits of flags. For recordings only. */
#ifndef VS_RECORDING_NAMES_H
#define VS_RECORDING_NAMES_H

#include "observe/subject.h"
#include "trace/trace.h"

/* Keys of an event. */
#define VS_KEY_KIND   "k"
#define VS_KEY_TIME   "t"
#define VS_KEY_REGION "r"
#define VS_KEY_OFFSET "o"
#define VS_KEY_WIDTH  "w"
#define VS_KEY_VALUE  "v"
#define VS_KEY_QUEUE  "q"
#define VS_KEY_INDEX  "i"
#define VS_KEY_LENGTH "l"
#define VS_KEY_FLAGS  "f"
#define VS_KEY_NOTE   "n"

/* The offset of an interrupt that is INTx. */
#define VS_NAME_INTX "intx"

/* Names of the bits from 0 on; NULL ends them. */
#define VS_NAMED_BITS 16u
struct vs_bit_names {
	const char *name[VS_NAMED_BITS + 1];
};

extern const char *const vs_kind_names[VS_EVENT_KIND_COUNT];
extern const char *const vs_region_names[VS_REGION_NONE + 1];
extern const struct vs_bit_names vs_blind_names;
/* The names of `flags` in events of the kind, or NULL where they are a number of the wire. */
const struct vs_bit_names *vs_flag_names(enum vs_event_kind kind);

/* The place of `name` in a table of `count`, or -1. */
int vs_name_find(const char *const *names, unsigned count, const char *name);

#endif
