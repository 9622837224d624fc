/* SPDX-License-Identifier: BSD-3-Clause */
#include "bus/bus.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static uint64_t all_ones(unsigned width)
{
	return width >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
}

static void record(struct vs_bus *bus, enum vs_event_kind kind, unsigned region, uint64_t offset,
		   unsigned width, uint64_t value, const char *note)
{
	if (!bus->trace)
		return;
	vs_trace_add(bus->trace, &(struct vs_event){
					 .time = vs_bus_now(bus),
					 .offset = offset,
					 .value = value,
					 .note = note,
					 .kind = (uint8_t)kind,
					 .region = (uint8_t)region,
					 .width = (uint8_t)width,
				 });
}

int vs_bus_fail(struct vs_bus *bus, enum vs_bus_state state, const char *format, ...)
{
	va_list args;

	assert(state != VS_BUS_ALIVE);
	/* The first failure is the cause; what follows are its consequences. */
	if (bus->state != VS_BUS_ALIVE)
		return -1;
	bus->state = state;
	va_start(args, format);
	vsnprintf(bus->reason, sizeof(bus->reason), format, args);
	va_end(args);
	return -1;
}

static bool alive(const struct vs_bus *bus)
{
	return bus->state == VS_BUS_ALIVE;
}

/* A backend that says -1 has to have said why; one that forgot is dead all the same. */
static int checked(struct vs_bus *bus, int result)
{
	if (result < 0 && alive(bus))
		vs_bus_fail(bus, VS_BUS_DIED, "the %s bus failed", bus->ops->name);
	return result < 0 || !alive(bus) ? -1 : result;
}

static bool inside_config(const struct vs_bus *bus, unsigned offset, unsigned width)
{
	unsigned size = bus->features & VS_BUS_EXTENDED_CONFIG ? PCIE_CONFIG_SIZE : PCI_CONFIG_SIZE;

	assert(width == 1 || width == 2 || width == 4);
	return offset < size && width <= size - offset;
}

static void before_access(const struct vs_bus *bus)
{
	if (bus->watcher)
		bus->watcher->before(bus->watcher->context);
}

static void after_access(const struct vs_bus *bus)
{
	if (bus->watcher)
		bus->watcher->after(bus->watcher->context);
}

/* What is to be said of an access, beside its value. */
static const char *remark(int result, bool inside)
{
	if (result)
		return "no answer";
	return inside ? NULL : "outside, did not reach the device";
}

int vs_bus_config_read(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t *value)
{
	bool inside = inside_config(bus, offset, width);
	int result = 0;

	*value = (uint32_t)all_ones(width);
	if (!alive(bus))
		return -1;
	before_access(bus);
	if (inside)
		result = checked(bus, bus->ops->config_read(bus, offset, width, value));
	if (result)
		*value = UINT32_MAX;
	*value &= (uint32_t)all_ones(width);
	record(bus, VS_EVENT_READ, VS_REGION_CONFIG, offset, width, *value, remark(result, inside));
	after_access(bus);
	return result;
}

int vs_bus_config_write(struct vs_bus *bus, unsigned offset, unsigned width, uint32_t value)
{
	bool inside = inside_config(bus, offset, width);
	int result = 0;

	if (!alive(bus))
		return -1;
	before_access(bus);
	value &= (uint32_t)all_ones(width);
	/* What a write sets off comes after it. */
	record(bus, VS_EVENT_WRITE, VS_REGION_CONFIG, offset, width, value, remark(0, inside));
	if (inside)
		result = checked(bus, bus->ops->config_write(bus, offset, width, value));
	after_access(bus);
	return result;
}

/* Whether the whole access lies in a BAR that exists and, where we placed it, found a place. */
static bool inside_bar(const struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width)
{
	const struct vs_bar *b;

	assert(width == 1 || width == 2 || width == 4 || width == 8);
	if (bar >= PCI_BAR_COUNT)
		return false;
	b = &bus->bars[bar];
	if (bus->features & VS_BUS_RAW_BARS && !b->address)
		return false;
	return offset < b->size && width <= b->size - offset;
}

static unsigned bar_region(unsigned bar)
{
	return bar < PCI_BAR_COUNT ? VS_REGION_BAR0 + bar : VS_REGION_NONE;
}

int vs_bus_bar_read(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		    uint64_t *value)
{
	bool inside = inside_bar(bus, bar, offset, width);
	int result = 0;

	*value = all_ones(width);
	if (!alive(bus))
		return -1;
	before_access(bus);
	if (inside)
		result = checked(bus, bus->ops->bar_read(bus, bar, offset, width, value));
	if (result)
		*value = UINT64_MAX;
	*value &= all_ones(width);
	record(bus, VS_EVENT_READ, bar_region(bar), offset, width, *value, remark(result, inside));
	after_access(bus);
	return result;
}

