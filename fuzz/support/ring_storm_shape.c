/* SPDX-License-Identifier: BSD-3-Clause */
/* The form of the ring targets' inputs: what fields are worth a try, and the seeds that any ring
 * has. */
#include <stdio.h>
#include <string.h>

#include "fuzz/support/plain.h"
#include "fuzz/support/ring_storm.h"
#include "spec/split_ring.h"

FUZZ_PLAIN

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t whats[] = {
	STORM_DESCRIPTOR, STORM_REQUEST, STORM_OFFER,   STORM_INDEX,
	STORM_NOTIFY,     STORM_EVENT,   STORM_POKE,    STORM_LATER,
	STORM_HEADER,     STORM_CONTROL, STORM_REQUEST, STORM_DESCRIPTOR
};
static const uint64_t wheres[] = { 0, 1, 2, 0x1c, 0x20, 0x80, 0x84, 0x88 };
static const uint64_t indexes[] = { 0, 1, 2, 3, 4, 15, 16 };
static const uint64_t flags[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
static const uint64_t addresses[] = { 0,      0x100,  0x200,  0x800,  0x2c00, 0x2d00,
				      0xc000, 0xe000, 0xe7ff, 0xffff, 0xec00 };
static const uint64_t lengths[] = { 0, 1, 16, 32, 64, 512, 513, 0xffff, 0xf000 };
static const uint64_t values[] = { 0, 1, 2, 3, 4, 5, 15, 16, 17, 0xffff, 0x8000, UINT32_MAX };
static const uint64_t sizes[] = { 1, 2, 3, 4 };
static const uint64_t afters[] = { 0, 1, 2, 3 };

#define LIKES(array) array, COUNT(array)

const struct fuzz_field storm_fields[STORM_FIELD_COUNT] = {
	{ 0, 1, LIKES(whats) },  { 1, 1, LIKES(wheres) },    { 2, 1, LIKES(indexes) },
	{ 3, 1, LIKES(flags) },  { 4, 2, LIKES(addresses) }, { 6, 2, LIKES(lengths) },
	{ 8, 4, LIKES(values) },
};

const struct fuzz_field storm_head_fields[STORM_HEAD_FIELD_COUNT] = {
	{ 0, 1, NULL, 0 },
	{ 1, 1, LIKES(sizes) },
	{ 2, 1, LIKES(afters) },
	{ 3, 1, LIKES(sizes) },
};

/* Few kinds of mistakes at a time: small places, ordinary lengths, links that lead on. */
void storm_mend(uint8_t *data, size_t size, uint32_t random)
{
	for (size_t at = STORM_HEAD; at + STORM_RECORD <= size; at += STORM_RECORD) {
		uint8_t *record = data + at;

		record[0] %= STORM_WHATS;
		record[1] &= 0x8f;
		if (random >> (at / STORM_RECORD) % 16 & 1)
			continue;
		record[3] &= VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_INDIRECT;
		record[5] &= 0x1f;
		record[7] &= 0x03;
		if (record[0] == STORM_DESCRIPTOR) {
			record[8] = (uint8_t)(record[2] + 1);
			record[9] = 0;
		}
	}
}

void storm_seed(struct fuzz_seeds *seeds, const char *name, const uint8_t *head,
		const struct storm_record *records, unsigned count)
{
	uint8_t bytes[STORM_HEAD + 32 * STORM_RECORD];
	size_t size = STORM_HEAD;

	memcpy(bytes, head, STORM_HEAD);
	for (unsigned i = 0; i < count && i < 32; i++) {
		const struct storm_record *record = &records[i];
		const uint8_t record_bytes[STORM_RECORD] = {
			record->what,
			record->where,
			record->index,
			record->flags,
			(uint8_t)record->address,
			(uint8_t)(record->address >> 8),
			(uint8_t)record->length,
			(uint8_t)(record->length >> 8),
			(uint8_t)record->value,
			(uint8_t)(record->value >> 8),
			(uint8_t)(record->value >> 16),
			(uint8_t)(record->value >> 24),
		};

		memcpy(bytes + size, record_bytes, STORM_RECORD);
		size += STORM_RECORD;
	}
	fuzz_seed(seeds, name, bytes, size);
}

/* Indexes that come round while an event waits for them, and what has counts in it. */
static void late(struct fuzz_seeds *seeds)
{
	static const struct storm_record events[] = {
		{ STORM_EVENT, 0, 0, 0, 0, 0, 2 },         { STORM_REQUEST, 0, 0, 0, 0, 64, 3 },
		{ STORM_EVENT, 0, 0, 0, 0, 0, 2 },         { STORM_REQUEST, 0, 2, 0, 0, 64, 3 },
		{ STORM_REQUEST, 0x0c, 4, 0, 0, 64, 0x4 },
	};
	static const struct storm_record tables[] = {
		{ STORM_REQUEST, 2, 0, 0, 0, 64, 0x08080001 },
		{ STORM_REQUEST, 2, 2, 0, 0, 64, 0x08080003 },
		{ STORM_REQUEST, 2, 4, 0, 0, 64, 0x08080005 },
	};

	storm_seed(seeds, "late",
		   (const uint8_t[]){ MACHINE_EVENT_IDX << 2 | MACHINE_BLK, 3, 0, 1 }, events,
		   COUNT(events));
	storm_seed(seeds, "tables", (const uint8_t[]){ MACHINE_NET, 3, 0, 0 }, tables,
		   COUNT(tables));
}

/* Ordinary requests of every class, with every combination of choices; four of them on a queue of
 * four, so that the ring comes round. */
void storm_seeds(struct fuzz_seeds *seeds)
{
	static const char *const names[] = { "blk", "net", "console", "rng" };

	for (unsigned i = 0; i < MACHINE_CLASSES * MACHINE_CHOICES; i++) {
		unsigned class_number = i % MACHINE_CLASSES;
		bool pair = class_number == MACHINE_NET || class_number == MACHINE_CONSOLE;
		const uint8_t head[STORM_HEAD] = { (uint8_t)i, 3,
						   i % 2 ? STORM_AFTERMATH : STORM_AUDIT };
		struct storm_record records[12] = { 0 };
		char name[32];

		for (unsigned j = 0; j < COUNT(records); j++) {
			/* Receive buffers come first. */
			uint8_t queue = pair ? j % 2 : 0;

			records[j] = (struct storm_record){ .what = STORM_REQUEST,
							    .where = queue,
							    .index = (uint8_t)(2 * j),
							    .flags = j % 4 == 2 ? 4 : 0,
							    .address = (uint16_t)(0x300 * j),
							    .length = 0x220,
							    .value = j };
		}
		records[COUNT(records) - 1].what = STORM_CONTROL;
		snprintf(name, sizeof(name), "%s-%x", names[class_number], i / MACHINE_CLASSES);
		storm_seed(seeds, name, head, records, COUNT(records));
	}
	late(seeds);
}

FUZZ_PLAIN_END
