/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notifications: where the driver's side sends them and what they say, and which virtqueue the mock
 * device takes them for; beside the same arithmetic in 128 bits (4.1.4.4, 4.1.5.2).
 *
 * An input is struct head, the structure and the virtqueues, then struct record after record: a
 * notification of the driver, or a write into the structure or the legacy register.
 *
 * Rooms: mock_class
 */
#include <stdlib.h>
#include <string.h>

#include "driver/queue.h"
#include "driver/session.h"
#include "fuzz/support/target.h"
#include "mock-device/model/base.h"
#include "mock-device/model/layer.h"
#include "spec/legacy.h"
#include "spec/notification.h"
#include "spec/packed_ring.h"
#include "spec/virtio_pci.h"

__extension__ typedef unsigned __int128 wide;

#define QUEUES 4u

struct head {
	uint8_t flags; /* FLAG_… */
	uint8_t bar;   /* log2 of its size */
	uint8_t pos;   /* of the capability */
	uint8_t there; /* a bit each virtqueue */
	uint8_t multiplier[4], offset[4];
	struct {
		uint8_t off[2], data[2], position[2];
	} queue[QUEUES];
};
#define FLAG_DATA     0x01u /* VIRTIO_F_NOTIFICATION_DATA */
#define FLAG_CONFIG   0x02u /* VIRTIO_F_NOTIF_CONFIG_DATA */
#define FLAG_PACKED   0x04u
#define FLAG_IN_SPACE 0x08u /* the structure lies in configuration space (draft of 2013) */

struct record {
	uint8_t kind, queue, width, wrap;
	uint8_t value[4], offset[8];
};
enum { DRIVER, WRITE, WRITE_NEAR, WRITE_LEGACY, KIND_COUNT };

#define LIKES(values) (values), sizeof(values) / sizeof(*(values))

static const uint64_t multipliers[] = { 0,          1,          2,          4,
					0x1000,     0x10000,    0x10001,    0x80000000,
					0xfffffff0, 0xffffffff, 0x10000000, 6 };
static const uint64_t offs[] = { 0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 0x7fff, 0x8000, 0xffff };
static const uint64_t sizes[] = { 0, 1, 2, 8, 12, 16, 20, 32, 33, 48, 63 };
static const uint64_t widths[] = { 1, 2, 4, 8 };

static const struct fuzz_field record_fields[] = {
	{ offsetof(struct record, kind), 1, NULL, 0 },
	{ offsetof(struct record, queue), 1, LIKES(offs) },
	{ offsetof(struct record, width), 1, LIKES(widths) },
	{ offsetof(struct record, value), 4, LIKES(offs) },
	{ offsetof(struct record, value) + 2, 2, LIKES(offs) },
	{ offsetof(struct record, offset), 8, LIKES(multipliers) },
};

static const struct fuzz_field head_fields[] = {
	{ offsetof(struct head, flags), 1, NULL, 0 },
	{ offsetof(struct head, bar), 1, LIKES(sizes) },
	{ offsetof(struct head, pos), 1, NULL, 0 },
	{ offsetof(struct head, there), 1, NULL, 0 },
	{ offsetof(struct head, multiplier), 4, LIKES(multipliers) },
	{ offsetof(struct head, offset), 4, LIKES(multipliers) },
	{ offsetof(struct head, queue[0].off), 2, LIKES(offs) },
	{ offsetof(struct head, queue[0].data), 2, LIKES(offs) },
	{ offsetof(struct head, queue[0].position), 2, LIKES(offs) },
	{ offsetof(struct head, queue[1].off), 2, LIKES(offs) },
	{ offsetof(struct head, queue[1].data), 2, LIKES(offs) },
	{ offsetof(struct head, queue[2].off), 2, LIKES(offs) },
	{ offsetof(struct head, queue[2].data), 2, LIKES(offs) },
};

const struct fuzz_shape fuzz_shape = {
	.head = sizeof(struct head),
	.record = sizeof(struct record),
	.fields = record_fields,
	.field_count = sizeof(record_fields) / sizeof(*record_fields),
	.head_fields = head_fields,
	.head_field_count = sizeof(head_fields) / sizeof(*head_fields),
};

