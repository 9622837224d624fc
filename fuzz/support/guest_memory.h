/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small memory of a guest under a mock device, which changes between two reads where an input
 * says so, and tells a watch what the device does to it.
 */
#ifndef FUZZ_GUEST_MEMORY_H
#define FUZZ_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/support/oracle.h"

struct mock_host;
struct ring_watch;

#define GUEST_BASE    UINT64_C(0x100000) /* bus address of the first byte */
#define GUEST_SIZE    0x4000u
#define GUEST_PAGE    0x200u  /* bytes that are cleared together */
#define GUEST_RINGS   0x1000u /* the rings lie below, buffers above */
#define GUEST_CHANGES 8u

/* What the guest will write as soon as the device has read a byte of that place. */
struct guest_change {
	uint32_t at, size; /* from the first byte of the memory; at most 8 bytes */
	uint64_t value;    /* little-endian */
};

struct guest {
	uint8_t bytes[GUEST_SIZE];
	uint64_t dirty; /* pages that may hold something else than zeroes */
	struct guest_change changes[GUEST_CHANGES];
	unsigned change_count;
	bool changed; /* a change has happened since this was cleared */
	bool mapped;  /* the device reaches the memory by a pointer, so that nobody sees it do so */
	struct fuzz_budget budget; /* accesses */
	struct ring_watch *watch;  /* told of every access that is not mapped, or NULL */
};

/* The memory as zeroes, without changes to come. */
void guest_clear(struct guest *guest);

/* Where a bus address points; NULL unless all `size` bytes are memory. */
uint8_t *guest_at(struct guest *guest, uint64_t address, uint64_t size);

/* The guest's own accesses, little-endian, 8 bytes or less; what is not memory takes nothing and
 * reads as 0. */
void guest_store(struct guest *guest, uint64_t address, unsigned width, uint64_t value);
uint64_t guest_load(struct guest *guest, uint64_t address, unsigned width);
void guest_copy(struct guest *guest, uint64_t address, const void *data, size_t size);

/* One more change to come; no more than GUEST_CHANGES. */
void guest_later(struct guest *guest, uint32_t at, unsigned size, uint64_t value);

/* Fills in what a mock device needs to reach this memory. The interrupts are the watch's. */
void guest_host(struct guest *guest, struct mock_host *host);

#endif
