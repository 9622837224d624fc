/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/campaign.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CORPUS_MAX  2048u
#define PROGRESS_NS UINT64_C(200000000)

static uint64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t vs_fuzz_elapsed(const struct vs_fuzz_campaign *c)
{
	return wall_ns() - c->started_ns;
}

static bool over(const struct vs_fuzz_campaign *c)
{
	return (c->stop && *c->stop) || (c->runs_max && c->runs >= c->runs_max) ||
	       (c->wall_ns && vs_fuzz_elapsed(c) >= c->wall_ns);
}

void vs_fuzz_keep(struct vs_fuzz_campaign *c, const struct vs_fuzz_sequence *sequence)
{
	struct vs_fuzz_sequence *copy;
	size_t size = offsetof(struct vs_fuzz_sequence, steps) +
		      sequence->count * sizeof(sequence->steps[0]);

	if (!c->corpus)
		c->corpus = calloc(CORPUS_MAX, sizeof(struct vs_fuzz_sequence *));
	copy = c->corpus ? malloc(size) : NULL;
	if (!copy)
		return;
	memcpy(copy, sequence, size);
	/* When it is full, the newest takes the place of one by chance. */
	if (c->corpus_count < CORPUS_MAX) {
		c->corpus[c->corpus_count++] = copy;
	} else {
		uint64_t i = vs_random_below(&c->maker.random, CORPUS_MAX);

		free(c->corpus[i]);
		c->corpus[i] = copy;
	}
}

static void copy_sequence(struct vs_fuzz_sequence *to, const struct vs_fuzz_sequence *from)
{
	to->count = from->count;
	memcpy(to->steps, from->steps, from->count * sizeof(from->steps[0]));
}

static bool unwanted(const struct vs_fuzz_campaign *c, const struct vs_fuzz_step *step)
{
	char line[VS_FUZZ_LINE];

	vs_fuzz_format(step, line, sizeof(line));
	for (unsigned i = 0; i < c->without_count; i++)
		if (strncmp(line, c->without[i], strlen(c->without[i])) == 0)
			return true;
	return false;
}

static void leave_out(const struct vs_fuzz_campaign *c, struct vs_fuzz_sequence *sequence)
{
	unsigned count = sequence->count ? 1 : 0;

	for (unsigned i = 1; i < sequence->count; i++)
		if (!unwanted(c, &sequence->steps[i]))
			sequence->steps[count++] = sequence->steps[i];
	sequence->count = count;
}

/* First those of an earlier run, so that what they show is not new; then half of them from nothing.
 */
static void make(struct vs_fuzz_campaign *c, struct vs_fuzz_sequence *sequence)
{
	const struct vs_fuzz_sequence *other;

	sequence->kept = c->loaded > 0;
	if (c->loaded) {
		copy_sequence(sequence, c->corpus[--c->loaded]);
		return;
	}
	if (!c->corpus_count || vs_random_one_in(&c->maker.random, 2)) {
		vs_fuzz_make(&c->maker, sequence);
		return;
	}
	copy_sequence(sequence, c->corpus[vs_random_below(&c->maker.random, c->corpus_count)]);
	other = c->corpus[vs_random_below(&c->maker.random, c->corpus_count)];
	vs_fuzz_mutate(&c->maker, sequence, other);
}

/* The next to run. */
static void choose(struct vs_fuzz_campaign *c, struct vs_fuzz_sequence *sequence)
{
	make(c, sequence);
	if (c->without_count)
		leave_out(c, sequence);
}

struct vs_fuzz_case *vs_fuzz_case_of(struct vs_fuzz_campaign *c, const char *name)
{
	for (unsigned i = 0; i < c->case_count; i++)
		if (strcmp(c->cases[i].name, name) == 0)
			return &c->cases[i];
	if (c->case_count == c->case_room) {
		unsigned room = c->case_room ? 2 * c->case_room : 16;
		struct vs_fuzz_case *cases = realloc(c->cases, room * sizeof(*cases));

		if (!cases)
			return NULL;
		c->cases = cases;
		c->case_room = room;
	}
	c->cases[c->case_count] = (struct vs_fuzz_case){ .known = false };
	snprintf(c->cases[c->case_count].name, VS_FUZZ_NAME, "%s", name);
	return &c->cases[c->case_count++];
}

static void name_finding(const struct vs_fuzz_finding *finding, char *name)
{
	uint32_t hash = 0x811c9dc5u; /* FNV-1a */

	for (const char *at = finding->what; *at; at++)
		hash = (hash ^ (uint8_t)*at) * 0x01000193u;
	snprintf(name, VS_FUZZ_NAME, "%s-%08x", vs_fuzz_oracle_name(finding->oracle), hash);
}

/* The sequence that ran, with what followed it where that had a part in it. */
static struct vs_fuzz_sequence *take_sequence(const struct vs_fuzz_campaign *c)
{
	struct vs_fuzz_sequence *sequence = malloc(sizeof(*sequence));

	if (!sequence)
		return NULL;
	copy_sequence(sequence, c->current);
	if (c->world.finding.step >= c->current->count && sequence->count < VS_FUZZ_STEPS)
		sequence->steps[sequence->count++] = c->world.at;
	return sequence;
}

