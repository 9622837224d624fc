/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the driver exposed and has to leave alone: descriptors, entries of the available ring,
 * indirect tables. After each access the copies are brought up to date in silence, since a device
 * that lies may have written there; before the next one they are compared. A look is bounded: where
 * there is more than it can take, the next ones go on, and what is compared is always what was
 * brought up to date after the access before.
 */
#include <string.h>

#include "observe/rings_internal.h"

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* What is different in a descriptor. */
static const char *difference(const struct rings_queue *queue, const uint8_t *was,
			      const uint8_t *is)
{
	struct rings_descriptor a, b;

	rings_decode(queue, was, &a);
	rings_decode(queue, is, &b);
	if (a.address != b.address)
		return "address";
	if (a.length != b.length)
		return "length";
	if (a.flags != b.flags)
		return "flags";
	return queue->packed ? "id" : "next";
}

static void tell(struct rings_queue *queue, const char *note, uint16_t buffer, unsigned place,
		 unsigned flags)
{
	rings_tell(queue, (struct vs_event){ .kind = VS_EVENT_CHANGED,
					     .note = note,
					     .index = buffer,
					     .value = place,
					     .flags = (uint16_t)flags });
}

/* ---- The table of a split ring, in chunks ---- */

static size_t chunk_bytes(const struct rings_queue *queue, unsigned chunk)
{
	return (size_t)RINGS_DESC_SIZE * least(RINGS_CHUNK, queue->size - chunk * RINGS_CHUNK);
}

static unsigned chunk_count(const struct rings_queue *queue)
{
	return (queue->size + RINGS_CHUNK - 1) / RINGS_CHUNK;
}

static void blame_chunk(struct rings_queue *queue, unsigned chunk)
{
	unsigned first = chunk * RINGS_CHUNK;
	uint8_t *was = queue->shadow + (size_t)RINGS_DESC_SIZE * first;
	uint8_t *is = queue->rings->scratch;
	size_t size = chunk_bytes(queue, chunk);

	if (rings_read(queue->rings, queue->descriptor_area + (uint64_t)RINGS_DESC_SIZE * first, is,
		       size) < 0 ||
	    memcmp(was, is, size) == 0)
		return;
	for (size_t at = 0; at < size; at += RINGS_DESC_SIZE) {
		unsigned place = first + (unsigned)(at / RINGS_DESC_SIZE);
		const struct rings_buffer *buffer;

		if (queue->owner[place] == RINGS_NONE ||
		    memcmp(was + at, is + at, RINGS_DESC_SIZE) == 0)
			continue;
		buffer = &queue->buffers[queue->owner[place]];
		tell(queue, difference(queue, was + at, is + at), buffer->id, place,
		     buffer->fresh ? VS_CHANGED_FIRST : 0);
		memcpy(was + at, is + at, RINGS_DESC_SIZE);
	}
}

static void blame_table(struct rings_queue *queue)
{
	for (unsigned i = 0; i < queue->table_span; i++) {
		unsigned chunk = (queue->table_from + i) % chunk_count(queue);

		if (queue->owned[chunk])
			blame_chunk(queue, chunk);
	}
}

static void accept_table(struct rings_queue *queue)
{
	unsigned count = chunk_count(queue);
	unsigned budget = RINGS_BUDGET / RINGS_CHUNK;

	queue->table_from = (queue->table_from + queue->table_span) % count;
	for (queue->table_span = 0; budget && queue->table_span < count; queue->table_span++) {
		unsigned chunk = (queue->table_from + queue->table_span) % count;
		size_t at = (size_t)RINGS_DESC_SIZE * RINGS_CHUNK * chunk;

		if (!queue->owned[chunk])
			continue;
		rings_read(queue->rings, queue->descriptor_area + at, queue->shadow + at,
			   chunk_bytes(queue, chunk));
		budget--;
	}
}

/* ---- The entries of the available ring ---- */

/*
 * An entry may be written again when as many buffers as there are places have been used since; so
 * those from the used index to the available index have to stay. None, where the device has jumped
 * or misled the driver.
 */
static unsigned entries_exposed(const struct rings_queue *queue)
{
	unsigned count = (uint16_t)(queue->avail_idx - queue->used_idx);

	return count <= queue->size && !queue->misled ? count : 0;
}

/* Bytes of entries from available index `at` on that lie side by side, `most` entries at the most.
 */
static unsigned run(const struct rings_queue *queue, uint16_t at, unsigned most)
{
	return least(most, least(queue->size - at % (unsigned)queue->size, RINGS_CHUNK));
}