static uint64_t load(const uint8_t *bytes, unsigned width)
{
	uint64_t value = 0;

	while (width-- > 0)
		value = value << 8 | bytes[width];
	return value;
}

/* Everything of one execution. */
struct trial {
	const struct head *head;
	struct vs_bus bus;
	struct vs_function fn;
	struct vs_session session;
	struct vs_cap cap;
	struct mock *mock;
	/* What reached the function: writes, the last of them. */
	unsigned writes, region, width;
	uint64_t offset, value;
	int notified; /* the virtqueue that the mock took it for, or -1 */
};

/* The bus is the first member but one; its operations find the trial around it. */
static struct trial *trial_of(struct vs_bus *bus)
{
	return (struct trial *)(void *)((uint8_t *)bus - offsetof(struct trial, bus));
}

static int reached(struct vs_bus *bus, unsigned region, uint64_t offset, unsigned width,
		   uint64_t value)
{
	struct trial *t = trial_of(bus);

	t->writes++;
	t->region = region;
	t->offset = offset;
	t->width = width;
	t->value = value;
	return 0;
}

static int bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value)
{
	return reached(bus, bar, offset, width, value);
}

static int config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	return reached(bus, VS_REGION_CONFIG, offset, width, value);
}

static uint64_t no_time(struct vs_bus *bus)
{
	(void)bus;
	return 0;
}

/* The floor over the mock's own: virtqueues as the head says, and an ear. */
static void queue_info(struct mock_layer *layer, unsigned index, struct mock_queue_info *info)
{
	const struct trial *t = layer->mock->host.context;

	if (index >= QUEUES || !(t->head->there >> index & 1))
		return;
	info->max_size = 8;
	info->notify_off = (uint16_t)load(t->head->queue[index].off, 2);
	info->config_data = (uint16_t)load(t->head->queue[index].data, 2);
}

static void queue_notified(struct mock_layer *layer, struct mock_queue *queue)
{
	struct trial *t = layer->mock->host.context;

	if (t->notified >= 0)
		fuzz_oracle("notify-twice", "queues %d and %u", t->notified, queue->index);
	t->notified = (int)queue->index;
}

/* One mock for all executions, its floor on top; nothing of what they do to it stays. */
static struct mock *the_mock(void)
{
	static const struct mock_ops ops = { .queue_info = queue_info,
					     .queue_notified = queue_notified };
	static const struct mock_host host;
	static const struct mock_settings settings = { .class_name = "net",
						       .interface = MOCK_TRANSITIONAL };
	static struct mock *mock;
	static struct mock_layer layer;
	char error[200];

	if (mock)
		return mock;
	mock = mock_create(&settings, &host, error, sizeof(error));
	if (!mock)
		abort();
	layer = (struct mock_layer){ .ops = &ops, .below = mock->top, .mock = mock };
	mock->top = &layer;
	return mock;
}

static void prepare(struct trial *t, const struct head *head)
{
	static const struct vs_bus_ops ops = {
		.name = "fuzz", .config_write = config_write, .bar_write = bar_write, .now = no_time
	};
	uint8_t pos = (head->pos & PCI_CAP_POINTER_MASK) | PCI_HEADER_SIZE;

	*t = (struct trial){ .head = head, .mock = the_mock() };
	t->bus.ops = &ops;
	t->bus.bars[0] = (struct vs_bar){ .size = UINT64_C(1) << head->bar % 64, .address = 1 };
	t->fn.draft = head->flags & FLAG_IN_SPACE;
	t->cap = (struct vs_cap){ .pos = pos,
				  .bar = t->fn.draft ? VIRTIO_PCI_CAP_BAR_IN_CONFIG : 0,
				  .offset = load(head->offset, 4),
				  .notify_off_multiplier = (uint32_t)load(head->multiplier, 4) };
	if (t->fn.draft)
		t->cap.offset %= PCI_CONFIG_SIZE;
	t->session = (struct vs_session){ .bus = &t->bus, .fn = &t->fn, .notify = &t->cap };
	t->mock->host.context = t;
	t->mock->status = VIRTIO_STATUS_FEATURES_OK;
	t->mock->negotiated = (struct mock_features){ 0 };
	mock_features_add(&t->mock->negotiated, VIRTIO_F_VERSION_1);
	if (head->flags & FLAG_DATA) {
		vs_features_add(&t->session.accepted, VIRTIO_F_NOTIFICATION_DATA);
		mock_features_add(&t->mock->negotiated, VIRTIO_F_NOTIFICATION_DATA);
	}
	if (head->flags & FLAG_CONFIG)
		mock_features_add(&t->mock->negotiated, VIRTIO_F_NOTIF_CONFIG_DATA);
	for (unsigned i = 0; i < t->mock->queue_total; i++)
		t->mock->queues[i].max_size = i < QUEUES && head->there >> i & 1 ? 8 : 0;
}

