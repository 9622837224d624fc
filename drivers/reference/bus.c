/* SPDX-License-Identifier: BSD-3-Clause */
/* A bus (bus/bus.h) whose operations are those of struct virtspec_host. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "drivers/reference/life.h"

/* DMA memory is taken in one piece; less will do. A build may ask for less at once. */
#ifndef ARENA_SIZE
#define ARENA_SIZE (UINT32_C(4) << 20)
#endif
#define ARENA_LEAST (UINT32_C(1) << 18)
#define ARENA_ALIGN (UINT32_C(1) << 16)

/* What stands for the address of a BAR that the platform has placed: only that it is not 0 counts.
 */
#define PLACED 1u

static struct ref_life *life_of(struct vs_bus *bus)
{
	return (struct ref_life *)((char *)bus - offsetof(struct ref_life, bus));
}

void ref_bus_access(struct ref_life *life, struct lapse_access *a)
{
	const struct virtspec_host *host = life->host;
	struct virtspec_device *device = life->device;

	if (a->region == LAPSE_CONFIG_SPACE && a->write)
		host->config_write(device, (unsigned)a->offset, a->width, (uint32_t)a->value);
	else if (a->region == LAPSE_CONFIG_SPACE)
		a->value = host->config_read(device, (unsigned)a->offset, a->width);
	else if (a->write)
		host->bar_write(device, a->region, a->offset, a->width, a->value);
	else
		a->value = host->bar_read(device, a->region, a->offset, a->width);
}

static uint64_t access_bus(struct vs_bus *bus, bool write, unsigned region, uint64_t offset,
			   unsigned width, uint64_t value)
{
	struct lapse_access a = {
		.write = write, .region = region, .offset = offset, .width = width, .value = value
	};

	lapse_access(&life_of(bus)->lapse, &a);
	return a.value;
}

static int config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	*value = (uint32_t)access_bus(bus, false, LAPSE_CONFIG_SPACE, offset, width, 0);
	return 0;
}

static int config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	access_bus(bus, true, LAPSE_CONFIG_SPACE, offset, width, value);
	return 0;
}

static int bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t *value)
{
	*value = access_bus(bus, false, bar, offset, width, 0);
	return 0;
}

static int bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value)
{
	access_bus(bus, true, bar, offset, width, value);
	return 0;
}

static int msix_route(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data)
{
	const struct ref_life *life = life_of(bus);

	life->host->msix_message(life->device, vector, address, data);
	return 0;
}

static uint64_t now(struct vs_bus *bus)
{
	return ref_now(life_of(bus));
}

static int relax(struct vs_bus *bus, uint64_t ns)
{
	ref_pause(life_of(bus), ns);
	return 0;
}

static const struct vs_bus_ops ops = {
	.name = "plug-in",
	.config_read = config_read,
	.config_write = config_write,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.msix_route = msix_route,
	.now = now,
	.relax = relax,
};

uint64_t ref_now(struct ref_life *life)
{
	return life->host->now(life->device);
}

void ref_pause(struct ref_life *life, uint64_t ns)
{
	life->host->pause(life->device, ns);
}

/* The first look comes soon, later ones less often. */
#define LOOK_FIRST_NS UINT64_C(20000)
#define LOOK_LAST_NS  UINT64_C(1000000)
#define LOOKS_MAX     (2 * REF_PATIENCE_NS / LOOK_LAST_NS)

struct ref_wait ref_wait_start(struct ref_life *life)
{
	return (struct ref_wait){ .since = ref_now(life), .look = LOOK_FIRST_NS };
}

bool ref_wait_on(struct ref_life *life, struct ref_wait *wait)
{
	if (ref_now(life) - wait->since > REF_PATIENCE_NS || ++wait->looks > LOOKS_MAX)
		return false;
	ref_pause(life, wait->look);
	wait->look = wait->look < LOOK_LAST_NS ? 2 * wait->look : LOOK_LAST_NS;
	return true;
}

void ref_log(struct ref_life *life, const char *format, ...)
{
	char text[240];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	life->host->log(life->device, text);
}

void ref_bus_open(struct ref_life *life)
{
	const struct virtspec_host *host = life->host;
	struct vs_bus *bus = &life->bus;

	*bus = (struct vs_bus){ .ops = &ops, .features = VS_BUS_EXTENDED_CONFIG };
	if (host->big_endian(life->device))
		bus->features |= VS_BUS_BIG_ENDIAN;
	for (unsigned i = 0; i < PCI_BAR_COUNT; i++) {
		bus->bars[i].size = host->bar_size(life->device, i);
		bus->bars[i].address = bus->bars[i].size ? PLACED : 0;
		bus->bars[i].io = host->bar_is_io(life->device, i);
	}
}

int ref_bus_take_memory(struct ref_life *life)
{
	const struct virtspec_host *host = life->host;
	struct vs_bus *bus = &life->bus;

	for (size_t size = ARENA_SIZE; !bus->dma.host && size >= ARENA_LEAST; size /= 2) {
		bus->dma.host = host->dma_alloc(life->device, size, ARENA_ALIGN, &bus->dma.address);
		bus->dma.size = size;
	}
	return bus->dma.host ? 0 : -1;
}

void ref_bus_close(struct ref_life *life)
{
	if (life->bus.dma.host)
		life->host->dma_free(life->device, life->bus.dma.host);
	life->bus.dma.host = NULL;
}
