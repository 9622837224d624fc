/* SPDX-License-Identifier: BSD-3-Clause */
/* The looker at rings: when it looks, and which queues live. */
#include <stdlib.h>
#include <string.h>

#include "observe/rings_internal.h"
#include "spec/legacy.h"
#include "spec/virtio.h"

struct vs_rings *vs_rings_open(const struct vs_subject *subject,
			       const struct vs_rings_memory *memory, struct vs_trace *trace)
{
	struct vs_rings *rings = calloc(1, sizeof(*rings));

	if (!rings)
		return NULL;
	rings->subject = subject;
	rings->memory = *memory;
	rings->trace = trace;
	vs_model_init(&rings->model, subject);
	return rings;
}

static void end_all(struct vs_rings *rings)
{
	while (rings->count)
		rings_queue_free(rings->queues[--rings->count]);
	rings->candidate.valid = false;
}

void vs_rings_close(struct vs_rings *rings)
{
	if (!rings)
		return;
	end_all(rings);
	free(rings);
}

/* What has been read, with the store that is about to be made. */
static void overlay(const struct vs_rings *rings, uint64_t address, uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(rings->store.bytes); i++) {
		uint64_t at = rings->store.address + i - address;

		if (at < size)
			data[at] = rings->store.bytes[i];
	}
}

int rings_read(struct vs_rings *rings, uint64_t address, void *data, size_t size)
{
	if (size == 0)
		return 0;
	if (address > UINT64_MAX - (size - 1) ||
	    rings->memory.read(rings->memory.context, address, data, size) < 0)
		return -1;
	if (rings->store.valid)
		overlay(rings, address, data, size);
	return 0;
}

uint64_t rings_load(const struct rings_queue *queue, const void *data, unsigned width)
{
	return queue->big_endian ? vs_load_be(data, width) : vs_load_le(data, width);
}

int rings_read16(struct rings_queue *queue, uint64_t address, uint16_t *value)
{
	uint8_t bytes[sizeof(uint16_t)];

	if (rings_read(queue->rings, address, bytes, sizeof(bytes)) < 0)
		return -1;
	*value = (uint16_t)rings_load(queue, bytes, sizeof(bytes));
	return 0;
}

void rings_tell(struct rings_queue *queue, struct vs_event event)
{
	struct vs_rings *rings = queue->rings;

	event.time = rings->memory.now(rings->memory.context);
	event.queue = queue->index;
	event.region = VS_REGION_NONE;
	vs_trace_add(rings->trace, &event);
}

void rings_field(struct rings_queue *queue, uint16_t *known, uint16_t value,
		 enum vs_event_kind kind)
{
	if (*known == value)
		return;
	*known = value;
	rings_tell(queue, (struct vs_event){ .kind = (uint8_t)kind, .value = value });
}

/* A feature works when both sides have it. Where the offer is not known, the driver is believed. */
static bool in_force(const struct vs_rings *rings, unsigned bit)
{
	static const struct vs_features none;
	const struct vs_features *offered = &rings->subject->offered;

	return vs_model_negotiated(&rings->model, bit) &&
	       (vs_features_equal(offered, &none) || vs_features_has(offered, bit));
}

bool rings_in_order(const struct rings_queue *queue)
{
	return in_force(queue->rings, VIRTIO_F_IN_ORDER);
}

bool rings_event_idx(const struct rings_queue *queue)
{
	return in_force(queue->rings, VIRTIO_F_EVENT_IDX);
}

/* ---- The life of queues ---- */

static unsigned place_of(const struct vs_rings *rings, unsigned queue)
{
	unsigned i = 0;

	while (i < rings->count && rings->queues[i]->index != queue)
		i++;
	return i;
}

static void end_one(struct vs_rings *rings, unsigned queue)
{
	unsigned place = place_of(rings, queue);

	if (place == rings->count)
		return;
	rings_queue_free(rings->queues[place]);
	rings->queues[place] = rings->queues[--rings->count];
}

/* Where the driver has put the queue that queue_select names, through the modern interface. */
static bool shape_modern(struct vs_rings *rings, int queue, struct rings_queue *shape)
{
	const struct vs_seen_queue *seen = vs_model_queue(&rings->model, queue);

	if (!seen || seen->size == 0 || seen->size > VIRTIO_QUEUE_MAX_SIZE)
		return false;
	*shape = (struct rings_queue){
		.rings = rings,
		.index = (uint16_t)queue,
		.size = seen->size,
		.packed = in_force(rings, VIRTIO_F_RING_PACKED),
		.descriptor_area = seen->address[0],
		.driver_area = seen->address[1],
		.device_area = seen->address[2],
	};
	return true;
}

/* The same through the legacy header: in one piece from a page on (2.7.2). */
static bool shape_legacy(struct vs_rings *rings, int queue, uint64_t page,
			 struct rings_queue *shape)
{
	const struct vs_seen_queue *seen = vs_model_queue(&rings->model, queue);
	uint64_t at = page << VIRTIO_LEGACY_PAGE_SHIFT;
	uint64_t end;

