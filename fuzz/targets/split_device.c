/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mock device's split rings, and the requests of its classes, against a hostile driver. The
 * bytes: see ring_storm.h; what counts as wrong: ring_watch.h.
 *
 * Rooms: mock_class
 */
#include "fuzz/support/ring_storm.h"
#include "spec/split_ring.h"

const struct fuzz_shape fuzz_shape = { .head = STORM_HEAD,
				       .record = STORM_RECORD,
				       .fields = storm_fields,
				       .field_count = STORM_FIELD_COUNT,
				       .head_fields = storm_head_fields,
				       .head_field_count = STORM_HEAD_FIELD_COUNT,
				       .mend = storm_mend };

static void descriptor(struct ring_machine *machine, const struct storm_record *record)
{
	uint64_t address = storm_address(record->address);
	uint32_t length = storm_length(record->length);

	/* Mostly a table that there is. */
	if (record->flags & VIRTQ_DESC_F_INDIRECT && record->flags < 0x40) {
		address = storm_table((unsigned)record->address, 0);
		length = VIRTQ_DESC_SIZE * (record->length % (2 * STORM_TABLE_SIZE));
	}
	storm_descriptor(machine, storm_descriptor_at(machine, record), address, length,
			 record->flags, (uint16_t)record->value);
}

static void make_available(struct ring_machine *machine, unsigned queue, uint16_t head)
{
	const struct watch_queue *q = &machine->watch.queue[queue];
	uint64_t index = q->driver + VIRTQ_AVAIL_IDX;
	uint16_t at = (uint16_t)guest_load(&machine->guest, index, sizeof(at));

	guest_store(&machine->guest, q->driver + VIRTQ_AVAIL_RING(at % q->size), sizeof(head),
		    head);
	guest_store(&machine->guest, index, sizeof(at), at + 1u);
}

static void offer(struct ring_machine *machine, const struct storm_record *record)
{
	make_available(machine, storm_queue(machine, record), record->index);
	if (record->flags & 1)
		ring_machine_notify(machine, storm_queue(machine, record));
}

/* Receive buffers need something to be sent. */
static void request(struct ring_machine *machine, const struct storm_record *record)
{
	unsigned queue = storm_queue(machine, record);
	uint16_t first = record->index % machine->size;
	uint16_t second = (uint16_t)((first + 1u) % machine->size);
	uint64_t table = machine->watch.queue[queue].descriptors;
	uint64_t header = storm_address(record->address);
	uint32_t length = storm_length(record->length);
	unsigned size = storm_header(machine, record, header);

	if (record->flags & VIRTQ_DESC_F_INDIRECT) {
		storm_descriptor(machine, table + (uint64_t)VIRTQ_DESC_SIZE * first,
				 STORM_TABLES_START,
				 (machine->watch.queue[queue].greedy ? 2 : 1) * VIRTQ_DESC_SIZE,
				 VIRTQ_DESC_F_INDIRECT, 0);
		table = STORM_TABLES_START;
		first = 0;
		second = 1;
	}
	if (machine->watch.queue[queue].greedy)
		storm_descriptor(machine, table + (uint64_t)VIRTQ_DESC_SIZE * first, header, size,
				 VIRTQ_DESC_F_NEXT, second);
	else
		second = first;
	storm_descriptor(machine, table + (uint64_t)VIRTQ_DESC_SIZE * second, header + size, length,
			 VIRTQ_DESC_F_WRITE, 0);
	make_available(machine, queue, record->index % machine->size);
	if (!(record->flags & 1))
		ring_machine_notify(machine, queue);
}

static void move_index(struct ring_machine *machine, const struct storm_record *record)
{
	uint64_t at = machine->watch.queue[storm_queue(machine, record)].driver + VIRTQ_AVAIL_IDX;
	uint64_t from = record->flags & 1 ? 0 : guest_load(&machine->guest, at, sizeof(uint16_t));

	guest_store(&machine->guest, at, sizeof(uint16_t), from + record->value);
}

static void event(struct ring_machine *machine, const struct storm_record *record)
{
	const struct watch_queue *q = &machine->watch.queue[storm_queue(machine, record)];
	uint64_t value = record->value;

	if (record->flags & 2) {
		guest_store(&machine->guest, q->driver + VIRTQ_AVAIL_FLAGS, sizeof(uint16_t),
			    value);
		return;
	}
	/* Near to where it counts, or anywhere. */
	if (!(record->flags & 1))
		value = guest_load(&machine->guest, q->device + VIRTQ_USED_IDX, sizeof(uint16_t)) +
			value % 8 - 2;
	guest_store(&machine->guest, q->driver + VIRTQ_AVAIL_USED_EVENT(q->size), sizeof(uint16_t),
		    value);
}

static unsigned used(struct ring_machine *machine, unsigned queue)
{
	return (unsigned)guest_load(&machine->guest,
				    machine->watch.queue[queue].device + VIRTQ_USED_IDX,
				    sizeof(uint16_t));
}

static const struct storm_ring split = { .descriptor = descriptor,
					 .request = request,
					 .offer = offer,
					 .index = move_index,
					 .event = event,
					 .used = used };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return storm_run(&split, data, size);
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	storm_seeds(seeds);
}
