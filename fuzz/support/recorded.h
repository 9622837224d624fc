/* SPDX-License-Identifier: BSD-3-Clause */
/* Traces as a recording in memory: written, read into a list, and held against another list. */
#ifndef FUZZ_RECORDED_H
#define FUZZ_RECORDED_H

#include "monitor/jury.h"
#include "observe/recording.h"

#define RECORDED_EVENTS 1024u
#define RECORDED_TRACES 16u

/* Several traces, one behind the other. Notes belong to whoever made the list. */
struct recorded {
	struct vs_subject subject[RECORDED_TRACES];
	unsigned first[RECORDED_TRACES]; /* event of each */
	bool over[RECORDED_TRACES];      /* its end was told */
	unsigned traces;
	struct vs_event event[RECORDED_EVENTS];
	unsigned count;
	bool full; /* there was more */
};

/* A text that recorded_write made; free it. */
struct recorded_text {
	char *bytes;
	size_t size;
};

/* The list as a recording. */
struct recorded_text recorded_write(const struct recorded *list);

/* What a recording of these bytes says, into the list, which is emptied first. The recording, still
 * open because notes are of it, or NULL when the bytes are none: then `error` has a sentence, which
 * oracle "recording-error" has looked at. */
struct vs_recording *recorded_read(const void *bytes, size_t size, struct recorded *list,
				   char *error, size_t error_size);

/* Oracle "recording-round": both lists are the same. */
void recorded_same(const struct recorded *a, const struct recorded *b);

/* What a jury makes of trace `number` of the list: the caller frees it. Oracle "jury-counts" has
 * looked at it. False: no memory. */
bool recorded_judge(const struct recorded *list, unsigned number, struct vs_jury *jury);

/* Oracle "recording-verdict": both come to the same. */
void recorded_same_verdict(const struct vs_jury *a, const struct vs_jury *b);

#endif
