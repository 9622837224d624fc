/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A second, slow bookkeeping of buffers that are with the device: a list in the order in which they
 * left. It says what a driver has to be given back for whatever a device writes.
 */
#ifndef FUZZ_RING_LEDGER_H
#define FUZZ_RING_LEDGER_H

#include "driver/queue.h"
#include "fuzz/support/ring_arena.h"

struct ring_ledger {
	unsigned size;
	bool in_order;
	uint16_t order[RING_SIZE_MAX]; /* ids that are out, oldest first */
	unsigned out;
	uint16_t descriptors[RING_SIZE_MAX]; /* by id; 0: not out */
	unsigned descriptors_out;
	/* By id: the indirect table of a buffer that is out, in bytes of the bus; size 0: none. */
	struct {
		uint64_t at, size;
	} table[RING_SIZE_MAX];
	unsigned batch; /* buffers still to come of the last used element */
	struct vs_used batch_end;
};

/* Nothing out. */
void ring_ledger_init(struct ring_ledger *l, unsigned size, bool in_order);

/* A buffer has left; the oracle "id" when that id cannot. */
void ring_ledger_offer(struct ring_ledger *l, int id, unsigned descriptors);

/* That buffer has a table, which is no other's: the oracle "table-taken". */
void ring_ledger_table(struct ring_ledger *l, unsigned id, uint64_t at, uint64_t size);

/* The device named `id`: with IN_ORDER all before it, up to `most` of them, are back as well.
 * Returns the descriptors of them all. */
unsigned ring_ledger_arrive(struct ring_ledger *l, uint32_t id, uint32_t len, unsigned most);

/* The next of the batch: what the driver has to say of it, and the descriptors that are free again,
 * 0 for what was not out. */
struct vs_used ring_ledger_land(struct ring_ledger *l, unsigned *descriptors);

/* Whether the driver said the same; the oracle "used" if not. */
void ring_ledger_compare(struct vs_used wanted, struct vs_used got);

/* The driver's counts, and its list of free ones, agree with the ledger. */
void ring_ledger_check(const struct ring_ledger *l, const struct vs_queue *q, unsigned out);
void ring_ledger_check_free(const struct ring_ledger *l, const struct vs_queue *q,
			    const uint16_t *owner);

#endif
