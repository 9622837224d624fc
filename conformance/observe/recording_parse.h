/* SPDX-License-Identifier: BSD-3-Clause */
/* One line of a recording at a time, from JSON to structs. For recordings only. */
#ifndef VS_RECORDING_PARSE_H
#define VS_RECORDING_PARSE_H

#include <jansson.h>
#include <stdbool.h>

#include "observe/recording.h"

/* What is wrong with a line: the first thing found, as the rest of a sentence after its place. */
struct vs_complaint {
	char text[160];
	bool made;
};

/* Always returns -1. */
int vs_line_wrong(struct vs_complaint *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Notes that have been read, each once. */
#define VS_NOTES_MAX 1024u
#define VS_NOTE_SIZE 512u /* with its end */
struct vs_notes {
	char *text[VS_NOTES_MAX];
	unsigned count;
};

void vs_notes_free(struct vs_notes *notes);

/* Both fill in all of their last but one argument, or return -1 with a complaint. */
int vs_parse_head(json_t *line, struct vs_subject *subject, struct vs_complaint *c);
int vs_parse_event(json_t *line, struct vs_notes *notes, struct vs_event *event,
		   struct vs_complaint *c);

/* A number up to `max`: an integer or hexadecimal text; a key that is absent leaves *value as it
 * is. For the parsers. */
int vs_parse_number(json_t *object, const char *key, uint64_t max, uint64_t *value,
		    struct vs_complaint *c);
/* Bits that a list names, or numbers. The same. */
int vs_parse_bits(json_t *list, const char *key, const char *const *names, unsigned *bits,
		  struct vs_complaint *c);
/* Complains about a key that is not one of these `count`. */
int vs_parse_keys(json_t *object, const char *const *keys, unsigned count, struct vs_complaint *c);

#endif
