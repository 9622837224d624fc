/* SPDX-License-Identifier: BSD-3-Clause */
/* The split rings of the tests' driver: queues, descriptors, requests. */
#ifndef TESTS_MOCK_RINGS_H
#define TESTS_MOCK_RINGS_H

#include "mock_driver.h"

#include "spec/split_ring.h"

static inline uint64_t td_alloc(struct td *td, size_t size, size_t align)
{
	td->used = (td->used + align - 1) / align * align;
	td->used += size;
	assert_true(td->used <= TD_MEMORY);
	return TD_BASE + td->used - size;
}

static inline uint64_t td_load(struct td *td, uint64_t address, unsigned width)
{
	return vs_load_le(td_at(td, address, width), width);
}

static inline void td_store(struct td *td, uint64_t address, unsigned width, uint64_t value)
{
	vs_store_le(td_at(td, address, width), width, value);
}

/* Sets a queue up (size 0: the largest) and enables it. Its memory is new and zero. */
static inline struct td_queue *td_queue(struct td *td, unsigned index, uint16_t size,
					bool config_data)
{
	struct td_queue *queue = &td->queues[index % TD_QUEUES];

	TD_SET(td, queue_select, index);
	if (size)
		TD_SET(td, queue_size, size);
	memset(queue, 0, sizeof(*queue));
	queue->index = index;
	queue->size = (uint16_t)TD_GET(td, queue_size);
	assert_true(queue->size != 0);
	queue->desc = td_alloc(td, VIRTQ_DESC_SIZE * (size_t)queue->size, VIRTQ_DESC_ALIGN);
	queue->avail = td_alloc(td, VIRTQ_AVAIL_SIZE((size_t)queue->size), VIRTQ_AVAIL_ALIGN);
	queue->used = td_alloc(td, VIRTQ_USED_SIZE((size_t)queue->size), VIRTQ_USED_ALIGN);
	TD_SET(td, queue_desc_lo, (uint32_t)queue->desc);
	TD_SET(td, queue_desc_hi, queue->desc >> 32);
	TD_SET(td, queue_driver_lo, (uint32_t)queue->avail);
	TD_SET(td, queue_driver_hi, queue->avail >> 32);
	TD_SET(td, queue_device_lo, (uint32_t)queue->used);
	TD_SET(td, queue_device_hi, queue->used >> 32);
	TD_SET(td, queue_enable, 1);
	assert_int_equal(TD_GET(td, queue_enable), 1);
	queue->notify = td->notify.offset + (uint64_t)td->multiplier * TD_GET(td, queue_notify_off);
	queue->notify_value = (uint16_t)index;
	if (config_data)
		queue->notify_value = (uint16_t)TD_GET(td, queue_notif_config_data);
	return queue;
}

static inline void td_desc(struct td *td, uint64_t table, unsigned index, uint64_t address,
			   uint32_t length, uint16_t flags, uint16_t next)
{
	uint64_t at = table + (uint64_t)VIRTQ_DESC_SIZE * index;

	td_store(td, at + VIRTQ_DESC_ADDR, 8, address);
	td_store(td, at + VIRTQ_DESC_LEN, 4, length);
	td_store(td, at + VIRTQ_DESC_FLAGS, 2, flags);
	td_store(td, at + VIRTQ_DESC_NEXT, 2, next);
}

/* Makes the chain at `head` available, without telling the device. */
static inline void td_offer(struct td *td, struct td_queue *queue, uint16_t head)
{
	td_store(td, queue->avail + VIRTQ_AVAIL_RING(queue->avail_idx % (unsigned)queue->size), 2,
		 head);
	td_store(td, queue->avail + VIRTQ_AVAIL_IDX, 2, ++queue->avail_idx);
}

static inline void td_notify(struct td *td, const struct td_queue *queue)
{
	mock_bar_write(td->mock, td->notify.bar, queue->notify, 2, queue->notify_value);
}

static inline uint16_t td_used_idx(struct td *td, const struct td_queue *queue)
{
	return (uint16_t)td_load(td, queue->used + VIRTQ_USED_IDX, 2);
}

/* The next used element has to be this one. */
static inline void td_expect_used(struct td *td, struct td_queue *queue, uint32_t id,
				  uint32_t length)
{
	unsigned slot = queue->used_idx % (unsigned)queue->size;

	assert_int_not_equal(td_used_idx(td, queue), queue->used_idx);
	assert_int_equal(td_load(td, queue->used + VIRTQ_USED_RING(slot), 4), id);
	assert_int_equal(td_load(td, queue->used + VIRTQ_USED_RING_LEN(slot), 4), length);
	queue->used_idx++;
}

static inline void td_expect_none(struct td *td, const struct td_queue *queue)
{
	assert_int_equal(td_used_idx(td, queue), queue->used_idx);
}

/* One segment of a request. */
struct td_segment {
	uint64_t address;
	uint32_t length;
	bool writable;
};

/* Chains segments in descriptors first, first + 1, … of the table; no wrap. */
static inline void td_chain(struct td *td, uint64_t table, unsigned first,
			    const struct td_segment *segments, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint16_t flags = segments[i].writable ? VIRTQ_DESC_F_WRITE : 0;

		if (i + 1 < count)
			flags |= VIRTQ_DESC_F_NEXT;
		td_desc(td, table, first + i, segments[i].address, segments[i].length, flags,
			(uint16_t)(first + i + 1));
	}
}

/* A rng request of one writable buffer, all the way; the bytes written. */
static inline uint32_t td_entropy(struct td *td, struct td_queue *queue, uint64_t buffer,
				  uint32_t length)
{
	unsigned slot = queue->used_idx % (unsigned)queue->size;

	td_desc(td, queue->desc, 0, buffer, length, VIRTQ_DESC_F_WRITE, 0);
	td_offer(td, queue, 0);
	td_notify(td, queue);
	assert_int_equal(td_used_idx(td, queue), (uint16_t)(queue->used_idx + 1));
	queue->used_idx++;
	assert_int_equal(td_load(td, queue->used + VIRTQ_USED_RING(slot), 4), 0);
	return (uint32_t)td_load(td, queue->used + VIRTQ_USED_RING_LEN(slot), 4);
}

/* A rng device with VERSION_1 and these features, its queue enabled, live. */
static inline struct td_queue *td_live_rng(struct td *td, uint64_t features, uint16_t size)
{
	struct td_queue *queue;

	assert_true(td_negotiate(td, features | TD_FEATURE(VIRTIO_F_VERSION_1)));
	queue = td_queue(td, 0, size, features & TD_FEATURE(VIRTIO_F_NOTIF_CONFIG_DATA));
	td_driver_ok(td);
	return queue;
}

#endif