/* Where the address of a virtqueue is, from the start of the structure. */
static wide place_of(const struct head *head, unsigned queue)
{
	return (wide)load(head->queue[queue].off, 2) * load(head->multiplier, 4);
}

/* What a notification of it has to begin with. */
static unsigned id_of(const struct head *head, unsigned queue)
{
	return head->flags & FLAG_CONFIG ? (unsigned)load(head->queue[queue].data, 2) : queue;
}

/* Which virtqueue a write into the structure is for, or -1. */
static int second_aim(const struct head *head, wide offset, unsigned width, uint64_t value)
{
	if (width != (head->flags & FLAG_DATA ? 4 : 2))
		return -1;
	for (unsigned i = 0; i < QUEUES; i++)
		if (head->there >> i & 1 && place_of(head, i) == offset &&
		    value % 0x10000 == id_of(head, i))
			return (int)i;
	return -1;
}

static void write_to_mock(struct trial *t, uint64_t offset, unsigned width, uint64_t value)
{
	struct mock_cap cap = { .multiplier = t->cap.notify_off_multiplier };
	int aim = second_aim(t->head, offset, width, value);

	t->notified = -1;
	mock_op_notify(t->mock->top, &cap, offset, width, value);
	if (t->notified != aim)
		fuzz_oracle("notify-aim",
			    "%#llx in %u bytes at %#llx is for queue %d; it is for %d",
			    (unsigned long long)value, width, (unsigned long long)offset,
			    t->notified, aim);
}

static void hold_driver(const struct trial *t, wide place, wide end, unsigned width, uint64_t value)
{
	unsigned region = t->fn.draft ? VS_REGION_CONFIG : 0;

	if (place + width > end) {
		if (t->writes)
			fuzz_oracle("notify-place",
				    "a write at %#llx of region %u, and none is due",
				    (unsigned long long)t->offset, t->region);
		return;
	}
	if (t->writes != 1 || t->region != region || t->offset != place || t->width != width ||
	    t->value != value)
		fuzz_oracle("notify-place", "%u writes, %#llx in %u bytes at %#llx of region %u",
			    t->writes, (unsigned long long)t->value, t->width,
			    (unsigned long long)t->offset, t->region);
}

/* The driver notifies; what it sends goes on to the mock, where the two name the queue alike. */
static void notify(struct trial *t, const struct record *record)
{
	unsigned queue = record->queue % QUEUES;
	bool packed = t->head->flags & FLAG_PACKED, data = t->head->flags & FLAG_DATA;
	uint16_t position = (uint16_t)load(t->head->queue[queue].position, 2);
	struct vs_queue q = { .s = &t->session,
			      .ring = packed ? &vs_packed_ring : &vs_split_ring,
			      .index = (uint16_t)queue,
			      .notify_off = (uint16_t)load(t->head->queue[queue].off, 2),
			      .notify_data = (uint16_t)id_of(t->head, queue) };
	uint64_t value = id_of(t->head, queue);
	wide place = place_of(t->head, queue) + t->cap.offset;

	if (packed) {
		q.next = position & VIRTIO_NOTIFY_NEXT_OFF_MASK;
		q.wrap = record->wrap & 1;
		position = (uint16_t)(q.next + (q.wrap ? 0x8000u : 0));
	} else {
		q.avail_idx = position;
	}
	if (data)
		value += (uint64_t)position * 0x10000;
	t->writes = 0;
	vs_queue_notify(&q);
	if (t->fn.draft)
		hold_driver(t, place + t->cap.pos, PCI_CONFIG_SIZE, data ? 4 : 2, value);
	else
		hold_driver(t, place, t->bus.bars[0].size, data ? 4 : 2, value);
	if (t->writes && !t->fn.draft)
		write_to_mock(t, t->offset - t->cap.offset, t->width, t->value);
}