static uint64_t entry_address(const struct rings_queue *queue, uint16_t at)
{
	return queue->driver_area + VIRTQ_AVAIL_RING((uint64_t)(at % (unsigned)queue->size));
}

static void blame_run(struct rings_queue *queue, uint16_t at, unsigned count)
{
	uint16_t *was = &queue->entries[at % (unsigned)queue->size];
	uint16_t is[RINGS_CHUNK];

	if (rings_read(queue->rings, entry_address(queue, at), is, count * sizeof(*is)) < 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		const struct rings_buffer *buffer;
		uint16_t head;

		if (was[i] == is[i])
			continue;
		head = (uint16_t)rings_load(queue, &was[i], sizeof(head));
		buffer = rings_buffer_find(queue, head);
		tell(queue, "entry", head, (unsigned)(at + i) % queue->size,
		     VS_CHANGED_ENTRY | (buffer && buffer->fresh ? VS_CHANGED_FIRST : 0));
		was[i] = is[i];
	}
}

static void blame_entries(struct rings_queue *queue)
{
	/* What was used since is not exposed any more. */
	unsigned gone = (uint16_t)(queue->used_idx - queue->entry_from);
	unsigned left = queue->entry_span;

	if (!entries_exposed(queue))
		return;
	if (gone < UINT16_MAX / 2) {
		queue->entry_from = (uint16_t)(queue->entry_from + gone);
		left = gone < left ? left - gone : 0;
	}
	while (left) {
		unsigned count = run(queue, queue->entry_from, left);

		blame_run(queue, queue->entry_from, count);
		queue->entry_from = (uint16_t)(queue->entry_from + count);
		left -= count;
	}
	queue->entry_span = 0;
}

static void accept_entries(struct rings_queue *queue)
{
	unsigned exposed = entries_exposed(queue);
	unsigned start = (uint16_t)(queue->entry_from - queue->used_idx);
	uint16_t at;

	/* Goes on behind the last look, from the start when that was the end. */
	if (start >= exposed || exposed <= RINGS_BUDGET)
		start = 0;
	queue->entry_from = at = (uint16_t)(queue->used_idx + start);
	queue->entry_span = least(exposed - start, RINGS_BUDGET);
	for (unsigned left = exposed ? queue->entry_span : 0; left;) {
		unsigned count = run(queue, at, left);

		rings_read(queue->rings, entry_address(queue, at),
			   &queue->entries[at % (unsigned)queue->size], count * sizeof(uint16_t));
		at = (uint16_t)(at + count);
		left -= count;
	}
}

/* ---- The ring of a packed queue ---- */

#define STATE_BITS (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)

static void blame_place(struct rings_queue *queue, unsigned place, bool fresh, const uint8_t *is)
{
	uint8_t *was = queue->shadow + (size_t)RINGS_DESC_SIZE * place;
	uint16_t before = vs_load_le16(was + VIRTQ_PACKED_FLAGS);
	uint16_t after = vs_load_le16(is + VIRTQ_PACKED_FLAGS);
	unsigned flags = fresh ? VS_CHANGED_FIRST : 0;

	if (memcmp(was, is, RINGS_DESC_SIZE) == 0)
		return;
	if ((before ^ after) & VIRTQ_PACKED_F_AVAIL && (after & STATE_BITS) != 0 &&
	    (after & STATE_BITS) != STATE_BITS)
		flags |= VS_CHANGED_AVAIL;
	tell(queue, difference(queue, was, is), queue->owner[place], place, flags);
	memcpy(was, is, RINGS_DESC_SIZE);
}

/* From how many places behind used_turn a slot lies; more than there are when it is not exposed. */
static unsigned behind(const struct rings_queue *queue, unsigned slot)
{
	return (slot + queue->size - queue->used_turn.slot) % queue->size;
}

static void blame_ring(struct rings_queue *queue)
{
	for (unsigned i = 0; i < queue->table_span;) {
		unsigned first = (queue->table_from + i) % queue->size;
		unsigned count =
			least(least(queue->table_span - i, queue->size - first), RINGS_CHUNK);
		size_t size = (size_t)RINGS_DESC_SIZE * count;
		const uint8_t *is = queue->rings->scratch;
		size_t at = (size_t)RINGS_DESC_SIZE * first;

		i += count;
		if (rings_read(queue->rings, queue->descriptor_area + at, queue->rings->scratch,
			       size) < 0 ||
		    memcmp(queue->shadow + at, is, size) == 0)
			continue;
		for (unsigned j = 0; j < count; j++) {
			unsigned there = behind(queue, first + j);

			/* Those that became available last are the fresh ones. */
			if (there < queue->outstanding)
				blame_place(queue, first + j,
					    there + queue->fresh >= queue->outstanding,
					    is + (size_t)RINGS_DESC_SIZE * j);
		}
	}
	queue->fresh = 0;
}

