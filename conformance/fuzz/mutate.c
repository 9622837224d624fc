/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequences made up: in phrases of steps that go together, so that what lies behind them is
 * reached; and made of others. */
#include <string.h>

#include "driver/session.h"
#include "fuzz/sequence.h"
#include "spec/split_ring.h"

#define PHRASES 10u /* of a sequence, at the most */
#define CHAIN   4u  /* descriptors of one that is made up */

static struct vs_fuzz_step *add(struct vs_fuzz_sequence *sequence, struct vs_fuzz_step step)
{
	if (sequence->count == VS_FUZZ_STEPS)
		return NULL;
	sequence->steps[sequence->count] = step;
	return &sequence->steps[sequence->count++];
}

static struct vs_fuzz_step make_step(struct vs_fuzz_maker *m, unsigned number)
{
	const struct vs_fuzz_kind *kind = &vs_fuzz_kinds[number];
	struct vs_fuzz_step step = { .kind = (uint8_t)number };

	for (unsigned i = 0; i < vs_fuzz_arg_count(kind); i++)
		step.args[i] = vs_fuzz_make_arg(m, (enum vs_fuzz_type)kind->types[i]);
	return step;
}

static bool fits(const struct vs_fuzz_maker *m, const struct vs_fuzz_kind *kind, bool legal)
{
	return (!kind->device || kind->device == m->device) && (!legal || kind->legal);
}

/* A kind by its weight. */
static unsigned pick(struct vs_fuzz_maker *m, bool legal)
{
	uint64_t sum = 0, at;

	for (unsigned i = 0; i < vs_fuzz_kind_count; i++)
		sum += fits(m, &vs_fuzz_kinds[i], legal) ? vs_fuzz_kinds[i].weight : 0;
	at = vs_random_below(&m->random, sum);
	for (unsigned i = 0; i < vs_fuzz_kind_count; i++) {
		uint64_t weight = fits(m, &vs_fuzz_kinds[i], legal) ? vs_fuzz_kinds[i].weight : 0;

		if (at < weight)
			return i;
		at -= weight;
	}
	return VS_FUZZ_START;
}

static struct vs_fuzz_step named(struct vs_fuzz_maker *m, const char *name)
{
	for (unsigned i = 0; i < vs_fuzz_kind_count; i++)
		if (strcmp(vs_fuzz_kinds[i].name, name) == 0)
			return make_step(m, i);
	return make_step(m, VS_FUZZ_START);
}

/* A header of the class into a buffer, where there is a kind of step for it. */
static void add_header(struct vs_fuzz_maker *m, struct vs_fuzz_sequence *sequence,
		       struct vs_fuzz_arg at)
{
	unsigned first = (unsigned)vs_random_below(&m->random, vs_fuzz_kind_count);

	for (unsigned i = 0; i < vs_fuzz_kind_count; i++) {
		unsigned number = (first + i) % vs_fuzz_kind_count;

		if (vs_fuzz_kinds[number].device && vs_fuzz_kinds[number].device == m->device) {
			struct vs_fuzz_step step = make_step(m, number);

			step.args[0] = at;
			add(sequence, step);
			return;
		}
	}
}

/* A buffer as drivers offer it, with contents that may mean anything. */
static void add_traffic(struct vs_fuzz_maker *m, struct vs_fuzz_sequence *sequence)
{
	struct vs_fuzz_step chain = named(m, "chain"), notify = named(m, "notify"),
			    collect = named(m, "collect");

	if (vs_random_one_in(&m->random, 2))
		add_header(m, sequence, chain.args[1]);
	notify.args[0] = collect.args[0] = chain.args[0];
	add(sequence, chain);
	add(sequence, notify);
	if (vs_random_one_in(&m->random, 2))
		add(sequence, collect);
}

