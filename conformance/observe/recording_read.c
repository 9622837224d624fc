/* SPDX-License-Identifier: BSD-3-Clause */
/* The file as a stream of lines. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe/recording.h"
#include "observe/recording_parse.h"

#define LINE_SIZE 65536u
#define LINES_MAX (UINT64_C(1) << 32)

struct vs_recording {
	FILE *in;
	const char *path;
	uint64_t line; /* number of the one that was read last, from 1 */
	bool within;   /* a trace */
	struct vs_subject subject;
	struct vs_notes notes;
	char text[LINE_SIZE];
};

struct vs_recording *vs_recording_from(FILE *in, const char *name, char *error, size_t size)
{
	struct vs_recording *r = calloc(1, sizeof(*r) + strlen(name) + 1);

	if (size)
		*error = '\0';
	if (!r) {
		snprintf(error, size, "There is no memory for reading a trace.");
		if (in != stdin)
			fclose(in);
		return NULL;
	}
	r->path = memcpy(r + 1, name, strlen(name) + 1);
	r->in = in;
	return r;
}

struct vs_recording *vs_recording_open(const char *path, char *error, size_t size)
{
	FILE *in = strcmp(path, "-") != 0 ? fopen(path, "r") : stdin;

	if (in)
		return vs_recording_from(in, path, error, size);
	snprintf(error, size, "%s cannot be read: %s.", path, strerror(errno));
	return NULL;
}

void vs_recording_close(struct vs_recording *r)
{
	if (!r)
		return;
	if (r->in != stdin)
		fclose(r->in);
	vs_notes_free(&r->notes);
	free(r);
}

/* The next line without its end into r->text, NULs and all. Its length, 0 at the end of the file,
 * -1 with a complaint; *whole tells whether the line has an end. */
static long next_line(struct vs_recording *r, bool *whole, struct vs_complaint *c)
{
	size_t length = 0;
	int byte;

	r->line++;
	while ((byte = getc(r->in)) != EOF && byte != '\n') {
		if (length == LINE_SIZE)
			return vs_line_wrong(c, "it is longer than %u bytes", LINE_SIZE);
		r->text[length++] = (char)byte;
	}
	*whole = byte != EOF;
	if (ferror(r->in))
		return vs_line_wrong(c, "it cannot be read: %s", strerror(errno));
	if (!length && byte == EOF)
		return 0;
	if (r->line > LINES_MAX)
		return vs_line_wrong(c, "there are too many lines");
	if (!length)
		return vs_line_wrong(c, "it is empty");
	return (long)length;
}

static int finish(struct vs_recording *r, const struct vs_recording_handler *handler)
{
	bool within = r->within;

	r->within = false;
	return within && handler->end ? handler->end(handler->context) : 0;
}

/* What one line says, to whom it may concern. */
static int tell(struct vs_recording *r, json_t *line, const struct vs_recording_handler *handler,
		struct vs_complaint *c)
{
	struct vs_event event;
	int answer;

	if (!json_is_object(line))
		return vs_line_wrong(c, "it is JSON, and not an object");
	if (!json_object_get(line, "type")) {
		if (!r->within)
			return vs_line_wrong(c, "it comes before any head line, "
						"{\"type\":\"trace\",…}");
		if (vs_parse_event(line, &r->notes, &event, c))
			return -1;
		return handler->event ? handler->event(handler->context, &event) : 0;
	}
	answer = finish(r, handler);
	if (answer)
		return answer;
	if (vs_parse_head(line, &r->subject, c))
		return -1;
	r->within = true;
	return handler->subject ? handler->subject(handler->context, &r->subject) : 0;
}

static int read_line(struct vs_recording *r, long length, bool whole,
		     const struct vs_recording_handler *handler, struct vs_complaint *c)
{
	json_error_t wrong;
	json_t *line = json_loadb(r->text, (size_t)length, JSON_REJECT_DUPLICATES, &wrong);
	int answer;

	if (!line)
		return whole ? vs_line_wrong(c, "it is not JSON: %s", wrong.text)
			     : vs_line_wrong(c, "it breaks off: the recording was cut short");
	answer = tell(r, line, handler, c);
	json_decref(line);
	return answer;
}

int vs_recording_read(struct vs_recording *r, const struct vs_recording_handler *handler,
		      char *error, size_t size)
{
	struct vs_complaint c = { .made = false };
	bool whole = true;
	int answer = 0;
	long length;

	if (size)
		*error = '\0';
	while (!answer && (length = next_line(r, &whole, &c)) != 0)
		answer = length < 0 ? -1 : read_line(r, length, whole, handler, &c);
	if (!answer && r->line == 1)
		answer = vs_line_wrong(&c, "it holds nothing, not even a head line");
	if (answer < 0) {
		snprintf(error, size, "%s, line %" PRIu64 ": %s.", r->path, r->line, c.text);
		return -1;
	}
	return answer ? answer : finish(r, handler);
}
