/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device under fuzz: the session that drives it, memory for hostile buffers, what the device was
 * given and what of that is still legal, and the first thing found wrong.
 *
 * What follows a mistake of the driver the specification leaves open, so rings are judged only as
 * long as nothing but legal steps touched them. Three things a device owes whatever the driver did:
 * to stay alive, to leave alone what it was not given, and to work again after a reset.
 */
#ifndef VS_FUZZ_WORLD_H
#define VS_FUZZ_WORLD_H

#include <setjmp.h>

#include "driver/queue.h"
#include "driver/request.h"
#include "driver/session.h"
#include "fuzz/seen.h"
#include "fuzz/sequence.h"

#define VS_FUZZ_BUFFERS     8u
#define VS_FUZZ_BUFFER_SIZE 4096u
#define VS_FUZZ_TABLES      4u
#define VS_FUZZ_TABLE_SIZE  32u /* entries */
#define VS_FUZZ_SPANS       256u
#define VS_FUZZ_SIZES       17u /* sizes of virtqueues, from 0 on */

/* What was found wrong. */
enum vs_fuzz_oracle {
	VS_FUZZ_FINE,
	VS_FUZZ_DIED,
	VS_FUZZ_HUNG,
	VS_FUZZ_STRAY,   /* memory changed that the device was not given to write */
	VS_FUZZ_LOST,    /* it does not reset, come up or serve any more */
	VS_FUZZ_RING,    /* a used ring says what cannot be, though the driver made no mistake */
	VS_FUZZ_STALLED, /* a legal request is not served, or without an interrupt */
	VS_FUZZ_ORACLES,
};

struct vs_fuzz_finding {
	enum vs_fuzz_oracle oracle;
	unsigned step;  /* at which it was found; the number of steps: after all of them */
	char what[160]; /* the same for the same bug, as far as can be told: without numbers */
	char says[480]; /* one sentence */
	char *evidence; /* what the device's process wrote, or NULL; malloc */
};

/* A queue as the fuzzer sees it. By id: whether it is in flight, is a benign request, and the bytes
 * of it that are writable. */
struct vs_fuzz_track {
	bool bent;   /* something other than legal steps touched it */
	bool halted; /* it was reset, and not started again */
	bool mixed;  /* other buffers than benign requests were offered */
	bool *out, *benign;
	uint32_t *writable;
	unsigned waiting; /* benign requests in flight */
};

/* [from, end) of DMA memory, by offset, that the device may write. */
struct vs_fuzz_span {
	size_t from, end;
};

struct vs_fuzz_world {
	struct vs_bus *bus;
	struct vs_function fn;
	struct vs_session s;
	bool open;  /* there is a session */
	bool draft; /* by the draft of 2013 */
	uint64_t timeout_ns, patience_ns;
	jmp_buf *resume;

	uint8_t *buffers[VS_FUZZ_BUFFERS], *tables[VS_FUZZ_TABLES]; /* or NULL: not yet */
	struct vs_fuzz_track *tracks;                               /* one a queue, or NULL */

	bool dirty;        /* since the start: the driver made mistakes outside rings */
	bool blind;        /* the device may take for a descriptor what is none: memory unwatched */
	bool config_dirty; /* configuration space was written at random */
	bool mapped;       /* a queue was mapped to another vector */
	bool trusted;      /* it is the driver that writes descriptors, as it ought to */
	struct vs_fuzz_span spans[VS_FUZZ_SPANS];
	unsigned span_count;

	/* By view: what the device did when nobody had done anything to it yet. */
	struct {
		bool comes_up, serves, interrupts, messages;
	} usual[VS_VIEW_COUNT];
	bool probing;

	/* Learnt at the beginning: views that work, as bits; options that work alone; sizes that
	 * work in every view. */
	unsigned views, options, sizes;

	struct vs_hooks hooks;
	bool served, answered, interrupted; /* what became of the last benign request */
	bool ready;                         /* the device has just started, as `at` says */
	bool hurt;                          /* it has to be started anew */
	struct vs_fuzz_step at;

