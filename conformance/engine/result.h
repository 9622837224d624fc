/* SPDX-License-Identifier: BSD-3-Clause */
/* What a run found: findings, outcomes of checks, verdicts of rules; and who wants to hear of it.
 */
#ifndef VS_RESULT_H
#define VS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/check.h"
#include "engine/verdict.h"

#define VS_FINDINGS_MAX   8u  /* of one check; what is beyond is counted */
#define VS_EVIDENCE_MAX   12u /* accesses shown with a finding */
#define VS_RULES_OF_CHECK 4u
#define VS_REASON_MAX     352u /* bytes of a sentence, room for what a bus says */

struct vs_finding {
	int rule;        /* enum vs_rule_id */
	uint8_t verdict; /* enum vs_verdict: WARN or worse */
	char expected[160];
	char observed[240];
	char where[80];       /* or "" */
	uint64_t trace_first; /* events [trace_first, trace_last) of the run led to it */
	uint64_t trace_last;
	char *evidence[VS_EVIDENCE_MAX]; /* the last of these, one line each; NULL ends the list */
};

struct vs_outcome {
	const struct vs_check *check;
	enum vs_view view;
	enum vs_verdict verdict;                  /* the worst of what follows */
	enum vs_verdict rules[VS_RULES_OF_CHECK]; /* by position in check->rules */
	char *reasons[VS_RULES_OF_CHECK];         /* why a rule does not apply, or NULL */
	unsigned judged[VS_RULES_OF_CHECK];       /* expectations looked at */
	char reason[VS_REASON_MAX];  /* NOT_APPLICABLE, BLOCKED, VACUOUS, TIMEOUT, DIED: why */
	int blocked_by;              /* the rule in whose breach the obstacle lies, or -1 */
	struct vs_finding *findings; /* vs_findings_kept() of them */
	unsigned finding_count;      /* may be more: only VS_FINDINGS_MAX are kept */
	bool stray;           /* a finding is of VS_RULE_ROBUST_STRAY_WRITE, whatever its rules */
	char *process_output; /* what the device's process wrote meanwhile, or NULL */
	char where[80];
	uint64_t microseconds;
};

static inline unsigned vs_findings_kept(const struct vs_outcome *o)
{
	if (!o->findings)
		return 0;
	return o->finding_count < VS_FINDINGS_MAX ? o->finding_count : VS_FINDINGS_MAX;
}

struct vs_rule_result {
	enum vs_verdict verdict;
	bool in_run;                /* binds a device, in this profile, selected */
	char reason[VS_REASON_MAX]; /* of NOT_APPLICABLE, NOT_TESTED, BLOCKED and their like */
};

/* What became of one benign request before any check. */
enum vs_answer {
	VS_ANSWER_NONE,    /* there is none for this device type, or its queue has no room for it */
	VS_ANSWER_SERVED,  /* it completed */
	VS_ANSWER_MISSING, /* the device was brought up and did not complete it */
};

/* What the device turned out to be in one view, before any check. */
struct vs_probe {
	bool live; /* features were negotiated once: `offered` and the queues are known */
	struct vs_features offered;
	uint16_t num_queues;
	uint8_t has;   /* VS_HAS_… of rules.h */
	bool comes_up; /* a plain driver reaches DRIVER_OK */
	enum vs_answer answer;
};

/* One check in one view. */
struct vs_step {
	const struct vs_check *check;
	enum vs_view view;
};

struct vs_run;

/* A listener. Any function may be NULL. Called in order: begin, check…, rule…, end. */
struct vs_sink {
	void (*begin)(struct vs_sink *sink, const struct vs_run *run);
	void (*check)(struct vs_sink *sink, const struct vs_run *run,
		      const struct vs_outcome *outcome);
	void (*rule)(struct vs_sink *sink, const struct vs_run *run, int rule,
		     const struct vs_rule_result *result);
	void (*end)(struct vs_sink *sink, const struct vs_run *run);
};

struct vs_self_watch;

/* A driver's rule that the suite itself broke, unannounced. */
struct vs_fault {
	const struct vs_check *check; /* or NULL: the engine's own doing */
	enum vs_view view;
	uint16_t rule;
	char observed[200];
};

struct vs_run {
	/* Set by the caller. */
	struct vs_bus *bus;
	const char *target;
	enum vs_profile profile;
	const char *const *globs; /* rules to judge, shell patterns; glob_count 0: all */
	unsigned glob_count;
	uint64_t timeout_ns; /* per check */
	struct vs_sink *sinks[3];
	unsigned sink_count;
	volatile const int *stop; /* set to non-zero by a signal: end after this check; or NULL */
	bool watch_self;          /* judge the suite's own accesses as a driver's */

	/* Filled in by vs_run_device(). */
	struct vs_function fn;
	bool modern, legacy; /* interfaces that it has */
	struct vs_probe probes[VS_VIEW_COUNT];
	struct vs_trace trace;
	struct vs_outcome *outcomes;
	size_t outcome_count, planned;
	struct vs_rule_result *rules;          /* VS_RULE_COUNT of them */
	unsigned by_verdict[VS_VERDICT_COUNT]; /* rules */
	bool began;                            /* the sinks were told of the beginning */
	bool conformant; /* nothing worse than PASS, and the whole plan was run */
	bool resets;     /* a reset worked since the device was last started */
	struct vs_self_watch *self_watch;
	struct vs_fault *faults; /* of the suite, with watch_self */
	unsigned fault_count;
	uint64_t trace_start; /* number of the first event of the check that is running */
	char trouble[400];    /* why it could not run at all, or ended early; or "" */
};

/*
 * Examines the device behind run->bus. Returns 0, or -1 with run->trouble when nothing could be
 * run. Results stay valid until vs_run_free().
 */
int vs_run_device(struct vs_run *run);
void vs_run_free(struct vs_run *run);

/* Whether the run is to judge the rule at all: role, profile, selection. */
bool vs_rule_selected(const struct vs_run *run, int rule);

/* Whether the device can be seen in this way, as far as is known by now. */
bool vs_view_available(const struct vs_run *run, enum vs_view view);
/* The view that tells what the device is: the modern one, if it has that. */
enum vs_view vs_main_view(const struct vs_run *run);

/* Why the rule means nothing on this device in this view, or NULL when it applies. Static or in
 * text. */
const char *vs_rule_inapplicable(const struct vs_run *run, int rule, enum vs_view view, char *text,
				 size_t size);
const char *vs_check_inapplicable(const struct vs_run *run, struct vs_step step, char *text,
				  size_t size);

/* Whether a check judges one of the selected rules at all. */
bool vs_anything_to_check(const struct vs_run *run);

/*
 * What a run does, in the order in which it goes: *count steps, to be freed. `fresh`: the checks
 * that need a device at power-on; otherwise all the others, which takes a probed device.
 */
struct vs_step *vs_plan(const struct vs_run *run, bool fresh, size_t *count);

/* Order of sections ("2.4.1" before "2.10"), as strcmp. */
int vs_section_compare(const char *a, const char *b);

#endif
