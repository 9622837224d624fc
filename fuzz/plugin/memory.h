/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DMA memory of a plug-in under a fuzzer: every piece once, nothing handed out again, and with
 * AddressSanitizer all that is no piece of the driver's poisoned, so that a driver which reads on
 * behind its buffer, or in memory that it has given back, is caught by the instruction that does.
 */
#ifndef FUZZ_PLUGIN_MEMORY_H
#define FUZZ_PLUGIN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUGIN_MEMORY_SIZE    ((size_t)16 << 20)
#define PLUGIN_MEMORY_ADDRESS UINT64_C(0x10000000) /* where the device sees the first byte */
#define PLUGIN_PIECES         512u

struct plugin_piece {
	size_t at, size;
	bool given_back;
};

struct plugin_memory {
	uint8_t *host; /* PLUGIN_MEMORY_SIZE bytes, for the life of the process */
	size_t used;
	struct plugin_piece pieces[PLUGIN_PIECES]; /* by place */
	unsigned count;
};

/* Takes the region, the first time, and makes it empty. -1 without memory. */
int plugin_memory_open(struct plugin_memory *memory);

/* Zeroed, at a multiple of `align`, a power of two; NULL: no room. */
uint8_t *plugin_memory_take(struct plugin_memory *memory, size_t size, size_t align);
/* Bytes of the piece that starts at `at`, which is gone then; 0: no such piece. */
size_t plugin_memory_return(struct plugin_memory *memory, const void *at);

/* Host memory behind bus addresses that lie wholly in one piece, or NULL. */
uint8_t *plugin_memory_find(const struct plugin_memory *memory, uint64_t address, size_t size);

static inline uint64_t plugin_memory_address(const struct plugin_memory *memory, const uint8_t *at)
{
	return PLUGIN_MEMORY_ADDRESS + (uint64_t)(at - memory->host);
}

/* Pieces that have not been given back. */
unsigned plugin_memory_held(const struct plugin_memory *memory);

#endif
