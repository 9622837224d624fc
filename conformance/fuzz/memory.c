/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Watch over DMA memory. The device may write where a descriptor says so, and its own parts of the
 * rings; all other bytes that the session uses have to be as the driver left them. The engine's
 * guards (driver/guard.h) look at less, and would take for a breach what a hostile descriptor
 * allowed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/world.h"
#include "spec/split_ring.h"

#define OWN_AREAS   128u /* parts of rings that the device writes, at the most */
#define TABLE_BYTES ((size_t)VS_FUZZ_TABLE_SIZE * VIRTQ_DESC_SIZE)

static bool overlaps(size_t from, size_t end, size_t at, size_t size)
{
	return from < at + size && at < end;
}

static size_t offset_of(const struct vs_fuzz_world *w, const void *at)
{
	return (size_t)((const uint8_t *)at - w->bus->dma.host);
}

/* Whether descriptors stand in [from, end), or what decides on them. */
static bool holds_descriptors(const struct vs_fuzz_world *w, size_t from, size_t end)
{
	for (unsigned i = 0; i < w->s.queue_count; i++)
		for (unsigned area = 0; area < VS_AREA_COUNT; area++) {
			const struct vs_queue *q = &w->s.queues[i];

			if (q->area[area] && overlaps(from, end, offset_of(w, q->area[area]),
						      q->ring->area_size(q, area)))
				return true;
		}
	for (unsigned i = 0; i < VS_FUZZ_TABLES; i++)
		if (w->tables[i] && overlaps(from, end, offset_of(w, w->tables[i]), TABLE_BYTES))
			return true;
	return false;
}

/* Whether all of an indirect table consists of descriptors that were written as such. */
static bool is_our_table(const struct vs_fuzz_world *w, uint64_t address, uint32_t length)
{
	for (unsigned i = 0; i < VS_FUZZ_TABLES; i++) {
		uint64_t offset;

		if (!w->tables[i])
			continue;
		offset = address - vs_dma_address(&w->s, w->tables[i]);
		if (offset < TABLE_BYTES && offset % VIRTQ_DESC_SIZE == 0)
			return length <= TABLE_BYTES - offset;
	}
	return false;
}

static bool reaches_registers(const struct vs_fuzz_world *w, uint64_t address, uint32_t length)
{
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct vs_bar *bar = &w->bus->bars[i];

		if (bar->size && address < bar->address + bar->size &&
		    (address >= bar->address || bar->address - address < length))
			return true;
	}
	return false;
}

void vs_fuzz_grant(struct vs_fuzz_world *w, const void *at, uint64_t address, uint32_t length,
		   uint16_t flags)
{
	const struct vs_dma *dma = &w->bus->dma;
	uint64_t from = address - dma->address, room;

	(void)at;
	if (flags & VIRTQ_DESC_F_INDIRECT && !w->trusted && !is_our_table(w, address, length))
		w->blind = true;
	if (!(flags & VIRTQ_DESC_F_WRITE) || !length)
		return;
	if (reaches_registers(w, address, length))
		w->blind = true;
	if (from >= dma->size) {
		/* It may still run into memory from below. */
		if (address >= dma->address || dma->address - address >= length)
			return;
		length -= (uint32_t)(dma->address - address);
		from = 0;
	}
	room = dma->size - from;
	if (length > room)
		length = (uint32_t)room;
	if (w->span_count == VS_FUZZ_SPANS ||
	    holds_descriptors(w, (size_t)from, (size_t)from + length)) {
		w->blind = true;
		return;
	}
	w->spans[w->span_count++] = (struct vs_fuzz_span){ (size_t)from, (size_t)from + length };
}

static int by_place(const void *a, const void *b)
{
	const struct vs_fuzz_span *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* What lies at a place, for people. */
static void name_place(const struct vs_fuzz_world *w, size_t at, char *text, size_t size)
{
	static const char *const areas[] = { "descriptor", "driver", "device" };
	const char *where = "memory around";
	char what[64] = "a buffer of the driver";

	for (unsigned i = 0; i < w->s.grant_count; i++) {
		const struct vs_grant *grant = &w->s.grants[i];

		if (at >= grant->from && at < grant->at + grant->size + VS_GUARD_SIZE &&
		    at >= grant->at && at < grant->at + grant->size)
			where = "inside";
	}
	for (unsigned i = 0; i < VS_FUZZ_BUFFERS; i++)
		if (w->buffers[i] &&
		    overlaps(at, at + 1, offset_of(w, w->buffers[i]) - VS_GUARD_SIZE,
			     VS_FUZZ_BUFFER_SIZE + 2 * VS_GUARD_SIZE))
			snprintf(what, sizeof(what), "buffer %u", i);
	for (unsigned i = 0; i < w->s.queue_count; i++)
		for (unsigned area = 0; area < VS_AREA_COUNT; area++) {
			const struct vs_queue *q = &w->s.queues[i];

			if (overlaps(at, at + 1, offset_of(w, q->area[area]),
				     q->ring->area_size(q, area)))
				snprintf(what, sizeof(what), "the %s area of queue %u", areas[area],
					 q->index);
		}
	snprintf(text, size, "%s %s", where, what);
}

/* Judges [from, end), of which the device was given nothing. False when that is settled. */
static bool look(struct vs_fuzz_world *w, size_t from, size_t end)
{
	const uint8_t *host = w->bus->dma.host, *shadow = w->bus->shadow;
	char where[96];
	size_t at = from, count = 0;

	if (from >= end || memcmp(host + from, shadow + from, end - from) == 0)
		return true;
	while (at < end && host[at] == shadow[at])
		at++;
	if (at == end)
		return true;
	for (size_t i = at; i < end; i++)
		count += host[i] != shadow[i];
	name_place(w, at, where, sizeof(where));
	vs_fuzz_find(w, VS_FUZZ_STRAY, where,
		     "%zu byte(s) changed that the device was not given to write, from address "
		     "%#" PRIx64 " on (%s): %02x where the driver left %02x",
		     count, w->bus->dma.address + at, where, host[at], shadow[at]);
	return false;
}

void vs_fuzz_look_at_memory(struct vs_fuzz_world *w)
{
	const struct vs_session *s = &w->s;
	struct vs_fuzz_span own[VS_FUZZ_SPANS + OWN_AREAS];
	unsigned count = w->span_count;
	size_t at, end;

	if (w->blind || !s->grant_count || 2 * s->queue_count > OWN_AREAS)
		return;
	at = s->grants[0].from;
	end = s->grants[s->grant_count - 1].at + s->grants[s->grant_count - 1].size + VS_GUARD_SIZE;
	if (vs_bus_pull(w->bus, w->bus->dma.host + at, end - at))
		return;
	memcpy(own, w->spans, count * sizeof(own[0]));
	for (unsigned i = 0; i < s->queue_count; i++) {
		const struct vs_queue *q = &s->queues[i];

		for (unsigned area = 0; area < VS_AREA_COUNT; area++) {
			size_t from = offset_of(w, q->area[area]);

			if (area != VS_AREA_DEVICE &&
			    (area != VS_AREA_DESC || q->ring != &vs_packed_ring))
				continue;
			own[count++] =
				(struct vs_fuzz_span){ from, from + q->ring->area_size(q, area) };
		}
	}
	qsort(own, count, sizeof(own[0]), by_place);
	for (unsigned i = 0; i < count; i++) {
		if (!look(w, at, own[i].from < end ? own[i].from : end))
			return;
		if (own[i].end > at)
			at = own[i].end;
	}
	look(w, at, end);
}
