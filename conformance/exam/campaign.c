/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/campaign.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/json_line.h"
#include "exam/pen.h"

#define ARGUMENT_SIZE 512u

struct work {
	struct vs_campaign *campaign;
	struct vs_pen *pen;
	struct vs_jury *jury;
	char argument[ARGUMENT_SIZE];
	enum vs_outcome_kind outcome; /* of the last scenario */
	bool modern, legacy;          /* interfaces that it has used on any plain face */
};

static bool stopped(const struct vs_campaign *c)
{
	return c->run->trouble[0] || (c->stop && *c->stop);
}

static bool selected(const struct vs_campaign *c, const char *name)
{
	for (unsigned i = 0; i < c->glob_count; i++)
		if (fnmatch(c->globs[i], name, 0) == 0)
			return true;
	return c->glob_count == 0;
}

static void record(const struct vs_campaign *c, const struct vs_pen_run *life)
{
	if (!c->record)
		return;
	vs_recorder_subject(c->record, life->subject);
	for (uint64_t i = 0; i < life->trace.count; i++)
		vs_recorder_event(c->record, vs_trace_at(&life->trace, i));
}

/* Which interfaces it used, whatever came of it: so it is a driver for them. */
static int look_at_interfaces(struct work *w, const struct vs_pen_run *life)
{
	struct vs_model *model = calloc(1, sizeof(*model));
	struct vs_seen seen;

	if (!model)
		return -1;
	vs_model_init(model, life->subject);
	for (uint64_t i = 0; i < life->trace.count; i++) {
		vs_model_see(model, vs_trace_at(&life->trace, i), &seen);
		vs_model_apply(model, &seen);
	}
	w->modern |= model->used_modern;
	w->legacy |= model->used_legacy;
	free(model);
	return 0;
}

static enum vs_outcome_kind outcome_of(const struct vs_trace *life)
{
	struct vs_ending ending = { 0 };

	for (uint64_t i = 0; i < life->count; i++)
		vs_ending_hear(&ending, vs_trace_at(life, i));
	return vs_ending_outcome(&ending);
}

/* Runs the driver through it; where `count` is false only to see what becomes of it. */
static void play(struct work *w, const struct vs_scenario *scenario, bool counts)
{
	struct vs_campaign *c = w->campaign;
	struct vs_pen_run life;
	struct vs_scenario_result result = { .scenario = scenario, .trace = &life.trace };

	w->outcome = VS_OUTCOME_UNKNOWN;
	vs_pen_run(w->pen, c->file, w->argument, scenario, c->run->profile, c->timeout_ns, &life);
	if (life.trouble) {
		snprintf(c->run->trouble, sizeof(c->run->trouble), "%s", life.trouble);
		return;
	}
	w->outcome = outcome_of(&life.trace);
	if (!counts && look_at_interfaces(w, &life)) {
		snprintf(c->run->trouble, sizeof(c->run->trouble), "out of memory");
		return;
	}
	if (!counts)
		return;
	if (vs_jury_init(w->jury, life.subject)) {
		snprintf(c->run->trouble, sizeof(c->run->trouble), "out of memory");
		return;
	}
	record(c, &life);
	for (uint64_t i = 0; i < life.trace.count; i++)
		vs_jury_hear(w->jury, vs_trace_at(&life.trace, i));
	vs_jury_close(w->jury);
	result.subject = life.subject;
	result.jury = w->jury;
	result.outcome = w->outcome;
	result.output = life.output;
	result.microseconds = life.microseconds;
	vs_driver_add(c->run, &result);
	vs_jury_free(w->jury);
}

/* Each face plain: which of them does it drive? Returns how many, in `driven`. */
static unsigned look(struct work *w, const struct vs_face *faces, unsigned count,
		     struct vs_face *driven)
{
	unsigned known = 0;

	for (unsigned i = 0; i < count && !stopped(w->campaign); i++) {
		struct vs_scenario scenario;

		vs_scenario_plain(&scenario, &faces[i]);
		play(w, &scenario, false);
		if (w->outcome == VS_OUTCOME_WORKED || w->campaign->all_faces)
			driven[known++] = faces[i];
	}
	return known;
}

/* The faces of the profile that are wanted. */
static unsigned wanted_faces(const struct vs_campaign *c, enum vs_profile profile,
			     struct vs_face faces[VS_FACES_MAX])
{
	unsigned count, kept = 0;

	vs_faces(profile, faces, &count);
	for (unsigned i = 0; i < count; i++) {
		char name[48];

		vs_face_name(&faces[i], name, sizeof(name));
		if (!c->faces || fnmatch(c->faces, name, 0) == 0)
			faces[kept++] = faces[i];
	}
	return kept;
}

static bool drives(const struct vs_face *driven, unsigned count, const char *class_name,
		   const char *interface)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(driven[i].class_name, class_name) == 0 &&
		    (!interface || strcmp(driven[i].interface, interface) == 0))
			return true;
	return false;
}

