/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest memory. The driver may be another process that looks at the same bytes: sixteen bits at an
 * even address, which is what ring indexes, flags and events are, move in one access.
 */
#include <stdatomic.h>
#include <string.h>

#include "mock-device/model/base.h"

static bool is_index(uint64_t address, size_t size)
{
	return size == sizeof(uint16_t) && address % sizeof(uint16_t) == 0;
}

static bool reachable(struct mock *mock, uint64_t address, size_t size)
{
	return mock_alive(mock) && mock_may_master(mock) && address <= UINT64_MAX - size;
}

static void *map(struct mock *mock, uint64_t address, size_t size)
{
	return mock->host.dma_map(mock->host.context, address, size);
}

int mock_base_dma_read(struct mock_layer *layer, uint64_t address, void *data, size_t size)
{
	struct mock *mock = layer->mock;
	void *memory;

	if (size == 0)
		return 0;
	if (!reachable(mock, address, size))
		return -1;
	memory = map(mock, address, size);
	if (!memory)
		return mock->host.dma_read(mock->host.context, address, data, size);
	if (is_index(address, size) && (uintptr_t)memory % sizeof(uint16_t) == 0) {
		uint16_t value =
			atomic_load_explicit((_Atomic uint16_t *)memory, memory_order_acquire);

		memcpy(data, &value, sizeof(value));
	} else {
		memcpy(data, memory, size);
	}
	return 0;
}

int mock_base_dma_write(struct mock_layer *layer, uint64_t address, const void *data, size_t size)
{
	struct mock *mock = layer->mock;
	void *memory;

	if (size == 0)
		return 0;
	if (!reachable(mock, address, size))
		return -1;
	if (is_index(address, size) && mock->host.stores)
		mock->host.stores(mock->host.context, address, data);
	memory = map(mock, address, size);
	if (!memory)
		return mock->host.dma_write(mock->host.context, address, data, size);
	if (is_index(address, size) && (uintptr_t)memory % sizeof(uint16_t) == 0) {
		uint16_t value;

		memcpy(&value, data, sizeof(value));
		atomic_store_explicit((_Atomic uint16_t *)memory, value, memory_order_release);
	} else {
		memcpy(memory, data, size);
	}
	return 0;
}

uint64_t mock_load(const struct mock *mock, const void *p, unsigned width)
{
	const uint8_t *bytes = p;
	uint64_t value = 0;

	if (!mock_swaps(mock))
		return vs_load_le(p, width);
	for (unsigned i = 0; i < width; i++)
		value = value << 8 | bytes[i];
	return value;
}

void mock_store(const struct mock *mock, void *p, unsigned width, uint64_t value)
{
	uint8_t *bytes = p;

	if (!mock_swaps(mock)) {
		vs_store_le(p, width, value);
		return;
	}
	for (unsigned i = width; i-- > 0; value >>= 8)
		bytes[i] = (uint8_t)value;
}
