/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/support/guest_memory.h"
#include "fuzz/support/plain.h"

#include <string.h>

#include "fuzz/support/ring_watch.h"
#include "mock-device/model/mock.h"

FUZZ_PLAIN

_Static_assert(GUEST_SIZE / GUEST_PAGE <= 64, "a bit a page");

void guest_clear(struct guest *guest)
{
	for (uint64_t dirty = guest->dirty; dirty; dirty &= dirty - 1)
		memset(guest->bytes + (size_t)__builtin_ctzll(dirty) * GUEST_PAGE, 0, GUEST_PAGE);
	guest->dirty = 0;
	guest->change_count = 0;
	guest->changed = false;
}

uint8_t *guest_at(struct guest *guest, uint64_t address, uint64_t size)
{
	uint64_t at = address - GUEST_BASE;

	return at < GUEST_SIZE && size <= GUEST_SIZE - at ? guest->bytes + at : NULL;
}

static void soil(struct guest *guest, const uint8_t *from, size_t size)
{
	size_t first = (size_t)(from - guest->bytes) / GUEST_PAGE;
	size_t last = ((size_t)(from - guest->bytes) + size - 1) / GUEST_PAGE;

	for (; first <= last; first++)
		guest->dirty |= UINT64_C(1) << first;
}

void guest_copy(struct guest *guest, uint64_t address, const void *data, size_t size)
{
	uint8_t *at = guest_at(guest, address, size);

	if (!at || !size)
		return;
	memcpy(at, data, size);
	soil(guest, at, size);
}

void guest_store(struct guest *guest, uint64_t address, unsigned width, uint64_t value)
{
	uint8_t *at = guest_at(guest, address, width);

	if (!at || !width)
		return;
	for (unsigned i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> 8 * i);
	soil(guest, at, width);
}

uint64_t guest_load(struct guest *guest, uint64_t address, unsigned width)
{
	const uint8_t *at = guest_at(guest, address, width);
	uint64_t value = 0;

	for (unsigned i = 0; at && i < width; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

void guest_later(struct guest *guest, uint32_t at, unsigned size, uint64_t value)
{
	if (guest->change_count < GUEST_CHANGES)
		guest->changes[guest->change_count++] = (struct guest_change){ at, size, value };
}

/* The changes that waited for a read of these bytes. */
static void change(struct guest *guest, uint32_t at, size_t size)
{
	for (unsigned i = 0; i < guest->change_count;) {
		struct guest_change now = guest->changes[i];

		if (now.at >= at + size || at >= now.at + now.size) {
			i++;
			continue;
		}
		guest->changes[i] = guest->changes[--guest->change_count];
		guest->changed = true;
		guest_store(guest, GUEST_BASE + now.at, now.size, now.value);
	}
}

static void *dma_map(void *context, uint64_t address, size_t size)
{
	struct guest *guest = context;
	uint8_t *at = guest->mapped ? guest_at(guest, address, size) : NULL;

	fuzz_step(&guest->budget);
	if (at)
		soil(guest, at, size);
	return at;
}

static int dma_read(void *context, uint64_t address, void *data, size_t size)
{
	struct guest *guest = context;
	struct ring_watch *watch = guest->watch;
	const uint8_t *at = guest_at(guest, address, size);

	if (at)
		memcpy(data, at, size);
	if (watch)
		ring_watch_read(watch, address, at ? data : NULL, size);
	if (!at)
		return -1;
	if (guest->change_count)
		change(guest, (uint32_t)(at - guest->bytes), size);
	return 0;
}

static int dma_write(void *context, uint64_t address, const void *data, size_t size)
{
	struct guest *guest = context;
	uint8_t *at = guest_at(guest, address, size);

	if (guest->watch)
		ring_watch_write(guest->watch, address, at ? data : NULL, size);
	if (!at)
		return -1;
	memcpy(at, data, size);
	soil(guest, at, size);
	return 0;
}

static void msi(void *context, unsigned vector, uint64_t address, uint32_t data)
{
	struct guest *guest = context;

	(void)address;
	(void)data;
	if (guest->watch)
		ring_watch_message(guest->watch, vector);
}

static void intx(void *context, bool level)
{
	struct guest *guest = context;

	if (guest->watch)
		guest->watch->line = level;
}

void guest_host(struct guest *guest, struct mock_host *host)
{
	*host = (struct mock_host){ .context = guest,
				    .dma_map = dma_map,
				    .dma_read = dma_read,
				    .dma_write = dma_write,
				    .msi = msi,
				    .intx = intx };
}

FUZZ_PLAIN_END
