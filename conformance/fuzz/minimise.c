/* SPDX-License-Identifier: BSD-3-Clause */
/* A finding made small: delta debugging over steps, then simpler arguments. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/campaign.h"

#define TRIES    500u                  /* sequences run for one finding, at the most */
#define SPENT_NS UINT64_C(30000000000) /* of real time for one finding, at the most */
#define SHORT_NS UINT64_C(300000000)   /* deadline while a sequence that hangs gets smaller */
#define AGAIN    3u /* of them with the same: a device in another process may be in time or late */

struct trial {
	struct vs_fuzz_campaign *c;
	struct vs_fuzz_case *found;
	unsigned tries;
	uint64_t since; /* vs_fuzz_elapsed */
};

/* Whether a sequence shows the case; then what was seen of it replaces what was known. */
static bool run_again(struct vs_fuzz_campaign *c, struct vs_fuzz_case *found,
		      const struct vs_fuzz_sequence *sequence)
{
	struct vs_fuzz_finding *seen_now = &c->world.finding;
	struct vs_fuzz_seen *seen = c->world.seen;
	bool same;

	c->world.seen = NULL;
	/* In this process a fresh device costs nothing; elsewhere the last run has left one that
	 * works, or it is started anew anyway. */
	vs_fuzz_run(&c->world, sequence, NULL, c->bus->round_trips == 0);
	c->world.ready = false;
	c->world.seen = seen;
	same = seen_now->oracle == found->finding.oracle &&
	       strcmp(seen_now->what, found->finding.what) == 0;
	if (same) {
		free(found->finding.evidence);
		found->finding = *seen_now;
	} else {
		free(seen_now->evidence);
	}
	seen_now->evidence = NULL;
	return same;
}

static bool shows(struct trial *t, const struct vs_fuzz_sequence *sequence)
{
	if (t->tries >= TRIES || vs_fuzz_elapsed(t->c) - t->since > SPENT_NS ||
	    (t->c->stop && *t->c->stop) || !sequence->count ||
	    sequence->steps[0].kind != VS_FUZZ_START)
		return false;
	t->tries++;
	return run_again(t->c, t->found, sequence);
}

static void keep(struct vs_fuzz_case *found, const struct vs_fuzz_sequence *sequence)
{
	found->sequence->count = sequence->count;
	memcpy(found->sequence->steps, sequence->steps,
	       sequence->count * sizeof(sequence->steps[0]));
}

static void without(const struct vs_fuzz_sequence *sequence, unsigned from, unsigned count,
		    struct vs_fuzz_sequence *rest)
{
	rest->count = 0;
	for (unsigned i = 0; i < sequence->count; i++)
		if (i < from || i >= from + count)
			rest->steps[rest->count++] = sequence->steps[i];
}

/* Runs of steps are left out, halves first, single ones last, until none can be. */
static void drop_steps(struct trial *t)
{
	struct vs_fuzz_sequence *sequence = t->found->sequence, *rest = t->c->spare;

	for (unsigned chunk = sequence->count / 2; chunk; chunk /= 2) {
		bool again = true;

		while (again) {
			again = false;
			for (unsigned from = 0; from < sequence->count;) {
				unsigned count = sequence->count - from;

				without(sequence, from, count < chunk ? count : chunk, rest);
				if (!shows(t, rest)) {
					from += chunk;
					continue;
				}
				keep(t->found, rest);
				again = chunk == 1;
			}
		}
	}
}

static void simplify(struct trial *t, unsigned step, unsigned arg)
{
	struct vs_fuzz_sequence *sequence = t->found->sequence, *other = t->c->spare;
	enum vs_fuzz_type type =
		(enum vs_fuzz_type)vs_fuzz_kinds[sequence->steps[step].kind].types[arg];
	struct vs_fuzz_arg simpler;

	for (unsigned turn = 0;
	     vs_fuzz_simpler_arg(type, sequence->steps[step].args[arg], turn, &simpler); turn++) {
		if (simpler.value == sequence->steps[step].args[arg].value)
			continue;
		without(sequence, 0, 0, other);
		other->steps[step].args[arg] = simpler;
		if (shows(t, other)) {
			keep(t->found, other);
			return;
		}
	}
}

/* A few times on a fresh device. */
static bool shows_again(struct trial *t, const struct vs_fuzz_sequence *sequence)
{
	for (unsigned i = 0; i < AGAIN; i++) {
		t->c->world.hurt = true;
		if (shows(t, sequence))
			return true;
	}
	return false;
}

/* It may take what came before. */
static bool join_before(struct trial *t)
{
	const struct vs_fuzz_sequence *before = t->c->before, *sequence = t->found->sequence;
	struct vs_fuzz_sequence *both = t->c->spare;

	if (!before->count || before->count + sequence->count > VS_FUZZ_STEPS)
		return false;
	without(before, 0, 0, both);
	for (unsigned i = 0; i < sequence->count; i++)
		both->steps[both->count++] = sequence->steps[i];
	if (!shows_again(t, both))
		return false;
	keep(t->found, both);
	return true;
}

static void simplify_all(struct trial *t)
{
	const struct vs_fuzz_sequence *sequence = t->found->sequence;

	for (unsigned step = 0; step < sequence->count; step++) {
		const struct vs_fuzz_kind *kind = &vs_fuzz_kinds[sequence->steps[step].kind];

		for (unsigned arg = 0; arg < vs_fuzz_arg_count(kind); arg++)
			simplify(t, step, arg);
	}
}

/* Each try that shows a device which hangs costs a deadline, so while it gets smaller that is
 * short; what comes of it has to show with the whole of it too. */
static void reduce(struct trial *t)
{
	struct vs_fuzz_sequence *whole = malloc(sizeof(*whole));
	struct vs_bus *bus = t->c->bus;
	uint64_t deadline = bus->deadline_ns;

	if (!whole)
		return;
	without(t->found->sequence, 0, 0, whole);
	if (t->found->finding.oracle == VS_FUZZ_HUNG && deadline > SHORT_NS)
		bus->deadline_ns = SHORT_NS;
	drop_steps(t);
	simplify_all(t);
	drop_steps(t);
	if (bus->deadline_ns != deadline) {
		bus->deadline_ns = deadline;
		t->c->world.hurt = true;
		if (!run_again(t->c, t->found, t->found->sequence))
			keep(t->found, whole);
	}
	free(whole);
}

void vs_fuzz_minimise(struct vs_fuzz_campaign *c, struct vs_fuzz_case *found)
{
	struct trial t = { .c = c, .found = found, .since = vs_fuzz_elapsed(c) };

	if (!(c->bus->features & VS_BUS_RESTART) && c->bus->state != VS_BUS_ALIVE)
		return;
	if (shows_again(&t, found->sequence) || join_before(&t)) {
		found->state = VS_FUZZ_REPRODUCED;
		reduce(&t);
	} else if (!(c->stop && *c->stop)) {
		found->state = VS_FUZZ_NOT_REPRODUCED;
	}
	c->world.hurt = true;
}
