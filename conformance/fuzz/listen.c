/* SPDX-License-Identifier: BSD-3-Clause */
/* How a campaign is told of: text for people, JSON Lines for scripts, a line of progress. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "engine/json_line.h"
#include "fuzz/campaign.h"

#define SHOWN 12u /* lines of a process's output: the last */

static double seconds(const struct vs_fuzz_campaign *c)
{
	return (double)vs_fuzz_elapsed(c) / 1e9;
}

static double rate(const struct vs_fuzz_campaign *c)
{
	double spent = seconds(c);

	return spent > 0 ? (double)c->runs / spent : 0;
}

static void count(const struct vs_fuzz_campaign *c, unsigned *new, unsigned *known)
{
	*new = *known = 0;
	for (unsigned i = 0; i < c->case_count; i++) {
		*new += !c->cases[i].known && c->cases[i].count;
		*known += c->cases[i].known && c->cases[i].count;
	}
}

static void text_begin(void *context, const struct vs_fuzz_campaign *c)
{
	const char *about = vs_bus_describe(c->bus);
	FILE *out = context;

	fprintf(out, "%s%s%s, seed %" PRIu64 ", views:", c->target, about ? ": " : "",
		about ? about : "", c->seed);
	for (unsigned view = 0; view < VS_VIEW_COUNT; view++)
		if (c->world.views >> view & 1)
			fprintf(out, " %s", vs_view_name((enum vs_view)view));
	fputs("\n", out);
	fflush(out);
}

static void put_output(FILE *out, const char *text)
{
	unsigned lines = 0;

	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	for (; *text; lines -= lines > 0) {
		size_t length = strcspn(text, "\n");

		if (lines > SHOWN) {
			text += length + 1;
			continue;
		}
		fputs("    | ", out);
		for (size_t j = 0; j < length; j++)
			fputc(text[j] < ' ' || text[j] > '~' ? '?' : text[j], out);
		fputc('\n', out);
		text += length + (text[length] == '\n');
	}
}

static void text_found(void *context, const struct vs_fuzz_campaign *c,
		       const struct vs_fuzz_case *found)
{
	FILE *out = context;
	char line[VS_FUZZ_LINE];

	(void)c;
	fprintf(out, "\n%s, at run %" PRIu64 "%s: %s\n", found->name, found->first,
		found->state == VS_FUZZ_NOT_REPRODUCED
			? ", which did not show again on a fresh device"
			: "",
		found->finding.says);
	for (unsigned i = 0; i < found->sequence->count; i++) {
		vs_fuzz_format(&found->sequence->steps[i], line, sizeof(line));
		fprintf(out, "    %s\n", line);
	}
	if (found->finding.evidence)
		put_output(out, found->finding.evidence);
	if (found->path[0])
		fprintf(out, "    in %s\n", found->path);
	fflush(out);
}

static void text_end(void *context, const struct vs_fuzz_campaign *c)
{
	unsigned new, known;
	FILE *out = context;

	count(c, &new, &known);
	fprintf(out,
		"\n%" PRIu64 " sequences of %.1f steps in %.1f s (%.0f/s), %u behaviours, %u kept; "
		"%u finding(s), %u known before\n",
		c->runs, c->runs ? (double)c->steps / (double)c->runs : 0, seconds(c), rate(c),
		c->seen.count, c->corpus_count, new, known);
	for (unsigned i = 0; i < c->case_count; i++)
		if (c->cases[i].count)
			fprintf(out, "  %s%s: %" PRIu64 " times\n", c->cases[i].name,
				c->cases[i].known ? " (known)" : "", c->cases[i].count);
	fflush(out);
}

void vs_fuzz_listen_text(struct vs_fuzz_listener *listener, FILE *out)
{
	*listener = (struct vs_fuzz_listener){
		.begin = text_begin, .found = text_found, .end = text_end, .context = out
	};
}

static void json_begin(void *context, const struct vs_fuzz_campaign *c)
{
	json_t *views = json_array();

	for (unsigned view = 0; view < VS_VIEW_COUNT; view++)
		if (c->world.views >> view & 1)
			json_array_append_new(views, json_string(vs_view_name((enum vs_view)view)));
	vs_put_json(context, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "type", "begin", "version",
				       VIRTSPEC_VERSION, "target", vs_json_text(c->target),
				       "device", vs_json_text_or_null(vs_bus_describe(c->bus)),
				       "seed", json_integer((json_int_t)c->seed), "views", views));
}

static void json_found(void *context, const struct vs_fuzz_campaign *c,
		       const struct vs_fuzz_case *found)
{
	json_t *steps = json_array();
	char line[VS_FUZZ_LINE];

	(void)c;
	for (unsigned i = 0; i < found->sequence->count; i++) {
		vs_fuzz_format(&found->sequence->steps[i], line, sizeof(line));
		json_array_append_new(steps, json_string(line));
	}
	vs_put_json(context,
		    json_pack("{s:s, s:s, s:s, s:o, s:I, s:b, s:o, s:o, s:o}", "type", "finding",
			      "name", found->name, "oracle",
			      vs_fuzz_oracle_name(found->finding.oracle), "says",
			      vs_json_text(found->finding.says), "run", (json_int_t)found->first,
			      "reproduced", found->state == VS_FUZZ_REPRODUCED, "steps", steps,
			      "output", vs_json_text_or_null(found->finding.evidence), "file",
			      vs_json_text_or_null(found->path)));
}

static void json_end(void *context, const struct vs_fuzz_campaign *c)
{
	json_t *times = json_object();
	unsigned new, known;

	for (unsigned i = 0; i < c->case_count; i++)
		if (c->cases[i].count)
			json_object_set_new(times, c->cases[i].name,
					    json_integer((json_int_t)c->cases[i].count));
	count(c, &new, &known);
	vs_put_json(context, json_pack("{s:s, s:I, s:I, s:f, s:i, s:i, s:i, s:i, s:o}", "type",
				       "end", "runs", (json_int_t)c->runs, "steps",
				       (json_int_t)c->steps, "seconds", seconds(c), "behaviours",
				       (int)c->seen.count, "kept", (int)c->corpus_count, "findings",
				       (int)new, "known", (int)known, "times", times));
}

void vs_fuzz_listen_jsonl(struct vs_fuzz_listener *listener, FILE *out)
{
	*listener = (struct vs_fuzz_listener){
		.begin = json_begin, .found = json_found, .end = json_end, .context = out
	};
}

static void progress(void *context, const struct vs_fuzz_campaign *c)
{
	unsigned new, known;
	FILE *out = context;

	count(c, &new, &known);
	fprintf(out, "\r\033[K%" PRIu64 " sequences, %.0f/s, %u behaviours, %u finding(s)", c->runs,
		rate(c), c->seen.count, new + known);
	fflush(out);
}

static void wipe(void *context, const struct vs_fuzz_campaign *c)
{
	(void)c;
	fputs("\r\033[K", context);
	fflush(context);
}

static void wipe_found(void *context, const struct vs_fuzz_campaign *c,
		       const struct vs_fuzz_case *found)
{
	(void)found;
	wipe(context, c);
}

void vs_fuzz_listen_progress(struct vs_fuzz_listener *listener, FILE *out)
{
	*listener = (struct vs_fuzz_listener){
		.found = wipe_found, .progress = progress, .end = wipe, .context = out
	};
}
