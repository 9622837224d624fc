/* SPDX-License-Identifier: BSD-3-Clause */
/* A legacy driver for the tests of the mock device, in either byte order. */
#ifndef TESTS_MOCK_LEGACY_H
#define TESTS_MOCK_LEGACY_H

#include "mock_rings.h"

#include "spec/legacy.h"

struct tl {
	struct td td;
	bool big;
};

static inline void tl_open(struct tl *tl, const char *class_name, enum mock_interface interface,
			   bool big)
{
	const struct mock_settings settings = {
		.class_name = class_name,
		.interface = interface,
		.big_endian = big,
	};

	td_open_as(&tl->td, &settings);
	tl->big = big;
}

static inline uint64_t tl_get(struct tl *tl, uint64_t offset, unsigned width)
{
	return mock_bar_read(tl->td.mock, VIRTIO_LEGACY_BAR, offset, width);
}

static inline void tl_set(struct tl *tl, uint64_t offset, unsigned width, uint64_t value)
{
	mock_bar_write(tl->td.mock, VIRTIO_LEGACY_BAR, offset, width, value);
}

static inline uint64_t tl_swap(const struct tl *tl, unsigned width, uint64_t value)
{
	uint64_t swapped = 0;

	for (unsigned i = 0; i < width; i++)
		swapped |= (value >> 8 * i & UINT8_MAX) << 8 * (width - 1 - i);
	return tl->big ? swapped : value;
}

/* Memory and device configuration, in the guest's order. */
static inline void tl_store(struct tl *tl, uint64_t address, unsigned width, uint64_t value)
{
	td_store(&tl->td, address, width, tl_swap(tl, width, value));
}

static inline uint64_t tl_load(struct tl *tl, uint64_t address, unsigned width)
{
	return tl_swap(tl, width, td_load(&tl->td, address, width));
}

static inline uint64_t tl_config(struct tl *tl, unsigned offset, unsigned width)
{
	return tl_swap(tl, width, tl_get(tl, VIRTIO_LEGACY_CONFIG(false) + offset, width));
}

/* Resets the device and accepts these features. */
static inline void tl_accept(struct tl *tl, uint32_t features)
{
	tl_set(tl, VIRTIO_LEGACY_DEVICE_STATUS, 1, 0);
	tl_set(tl, VIRTIO_LEGACY_DEVICE_STATUS, 1, VIRTIO_STATUS_ACKNOWLEDGE);
	tl_set(tl, VIRTIO_LEGACY_DEVICE_STATUS, 1, VIRTIO_STATUS_DRIVER);
	tl_set(tl, VIRTIO_LEGACY_DRIVER_FEATURES, 4, features);
}

static inline void tl_driver_ok(struct tl *tl)
{
	tl_set(tl, VIRTIO_LEGACY_DEVICE_STATUS, 1,
	       tl_get(tl, VIRTIO_LEGACY_DEVICE_STATUS, 1) | VIRTIO_STATUS_DRIVER_OK);
}

/* A queue of the size it has, in new and zeroed pages. */
static inline struct td_queue *tl_queue(struct tl *tl, unsigned index)
{
	struct td_queue *queue = &tl->td.queues[index % TD_QUEUES];
	const size_t align = VIRTIO_LEGACY_QUEUE_ALIGN;
	size_t first, all;

	tl_set(tl, VIRTIO_LEGACY_QUEUE_SELECT, 2, index);
	memset(queue, 0, sizeof(*queue));
	queue->index = index;
	queue->size = (uint16_t)tl_get(tl, VIRTIO_LEGACY_QUEUE_SIZE, 2);
	assert_int_not_equal(queue->size, 0);
	first = (16u * queue->size + 6u + 2u * queue->size + align - 1) / align * align;
	all = first + (6u + 8u * queue->size + align - 1) / align * align;
	queue->desc = td_alloc(&tl->td, all, align);
	queue->avail = queue->desc + 16u * queue->size;
	queue->used = queue->desc + first;
	tl_set(tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, queue->desc / align);
	assert_int_equal(tl_get(tl, VIRTIO_LEGACY_QUEUE_ADDRESS, 4), queue->desc / align);
	return queue;
}

/* Makes these segments available as one buffer, from descriptor 0 on. */
static inline void tl_offer(struct tl *tl, struct td_queue *queue,
			    const struct td_segment *segments, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t at = queue->desc + (uint64_t)VIRTQ_DESC_SIZE * i;
		unsigned flags = segments[i].writable ? VIRTQ_DESC_F_WRITE : 0;

		tl_store(tl, at + VIRTQ_DESC_ADDR, 8, segments[i].address);
		tl_store(tl, at + VIRTQ_DESC_LEN, 4, segments[i].length);
		tl_store(tl, at + VIRTQ_DESC_FLAGS, 2,
			 flags | (i + 1 < count ? VIRTQ_DESC_F_NEXT : 0));
		tl_store(tl, at + VIRTQ_DESC_NEXT, 2, i + 1);
	}
	tl_store(tl, queue->avail + VIRTQ_AVAIL_RING(queue->avail_idx % queue->size), 2, 0);
	tl_store(tl, queue->avail + VIRTQ_AVAIL_IDX, 2, ++queue->avail_idx);
}

static inline void tl_notify(struct tl *tl, const struct td_queue *queue)
{
	tl_set(tl, VIRTIO_LEGACY_QUEUE_NOTIFY, 2, queue->index);
}

static inline void tl_expect_used(struct tl *tl, struct td_queue *queue, uint32_t length)
{
	unsigned slot = queue->used_idx % (unsigned)queue->size;

	assert_int_equal(tl_load(tl, queue->used + VIRTQ_USED_IDX, 2),
			 (uint16_t)(queue->used_idx + 1));
	assert_int_equal(tl_load(tl, queue->used + VIRTQ_USED_RING(slot), 4), 0);
	assert_int_equal(tl_load(tl, queue->used + VIRTQ_USED_RING_LEN(slot), 4), length);
	queue->used_idx++;
}

/* One buffer, all the way. */
static inline void tl_serve(struct tl *tl, struct td_queue *queue,
			    const struct td_segment *segments, unsigned count, uint32_t length)
{
	tl_offer(tl, queue, segments, count);
	tl_notify(tl, queue);
	tl_expect_used(tl, queue, length);
}

#endif
