/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine/json_line.h"

#include <stdlib.h>
#include <string.h>

/* One object, one line, out at once: a run that is killed keeps what it found. */
void vs_put_json(FILE *out, json_t *object)
{
	json_dumpf(object, out, JSON_COMPACT);
	fputc('\n', out);
	fflush(out);
	json_decref(object);
}

/* Text of a process may hold any bytes; what is not UTF-8 is replaced. */
json_t *vs_json_text(const char *bytes)
{
	json_t *string = json_string(bytes);

	if (!string) {
		char *copy = strdup(bytes);

		for (char *c = copy; c && *c; c++)
			if (*c & 0x80)
				*c = '?';
		string = json_string(copy ? copy : "");
		free(copy);
	}
	return string;
}

json_t *vs_json_text_or_null(const char *bytes)
{
	return bytes && *bytes ? vs_json_text(bytes) : json_null();
}
