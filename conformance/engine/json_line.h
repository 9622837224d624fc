/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON Lines. */
#ifndef VS_JSON_LINE_H
#define VS_JSON_LINE_H

#include <jansson.h>
#include <stdio.h>

/* One object, one line, out at once: a run that is killed keeps what it found. Takes `object`. */
void vs_put_json(FILE *out, json_t *object);

/* Text of a process may hold any bytes; what is not UTF-8 is replaced. */
json_t *vs_json_text(const char *bytes);
/* null for NULL and "". */
json_t *vs_json_text_or_null(const char *bytes);

#endif
