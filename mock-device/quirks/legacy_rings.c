/* SPDX-License-Identifier: BSD-3-Clause */
/* Lies about rings of legacy drivers (2.7.2, 2.7.3, 6.4). */
#include "mock-device/quirks/quirk.h"
#include "spec/legacy.h"
#include "spec/split_ring.h"

#define ANY_LEGACY "mock:blk|rng,interface=transitional|legacy"

static uint64_t up(uint64_t address, uint64_t align)
{
	return (address + align - 1) / align * align;
}

enum { CLOSE, PAGES };

static void misplace(struct mock_layer *q, struct mock_queue *queue, uint32_t page)
{
	const uint64_t align = VIRTIO_LEGACY_QUEUE_ALIGN;
	uint64_t end;

	mock_op_legacy_queue_parts(q->below, queue, page);
	if (q->value == PAGES)
		queue->driver_area = up(queue->driver_area, align);
	end = queue->driver_area + VIRTQ_AVAIL_SIZE((uint64_t)queue->size);
	queue->device_area = up(end, q->value == PAGES ? align : VIRTQ_USED_ALIGN);
}
MOCK_QUIRK(legacy_rings_misplaced, .kind = MOCK_VIOLATION,
	   .says = "the rings of a legacy queue are looked for elsewhere: the used ring right "
		   "behind the available ring, or each ring on a page of its own",
	   .breaks = MOCK_RULES(LEGACY_QUEUE_LAYOUT),
	   .also = MOCK_RULES(LEGACY_INTERFACE_WORKS, ROBUST_REQUEST_COMPLETES, ROBUST_STRAY_WRITE),
	   .values = "close pages", .needs = "mock:blk,interface=transitional|legacy",
	   .ops = { .legacy_queue_parts = misplace });

/* The rings and requests of another guest; configuration is as it should be. */
static void other_guest(struct mock_layer *q, struct mock_identity *identity)
{
	q->mock->big_endian = !q->mock->big_endian;
	mock_op_build_identity(q->below, identity);
}

static uint64_t config_read(struct mock_layer *q, unsigned offset, unsigned width)
{
	uint64_t value;

	q->mock->big_endian = !q->mock->big_endian;
	value = mock_op_device_config_read(q->below, offset, width);
	q->mock->big_endian = !q->mock->big_endian;
	return value;
}

static void config_write(struct mock_layer *q, unsigned offset, unsigned width, uint64_t value)
{
	q->mock->big_endian = !q->mock->big_endian;
	mock_op_device_config_write(q->below, offset, width, value);
	q->mock->big_endian = !q->mock->big_endian;
}
MOCK_QUIRK(legacy_rings_swapped, .kind = MOCK_VIOLATION,
	   .says = "legacy rings are taken to be in the byte order that the guest does not have",
	   .breaks = MOCK_RULES(LEGACY_RING_NATIVE_ENDIAN),
	   .also = MOCK_RULES(LEGACY_INTERFACE_WORKS, ROBUST_REQUEST_COMPLETES),
	   .needs = ANY_LEGACY,
	   .ops = { .build_identity = other_guest,
		    .device_config_read = config_read,
		    .device_config_write = config_write });

static bool want_as_if_not(struct mock_layer *q, struct mock_queue *queue)
{
	bool had = mock_features_has(&q->mock->negotiated, VIRTIO_F_NOTIFY_ON_EMPTY), wanted;

	mock_features_remove(&q->mock->negotiated, VIRTIO_F_NOTIFY_ON_EMPTY);
	wanted = mock_op_want_interrupt(q->below, queue);
	if (had)
		mock_features_add(&q->mock->negotiated, VIRTIO_F_NOTIFY_ON_EMPTY);
	return wanted;
}
MOCK_QUIRK(notify_on_empty_ignored, .kind = MOCK_VIOLATION,
	   .says = "running out of buffers interrupts nobody, NOTIFY_ON_EMPTY or not",
	   .breaks = MOCK_RULES(LEGACY_NOTIFY_ON_EMPTY), .needs = ANY_LEGACY,
	   .ops = { .want_interrupt = want_as_if_not });
