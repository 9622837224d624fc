/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtqueues of the reference driver (2.6 to 2.9, 4.1.5.1.3): configuring, offering buffers,
 * notifying, collecting used buffers. A ring format is one struct vs_ring_ops.
 *
 * The device may be another process: every load and store of a ring goes through the accessors
 * below, which order them and move memory on buses that do not share it.
 */
#ifndef VS_QUEUE_H
#define VS_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/session.h"

struct vs_queue;

/* One element of a buffer. `at` lies in DMA memory of the session. */
struct vs_element {
	void *at;
	uint32_t size;
	bool writable; /* for the device; such elements come last (2.7.4.2) */
};

/* A buffer that the device has used. */
struct vs_used {
	uint32_t id;  /* as vs_queue_offer returned it */
	uint32_t len; /* bytes that the device says it wrote */
	/* With IN_ORDER a device may name the last of several buffers only: of the others nothing
	 * is known but that they are used (2.7.9, 2.8.8). */
	bool unnamed;
};

struct vs_ring_ops {
	/* Bytes and alignment of the descriptor, driver and device areas for q->size entries. */
	size_t (*area_size)(const struct vs_queue *q, unsigned area);
	size_t (*area_align)(unsigned area);
	void (*init)(struct vs_queue *q);
	/* Makes a buffer available; returns its id, or -1 when the ring has no room. */
	int (*offer)(struct vs_queue *q, const struct vs_element *elements, unsigned count,
		     bool indirect);
	/* Whether the device asked to be notified of what was offered since the last call. */
	bool (*wants_notification)(struct vs_queue *q);
	/* Whether there is a used buffer to take. Has no effects. */
	bool (*pending)(struct vs_queue *q);
	/* Takes the next used buffer; false when there is none. */
	bool (*take)(struct vs_queue *q, struct vs_used *used);
	/* Asks for an interrupt at the next used buffer, or for none. */
	void (*interrupts)(struct vs_queue *q, bool wanted);
	/* next_off and next_wrap of a notification with data (2.9). */
	uint16_t (*position)(const struct vs_queue *q);
};

#define VS_QUEUE_LISTS 4u /* lists of `size` numbers each that a queue keeps, below */

enum vs_area { VS_AREA_DESC, VS_AREA_DRIVER, VS_AREA_DEVICE, VS_AREA_COUNT };

struct vs_queue {
	struct vs_session *s;
	const struct vs_ring_ops *ring;
	uint16_t index;
	uint16_t max_size; /* what the device allows */
	uint16_t size;
	uint16_t vector;      /* as mapped */
	uint16_t notify_off;  /* queue_notify_off */
	uint16_t notify_data; /* what a notification carries: the index, or configured data */
	uint8_t *area[VS_AREA_COUNT];
	bool enabled;

	/* What is out (flight.h). */
	uint16_t *free_list;  /* descriptors (packed: ids) not in use, oldest first: a ring */
	uint16_t *chain_len;  /* by id: descriptors of the buffer in flight, else 0 */
	uint16_t *chain_next; /* by descriptor: the next of its chain, as the driver wrote it */
	uint16_t *flight;     /* ids in flight, oldest first, with IN_ORDER: a ring */
	uint16_t free_first, free_count, flight_first, flight_count;
	uint16_t batch;           /* buffers still to be handed out of the last used element */
	struct vs_used batch_end; /* that element */

	/* Where indirect tables go: one of table_elements entries an id; NULL: each to new memory.
	 */
	uint8_t *tables;
	unsigned table_elements;

	/* Split rings. */
	uint16_t avail_idx;    /* published */
	uint16_t notified_idx; /* avail_idx at the last look whether to notify */
	uint16_t used_idx;     /* up to which used elements were taken */

	/* Packed rings: the next place to fill and the next to take, with their wrap counters. */
	uint16_t next, next_used;
	bool wrap, used_wrap;
	uint16_t slots_free;
	uint16_t slots_new; /* filled since the last look whether to notify */
};

extern const struct vs_ring_ops vs_split_ring;
extern const struct vs_ring_ops vs_packed_ring;

/*
 * Selects a queue, reads its size, takes memory, and writes its registers, but does not enable it.
 * Returns 0, or -1 with s->trouble. q->size is at most `limit` (0: as the arena likes).
 */
int vs_queue_configure(struct vs_session *s, struct vs_queue *q, uint16_t index, uint16_t limit);
/* Writes 1 to queue_enable; on the legacy interface, its page number. */
void vs_queue_enable(struct vs_queue *q);
/* configure and enable. */
int vs_queue_start(struct vs_session *s, struct vs_queue *q, uint16_t index, uint16_t limit);
/* Sets a queue up as it was before it was reset, at the same place, and enables it. 0, or -1. */
int vs_queue_restart(struct vs_queue *q);
/* The memory and the driver's side of it as for a new queue, at the same place. */
void vs_queue_clear(struct vs_queue *q);

/* Takes memory for an indirect table of so many entries for every id. 0, or -1 without memory. */
int vs_queue_give_tables(struct vs_queue *q, unsigned elements);
/* The table of the buffer with this id, or NULL without memory. For ring formats. */
void *vs_queue_table(struct vs_queue *q, uint16_t id, unsigned count);

/* The session's enabled queue with this index, or NULL. */
struct vs_queue *vs_queue_of(struct vs_session *s, uint16_t index);

/* Sends an available buffer notification (4.1.5.2), asked for or not. */
void vs_queue_notify(struct vs_queue *q);
/* Where it goes: BAR and offset of the queue's address through `cap`. */
uint64_t vs_queue_notify_offset(const struct vs_queue *q, const struct vs_cap *cap);
/* The value it carries and its width in bytes. */
uint32_t vs_queue_notify_value(const struct vs_queue *q, unsigned *width);

/* Offers and, where the device wants it, notifies. Returns the id, or -1: no room. */
int vs_queue_send(struct vs_queue *q, const struct vs_element *elements, unsigned count);
/* Waits for the next used buffer. False when patience is over. */
bool vs_queue_wait(struct vs_queue *q, struct vs_used *used);

/* Ordered accesses to ring memory, in the byte order of the interface. */
uint16_t vs_ring_load16(struct vs_session *s, const void *at);
void vs_ring_store16(struct vs_session *s, void *at, uint16_t value);
/* Orders all stores before it ahead of all after it, and loads likewise. */
void vs_ring_barrier(void);

#endif
