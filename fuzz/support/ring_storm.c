/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/ring_storm.h"
#include "fuzz/support/plain.h"

#include <string.h>

#include "mock-device/model/mock.h"
#include "spec/blk.h"
#include "spec/net.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"

FUZZ_PLAIN

#define BUFFERS      (GUEST_BASE + GUEST_RINGS)
#define BUFFERS_SIZE (GUEST_SIZE - GUEST_RINGS - STORM_TABLES * STORM_TABLE_SIZE * VIRTQ_DESC_SIZE)

uint64_t storm_address(uint16_t address)
{
	static const uint64_t odd[] = {
		0,
		UINT64_MAX - 0xfff,
		UINT64_C(1) << 63,
		GUEST_BASE + GUEST_SIZE - 0x800,
		GUEST_BASE - 0x800,
		UINT64_C(1) << 32,
		UINT32_MAX - 0xfff,
		GUEST_BASE + GUEST_SIZE,
	};
	unsigned low = address & 0x1fff;

	switch (address >> 13) {
	case 6:
		return GUEST_BASE + UINT64_C(2) * low;
	case 7:
		return odd[low >> 10] + ((address & 0x3ff) << 2 | (address & 3));
	default:
		return BUFFERS + address % BUFFERS_SIZE;
	}
}

uint32_t storm_length(uint16_t length)
{
	return length < 0xf000 ? length : UINT32_MAX - (0xffffu - length) * 0x100001u;
}

unsigned storm_queue(const struct ring_machine *machine, const struct storm_record *record)
{
	return record->where % 4 % machine->queues;
}

uint64_t storm_descriptor_at(const struct ring_machine *machine, const struct storm_record *record)
{
	unsigned table = record->where / 4 % STORM_TABLES;

	if (record->where & 0x80)
		return storm_table(table, record->index);
	return machine->watch.queue[storm_queue(machine, record)].descriptors +
	       (uint64_t)VIRTQ_DESC_SIZE * (record->index % machine->size);
}

void storm_descriptor(struct ring_machine *machine, uint64_t at, uint64_t address, uint32_t length,
		      uint16_t flags, uint16_t last)
{
	struct guest *guest = &machine->guest;

	guest_store(guest, at + VIRTQ_DESC_ADDR, sizeof(address), address);
	guest_store(guest, at + VIRTQ_DESC_LEN, sizeof(length), length);
	if (machine->packed) {
		guest_store(guest, at + VIRTQ_PACKED_ID, sizeof(last), last);
		guest_store(guest, at + VIRTQ_PACKED_FLAGS, sizeof(flags), flags);
	} else {
		guest_store(guest, at + VIRTQ_DESC_FLAGS, sizeof(flags), flags);
		guest_store(guest, at + VIRTQ_DESC_NEXT, sizeof(last), last);
	}
}

static unsigned blk_header(struct guest *guest, const struct storm_record *record, uint64_t address)
{
	static const uint8_t types[] = { VIRTIO_BLK_T_IN,       VIRTIO_BLK_T_OUT,
					 VIRTIO_BLK_T_FLUSH,    VIRTIO_BLK_T_GET_ID,
					 VIRTIO_BLK_T_DISCARD,  VIRTIO_BLK_T_WRITE_ZEROES,
					 VIRTIO_BLK_T_FLUSH_OUT };
	unsigned choice = record->value & 7;
	struct virtio_blk_req header = {
		.type = choice < sizeof(types) ? types[choice] : record->value & UINT8_MAX,
		.sector = record->value >> 8 & 0x1f,
	};
	/* What a discard or write zeroes request reads behind it. */
	struct virtio_blk_range range = { .sector = record->value >> 16 & 0x1f,
					  .num_sectors = record->value >> 24 & 0x1f,
					  .flags = record->value >> 31 };

	guest_copy(guest, address, &header, sizeof(header));
	if (choice < sizeof(types) &&
	    (header.type == VIRTIO_BLK_T_DISCARD || header.type == VIRTIO_BLK_T_WRITE_ZEROES)) {
		guest_copy(guest, address + sizeof(header), &range, sizeof(range));
		/* Mostly one, sometimes more than there may be. */
		return (unsigned)(sizeof(header) + (1 + (record->where >> 2) % 12) * sizeof(range));
	}
	return sizeof(header);
}

static unsigned net_header(struct guest *guest, const struct storm_record *record, unsigned queue,
			   uint64_t address)
{
	/* Two tables of addresses, as of VIRTIO_NET_CTRL_MAC_TABLE_SET: a count, so many addresses,
	 * and another count. */
	unsigned count = record->value >> 16 & 0x1f;
	const uint8_t command[] = { (uint8_t)(record->value % 6), (uint8_t)(record->value >> 8 & 1),
				    (uint8_t)count };
	uint8_t frame[sizeof(struct virtio_net_hdr) + 64];

	if (queue == 2) {
		guest_copy(guest, address, command, sizeof(command));
		address += sizeof(struct virtio_net_ctrl) + sizeof(uint32_t);
		guest_store(guest, address + (uint64_t)count * VIRTIO_NET_MAC_SIZE, 1,
			    record->value >> 24);
		return 256;
	}
	memset(frame, (int)record->value, sizeof(frame));
	memset(frame, 0, sizeof(struct virtio_net_hdr));
	guest_copy(guest, address, frame, sizeof(frame));
	return sizeof(frame);
}

