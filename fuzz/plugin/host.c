/* SPDX-License-Identifier: BSD-3-Clause */
/* What the platform offers a plug-in (include/virtspec/plugin.h). */
#include <stdlib.h>

#include "fuzz/plugin/device.h"

#define ACCESS_NS  UINT64_C(200)    /* the least that passes in a pause */
#define SLICE_NS   UINT64_C(100000) /* interrupts wait no longer than that, where any can come */
#define LINE_CALLS 16u              /* of interrupt() while the line stays raised, in one go */
#define VECTORS    (32u * PLUGIN_ROUTES)

static bool is_width(unsigned width, unsigned widest)
{
	return width && width <= widest && !(width & (width - 1));
}

static uint32_t config_read(struct virtspec_device *d, unsigned offset, unsigned width)
{
	uint32_t value = UINT32_MAX;

	fuzz_step(&d->budget);
	if (is_width(width, 4))
		vs_bus_config_read(&d->bus, offset, width, &value);
	return value;
}

static void config_write(struct virtspec_device *d, unsigned offset, unsigned width, uint32_t value)
{
	fuzz_step(&d->budget);
	if (is_width(width, 4))
		vs_bus_config_write(&d->bus, offset, width, value);
}

static uint64_t bar_size(struct virtspec_device *d, unsigned bar)
{
	return bar < PCI_BAR_COUNT ? d->bus.bars[bar].size : 0;
}

static bool bar_is_io(struct virtspec_device *d, unsigned bar)
{
	return bar < PCI_BAR_COUNT && d->bus.bars[bar].io;
}

static uint64_t bar_read(struct virtspec_device *d, unsigned bar, uint64_t offset, unsigned width)
{
	uint64_t value = UINT64_MAX;

	fuzz_step(&d->budget);
	if (is_width(width, 8))
		vs_bus_bar_read(&d->bus, bar, offset, width, &value);
	return value;
}

static void bar_write(struct virtspec_device *d, unsigned bar, uint64_t offset, unsigned width,
		      uint64_t value)
{
	fuzz_step(&d->budget);
	if (is_width(width, 8))
		vs_bus_bar_write(&d->bus, bar, offset, width, value);
}

static void *dma_alloc(struct virtspec_device *d, size_t size, size_t align, uint64_t *address)
{
	uint8_t *at = NULL;

	fuzz_step(&d->budget);
	if (plugin_lie_due(&d->lies, LIE_ALLOC, d->memory.count, 1))
		plugin_lie_log(&d->lies, LIE_ALLOC, d->memory.count, size, 0);
	else
		at = plugin_memory_take(&d->memory, size, align ? align : 1);
	*address = at ? plugin_memory_address(&d->memory, at) : 0;
	if (at)
		vs_watch_tell(&d->watch, (struct vs_event){ .kind = VS_EVENT_MAP,
							    .offset = *address,
							    .value = size });
	return at;
}

static void dma_free(struct virtspec_device *d, void *memory)
{
	uint64_t address = plugin_memory_address(&d->memory, memory);
	size_t size;

	fuzz_step(&d->budget);
	if (!memory)
		return;
	/* What stands in the rings is looked at before the memory is gone. */
	d->watch.watcher.before(&d->watch);
	size = plugin_memory_return(&d->memory, memory);
	if (!size)
		plugin_oracle(d, "dma-free",
			      "memory at %#llx is given back that is not the driver's",
			      (unsigned long long)address);
	vs_watch_tell(&d->watch, (struct vs_event){ .kind = VS_EVENT_UNMAP,
						    .offset = address,
						    .value = size });
}

static void msix_message(struct virtspec_device *d, unsigned vector, uint64_t *address,
			 uint32_t *data)
{
	*address = 0;
	*data = 0;
	if (vector >= VECTORS)
		return;
	d->routed[vector / 32] |= UINT32_C(1) << vector % 32;
	vs_bus_msix_route(&d->bus, vector, address, data);
}

static uint64_t now(struct virtspec_device *d)
{
	fuzz_step(&d->budget); /* a loop may wait for it */
	return vs_bus_now(&d->bus);
}

static void deliver_messages(struct virtspec_device *d)
{
	for (unsigned word = 0; word < PLUGIN_ROUTES; word++) {
		for (uint32_t left = d->routed[word] & d->arrived[word]; left; left &= left - 1) {
			unsigned vector = word * 32 + (unsigned)__builtin_ctz(left);
			bool arrived;

			if (!vs_bus_msix_take(&d->bus, vector, &arrived) && arrived && d->state)
				d->driver->interrupt(d->state, (int)vector);
		}
	}
}

/* As a platform does, again and again while the line is raised, but not for ever. */
static void deliver_line(struct virtspec_device *d)
{
	for (unsigned i = 0; i < LINE_CALLS; i++) {
		bool level;

		if (vs_bus_intx(&d->bus, &level) || !level || !d->state)
			return;
		d->driver->interrupt(d->state, -1);
	}
}

void plugin_host_deliver(struct virtspec_device *d)
{
	if (d->interrupting || !d->driver->interrupt)
		return;
	d->interrupting = true;
	deliver_messages(d);
	deliver_line(d);
	d->interrupting = false;
}

/* Where nothing is about to happen, all of the time passes in one go. */
static void pause_for(struct virtspec_device *d, uint64_t ns)
{
	fuzz_step(&d->budget);
	do {
		uint64_t due = mock_due(d->mock);
		uint64_t step = due < ns ? (due > SLICE_NS ? due : SLICE_NS) : ns;

		step = step < ns ? step : ns;
		if (vs_bus_relax(&d->bus, step ? step : ACCESS_NS))
			fuzz_step(&d->budget);
		ns -= step;
		plugin_host_deliver(d);
		fuzz_step(&d->budget);
	} while (ns);
}

static void log_line(struct virtspec_device *d, const char *text)
{
	(void)d;
	(void)text;
}

static const char *argument(struct virtspec_device *d)
{
	return d->argument ? d->argument : "";
}

static bool big_endian(struct virtspec_device *d)
{
	return d->bus.features & VS_BUS_BIG_ENDIAN;
}

const struct virtspec_host plugin_host = {
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