static void accept_ring(struct rings_queue *queue)
{
	unsigned next = (queue->table_from + queue->table_span) % queue->size;
	unsigned start = behind(queue, next);

	if (start >= queue->outstanding || queue->outstanding <= RINGS_BUDGET)
		start = 0;
	queue->table_from = (queue->used_turn.slot + start) % queue->size;
	queue->table_span = least(queue->outstanding - start, RINGS_BUDGET);
	for (unsigned i = 0; i < queue->table_span;) {
		unsigned first = (queue->table_from + i) % queue->size;
		unsigned count = least(queue->table_span - i, queue->size - first);
		size_t at = (size_t)RINGS_DESC_SIZE * first;

		rings_read(queue->rings, queue->descriptor_area + at, queue->shadow + at,
			   (size_t)RINGS_DESC_SIZE * count);
		i += count;
	}
}

/* ---- Indirect tables ---- */

static void blame_indirect(struct rings_queue *queue, struct rings_buffer *buffer)
{
	uint8_t *is = queue->rings->scratch;

	for (uint32_t from = 0; from < buffer->table_size;) {
		uint32_t size = least(buffer->table_size - from, sizeof(queue->rings->scratch));
		uint8_t *was = buffer->table + from;

		if (rings_read(queue->rings, buffer->table_address + from, is, size) < 0)
			return;
		for (uint32_t at = 0; at < size && memcmp(was, is, size) != 0;
		     at += RINGS_DESC_SIZE) {
			if (memcmp(was + at, is + at, RINGS_DESC_SIZE) == 0)
				continue;
			tell(queue, difference(queue, was + at, is + at), buffer->id,
			     (from + at) / RINGS_DESC_SIZE,
			     VS_CHANGED_TABLE | (buffer->fresh ? VS_CHANGED_FIRST : 0));
			memcpy(was + at, is + at, RINGS_DESC_SIZE);
		}
		from += size;
	}
}

static uint16_t following(const struct rings_queue *queue, uint16_t at)
{
	uint16_t next = queue->buffers[at].newer;

	return next == RINGS_NONE ? queue->oldest : next;
}

/* Whether a buffer of that number is in flight: it may have gone since it was remembered. */
static bool flies(const struct rings_queue *queue, uint16_t at)
{
	return at < queue->size && queue->buffers[at].flying;
}

static void blame_tables(struct rings_queue *queue)
{
	uint16_t at = flies(queue, queue->indirect_from) ? queue->indirect_from : queue->oldest;

	for (unsigned i = 0; i < queue->indirect_span && at != RINGS_NONE; i++) {
		struct rings_buffer *buffer = &queue->buffers[at];

		if (buffer->table && buffer->accepted == queue->look)
			blame_indirect(queue, buffer);
		buffer->accepted = 0;
		at = following(queue, at);
	}
}

static void accept_tables(struct rings_queue *queue)
{
	unsigned budget = RINGS_BUDGET;
	uint16_t at = queue->indirect_next;

	queue->look++;
	queue->indirect_span = 0;
	if (queue->tables == 0)
		return;
	at = queue->indirect_from = flies(queue, at) ? at : queue->oldest;
	while (budget && queue->indirect_span < queue->in_flight) {
		struct rings_buffer *buffer = &queue->buffers[at];
		unsigned entries = buffer->table_size / RINGS_DESC_SIZE;

		if (buffer->table) {
			rings_read(queue->rings, buffer->table_address, buffer->table,
				   buffer->table_size);
			buffer->accepted = queue->look;
		}
		budget -= least(budget, entries + 1);
		queue->indirect_span++;
		at = following(queue, at);
	}
	queue->indirect_next = at;
}

/* ---- All of it ---- */

void rings_watch_blame(struct rings_queue *queue)
{
	if (queue->packed) {
		blame_ring(queue);
	} else {
		blame_table(queue);
		blame_entries(queue);
	}
	blame_tables(queue);
	for (uint16_t at = queue->newest; at != RINGS_NONE && queue->buffers[at].fresh;
	     at = queue->buffers[at].older)
		queue->buffers[at].fresh = false;
}

void rings_watch_accept(struct rings_queue *queue)
{
	if (queue->packed) {
		accept_ring(queue);
	} else {
		accept_table(queue);
		accept_entries(queue);
	}
	accept_tables(queue);
}