static void play_plain(struct work *w, const struct vs_face *faces, unsigned count,
		       const struct vs_face *driven, unsigned driven_count)
{
	for (unsigned i = 0; i < count && !stopped(w->campaign); i++) {
		const char *class_name = faces[i].class_name;
		struct vs_scenario scenario;

		if (!drives(driven, driven_count, class_name, NULL))
			continue;
		vs_scenario_plain(&scenario, &faces[i]);
		vs_scenario_try_plain(&scenario, &faces[i],
				      w->modern ||
					      drives(driven, driven_count, class_name, "modern"),
				      w->legacy ||
					      drives(driven, driven_count, class_name, "legacy"));
		if (selected(w->campaign, scenario.name))
			play(w, &scenario, true);
	}
}

static int play_all(struct work *w)
{
	struct vs_campaign *c = w->campaign;
	struct vs_face faces[VS_FACES_MAX], driven[VS_FACES_MAX];
	struct vs_scenario *list;
	unsigned count, driven_count;
	size_t scenarios;

	count = wanted_faces(c, c->run->profile, faces);
	driven_count = look(w, faces, count, driven);
	if (stopped(c))
		return -1;
	if (!driven_count) {
		snprintf(c->run->trouble, sizeof(c->run->trouble),
			 "the driver drives none of the mock devices: it served no request of a "
			 "plain blk, net, console or rng device; --mock TARGET shows what it does");
		return -1;
	}
	play_plain(w, faces, count, driven, driven_count);
	scenarios = vs_scenarios(driven, driven_count, &list);
	if (!list)
		snprintf(c->run->trouble, sizeof(c->run->trouble), "out of memory");
	c->run->planned = c->run->scenarios + (unsigned)scenarios;
	for (size_t i = 0; i < scenarios && !stopped(c); i++)
		if (selected(c, list[i].name))
			play(w, &list[i], true);
	free(list);
	return 0;
}

/* Devices that the user names: by TARGET, or as a scenario. */
static void play_targets(struct work *w)
{
	struct vs_campaign *c = w->campaign;

	for (unsigned i = 0; i < c->target_count && !stopped(c); i++) {
		struct vs_scenario scenario;

		if (strchr(c->targets[i], ':')) {
			vs_scenario_of_target(&scenario, c->targets[i]);
		} else if (vs_scenario_find(c->targets[i], c->run->profile, &scenario)) {
			snprintf(c->run->trouble, sizeof(c->run->trouble),
				 "there is no scenario '%s'; --list --face '*' lists them",
				 c->targets[i]);
			return;
		}
		play(w, &scenario, true);
	}
}

/* The draft has another start-up, which a driver for both has to be told of. */
static void make_argument(struct work *w)
{
	const char *given = w->campaign->argument ? w->campaign->argument : "";
	bool draft = w->campaign->run->profile == VS_PROFILE_DRAFT_2013;

	snprintf(w->argument, sizeof(w->argument), "%s%s%s", given, draft && *given ? "," : "",
		 draft ? "profile=draft-2013" : "");
}

int vs_campaign_run(struct vs_campaign *c)
{
	struct work w = { .campaign = c, .pen = vs_pen_open(), .jury = calloc(1, sizeof(*w.jury)) };
	int result = 0;

	if (!w.pen || !w.jury) {
		snprintf(c->run->trouble, sizeof(c->run->trouble), "out of memory");
		result = -1;
	} else {
		make_argument(&w);
		vs_driver_begin(c->run);
		if (c->target_count)
			play_targets(&w);
		else
			play_all(&w);
		if (c->stop && *c->stop && !c->run->trouble[0])
			snprintf(c->run->trouble, sizeof(c->run->trouble), "interrupted");
		result = c->run->scenarios ? 0 : -1;
		if (!c->run->scenarios && !c->run->trouble[0])
			snprintf(c->run->trouble, sizeof(c->run->trouble),
				 "no scenario has such a name");
		if (!result)
			vs_driver_end(c->run);
	}
	free(w.jury);
	vs_pen_close(w.pen);
	return result;
}

static void list_one(const struct vs_campaign *c, const struct vs_scenario *s, bool jsonl)
{
	if (!selected(c, s->name))
		return;
	if (jsonl)
		vs_put_json(stdout, json_pack("{s:s, s:s, s:s, s:s?}", "scenario", s->name,
					      "target", s->target, "expects",
					      vs_expectation_name(s->expects), "says", s->says));
	else
		printf("%-8s %-48s %s\n", vs_expectation_name(s->expects), s->name, s->target);
}

static void list_quirks(const struct vs_campaign *c, const struct vs_face *faces, unsigned count,
			bool jsonl)
{
	struct vs_scenario *list;
	size_t scenarios = vs_scenarios(faces, count, &list);

	for (size_t i = 0; i < scenarios; i++)
		list_one(c, &list[i], jsonl);
	free(list);
}

void vs_campaign_list(const struct vs_campaign *c, enum vs_profile profile, bool jsonl, bool every)
{
	struct vs_face faces[VS_FACES_MAX];
	unsigned count = wanted_faces(c, profile, faces);

	for (unsigned i = 0; i < count; i++) {
		struct vs_scenario plain;

		vs_scenario_plain(&plain, &faces[i]);
		list_one(c, &plain, jsonl);
	}
	for (unsigned i = 0; every && i < count; i++)
		list_quirks(c, &faces[i], 1, jsonl);
	if (!every)
		list_quirks(c, faces, count, jsonl);
}
