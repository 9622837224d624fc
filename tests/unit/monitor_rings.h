/* SPDX-License-Identifier: BSD-3-Clause */
/* Ring events for hand-made traces, all of queue 0 unless said otherwise. */
#ifndef MONITOR_RINGS_H
#define MONITOR_RINGS_H

#include "monitor_fixture.h"
#include "spec/packed_ring.h"
#include "spec/split_ring.h"

#define ALL_MEMORY (VS_QUEUE_DESC_MEMORY | VS_QUEUE_DRIVER_MEMORY | VS_QUEUE_DEVICE_MEMORY)

/* The queue is enabled with `size` entries. */
#define RING(size)              EVENT(QUEUE, .index = (size), .flags = ALL_MEMORY)
#define RING_AS(size, fl, used) EVENT(QUEUE, .index = (size), .flags = (fl), .value = (used))
/* A descriptor of the table: place, flags, the field next, length. One in an indirect table. */
#define DESC(place, fl, nx, len)                          \
	EVENT(DESCRIPTOR, .flags = (fl), .length = (len), \
	      .value = VS_DESCRIPTOR_VALUE(place, nx, 0))
#define ENTRY(place, fl, nx, len)                         \
	EVENT(DESCRIPTOR, .flags = (fl), .length = (len), \
	      .value = VS_DESCRIPTOR_VALUE(place, nx, 0), .width = VS_DESCRIPTOR_IN_TABLE)
/* What ends a buffer: elements; flags. */
#define BUFFER(count)          EVENT(AVAILABLE, .length = (count))
#define BUFFER_AS(count, fl)   EVENT(AVAILABLE, .length = (count), .flags = (fl))
#define BUFFER_AT(count, turn) EVENT(AVAILABLE, .length = (count), .value = (turn))
#define MOVE(from, to)         EVENT(AVAIL_INDEX, .offset = (from), .value = (to))
#define USED(id)               EVENT(USED, .index = (id))
#define USED_AS(id, fl)        EVENT(USED, .index = (id), .flags = (fl))
#define DEVICE_FLAGS(v)        EVENT(DEVICE_FLAGS, .value = (v))
#define AVAIL_EVENT(v)         EVENT(AVAIL_EVENT, .value = (v))
#define AVAIL_FLAGS(v)         EVENT(AVAIL_FLAGS, .value = (v))
#define CHANGED(fl)            EVENT(CHANGED, .flags = (fl), .note = "length")

/* Feature bits 0 to 31, and 32 to 63. */
#define LOW(bits)  W(DRIVER_FEATURE_SELECT, 0), W(DRIVER_FEATURE, bits)
#define HIGH(bits) W(DRIVER_FEATURE_SELECT, 1), W(DRIVER_FEATURE, bits)

#define B(bit)       VS_BIT(VIRTIO_F_##bit)
#define BH(bit)      (VS_BIT(VIRTIO_F_##bit) >> 32)
/* Rules. */
#define SPLIT(id)    RULE(DRIVER_SPLIT_##id)
#define PACKED(id)   RULE(DRIVER_PACKED_##id)
#define NOTIFIES(id) RULE(DRIVER_PCI_NOTIFY_##id)

#define F(flag) VIRTQ_DESC_F_##flag
#define NX      F(NEXT)
#define WR      F(WRITE)
#define IN      F(INDIRECT)

#endif
