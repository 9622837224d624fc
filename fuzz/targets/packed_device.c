/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mock device's packed rings, and the requests of its classes, against a hostile driver. The
 * bytes: see ring_storm.h; what counts as wrong: ring_watch.h. Where a driver stands in a ring is
 * where the watch has seen the device stand, so that records can speak of the next descriptor.
 *
 * Rooms: mock_class
 */
#include "fuzz/support/ring_storm.h"
#include "spec/packed_ring.h"

const struct fuzz_shape fuzz_shape = { .head = STORM_HEAD,
				       .record = STORM_RECORD,
				       .fields = storm_fields,
				       .field_count = STORM_FIELD_COUNT,
				       .head_fields = storm_head_fields,
				       .head_field_count = STORM_HEAD_FIELD_COUNT,
				       .mend = storm_mend };

#define MEANINGS (VIRTQ_PACKED_F_NEXT | VIRTQ_PACKED_F_WRITE | VIRTQ_PACKED_F_INDIRECT)

/* The bits that make a descriptor available in its round, or in the one before. */
static uint16_t round_bits(const struct ring_machine *machine, uint32_t number)
{
	return number / machine->size % 2 ? VIRTQ_PACKED_F_USED : VIRTQ_PACKED_F_AVAIL;
}

static uint32_t position(const struct ring_machine *machine, const struct storm_record *record)
{
	return machine->watch.queue[storm_queue(machine, record)].taken + record->index;
}

static uint64_t place(const struct ring_machine *machine, unsigned queue, uint32_t number)
{
	return machine->watch.queue[queue].descriptors +
	       (uint64_t)VIRTQ_PACKED_SIZE * (number % machine->size);
}

static void descriptor(struct ring_machine *machine, const struct storm_record *record)
{
	uint64_t address = storm_address(record->address);
	uint32_t length = storm_length(record->length);
	uint64_t at = storm_descriptor_at(machine, record);
	uint16_t flags = record->flags & MEANINGS;

	if (!(record->where & 0x80)) {
		uint32_t number = position(machine, record);

		at = place(machine, storm_queue(machine, record), number);
		/* The first of a list becomes available last: not yet. */
		flags |=
			round_bits(machine, record->flags & 0x10 ? number : number + machine->size);
	}
	if (flags & VIRTQ_PACKED_F_INDIRECT && record->flags < 0x40) {
		address = storm_table((unsigned)record->address, 0);
		length = VIRTQ_PACKED_SIZE * (record->length % (2 * STORM_TABLE_SIZE));
	}
	storm_descriptor(machine, at, address, length, flags, (uint16_t)record->value);
}

/* Only the bits that say so. */
static void make_available(struct ring_machine *machine, unsigned queue, uint32_t number)
{
	uint64_t at = place(machine, queue, number) + VIRTQ_PACKED_FLAGS;
	uint64_t flags = guest_load(&machine->guest, at, sizeof(uint16_t)) & MEANINGS;

	guest_store(&machine->guest, at, sizeof(uint16_t), flags | round_bits(machine, number));
}

static void offer(struct ring_machine *machine, const struct storm_record *record)
{
	make_available(machine, storm_queue(machine, record), position(machine, record));
	if (record->flags & 1)
		ring_machine_notify(machine, storm_queue(machine, record));
}

static void request(struct ring_machine *machine, const struct storm_record *record)
{
	unsigned queue = storm_queue(machine, record);
	uint32_t first = machine->watch.queue[queue].taken;
	uint64_t header = storm_address(record->address);
	unsigned size = storm_header(machine, record, header);
	uint16_t id = record->index;
	bool greedy = machine->watch.queue[queue].greedy;
	uint64_t at[] = { place(machine, queue, first), place(machine, queue, first + greedy) };

	if (record->flags & VIRTQ_PACKED_F_INDIRECT) {
		storm_descriptor(machine, at[0], STORM_TABLES_START,
				 (1u + greedy) * VIRTQ_PACKED_SIZE, VIRTQ_PACKED_F_INDIRECT, id);
		at[0] = STORM_TABLES_START;
		at[1] = storm_table(0, greedy);
	}
	if (greedy)
		storm_descriptor(machine, at[0], header, size, VIRTQ_PACKED_F_NEXT, id);
	storm_descriptor(machine, at[1], header + size, storm_length(record->length),
			 (uint16_t)(VIRTQ_PACKED_F_WRITE | round_bits(machine, first + greedy)),
			 id);
	make_available(machine, queue, first);
	if (!(record->flags & 1))
		ring_machine_notify(machine, queue);
}

/* Several descriptors at once: as many as the value says, from where the device stands. */
static void move_index(struct ring_machine *machine, const struct storm_record *record)
{
	uint32_t count = record->value % (2u * machine->size + 1);

	while (count--)
		make_available(machine, storm_queue(machine, record),
			       position(machine, record) + count);
}

static void event(struct ring_machine *machine, const struct storm_record *record)
{
	const struct watch_queue *q = &machine->watch.queue[storm_queue(machine, record)];
	uint32_t number = q->published + record->value % 8 - 2 + machine->size * 2u;
	uint64_t value = number % machine->size;

	if (number / machine->size % 2 == 0)
		value |= VIRTQ_EVENT_WRAP;
	if (record->flags & 1)
		value = record->value;
	guest_store(&machine->guest, q->driver + VIRTQ_EVENT_DESC, sizeof(uint16_t), value);
	guest_store(&machine->guest, q->driver + VIRTQ_EVENT_FLAGS, sizeof(uint16_t),
		    record->flags & 2 ? record->value >> 16 : VIRTQ_EVENT_F_DESC);
}

static unsigned used(struct ring_machine *machine, unsigned queue)
{
	uint64_t flags = guest_load(&machine->guest,
				    machine->watch.queue[queue].descriptors + VIRTQ_PACKED_FLAGS,
				    sizeof(uint16_t));

	return (flags & (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)) ==
	       (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED);
}

static const struct storm_ring packed = { .packed = true,
					  .descriptor = descriptor,
					  .request = request,
					  .offer = offer,
					  .index = move_index,
					  .event = event,
					  .used = used };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return storm_run(&packed, data, size);
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	storm_seeds(seeds);
}
