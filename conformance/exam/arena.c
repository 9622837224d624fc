/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/arena.h"

#include <stdlib.h>
#include <string.h>

#define GAP 64u /* bytes between two pieces, at the least */

/* What stands in memory that belongs to nobody any more: nonsense as an address or an index. */
#define GONE 0xdb

int vs_arena_init(struct vs_arena *arena, const struct vs_dma *dma)
{
	*arena = (struct vs_arena){ .dma = *dma };
	arena->pieces = calloc(VS_ARENA_PIECES, sizeof(*arena->pieces));
	return arena->pieces ? 0 : -1;
}

void vs_arena_free(struct vs_arena *arena)
{
	free(arena->pieces);
	arena->pieces = NULL;
}

/* Puts a piece in at `index`. */
static void *take_at(struct vs_arena *arena, unsigned index, size_t at, size_t size)
{
	memmove(&arena->pieces[index + 1], &arena->pieces[index],
		(arena->count - index) * sizeof(arena->pieces[0]));
	arena->pieces[index] = (struct vs_piece){ at, size };
	arena->count++;
	memset(arena->dma.host + at, 0, size);
	return arena->dma.host + at;
}

void *vs_arena_take(struct vs_arena *arena, size_t size, size_t align)
{
	size_t from = GAP;

	if (!size || !align || (align & (align - 1)) || align > arena->dma.size ||
	    size > arena->dma.size || arena->count == VS_ARENA_PIECES)
		return NULL;
	for (unsigned i = 0; i <= arena->count; i++) {
		size_t end = i < arena->count ? arena->pieces[i].at : arena->dma.size;
		size_t at = (from + align - 1) & ~(align - 1);

		if (at < end && end - at >= size + GAP)
			return take_at(arena, i, at, size);
		if (i < arena->count)
			from = arena->pieces[i].at + arena->pieces[i].size + GAP;
	}
	return NULL;
}

size_t vs_arena_return(struct vs_arena *arena, const void *at)
{
	for (unsigned i = 0; i < arena->count; i++) {
		size_t size = arena->pieces[i].size;

		if (arena->dma.host + arena->pieces[i].at != at)
			continue;
		memset(arena->dma.host + arena->pieces[i].at, GONE, size);
		arena->count--;
		memmove(&arena->pieces[i], &arena->pieces[i + 1],
			(arena->count - i) * sizeof(arena->pieces[0]));
		return size;
	}
	return 0;
}

void *vs_arena_find(const struct vs_arena *arena, uint64_t address, size_t size)
{
	uint64_t at = address - arena->dma.address;
	unsigned low = 0, high = arena->count;

	if (address < arena->dma.address || at >= arena->dma.size)
		return NULL;
	/* The last piece that starts at or before `at`. */
	while (high - low > 1) {
		unsigned middle = low + (high - low) / 2;

		if (arena->pieces[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	if (!arena->count || arena->pieces[low].at > at ||
	    at - arena->pieces[low].at > arena->pieces[low].size ||
	    size > arena->pieces[low].size - (at - arena->pieces[low].at))
		return NULL;
	return arena->dma.host + at;
}