int vs_bus_bar_write(struct vs_bus *bus, unsigned bar, uint64_t offset, unsigned width,
		     uint64_t value)
{
	bool inside = inside_bar(bus, bar, offset, width);
	int result = 0;

	if (!alive(bus))
		return -1;
	before_access(bus);
	value &= all_ones(width);
	/* What a write sets off comes after it. */
	record(bus, VS_EVENT_WRITE, bar_region(bar), offset, width, value, remark(0, inside));
	if (inside)
		result = checked(bus, bus->ops->bar_write(bus, bar, offset, width, value));
	after_access(bus);
	return result;
}

/* Where `at` lies in the DMA memory. Whoever passes another address has a bug. */
static size_t dma_offset(const struct vs_bus *bus, const void *at, size_t size)
{
	uintptr_t offset = (uintptr_t)at - (uintptr_t)bus->dma.host;

	(void)size;
	assert(offset <= bus->dma.size && size <= bus->dma.size - offset);
	return offset;
}

int vs_bus_pull(struct vs_bus *bus, const void *at, size_t size)
{
	size_t offset = dma_offset(bus, at, size);

	if (!alive(bus))
		return -1;
	if (!bus->ops->pull || !size)
		return 0;
	return checked(bus, bus->ops->pull(bus, offset, size));
}

int vs_bus_push(struct vs_bus *bus, const void *at, size_t size)
{
	size_t offset = dma_offset(bus, at, size);

	/* Also where nobody will see it: the driver wrote it, and the watch has to know. */
	if (bus->shadow && size)
		memcpy(bus->shadow + offset, at, size);
	if (!alive(bus))
		return -1;
	if (!bus->ops->push || !size)
		return 0;
	return checked(bus, bus->ops->push(bus, offset, size));
}

int vs_bus_intx(struct vs_bus *bus, bool *level)
{
	*level = false;
	if (!alive(bus))
		return -1;
	if (!bus->ops->intx)
		return 0;
	if (checked(bus, bus->ops->intx(bus, level))) {
		*level = false;
		return -1;
	}
	if (*level != bus->intx_level)
		record(bus, VS_EVENT_INTERRUPT, VS_REGION_NONE, VS_INTX, 0, *level, NULL);
	bus->intx_level = *level;
	return 0;
}

int vs_bus_msix_route(struct vs_bus *bus, unsigned vector, uint64_t *address, uint32_t *data)
{
	*address = 0;
	*data = 0;
	if (!alive(bus))
		return -1;
	assert(bus->ops->msix_route);
	return checked(bus, bus->ops->msix_route(bus, vector, address, data));
}

int vs_bus_msix_take(struct vs_bus *bus, unsigned vector, bool *arrived)
{
	*arrived = false;
	if (!alive(bus))
		return -1;
	if (!bus->ops->msix_take)
		return 0;
	if (checked(bus, bus->ops->msix_take(bus, vector, arrived))) {
		*arrived = false;
		return -1;
	}
	if (*arrived)
		record(bus, VS_EVENT_INTERRUPT, VS_REGION_NONE, vector, 0, 1, NULL);
	return 0;
}

uint64_t vs_bus_now(struct vs_bus *bus)
{
	return bus->ops->now(bus);
}

int vs_bus_relax(struct vs_bus *bus, uint64_t ns)
{
	int result;

	if (!alive(bus))
		return -1;
	before_access(bus);
	result = checked(bus, bus->ops->relax(bus, ns));
	after_access(bus);
	return result;
}

int vs_bus_settle(struct vs_bus *bus)
{
	int result;

	if (!alive(bus))
		return -1;
	before_access(bus);
	result = checked(bus, bus->ops->settle(bus));
	after_access(bus);
	return result;
}

int vs_bus_provoke(struct vs_bus *bus, enum vs_provocation what)
{
	int result;

	if (!alive(bus))
		return -1;
	result = bus->ops->provoke ? checked(bus, bus->ops->provoke(bus, what)) : 1;
	bus->changes += result == 0;
	return result;
}

int vs_bus_restart(struct vs_bus *bus)
{
	if (!(bus->features & VS_BUS_RESTART) || !bus->ops->restart)
		return -1;
	bus->state = VS_BUS_ALIVE;
	bus->reason[0] = '\0';
	bus->intx_level = false;
	bus->changes = 0;
	record(bus, VS_EVENT_RESET, VS_REGION_NONE, 0, 0, 0, "restart");
	return checked(bus, bus->ops->restart(bus));
}

const char *vs_bus_evidence(struct vs_bus *bus)
{
	const char *text = bus->ops->evidence ? bus->ops->evidence(bus) : NULL;

	return text ? text : "";
}

const char *vs_bus_describe(struct vs_bus *bus)
{
	return bus->ops->describe ? bus->ops->describe(bus) : NULL;
}

void vs_bus_close(struct vs_bus *bus)
{
	if (bus)
		bus->ops->close(bus);
}
