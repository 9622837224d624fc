/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside of the looker at rings: what it knows of each virtqueue. Guest memory is hostile, so
 * numbers in here are bounded when they are taken, and everything is sized by the queue.
 */
#ifndef VS_RINGS_INTERNAL_H
#define VS_RINGS_INTERNAL_H

#include <assert.h>

#include "observe/model.h"
#include "observe/rings.h"
#include "spec/byteorder.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"

#define RINGS_NONE       0xffffu /* no buffer, no place: queues have at most 2^15 of them */
#define RINGS_CHUNK      64u     /* descriptors that are read in one piece */
/* Descriptors that one look compares in the table, entries in the available ring, and descriptors
 * in indirect tables. Beyond that the looks take turns. */
#define RINGS_BUDGET     1024u
/* A queue of 2^15 places could hold 2^30 elements, in tables of 2^34 bytes: elements that one look
 * walks, and bytes of tables that are kept of a queue. What is beyond goes unseen. */
#define RINGS_WALK_MAX   (1u << 20)
#define RINGS_TABLES_MAX ((size_t)1 << 26)

/* The same in both formats. */
#define RINGS_DESC_SIZE VIRTQ_DESC_SIZE
static_assert(VIRTQ_DESC_SIZE == VIRTQ_PACKED_SIZE, "one size of descriptors");

/* A buffer in flight. */
struct rings_buffer {
	uint16_t id;           /* split: the head; packed: the buffer id */
	uint16_t place;        /* `value` of its VS_EVENT_AVAILABLE */
	uint16_t first;        /* split: the first of its places in the table, or RINGS_NONE */
	uint16_t count;        /* places of the table that are its own */
	uint16_t older, newer; /* in the order in which they became available */
	uint16_t next;         /* with the same bucket; newer */
	bool flying;           /* is one */
	bool fresh;            /* not compared yet */
	uint32_t accepted;     /* look at which its table was brought up to date */
	uint8_t *table;        /* indirect table as first read, or NULL */
	uint32_t table_size;   /* bytes of it that are kept */
	uint64_t table_address;
};

/* A place of a packed ring in one of its rounds. */
struct rings_turn {
	uint16_t slot;
	bool wrap;
};

struct rings_queue {
	struct vs_rings *rings;
	uint16_t index; /* of the virtqueue */
	uint16_t size;  /* 1 to 32768 */
	bool packed, big_endian;
	bool lost; /* cannot be followed any more */
	/* Split: the device used what was not there. With IN_ORDER a driver may take that for the
	 * end of a batch; one that runs meanwhile may come upon it later, and take it for a buffer
	 * that it has added since. Nobody knows what such a driver holds for used. */
	bool misled;
	uint64_t descriptor_area, driver_area, device_area;

	/* Buffers in flight. */
	struct rings_buffer *buffers; /* `size` of them */
	uint16_t *buckets;            /* by id modulo size, the oldest one */
	uint16_t unused;              /* list of buffers that are free, by `newer` */
	uint16_t oldest, newest;
	unsigned in_flight;
	unsigned tables;    /* of them that have an indirect table */
	size_t table_bytes; /* of all those tables */

	/* What the places of the table held when they became available. */
	uint8_t *shadow;   /* descriptors as they lie in memory */
	uint16_t *owner;   /* split: buffer; packed: id */
	uint16_t *link;    /* split: the next place of the same buffer */
	uint16_t *owned;   /* split: how many places of each chunk have an owner */
	uint16_t *entries; /* split: the available ring, as it lies in memory */

	/* What the last look brought up to date, and the next one compares: chunks or places of the
	 * table, entries by available index, buffers with a table. */
	unsigned table_from, table_span;
	uint16_t entry_from;
	unsigned entry_span;
	uint16_t indirect_from, indirect_next;
	unsigned indirect_span;
	uint32_t look; /* number of it, never 0 */

	/* As last seen. */
	uint16_t avail_flags, used_event;
	uint16_t device_flags, avail_event;
	uint16_t avail_idx, used_idx;            /* split */
	struct rings_turn avail_turn, used_turn; /* packed */
	unsigned outstanding;                    /* packed: places from used_turn to avail_turn */
	unsigned fresh;       /* packed: of them, those that have not been compared */
	bool told_incomplete; /* of the list that begins at avail_turn */
	bool early;           /* the place behind avail_turn was available before it */
	bool told_unknown;    /* of the used descriptor at avail_turn */
};

/* What a queue looked like before the driver enabled it. */
struct rings_candidate {
	bool valid;
	uint16_t queue;
	uint16_t flags; /* VS_QUEUE_… */
	uint16_t used_flags;
};