	if (!seen || seen->size == 0 || seen->size > VIRTIO_QUEUE_MAX_SIZE || page > UINT32_MAX)
		return false;
	*shape = (struct rings_queue){
		.rings = rings,
		.index = (uint16_t)queue,
		.size = seen->size,
		.big_endian = rings->subject->big_endian,
		.descriptor_area = at,
		.driver_area = at + (uint64_t)VIRTQ_DESC_SIZE * seen->size,
	};
	end = shape->driver_area + VIRTQ_AVAIL_SIZE(seen->size);
	shape->device_area =
		(end + VIRTIO_LEGACY_QUEUE_ALIGN - 1) & ~(uint64_t)(VIRTIO_LEGACY_QUEUE_ALIGN - 1);
	return true;
}

static void begin(struct vs_rings *rings, const struct rings_queue *shape)
{
	struct rings_candidate found = rings->candidate;
	struct rings_queue *queue;

	if (place_of(rings, shape->index) < rings->count || rings->count == VS_SEEN_QUEUES)
		return;
	/* By now the device may have begun to work with it. */
	if (!found.valid || found.queue != shape->index)
		rings_inspect(rings, shape, &found);
	queue = rings_queue_new(shape);
	if (!queue)
		return;
	queue->device_flags = found.used_flags;
	rings->queues[rings->count++] = queue;
	rings_tell(queue, (struct vs_event){ .kind = VS_EVENT_QUEUE,
					     .index = queue->size,
					     .flags = found.flags,
					     .value = found.used_flags });
}

/* The queue that may come to life with the next access: how its memory looks before the device can
 * have touched it. */
static void look_ahead(struct vs_rings *rings)
{
	const struct vs_model *model = &rings->model;
	const struct vs_seen_queue *seen = vs_model_queue(model, model->queue_select);
	struct rings_queue shape;

	rings->candidate.valid = false;
	if (!seen || seen->enabled || !seen->address[0] || !seen->address[1] || !seen->address[2])
		return;
	if (place_of(rings, model->queue_select) < rings->count ||
	    !shape_modern(rings, model->queue_select, &shape))
		return;
	rings_inspect(rings, &shape, &rings->candidate);
}

/* Whether this writes the field as a driver does; the model takes no other for it either. */
static bool sets(const struct vs_seen *seen, enum vs_common_field field)
{
	return vs_writes(seen, field) && seen->whole && seen->queue >= 0;
}

static void hear_write(struct vs_rings *rings, const struct vs_seen *seen)
{
	uint64_t value = seen->event->value;
	struct rings_queue shape;

	/* A driver that gave up has no use for its rings: their memory may be anything soon. */
	if (vs_writes(seen, VS_DEVICE_STATUS) &&
	    ((uint8_t)value == 0 || (value & VIRTIO_STATUS_FAILED)))
		end_all(rings);
	if (sets(seen, VS_QUEUE_RESET) && value == 1)
		end_one(rings, (unsigned)seen->queue);
	if (sets(seen, VS_QUEUE_ENABLE) && value == 1 && shape_modern(rings, seen->queue, &shape))
		begin(rings, &shape);
	if (sets(seen, VS_QUEUE_ADDRESS)) {
		end_one(rings, (unsigned)seen->queue);
		if (value && shape_legacy(rings, seen->queue, value, &shape))
			begin(rings, &shape);
	}
}

void vs_rings_hear(struct vs_rings *rings, const struct vs_event *event)
{
	struct vs_seen seen;

	/* Our own come back to us. */
	if (event->kind >= VS_EVENT_QUEUE)
		return;
	vs_model_see(&rings->model, event, &seen);
	if (event->kind == VS_EVENT_RESET)
		end_all(rings);
	else if (event->kind == VS_EVENT_WRITE)
		hear_write(rings, &seen);
	vs_model_apply(&rings->model, &seen);
}

/* ---- Looks ---- */

static void look_at_device(struct rings_queue *queue)
{
	if (queue->packed)
		rings_packed_device(queue);
	else
		rings_split_device(queue);
}

static void look_at_driver(struct rings_queue *queue)
{
	if (queue->packed)
		rings_packed_driver(queue);
	else
		rings_split_driver(queue);
}

/*
 * What the device used comes first: from then on the driver, which may run on another processor,
 * may do with those buffers what it likes.
 */
void vs_rings_before(struct vs_rings *rings)
{
	rings->walked = 0;
	for (unsigned i = 0; i < rings->count; i++) {
		struct rings_queue *queue = rings->queues[i];

		if (queue->lost)
			continue;
		look_at_device(queue);
		rings_watch_blame(queue);
		look_at_driver(queue);
	}
	look_ahead(rings);
}

void vs_rings_after(struct vs_rings *rings)
{
	rings->walked = 0;
	for (unsigned i = 0; i < rings->count; i++) {
		struct rings_queue *queue = rings->queues[i];

		if (queue->lost)
			continue;
		look_at_device(queue);
		rings_watch_accept(queue);
	}
}

/*
 * What the device can use now has been made available, and none of it can have gone yet: so it is
 * taken, and then what the store makes used is told of while it is still in its place.
 */
void vs_rings_store(struct vs_rings *rings, uint64_t address, const void *bytes)
{
	rings->walked = 0;
	for (unsigned i = 0; i < rings->count; i++) {
		struct rings_queue *queue = rings->queues[i];

		if (queue->lost)
			continue;
		look_at_device(queue);
		look_at_driver(queue);
		rings->store.valid = true;
		rings->store.address = address;
		memcpy(rings->store.bytes, bytes, sizeof(rings->store.bytes));
		look_at_device(queue);
		rings->store.valid = false;
	}
}
