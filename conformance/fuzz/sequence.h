/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device is fuzzed with: a sequence of steps. A step has a kind and arguments; what kinds
 * there are, and how their arguments are written and made up, is data (kinds.c, kinds of arguments
 * in arguments.c). The text form is described in docs/fuzzing-devices.md and does not change.
 */
#ifndef VS_FUZZ_SEQUENCE_H
#define VS_FUZZ_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/random.h"

#define VS_FUZZ_ARGS  8u
#define VS_FUZZ_STEPS 192u /* of one sequence, at the most */
#define VS_FUZZ_LINE  512u /* bytes of a line of text, at the most, with the newline */

/* What a number counts from. */
enum vs_fuzz_base {
	VS_FUZZ_RAW,    /* 0 */
	VS_FUZZ_BUFFER, /* buffer NUMBER of the arena */
	VS_FUZZ_TABLE,  /* memory of the arena for indirect table NUMBER */
	VS_FUZZ_DESC,   /* the descriptor area of queue NUMBER */
	VS_FUZZ_DRIVER, /* its driver area */
	VS_FUZZ_DEVICE, /* its device area */
	VS_FUZZ_BAR,    /* where BAR NUMBER was placed */
	VS_FUZZ_END,    /* behind the last byte of memory */
	VS_FUZZ_BASES,
};

struct vs_fuzz_arg {
	uint64_t value; /* added to the base, modulo 2^64 */
	uint8_t base;   /* enum vs_fuzz_base; always RAW but in places */
	uint8_t number;
};

/* Kinds of arguments. */
enum vs_fuzz_type {
	VS_FUZZ_NONE,    /* behind the last argument of a kind of step */
	VS_FUZZ_VIEW,    /* enum vs_view */
	VS_FUZZ_STAGE,   /* enum vs_stage */
	VS_FUZZ_SIZE,    /* of virtqueues: the most entries, 0 as the driver likes */
	VS_FUZZ_OPTIONS, /* VS_FUZZ_OPTION_… */
	VS_FUZZ_QUEUE,   /* counts the virtqueues that are set up, from 0, round and round */
	VS_FUZZ_FIELD,   /* enum vs_common_field */
	VS_FUZZ_REGION,  /* enum vs_fuzz_region */
	VS_FUZZ_OFFSET,
	VS_FUZZ_WIDTH, /* 1, 2, 4 or 8 */
	VS_FUZZ_VALUE,
	VS_FUZZ_SMALL, /* a number that is small as a rule */
	VS_FUZZ_PLACE, /* an address */
	VS_FUZZ_BLOCK, /* an address in a buffer, as a rule */
	VS_FUZZ_LENGTH,
	VS_FUZZ_FLAGS, /* of a descriptor */
	VS_FUZZ_INDEX, /* a place of a table or ring, or near it */
	VS_FUZZ_COUNT, /* a few */
	VS_FUZZ_FORM,  /* of a buffer: direct or indirect */
	VS_FUZZ_TYPES,
};

/* How a session is set up, beside the driver's own choice. */
#define VS_FUZZ_OPTION_MSIX        0x1u
#define VS_FUZZ_OPTION_NO_EVENTS   0x2u /* EVENT_IDX is refused */
#define VS_FUZZ_OPTION_NO_INDIRECT 0x4u
#define VS_FUZZ_OPTION_NO_IN_ORDER 0x8u
#define VS_FUZZ_OPTION_ALL_QUEUES  0x10u
#define VS_FUZZ_OPTION_BITS        5u

enum vs_fuzz_region {
	VS_FUZZ_IN_COMMON,
	VS_FUZZ_IN_NOTIFY,
	VS_FUZZ_IN_ISR,
	VS_FUZZ_IN_DEVICE,
	VS_FUZZ_IN_MSIX,
	VS_FUZZ_IN_CONFIG,
	VS_FUZZ_IN_BAR0,
	VS_FUZZ_REGIONS = VS_FUZZ_IN_BAR0 + 6,
};

struct vs_fuzz_step {
	uint8_t kind; /* index into vs_fuzz_kinds */
	struct vs_fuzz_arg args[VS_FUZZ_ARGS];
};

struct vs_fuzz_sequence {
	unsigned count;
	bool kept; /* it was of interest in an earlier run, and is there already */
	struct vs_fuzz_step steps[VS_FUZZ_STEPS];
};

struct vs_fuzz_world;

struct vs_fuzz_kind {
	const char *name;
	uint8_t types[VS_FUZZ_ARGS]; /* enum vs_fuzz_type */
	uint8_t weight;              /* how often it is made up, beside the others */
	bool legal;                  /* for drivers as well */
	uint16_t device;             /* only for this device type; 0: for all */
	void (*run)(struct vs_fuzz_world *w, const struct vs_fuzz_step *step);
};

extern const struct vs_fuzz_kind vs_fuzz_kinds[];
extern const unsigned vs_fuzz_kind_count;
/* The first kind is the start of a session: VIEW STAGE SIZE OPTIONS. Every sequence begins so. */
#define VS_FUZZ_START 0u

static inline unsigned vs_fuzz_arg_count(const struct vs_fuzz_kind *kind)
{
	unsigned count = 0;

	while (count < VS_FUZZ_ARGS && kind->types[count])
		count++;
	return count;
}

/* What sequences are made for. */
struct vs_fuzz_maker {
	struct vs_random random;
	uint16_t device;  /* the device type */
	unsigned views;   /* of enum vs_view, as bits: those that work */
	unsigned options; /* VS_FUZZ_OPTION_… that work */
	unsigned sizes;   /* of virtqueues, as bits: those that work; 0 among them */
};

/* Makes up an argument; another one in place of one. */
struct vs_fuzz_arg vs_fuzz_make_arg(struct vs_fuzz_maker *m, enum vs_fuzz_type type);
void vs_fuzz_bend_arg(struct vs_fuzz_maker *m, enum vs_fuzz_type type, struct vs_fuzz_arg *arg);
/* The `turn`-th simpler argument to try in place of one; false when there are no more. */
bool vs_fuzz_simpler_arg(enum vs_fuzz_type type, struct vs_fuzz_arg arg, unsigned turn,
			 struct vs_fuzz_arg *simpler);

/* A sequence from nothing; one made of one that was of interest and another to take parts from. */
void vs_fuzz_make(struct vs_fuzz_maker *m, struct vs_fuzz_sequence *sequence);
void vs_fuzz_mutate(struct vs_fuzz_maker *m, struct vs_fuzz_sequence *sequence,
		    const struct vs_fuzz_sequence *other);

/* One argument as text, without blanks; of a step, a line without a newline. Always terminated. */
void vs_fuzz_format_arg(enum vs_fuzz_type type, struct vs_fuzz_arg arg, char *text, size_t size);
void vs_fuzz_format(const struct vs_fuzz_step *step, char *text, size_t size);
/* Text to an argument. 0, or -1. */
int vs_fuzz_parse_arg(enum vs_fuzz_type type, const char *text, struct vs_fuzz_arg *arg);
/* A line to a step: 1, 0 where there is none in it (blank, or a comment), -1 with a sentence. */
int vs_fuzz_parse(const char *line, struct vs_fuzz_step *step, char *error, size_t size);

/* A whole file. 0, or -1 with a sentence that names the line. */
int vs_fuzz_read(FILE *in, struct vs_fuzz_sequence *sequence, char *error, size_t size);
void vs_fuzz_write(FILE *out, const struct vs_fuzz_sequence *sequence);

#endif