static void tell_found(const struct vs_fuzz_campaign *c, const struct vs_fuzz_case *found)
{
	for (unsigned i = 0; i < c->listener_count; i++)
		if (c->listeners[i].found)
			c->listeners[i].found(c->listeners[i].context, c, found);
}

/* Something is wrong: new, and then written down before anything else is done; or known. */
static int found(struct vs_fuzz_campaign *c)
{
	struct vs_fuzz_case *new;
	char name[VS_FUZZ_NAME];

	name_finding(&c->world.finding, name);
	new = vs_fuzz_case_of(c, name);
	if (!new || new->count++ || new->known) {
		free(c->world.finding.evidence);
		c->world.finding.evidence = NULL;
		return 0;
	}
	new->first = c->runs;
	new->finding = c->world.finding;
	c->world.finding.evidence = NULL;
	new->sequence = take_sequence(c);
	if (!new->sequence)
		return 0;
	if (vs_fuzz_folder_save_case(c, new))
		return -1;
	c->bus->deadline_ns = c->deadline_ns;
	vs_fuzz_minimise(c, new);
	if (new->finding.oracle == VS_FUZZ_HUNG && c->bus->deadline_ns > VS_FUZZ_IMPATIENT_NS)
		c->impatient = true;
	if (c->impatient)
		c->bus->deadline_ns = VS_FUZZ_IMPATIENT_NS;
	if (vs_fuzz_folder_save_case(c, new))
		return -1;
	tell_found(c, new);
	return 0;
}

static int lost(struct vs_fuzz_campaign *c)
{
	snprintf(c->trouble, sizeof(c->trouble), "the device could not be started again: %s",
		 c->bus->reason);
	return -1;
}

static int run_one(struct vs_fuzz_campaign *c)
{
	struct vs_fuzz_sequence *ran = c->current;

	choose(c, c->next);
	c->seen.fresh = false;
	vs_fuzz_run(&c->world, c->current, &c->next->steps[0], false);
	c->runs++;
	c->steps += c->current->count;
	if (c->world.finding.oracle != VS_FUZZ_FINE) {
		if (found(c))
			return -1;
	} else if (c->bus->state != VS_BUS_ALIVE) {
		return lost(c);
	} else if (c->seen.fresh && !ran->kept) {
		vs_fuzz_keep(c, ran);
		if (vs_fuzz_folder_save_corpus(c, ran))
			return -1;
	}
	if (c->world.hurt && !(c->bus->features & VS_BUS_RESTART) && c->bus->state != VS_BUS_ALIVE)
		return lost(c);
	c->current = c->next;
	c->next = c->before;
	c->before = ran;
	return 0;
}

static int loop(struct vs_fuzz_campaign *c)
{
	uint64_t told = 0;

	choose(c, c->current);
	while (!over(c)) {
		uint64_t now = vs_fuzz_elapsed(c);

		for (unsigned i = 0; now - told >= PROGRESS_NS && i < c->listener_count; i++)
			if (c->listeners[i].progress)
				c->listeners[i].progress(c->listeners[i].context, c);
		if (now - told >= PROGRESS_NS)
			told = now;
		if (run_one(c))
			return -1;
	}
	return 0;
}

static int open_all(struct vs_fuzz_campaign *c)
{
	struct vs_fuzz_sequence *memory = calloc(4, sizeof(*memory));

	c->started_ns = wall_ns();
	c->current = memory;
	if (!memory) {
		snprintf(c->trouble, sizeof(c->trouble), "out of memory");
		return -1;
	}
	c->next = memory + 1;
	c->before = memory + 2;
	c->spare = memory + 3;
	c->memory = memory;
	if (vs_fuzz_open(&c->world, c->bus, c->draft, c->timeout_ns, c->trouble,
			 sizeof(c->trouble)))
		return -1;
	c->opened = true;
	c->deadline_ns = c->bus->deadline_ns;
	c->world.seen = &c->seen;
	c->maker = (struct vs_fuzz_maker){
		.random = { c->seed },
		.device = c->world.fn.type,
		.views = c->world.views,
		.options = c->world.options,
		.sizes = c->world.sizes,
	};
	return vs_fuzz_folder_open(c);
}

int vs_fuzz_campaign_run(struct vs_fuzz_campaign *c)
{
	int result = open_all(c);

	if (result)
		return result;
	for (unsigned i = 0; i < c->listener_count; i++)
		if (c->listeners[i].begin)
			c->listeners[i].begin(c->listeners[i].context, c);
	result = loop(c);
	for (unsigned i = 0; i < c->listener_count; i++)
		if (c->listeners[i].end)
			c->listeners[i].end(c->listeners[i].context, c);
	return result;
}

void vs_fuzz_campaign_free(struct vs_fuzz_campaign *c)
{
	for (unsigned i = 0; i < c->corpus_count; i++)
		free(c->corpus[i]);
	for (unsigned i = 0; i < c->case_count; i++) {
		free(c->cases[i].finding.evidence);
		free(c->cases[i].sequence);
	}
	free(c->corpus);
	free(c->cases);
	free(c->memory);
	if (c->opened)
		vs_fuzz_close(&c->world);
}
