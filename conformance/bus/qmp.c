/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/qmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 65536u

int vs_qmp_open(struct vs_qmp *qmp, int fd)
{
	*qmp = (struct vs_qmp){ 0 };
	return vs_line_channel_open(&qmp->channel, fd, LINE_SIZE);
}

void vs_qmp_close(struct vs_qmp *qmp)
{
	vs_line_channel_close(&qmp->channel);
}

/* The next object that is no event. The caller owns *object. */
static enum vs_line_result receive(struct vs_qmp *qmp, uint64_t deadline, json_t **object)
{
	for (;;) {
		enum vs_line_result result;
		char *line;

		result = vs_line_channel_receive(&qmp->channel, &line, deadline);
		if (result)
			return result;
		*object = json_loads(line, 0, NULL);
		if (!json_is_object(*object)) {
			json_decref(*object);
			return VS_LINE_CLOSED;
		}
		if (!json_object_get(*object, "event"))
			return VS_LINE_OK;
		json_decref(*object);
		if (vs_monotonic_ns() > deadline)
			return VS_LINE_LATE;
	}
}

static enum vs_line_result send_command(struct vs_qmp *qmp, const char *command, json_t *arguments,
					uint64_t deadline)
{
	json_t *object = json_object();
	enum vs_line_result result = VS_LINE_CLOSED;
	char *text;

	json_object_set_new(object, "execute", json_string(command));
	if (arguments)
		json_object_set_new(object, "arguments", arguments);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (text) {
		result = vs_line_channel_send(&qmp->channel, text, strlen(text), deadline);
		if (!result)
			result = vs_line_channel_send(&qmp->channel, "\n", 1, deadline);
	}
	free(text);
	return result;
}

enum vs_line_result vs_qmp_execute(struct vs_qmp *qmp, const char *command, json_t *arguments,
				   uint64_t deadline, bool *done, char *text, size_t size)
{
	enum vs_line_result result = send_command(qmp, command, arguments, deadline);
	const char *why;
	json_t *object;

	*done = false;
	if (result)
		return result;
	result = receive(qmp, deadline, &object);
	if (result)
		return result;
	*done = json_object_get(object, "return") != NULL;
	if (!*done) {
		why = json_string_value(json_object_get(json_object_get(object, "error"), "desc"));
		snprintf(text, size, "%s", why ? why : "no reason given");
	}
	json_decref(object);
	return VS_LINE_OK;
}

enum vs_line_result vs_qmp_greet(struct vs_qmp *qmp, uint64_t deadline)
{
	enum vs_line_result result;
	int major, minor, micro;
	json_t *greeting;
	char text[64];
	bool done;

	result = receive(qmp, deadline, &greeting);
	if (result)
		return result;
	if (json_unpack(greeting, "{s:{s:{s:{s:i, s:i, s:i}}}}", "QMP", "version", "qemu", "major",
			&major, "minor", &minor, "micro", &micro)) {
		json_decref(greeting);
		return VS_LINE_CLOSED;
	}
	json_decref(greeting);
	snprintf(qmp->version, sizeof(qmp->version), "%d.%d.%d", major, minor, micro);
	result = vs_qmp_execute(qmp, "qmp_capabilities", NULL, deadline, &done, text, sizeof(text));
	return result || done ? result : VS_LINE_CLOSED;
}
