/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/ring_arena.h"

#include <string.h>

#include "fuzz/support/oracle.h"
#include "spec/notification.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"
#include "spec/virtio.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WATCHED 1
#endif
#ifdef WATCHED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define GAP      64u
#define LISTS    4u
#define HEAP     4096u
#define ADDRESS  UINT64_C(0x123450000)
#define BAR_SIZE 0x80000u
#define NOTIFY   0x100u

/* Each part as large as the largest ring needs it, of either format. */
static struct ring_memory {
	uint8_t gap0[GAP];
	uint8_t desc[VIRTQ_DESC_SIZE * RING_SIZE_MAX];
	uint8_t gap1[GAP];
	uint8_t driver[VIRTQ_AVAIL_SIZE(RING_SIZE_MAX) + 2];
	uint8_t gap2[GAP];
	uint8_t device[VIRTQ_USED_SIZE(RING_SIZE_MAX) + 2];
	uint8_t gap3[GAP];
	uint8_t heap[HEAP];
	uint8_t gap4[GAP];
} memory __attribute__((aligned(64)));

/* The driver's own lists, which no device reaches. */
static struct ring_lists {
	struct {
		uint8_t gap[GAP];
		uint16_t list[RING_SIZE_MAX];
	} of[LISTS];
	uint8_t gap[GAP];
} lists __attribute__((aligned(64)));

static struct ring_arena *arena_of(struct vs_bus *bus)
{
	return (struct ring_arena *)bus;
}

static bool inside(const uint8_t *at, size_t size, const uint8_t *part, size_t part_size)
{
	return at >= part && (size_t)(at - part) <= part_size &&
	       size <= part_size - (size_t)(at - part);
}

static int pull(struct vs_bus *bus, size_t offset, size_t size)
{
	struct ring_arena *a = arena_of(bus);
	uint8_t *at = bus->dma.host + offset;
	struct ring_seen *seen;

	for (unsigned i = 0; i < a->seen_count; i++) {
		seen = &a->seen[i];
		if (seen->at >= at + size || at >= seen->at + seen->size)
			continue;
		at[(a->change >> 8) % size] ^= (uint8_t)a->change;
		break;
	}
	if (a->seen_count < RING_SEEN_MAX && size <= sizeof(seen->bytes)) {
		seen = &a->seen[a->seen_count++];
		seen->at = at;
		seen->size = size;
		memcpy(seen->bytes, at, size);
	}
	return 0;
}

static int push(struct vs_bus *bus, size_t offset, size_t size)
{
	struct ring_arena *a = arena_of(bus);
	const struct vs_queue *q = &a->q;
	const uint8_t *at = bus->dma.host + offset;

	if (!a->stored)
		return 0; /* set up or cleared */
	if (!inside(at, size, q->area[VS_AREA_DESC], q->ring->area_size(q, VS_AREA_DESC)) &&
	    !inside(at, size, q->area[VS_AREA_DRIVER], q->ring->area_size(q, VS_AREA_DRIVER)) &&
	    !inside(at, size, memory.heap, HEAP))
		fuzz_oracle("store-outside", "%zu bytes at %zu of the memory", size, offset);
	a->stored(a->context, at, size);
	return 0;
}

static int bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value)
{
	struct ring_arena *a = arena_of(bus);

	(void)bar;
	a->notified++;
	a->notified_at = offset;
	a->notified_width = width;
	a->notified_value = value;
	return 0;
}

static uint64_t now(struct vs_bus *bus)
{
	(void)bus;
	return 0;
}

static const struct vs_bus_ops ops = {
	.name = "arena",
	.pull = pull,
	.push = push,
	.bar_write = bar_write,
	.now = now,
};

/* Once: the gaps are where they are. */
static void watch(void)
{
	static bool watched;

	if (watched)
		return;
	watched = true;
	ASAN_POISON_MEMORY_REGION(memory.gap0, GAP);
	ASAN_POISON_MEMORY_REGION(memory.gap1, GAP);
	ASAN_POISON_MEMORY_REGION(memory.gap2, GAP);
	ASAN_POISON_MEMORY_REGION(memory.gap3, GAP);
	ASAN_POISON_MEMORY_REGION(memory.gap4, GAP);
	for (unsigned i = 0; i < LISTS; i++)
		ASAN_POISON_MEMORY_REGION(lists.of[i].gap, GAP);
	ASAN_POISON_MEMORY_REGION(lists.gap, GAP);
}

/* The last bytes of a part, so that what follows is a gap. */
static uint8_t *end_of(uint8_t *part, size_t part_size, size_t size, size_t align)
{
	return part + ((part_size - size) & ~(align - 1));
}

static uint16_t *list(unsigned i, unsigned size)
{
	return lists.of[i].list + RING_SIZE_MAX - size;
}

static void place(struct vs_queue *q)
{
	uint8_t *const part[VS_AREA_COUNT] = { memory.desc, memory.driver, memory.device };
	static const size_t part_size[VS_AREA_COUNT] = { sizeof(memory.desc), sizeof(memory.driver),
							 sizeof(memory.device) };

	for (unsigned i = 0; i < VS_AREA_COUNT; i++)
		q->area[i] = end_of(part[i], part_size[i], q->ring->area_size(q, i),
				    q->ring->area_align(i));
	q->free_list = list(0, q->size);
	q->chain_len = list(1, q->size);
	q->chain_next = list(2, q->size);
	q->flight = list(3, q->size);
}