	unsigned step; /* that is being run */
	struct vs_fuzz_finding finding;
	struct vs_fuzz_seen *seen; /* or NULL */
	/* Told of what a step read: for a replay that says everything. Or NULL. */
	void (*tell)(void *context, const char *text);
	void *tell_context;
};

/*
 * Takes the device over: reads its configuration space and learns in which views it comes up and
 * serves. Takes a shadow of DMA memory. 0, or -1 with a sentence.
 */
int vs_fuzz_open(struct vs_fuzz_world *w, struct vs_bus *bus, bool draft, uint64_t timeout_ns,
		 char *error, size_t size);
void vs_fuzz_close(struct vs_fuzz_world *w);

/*
 * Runs a sequence, and brings the device up again to DRIVER_OK, in the way that `next` says (a step
 * START; NULL: as the sequence itself began). What is wrong is in w->finding, whose evidence the
 * caller frees. The device is started anew first if `fresh`, and after a finding: where that fails,
 * the bus is not alive.
 */
void vs_fuzz_run(struct vs_fuzz_world *w, const struct vs_fuzz_sequence *sequence,
		 const struct vs_fuzz_step *next, bool fresh);

/* Notes the first thing that is wrong. `what` as in struct vs_fuzz_finding; digits are taken out.
 */
void vs_fuzz_find(struct vs_fuzz_world *w, enum vs_fuzz_oracle oracle, const char *what,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));
const char *vs_fuzz_oracle_name(enum vs_fuzz_oracle oracle);

/* A session as a step START says; judges what the one before it left. */
void vs_fuzz_begin(struct vs_fuzz_world *w, const struct vs_fuzz_step *start);
/* Configuration space as it was when the function was read. */
void vs_fuzz_restore_config(struct vs_fuzz_world *w);

/* Memory and tracks for a session that has come further. */
void vs_fuzz_furnish(struct vs_fuzz_world *w);

/* The queue that a step names, or NULL where none is set up; its number among them. */
struct vs_queue *vs_fuzz_queue(struct vs_fuzz_world *w, struct vs_fuzz_arg arg, unsigned *slot);
/* The address for an argument; its memory, or NULL where less than `size` bytes of it are ours. */
uint64_t vs_fuzz_address(const struct vs_fuzz_world *w, struct vs_fuzz_arg arg);
uint8_t *vs_fuzz_memory(const struct vs_fuzz_world *w, struct vs_fuzz_arg arg, size_t size);

/* Writes a number in the order of the interface, where there is memory. */
void vs_fuzz_store(struct vs_fuzz_world *w, struct vs_fuzz_arg place, unsigned width,
		   uint64_t value);

/* A descriptor was written: what it names may be written from now on, if it says so. */
void vs_fuzz_grant(struct vs_fuzz_world *w, const void *at, uint64_t address, uint32_t length,
		   uint16_t flags);
/* Judges memory that the device was not given. */
void vs_fuzz_look_at_memory(struct vs_fuzz_world *w);

/* A legal buffer left; used buffers are taken and judged, where the queue is not bent. */
void vs_fuzz_departed(struct vs_fuzz_world *w, unsigned slot, int id, uint32_t writable);
void vs_fuzz_collect(struct vs_fuzz_world *w, unsigned slot);
/* At the end of a session without a mistake: benign requests have to come back. */
void vs_fuzz_await(struct vs_fuzz_world *w);
/* Whether the device may have stopped over what the driver did, without saying so. */
bool vs_fuzz_may_have_given_up(const struct vs_fuzz_world *w);
/* A benign request, there and back, with an interrupt where the device usually sends one. */
void vs_fuzz_serve(struct vs_fuzz_world *w, enum vs_fuzz_oracle oracle, const char *when);
/* A queue is out of the driver's hands. */
void vs_fuzz_bend(struct vs_fuzz_world *w, unsigned slot);

/* Something that the device let see, for feedback and replay. */
void vs_fuzz_saw(struct vs_fuzz_world *w, const struct vs_fuzz_step *step, const char *what,
		 uint64_t value);

#endif
