/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe/recording.h"

#define EVENTS 4096u /* kept to explain a breach */

struct replay {
	struct vs_driver_run *run;
	struct vs_subject subject;
	struct vs_scenario scenario;
	struct vs_trace trace;
	struct vs_ending ending;
	struct vs_jury *jury;
	bool open;
};

/* What the driver was expected to do shows in what it was tried on. */
static void see_trial(struct replay *r, const struct vs_event *event)
{
	if (event->kind != VS_EVENT_TRIAL)
		return;
	if (event->flags & VS_TRIAL_REFUSAL)
		r->scenario.expects = VS_EXPECT_REFUSES;
	else if (event->value == VS_RULE_DRIVER_ROBUST_LEGAL_DEVICE_SERVED)
		r->scenario.expects = VS_EXPECT_WORKS;
}

/* The profile that the user asks for, if it is another one, holds. */
static int subject(void *context, const struct vs_subject *subject)
{
	struct replay *r = context;

	r->subject = *subject;
	if (!subject->draft)
		r->subject.profile = (uint8_t)r->run->profile;
	r->scenario =
		(struct vs_scenario){ .expects = VS_EXPECT_ORDERLY, .tries = { VS_RULE_COUNT } };
	snprintf(r->scenario.name, sizeof(r->scenario.name), "%.*s",
		 (int)sizeof(r->scenario.name) - 1, subject->scenario);
	snprintf(r->scenario.target, sizeof(r->scenario.target), "%s", subject->device);
	r->trace.count = 0;
	r->ending = (struct vs_ending){ 0 };
	if (vs_jury_init(r->jury, &r->subject))
		return 1;
	r->open = true;
	return 0;
}

static int event(void *context, const struct vs_event *event)
{
	struct replay *r = context;

	see_trial(r, event);
	vs_trace_add(&r->trace, event);
	vs_jury_hear(r->jury, event);
	vs_ending_hear(&r->ending, event);
	return r->jury->failed;
}

static int end(void *context)
{
	struct replay *r = context;
	struct vs_scenario_result result = {
		.scenario = &r->scenario,
		.subject = &r->subject,
		.trace = &r->trace,
		.jury = r->jury,
		.outcome = vs_ending_outcome(&r->ending),
		.output = "",
	};

	r->open = false;
	vs_jury_close(r->jury);
	vs_driver_add(r->run, &result);
	vs_jury_free(r->jury);
	return 0;
}

static int replay(struct replay *r, const char *path)
{
	struct vs_recording_handler handler = { subject, event, end, r };
	struct vs_driver_run *run = r->run;
	struct vs_recording *recording =
		vs_recording_open(path, run->trouble, sizeof(run->trouble));
	int result;

	if (!recording)
		return -1;
	vs_driver_begin(run);
	result = vs_recording_read(recording, &handler, run->trouble, sizeof(run->trouble));
	if (result > 0)
		snprintf(run->trouble, sizeof(run->trouble), "out of memory");
	if (r->open)
		vs_jury_free(r->jury);
	vs_recording_close(recording);
	if (result)
		return -1;
	vs_driver_end(run);
	return 0;
}

int vs_replay_run(struct vs_driver_run *run, const char *path)
{
	struct replay r = { .run = run, .jury = calloc(1, sizeof(*r.jury)) };
	int result = -1;

	if (!r.jury || vs_trace_init(&r.trace, EVENTS))
		snprintf(run->trouble, sizeof(run->trouble), "out of memory");
	else
		result = replay(&r, path);
	vs_trace_free(&r.trace);
	free(r.jury);
	return result;
}