static const struct vs_cap notify_cap[2] = {
	{ .bar = 0, .offset = NOTIFY, .length = BAR_SIZE - NOTIFY, .notify_off_multiplier = 4 },
	{ .bar = 0, .offset = NOTIFY, .length = 2 },
};

void ring_arena_init(struct ring_arena *a, const struct ring_setup *setup)
{
	struct vs_queue *q = &a->q;

	watch();
	a->bus.ops = &ops;
	a->bus.state = VS_BUS_ALIVE;
	a->bus.features = setup->big_endian ? VS_BUS_BIG_ENDIAN : 0;
	a->bus.dma =
		(struct vs_dma){ (uint8_t *)&memory, ADDRESS, offsetof(struct ring_memory, gap4) };
	a->bus.bars[0].size = BAR_SIZE;
	a->s.bus = &a->bus;
	a->s.view = setup->legacy ? VS_VIEW_LEGACY : VS_VIEW_MODERN;
	a->s.accepted = setup->accepted;
	a->s.notify = &notify_cap[setup->legacy];
	a->s.deadline = UINT64_MAX;
	a->s.dma_used = offsetof(struct ring_memory, heap);
	a->stored = NULL;
	ring_call(a, 0);
	*q = (struct vs_queue){ .s = &a->s,
				.ring = setup->ring,
				.index = 7,
				.notify_data = 7,
				.max_size = setup->size,
				.size = setup->size,
				.notify_off = setup->notify_off };
	place(q);
	vs_queue_clear(q);
	if (setup->table_elements)
		vs_queue_give_tables(q, setup->table_elements);
}

void ring_call(struct ring_arena *a, uint16_t change)
{
	a->change = change;
	a->seen_count = 0;
	a->notified = 0;
}

const uint8_t *ring_first(const struct ring_arena *a, const uint8_t *at, size_t size)
{
	for (unsigned i = 0; i < a->seen_count; i++)
		if (inside(at, size, a->seen[i].at, a->seen[i].size))
			return a->seen[i].bytes + (at - a->seen[i].at);
	return NULL;
}

void ring_elements(struct ring_arena *a, struct vs_element *elements, unsigned count,
		   unsigned writable, uint32_t salt)
{
	/* Where they lie is a number to a ring, no more. */
	for (unsigned i = 0; i < count; i++)
		elements[i] = (struct vs_element){ .at = a->bus.dma.host + (salt + 64 * i) % HEAP,
						   .size = salt * (i + 1),
						   .writable = i >= writable };
}

/* Whether a ring is not in the order of this machine. */
static bool swapped(const struct ring_arena *a)
{
	bool big = a->s.view == VS_VIEW_LEGACY && a->bus.features & VS_BUS_BIG_ENDIAN;

	return big != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static uint64_t swap(uint64_t value, unsigned width)
{
	return __builtin_bswap64(value) >> (64 - 8 * width);
}

uint64_t ring_load(const struct ring_arena *a, const uint8_t *at, unsigned width)
{
	uint64_t value;
	uint32_t value32;
	uint16_t value16;

	if (width == 2) {
		memcpy(&value16, at, sizeof(value16));
		value = value16;
	} else if (width == 4) {
		memcpy(&value32, at, sizeof(value32));
		value = value32;
	} else {
		memcpy(&value, at, sizeof(value));
	}
	return swapped(a) ? swap(value, width) : value;
}

void ring_store(const struct ring_arena *a, uint8_t *at, unsigned width, uint64_t value)
{
	if (swapped(a))
		value = swap(value, width);
	for (unsigned i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

const uint8_t *ring_at(const struct ring_arena *a, uint64_t address, uint64_t size)
{
	uint64_t offset = address - a->bus.dma.address;

	if (offset > a->bus.dma.size || size > a->bus.dma.size - offset)
		fuzz_oracle("address", "%#llx of %llu bytes is none of the memory",
			    (unsigned long long)address, (unsigned long long)size);
	return a->bus.dma.host + offset;
}

void ring_scribble(struct ring_arena *a, unsigned where, uint16_t value)
{
	struct vs_queue *q = &a->q;
	unsigned area = where % VS_AREA_COUNT;
	size_t size = q->ring->area_size(q, area), at = where / VS_AREA_COUNT % (size - 1);

	q->area[area][at] = (uint8_t)value;
	q->area[area][at + 1] = (uint8_t)(value >> 8);
}

void ring_check_notification(const struct ring_arena *a, bool wanted, uint16_t position)
{
	const struct vs_cap *cap = a->s.notify;
	bool data = vs_features_has(&a->s.accepted, VIRTIO_F_NOTIFICATION_DATA);
	uint64_t value =
		a->q.index | (data ? (uint32_t)position << VIRTIO_NOTIFY_NEXT_OFF_SHIFT : 0);

	if (a->notified != wanted)
		fuzz_oracle("notification", "%u sent where the device wants %u", a->notified,
			    wanted);
	if (wanted && (a->notified_value != value || a->notified_width != (data ? 4u : 2u) ||
		       a->notified_at != cap->offset + (uint64_t)a->q.notify_off *
							       cap->notify_off_multiplier))
		fuzz_oracle("notification-value", "%#llx to %#llx, not %#llx",
			    (unsigned long long)a->notified_value,
			    (unsigned long long)a->notified_at, (unsigned long long)value);
}