/* Descriptors that look like a chain, bent here and there. */
static void add_chain(struct vs_fuzz_maker *m, struct vs_fuzz_sequence *sequence)
{
	struct vs_fuzz_step publish = named(m, "publish"), notify = named(m, "notify");
	unsigned count = 1 + (unsigned)vs_random_below(&m->random, CHAIN);
	bool table = vs_random_one_in(&m->random, 3);
	uint64_t number = vs_random_below(&m->random, 2);

	for (unsigned i = 0; i < count; i++) {
		struct vs_fuzz_step step = named(m, table ? "table-entry" : "descriptor");

		step.args[0].value = table ? number : publish.args[0].value;
		step.args[1].value = i;
		if (!vs_random_one_in(&m->random, 6)) {
			bool last = i + 1 == count;

			step.args[4].value = (last ? 0 : VIRTQ_DESC_F_NEXT) |
					     (i && (last || i > 1) ? VIRTQ_DESC_F_WRITE : 0);
			step.args[5].value = i + 1;
		}
		if (i == 0 && !table && vs_random_one_in(&m->random, 2))
			add_header(m, sequence, step.args[2]);
		add(sequence, step);
	}
	if (table) {
		struct vs_fuzz_step step = named(m, "descriptor");

		step.args[0] = publish.args[0];
		step.args[1].value = 0;
		step.args[2] =
			(struct vs_fuzz_arg){ .base = VS_FUZZ_TABLE, .number = (uint8_t)number };
		step.args[3].value = (uint64_t)count * VIRTQ_DESC_SIZE;
		step.args[4].value = VIRTQ_DESC_F_INDIRECT;
		if (vs_random_one_in(&m->random, 3))
			vs_fuzz_bend_arg(m, (enum vs_fuzz_type)vs_fuzz_kinds[step.kind].types[3],
					 &step.args[3]);
		add(sequence, step);
	}
	if (!vs_random_one_in(&m->random, 8)) {
		publish.args[1].value = 0;
		publish.args[2].value = table ? 1 : count;
	}
	notify.args[0] = publish.args[0];
	add(sequence, publish);
	add(sequence, notify);
}

void vs_fuzz_make(struct vs_fuzz_maker *m, struct vs_fuzz_sequence *sequence)
{
	unsigned phrases = 1 + (unsigned)vs_random_below(&m->random, PHRASES);
	bool legal = vs_random_one_in(&m->random, 4);

	sequence->count = 0;
	add(sequence, make_step(m, VS_FUZZ_START));
	for (unsigned i = 0; i < phrases; i++) {
		switch (vs_random_below(&m->random, 4)) {
		case 0:
			add_traffic(m, sequence);
			break;
		case 1:
			if (!legal) {
				add_chain(m, sequence);
				break;
			}
			/* fall through */
		default:
			add(sequence, make_step(m, pick(m, legal)));
		}
	}
}

static void remove_steps(struct vs_fuzz_sequence *sequence, unsigned at, unsigned count)
{
	memmove(&sequence->steps[at], &sequence->steps[at + count],
		(sequence->count - at - count) * sizeof(sequence->steps[0]));
	sequence->count -= count;
}

static void insert_step(struct vs_fuzz_sequence *sequence, unsigned at, struct vs_fuzz_step step)
{
	if (sequence->count == VS_FUZZ_STEPS)
		return;
	memmove(&sequence->steps[at + 1], &sequence->steps[at],
		(sequence->count - at) * sizeof(sequence->steps[0]));
	sequence->steps[at] = step;
	sequence->count++;
}

/* Some steps of another sequence, at the end. */
static void splice(struct vs_fuzz_maker *m, struct vs_fuzz_sequence *sequence,
		   const struct vs_fuzz_sequence *other)
{
	unsigned from = 1 + (unsigned)vs_random_below(&m->random, other->count);

	while (from < other->count && sequence->count < VS_FUZZ_STEPS / 4)
		add(sequence, other->steps[from++]);
}

static void bend_step(struct vs_fuzz_maker *m, struct vs_fuzz_step *step)
{
	const struct vs_fuzz_kind *kind = &vs_fuzz_kinds[step->kind];
	unsigned count = vs_fuzz_arg_count(kind);
	unsigned i = (unsigned)vs_random_below(&m->random, count);

	if (count)
		vs_fuzz_bend_arg(m, (enum vs_fuzz_type)kind->types[i], &step->args[i]);
}

void vs_fuzz_mutate(struct vs_fuzz_maker *m, struct vs_fuzz_sequence *sequence,
		    const struct vs_fuzz_sequence *other)
{
	unsigned times = 1 + (unsigned)vs_random_below(&m->random, 4);

	while (times-- > 0) {
		/* The start stays the first. */
		unsigned at = (unsigned)vs_random_below(&m->random, sequence->count);

		switch (vs_random_below(&m->random, 6)) {
		case 0:
			if (at)
				remove_steps(sequence, at, 1);
			break;
		case 1:
			insert_step(sequence, at + 1, make_step(m, pick(m, false)));
			break;
		case 2:
			insert_step(sequence, at + 1, sequence->steps[at]);
			break;
		case 3:
			splice(m, sequence, other);
			break;
		default:
			bend_step(m, &sequence->steps[at]);
		}
	}
}
