/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands by which somebody leads a guest's driver through scenarios. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "engine/json_line.h"
#include "exam/listen_internal.h"

#define WAIT_MS 10 /* between two looks for a command */

/* What a client says may be no UTF-8, and is answered all the same. */
static void refuse(FILE *out, const char *reason)
{
	vs_put_json(out,
		    json_pack("{s:s, s:o}", "type", "refused", "reason", vs_json_text(reason)));
}

/* The name says which scenario it is; its device may be given in another form. */
static void begin(struct vs_listen *l, FILE *out, const char *name, const char *target)
{
	struct vs_scenario scenario;
	char error[400] = "";

	if (vs_scenario_find(name, l->setup.run->profile, &scenario)) {
		snprintf(error, sizeof(error), "there is no scenario '%s'", name);
		refuse(out, error);
		return;
	}
	if (target)
		snprintf(scenario.target, sizeof(scenario.target), "%s", target);
	vs_listen_end(l);
	if (vs_listen_become(l, scenario.target, error, sizeof(error))) {
		refuse(out, error);
		return;
	}
	if (vs_listen_begin(l, &scenario)) {
		refuse(out, "out of memory");
		return;
	}
	vs_put_json(out,
		    json_pack("{s:s, s:o, s:o, s:s}", "type", "ready", "scenario",
			      vs_json_text(scenario.name), "target", vs_json_text(scenario.target),
			      "expects", vs_expectation_name(scenario.expects)));
}

static void conclude(struct vs_listen *l, FILE *out, const char *word)
{
	static const struct {
		const char *word;
		enum vs_life life;
	} lives[] = {
		{ "worked", VS_LIFE_SERVED },   { "failed", VS_LIFE_UNSERVED },
		{ "refused", VS_LIFE_REFUSED }, { "hung", VS_LIFE_HUNG },
		{ "crashed", VS_LIFE_CRASHED },
	};
	size_t i = 0;

	if (!l->open) {
		refuse(out, "no scenario is open");
		return;
	}
	while (word && i < sizeof(lives) / sizeof(lives[0]) && strcmp(lives[i].word, word) != 0)
		i++;
	if (i == sizeof(lives) / sizeof(lives[0])) {
		refuse(out, "a verdict is worked, failed, refused, hung or crashed");
		return;
	}
	if (word)
		vs_listen_tell(l, (struct vs_event){ .kind = VS_EVENT_LIFE,
						     .region = VS_REGION_NONE,
						     .value = lives[i].life });
	vs_listen_end(l);
	vs_put_json(out, json_pack("{s:s}", "type", "scenario-end"));
}

/* Whether to go on. */
static bool obey(struct vs_listen *l, FILE *out, char *line)
{
	char *rest = NULL;
	const char *command = strtok_r(line, " \t\r", &rest);
	const char *first = strtok_r(NULL, " \t\r", &rest);
	const char *second = strtok_r(NULL, " \t\r", &rest);

	if (!command)
		return true;
	if (strcmp(command, "quit") == 0)
		return false;
	if (strcmp(command, "scenario") == 0 && first)
		begin(l, out, first, second);
	else if (strcmp(command, "verdict") == 0)
		conclude(l, out, first);
	else
		refuse(out, "a command is scenario NAME [TARGET], verdict [WORD] or quit");
	return true;
}

bool vs_listen_obey_lines(struct vs_listen *l, FILE *out, struct vs_listen_lines *in)
{
	char *end;

	while ((end = memchr(in->text, '\n', in->used)) != NULL) {
		size_t length = (size_t)(end - in->text) + 1;
		bool more = true;

		*end = '\0';
		if (in->skipping)
			in->skipping = false;
		else
			more = obey(l, out, in->text);
		in->used -= length;
		memmove(in->text, in->text + length, in->used);
		if (!more)
			return false;
	}
	if (in->used == sizeof(in->text)) {
		if (!in->skipping)
			refuse(out, "the line is too long");
		in->used = 0;
		in->skipping = true;
	}
	return true;
}

static void read_more(struct vs_listen_lines *in)
{
	struct pollfd ready = { .fd = in->fd, .events = POLLIN };
	ssize_t got;

	if (poll(&ready, 1, 0) <= 0)
		return;
	got = read(in->fd, in->text + in->used, sizeof(in->text) - in->used);
	if (got > 0)
		in->used += (size_t)got;
	else if (got == 0 || (errno != EINTR && errno != EAGAIN))
		in->ended = true;
}

int vs_listen_obey(struct vs_listen *l, int in, FILE *out)
{
	struct vs_listen_lines lines = { .fd = in };

	vs_put_json(out, json_pack("{s:s, s:s}", "type", "listening", "path", l->setup.path));
	while (!*l->setup.stop && !lines.ended) {
		if (vs_listen_serve(l, WAIT_MS) < 0)
			return -1;
		read_more(&lines);
		if (!vs_listen_obey_lines(l, out, &lines))
			break;
	}
	vs_listen_end(l);
	return 0;
}
