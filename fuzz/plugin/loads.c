/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that changes between two reads of the driver's: code that is compiled with
 * -fsanitize-coverage=trace-loads calls one of these before each load. Where it is of DMA memory,
 * the input may have other bytes there from now on. Without the flag none of it is called.
 */
#include "fuzz/plugin/device.h"

#include "spec/byteorder.h"

/* The callbacks have no argument for it. */
static struct virtspec_device *device;
static uintptr_t from;
static size_t size; /* 0: no load is of interest */

void plugin_loads_of(struct virtspec_device *d)
{
	device = d;
	from = d ? (uintptr_t)d->memory.host : 0;
	size = d && d->lies.topics >> LIE_LOAD & 1 ? PLUGIN_MEMORY_SIZE : 0;
}

/* Bytes [offset, offset + width) of the area are about to be read: does this lie mean them? */
static bool means(const struct plugin_lie *lie, size_t offset, unsigned width)
{
	return lie->topic == LIE_LOAD && lie->place >= offset && lie->place - offset < width;
}

static void change(uint8_t *at, unsigned width, const struct plugin_lie *lie)
{
	uint64_t truth = vs_load_le(at, width), said = plugin_bend(lie, width, truth);

	if (said == truth)
		return;
	vs_store_le(at, width, said);
	plugin_lie_log(&device->lies, LIE_LOAD, (unsigned)(at - device->memory.host), truth, said);
	plugin_doubt(device);
}

/* Of 16 bytes, the first eight. */
static void load(const uint8_t *at, unsigned width)
{
	for (unsigned i = 0; i < device->lies.count; i++) {
		struct plugin_lie *lie = &device->lies.lies[i];
		size_t length;
		uint8_t *area;
		unsigned nth;

		if (lie->topic != LIE_LOAD)
			continue;
		area = plugin_layer_area(device, plugin_lie_area(lie), plugin_lie_number(lie),
					 &length);
		if (!area || at < area || (size_t)(at - area) > length ||
		    width > length - (size_t)(at - area) || !means(lie, (size_t)(at - area), width))
			continue;
		nth = lie->seen;
		lie->seen += lie->seen < UINT16_MAX;
		if (nth == lie->nth || (lie->how & LIE_SINCE && nth > lie->nth))
			change((uint8_t *)(uintptr_t)at, width, lie);
	}
}

/* A load of so many bytes, of which the first few may change. */
#define LOADED(bytes, few)                                   \
	void __sanitizer_cov_load##bytes(const uint8_t *at); \
	void __sanitizer_cov_load##bytes(const uint8_t *at)  \
	{                                                    \
		if ((uintptr_t)at - from < size)             \
			load(at, few);                       \
	}

LOADED(1, 1)
LOADED(2, 2)
LOADED(4, 4)
LOADED(8, 8)
LOADED(16, 8)
