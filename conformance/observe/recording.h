/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Traces in files: a head line says what a trace is about, and a line an event follows, as JSON
 * Lines (docs/trace.md). A file may hold several traces, one behind the other; each gets the same
 * verdicts from the file as it got when it happened.
 */
#ifndef VS_RECORDING_H
#define VS_RECORDING_H

#include <stdint.h>
#include <stdio.h>

#include "observe/subject.h"
#include "trace/trace.h"

#define VS_RECORDING_VERSION 1

/* A file that is being written. */
struct vs_recorder;

/* Creates the file, or empties it; "-" is standard output. NULL, with a sentence in `error` (always
 * terminated), when it cannot be written. */
struct vs_recorder *vs_recorder_open(const char *path, char *error, size_t size);
/* The same into a stream, which `name` stands for in sentences. The stream is taken, and closed in
 * the end, whatever comes of it. */
struct vs_recorder *vs_recorder_to(FILE *out, const char *name, char *error, size_t size);
/* The head of the next trace, then its events in order. Every line is written at once, so that what
 * is killed leaves what it had. 0, or -1 when writing failed, now or before. */
int vs_recorder_subject(struct vs_recorder *recorder, const struct vs_subject *subject);
int vs_recorder_event(struct vs_recorder *recorder, const struct vs_event *event);
/* Closes and frees. 0, or -1 with a sentence when anything was not written. NULL is nothing. */
int vs_recorder_close(struct vs_recorder *recorder, char *error, size_t size);

/* A file that is being read. */
struct vs_recording;

/* Who hears what a file holds. Each returns 0 to go on, or a number above 0 to stop. */
struct vs_recording_handler {
	/* A trace begins. The subject belongs to the recording and stays as it is until the next
	 * call. */
	int (*subject)(void *context, const struct vs_subject *subject);
	/* The event itself is valid during the call; its note as long as the recording is open. */
	int (*event)(void *context, const struct vs_event *event);
	/* The trace is over: the next one begins, or the file ends. Not called after an error. */
	int (*end)(void *context);
	void *context;
};

/* "-" is standard input. NULL with a sentence in `error` when it cannot be read. */
struct vs_recording *vs_recording_open(const char *path, char *error, size_t size);
/* The same from a stream, as vs_recorder_to. */
struct vs_recording *vs_recording_from(FILE *in, const char *name, char *error, size_t size);
/*
 * Reads to the end in constant memory; once. Whatever the file says, the events are in order of the
 * file and what they name exists: kinds, regions, life, rules; accesses are 1, 2, 4 or 8 bytes of a
 * BAR or of configuration space. 0, the number with which a handler stopped, or -1 with a sentence
 * that names the line.
 */
int vs_recording_read(struct vs_recording *recording, const struct vs_recording_handler *handler,
		      char *error, size_t size);
void vs_recording_close(struct vs_recording *recording);

#endif
