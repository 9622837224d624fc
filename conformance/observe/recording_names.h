/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of recordings, and names that only they use. */
#ifndef VS_RECORDING_NAMES_H
#define VS_RECORDING_NAMES_H

#include "observe/subject.h"
#include "trace/names.h"

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

extern const struct vs_bit_names vs_blind_names;

/* The place of `name` in a table of `count`, or -1. */
int vs_name_find(const char *const *names, unsigned count, const char *name);

#endif
