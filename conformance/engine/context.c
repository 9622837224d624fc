/* SPDX-License-Identifier: BSD-3-Clause */
/* What checks call: judging, ending early, and building on what others judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/place.h"
#include "engine/result.h"
#include "engine/runner.h"

static void end_check(struct vs_ctx *t) __attribute__((noreturn));

static void end_check(struct vs_ctx *t)
{
	longjmp(*(jmp_buf *)t->resume, 1);
}

/* Position of a rule in the check's list; -1 means the first. */
static unsigned rule_position(const struct vs_ctx *t, int rule)
{
	const uint16_t *rules = t->outcome->check->rules;

	for (unsigned i = 0; rule >= 0 && rules[i] != VS_RULE_COUNT; i++)
		if (rules[i] == rule)
			return i;
	return 0;
}

/* Keeps the last accesses as lines a person can read. */
static void keep_evidence(const struct vs_ctx *t, struct vs_finding *finding)
{
	const struct vs_trace *trace = t->s->bus->trace;
	uint64_t first = finding->trace_last - finding->trace_first > VS_EVIDENCE_MAX
				 ? finding->trace_last - VS_EVIDENCE_MAX
				 : finding->trace_first;
	unsigned kept = 0;

	for (uint64_t i = first; trace && i < finding->trace_last; i++) {
		const struct vs_event *event = vs_trace_at(trace, i);
		char line[160], place[64] = "", *text;

		if (!event)
			continue;
		vs_event_format(event, line, sizeof(line));
		if (event->kind == VS_EVENT_READ || event->kind == VS_EVENT_WRITE)
			vs_place_name(&t->run->fn, event->region, event->offset, place,
				      sizeof(place));
		if (asprintf(&text, "%s%s%s", line, *place ? "  " : "", place) < 0)
			break;
		finding->evidence[kept++] = text;
	}
}

static enum vs_verdict breach_verdict(int rule)
{
	return vs_level_is_must(vs_rules[rule].level) ? VS_FAIL : VS_WARN;
}

__attribute__((format(printf, 4, 0))) static void keep_finding(struct vs_ctx *t, int rule,
							       const char *expected,
							       const char *format, va_list args)
{
	struct vs_outcome *o = t->outcome;
	struct vs_finding *finding;

	if (o->finding_count++ >= VS_FINDINGS_MAX)
		return;
	/* Most checks find nothing, and memory that nobody touches costs nothing. */
	if (!o->findings)
		o->findings = calloc(VS_FINDINGS_MAX, sizeof(*o->findings));
	if (!o->findings)
		return;
	finding = &o->findings[o->finding_count - 1];
	finding->rule = rule;
	finding->verdict = (uint8_t)breach_verdict(rule);
	snprintf(finding->expected, sizeof(finding->expected), "%s", expected);
	vsnprintf(finding->observed, sizeof(finding->observed), format, args);
	snprintf(finding->where, sizeof(finding->where), "%s", o->where);
	finding->trace_first = t->run->trace_start;
	finding->trace_last = t->s->bus->trace ? t->s->bus->trace->count : 0;
	keep_evidence(t, finding);
}

__attribute__((format(printf, 4, 0))) static void add_finding(struct vs_ctx *t, unsigned position,
							      const char *expected,
							      const char *format, va_list args)
{
	struct vs_outcome *o = t->outcome;
	int rule = o->check->rules[position];

	if (o->rules[position] < breach_verdict(rule))
		o->rules[position] = breach_verdict(rule);
	keep_finding(t, rule, expected, format, args);
}

bool vs_judge(struct vs_ctx *t, int rule, bool holds, const char *expected, const char *format, ...)
{
	unsigned position = rule_position(t, rule);
	va_list args;

	if (!t->applies[position])
		return holds;
	t->outcome->judged[position]++;
	if (holds)
		return true;
	va_start(args, format);
	add_finding(t, position, expected, format, args);
	va_end(args);
	return false;
}

void vs_judge_or_end(struct vs_ctx *t, int rule, bool holds, const char *expected,
		     const char *format, ...)
{
	unsigned position = rule_position(t, rule);
	va_list args;

	if (t->applies[position])
		t->outcome->judged[position]++;
	if (holds)
		return;
	va_start(args, format);
	if (t->applies[position])
		add_finding(t, position, expected, format, args);
	va_end(args);
	end_check(t);
}

