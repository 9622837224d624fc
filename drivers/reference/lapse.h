/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The language of misbehaving drivers. A lapse is the reference driver with one thing that it does
 * wrong; `virtspec driver --plugin reference.so --argument lapse=NAME[=VALUE]` has it examined, and
 * the monitors of the rules that it names have to find out.
 *
 * How to write a lapse
 *
 * 1. Find the smallest thing that breaks the rule and leaves the driver working otherwise.
 * 2. Say it in drivers/reference/lapses/HEADING.c, in this order of preference:
 *
 *    A row, for one access that is not as it should be. It names the accesses (reads or writes, of
 *    which place or field, at which moment of the driver's life) and how they differ:
 *
 *	LAPSE(features_ok_unread, "the status is not read back after FEATURES_OK",
 *	      .rows = { { LAPSE_SKIP, LAPSE_READS(VS_DEVICE_STATUS),
 *			  .in = LAPSE_IN(FEATURES_OK) } },
 *	      .breaks = LAPSE_RULES(INIT_FEATURES_OK_CHECKED));
 *
 *    An act, for one access too many: at a moment, a field is written or read.
 *
 *	LAPSE(ok_early, "DRIVER_OK is set before the queues are set up",
 *	      .acts = { LAPSE_WRITE(SETTLED, VS_DEVICE_STATUS, 0x0f) }, …);
 *
 *    Features to accept though they are not offered, or to decline though they are:
 *
 *	.accept = VS_BIT(VIRTIO_F_…), .decline = VS_BIT(VIRTIO_F_…)
 *
 *    Code, for the rest (below, "code"). In it
 *	l->life            the driver: its session, queues, requests (life.h)
 *	l->q               the virtqueue in question, or NULL
 *	l->value, l->text  the VALUE: which of the words in .values, counted from 0, and the word
 *	l->state[]         eight numbers of your own, zero when the driver is probed
 *	lapse_ordinary(…)  what would happen without the lapse
 *    Accesses made inside a lapse's code are not seen by rows and hooks again.
 *
 * 3. Name the rules: .breaks those that it is about, .also those that cannot but fall with them.
 *    .needs says on which mock it shows (TARGET syntax, bars between alternatives, the usual one
 *    first, as for quirks: "mock:blk", "mock:blk|net,ring=packed"), quirks included:
 *    "mock:blk,quirk=slow-reset". NULL: on any.
 *
 * Common lapses are one line: LAPSE_SKIP_READ, LAPSE_SKIP_WRITE, LAPSE_WIDTH, … at the end.
 */
#ifndef LAPSE_H
#define LAPSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/common.h"
#include "driver/features.h"
#include "driver/packed.h"
#include "driver/queue.h"
#include "driver/split.h"
#include "rules/rule_ids.h"

struct ref_life;
struct lapse_run;

/*
 * Moments of the driver's life. Each lasts until the next: a row with .in = LAPSE_IN(RESET) is
 * about accesses between the write of 0 and the moment CLEAN.
 */
enum lapse_moment {
	LAPSE_AT_START,       /* a start-up begins; only configuration space was read */
	LAPSE_AT_RESET,       /* 0 is about to be written to the status, and then waited for */
	LAPSE_AT_CLEAN,       /* the status has read 0 */
	LAPSE_AT_DRIVER,      /* ACKNOWLEDGE and DRIVER were set */
	LAPSE_AT_CHOICE,      /* the offer was read, nothing was accepted yet */
	LAPSE_AT_CHOSEN,      /* the choice was written */
	LAPSE_AT_FEATURES_OK, /* FEATURES_OK was written, and not read back yet */
	LAPSE_AT_SETTLED,     /* it holds (legacy: there is no such bit, but the moment) */
	LAPSE_AT_QUEUE,       /* the next virtqueue is set up: not selected yet */
	LAPSE_AT_CONFIGURED,  /* its registers are written, it is not enabled (l->q) */
	LAPSE_AT_ENABLED,     /* it is (l->q) */
	LAPSE_AT_READY,       /* all virtqueues are set up */
	LAPSE_AT_LIVE,        /* DRIVER_OK was written */
	LAPSE_AT_SUBMIT,      /* requests came, nothing of them is available yet */
	LAPSE_AT_NOTIFY,      /* buffers were made available, nothing was notified of (l->q) */
	LAPSE_AT_FLIGHT,      /* the device has the buffers, and knows (l->q) */
	LAPSE_AT_DONE,        /* all requests have come back */
	LAPSE_AT_CONFIG,      /* device configuration is about to be read */
	LAPSE_AT_INTERRUPT,   /* an interrupt came */
	LAPSE_AT_SUSPENDING,  /* SUSPEND is about to be written, and then waited for */
	LAPSE_AT_SUSPENDED,   /* the device sleeps */
	LAPSE_AT_RESUMING,    /* DRIVER_OK is about to be written, and then waited for */
	LAPSE_AT_RESUMED,     /* the device is awake */
	LAPSE_AT_QUEUE_RESET, /* 1 is about to be written to queue_reset, and then waited for */
	LAPSE_AT_QUEUE_DOWN,  /* it has read 0; the queue is set up again from here (l->q) */
	LAPSE_AT_NEEDS_RESET, /* DEVICE_NEEDS_RESET was seen */
	LAPSE_AT_GIVE_UP,     /* FAILED is about to be set */
	LAPSE_AT_REMOVE,      /* the driver was told to go: the last reset comes */
	LAPSE_AT_REMOVED,     /* the device is reset, memory is still there */
	LAPSE_AT_OVER,        /* memory was given back */
	LAPSE_MOMENTS,
};

#define LAPSE_IN(moment) (UINT64_C(1) << LAPSE_AT_##moment)

/* Where an access goes. */
enum lapse_place {
	LAPSE_OTHER,  /* a BAR, outside all below */
	LAPSE_CONFIG, /* configuration space: `at` is the offset */
	LAPSE_COMMON, /* common configuration or the legacy header: `field` */
	LAPSE_NOTIFY,
	LAPSE_ISR,
	LAPSE_DEVICE, /* device-specific configuration: `at` from its start */
	LAPSE_MSIX,   /* the MSI-X table: `at` from its start */
	LAPSE_PLACES,
};

struct lapse_access {
	bool write;
	bool high; /* the upper half of a field of 64 bits */
	enum lapse_place place;
	int field; /* enum vs_common_field, or -1 */
	uint64_t at;
	/* What is done: change these, then lapse_ordinary_access. A read leaves its value. */
	unsigned region; /* a BAR, or LAPSE_CONFIG_SPACE */
	uint64_t offset;
	unsigned width;
	uint64_t value;
};
#define LAPSE_CONFIG_SPACE 6u

/* How accesses that a row names differ. */
enum lapse_how {
	LAPSE_NONE,   /* ends the rows */
	LAPSE_SKIP,   /* not done; a read shows what was last written there (or read, or 0) */
	LAPSE_DEAF,   /* a read is done, but shows what was last written there, or .value */
	LAPSE_TWICE,  /* done twice */
	LAPSE_WIDE,   /* done at .width bytes */
	LAPSE_PIECES, /* done in pieces of .width bytes */
	LAPSE_BITS,   /* the value loses the bits in .clear and gets those in .value */
	LAPSE_MOVE,   /* done .value bytes further */
	LAPSE_LATE,   /* a write is held back until the moment .until */
	LAPSE_BEFORE, /* .value is written to the field .other, before this */
	LAPSE_AFTER,  /* and after it */
};

#define LAPSE_ANY (-2) /* for .field: every field of the place */

struct lapse_row {
	uint8_t how;
	bool reads, writes;
	uint8_t place;
	int8_t field;
	uint64_t in;   /* moments, LAPSE_IN(…) | …; 0: all */
	unsigned nth;  /* only the so manieth such access of the life, counted from 1; 0: each */
	unsigned with; /* only with the so manieth of .values, counted from 1; 0: with each */
	unsigned width;
	uint64_t clear, value;
	bool has_value; /* LAPSE_DEAF, LAPSE_SKIP: .value is the answer */
	int8_t other;
	uint8_t until;
};
/* What a row is about: the second thing in it. */
#define LAPSE_READS(of)    .reads = true, .place = LAPSE_COMMON, .field = (of)
#define LAPSE_WRITES(of)   .writes = true, .place = LAPSE_COMMON, .field = (of)
#define LAPSE_READS_AT(p)  .reads = true, .place = (p), .field = LAPSE_ANY
#define LAPSE_WRITES_AT(p) .writes = true, .place = (p), .field = LAPSE_ANY
#define LAPSE_ROWS         6u

/* An access too many. */
struct lapse_act {
	bool acts, reads, notifies;
	uint8_t when; /* enum lapse_moment */
	int8_t field;
	unsigned with; /* as in a row */
	uint64_t value;
};
/* clang-format off */
#define LAPSE_WRITE(moment, to, what) \
	{ .acts = true, .when = LAPSE_AT_##moment, .field = (to), .value = (what) }
#define LAPSE_READ(moment, from) \
	{ .acts = true, .reads = true, .when = LAPSE_AT_##moment, .field = (from) }
/* Notifies l->q, or the first virtqueue. */
#define LAPSE_KICK(moment) { .acts = true, .notifies = true, .when = LAPSE_AT_##moment }
/* clang-format on */
#define LAPSE_ACTS 4u

struct lapse_rules {
	const uint16_t *ids; /* VS_RULE_… */
	unsigned count;
};

struct lapse {
	const char *name; /* the identifier, with '_'; users write '-' */
	const char *says;
	struct lapse_rules breaks, also;
	const char *values;   /* words with one blank between; the first is the default */
	const char *needs;    /* the mock on which it shows, or NULL: any */
	const char *scenario; /* "profile=1.0" and the like, for whoever runs it; or NULL */

	/* Data. */
	struct lapse_row rows[LAPSE_ROWS];
	struct lapse_act acts[LAPSE_ACTS];
	uint64_t accept, decline; /* feature bits 0 to 63 */
	/* Of vs_queue.area[i]: bytes off its alignment. */
	uint8_t shift[VS_AREA_COUNT];

	/* Code. */
	void (*at)(struct lapse_run *l, enum lapse_moment moment);
	/* Instead of an access; lapse_ordinary_access(l, a) does it. */
	void (*access)(struct lapse_run *l, struct lapse_access *a);
	/* The features that the driver is about to accept. */
	void (*features)(struct lapse_run *l, struct vs_features *accepted);
	/* A buffer is about to be offered: up to LAPSE_ELEMENTS elements, returns how many. */
	unsigned (*elements)(struct lapse_run *l, struct vs_element *elements, unsigned count,
			     bool *indirect);
	/* Instead of offering it; returns as vs_ring_ops.offer, which lapse_ordinary_offer is. */
	int (*offer)(struct lapse_run *l, const struct vs_element *elements, unsigned count,
		     bool indirect);
	/* A descriptor is about to be written at `at`, in the ring or in a table. */
	void (*split)(struct lapse_run *l, void *at, struct vs_split_descriptor *d);
	void (*packed)(struct lapse_run *l, void *at, struct vs_packed_descriptor *d);
	/* Split: all of a buffer is written but the available ring; packed: nothing is yet. */
	void (*publish)(struct lapse_run *l, uint16_t id);
	/* It is available, and nobody was notified. */
	void (*published)(struct lapse_run *l, int id);
	/* Whether to notify l->q. */
	bool (*notify)(struct lapse_run *l, bool wanted);
	/* The driver asks for interrupts of l->q, or for none; lapse_ordinary_interrupts. */
	void (*interrupts)(struct lapse_run *l, bool wanted);
};

#define LAPSE_ELEMENTS 32u
#define LAPSE_HELD     16u

/* A lapse at work in one life of the driver. */
struct lapse_run {
	const struct lapse *lapse; /* NULL: a driver that behaves */
	struct ref_life *life;
	struct vs_queue *q;
	unsigned value;
	const char *text; /* the word of .values, up to a blank or the end; or "" */
	uint64_t state[8];

	enum lapse_moment moment;
	bool busy; /* its own code runs */
	unsigned counts[LAPSE_ROWS];
	uint64_t last[LAPSE_PLACES][VS_FIELD_COUNT + 1]; /* as written or read */
	bool written[LAPSE_PLACES][VS_FIELD_COUNT + 1];
	struct lapse_access held[LAPSE_HELD];
	unsigned held_count;
};

/* What a driver that behaves does. */
void lapse_ordinary_access(struct lapse_run *l, struct lapse_access *a);
int lapse_ordinary_offer(struct lapse_run *l, const struct vs_element *elements, unsigned count,
			 bool indirect);
void lapse_ordinary_interrupts(struct lapse_run *l, bool wanted);

/* For code: another access like the one at hand. */
uint64_t lapse_read(struct lapse_run *l, enum vs_common_field field);
void lapse_write(struct lapse_run *l, enum vs_common_field field, uint64_t value);
/* The word given as VALUE as a number, decimal or 0x…. */
uint64_t lapse_number(const struct lapse_run *l);

/* For the driver: see lapse.c. */
void lapse_moment(struct lapse_run *l, enum lapse_moment moment, struct vs_queue *q);
void lapse_access(struct lapse_run *l, struct lapse_access *a);
/* Takes "NAME" or "NAME=VALUE"; -1 where there is none such. */
int lapse_choose(struct lapse_run *l, const char *text);
/* Number `index` as a line of JSON, or NULL behind the last. The text is the caller's: `size`
 * bytes. */
const char *lapse_describe(unsigned index, char *text, size_t size);

/* Registers a lapse: LAPSE(name, "what it does wrong", …). */
#define LAPSE(lapse_name, text, ...)                                          \
	static const struct lapse lapse_##lapse_name = { .name = #lapse_name, \
							 .says = text,        \
							 __VA_ARGS__ };       \
	static const struct lapse *const lapse_##lapse_name##_registered      \
		__attribute__((section("lapses"), used, retain)) = &lapse_##lapse_name

/* Commas would part a row for the macros below. */
#define LAPSE_ROW(...)              \
	{                           \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

/* One-liners. `moments` is LAPSE_IN(…) | …, or 0. */
#define LAPSE_SKIP_READ(name, of, moments, text, ...)                                      \
	LAPSE(name, text, .rows = LAPSE_ROW(LAPSE_SKIP, LAPSE_READS(of), .in = (moments)), \
	      __VA_ARGS__)
#define LAPSE_SKIP_WRITE(name, of, moments, text, ...)                                      \
	LAPSE(name, text, .rows = LAPSE_ROW(LAPSE_SKIP, LAPSE_WRITES(of), .in = (moments)), \
	      __VA_ARGS__)
/* Reads, but takes what it wrote for the answer. */
#define LAPSE_IGNORE_READ(name, of, moments, text, ...)                                    \
	LAPSE(name, text, .rows = LAPSE_ROW(LAPSE_DEAF, LAPSE_READS(of), .in = (moments)), \
	      __VA_ARGS__)
#define LAPSE_WIDTH(name, access, bytes, text, ...) \
	LAPSE(name, text, .rows = LAPSE_ROW(LAPSE_WIDE, access, .width = (bytes)), __VA_ARGS__)
#define LAPSE_WRITE_AT(name, moment, to, what, text, ...) \
	LAPSE(name, text, .acts = { LAPSE_WRITE(moment, to, what) }, __VA_ARGS__)
#define LAPSE_READ_AT(name, moment, from, text, ...) \
	LAPSE(name, text, .acts = { LAPSE_READ(moment, from) }, __VA_ARGS__)
#define LAPSE_KICK_AT(name, moment, text, ...) \
	LAPSE(name, text, .acts = { LAPSE_KICK(moment) }, __VA_ARGS__)
#define LAPSE_ACCEPT(name, bit, text, ...)  LAPSE(name, text, .accept = VS_BIT(bit), __VA_ARGS__)
#define LAPSE_DECLINE(name, bit, text, ...) LAPSE(name, text, .decline = VS_BIT(bit), __VA_ARGS__)

/* One to eight rules, without the prefix VS_RULE_DRIVER_. */
#define LAPSE_RULES(...)                                                               \
	{                                                                              \
		.ids = (const uint16_t[]){ LAPSE_RULES_LIST(__VA_ARGS__) },            \
		.count = sizeof((const uint16_t[]){ LAPSE_RULES_LIST(__VA_ARGS__) }) / \
			 sizeof(uint16_t),                                             \
	}
/* clang-format off */
#define LAPSE_RULES_LIST(...)                                                                    \
	LAPSE_RULES_PICK(__VA_ARGS__, LAPSE_RULES_8, LAPSE_RULES_7, LAPSE_RULES_6, LAPSE_RULES_5, \
			 LAPSE_RULES_4, LAPSE_RULES_3, LAPSE_RULES_2, LAPSE_RULES_1, 0)(__VA_ARGS__)
#define LAPSE_RULES_PICK(_1, _2, _3, _4, _5, _6, _7, _8, name, ...) name
#define LAPSE_RULES_1(rule)      VS_RULE_DRIVER_##rule
#define LAPSE_RULES_2(rule, ...) VS_RULE_DRIVER_##rule, LAPSE_RULES_1(__VA_ARGS__)
#define LAPSE_RULES_3(rule, ...) VS_RULE_DRIVER_##rule, LAPSE_RULES_2(__VA_ARGS__)
#define LAPSE_RULES_4(rule, ...) VS_RULE_DRIVER_##rule, LAPSE_RULES_3(__VA_ARGS__)
#define LAPSE_RULES_5(rule, ...) VS_RULE_DRIVER_##rule, LAPSE_RULES_4(__VA_ARGS__)
#define LAPSE_RULES_6(rule, ...) VS_RULE_DRIVER_##rule, LAPSE_RULES_5(__VA_ARGS__)
#define LAPSE_RULES_7(rule, ...) VS_RULE_DRIVER_##rule, LAPSE_RULES_6(__VA_ARGS__)
#define LAPSE_RULES_8(rule, ...) VS_RULE_DRIVER_##rule, LAPSE_RULES_7(__VA_ARGS__)
/* clang-format on */

#endif
