/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs the checks of a plan one by one, each on a device that was reset, each with a deadline. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/runner.h"
#include "engine/self_watch.h"

#define TRACE_EVENTS 4096u /* kept of the run: more than any one check needs to explain itself */

/* A bus that is lost or a check out of time: on with what follows the check. */
static void lose(void *context)
{
	struct vs_ctx *t = context;

	longjmp(*(jmp_buf *)t->resume, 2);
}

static void begin_outcome(const struct vs_run *run, struct vs_ctx *t)
{
	struct vs_outcome *o = t->outcome;
	char text[160];

	for (unsigned i = 0; o->check->rules[i] != VS_RULE_COUNT; i++) {
		const char *why = NULL;
		int rule = o->check->rules[i];

		o->rules[i] = VS_NOT_APPLICABLE;
		if (!vs_rule_selected(run, rule))
			continue;
		why = vs_rule_inapplicable(run, rule, o->view, text, sizeof(text));
		t->applies[i] = !why;
		if (why)
			o->reasons[i] = strdup(why);
	}
	o->blocked_by = -1;
}

/* PASS where something was judged and nothing failed, VACUOUS where nothing was. */
static void settle_verdicts(struct vs_ctx *t)
{
	struct vs_outcome *o = t->outcome;

	for (unsigned i = 0; o->check->rules[i] != VS_RULE_COUNT; i++) {
		if (t->applies[i] && o->rules[i] == VS_NOT_APPLICABLE && !o->reason[0]) {
			o->rules[i] = o->judged[i] ? VS_PASS : VS_VACUOUS;
		} else if (t->applies[i] && o->rules[i] == VS_NOT_APPLICABLE && o->judged[i]) {
			o->rules[i] = VS_PASS;
		}
		if (o->rules[i] == VS_VACUOUS && !o->reason[0])
			snprintf(o->reason, sizeof(o->reason), "the check judged nothing");
		if (o->verdict < o->rules[i])
			o->verdict = o->rules[i];
	}
	if (o->stray && o->verdict < VS_WARN)
		o->verdict = VS_WARN;
}

/* Leaves the device reset. Returns 0, -1 where it does not reset; may lose the device. */
static int leave(struct vs_session *s)
{
	/* What it did not get as far as trying to reset is as it was; but it may have tried. */
	if (!s->common || s->stage < VS_STAGE_COMMON)
		return s->trouble.rule == VS_RULE_STATUS_RESET_READS_ZERO ? -1 : 0;
	vs_msix_disable(s);
	if (vs_reset(s))
		return -1;
	vs_restore_config(s);
	return 0;
}

/* Starts the device anew, where the bus can. */
static void restart(struct vs_run *run)
{
	run->resets = false;
	if (!(run->bus->features & VS_BUS_RESTART) || vs_bus_restart(run->bus) ||
	    vs_function_read(run->bus, &run->fn, run->fn.draft))
		return;
}

/* A device that a blow has hurt may stay so over a reset: it is no good for other checks. */
static bool is_hurt(const struct vs_ctx *t)
{
	const struct vs_outcome *o = t->outcome;

	return vs_rules[o->check->rules[0]].robustness && o->finding_count && !t->recovered;
}

/* The check and what comes after it, in the frame that longjmp returns to. */
static void run_guarded(struct vs_run *run, struct vs_ctx *t)
{
	const struct vs_check *check = t->outcome->check;
	volatile int phase = 0; /* 0 the check, 1 leaving */
	bool left;

	switch (setjmp(*(jmp_buf *)t->resume)) {
	case 0:
		if (vs_session_advance(t->s, check->stage))
			vs_block_by_trouble(t);
		if ((check->needs & VS_NEEDS_ISR) && !t->s->isr)
			vs_block(t, VS_RULE_PCI_ISR_PRESENT, "no ISR capability is usable");
		check->run(t);
		break;
	case 1: /* the check ended early */
		break;
	default:
		if (phase == 0)
			vs_conclude_lost(t);
		vs_guard_look(t->s);
		restart(run);
		return;
	}
	phase = 1;
	t->s->deadline = UINT64_MAX;
	left = leave(t->s) == 0;
	vs_guard_look(t->s);
	if (left && !is_hurt(t))
		run->resets = true;
	else if (run->resets) /* it did reset before this check: start with a fresh one */
		restart(run);
}

/* Wall time: a bus may run on a clock of its own. */
static uint64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void run_step(struct vs_run *run, struct vs_step step, struct vs_outcome *o)
{
	const struct vs_check *check = step.check;
	struct vs_session session;
	jmp_buf resume;
	struct vs_ctx t = { .s = &session,
			    .run = run,
			    .probe = &run->probes[step.view],
			    .outcome = o,
			    .resume = &resume };
	uint64_t since = wall_ns();
	const char *why = NULL, *output;
	char text[160];

	o->check = check;
	o->view = step.view;
	vs_session_open(&session, run->bus, &run->fn);
	session.view = step.view;
	session.setup = check->setup;
	session.lost = lose;
	session.lost_context = &t;
	session.deadline = vs_bus_now(run->bus) + run->timeout_ns;
	if (session.patience_ns > run->timeout_ns)
		session.patience_ns = run->timeout_ns;
	run->trace_start = run->trace.count;
	begin_outcome(run, &t);
	for (unsigned i = 0; !why && check->rules[i] != VS_RULE_COUNT && !t.applies[i]; i++)
		if (check->rules[i + 1] == VS_RULE_COUNT)
			why = o->reasons[0] ? o->reasons[0] : "its rules are not selected";
	if (!why)
		why = vs_check_inapplicable(run, step, text, sizeof(text));
	if (why)
		snprintf(o->reason, sizeof(o->reason), "%s", why);
	else
		run_guarded(run, &t);
	vs_judge_guards(&t);
	settle_verdicts(&t);
	vs_session_close(&session);
	vs_self_watch_look(run, check, step.view);
	output = vs_bus_evidence(run->bus);
	if (output && *output)
		o->process_output = strdup(output);
	o->microseconds = (wall_ns() - since) / 1000;
}

