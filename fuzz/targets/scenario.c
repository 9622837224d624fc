/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a user or a client says of scenarios: their names, which lead to a device and back, and the
 * commands by which somebody leads a guest's driver through them.
 *
 * An input is two bytes: the profile, and how many bytes of the text come at once; then text. In
 * even pieces its lines are names and targets, in odd ones commands.
 *
 * Rooms: mock_class mock_quirks vs_monitor
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "bus/mock_target.h"
#include "exam/listen_internal.h"
#include "exam/scenario.h"
#include "fuzz/support/target.h"

#define TEXT_MAX  1500u
#define NAMES_MAX 2u /* of scenarios that are looked for: every one of them is made for that */

const struct fuzz_shape fuzz_shape = { 0 };

/* A scenario is one that can be shown: a mock device takes its target. */
static void hold_scenario(const struct vs_scenario *scenario)
{
	struct mock_settings settings;
	struct vs_target target;
	unsigned tries = 0;
	char error[400];

	while (tries < VS_SCENARIO_TRIES && scenario->tries[tries] != VS_RULE_COUNT)
		if (scenario->tries[tries++] > VS_RULE_COUNT)
			fuzz_oracle("scenario-tries", "%s", scenario->name);
	if (tries == VS_SCENARIO_TRIES)
		fuzz_oracle("scenario-tries", "%s has no end of them", scenario->name);
	if (vs_target_parse(scenario->target, &target, error, sizeof(error)))
		fuzz_oracle("scenario-target", "%s: %s", scenario->name, error);
	if (vs_mock_settings(&target, &settings, error, sizeof(error)))
		fuzz_oracle("scenario-target", "%s: %s", scenario->name, error);
	vs_target_free(&target);
}

/* A name leads to a scenario of that name, and to none of a face that there is not. */
static void find(const char *name, enum vs_profile profile)
{
	const char *at = strchr(name, '@');
	struct vs_face faces[VS_FACES_MAX];
	struct vs_scenario scenario;
	unsigned count, known = 0;

	vs_faces(profile, faces, &count);
	if (count > VS_FACES_MAX)
		fuzz_oracle("scenario-faces", "%u", count);
	for (unsigned i = 0; i < count; i++) {
		char face[48];

		vs_face_name(&faces[i], face, sizeof(face));
		known += strcmp(at ? at + 1 : name, face) == 0;
	}
	if (known > 1)
		fuzz_oracle("scenario-faces", "%u are called %s", known, name);
	if (!known && !at)
		return;
	if (vs_scenario_find(name, profile, &scenario)) {
		if (known && !at)
			fuzz_oracle("scenario-find", "%s is not found", name);
		return;
	}
	if (!known || strcmp(scenario.name, name) != 0)
		fuzz_oracle("scenario-find", "%s leads to %s", name, scenario.name);
	hold_scenario(&scenario);
}

/* Any text may be a target that a user names; it is kept as far as there is room. */
static void of_target(const char *text)
{
	struct vs_scenario scenario;
	size_t length = strlen(text);

	vs_scenario_of_target(&scenario, text);
	if (strncmp(scenario.target, text, sizeof(scenario.target) - 1) != 0 ||
	    strlen(scenario.target) !=
		    (length < sizeof(scenario.target) - 1 ? length : sizeof(scenario.target) - 1))
		fuzz_oracle("scenario-target", "of '%s' stays '%s'", text, scenario.target);
}

/* The one listener, and what it judges for. */
struct stage {
	struct vs_driver_run run;
	struct vs_listen *listen;
};

static struct stage *the_stage(void)
{
	static struct stage stage;
	static const int stop;
	char path[] = "/tmp/virtspec-fuzz-XXXXXX", error[400] = "";
	struct vs_listen_setup setup = {
		.run = &stage.run, .path = path, .target = "mock:rng", .stop = &stop
	};
	int fd;

	if (stage.listen)
		return &stage;
	fd = mkstemp(path);
	if (fd < 0 || close(fd) || unlink(path))
		abort();
	stage.listen = vs_listen_open(&setup, error, sizeof(error));
	if (!stage.listen)
		abort();
	unlink(path);
	stage.listen->setup.path = "";
	return &stage;
}

