/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a sequence on the device, and concludes when the device is lost. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/world.h"

/* The line that says best what a process died of, of all that it wrote. */
static void telling_line(const char *text, char *line, size_t size)
{
	static const char *const signs[] = { "ERROR: ", "runtime error", "ssertion", "Bail out" };
	const char *best = NULL, *last = "";

	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		size_t length = strcspn(at, "\n");

		for (unsigned i = 0; !best && i < sizeof(signs) / sizeof(signs[0]); i++)
			if (memmem(at, length, signs[i], strlen(signs[i])))
				best = at;
		if (length)
			last = at;
	}
	last = best ? best : last;
	snprintf(line, size, "%.*s", (int)strcspn(last, "\n"), last);
}

static void conclude_lost(struct vs_fuzz_world *w)
{
	const struct vs_bus *bus = w->bus;
	char line[160];

	if (bus->state == VS_BUS_ALIVE) {
		vs_fuzz_find(w, VS_FUZZ_HUNG, "time", "the sequence did not end in %.3g s",
			     (double)w->timeout_ns / 1e9);
		return;
	}
	telling_line(w->finding.evidence ? w->finding.evidence : "", line, sizeof(line));
	vs_fuzz_find(w, bus->state == VS_BUS_DIED ? VS_FUZZ_DIED : VS_FUZZ_HUNG,
		     *line ? line : bus->reason, "%s%s%s", bus->reason, *line ? ": " : "", line);
}

static void keep_evidence(struct vs_fuzz_world *w)
{
	const char *text = vs_bus_evidence(w->bus);

	free(w->finding.evidence);
	w->finding.evidence = text && *text ? strdup(text) : NULL;
}

/* A device at power-on, and nothing known of what was. */
static int renew_device(struct vs_fuzz_world *w)
{
	if (w->open)
		vs_session_close(&w->s);
	w->open = w->ready = false;
	w->tracks = NULL;
	w->hurt = false;
	if (!(w->bus->features & VS_BUS_RESTART))
		return w->bus->state == VS_BUS_ALIVE ? 0 : -1;
	return vs_bus_restart(w->bus) || vs_function_read(w->bus, &w->fn, w->draft) ? -1 : 0;
}

static void note_step(struct vs_fuzz_world *w, const struct vs_fuzz_step *step)
{
	if (!w->seen)
		return;
	vs_fuzz_see(w->seen, vs_mix64((uint64_t)w->seen->last << 8 | step->kind | 1u << 30));
	w->seen->last = step->kind;
}

static bool same_start(const struct vs_fuzz_step *a, const struct vs_fuzz_step *b)
{
	bool same = a->kind == b->kind;

	for (unsigned i = 0; i < vs_fuzz_arg_count(&vs_fuzz_kinds[VS_FUZZ_START]); i++)
		same &= a->args[i].value == b->args[i].value;
	return same;
}

static void run_steps(struct vs_fuzz_world *w, const struct vs_fuzz_sequence *sequence)
{
	char line[VS_FUZZ_LINE];

	for (unsigned i = 0; i < sequence->count && w->finding.oracle == VS_FUZZ_FINE; i++) {
		const struct vs_fuzz_step *step = &sequence->steps[i];

		w->step = i;
		if (w->tell) {
			vs_fuzz_format(step, line, sizeof(line));
			w->tell(w->tell_context, line);
		}
		/* The run before may have come this far already. */
		if (i == 0 && w->ready && same_start(step, &w->at))
			continue;
		vs_fuzz_kinds[step->kind].run(w, step);
		note_step(w, step);
	}
}

/* All the way to a request that is served, or it would be the next sequence that is blamed. */
static void recover(struct vs_fuzz_world *w, const struct vs_fuzz_step *start)
{
	w->at = *start;
	w->at.args[1].value = VS_STAGE_LIVE;
	vs_fuzz_begin(w, &w->at);
	if (w->finding.oracle == VS_FUZZ_FINE && !w->answered && w->usual[w->s.view].serves) {
		/* There was no room for it in so small a queue. */
		w->at.args[2].value = 0;
		vs_fuzz_begin(w, &w->at);
	}
	if (w->finding.oracle == VS_FUZZ_FINE)
		vs_fuzz_look_at_memory(w);
	w->ready = true;
}

void vs_fuzz_run(struct vs_fuzz_world *w, const struct vs_fuzz_sequence *sequence,
		 const struct vs_fuzz_step *next, bool fresh)
{
	jmp_buf resume;

	w->finding = (struct vs_fuzz_finding){ .oracle = VS_FUZZ_FINE };
	w->resume = &resume;
	w->step = 0;
	vs_bus_evidence(w->bus); /* of what went before */
	if ((fresh || w->hurt) && renew_device(w))
		return;
	if (w->open)
		w->s.deadline = vs_bus_now(w->bus) + w->timeout_ns;
	if (setjmp(resume)) {
		keep_evidence(w);
		conclude_lost(w);
	} else {
		run_steps(w, sequence);
		if (w->finding.oracle == VS_FUZZ_FINE)
			vs_fuzz_await(w);
		w->ready = false;
		w->step = sequence->count;
		if (w->finding.oracle == VS_FUZZ_FINE)
			recover(w, next ? next : &sequence->steps[0]);
		if (w->finding.oracle != VS_FUZZ_FINE)
			keep_evidence(w);
	}
	w->hurt = w->finding.oracle != VS_FUZZ_FINE;
}
