/* SPDX-License-Identifier: BSD-3-Clause */
/* Text for people: colours of verdicts, lines of a readable width. */
#ifndef VS_TEXT_H
#define VS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "engine/verdict.h"

/* What turns a colour on for a verdict, and off again; "" without colour. */
const char *vs_paint(bool colour, enum vs_verdict verdict);
const char *vs_unpaint(bool colour);

/* "        LABEL     TEXT", broken at blanks; nothing where there is no text. */
void vs_put_labelled(FILE *out, const char *label, const char *text);

#endif