void vs_where(struct vs_ctx *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->outcome->where, sizeof(t->outcome->where), format, args);
	va_end(args);
}

/* Rules without a finding get the verdict; those that failed keep what they have. */
static void conclude(struct vs_ctx *t, enum vs_verdict verdict)
{
	struct vs_outcome *o = t->outcome;

	for (unsigned i = 0; o->check->rules[i] != VS_RULE_COUNT; i++)
		if (t->applies[i] && o->rules[i] < VS_WARN &&
		    !(verdict == VS_NOT_APPLICABLE && o->judged[i]))
			o->rules[i] = verdict;
}

void vs_skip(struct vs_ctx *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->outcome->reason, sizeof(t->outcome->reason), format, args);
	va_end(args);
	conclude(t, VS_NOT_APPLICABLE);
	end_check(t);
}

void vs_block(struct vs_ctx *t, int rule, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->outcome->reason, sizeof(t->outcome->reason), format, args);
	va_end(args);
	t->outcome->blocked_by = rule;
	conclude(t, VS_BLOCKED);
	end_check(t);
}

void vs_block_by_trouble(struct vs_ctx *t)
{
	if (t->s->view == VS_VIEW_MODERN && !t->run->modern)
		vs_skip(t, "the device has no modern interface");
	vs_block(t, t->s->trouble.rule, "%s", t->s->trouble.text);
}

void vs_conclude_lost(struct vs_ctx *t)
{
	struct vs_outcome *o = t->outcome;
	const struct vs_bus *bus = t->s->bus;
	enum vs_verdict verdict = bus->state == VS_BUS_DIED ? VS_DIED : VS_TIMEOUT;

	snprintf(o->reason, sizeof(o->reason), "%s",
		 bus->state == VS_BUS_ALIVE ? "the check did not end in time" : bus->reason);
	for (unsigned i = 0; o->check->rules[i] != VS_RULE_COUNT; i++)
		if (t->applies[i])
			o->rules[i] = verdict;
}

__attribute__((format(printf, 3, 4))) static void note_stray(struct vs_ctx *t, const char *where,
							     const char *format, ...)
{
	va_list args;

	t->outcome->stray = true;
	vs_where(t, "%s", where);
	va_start(args, format);
	keep_finding(t, VS_RULE_ROBUST_STRAY_WRITE,
		     "memory around buffers and rings, and rings of the driver's, left alone",
		     format, args);
	va_end(args);
}

void vs_judge_guards(struct vs_ctx *t)
{
	const struct vs_breach *breach = &t->s->breach;
	struct vs_outcome *o = t->outcome;
	char text[160];

	for (unsigned i = 0; o->check->rules[i] != VS_RULE_COUNT; i++)
		if (o->check->rules[i] == VS_RULE_ROBUST_STRAY_WRITE && t->applies[i] &&
		    t->s->grant_count && !o->reason[0])
			o->judged[i]++;
	if (breach->found && vs_rule_selected(t->run, VS_RULE_ROBUST_STRAY_WRITE) &&
	    !vs_rule_inapplicable(t->run, VS_RULE_ROBUST_STRAY_WRITE, t->s->view, text,
				  sizeof(text)))
		note_stray(t, breach->where, "%s", breach->text);
}

void vs_proceed(struct vs_ctx *t, enum vs_stage stage)
{
	if (vs_session_advance(t->s, stage))
		vs_block_by_trouble(t);
}

void vs_start_over(struct vs_ctx *t, enum vs_stage stage, struct vs_setup setup)
{
	vs_session_renew(t->s, setup);
	vs_proceed(t, stage);
}

void vs_need_structure(struct vs_ctx *t, uint8_t cfg_type, int present)
{
	if (!vs_caps_any(&t->s->fn->caps, cfg_type))
		vs_block(t, present, "there is no structure capability of type %u", cfg_type);
}

void vs_need_usable_structure(struct vs_ctx *t, uint8_t cfg_type, int present)
{
	vs_need_structure(t, cfg_type, present);
	if (!vs_caps_first(&t->s->fn->caps, cfg_type, 1))
		vs_block(t, VS_RULE_PCI_CAP_INSIDE_BAR,
			 "no structure capability of type %u is usable", cfg_type);
}

