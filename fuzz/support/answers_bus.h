/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bus whose function answers what the input says: a plausible virtio device at first, of which
 * each answer can be another one. It judges how it is driven: nothing outside BARs, fields by their
 * width, a status that grows, features that were offered.
 */
#ifndef FUZZ_ANSWERS_BUS_H
#define FUZZ_ANSWERS_BUS_H

#include "driver/session.h"
#include "fuzz/support/input.h"
#include "fuzz/support/oracle.h"

#define ANSWERS_MAX      24u
#define ANSWERS_QUEUES   8u
#define ANSWERS_DMA_SIZE 0x10000u

/* Registers of common configuration and of the legacy header; 64-bit ones are two. */
enum answers_reg {
	REG_NONE,
	REG_DEVICE_FEATURE_SELECT,
	REG_DEVICE_FEATURE,
	REG_DRIVER_FEATURE_SELECT,
	REG_DRIVER_FEATURE,
	REG_CONFIG_VECTOR,
	REG_NUM_QUEUES,
	REG_STATUS,
	REG_GENERATION,
	REG_QUEUE_SELECT,
	REG_QUEUE_SIZE,
	REG_QUEUE_VECTOR,
	REG_QUEUE_ENABLE,
	REG_NOTIFY_OFF,
	REG_DESC_LO,
	REG_DESC_HI,
	REG_DRIVER_LO,
	REG_DRIVER_HI,
	REG_DEVICE_LO,
	REG_DEVICE_HI,
	REG_NOTIF_DATA,
	REG_QUEUE_RESET,
	REG_ADMIN_INDEX,
	REG_ADMIN_NUM,
	REG_QUEUE_ADDRESS, /* of the legacy header */
	REG_NOTIFY,        /* in the legacy header */
	REG_ISR,
	REGS,
};

/* How an answer differs from a sensible one. */
enum answer_kind {
	ANSWER_REG,    /* register `at`, at its `when`th read; 0: always */
	ANSWER_CONFIG, /* four bytes of configuration space */
	ANSWER_BAR,    /* BAR `at` has 2^value bytes; `when`: 1 I/O, 2 no address */
	ANSWER_FAIL,   /* the bus is lost at access `at` */
	ANSWER_MEMORY, /* while the driver waits, the device writes two bytes at `at` */
	ANSWER_KINDS,
};

struct answer {
	uint8_t kind, when;
	uint16_t at;
	uint32_t value;
};

/* What the head of an input says, 16 bytes. */
struct answers_head {
	uint8_t modes, type, size, queues;
	uint16_t limit, vectors;
	uint64_t features;
};

/* Modes. */
#define ANSWERS_PACKED   0x01u
#define ANSWERS_LEGACY   0x02u
#define ANSWERS_DRAFT    0x04u
#define ANSWERS_MSIX     0x08u
#define ANSWERS_ALL      0x10u /* enable all queues */
#define ANSWERS_EXTENDED 0x20u /* 4096 bytes of configuration space */
#define ANSWERS_SILENT   0x40u /* no request is ever answered */
#define ANSWERS_GUARD    0x80u /* with a watch over memory */

struct answers_bus {
	struct vs_bus bus; /* first: the way from it to this */
	struct fuzz_budget budget;
	struct answers_head head;
	struct answer answers[ANSWERS_MAX];
	unsigned count;
	const struct vs_session *s; /* who drives, or NULL before it is open */
	uint8_t config[PCI_CONFIG_SIZE];
	uint64_t clock;
	unsigned accesses, reads[REGS];
	bool reached; /* the access that began came to the function */
	bool wrote;   /* the device wrote into memory */

	/* Registers, as written last, and what the driver was told. */
	uint32_t reg[REGS], queue[ANSWERS_QUEUES][REGS];
	uint32_t offered[VS_FEATURE_WINDOWS];
	uint16_t told_size; /* of the selected queue */
	bool held;          /* FEATURES_OK was read back */
};

/* Takes the whole input. `b` may be what an earlier call left; b->bus is alive then, with BARs. */
void answers_open(struct answers_bus *b, struct fuzz_input *in, size_t size);

/* Registers: what is read and written where (answers_regs.c). */
enum answers_reg answers_find(const struct answers_bus *b, unsigned bar, uint64_t offset,
			      unsigned width, bool write);
uint32_t answers_read(struct answers_bus *b, enum answers_reg reg, uint32_t sensible);
uint32_t answers_load(struct answers_bus *b, enum answers_reg reg);
void answers_store(struct answers_bus *b, enum answers_reg reg, uint32_t value);

#endif
