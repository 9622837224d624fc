/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inputs of the ring targets: a head, then records, each one thing that a hostile driver does.
 *
 *	head	0 choices: class (2 bits), EVENT_IDX, INDIRECT, IN_ORDER, MESSAGES, …
 *		1 size of the queues, 2 what comes after the storm
 *		3 split: so many buffers before the indexes come round to 0; 0: at the start
 *	record	0 what (enum storm_what), 1 where: queue or table, 2 index, 3 flags
 *		4 address (storm_address), 6 length (storm_length), 8 value of 32 bits
 */
#ifndef FUZZ_RING_STORM_H
#define FUZZ_RING_STORM_H

#include "fuzz/support/ring_machine.h"
#include "fuzz/support/target.h"
#include "spec/split_ring.h"

#define STORM_HEAD   4u
#define STORM_RECORD 12u

/* Bits of head byte 0 beside the class: MACHINE_… shifted. */
#define STORM_CHOICE_SHIFT 2u
#define STORM_MAPPED       0x40u
/* Bits of head byte 2. */
#define STORM_AFTERMATH    0x01u /* a reset and an ordinary request */
#define STORM_AUDIT        0x02u /* and whether the device is as it was after rewinding */

#define STORM_TABLES     4u /* indirect tables … */
#define STORM_TABLE_SIZE 16u
#define STORM_TABLES_START \
	(GUEST_BASE + GUEST_SIZE - UINT64_C(16) * STORM_TABLES * STORM_TABLE_SIZE)

/* Where an indirect table is, and a descriptor of it; both go round. */
static inline uint64_t storm_table(unsigned table, unsigned descriptor)
{
	return STORM_TABLES_START +
	       (uint64_t)VIRTQ_DESC_SIZE *
		       (STORM_TABLE_SIZE * (table % STORM_TABLES) + descriptor % STORM_TABLE_SIZE);
}

enum storm_what {
	STORM_DESCRIPTOR, /* of a ring (where < 4) or table: index, flags, address, length, next */
	STORM_REQUEST,    /* a request of the class in two descriptors, made available, notified */
	STORM_OFFER,      /* makes the descriptor `index` available; flags 1: and notifies */
	STORM_INDEX,      /* moves the available index by value, or sets it (flags 1) */
	STORM_NOTIFY,
	STORM_EVENT,   /* interrupt suppression: flags 1: event at value; 2: flags are value */
	STORM_POKE,    /* four bytes somewhere */
	STORM_LATER,   /* changes bytes of a descriptor, or somewhere (flags 0x80), once read */
	STORM_HEADER,  /* a request's header alone, somewhere */
	STORM_CONTROL, /* resets and registers, by index */
	STORM_WHATS,
};

struct storm_record {
	uint8_t what, where, index, flags;
	uint16_t address, length;
	uint32_t value;
};

/* What differs between the formats. */
struct storm_ring {
	bool packed;
	void (*descriptor)(struct ring_machine *machine, const struct storm_record *record);
	void (*request)(struct ring_machine *machine, const struct storm_record *record);
	void (*offer)(struct ring_machine *machine, const struct storm_record *record);
	void (*index)(struct ring_machine *machine, const struct storm_record *record);
	void (*event)(struct ring_machine *machine, const struct storm_record *record);
	/* Buffers of this queue that a driver sees used since the rings were cleared. */
	unsigned (*used)(struct ring_machine *machine, unsigned queue);
};

int storm_run(const struct storm_ring *ring, const uint8_t *data, size_t size);

/* Numbers of 16 bits that reach what matters: mostly buffers in memory, sometimes elsewhere. */
uint64_t storm_address(uint16_t address);
uint32_t storm_length(uint16_t length);
/* Where the descriptor that a record names lies. */
uint64_t storm_descriptor_at(const struct ring_machine *machine, const struct storm_record *record);
/* Writes a descriptor of either format: `last` is what lies in the place of next, or of id. */
void storm_descriptor(struct ring_machine *machine, uint64_t at, uint64_t address, uint32_t length,
		      uint16_t flags, uint16_t last);
unsigned storm_queue(const struct ring_machine *machine, const struct storm_record *record);
/* A header that the class of the device understands, for this queue; its size. */
unsigned storm_header(struct ring_machine *machine, const struct storm_record *record,
		      uint64_t address);
void storm_control(struct ring_machine *machine, const struct storm_record *record);

/* For seeds: a head and records as bytes. */
void storm_seed(struct fuzz_seeds *seeds, const char *name, const uint8_t *head,
		const struct storm_record *records, unsigned count);
/* The seeds that both formats have. */
void storm_seeds(struct fuzz_seeds *seeds);

extern const struct fuzz_field storm_fields[], storm_head_fields[];
#define STORM_FIELD_COUNT      7u
#define STORM_HEAD_FIELD_COUNT 4u
/* A mend for fuzz_shape. */
void storm_mend(uint8_t *data, size_t size, uint32_t random);

#endif
