/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequences as text: a step a line, its name and its arguments with blanks between them. */
#include <string.h>

#include "fuzz/sequence.h"

#define WORD 64u

void vs_fuzz_format(const struct vs_fuzz_step *step, char *text, size_t size)
{
	const struct vs_fuzz_kind *kind = &vs_fuzz_kinds[step->kind];
	size_t length = (size_t)snprintf(text, size, "%s", kind->name);
	char word[WORD];

	for (unsigned i = 0; i < vs_fuzz_arg_count(kind) && length < size; i++) {
		vs_fuzz_format_arg((enum vs_fuzz_type)kind->types[i], step->args[i], word,
				   sizeof(word));
		length += (size_t)snprintf(text + length, size - length, " %s", word);
	}
}

/* The next word of the line, cut off; NULL where there is none. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t\r\n");
	size_t length = strcspn(word, " \t\r\n");

	if (!length || *word == '#')
		return NULL;
	*rest = word + length + (word[length] ? 1 : 0);
	word[length] = '\0';
	return word;
}

/* A word of somebody else's file, for a sentence. */
static void quote(const char *word, char *text, size_t size)
{
	size_t i;

	for (i = 0; word[i] && i + 1 < size; i++)
		text[i] = (char)(word[i] < ' ' || word[i] > '~' ? '?' : word[i]);
	text[i] = '\0';
}

int vs_fuzz_parse(const char *line, struct vs_fuzz_step *step, char *error, size_t size)
{
	char copy[VS_FUZZ_LINE], shown[32], *rest = copy, *word;
	const struct vs_fuzz_kind *kind = NULL;

	if (strlen(line) >= sizeof(copy)) {
		snprintf(error, size, "is longer than %u bytes", VS_FUZZ_LINE - 1);
		return -1;
	}
	memcpy(copy, line, strlen(line) + 1);
	*step = (struct vs_fuzz_step){ 0 };
	word = next_word(&rest);
	if (!word)
		return 0;
	quote(word, shown, sizeof(shown));
	for (unsigned i = 0; i < vs_fuzz_kind_count; i++) {
		if (strcmp(vs_fuzz_kinds[i].name, word) == 0) {
			kind = &vs_fuzz_kinds[i];
			step->kind = (uint8_t)i;
		}
	}
	if (!kind) {
		snprintf(error, size, "there is no step '%s'", shown);
		return -1;
	}
	for (unsigned i = 0; i < vs_fuzz_arg_count(kind); i++) {
		word = next_word(&rest);
		if (!word) {
			snprintf(error, size, "'%s' has %u arguments, and there are %u", kind->name,
				 vs_fuzz_arg_count(kind), i);
			return -1;
		}
		quote(word, shown, sizeof(shown));
		if (vs_fuzz_parse_arg((enum vs_fuzz_type)kind->types[i], word, &step->args[i])) {
			snprintf(error, size, "'%s' is no argument %u of '%s'", shown, i + 1,
				 kind->name);
			return -1;
		}
	}
	word = next_word(&rest);
	if (!word)
		return 1;
	quote(word, shown, sizeof(shown));
	snprintf(error, size, "'%s' is one argument too many", shown);
	return -1;
}

/* Whether the line is all there is of it: neither cut nor with a zero byte in it. */
static bool whole(const char *line, FILE *in)
{
	size_t length = strlen(line);

	return length && (line[length - 1] == '\n' || (feof(in) && length + 1 < VS_FUZZ_LINE));
}

int vs_fuzz_read(FILE *in, struct vs_fuzz_sequence *sequence, char *error, size_t size)
{
	char line[VS_FUZZ_LINE], why[160];
	struct vs_fuzz_step step;

	sequence->count = 0;
	for (unsigned number = 1; fgets(line, sizeof(line), in); number++) {
		int result = -1;

		if (!whole(line, in))
			snprintf(why, sizeof(why), "is too long, or no text");
		else
			result = vs_fuzz_parse(line, &step, why, sizeof(why));
		if (result > 0 && sequence->count == VS_FUZZ_STEPS) {
			snprintf(why, sizeof(why), "is more than the %u steps of a sequence",
				 VS_FUZZ_STEPS);
			result = -1;
		}
		if (result > 0 && !sequence->count && step.kind != VS_FUZZ_START) {
			snprintf(why, sizeof(why), "the first step has to be '%s'",
				 vs_fuzz_kinds[VS_FUZZ_START].name);
			result = -1;
		}
		if (result < 0) {
			snprintf(error, size, "line %u: %s", number, why);
			return -1;
		}
		if (result > 0)
			sequence->steps[sequence->count++] = step;
	}
	if (ferror(in) || !sequence->count) {
		snprintf(error, size, ferror(in) ? "it cannot be read" : "there is no step in it");
		return -1;
	}
	return 0;
}

void vs_fuzz_write(FILE *out, const struct vs_fuzz_sequence *sequence)
{
	char line[VS_FUZZ_LINE];

	for (unsigned i = 0; i < sequence->count; i++) {
		vs_fuzz_format(&sequence->steps[i], line, sizeof(line));
		fprintf(out, "%s\n", line);
	}
}