/* Every answer is one object with a type, on a line of its own. */
static void hold_answers(char *text, unsigned commands)
{
	unsigned answers = 0;
	char *rest = NULL;

	if (strstr(text, "\n\n") || *text == '\n')
		fuzz_oracle("command-answer", "an empty line");
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *answer = json_loads(line, 0, NULL);

		if (!json_is_string(json_object_get(answer, "type")))
			fuzz_oracle("command-answer", "'%s'", line);
		json_decref(answer);
		answers++;
	}
	if (answers > commands)
		fuzz_oracle("command-answer", "%u to %u commands", answers, commands);
}

static unsigned lines_of(const char *text, size_t size)
{
	unsigned count = 1;

	for (size_t i = 0; i < size; i++)
		count += text[i] == '\n';
	return count;
}

/* The text as commands, in pieces. A device that is named may not read files. */
static void command(const char *text, size_t size, unsigned piece, enum vs_profile profile)
{
	struct stage *stage = the_stage();
	struct vs_listen_lines lines = { .fd = -1 };
	char *answers = NULL, error[400];
	size_t length, at = 0;
	FILE *out = open_memstream(&answers, &length);

	if (!out || vs_listen_become(stage->listen, "mock:rng", error, sizeof(error)))
		abort();
	stage->run = (struct vs_driver_run){ .what = "fuzz", .profile = profile };
	while (at < size) {
		size_t room = sizeof(lines.text) - lines.used, step = size - at;

		if (!room)
			fuzz_oracle("command-room", "none is left");
		step = step < piece ? step : piece;
		step = step < room ? step : room;
		memcpy(lines.text + lines.used, text + at, step);
		lines.used += step;
		at += step;
		if (!vs_listen_obey_lines(stage->listen, out, &lines))
			break;
	}
	vs_listen_end(stage->listen);
	fclose(out);
	hold_answers(answers, lines_of(text, size));
	free(answers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = fuzz_input(data, size);
	enum vs_profile profile = (enum vs_profile)fuzz_below(&in, VS_PROFILE_COUNT);
	unsigned piece = fuzz_below(&in, 256), names = 0;
	size_t left = fuzz_left(&in), length = left < TEXT_MAX ? left : TEXT_MAX;
	char *text = malloc(length + 1), *rest = NULL;

	if (!text)
		abort();
	fuzz_bytes(&in, text, length);
	text[length] = '\0';
	if (piece % 2) {
		if (!memmem(text, length, "disk=", 5))
			command(text, length, piece, profile);
		*text = '\0';
	}
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (names++ < NAMES_MAX)
			find(line, profile);
		of_target(line);
	}
	free(text);
	return 0;
}

static void give(struct fuzz_seeds *seeds, const char *name, const char *text, uint8_t piece)
{
	char seed[1400] = { VS_PROFILE_1_3, (char)piece };
	int length = snprintf(seed + 2, sizeof(seed) - 2, "%s", text);

	fuzz_seed(seeds, name, seed, 2 + (size_t)length);
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	static const char verdict[] = "verdict\n";
	char line[VS_LISTEN_LINE + 100];

	give(seeds, "names", "blk-modern\nrng-legacy-big\nnet-modern-packed\n", 0);
	give(seeds, "quirk", "notify-multiplier=6@blk-modern\nisr-not-cleared@rng-modern\n", 0);
	give(seeds, "target", "mock:blk,quirk=notify-multiplier=6,quirk=isr-not-cleared", 0);
	give(seeds, "commands",
	     "scenario rng-modern\nverdict worked\n"
	     "scenario blk-modern mock:blk,ring=packed\nverdict\nquit\n",
	     41);
	give(seeds, "wrong", "verdict\nscenario nobody\nverdict happy\nscenario x qemu:x\n", 255);
	give(seeds, "latin", "scenario \xe9t\xe9@rng-modern\n", 9);
	/* A line that nearly fills the room there is, and more than fills it with another. */
	memset(line, 'x', sizeof(line));
	memcpy(line + VS_LISTEN_LINE - 1, verdict, sizeof(verdict));
	give(seeds, "full", line, 201);
	memset(line, 'x', sizeof(line));
	memcpy(line + VS_LISTEN_LINE + 50, verdict, sizeof(verdict));
	give(seeds, "long", line, 101);
}
