/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers in flight: found by name, kept in the order in which they became available. */
#include <stdlib.h>
#include <string.h>

#include "observe/rings_internal.h"

void rings_buffers_init(struct rings_queue *queue)
{
	memset(queue->buckets, 0xff, queue->size * sizeof(*queue->buckets));
	for (unsigned i = 0; i < queue->size; i++)
		queue->buffers[i].newer = (uint16_t)(i + 1 < queue->size ? i + 1 : RINGS_NONE);
	queue->unused = 0;
	queue->oldest = queue->newest = RINGS_NONE;
}

static uint16_t number(const struct rings_queue *queue, const struct rings_buffer *buffer)
{
	return (uint16_t)(buffer - queue->buffers);
}

/* Behind the first of its bucket: of two with the same name the older one is found, and a driver
 * that gives all of them the same does not cost much. */
static void enter_bucket(struct rings_queue *queue, struct rings_buffer *buffer)
{
	uint16_t *at = &queue->buckets[buffer->id % queue->size];

	if (*at != RINGS_NONE)
		at = &queue->buffers[*at].next;
	buffer->next = *at;
	*at = number(queue, buffer);
}

static void leave_bucket(struct rings_queue *queue, const struct rings_buffer *buffer)
{
	uint16_t *at = &queue->buckets[buffer->id % queue->size];

	while (*at != number(queue, buffer))
		at = &queue->buffers[*at].next;
	*at = buffer->next;
}

struct rings_buffer *rings_buffer_add(struct rings_queue *queue, uint16_t id, uint16_t place)
{
	struct rings_buffer *buffer;

	/* More are out than there are places: the device lied about some, or the driver overdid
	 * it. */
	if (queue->unused == RINGS_NONE)
		rings_buffer_remove(queue, &queue->buffers[queue->oldest]);
	buffer = &queue->buffers[queue->unused];
	queue->unused = buffer->newer;
	*buffer = (struct rings_buffer){
		.id = id,
		.place = place,
		.first = RINGS_NONE,
		.older = queue->newest,
		.newer = RINGS_NONE,
		.flying = true,
		.fresh = true,
	};
	if (queue->newest == RINGS_NONE)
		queue->oldest = number(queue, buffer);
	else
		queue->buffers[queue->newest].newer = number(queue, buffer);
	queue->newest = number(queue, buffer);
	queue->in_flight++;
	enter_bucket(queue, buffer);
	return buffer;
}

struct rings_buffer *rings_buffer_find(struct rings_queue *queue, uint32_t id)
{
	uint16_t at = queue->buckets[id % queue->size];

	while (at != RINGS_NONE && queue->buffers[at].id != id)
		at = queue->buffers[at].next;
	return at == RINGS_NONE ? NULL : &queue->buffers[at];
}

unsigned rings_buffer_age(const struct rings_queue *queue, const struct rings_buffer *buffer,
			  unsigned limit)
{
	unsigned age = 1;

	while (age <= limit && buffer->older != RINGS_NONE) {
		buffer = &queue->buffers[buffer->older];
		age++;
	}
	return age;
}

void rings_buffer_own(struct rings_queue *queue, struct rings_buffer *buffer, uint16_t place)
{
	queue->owner[place] = number(queue, buffer);
	queue->link[place] = buffer->first;
	queue->owned[place / RINGS_CHUNK]++;
	buffer->first = place;
	buffer->count++;
}

void rings_buffer_remove(struct rings_queue *queue, struct rings_buffer *buffer)
{
	for (uint16_t at = buffer->first; at != RINGS_NONE; at = queue->link[at]) {
		queue->owner[at] = RINGS_NONE;
		queue->owned[at / RINGS_CHUNK]--;
	}
	leave_bucket(queue, buffer);
	if (buffer->older == RINGS_NONE)
		queue->oldest = buffer->newer;
	else
		queue->buffers[buffer->older].newer = buffer->newer;
	if (buffer->newer == RINGS_NONE)
		queue->newest = buffer->older;
	else
		queue->buffers[buffer->newer].older = buffer->older;
	if (buffer->table) {
		queue->tables--;
		queue->table_bytes -= buffer->table_size;
	}
	free(buffer->table);
	buffer->table = NULL;
	buffer->flying = false;
	buffer->newer = queue->unused;
	queue->unused = number(queue, buffer);
	queue->in_flight--;
}

static void tell_used(struct rings_queue *queue, const struct rings_buffer *buffer, uint32_t length,
		      uint16_t flags)
{
	rings_tell(queue, (struct vs_event){ .kind = VS_EVENT_USED,
					     .index = buffer->id,
					     .length = length,
					     .value = buffer->place,
					     .flags = flags });
}

/* A batch that would be larger than what the device has used is none: it took one out of order. */
unsigned rings_buffer_use(struct rings_queue *queue, struct rings_buffer *buffer, uint32_t length,
			  unsigned limit, unsigned *places)
{
	unsigned batch = rings_in_order(queue) ? rings_buffer_age(queue, buffer, limit) : 1;

	if (batch > limit)
		batch = 1;
	*places = buffer->count;
	for (unsigned i = 1; i < batch; i++) {
		struct rings_buffer *older = &queue->buffers[queue->oldest];

		*places += older->count;
		tell_used(queue, older, 0, VS_USED_BATCH);
		rings_buffer_remove(queue, older);
	}
	tell_used(queue, buffer, length, 0);
	rings_buffer_remove(queue, buffer);
	return batch;
}

void rings_use_unknown(struct rings_queue *queue, uint32_t id, uint32_t length)
{
	rings_tell(queue, (struct vs_event){ .kind = VS_EVENT_USED,
					     .index = (uint16_t)id,
					     .length = length,
					     .flags = VS_USED_UNKNOWN });
}

void rings_buffers_forget(struct rings_queue *queue)
{
	while (queue->oldest != RINGS_NONE)
		rings_buffer_remove(queue, &queue->buffers[queue->oldest]);
}
