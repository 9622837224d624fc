/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzzing one device until time, runs or patience are over: sequences are made up or made of
 * others, run, and judged; those that show something new are kept; what is wrong is made small and
 * written down at once, each kind of it once.
 */
#ifndef VS_FUZZ_CAMPAIGN_H
#define VS_FUZZ_CAMPAIGN_H

#include "fuzz/world.h"

#define VS_FUZZ_IMPATIENT_NS UINT64_C(1000000000) /* deadline of a device that is known to hang */
#define VS_FUZZ_NAME         48u                  /* bytes of a finding's name, with the end */

/* Whether a finding shows again on a fresh device. */
enum vs_fuzz_state {
	VS_FUZZ_UNTRIED, /* the campaign ended too early */
	VS_FUZZ_REPRODUCED,
	VS_FUZZ_NOT_REPRODUCED,
};

/* A kind of finding. */
struct vs_fuzz_case {
	char name[VS_FUZZ_NAME]; /* "stray-0badcafe": the oracle, and what was seen as a number */
	bool known;              /* from an earlier run */
	enum vs_fuzz_state state;
	uint64_t count, first; /* how often, and at which run first */
	struct vs_fuzz_finding finding;
	struct vs_fuzz_sequence *sequence; /* or NULL: known from before */
	char path[512];                    /* where it was written, or "" */
};

struct vs_fuzz_campaign;

/* Who is told. Each may be NULL. */
struct vs_fuzz_listener {
	void (*begin)(void *context, const struct vs_fuzz_campaign *c);
	void (*found)(void *context, const struct vs_fuzz_campaign *c,
		      const struct vs_fuzz_case *found);
	void (*progress)(void *context, const struct vs_fuzz_campaign *c);
	void (*end)(void *context, const struct vs_fuzz_campaign *c);
	void *context;
};

struct vs_fuzz_campaign {
	/* What the caller sets. */
	struct vs_bus *bus;
	const char *target, *output; /* output: a folder, or NULL */
	bool draft;
	uint64_t seed, runs_max, wall_ns, timeout_ns; /* 0: without end; wall_ns: real time */
	const char *const *without;                   /* steps whose text begins so are left out */
	unsigned without_count;
	const volatile int *stop;
	const struct vs_fuzz_listener *listeners;
	unsigned listener_count;

	/* What comes of it. */
	struct vs_fuzz_world world;
	struct vs_fuzz_maker maker;
	struct vs_fuzz_seen seen;
	uint64_t runs, steps, started_ns;
	struct vs_fuzz_sequence **corpus;
	unsigned corpus_count, loaded; /* loaded: from an earlier run, still to be run */
	struct vs_fuzz_case *cases;
	unsigned case_count, case_room;
	struct vs_fuzz_sequence *memory, *current, *next, *before, *spare;
	bool opened;
	uint64_t deadline_ns; /* the bus's own; a device that is known to hang is given less */
	bool impatient;
	char trouble[512];
};

/* Runs it. 0, or -1 with c->trouble when it could not go on; what was found until then stays. Free
 * in any case. */
int vs_fuzz_campaign_run(struct vs_fuzz_campaign *c);
void vs_fuzz_campaign_free(struct vs_fuzz_campaign *c);
/* Nanoseconds of real time since it began. */
uint64_t vs_fuzz_elapsed(const struct vs_fuzz_campaign *c);

/* Keeps a sequence that showed something new, in memory and in the folder. */
void vs_fuzz_keep(struct vs_fuzz_campaign *c, const struct vs_fuzz_sequence *sequence);

/*
 * Makes the sequence of a case small: fewer steps, then simpler arguments, as long as the same
 * shows on a fresh device. Sets its state.
 */
void vs_fuzz_minimise(struct vs_fuzz_campaign *c, struct vs_fuzz_case *found);

/* The folder. 0, or -1 with c->trouble. */
int vs_fuzz_folder_open(struct vs_fuzz_campaign *c);
int vs_fuzz_folder_save_case(struct vs_fuzz_campaign *c, struct vs_fuzz_case *found);
int vs_fuzz_folder_save_corpus(struct vs_fuzz_campaign *c, const struct vs_fuzz_sequence *sequence);
/* The case with this name, made if there is none; NULL without memory. */
struct vs_fuzz_case *vs_fuzz_case_of(struct vs_fuzz_campaign *c, const char *name);

/* Listeners: text and JSON Lines to `out`, a line of progress to a terminal. */
void vs_fuzz_listen_text(struct vs_fuzz_listener *listener, FILE *out);
void vs_fuzz_listen_jsonl(struct vs_fuzz_listener *listener, FILE *out);
void vs_fuzz_listen_progress(struct vs_fuzz_listener *listener, FILE *out);

#endif
