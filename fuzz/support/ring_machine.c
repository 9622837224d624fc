/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/ring_machine.h"
#include "fuzz/support/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/support/rewind.h"
#include "mock-device/model/layer.h"
#include "spec/blk.h"
#include "spec/net.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"

FUZZ_PLAIN

#define SECTORS 16u /* of the disk */

static const char *const classes[MACHINE_CLASSES] = { "blk", "net", "console", "rng" };

struct ring_machine_state {
	struct rewind rewind;
	unsigned queues, choices, class_number;
	bool made;
};

struct machine_of_ring {
	struct ring_machine machine;
	struct mock *mocks[MACHINE_CLASSES];
	bool disk_dirty;
	struct ring_machine_state states[MACHINE_CLASSES][MACHINE_CHOICES][MACHINE_SIZES];
};

/* ---- The device ---- */

/* A disk of few sectors, from a file that is only in memory. */
static void name_disk(char *path, size_t size)
{
	uint8_t sector[VIRTIO_BLK_SECTOR_SIZE];
	int fd = memfd_create("disk", 0);

	if (fd < 0)
		abort();
	for (unsigned i = 0; i < SECTORS; i++) {
		memset(sector, (int)('A' + i), sizeof(sector));
		if (write(fd, sector, sizeof(sector)) != (ssize_t)sizeof(sector))
			abort();
	}
	snprintf(path, size, "/proc/self/fd/%d", fd);
}

static struct mock *make(struct guest *guest, const char *class_name, bool packed)
{
	struct mock_settings settings = { .class_name = class_name, .packed = packed };
	char error[256], disk[64];
	struct mock_host host;
	struct mock *mock;

	guest_host(guest, &host);
	if (!strcmp(class_name, "blk")) {
		name_disk(disk, sizeof(disk));
		settings.disk = disk;
	}
	mock = mock_create(&settings, &host, error, sizeof(error));
	if (settings.disk)
		close(atoi(strrchr(disk, '/') + 1));
	if (!mock) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	return mock;
}

struct ring_machine *ring_machine(bool packed)
{
	static struct machine_of_ring *rings[2];
	struct machine_of_ring *ring = rings[packed];

	if (ring)
		return &ring->machine;
	ring = rings[packed] = calloc(1, sizeof(*ring));
	if (!ring)
		abort();
	for (unsigned i = 0; i < MACHINE_CLASSES; i++)
		ring->mocks[i] = make(&ring->machine.guest, classes[i], packed);
	ring->machine.packed = packed;
	return &ring->machine;
}

/* ---- Registers ---- */

static void structure_write(struct mock *mock, uint8_t type, size_t offset, size_t width,
			    uint64_t value)
{
	const struct mock_cap *cap = mock_caps_find(&mock->caps, type);

	mock_bar_write(mock, cap->bar, cap->offset + offset, (unsigned)width, value);
}

#define COMMON(mock, member, value)                      \
	structure_write(mock, VIRTIO_PCI_CAP_COMMON_CFG, \
			MOCK_FIELD(struct virtio_pci_common_cfg, member), value)

static void set_feature(uint32_t *windows, unsigned feature, bool on)
{
	if (on)
		windows[feature / 32] |= UINT32_C(1) << feature % 32;
}

/* All that the class offers, but several pairs of queues or queues of one kind. */
static void negotiate(struct mock *mock, bool packed, unsigned choices)
{
	uint32_t windows[2] = { 0 };

	for (unsigned i = 0; i < mock->class->feature_count; i++) {
		unsigned feature = mock->class->features[i];

		set_feature(windows, feature,
			    mock->class->type != VIRTIO_ID_NET || feature != VIRTIO_NET_F_MQ);
	}
	set_feature(windows, VIRTIO_F_EVENT_IDX, choices & MACHINE_EVENT_IDX);
	set_feature(windows, VIRTIO_F_INDIRECT_DESC, choices & MACHINE_INDIRECT);
	set_feature(windows, VIRTIO_F_IN_ORDER, choices & MACHINE_IN_ORDER);
	set_feature(windows, VIRTIO_F_VERSION_1, true);
	set_feature(windows, VIRTIO_F_RING_PACKED, packed);
	for (unsigned i = 0; i < 2; i++) {
		COMMON(mock, driver_feature_select, i);
		COMMON(mock, driver_feature, windows[i]);
	}
	COMMON(mock, driver_feature_select, VIRTIO_F_RING_RESET / 32);
	COMMON(mock, driver_feature, UINT32_C(1) << VIRTIO_F_RING_RESET % 32 | windows[1]);
}

