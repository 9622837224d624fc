/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/plugin/memory.h"

#include <string.h>
#include <sys/mman.h>

#define GAP 64u /* bytes between two pieces, at the least */

/* What stands in memory that was given back: nonsense as an address or an index. */
#define GONE 0xdb

typedef void region_call(const volatile void *at, size_t size);

/*
 * There where AddressSanitizer is. Never called by name: a service that counts such calls takes a
 * build without it for a mixed one.
 */
region_call __asan_poison_memory_region __attribute__((weak));
region_call __asan_unpoison_memory_region __attribute__((weak));

static void poison(const uint8_t *at, size_t size)
{
	region_call *volatile call = __asan_poison_memory_region;
	region_call *known = call;

	if (known)
		known(at, size);
}

static void unpoison(const uint8_t *at, size_t size)
{
	region_call *volatile call = __asan_unpoison_memory_region;
	region_call *known = call;

	if (known)
		known(at, size);
}

/* No more than what was in use has to be poisoned again. */
int plugin_memory_open(struct plugin_memory *memory)
{
	if (!memory->host) {
		void *host = mmap(NULL, PLUGIN_MEMORY_SIZE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (host == MAP_FAILED)
			return -1;
		memory->host = host;
		poison(memory->host, PLUGIN_MEMORY_SIZE);
	}
	for (unsigned i = 0; i < memory->count; i++)
		poison(memory->host + memory->pieces[i].at, memory->pieces[i].size);
	memory->count = 0;
	memory->used = 0;
	return 0;
}

uint8_t *plugin_memory_take(struct plugin_memory *memory, size_t size, size_t align)
{
	size_t at = memory->used + GAP;

	if (!size || !align || (align & (align - 1)) || align > PLUGIN_MEMORY_SIZE ||
	    memory->count == PLUGIN_PIECES)
		return NULL;
	at = (at + align - 1) & ~(align - 1);
	if (at > PLUGIN_MEMORY_SIZE || size > PLUGIN_MEMORY_SIZE - at)
		return NULL;
	memory->pieces[memory->count++] = (struct plugin_piece){ at, size, false };
	memory->used = at + size;
	unpoison(memory->host + at, size);
	memset(memory->host + at, 0, size);
	return memory->host + at;
}

size_t plugin_memory_return(struct plugin_memory *memory, const void *at)
{
	for (unsigned i = 0; i < memory->count; i++) {
		struct plugin_piece *piece = &memory->pieces[i];

		if (memory->host + piece->at != at || piece->given_back)
			continue;
		memset(memory->host + piece->at, GONE, piece->size);
		poison(memory->host + piece->at, piece->size);
		piece->given_back = true;
		return piece->size;
	}
	return 0;
}

uint8_t *plugin_memory_find(const struct plugin_memory *memory, uint64_t address, size_t size)
{
	uint64_t at = address - PLUGIN_MEMORY_ADDRESS;
	unsigned low = 0, high = memory->count;
	const struct plugin_piece *piece;

	if (address < PLUGIN_MEMORY_ADDRESS || at >= memory->used)
		return NULL;
	/* The last piece that starts at or before `at`. */
	while (high - low > 1) {
		unsigned middle = low + (high - low) / 2;

		if (memory->pieces[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	piece = &memory->pieces[low];
	if (piece->given_back || piece->at > at || at - piece->at > piece->size ||
	    size > piece->size - (at - piece->at))
		return NULL;
	return memory->host + at;
}

unsigned plugin_memory_held(const struct plugin_memory *memory)
{
	unsigned held = 0;

	for (unsigned i = 0; i < memory->count; i++)
		held += !memory->pieces[i].given_back;
	return held;
}