void *vs_take_memory(struct vs_ctx *t, size_t size, size_t align)
{
	void *at = vs_dma_alloc(t->s, size, align);

	if (!at)
		vs_block(t, -1, "no DMA memory left for %zu bytes", size);
	return at;
}

void vs_make_request(struct vs_ctx *t, struct vs_request *request)
{
	if (vs_request_make(t->s, request))
		vs_block_by_trouble(t);
}

void vs_send_request(struct vs_ctx *t, struct vs_request *request)
{
	if (vs_request_send(request))
		vs_block_by_trouble(t);
}

void vs_finish_request(struct vs_ctx *t, struct vs_request *request, struct vs_used *used)
{
	if (vs_request_wait(request, used))
		vs_block_by_trouble(t);
}

void vs_serve(struct vs_ctx *t)
{
	struct vs_request request;

	vs_make_request(t, &request);
	if (vs_request_return(&request))
		vs_block_by_trouble(t);
}

bool vs_try_change_config(struct vs_ctx *t)
{
	int result = vs_bus_provoke(t->s->bus, VS_PROVOKE_CONFIG_CHANGE);

	if (result < 0)
		t->s->lost(t->s->lost_context);
	return result == 0;
}

void vs_change_config(struct vs_ctx *t)
{
	if (!vs_try_change_config(t))
		vs_skip(t, "this target has no way to make the device change its configuration");
}

/* No byte repeats within 251, so that a copy from elsewhere in the pattern shows as well. */
static uint8_t mark(size_t i)
{
	return (uint8_t)(i % 251 + 1);
}

void vs_mark(struct vs_ctx *t, void *at, size_t size)
{
	uint8_t *bytes = at;

	for (size_t i = 0; i < size; i++)
		bytes[i] = mark(i);
	vs_bus_push(t->s->bus, at, size);
}

bool vs_is_marked(struct vs_ctx *t, const void *at, size_t size)
{
	const volatile uint8_t *bytes = at;

	vs_bus_pull(t->s->bus, at, size);
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != mark(i))
			return false;
	return true;
}

static bool served_before(const struct vs_ctx *t)
{
	return t->probe->comes_up && t->probe->answer != VS_ANSWER_MISSING;
}

void vs_need_service(struct vs_ctx *t)
{
	if (!served_before(t))
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "the device serves no benign request to begin with");
}

void vs_require_restart(struct vs_ctx *t, enum vs_stage stage, struct vs_setup setup,
			const char *blow)
{
	int result;

	vs_session_renew(t->s, setup);
	result = vs_session_advance(t->s, stage);
	if (result && !served_before(t))
		vs_block_by_trouble(t);
	vs_judge_or_end(t, -1, result == 0, "the device resets and comes up again", "after %s: %s",
			blow, result ? t->s->trouble.text : "");
}

/* FNV-1a. */
uint64_t vs_queue_digest(struct vs_ctx *t, const struct vs_queue *q)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < VS_AREA_COUNT; i++) {
		const volatile uint8_t *bytes = q->area[i];
		size_t size = q->ring->area_size(q, i);

		vs_bus_pull(t->s->bus, q->area[i], size);
		for (size_t at = 0; at < size; at++)
			digest = (digest ^ bytes[at]) * UINT64_C(0x100000001b3);
	}
	return digest;
}

void vs_restore_config(struct vs_session *s)
{
	if (s->bus->changes % 2 && vs_bus_provoke(s->bus, VS_PROVOKE_CONFIG_CHANGE) < 0)
		s->lost(s->lost_context);
}

void vs_expect_recovery(struct vs_ctx *t, const char *blow)
{
	struct vs_session *s = t->s;
	struct vs_request request;
	int result;

	vs_restore_config(s);
	vs_session_renew(s, (struct vs_setup){ 0 });
	result = vs_session_advance(s, VS_STAGE_LIVE);
	if (!result && t->probe->answer != VS_ANSWER_NONE)
		result = vs_request_make(s, &request) || vs_request_return(&request);
	/* What never worked is not the blow's doing. */
	if (result && !served_before(t))
		vs_block_by_trouble(t);
	t->recovered = result == 0;
	vs_judge(t, -1, result == 0, "the device resets, comes up and serves a benign request",
		 "after %s: %s", blow, result ? s->trouble.text : "");
}
