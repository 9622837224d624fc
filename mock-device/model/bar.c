/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BARs: which one answers at an address, and which registers answer at an offset in it. An access
 * that no single region holds is taken byte by byte. Between the regions a BAR reads 0.
 */
#include <assert.h>
#include <string.h>

#include "mock-device/model/base.h"

/* The bus address that the BAR registers give a BAR now. */
static uint64_t bar_address(const struct mock *mock, unsigned bar)
{
	const uint8_t *bytes = mock->config + PCI_BAR0 + sizeof(uint32_t) * bar;
	uint64_t address = vs_load_le32(bytes);

	if (mock->bars.bar[bar].kind == MOCK_BAR_IO)
		return address & PCI_BAR_IO_MASK;
	address &= PCI_BAR_MEM_MASK;
	if (mock->bars.bar[bar].kind == MOCK_BAR_MEMORY64 && bar + 1 < PCI_BAR_COUNT)
		address |= (uint64_t)vs_load_le32(bytes + sizeof(uint32_t)) << 32;
	return address;
}

bool mock_base_decode(struct mock_layer *layer, bool io, uint64_t address, struct mock_place *place)
{
	const struct mock *mock = layer->mock;
	uint16_t command = vs_load_le16(mock->config + PCI_COMMAND);

	if (!(command & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)))
		return false;
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		const struct mock_bar *bar = &mock->bars.bar[i];

		if (bar->kind == MOCK_BAR_NONE || (bar->kind == MOCK_BAR_IO) != io)
			continue;
		if (address - bar_address(mock, i) < bar->size) {
			place->bar = i;
			place->offset = address - bar_address(mock, i);
			return true;
		}
	}
	return false;
}

static uint64_t bar_size(const struct mock *mock, unsigned bar)
{
	if (bar >= PCI_BAR_COUNT || mock->bars.bar[bar].kind == MOCK_BAR_NONE)
		return 0;
	return mock->bars.bar[bar].size;
}

static uint64_t region_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			    unsigned width)
{
	enum mock_face outer = mock->face;
	uint64_t value;

	mock->face = region->registers->face;
	value = region->registers->read(mock, region, offset - region->offset, width);
	mock->face = outer;
	return value;
}

static void region_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width, uint64_t value)
{
	enum mock_face outer = mock->face;

	mock->face = region->registers->face;
	region->registers->write(mock, region, offset - region->offset, width, value);
	mock->face = outer;
}

/* The first region that has the byte, or NULL. */
static const struct mock_region *region_at(const struct mock *mock, unsigned bar, uint64_t offset)
{
	for (unsigned i = 0; i < mock->region_count; i++) {
		const struct mock_region *region = &mock->regions[i];

		if (region->bar == bar && offset >= region->offset &&
		    offset - region->offset < region->length)
			return region;
	}
	return NULL;
}

static bool holds(const struct mock_region *region, uint64_t offset, unsigned width)
{
	return region->length - (offset - region->offset) >= width;
}

uint64_t mock_base_bar_read(struct mock_layer *layer, unsigned bar, uint64_t offset, unsigned width)
{
	struct mock *mock = layer->mock;
	uint64_t size = bar_size(mock, bar);
	const struct mock_region *region;
	uint64_t value = 0;

	if (offset < size && size - offset >= width) {
		region = region_at(mock, bar, offset);
		if (region && holds(region, offset, width))
			return region_read(mock, region, offset, width);
	}
	for (unsigned i = 0; i < width; i++) {
		uint64_t byte = UINT8_MAX;

		if (offset < size && i < size - offset) {
			region = region_at(mock, bar, offset + i);
			byte = region ? region_read(mock, region, offset + i, 1) : 0;
		}
		value |= (byte & UINT8_MAX) << 8 * i;
	}
	return value;
}

void mock_base_bar_write(struct mock_layer *layer, unsigned bar, uint64_t offset, unsigned width,
			 uint64_t value)
{
	struct mock *mock = layer->mock;
	uint64_t size = bar_size(mock, bar);
	const struct mock_region *region;

	if (offset < size && size - offset >= width) {
		region = region_at(mock, bar, offset);
		if (region && holds(region, offset, width)) {
			region_write(mock, region, offset, width, value);
			return;
		}
	}
	for (unsigned i = 0; i < width && offset < size && i < size - offset; i++) {
		region = region_at(mock, bar, offset + i);
		if (region)
			region_write(mock, region, offset + i, 1, value >> 8 * i & UINT8_MAX);
	}
}

/* Shared memory (2.10): bytes, and nothing of the device depends on them. */
static uint64_t shared_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			    unsigned width)
{
	(void)mock;
	if (offset >= region->memory_size || region->memory_size - offset < width)
		return 0;
	return vs_load_le(region->memory + offset, width);
}

static void shared_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width, uint64_t value)
{
	(void)mock;
	if (offset < region->memory_size && region->memory_size - offset >= width)
		vs_store_le(region->memory + offset, width, value);
}

const struct mock_registers mock_shared_registers = {
	.name = "shared memory",
	.read = shared_read,
	.write = shared_write,
};

struct mock_bar_info mock_bar_info(const struct mock *mock, unsigned bar)
{
	struct mock_bar_info info = { .size = bar_size(mock, bar) };

	if (info.size) {
		info.io = mock->bars.bar[bar].kind == MOCK_BAR_IO;
		info.is64 = mock->bars.bar[bar].kind == MOCK_BAR_MEMORY64;
		info.prefetch = mock->bars.bar[bar].prefetch;
	}
	return info;
}

uint64_t mock_bar_read(struct mock *mock, unsigned bar, uint64_t offset, unsigned width)
{
	uint64_t value = UINT64_MAX;

	assert(width == 1 || width == 2 || width == 4 || width == 8);
	if (mock_alive(mock))
		value = mock_op_bar_read(mock->top, bar, offset, width);
	mock_run(mock);
	if (!mock_alive(mock))
		value = UINT64_MAX;
	return value & UINT64_MAX >> (64 - 8 * width);
}

void mock_bar_write(struct mock *mock, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t value)
{
	assert(width == 1 || width == 2 || width == 4 || width == 8);
	if (mock_alive(mock))
		mock_op_bar_write(mock->top, bar, offset, width, value);
	mock_run(mock);
}

uint64_t mock_space_read(struct mock *mock, bool io, uint64_t address, unsigned width)
{
	struct mock_place place;

	assert(width == 1 || width == 2 || width == 4 || width == 8);
	if (!mock_alive(mock) || !mock_op_decode(mock->top, io, address, &place))
		return UINT64_MAX >> (64 - 8 * width);
	return mock_bar_read(mock, place.bar, place.offset, width);
}

void mock_space_write(struct mock *mock, bool io, uint64_t address, unsigned width, uint64_t value)
{
	struct mock_place place;

	assert(width == 1 || width == 2 || width == 4 || width == 8);
	if (mock_alive(mock) && mock_op_decode(mock->top, io, address, &place))
		mock_bar_write(mock, place.bar, place.offset, width, value);
}