unsigned storm_header(struct ring_machine *machine, const struct storm_record *record,
		      uint64_t address)
{
	unsigned class_number = ring_machine_class(machine);

	if (class_number == MACHINE_BLK)
		return blk_header(&machine->guest, record, address);
	if (class_number == MACHINE_NET)
		return net_header(&machine->guest, record, storm_queue(machine, record), address);
	return 16;
}

void storm_control(struct ring_machine *machine, const struct storm_record *record)
{
	switch (record->index % 8) {
	case 0:
		ring_machine_read_isr(machine);
		break;
	case 1:
		ring_machine_queue_reset(machine, storm_queue(machine, record));
		break;
	case 2:
		ring_machine_reset(machine);
		guest_clear(&machine->guest);
		ring_machine_bring_up(machine);
		break;
	case 3:
		ring_machine_reset(machine);
		break;
	default:
		/* A notification of a queue that may not be there. */
		ring_machine_notify(machine, record->where);
	}
}

static void later(struct ring_machine *machine, const struct storm_record *record)
{
	uint64_t at = storm_descriptor_at(machine, record) + (record->flags & 15);

	if (record->flags & 0x80)
		at = storm_address(record->address);
	if (guest_at(&machine->guest, at, 1))
		guest_later(&machine->guest, (uint32_t)(at - GUEST_BASE), 1 + record->length % 8,
			    record->value | (uint64_t)record->value << 32);
}

static void act(const struct storm_ring *ring, struct ring_machine *machine,
		const struct storm_record *record)
{
	switch ((enum storm_what)(record->what % STORM_WHATS)) {
	case STORM_DESCRIPTOR:
		ring->descriptor(machine, record);
		break;
	case STORM_REQUEST:
		ring->request(machine, record);
		break;
	case STORM_OFFER:
		ring->offer(machine, record);
		break;
	case STORM_INDEX:
		ring->index(machine, record);
		break;
	case STORM_NOTIFY:
		ring_machine_notify(machine, storm_queue(machine, record));
		break;
	case STORM_EVENT:
		ring->event(machine, record);
		break;
	case STORM_POKE:
		guest_store(&machine->guest, storm_address(record->address), sizeof(record->value),
			    record->value);
		break;
	case STORM_LATER:
		later(machine, record);
		break;
	case STORM_HEADER:
		storm_header(machine, record, storm_address(record->address));
		break;
	case STORM_CONTROL:
	case STORM_WHATS:
		storm_control(machine, record);
	}
}

/* Whatever happened: after a reset the device is like new. */
static void aftermath(const struct storm_ring *ring, struct ring_machine *machine)
{
	unsigned queue = ring_machine_class(machine) == MACHINE_CONSOLE ||
			 ring_machine_class(machine) == MACHINE_NET;
	const struct storm_record request = {
		.where = (uint8_t)queue, .address = 0x100, .length = 64, .value = 3
	};

	machine->guest.mapped = false;
	machine->guest.watch = &machine->watch;
	ring_machine_reset(machine);
	guest_clear(&machine->guest);
	ring_machine_bring_up(machine);
	if (machine->size < 2)
		return;
	ring->request(machine, &request);
	if (ring->used(machine, queue) != 1)
		fuzz_oracle("aftermath", "an ordinary request is not used after a reset");
}

static struct storm_record load(struct fuzz_input *in)
{
	struct storm_record record = { 0 };

	record.what = (uint8_t)fuzz_number(in, 1);
	record.where = (uint8_t)fuzz_number(in, 1);
	record.index = (uint8_t)fuzz_number(in, 1);
	record.flags = (uint8_t)fuzz_number(in, 1);
	record.address = (uint16_t)fuzz_number(in, 2);
	record.length = (uint16_t)fuzz_number(in, 2);
	record.value = (uint32_t)fuzz_number(in, 4);
	return record;
}

int storm_run(const struct storm_ring *ring, const uint8_t *data, size_t size)
{
	struct ring_machine *machine = ring_machine(ring->packed);
	struct fuzz_input in = fuzz_input(data, size);
	uint8_t head[STORM_HEAD];

	fuzz_bytes(&in, head, sizeof(head));
	ring_machine_start(machine, head[0] % MACHINE_CLASSES,
			   head[0] >> STORM_CHOICE_SHIFT & (MACHINE_CHOICES - 1),
			   head[1] % MACHINE_SIZES);
	if (head[3])
		ring_machine_late(machine, (uint16_t)-head[3]);
	machine->guest.mapped = head[0] & STORM_MAPPED;
	if (machine->guest.mapped)
		machine->guest.watch = NULL;
	machine->guest.budget = fuzz_budget(20000, 2000, size);
	while (fuzz_left(&in)) {
		struct storm_record record = load(&in);

		act(ring, machine, &record);
	}
	if (head[2] % 16 == STORM_AFTERMATH)
		aftermath(ring, machine);
	ring_machine_end(machine);
	if (head[2] % 16 == STORM_AUDIT) {
		ring_machine_start(machine, head[0] % MACHINE_CLASSES,
				   head[0] >> STORM_CHOICE_SHIFT & (MACHINE_CHOICES - 1),
				   head[1] % MACHINE_SIZES);
		ring_machine_audit(machine);
	}
	return 0;
}

FUZZ_PLAIN_END