/* The legacy register takes the number of a virtqueue. */
static void write_legacy(struct trial *t, uint32_t value)
{
	int aim = (uint16_t)value < QUEUES && t->head->there >> (uint16_t)value & 1
			  ? (int)(uint16_t)value
			  : -1;

	t->notified = -1;
	mock_legacy_registers.write(t->mock, NULL, VIRTIO_LEGACY_QUEUE_NOTIFY, 2, (uint16_t)value);
	if (t->notified != aim)
		fuzz_oracle("notify-legacy", "%#x is for queue %d; it is for %d", value,
			    t->notified, aim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = fuzz_input(data, size);
	struct record record;
	struct trial t;
	struct head head;

	fuzz_bytes(&in, &head, sizeof(head));
	prepare(&t, &head);
	while (fuzz_left(&in)) {
		uint32_t value;
		uint64_t offset;

		fuzz_bytes(&in, &record, sizeof(record));
		value = (uint32_t)load(record.value, 4);
		offset = load(record.offset, 8);
		switch (record.kind % KIND_COUNT) {
		case DRIVER:
			notify(&t, &record);
			break;
		case WRITE_NEAR: /* of a place that means something, by a little or not at all */
			offset = (uint64_t)place_of(&head, record.queue % QUEUES) +
				 (uint64_t)(int64_t)(int8_t)(record.offset[0] & record.offset[1]);
			value = record.wrap & 1 ? value : id_of(&head, record.queue % QUEUES);
			write_to_mock(&t, offset, 1u << record.width % 4, value);
			break;
		case WRITE:
			write_to_mock(&t, offset, 1u << record.width % 4, value);
			break;
		case WRITE_LEGACY:
			write_legacy(&t, value);
			break;
		}
	}
	return 0;
}

/* A notification of every virtqueue, and each again as a write of its own. */
static void give(struct fuzz_seeds *seeds, const char *name, uint8_t flags, uint8_t bar,
		 uint8_t multiplier)
{
	struct {
		struct head head;
		struct record record[3 * QUEUES];
	} seed = { .head = { .flags = flags,
			     .bar = bar,
			     .there = 0xf,
			     .multiplier = { multiplier },
			     .offset = { 0, flags & FLAG_IN_SPACE ? 0 : 0x30 } } };

	for (uint8_t i = 0; i < QUEUES; i++) {
		seed.head.queue[i].off[0] = i;
		seed.head.queue[i].data[0] = i;
		seed.head.queue[i].data[1] = 0x5a;
		seed.head.queue[i].position[0] = 7;
		seed.record[i].queue = i;
		seed.record[QUEUES + i] =
			(struct record){ .queue = i, .kind = WRITE_NEAR, .width = 1 };
		seed.record[2 * QUEUES + i] =
			(struct record){ .kind = WRITE_LEGACY, .value = { i } };
	}
	fuzz_seed(seeds, name, &seed, sizeof(seed));
}

void fuzz_make_seeds(struct fuzz_seeds *seeds)
{
	give(seeds, "plain", 0, 14, 4);
	give(seeds, "one-place", 0, 14, 0);
	give(seeds, "data", FLAG_DATA | FLAG_PACKED, 16, 4);
	give(seeds, "config-data", FLAG_DATA | FLAG_CONFIG, 16, 4);
	give(seeds, "in-space", FLAG_IN_SPACE, 0, 2);
}