static void tell_check(struct vs_run *run, const struct vs_outcome *o)
{
	for (unsigned i = 0; i < run->sink_count; i++)
		if (run->sinks[i]->check)
			run->sinks[i]->check(run->sinks[i], run, o);
}

/* Makes room for `count` more outcomes. */
static int plan_more(struct vs_run *run, size_t count)
{
	size_t planned = run->planned + count;
	struct vs_outcome *outcomes = realloc(run->outcomes, (planned + 1) * sizeof(*outcomes));

	if (!outcomes) {
		snprintf(run->trouble, sizeof(run->trouble), "out of memory");
		return -1;
	}
	memset(outcomes + run->planned, 0, (count + 1) * sizeof(*outcomes));
	run->outcomes = outcomes;
	run->planned = planned;
	return 0;
}

/* Runs steps; false when the run has to end. */
static bool run_steps(struct vs_run *run, const struct vs_step *plan, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		run_step(run, plan[i], &run->outcomes[run->outcome_count++]);
		if (run->began)
			tell_check(run, &run->outcomes[run->outcome_count - 1]);
		if (run->stop && *run->stop) {
			snprintf(run->trouble, sizeof(run->trouble), "interrupted");
			return false;
		}
		if (run->bus->state != VS_BUS_ALIVE) {
			snprintf(run->trouble, sizeof(run->trouble),
				 "the device could not be started again: %s", run->bus->reason);
			return false;
		}
	}
	return true;
}

static void begin(struct vs_run *run)
{
	for (unsigned i = 0; i < run->sink_count; i++)
		if (run->sinks[i]->begin)
			run->sinks[i]->begin(run->sinks[i], run);
	run->began = true;
	for (size_t i = 0; i < run->outcome_count; i++)
		tell_check(run, &run->outcomes[i]);
}

static void end(struct vs_run *run)
{
	for (int rule = 0; rule < VS_RULE_COUNT; rule++)
		for (unsigned i = 0; run->rules[rule].in_run && i < run->sink_count; i++)
			if (run->sinks[i]->rule)
				run->sinks[i]->rule(run->sinks[i], run, rule, &run->rules[rule]);
	for (unsigned i = 0; i < run->sink_count; i++)
		if (run->sinks[i]->end)
			run->sinks[i]->end(run->sinks[i], run);
}

/* The part of the plan that is due: 0, -1 when the run has to end, with trouble. */
static int run_part(struct vs_run *run, bool fresh)
{
	size_t count;
	struct vs_step *plan = vs_plan(run, fresh, &count);
	int result = -1;

	if (!plan)
		snprintf(run->trouble, sizeof(run->trouble), "out of memory");
	else if (plan_more(run, count) == 0) {
		if (!fresh)
			begin(run);
		result = run_steps(run, plan, count) ? 0 : -1;
	}
	free(plan);
	return result;
}

int vs_run_device(struct vs_run *run)
{
	run->rules = calloc(VS_RULE_COUNT, sizeof(*run->rules));
	run->bus->trace = &run->trace;
	run->bus->shadow = calloc(1, run->bus->dma.size);
	if (!run->rules) {
		snprintf(run->trouble, sizeof(run->trouble), "out of memory");
		return -1;
	}
	if (vs_trace_init(&run->trace, TRACE_EVENTS) ||
	    (run->watch_self && vs_self_watch_open(run)) || vs_probe_function(run))
		return -1;
	if (!vs_anything_to_check(run)) {
		snprintf(run->trouble, sizeof(run->trouble), "no check judges such a rule");
		return -1;
	}
	/* What needs a device at power-on goes before anything else touches it. */
	if (run_part(run, true) == 0) {
		vs_probe_device(run);
		vs_self_watch_look(run, NULL, vs_main_view(run));
		run_part(run, false);
	}
	vs_self_watch_end(run);
	if (!run->began)
		begin(run);
	vs_judge_rules(run);
	end(run);
	return 0;
}

void vs_run_free(struct vs_run *run)
{
	for (size_t i = 0; i < run->outcome_count; i++) {
		struct vs_outcome *o = &run->outcomes[i];

		for (unsigned f = 0; f < vs_findings_kept(o); f++)
			for (unsigned e = 0; e < VS_EVIDENCE_MAX; e++)
				free(o->findings[f].evidence[e]);
		for (unsigned r = 0; r < VS_RULES_OF_CHECK; r++)
			free(o->reasons[r]);
		free(o->findings);
		free(o->process_output);
	}
	vs_self_watch_close(run);
	free(run->faults);
	free(run->outcomes);
	free(run->rules);
	free(run->bus->shadow);
	run->bus->shadow = NULL;
	vs_trace_free(&run->trace);
}
