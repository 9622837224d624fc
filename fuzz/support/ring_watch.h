/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device may do to guest memory, decided access by access: a slow second look at rings, by
 * the specification (2.7, 2.8) and with what each read returned. It ends the process through
 * fuzz_oracle with one of these names:
 *
 *	not-live         an access before DRIVER_OK, after a reset, or after an error
 *	double-fetch     a byte of a descriptor, or more data than there is, read again
 *	walk             a read in the middle of a list that is not of the next descriptor
 *	not-available    a buffer was taken that was not made available
 *	stray-read, stray-write
 *	                 an access outside what is the device's to read, to write
 *	used-id, used-len, used-order, used-idx
 *	                 what a used element says, and in which order things become visible
 *	suppress         flags or events that the device writes
 *	interrupt-lost, interrupt-unwanted, isr
 *	                 notifications against the rules of suppression
 *	needs-reset      an error that does not show, or none that does
 *	left-behind      buffers that nobody took, notifications that stay off
 *
 * Elements that lie over a ring make it impossible to tell one access from another: then (muddled)
 * an access only has to be in a place that is the device's.
 */
#ifndef FUZZ_RING_WATCH_H
#define FUZZ_RING_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/support/oracle.h"

#define WATCH_QUEUES   3u
#define WATCH_SIZE_MAX 16u /* entries of a queue */
#define WATCH_CHAINS   (WATCH_QUEUES * WATCH_SIZE_MAX + 1)

struct guest;

struct watch_element {
	uint64_t address;
	uint32_t length;
	bool writable;
};

/* A buffer that the device has taken. */
struct watch_chain {
	unsigned queue;
	uint16_t id;
	bool vague;           /* which of its bytes were accessed cannot be told */
	bool touched;         /* accessed at all */
	unsigned count;       /* elements */
	unsigned descriptors; /* in the ring itself */
	uint64_t readable, writable, read, prefix; /* bytes; read: so far; prefix: written */
	struct watch_element element[WATCH_SIZE_MAX];
};

struct watch_queue {
	bool enabled;
	bool greedy; /* takes every buffer as soon as it can */
	bool used;   /* accessed during this call */
	uint16_t vector, size;
	uint64_t descriptors, driver, device; /* areas */

	/* Split: free-running. Packed: descriptors since the start, of which the slot and the wrap
	 * counter follow. */
	uint32_t taken, pushed, published;
	uint16_t available;  /* split: the index that the device saw last */
	bool too_far;        /* and that one cannot be */
	uint16_t head_flags; /* packed: of the descriptor at `taken`, as seen last */
	bool seen;           /* packed: and that one was available */
	uint32_t length;     /* packed: of the element that is not to be seen yet */
	uint32_t outside;    /* packed: descriptors taken and not used */

	/* The notification that the last publication may have to be followed by. */
	bool pending, known, wanted, raised;
	uint32_t from, to;
	uint16_t event_flags; /* packed */
};

/* A list of descriptors that is being read. */
struct watch_walk {
	bool active, table;
	unsigned queue;
	uint64_t address; /* of the descriptor that comes next */
	uint64_t before;  /* of the one that was read last */
	uint16_t fetched; /* its bytes that were read, one bit each */
	uint8_t bytes[16];
	uint64_t base;    /* of the table */
	uint32_t entries; /* in it */
	uint32_t at;      /* packed: the next one's number */
	struct watch_chain *chain;
};

struct ring_watch {
	bool packed, event_idx, indirect, in_order, messages;
	bool live, trouble, muddled, line;
	bool payload;         /* more was read of a buffer than a request's header */
	bool config_expected; /* a configuration change notification may come */
	uint8_t isr;          /* what it has to be, when nobody reads it */
	struct watch_queue queue[WATCH_QUEUES];
	unsigned order[WATCH_CHAINS]; /* numbers of chains: `out` that are out, oldest first */
	unsigned out;
	struct watch_walk walk;
	struct watch_chain chain[WATCH_CHAINS]; /* what is not out means nothing */
};

/* Everything off; the chains that are not out need no clearing. */
void ring_watch_start(struct ring_watch *watch);
/* The queue is gone with all that was taken from it. */
void ring_watch_forget(struct ring_watch *watch, unsigned queue);
/* The queue starts anew, its areas, size, vector and `greedy` set by the caller before. */
void ring_watch_enable(struct ring_watch *watch, unsigned queue);

/* The device accesses memory; data is NULL where there is none. */
void ring_watch_read(struct ring_watch *watch, uint64_t address, const uint8_t *data, size_t size);
void ring_watch_write(struct ring_watch *watch, uint64_t address, const uint8_t *data, size_t size);
void ring_watch_message(struct ring_watch *watch, unsigned vector);

/* A call into the device is over: what has to have happened by now. */
void ring_watch_settle(struct ring_watch *watch, uint8_t isr, bool needs_reset);
/* The same for a queue that the driver has notified, in a memory that did not change meanwhile. */
void ring_watch_idle(struct ring_watch *watch, unsigned queue, struct guest *guest);

/* ---- Between the files of the watch ---- */

/* The two formats: whether the access was one of theirs. */
bool split_watch_read(struct ring_watch *watch, unsigned queue, uint64_t address,
		      const uint8_t *data, size_t size);
bool split_watch_write(struct ring_watch *watch, unsigned queue, uint64_t address,
		       const uint8_t *data, size_t size);
void split_watch_step(struct ring_watch *watch);
void split_watch_idle(struct ring_watch *watch, unsigned queue, struct guest *guest);
bool packed_watch_read(struct ring_watch *watch, unsigned queue, uint64_t address,
		       const uint8_t *data, size_t size);
bool packed_watch_write(struct ring_watch *watch, unsigned queue, uint64_t address,
			const uint8_t *data, size_t size);
/* Whether what has been read of a descriptor so far allows the rest to be read. */
bool packed_watch_part(struct ring_watch *watch);
void packed_watch_step(struct ring_watch *watch);
void packed_watch_idle(struct ring_watch *watch, unsigned queue, struct guest *guest);

/* Begins a list with its first descriptor at `address`. */
void watch_walk_start(struct ring_watch *watch, unsigned queue, uint64_t address, uint16_t id);
/* One element; false when it cannot be one, and the list is an error. */
bool watch_walk_element(struct ring_watch *watch, uint64_t address, uint32_t length,
			uint16_t flags);
/* Goes over to the table that a descriptor refers to; false when it cannot be one. */
bool watch_walk_table(struct ring_watch *watch, uint64_t address, uint32_t length, uint16_t flags);
/* The list has ended: the buffer is the device's. */
void watch_walk_end(struct ring_watch *watch);
/* The device has met an error, and will do nothing from now on. */
void watch_trouble(struct ring_watch *watch);

/* A used element, and that what was used can be seen. */
unsigned watch_push(struct ring_watch *watch, unsigned queue, uint32_t id, uint32_t length);
void watch_publish(struct ring_watch *watch, unsigned queue);
/* What the driver said about notifications, as the device has read it. */
void watch_know(struct watch_queue *queue, bool wanted);

/* The chain at this place of the order is out no more. */
void watch_let_go(struct ring_watch *watch, unsigned place);
/* The newest buffer of a queue goes back unused; false when it was touched. */
bool watch_give_back(struct ring_watch *watch, unsigned queue);

static inline bool watch_inside(uint64_t address, uint64_t size, uint64_t from, uint64_t length)
{
	return address >= from && address - from <= length && size <= length - (address - from);
}

static inline uint64_t watch_number(const uint8_t *data, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)data[i] << 8 * i;
	return value;
}

#endif
