/* SPDX-License-Identifier: BSD-3-Clause */
/* An examination of a driver: scenarios go in, verdicts of rules come out. */
#ifndef VS_DRIVER_RUN_H
#define VS_DRIVER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/verdict.h"
#include "exam/scenario.h"
#include "monitor/jury.h"
#include "rules/rules.h"
#include "trace/trace.h"

/* How a driver came through a scenario. */
enum vs_outcome_kind {
	VS_OUTCOME_WORKED,  /* requests were served */
	VS_OUTCOME_REFUSED, /* it left the device alone */
	VS_OUTCOME_ORDERLY, /* it gave up, or said that requests failed, and came back */
	VS_OUTCOME_WRONG,   /* it took data for good that was not */
	VS_OUTCOME_HUNG,
	VS_OUTCOME_CRASHED,
	VS_OUTCOME_UNKNOWN, /* the trace does not say */
	VS_OUTCOME_COUNT,
};

const char *vs_outcome_name(enum vs_outcome_kind outcome);

/* What the events of a trace say of the driver as a whole; starts as zeroes, hears all of them. */
struct vs_ending {
	bool served, failed, refused;
	bool bad;                     /* wrong, hung or crashed: */
	enum vs_outcome_kind outcome; /* the first of them */
};

void vs_ending_hear(struct vs_ending *ending, const struct vs_event *event);
enum vs_outcome_kind vs_ending_outcome(const struct vs_ending *ending);

#define VS_EVENTS_SHOWN 8u /* before a charge */

/* One scenario, when it is over. Good during the call that brings it. */
struct vs_scenario_result {
	const struct vs_scenario *scenario;
	const struct vs_subject *subject;
	const struct vs_trace *trace;
	const struct vs_jury *jury;
	enum vs_outcome_kind outcome;
	enum vs_verdict verdict; /* PASS, FAIL, WARN, TIMEOUT (hung), DIED (crashed), BLOCKED */
	char reason[256];        /* or "" */
	const char *output;      /* of the driver's process, or "" */
	uint64_t microseconds;
};

struct vs_driver_rule {
	bool in_run;
	enum vs_verdict verdict; /* PASS, WARN, FAIL, NOT_EXERCISED; TIMEOUT and DIED of outcomes */
	uint64_t armed, broken;  /* how often */
	unsigned exercised_in, broken_in; /* scenarios */
	char first[160];                  /* scenario in which it was first broken, or "" */
};

struct vs_driver_run;

/* A listener; any function may be NULL. */
struct vs_driver_sink {
	void (*begin)(struct vs_driver_sink *sink, const struct vs_driver_run *run);
	void (*scenario)(struct vs_driver_sink *sink, const struct vs_driver_run *run,
			 const struct vs_scenario_result *result);
	void (*rule)(struct vs_driver_sink *sink, const struct vs_driver_run *run, int rule,
		     const struct vs_driver_rule *result);
	void (*end)(struct vs_driver_sink *sink, const struct vs_driver_run *run);
};

struct vs_driver_run {
	/* Set by the caller. */
	const char *what; /* the driver, for people: "plug-in reference.so" */
	enum vs_profile profile;
	const char *const *globs; /* rules to judge; glob_count 0: all */
	unsigned glob_count;
	struct vs_driver_sink *sinks[3];
	unsigned sink_count;

	/* Results. */
	struct vs_driver_rule rules[VS_RULE_COUNT];
	unsigned by_verdict[VS_VERDICT_COUNT];
	unsigned by_outcome[VS_OUTCOME_COUNT];
	unsigned scenarios, planned; /* done; to do, 0: not known */
	bool conformant;             /* nothing was broken */
	char trouble[400];           /* why it could not run, or ended early, or "" */
};

/* Whether the run is to judge the rule: role, profile, selection. */
bool vs_driver_rule_selected(const struct vs_driver_run *run, int rule);

void vs_driver_begin(struct vs_driver_run *run);
/*
 * One scenario is over: judges its outcome, counts what the closed jury found, and tells the sinks.
 * Of `result`, the caller has filled in everything but verdict and reason.
 */
void vs_driver_add(struct vs_driver_run *run, struct vs_scenario_result *result);
void vs_driver_end(struct vs_driver_run *run);

#endif
