/* SPDX-License-Identifier: BSD-3-Clause */
/* The device at power-on, on a bus that is watched. */
#include "fuzz/plugin/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What a driver may ask of the platform in one life, and more for each byte of an input. A driver
 * that waits its second out while interrupts storm it, and reads the configuration at each, comes
 * to some hundred thousands. */
#define STEPS      2000000u
#define STEPS_EACH 16u

static struct virtspec_device *of(struct vs_bus *bus)
{
	return (struct virtspec_device *)bus;
}

static int dma_read(void *context, uint64_t address, void *data, size_t size)
{
	const struct virtspec_device *d = context;
	const void *at = plugin_memory_find(&d->memory, address, size);

	if (at)
		memcpy(data, at, size);
	return at ? 0 : -1;
}

static int dma_write(void *context, uint64_t address, const void *data, size_t size)
{
	const struct virtspec_device *d = context;
	void *at = plugin_memory_find(&d->memory, address, size);

	if (at)
		memcpy(at, data, size);
	return at ? 0 : -1;
}

static void *dma_map(void *context, uint64_t address, size_t size)
{
	const struct virtspec_device *d = context;

	return plugin_memory_find(&d->memory, address, size);
}

/* The address tells which entry was programmed. */
static void msi(void *context, unsigned vector, uint64_t address, uint32_t data)
{
	struct virtspec_device *d = context;
	uint64_t entry = (address - MSI_ADDRESS) / MSI_STRIDE;

	(void)vector;
	(void)data;
	if (address >= MSI_ADDRESS && entry < UINT64_C(32) * PLUGIN_ROUTES)
		d->arrived[entry / 32] |= UINT32_C(1) << entry % 32;
}

static void intx(void *context, bool level)
{
	((struct virtspec_device *)context)->intx = level;
}

/* A function that is gone answers with all ones, and what the driver does then is seen as ever. */
static int config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	plugin_layer_moment(of(bus));
	*value = mock_config_read(of(bus)->mock, offset, width);
	return 0;
}

static int config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	plugin_layer_moment(of(bus));
	mock_config_write(of(bus)->mock, offset, width, value);
	return 0;
}

static int bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t *value)
{
	const struct vs_bar *b = &bus->bars[bar];

	plugin_layer_moment(of(bus));
	*value = mock_space_read(of(bus)->mock, b->io, b->address + offset, width);
	return 0;
}

static int bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value)
{
	const struct vs_bar *b = &bus->bars[bar];

	plugin_layer_moment(of(bus));
	mock_space_write(of(bus)->mock, b->io, b->address + offset, width, value);
	return 0;
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
	uint32_t *word = &of(bus)->arrived[vector / 32], bit = UINT32_C(1) << vector % 32;

	*arrived = *word & bit;
	*word &= ~bit;
	return 0;
}

static uint64_t now(struct vs_bus *bus)
{
	return mock_now(of(bus)->mock);
}

static int relax(struct vs_bus *bus, uint64_t ns)
{
	plugin_layer_moment(of(bus));
	mock_advance(of(bus)->mock, ns);
	return 0;
}

static uint32_t offers(struct vs_bus *bus, unsigned number)
{
	return mock_offers_window(of(bus)->mock, number);
}

static uint64_t config_changes(struct vs_bus *bus)
{
	return mock_config_changes(of(bus)->mock);
}

static const struct vs_bus_ops bus_ops = {
	.name = "hostile",
	.config_read = config_read,
	.config_write = config_write,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.intx = intx_level,
	.msix_route = msix_route,
	.msix_take = msix_take,
	.now = now,
	.relax = relax,
	.offers = offers,
	.config_changes = config_changes,
};

static int rings_read(void *context, uint64_t address, void *data, size_t size)
{
	return dma_read(context, address, data, size);
}

static uint64_t rings_now(void *context)
{
	return mock_now(((struct virtspec_device *)context)->mock);
}

static void heard(void *context, const struct vs_event *event)
{
	vs_jury_hear(&((struct virtspec_device *)context)->jury, event);
}

static int open_bus(struct virtspec_device *d, const struct mock_settings *settings)
{
	struct mock_host host = { d, dma_map, dma_read, dma_write, msi, intx, NULL };
	char error[300];

	d->mock = mock_create(settings, &host, error, sizeof(error));
	if (!d->mock)
		return -1;
	d->bus = (struct vs_bus){
		.ops = &bus_ops,
		.features = VS_BUS_EXTENDED_CONFIG | VS_BUS_INTX | VS_BUS_MSIX | VS_BUS_RAW_BARS |
			    VS_BUS_FRESH | VS_BUS_MASTERING |
			    (settings->big_endian ? VS_BUS_BIG_ENDIAN : 0),
		.dma = { d->memory.host, PLUGIN_MEMORY_ADDRESS, PLUGIN_MEMORY_SIZE },
	};
	d->crooked = settings->quirk_count;
	/* What the platform does before the driver is there sees no lies. */
	return vs_bus_map_bars(&d->bus, &window) || vs_subject_read(&d->subject, &d->bus) ? -1 : 0;
}

static int open_watch(struct virtspec_device *d)
{
	struct vs_rings_memory memory = { d, rings_read, rings_now };

	d->subject.profile = VS_PROFILE_COUNT - 1;
	snprintf(d->subject.device, sizeof(d->subject.device), "%s", mock_describe(d->mock));
	d->trace = (struct vs_trace){ .events = d->events,
				      .capacity = PLUGIN_EVENTS,
				      .borrowed = true };
	if (vs_jury_init(&d->jury, &d->subject))
		return -1;
	if (vs_watch_open(&d->watch, &d->bus, &d->subject, &d->trace, &memory)) {
		vs_jury_free(&d->jury);
		return -1;
	}
	d->watch.heard = heard;
	d->watch.context = d;
	return 0;
}

int plugin_device_open(struct virtspec_device *d, const struct mock_settings *settings)
{
	d->mock = NULL;
	d->state = NULL;
	d->interrupting = d->intx = false;
	d->supplied = 0;
	d->doubtful = UINT64_MAX;
	d->trace.count = 0;
	memset(d->routed, 0, sizeof(d->routed));
	memset(d->arrived, 0, sizeof(d->arrived));
	d->budget = fuzz_budget(STEPS, STEPS_EACH, (size_t)d->lies.count * LIE_RECORD);
	if (plugin_memory_open(&d->memory) || open_bus(d, settings) || open_watch(d)) {
		mock_destroy(d->mock);
		d->mock = NULL;
		return -1;
	}
	plugin_layer_add(d);
	d->moments = 0;
	return 0;
}

void plugin_device_close(struct virtspec_device *d)
{
	vs_watch_close(&d->watch);
	vs_jury_free(&d->jury);
	mock_destroy(d->mock);
	d->mock = NULL;
}

bool plugin_is_honest(const struct virtspec_device *d)
{
	return !d->crooked && !d->lies.told;
}
