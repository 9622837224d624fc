/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inputs of the targets for rings of the driver's side.
 *
 * Head, 8 bytes: size of the ring, modes, where its positions start (2), queue_notify_off (2), two
 * unused. Then records of 8 bytes, each a step of the driver's or the device's: operation, count,
 * value (2), length (2), and what changes in memory when one call of the driver's loads the same
 * twice (2).
 */
#ifndef FUZZ_RING_RECORD_H
#define FUZZ_RING_RECORD_H

#include "fuzz/support/input.h"
#include "fuzz/support/ring_arena.h"
#include "fuzz/support/target.h"

#define RING_RECORDS_MAX  64u
#define RING_ELEMENTS_MAX 16u

/* Modes, in the head. */
#define RING_EVENT_IDX  0x01u
#define RING_IN_ORDER   0x02u
#define RING_DATA       0x04u /* NOTIFICATION_DATA */
#define RING_LEGACY     0x08u
#define RING_BIG_ENDIAN 0x10u
#define RING_TABLES     0x20u /* one for each id, instead of one as needed */

enum ring_op {
	RING_OFFER,      /* count + 1 elements, `value` of them readable; notifies */
	RING_INDIRECT,   /* the same by a table, without */
	RING_NOTIFY,     /* whether the device wants to know */
	RING_USE,        /* a right device uses the oldest, or with IN_ORDER up to count more */
	RING_USE_LATER,  /* a device uses another one of those that are out */
	RING_USED,       /* the device writes what it likes where the driver looks next */
	RING_MOVE,       /* the device's position is another one */
	RING_EVENT,      /* what the device says of notifications */
	RING_TAKE,       /* up to count + 1 used buffers */
	RING_PENDING,    /* whether there are any */
	RING_INTERRUPTS, /* on and off */
	RING_CLEAR,      /* the queue as after its reset */
	RING_SCRIBBLE,   /* the device writes anywhere in the rings */
	RING_OPS,
};

struct ring_record {
	uint8_t op, count;
	uint16_t value, len, change;
};

struct ring_head {
	uint8_t size, modes;
	uint16_t start, notify_off;
};

struct ring_head ring_head(struct fuzz_input *in);
struct ring_record ring_record(struct fuzz_input *in);
/* What the head says of the queue, but for its size. */
struct ring_setup ring_setup(const struct ring_head *head, const struct vs_ring_ops *ring,
			     uint16_t size);
/* The buffer of a record that offers one; returns how many elements it has. */
unsigned ring_buffer(struct ring_arena *a, const struct ring_record *r,
		     struct vs_element elements[RING_ELEMENTS_MAX]);

extern const struct fuzz_field ring_fields[5], ring_head_fields[4];
/* Ordinary situations, batches, buffers out of order, and a device that lies. */
void ring_make_seeds(struct fuzz_seeds *seeds);

/* What a target of this kind has beside its execution. */
#define RING_TARGET                                                             \
	const struct fuzz_shape fuzz_shape = { .head = 8,                       \
					       .record = 8,                     \
					       .fields = ring_fields,           \
					       .field_count = 5,                \
					       .head_fields = ring_head_fields, \
					       .head_field_count = 4 };         \
	void fuzz_make_seeds(struct fuzz_seeds *seeds)                          \
	{                                                                       \
		ring_make_seeds(seeds);                                         \
	}

#endif