static void set_messages(struct mock *mock, bool on)
{
	mock_config_write(mock, PCI_COMMAND, sizeof(uint16_t),
			  PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	mock_config_write(mock, mock->msix.position + PCI_MSIX_CONTROL, sizeof(uint16_t),
			  on ? PCI_MSIX_CONTROL_ENABLE : 0);
	for (unsigned i = 0; i < mock->msix.count; i++)
		mock_op_msix_write(mock->top, i * PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_CONTROL,
				   sizeof(uint32_t), 0);
}

static uint64_t area(unsigned queue, unsigned number)
{
	/* Descriptors, then the driver's area, then the device's, each with room to spare. */
	static const uint16_t offsets[] = { 0, 0x200, 0x300 };

	return GUEST_BASE + (uint64_t)MACHINE_STRIDE * queue + offsets[number];
}

static void set_up_queue(struct ring_machine *machine, unsigned queue)
{
	struct watch_queue *q = &machine->watch.queue[queue];
	struct mock *mock = machine->mock;
	unsigned class_number = machine->now->class_number;

	q->size = machine->size;
	q->vector = (uint16_t)(queue + 1);
	q->descriptors = area(queue, 0);
	q->driver = area(queue, 1);
	q->device = area(queue, 2);
	q->greedy = queue || class_number == MACHINE_BLK || class_number == MACHINE_RNG;
	ring_watch_enable(&machine->watch, queue);
	COMMON(mock, queue_select, queue);
	COMMON(mock, queue_size, q->size);
	COMMON(mock, queue_msix_vector, q->vector);
	COMMON(mock, queue_desc_lo, (uint32_t)q->descriptors);
	COMMON(mock, queue_desc_hi, q->descriptors >> 32);
	COMMON(mock, queue_driver_lo, (uint32_t)q->driver);
	COMMON(mock, queue_driver_hi, q->driver >> 32);
	COMMON(mock, queue_device_lo, (uint32_t)q->device);
	COMMON(mock, queue_device_hi, q->device >> 32);
	COMMON(mock, queue_enable, 1);
}

static void settle(struct ring_machine *machine)
{
	if (machine->guest.watch)
		ring_watch_settle(&machine->watch, machine->mock->isr,
				  mock_needs_reset(machine->mock));
}

void ring_machine_bring_up(struct ring_machine *machine)
{
	unsigned choices = machine->now->choices;
	struct mock *mock = machine->mock;
	struct ring_watch *watch = &machine->watch;

	ring_watch_start(watch);
	watch->packed = machine->packed;
	watch->event_idx = choices & MACHINE_EVENT_IDX;
	watch->indirect = choices & MACHINE_INDIRECT;
	watch->in_order = choices & MACHINE_IN_ORDER;
	watch->messages = choices & MACHINE_MESSAGES;
	set_messages(mock, watch->messages);
	COMMON(mock, device_status, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	negotiate(mock, machine->packed, choices);
	COMMON(mock, device_status,
	       VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
	COMMON(mock, config_msix_vector, MACHINE_CONFIG_VECTOR);
	machine->queues = 0;
	for (unsigned i = 0; i < WATCH_QUEUES && i < mock->queue_count; i++) {
		if (mock->queues[i].max_size)
			set_up_queue(machine, machine->queues++);
	}
	watch->live = true;
	COMMON(mock, device_status,
	       VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK |
		       VIRTIO_STATUS_DRIVER_OK);
	settle(machine);
}

void ring_machine_start(struct ring_machine *machine, unsigned class_number, unsigned choices,
			unsigned size_log2)
{
	struct machine_of_ring *ring = (struct machine_of_ring *)machine;
	struct ring_machine_state *state = &ring->states[class_number][choices][size_log2];

	machine->mock = ring->mocks[class_number];
	machine->size = (uint16_t)(1u << size_log2);
	machine->now = state;
	machine->guest.watch = &machine->watch;
	if (!state->made) {
		/* The rings are all zeroes, and their first look at them is not the input's. */
		machine->guest.mapped = false;
		guest_clear(&machine->guest);
		machine->guest.budget = fuzz_budget(10000, 0, 0);
		state->class_number = class_number;
		state->choices = choices;
		rewind_wipe(machine->mock);
		ring_machine_bring_up(machine);
		state->queues = machine->queues;
		rewind_take(&state->rewind, machine->mock, &machine->watch,
			    offsetof(struct ring_watch, chain));
		state->made = true;
	}
	guest_clear(&machine->guest);
	machine->queues = state->queues;
	/* Something may have been written to the disk. */
	if (class_number == MACHINE_BLK && ring->disk_dirty)
		machine->mock->class->power_on(machine->mock);
	ring->disk_dirty = false;
	rewind_back(&state->rewind, machine->mock);
}

void ring_machine_late(struct ring_machine *machine, uint16_t index)
{
	struct guest *guest = &machine->guest;

	for (unsigned i = 0; i < machine->queues && !machine->packed; i++) {
		struct mock_queue *queue = &machine->mock->queues[i];
		struct watch_queue *q = &machine->watch.queue[i];

		queue->next_avail = queue->next_used = queue->published = queue->previous = index;
		q->taken = q->pushed = q->published = q->available = index;
		guest_store(guest, q->driver + VIRTQ_AVAIL_IDX, sizeof(index), index);
		guest_store(guest, q->device + VIRTQ_USED_IDX, sizeof(index), index);
	}
}

void ring_machine_end(struct ring_machine *machine)
{
	struct machine_of_ring *ring = (struct machine_of_ring *)machine;
	const struct ring_watch *watch = &machine->watch;

	ring->disk_dirty |= machine->now->class_number == MACHINE_BLK &&
			    (machine->guest.mapped || watch->payload || watch->muddled);
}

void ring_machine_audit(struct ring_machine *machine)
{
	rewind_audit(&machine->now->rewind);
}

unsigned ring_machine_class(const struct ring_machine *machine)
{
	return machine->now->class_number;
}

/* ---- What a driver does ---- */

void ring_machine_notify(struct ring_machine *machine, unsigned queue)
{
	struct mock *mock = machine->mock;
	const struct mock_cap *cap = mock_caps_find(&mock->caps, VIRTIO_PCI_CAP_NOTIFY_CFG);

	machine->guest.changed = false;
	mock_bar_write(mock, cap->bar, cap->offset + (uint64_t)cap->multiplier * queue,
		       sizeof(uint16_t), queue);
	settle(machine);
	if (machine->guest.watch && !machine->guest.changed && queue < machine->queues)
		ring_watch_idle(&machine->watch, queue, &machine->guest);
}

void ring_machine_reset(struct ring_machine *machine)
{
	ring_machine_end(machine);
	machine->watch.live = false;
	machine->watch.muddled = false;
	COMMON(machine->mock, device_status, 0);
	if (machine->mock->status || machine->mock->isr || machine->mock->line)
		fuzz_oracle("reset", "status 0x%x, ISR 0x%x, line %d", machine->mock->status,
			    machine->mock->isr, machine->mock->line);
	ring_watch_start(&machine->watch);
}

void ring_machine_queue_reset(struct ring_machine *machine, unsigned queue)
{
	ring_watch_forget(&machine->watch, queue);
	COMMON(machine->mock, queue_select, queue);
	COMMON(machine->mock, queue_reset, 1);
	if (!machine->guest.watch || !machine->watch.live)
		return;
	set_up_queue(machine, queue);
	settle(machine);
}

void ring_machine_read_isr(struct ring_machine *machine)
{
	const struct mock_cap *cap = mock_caps_find(&machine->mock->caps, VIRTIO_PCI_CAP_ISR_CFG);
	uint8_t isr = (uint8_t)mock_bar_read(machine->mock, cap->bar, cap->offset, sizeof(isr));

	if (machine->guest.watch && !machine->watch.muddled && !machine->watch.trouble &&
	    isr != machine->watch.isr)
		fuzz_oracle("isr", "0x%x is read, not 0x%x", isr, machine->watch.isr);
	machine->watch.isr = 0;
	settle(machine);
}

FUZZ_PLAIN_END
