/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The folder of a campaign: NAME.steps for each finding, corpus/HASH.steps for sequences of
 * interest. Files appear whole or not at all, so that a campaign may be killed at any moment; the
 * machine under it may not, for sequences are many and a disk that is waited for is slow.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/campaign.h"

#define SUFFIX    ".steps"
#define LINES_MAX 200u /* of a process's output that a file keeps */

static int trouble(struct vs_fuzz_campaign *c, const char *what, const char *path)
{
	snprintf(c->trouble, sizeof(c->trouble), "cannot %s '%s': %s", what, path, strerror(errno));
	return -1;
}

/* As comments, the last lines of it. */
static void write_evidence(FILE *out, const char *text)
{
	unsigned lines = 0, skip;

	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	skip = lines > LINES_MAX ? lines - LINES_MAX : 0;
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (skip)
			skip--;
		else {
			/* A file of steps has lines of a bounded length. */
			fputs("# output: ", out);
			for (size_t i = 0; i < length && i < VS_FUZZ_LINE / 2; i++)
				fputc(text[i] < ' ' || text[i] > '~' ? '?' : text[i], out);
			fputc('\n', out);
		}
		text += length + (text[length] == '\n');
	}
}

static void write_case(FILE *out, const struct vs_fuzz_campaign *c,
		       const struct vs_fuzz_case *found)
{
	const char *about = vs_bus_describe(c->bus);

	fprintf(out, "# virtspec fuzz: %s\n", found->name);
	fprintf(out, "# target: %.400s\n", c->target);
	fprintf(out, "# device: %.400s\n", about ? about : "unknown");
	fprintf(out, "# seed: %" PRIu64 ", run %" PRIu64 "\n", c->seed, found->first);
	fprintf(out, "# found: %s\n", found->finding.says);
	if (found->state == VS_FUZZ_NOT_REPRODUCED)
		fputs("# It did not show again on a fresh device.\n", out);
	if (found->finding.evidence)
		write_evidence(out, found->finding.evidence);
	vs_fuzz_write(out, found->sequence);
}

/* A new file at `path`, under another name until it is whole. */
static FILE *open_new(const char *path, char *temporary, size_t size)
{
	snprintf(temporary, size, "%s.%ld", path, (long)getpid());
	return fopen(temporary, "we");
}

static int finish(struct vs_fuzz_campaign *c, FILE *out, const char *temporary, const char *path)
{
	bool failed = fflush(out) || ferror(out);

	if (fclose(out) || failed || rename(temporary, path)) {
		trouble(c, "write", path);
		unlink(temporary);
		return -1;
	}
	return 0;
}

int vs_fuzz_folder_save_case(struct vs_fuzz_campaign *c, struct vs_fuzz_case *found)
{
	char temporary[sizeof(found->path) + 24];
	FILE *out;

	if (!c->output)
		return 0;
	snprintf(found->path, sizeof(found->path), "%.400s/%s" SUFFIX, c->output, found->name);
	out = open_new(found->path, temporary, sizeof(temporary));
	if (!out)
		return trouble(c, "write", found->path);
	write_case(out, c, found);
	return finish(c, out, temporary, found->path);
}

static uint64_t hash_of(const struct vs_fuzz_sequence *sequence)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char line[VS_FUZZ_LINE];

	for (unsigned i = 0; i < sequence->count; i++) {
		vs_fuzz_format(&sequence->steps[i], line, sizeof(line));
		for (const char *at = line; *at; at++)
			hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
		hash = (hash ^ '\n') * UINT64_C(0x100000001b3);
	}
	return hash;
}

int vs_fuzz_folder_save_corpus(struct vs_fuzz_campaign *c, const struct vs_fuzz_sequence *sequence)
{
	char path[512], temporary[sizeof(path) + 24];
	FILE *out;

	if (!c->output)
		return 0;
	snprintf(path, sizeof(path), "%.400s/corpus/%016" PRIx64 SUFFIX, c->output,
		 hash_of(sequence));
	out = open_new(path, temporary, sizeof(temporary));
	if (!out)
		return trouble(c, "write", path);
	vs_fuzz_write(out, sequence);
	return finish(c, out, temporary, path);
}

static bool is_steps(const char *name)
{
	size_t length = strlen(name), suffix = strlen(SUFFIX);

	return length > suffix && strcmp(name + length - suffix, SUFFIX) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int wanted(const struct dirent *entry)
{
	return is_steps(entry->d_name);
}

/* Findings of an earlier run. */
static int load_cases(struct vs_fuzz_campaign *c)
{
	struct dirent **entries;
	int count = scandir(c->output, &entries, wanted, by_name);

	if (count < 0)
		return trouble(c, "read", c->output);
	for (int i = 0; i < count; i++) {
		char name[VS_FUZZ_NAME];
		size_t length = strlen(entries[i]->d_name) - strlen(SUFFIX);
		struct vs_fuzz_case *known;

		if (length < sizeof(name)) {
			snprintf(name, sizeof(name), "%.*s", (int)length, entries[i]->d_name);
			known = vs_fuzz_case_of(c, name);
			if (known)
				known->known = true;
		}
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static int load_sequence(struct vs_fuzz_campaign *c, const char *path)
{
	char why[240];
	FILE *in = fopen(path, "re");
	int result;

	if (!in)
		return trouble(c, "read", path);
	result = vs_fuzz_read(in, c->spare, why, sizeof(why));
	fclose(in);
	if (result)
		snprintf(c->trouble, sizeof(c->trouble), "'%.250s': %.240s", path, why);
	else
		vs_fuzz_keep(c, c->spare);
	return result;
}

static int load_corpus(struct vs_fuzz_campaign *c, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, wanted, by_name);
	int result = 0;

	if (count < 0)
		return trouble(c, "read", folder);
	for (int i = 0; i < count; i++) {
		char path[1024];

		snprintf(path, sizeof(path), "%.450s/%s", folder, entries[i]->d_name);
		if (!result)
			result = load_sequence(c, path);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int vs_fuzz_folder_open(struct vs_fuzz_campaign *c)
{
	char folder[512];

	if (!c->output)
		return 0;
	if (strlen(c->output) > 400) {
		snprintf(c->trouble, sizeof(c->trouble), "the path of the folder is too long");
		return -1;
	}
	snprintf(folder, sizeof(folder), "%s/corpus", c->output);
	if ((mkdir(c->output, 0777) && errno != EEXIST) || (mkdir(folder, 0777) && errno != EEXIST))
		return trouble(c, "make", folder);
	if (load_cases(c) || load_corpus(c, folder))
		return -1;
	c->loaded = c->corpus_count;
	return 0;
}