struct vs_rings {
	const struct vs_subject *subject;
	struct vs_rings_memory memory;
	struct vs_trace *trace;
	struct vs_model model;
	struct rings_candidate candidate;
	struct rings_queue *queues[VS_SEEN_QUEUES]; /* those that live, in any order */
	unsigned count;
	unsigned walked; /* elements in this look */
	struct {
		bool valid;
		uint64_t address;
		uint8_t bytes[sizeof(uint16_t)];
	} store; /* that the device is about to make: seen as made */
	uint8_t scratch[RINGS_CHUNK * RINGS_DESC_SIZE];
	uint8_t visited[(UINT16_MAX + 1) / 8]; /* places of an indirect table, while it is walked */
};

/* ---- rings.c ---- */

/* 0, or -1 where any byte of [address, address + size) is not memory. */
int rings_read(struct vs_rings *rings, uint64_t address, void *data, size_t size);
/* An integer of the ring's byte order. */
uint64_t rings_load(const struct rings_queue *queue, const void *data, unsigned width);
int rings_read16(struct rings_queue *queue, uint64_t address, uint16_t *value);
/* Adds the event to the trace, with the time and the number of the queue. */
void rings_tell(struct rings_queue *queue, struct vs_event event);
/* Notes a field's new value and tells of it as `kind`, if it is another one. */
void rings_field(struct rings_queue *queue, uint16_t *known, uint16_t value,
		 enum vs_event_kind kind);
bool rings_in_order(const struct rings_queue *queue);
bool rings_event_idx(const struct rings_queue *queue);

/* ---- rings_queue.c: life of a queue ---- */

/* Which of the areas are memory, and whether they hold zeroes; the used ring's flags. */
void rings_inspect(struct vs_rings *rings, const struct rings_queue *shape,
		   struct rings_candidate *found);
/* A queue like `shape`, with nothing available yet; NULL without memory. */
struct rings_queue *rings_queue_new(const struct rings_queue *shape);
void rings_queue_free(struct rings_queue *queue);

/* ---- rings_buffers.c: buffers in flight ---- */

void rings_buffers_init(struct rings_queue *queue);
/* Takes a buffer into flight as the newest; the oldest one goes when all places are taken. */
struct rings_buffer *rings_buffer_add(struct rings_queue *queue, uint16_t id, uint16_t place);
/* The oldest one in flight of that name, or NULL. */
struct rings_buffer *rings_buffer_find(struct rings_queue *queue, uint32_t id);
/* How many in flight are not newer than it; `limit` + 1 if more than limit. */
unsigned rings_buffer_age(const struct rings_queue *queue, const struct rings_buffer *buffer,
			  unsigned limit);
/* Makes a place of the table the buffer's own (split). */
void rings_buffer_own(struct rings_queue *queue, struct rings_buffer *buffer, uint16_t place);
void rings_buffer_remove(struct rings_queue *queue, struct rings_buffer *buffer);
/*
 * The device says that it used `buffer`, and with IN_ORDER those before it, at most `limit` in all.
 * Tells of all of them and forgets them. How many there were; *places: of the table, in all.
 */
unsigned rings_buffer_use(struct rings_queue *queue, struct rings_buffer *buffer, uint32_t length,
			  unsigned limit, unsigned *places);
void rings_use_unknown(struct rings_queue *queue, uint32_t id, uint32_t length);
/* Forgets all that are in flight, in silence. */
void rings_buffers_forget(struct rings_queue *queue);

/* ---- rings_chain.c: one buffer's descriptors ---- */

struct rings_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags;
	uint16_t next; /* split */
	uint16_t id;   /* packed */
};

/* A buffer while it is walked. */
struct rings_walk {
	struct rings_queue *queue;
	struct rings_buffer *buffer; /* NULL: not in flight yet */
	unsigned count;              /* elements */
	uint16_t flags;              /* VS_CHAIN_… */
};

void rings_decode(const struct rings_queue *queue, const uint8_t *bytes,
		  struct rings_descriptor *descriptor);
/* Whether this look has walked as much as it may. */
bool rings_tired(const struct vs_rings *rings);
/* Tells of a descriptor; counts it unless it points to a table. `width`: VS_DESCRIPTOR_IN_TABLE. */
void rings_element(struct rings_walk *walk, const struct rings_descriptor *descriptor,
		   uint16_t place, uint8_t width);
/* Walks the indirect table that the descriptor points to, and keeps a copy with the buffer. */
void rings_table(struct rings_walk *walk, const struct rings_descriptor *descriptor);

/* ---- rings_split.c, rings_packed.c: a look at a ring ---- */

/* Indexes and flags of the device's side; what it used. */
void rings_split_device(struct rings_queue *queue);
/* What the driver made available, and its flags. */
void rings_split_driver(struct rings_queue *queue);
void rings_packed_device(struct rings_queue *queue);
void rings_packed_driver(struct rings_queue *queue);

/* ---- rings_watch.c: what has to stay as it is ---- */

/* Compares what is exposed with what it was, and tells of differences: the driver's doing. */
void rings_watch_blame(struct rings_queue *queue);
/* Takes it as it is now, if it differs: the device's doing. */
void rings_watch_accept(struct rings_queue *queue);

#endif
