/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/text.h"

#include <string.h>

const char *vs_paint(bool colour, enum vs_verdict verdict)
{
	if (!colour)
		return "";
	switch (verdict) {
	case VS_PASS:
		return "\033[32m";
	case VS_WARN:
	case VS_VACUOUS:
	case VS_BLOCKED:
		return "\033[33m";
	case VS_FAIL:
	case VS_TIMEOUT:
	case VS_DIED:
		return "\033[31m";
	default:
		return "\033[2m";
	}
}

const char *vs_unpaint(bool colour)
{
	return colour ? "\033[0m" : "";
}

/* Breaks text at blanks so that lines stay readable; `indent` columns from the second line on. */
static void put_wrapped(FILE *out, const char *text, int indent)
{
	const int width = 96;
	int column = indent;

	while (*text) {
		int word = (int)strcspn(text, " \n");

		if (column > indent && column + word > width) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		}
		fprintf(out, "%.*s", word, text);
		column += word;
		text += word;
		if (*text == '\n') {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (*text) {
			fputc(' ', out);
			column++;
		}
		text += *text != '\0';
	}
	fputc('\n', out);
}

void vs_put_labelled(FILE *out, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(out, "        %-9s ", label);
	put_wrapped(out, text, 18);
}
