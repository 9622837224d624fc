/* SPDX-License-Identifier: BSD-3-Clause */
#include "exam/host.h"

#include <stdio.h>
#include <string.h>

#define ACCESS_NS  UINT64_C(200)    /* what an access takes on the device's clock */
#define SLICE_NS   UINT64_C(100000) /* interrupts wait no longer than that in a pause */
#define SLICES_MAX 256u
#define LINE_CALLS 16u /* of interrupt() while the line stays raised, in one delivery */

static uint32_t config_read(struct virtspec_device *d, unsigned offset, unsigned width)
{
	uint32_t value = UINT32_MAX;

	if (width == 1 || width == 2 || width == 4)
		vs_bus_config_read(d->bus, offset, width, &value);
	return value;
}

static void config_write(struct virtspec_device *d, unsigned offset, unsigned width, uint32_t value)
{
	if (width == 1 || width == 2 || width == 4)
		vs_bus_config_write(d->bus, offset, width, value);
}

static uint64_t bar_size(struct virtspec_device *d, unsigned bar)
{
	return bar < PCI_BAR_COUNT ? d->bus->bars[bar].size : 0;
}

static bool bar_is_io(struct virtspec_device *d, unsigned bar)
{
	return bar < PCI_BAR_COUNT && d->bus->bars[bar].io;
}

static bool is_width(unsigned width)
{
	return width == 1 || width == 2 || width == 4 || width == 8;
}

static uint64_t bar_read(struct virtspec_device *d, unsigned bar, uint64_t offset, unsigned width)
{
	uint64_t value = UINT64_MAX;

	if (is_width(width))
		vs_bus_bar_read(d->bus, bar, offset, width, &value);
	return value;
}

static void bar_write(struct virtspec_device *d, unsigned bar, uint64_t offset, unsigned width,
		      uint64_t value)
{
	if (is_width(width))
		vs_bus_bar_write(d->bus, bar, offset, width, value);
}

static void *dma_alloc(struct virtspec_device *d, size_t size, size_t align, uint64_t *address)
{
	uint8_t *at = vs_arena_take(&d->arena, size, align ? align : 1);

	*address = at ? d->arena.dma.address + (uint64_t)(at - d->arena.dma.host) : 0;
	if (at)
		vs_watch_tell(&d->watch, (struct vs_event){ .kind = VS_EVENT_MAP,
							    .offset = *address,
							    .value = size });
	return at;
}

static void dma_free(struct virtspec_device *d, void *memory)
{
	uint64_t address = d->arena.dma.address + (uint64_t)((uint8_t *)memory - d->arena.dma.host);
	size_t size;

	/* What stands in the rings is looked at before the memory is gone. */
	d->watch.watcher.before(&d->watch);
	size = vs_arena_return(&d->arena, memory);
	if (size)
		vs_watch_tell(&d->watch, (struct vs_event){ .kind = VS_EVENT_UNMAP,
							    .offset = address,
							    .value = size });
}

static void msix_message(struct virtspec_device *d, unsigned vector, uint64_t *address,
			 uint32_t *data)
{
	*address = 0;
	*data = 0;
	if (vector >= PCI_MSIX_MAX_VECTORS)
		return;
	d->routed[vector / 32] |= UINT32_C(1) << vector % 32;
	vs_bus_msix_route(d->bus, vector, address, data);
}

static uint64_t now(struct virtspec_device *d)
{
	return vs_bus_now(d->bus) + d->alone_ns;
}

static void deliver_messages(struct virtspec_device *d)
{
	for (unsigned word = 0; word < PCI_MSIX_MAX_VECTORS / 32; word++) {
		for (uint32_t left = d->routed[word]; left; left &= left - 1) {
			unsigned vector = word * 32 + (unsigned)__builtin_ctz(left);
			bool arrived;

			if (!vs_bus_msix_take(d->bus, vector, &arrived) && arrived && d->state)
				d->driver->interrupt(d->state, (int)vector);
		}
	}
}

/* As a platform does, again and again while the line is raised, but not for ever. */
static void deliver_line(struct virtspec_device *d)
{
	for (unsigned i = 0; i < LINE_CALLS; i++) {
		bool level;

		if (vs_bus_intx(d->bus, &level) || !level || !d->state)
			return;
		d->driver->interrupt(d->state, -1);
	}
}

void vs_host_deliver(struct virtspec_device *d)
{
	if (d->interrupting || !d->driver || !d->driver->interrupt)
		return;
	d->interrupting = true;
	deliver_messages(d);
	deliver_line(d);
	d->interrupting = false;
}

static void pause_for(struct virtspec_device *d, uint64_t ns)
{
	uint64_t slice = ns / SLICES_MAX > SLICE_NS ? ns / SLICES_MAX : SLICE_NS;

	do {
		uint64_t step = ns < slice ? ns : slice;

		/* Time goes on where nobody is there any more. */
		if (vs_bus_relax(d->bus, step ? step : ACCESS_NS))
			d->alone_ns += step ? step : ACCESS_NS;
		ns -= step;
		vs_host_deliver(d);
	} while (ns);
}

static void log_line(struct virtspec_device *d, const char *text)
{
	(void)d;
	fprintf(stderr, "%s\n", text);
}

static const char *argument(struct virtspec_device *d)
{
	return d->argument;
}

static bool big_endian(struct virtspec_device *d)
{
	return d->bus->features & VS_BUS_BIG_ENDIAN;
}

const struct virtspec_host vs_host = {
	.config_read = config_read,
	.config_write = config_write,
	.bar_size = bar_size,
	.bar_is_io = bar_is_io,
	.bar_read = bar_read,
	.bar_write = bar_write,
	.dma_alloc = dma_alloc,
	.dma_free = dma_free,
	.msix_message = msix_message,
	.now = now,
	.pause = pause_for,
	.log = log_line,
	.argument = argument,
	.big_endian = big_endian,
};

static int read_memory(void *context, uint64_t address, void *data, size_t size)
{
	const struct virtspec_device *d = context;
	const void *at = vs_arena_find(&d->arena, address, size);

	if (!at)
		return -1;
	memcpy(data, at, size);
	return 0;
}

static uint64_t memory_now(void *context)
{
	return vs_bus_now(((struct virtspec_device *)context)->bus);
}

int vs_host_open(struct virtspec_device *d, struct vs_bus *bus, struct vs_subject *subject,
		 struct vs_trace *trace, const char *argument)
{
	struct vs_rings_memory memory = { d, read_memory, memory_now };

	*d = (struct virtspec_device){ .bus = bus, .argument = argument ? argument : "" };
	if (vs_arena_init(&d->arena, &bus->dma))
		return -1;
	if (vs_watch_open(&d->watch, bus, subject, trace, &memory)) {
		vs_arena_free(&d->arena);
		return -1;
	}
	return 0;
}

void vs_host_close(struct virtspec_device *d)
{
	vs_watch_close(&d->watch);
	vs_arena_free(&d->arena);
}

unsigned vs_host_held(const struct virtspec_device *d)
{
	return d->arena.count;
}
