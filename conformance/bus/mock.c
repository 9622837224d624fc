/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bridge to the mock device, in process: the only file that knows both sides. Time is the
 * device's own, so that waiting costs nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/mock_target.h"

/* Memory starts where a guest's would lie, away from 0, so that a stray address is seen. */
#define DMA_ADDRESS UINT64_C(0x10000000)
#define DMA_SIZE    (UINT64_C(16) << 20)

/* Where BARs go; none of it is DMA memory. */
static const struct vs_bar_window window = {
	.memory = 0xe0000000,
	.memory_end = 0xf0000000,
	.memory64 = UINT64_C(1) << 36,
	.memory64_end = UINT64_C(1) << 40,
	.io = 0xc000,
	.io_end = 0x10000,
};

/* MSI-X messages go to a word a vector, above all memory. */
#define MSI_ADDRESS UINT64_C(0xfee00000)
#define MSI_STRIDE  4u

struct mock_bus {
	struct vs_bus bus;
	struct mock *mock;
	bool intx;
	uint8_t arrived[PCI_MSIX_MAX_VECTORS / 8];
};

static struct mock_bus *of(struct vs_bus *bus)
{
	return (struct mock_bus *)bus;
}

static void *dma_map(void *context, uint64_t address, size_t size)
{
	const struct mock_bus *m = context;

	if (address < DMA_ADDRESS || address - DMA_ADDRESS > DMA_SIZE ||
	    size > DMA_SIZE - (address - DMA_ADDRESS))
		return NULL;
	return m->bus.dma.host + (address - DMA_ADDRESS);
}

static int dma_read(void *context, uint64_t address, void *data, size_t size)
{
	const void *at = dma_map(context, address, size);

	if (at)
		memcpy(data, at, size);
	return at ? 0 : -1;
}

static int dma_write(void *context, uint64_t address, const void *data, size_t size)
{
	void *at = dma_map(context, address, size);

	if (at)
		memcpy(at, data, size);
	return at ? 0 : -1;
}

/* The address tells which entry was programmed, whatever the device believes it sends. */
static void msi(void *context, unsigned vector, uint64_t address, uint32_t data)
{
	struct mock_bus *m = context;
	uint64_t entry = (address - MSI_ADDRESS) / MSI_STRIDE;

	(void)vector;
	(void)data;
	if (address >= MSI_ADDRESS && entry < PCI_MSIX_MAX_VECTORS)
		m->arrived[entry / 8] |= (uint8_t)(1u << (entry % 8));
}

static void intx(void *context, bool level)
{
	struct mock_bus *m = context;

	m->intx = level;
}

/* After every call into the device: is it still there? */
static int alive(struct vs_bus *bus)
{
	switch (mock_health(of(bus)->mock)) {
	case MOCK_DEAD:
		return vs_bus_fail(bus, VS_BUS_DIED, "the mock device died");
	case MOCK_HUNG:
		return vs_bus_fail(bus, VS_BUS_HUNG, "the mock device does not answer");
	default:
		return 0;
	}
}

static int config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	*value = mock_config_read(of(bus)->mock, offset, width);
	return alive(bus);
}

static int config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	mock_config_write(of(bus)->mock, offset, width, value);
	return alive(bus);
}

static int bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t *value)
{
	const struct vs_bar *b = &bus->bars[bar];

	*value = mock_space_read(of(bus)->mock, b->io, b->address + offset, width);
	return alive(bus);
}

static int bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value)
{
	const struct vs_bar *b = &bus->bars[bar];

	mock_space_write(of(bus)->mock, b->io, b->address + offset, width, value);
	return alive(bus);
}

static int intx_level(struct vs_bus *bus, bool *level)
{
	*level = of(bus)->intx;
	return 0;
}

static int msix_route(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data)
{
	(void)bus;
	*address = MSI_ADDRESS + (uint64_t)vector * MSI_STRIDE;
	*data = 1;
	return 0;
}

static int msix_take(struct vs_bus *bus, unsigned vector, bool *arrived)
{
	uint8_t *byte = &of(bus)->arrived[vector / 8];
	uint8_t bit = (uint8_t)(1u << (vector % 8));

	*arrived = *byte & bit;
	*byte &= (uint8_t)~bit;
	return 0;
}

static uint64_t now(struct vs_bus *bus)
{
	return mock_now(of(bus)->mock);
}

static int relax(struct vs_bus *bus, uint64_t ns)
{
	mock_advance(of(bus)->mock, ns);
	return alive(bus);
}

/* What a device does by itself it does within this time, unless it means to be slow. */
static int settle(struct vs_bus *bus)
{
	mock_advance(of(bus)->mock, 1000000);
	return alive(bus);
}

static int provoke(struct vs_bus *bus, enum vs_provocation what)
{
	return what == VS_PROVOKE_CONFIG_CHANGE && mock_change_config(of(bus)->mock) ? 0 : 1;
}

static uint32_t offers(struct vs_bus *bus, unsigned number)
{
	return mock_offers_window(of(bus)->mock, number);
}

static uint64_t config_changes(struct vs_bus *bus)
{
	return mock_config_changes(of(bus)->mock);
}

static int restart(struct vs_bus *bus)
{
	struct mock_bus *m = of(bus);

	mock_power_on(m->mock);
	memset(m->arrived, 0, sizeof(m->arrived));
	return vs_bus_map_bars(bus, &window);
}

static const char *describe(struct vs_bus *bus)
{
	return mock_describe(of(bus)->mock);
}

static void close_bus(struct vs_bus *bus)
{
	struct mock_bus *m = of(bus);

	mock_destroy(m->mock);
	free(bus->dma.host);
	free(m);
}

static const struct vs_bus_ops ops = {
	.name = "mock",
	.config_read = config_read,
	.config_write = config_write,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.intx = intx_level,
	.msix_route = msix_route,
	.msix_take = msix_take,
	.now = now,
	.relax = relax,
	.settle = settle,
	.provoke = provoke,
	.offers = offers,
	.config_changes = config_changes,
	.restart = restart,
	.describe = describe,
	.close = close_bus,
};

static struct vs_bus *open_mock(const struct vs_target *target,
				const struct vs_bus_options *options, char *error, size_t size)
{
	struct mock_settings settings;
	struct mock_bus *m = calloc(1, sizeof(*m));
	struct mock_host host = { m, dma_map, dma_read, dma_write, msi, intx, NULL };

	(void)options;
	if (!m)
		return NULL;
	if (vs_mock_settings(target, &settings, error, size)) {
		free(m);
		return NULL;
	}
	m->bus.ops = &ops;
	m->bus.features = VS_BUS_EXTENDED_CONFIG | VS_BUS_INTX | VS_BUS_MSIX | VS_BUS_RAW_BARS |
			  VS_BUS_RESTART | VS_BUS_FRESH | VS_BUS_MASTERING |
			  (settings.big_endian ? VS_BUS_BIG_ENDIAN : 0) |
			  (settings.long_runs ? VS_BUS_LONG : 0);
	m->bus.dma = (struct vs_dma){ calloc(1, DMA_SIZE), DMA_ADDRESS, DMA_SIZE };
	m->mock = m->bus.dma.host ? mock_create(&settings, &host, error, size) : NULL;
	if (!m->mock || vs_bus_map_bars(&m->bus, &window)) {
		if (m->mock)
			mock_destroy(m->mock);
		free(m->bus.dma.host);
		free(m);
		return NULL;
	}
	return &m->bus;
}

VS_BUS_WAY(mock_way, .name = "mock", .syntax = VS_MOCK_SYNTAX,
	   .says = "the mock device in this process: blk, net, console or rng", .open = open_mock);
