/* SPDX-License-Identifier: BSD-3-Clause */
/* DMA memory handed out piece by piece, out of the one region that a bus has. */
#ifndef VS_ARENA_H
#define VS_ARENA_H

#include "bus/bus.h"

#define VS_ARENA_PIECES 4096u

struct vs_piece {
	size_t at, size;
};

struct vs_arena {
	struct vs_dma dma;
	struct vs_piece *pieces; /* those in use, by place */
	unsigned count;
};

/* Returns 0, or -1 without memory. */
int vs_arena_init(struct vs_arena *arena, const struct vs_dma *dma);
void vs_arena_free(struct vs_arena *arena);

/* `size` zeroed bytes at a multiple of `align`, a power of two; NULL when there is no such place.
 * Pieces do not touch each other. */
void *vs_arena_take(struct vs_arena *arena, size_t size, size_t align);
/* Takes a piece back; its size, or 0 where `at` is the start of none. */
size_t vs_arena_return(struct vs_arena *arena, const void *at);

/* Host memory behind bus addresses that lie wholly in one piece, or NULL. */
void *vs_arena_find(const struct vs_arena *arena, uint64_t address, size_t size);

#endif
