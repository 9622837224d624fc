/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of one queue under the looker's eyes. */
#include <stdlib.h>
#include <string.h>

#include "observe/rings_internal.h"

/* Whether all of an area is memory; clears *zero when a byte of it is not 0. */
static bool is_memory(struct vs_rings *rings, uint64_t address, size_t size, bool *zero)
{
	while (size) {
		size_t part = size < sizeof(rings->scratch) ? size : sizeof(rings->scratch);

		if (rings_read(rings, address, rings->scratch, part) < 0)
			return false;
		for (size_t i = 0; i < part && *zero; i++)
			*zero = rings->scratch[i] == 0;
		size -= part;
		/* An area that ends with the last byte there is wraps to 0 here, and ends. */
		address += part;
		if (size && address == 0)
			return false;
	}
	return true;
}

void rings_inspect(struct vs_rings *rings, const struct rings_queue *shape,
		   struct rings_candidate *found)
{
	size_t descriptors = (size_t)RINGS_DESC_SIZE * shape->size;
	size_t driver = shape->packed ? VIRTQ_EVENT_SIZE : VIRTQ_AVAIL_SIZE((size_t)shape->size);
	size_t device = shape->packed ? VIRTQ_EVENT_SIZE : VIRTQ_USED_SIZE((size_t)shape->size);
	struct rings_queue reader = *shape;
	bool zero = true;
	uint16_t flags = 0;

	*found = (struct rings_candidate){ .valid = true, .queue = shape->index };
	if (is_memory(rings, shape->descriptor_area, descriptors, &zero))
		flags |= VS_QUEUE_DESC_MEMORY;
	if (is_memory(rings, shape->driver_area, driver, &zero))
		flags |= VS_QUEUE_DRIVER_MEMORY;
	if (is_memory(rings, shape->device_area, device, &zero))
		flags |= VS_QUEUE_DEVICE_MEMORY;
	if (zero &&
	    flags == (VS_QUEUE_DESC_MEMORY | VS_QUEUE_DRIVER_MEMORY | VS_QUEUE_DEVICE_MEMORY))
		flags |= VS_QUEUE_ZEROED;
	found->flags = flags;
	if (!shape->packed &&
	    rings_read16(&reader, shape->device_area + VIRTQ_USED_FLAGS, &found->used_flags) < 0)
		found->used_flags = 0;
}

struct rings_queue *rings_queue_new(const struct rings_queue *shape)
{
	struct rings_queue *queue = malloc(sizeof(*queue));
	size_t size = shape->size;

	if (!queue)
		return NULL;
	*queue = *shape;
	queue->buffers = calloc(size, sizeof(*queue->buffers));
	queue->buckets = malloc(size * sizeof(*queue->buckets));
	queue->shadow = calloc(size, RINGS_DESC_SIZE);
	queue->owner = malloc(size * sizeof(*queue->owner));
	queue->link = malloc(size * sizeof(*queue->link));
	queue->owned = calloc(size / RINGS_CHUNK + 1, sizeof(*queue->owned));
	queue->entries = calloc(size, sizeof(*queue->entries));
	if (!queue->buffers || !queue->buckets || !queue->shadow || !queue->owner || !queue->link ||
	    !queue->owned || !queue->entries) {
		rings_queue_free(queue);
		return NULL;
	}
	memset(queue->owner, 0xff, size * sizeof(*queue->owner));
	queue->avail_turn.wrap = queue->used_turn.wrap = true;
	queue->look = 1;
	rings_buffers_init(queue);
	return queue;
}

void rings_queue_free(struct rings_queue *queue)
{
	if (queue->buffers) {
		for (unsigned i = 0; i < queue->size; i++)
			free(queue->buffers[i].table);
	}
	free(queue->buffers);
	free(queue->buckets);
	free(queue->shadow);
	free(queue->owner);
	free(queue->link);
	free(queue->owned);
	free(queue->entries);
	free(queue);
}
