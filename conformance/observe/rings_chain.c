/* SPDX-License-Identifier: BSD-3-Clause */
/* The descriptors of one buffer, and indirect tables (2.7.5, 2.8.5 to 2.8.7). */
#include <stdlib.h>
#include <string.h>

#include "observe/rings_internal.h"

void rings_decode(const struct rings_queue *queue, const uint8_t *bytes,
		  struct rings_descriptor *descriptor)
{
	*descriptor = (struct rings_descriptor){
		.address = rings_load(queue, bytes + VIRTQ_DESC_ADDR, sizeof(uint64_t)),
		.length = (uint32_t)rings_load(queue, bytes + VIRTQ_DESC_LEN, sizeof(uint32_t)),
	};
	if (queue->packed) {
		descriptor->id = vs_load_le16(bytes + VIRTQ_PACKED_ID);
		descriptor->flags = vs_load_le16(bytes + VIRTQ_PACKED_FLAGS);
	} else {
		descriptor->flags =
			(uint16_t)rings_load(queue, bytes + VIRTQ_DESC_FLAGS, sizeof(uint16_t));
		descriptor->next =
			(uint16_t)rings_load(queue, bytes + VIRTQ_DESC_NEXT, sizeof(uint16_t));
	}
}

/* Its two ends stand for all of it: a buffer may be of 4 GiB. */
static bool in_memory(struct vs_rings *rings, const struct rings_descriptor *descriptor)
{
	uint64_t last = descriptor->address + descriptor->length - 1;
	uint8_t byte;

	if (descriptor->length == 0)
		return true;
	return last >= descriptor->address &&
	       rings_read(rings, descriptor->address, &byte, 1) == 0 &&
	       (last == descriptor->address || rings_read(rings, last, &byte, 1) == 0);
}

void rings_element(struct rings_walk *walk, const struct rings_descriptor *descriptor,
		   uint16_t place, uint8_t width)
{
	bool table = descriptor->flags & VIRTQ_DESC_F_INDIRECT && !(width & VS_DESCRIPTOR_IN_TABLE);

	if (!in_memory(walk->queue->rings, descriptor))
		width |= VS_DESCRIPTOR_NO_MEMORY;
	rings_tell(walk->queue,
		   (struct vs_event){
			   .kind = VS_EVENT_DESCRIPTOR,
			   .index = (uint16_t)walk->count,
			   .offset = descriptor->address,
			   .length = descriptor->length,
			   .flags = descriptor->flags,
			   .value = VS_DESCRIPTOR_VALUE(place, descriptor->next, descriptor->id),
			   .width = width,
		   });
	walk->count += !table;
	walk->queue->rings->walked++;
}

bool rings_tired(const struct vs_rings *rings)
{
	return rings->walked >= RINGS_WALK_MAX;
}

/* Reads as much of the table as a queue of this size can make use of. */
static uint8_t *copy_table(struct rings_queue *queue, const struct rings_descriptor *table,
			   uint32_t *size)
{
	uint64_t most = (uint64_t)RINGS_DESC_SIZE * queue->size;
	uint8_t *copy;

	*size = table->length < most ? table->length : (uint32_t)most;
	copy = malloc(*size);
	if (copy && rings_read(queue->rings, table->address, copy, *size) < 0) {
		free(copy);
		copy = NULL;
	}
	return copy;
}

/* A table of a split ring: a chain from its first entry on. */
static void walk_split(struct rings_walk *walk, const struct rings_descriptor *table,
		       const uint8_t *copy, uint32_t size)
{
	struct rings_queue *queue = walk->queue;
	uint8_t *visited = queue->rings->visited;
	uint32_t entries = table->length / RINGS_DESC_SIZE;
	struct rings_descriptor entry;
	uint32_t index = 0;

	memset(visited, 0,
	       entries / 8 < sizeof(queue->rings->visited) ? entries / 8 + 1
							   : sizeof(queue->rings->visited));
	do {
		uint64_t at = (uint64_t)RINGS_DESC_SIZE * index;
		uint8_t bytes[RINGS_DESC_SIZE];

		if (index >= entries)
			walk->flags |= VS_CHAIN_OUTSIDE;
		else if (visited[index / 8] & 1u << index % 8)
			walk->flags |= VS_CHAIN_LOOP;
		else if (walk->count == queue->size)
			walk->flags |= VS_CHAIN_TOO_LONG;
		if (walk->flags & (VS_CHAIN_OUTSIDE | VS_CHAIN_LOOP | VS_CHAIN_TOO_LONG))
			return;
		visited[index / 8] |= (uint8_t)(1u << index % 8);
		if (at < size) {
			memcpy(bytes, copy + at, sizeof(bytes));
		} else if (rings_read(queue->rings, table->address + at, bytes, sizeof(bytes)) <
			   0) {
			walk->flags |= VS_CHAIN_TABLE;
			return;
		}
		rings_decode(queue, bytes, &entry);
		if (entry.flags & VIRTQ_DESC_F_INDIRECT)
			walk->flags |= VS_CHAIN_NESTED;
		rings_element(walk, &entry, (uint16_t)index, VS_DESCRIPTOR_IN_TABLE);
		index = entry.next;
	} while (entry.flags & VIRTQ_DESC_F_NEXT);
}

/* A table of a packed ring: all of its entries, one after the other. */
static void walk_packed(struct rings_walk *walk, const struct rings_descriptor *table,
			const uint8_t *copy)
{
	uint32_t entries = table->length / RINGS_DESC_SIZE;
	struct rings_descriptor entry;

	for (uint32_t i = 0; i < entries; i++) {
		if (walk->count == walk->queue->size) {
			walk->flags |= VS_CHAIN_TOO_LONG;
			walk->count = entries;
			return;
		}
		rings_decode(walk->queue, copy + (size_t)RINGS_DESC_SIZE * i, &entry);
		if (entry.flags & VIRTQ_DESC_F_INDIRECT)
			walk->flags |= VS_CHAIN_NESTED;
		rings_element(walk, &entry, (uint16_t)i, VS_DESCRIPTOR_IN_TABLE);
	}
}

void rings_table(struct rings_walk *walk, const struct rings_descriptor *descriptor)
{
	struct rings_queue *queue = walk->queue;
	struct rings_buffer *buffer = walk->buffer;
	uint32_t size;
	uint8_t *copy = NULL;

	if (rings_tired(queue->rings)) {
		walk->flags |= VS_CHAIN_UNSEEN;
		return;
	}
	if (descriptor->length && descriptor->length % RINGS_DESC_SIZE == 0)
		copy = copy_table(queue, descriptor, &size);
	if (!copy) {
		walk->flags |= VS_CHAIN_TABLE;
		return;
	}
	if (queue->packed)
		walk_packed(walk, descriptor, copy);
	else
		walk_split(walk, descriptor, copy, size);
	if (!buffer || buffer->table || queue->table_bytes + size > RINGS_TABLES_MAX) {
		free(copy);
		return;
	}
	buffer->table = copy;
	buffer->table_size = size;
	buffer->table_address = descriptor->address;
	queue->tables++;
	queue->table_bytes += size;
}
