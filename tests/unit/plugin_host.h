/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small platform for plug-ins: struct virtspec_host over a mock device, in process, with a record
 * of the accesses. BARs are where the mock has them; nothing checks decoding.
 */
#ifndef PLUGIN_HOST_H
#define PLUGIN_HOST_H

#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/virtspec/plugin.h"
#include "mock-device/model/mock.h"
#include "spec/pci.h"

#define HOST_ADDRESS UINT64_C(0x40000000)
#define HOST_MEMORY  (UINT64_C(8) << 20)
#define HOST_MSI     UINT64_C(0xfee00000)
#define HOST_RECORD  (1u << 16)

struct host_access {
	bool write;
	unsigned region; /* 6: configuration space */
	uint64_t offset, value;
	unsigned width;
};

struct virtspec_device {
	struct mock *mock;
	const struct virtspec_driver *driver;
	void *state; /* from probe to remove */
	const char *argument;
	bool big_endian;
	uint8_t *memory;
	size_t used;
	unsigned held; /* pieces of memory that the driver has */
	bool line, interrupting;
	uint8_t arrived[PCI_MSIX_MAX_VECTORS / 8];
	struct host_access *record;
	unsigned count;      /* of accesses; the record holds the first HOST_RECORD */
	bool all_ones;       /* the device was pulled out */
	unsigned pull_after; /* that happens after so many accesses; 0: never */
	uint64_t babble; /* other than 0: the device answers and writes nonsense, by this seed */
	size_t memory_limit; /* no piece of memory is larger; 0: no limit */
	char log[4096];
};

static inline void *host_map(void *context, uint64_t address, size_t size)
{
	const struct virtspec_device *d = context;

	if (address < HOST_ADDRESS || address - HOST_ADDRESS > HOST_MEMORY ||
	    size > HOST_MEMORY - (address - HOST_ADDRESS))
		return NULL;
	return d->memory + (address - HOST_ADDRESS);
}

static inline int host_dma_read(void *context, uint64_t address, void *data, size_t size)
{
	const void *at = host_map(context, address, size);

	if (at)
		memcpy(data, at, size);
	return at ? 0 : -1;
}

static inline int host_dma_write(void *context, uint64_t address, const void *data, size_t size)
{
	void *at = host_map(context, address, size);

	if (at)
		memcpy(at, data, size);
	return at ? 0 : -1;
}

static inline void host_msi(void *context, unsigned vector, uint64_t address, uint32_t data)
{
	struct virtspec_device *d = context;
	uint64_t entry = (address - HOST_MSI) / 4;

	(void)vector;
	(void)data;
	if (address >= HOST_MSI && entry < PCI_MSIX_MAX_VECTORS)
		d->arrived[entry / 8] |= (uint8_t)(1u << entry % 8);
}

static inline void host_intx(void *context, bool level)
{
	struct virtspec_device *d = context;

	d->line = level;
}

static inline void host_note(struct virtspec_device *d, bool write, unsigned region,
			     uint64_t offset, unsigned width, uint64_t value)
{
	if (d->count < HOST_RECORD)
		d->record[d->count] = (struct host_access){ write, region, offset, value, width };
	d->count++;
	if (d->count == d->pull_after)
		d->all_ones = true;
	mock_advance(d->mock, 200);
}

static inline uint64_t host_ones(unsigned width)
{
	return width == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * width) - 1;
}

static inline uint64_t host_random(struct virtspec_device *d)
{
	d->babble ^= d->babble << 13;
	d->babble ^= d->babble >> 7;
	d->babble ^= d->babble << 17;
	return d->babble;
}

/* One read in 32 is answered with nonsense: any number, or a small one. */
static inline uint64_t host_answer(struct virtspec_device *d, uint64_t value, unsigned width)
{
	uint64_t number;

	if (!d->babble || host_random(d) % 32)
		return value;
	number = host_random(d);
	return (number >> 60 ? number >> (number >> 56 & 15) * 4 : number & 3) & host_ones(width);
}

/* Bytes here and there in the driver's memory change. */
static inline void host_scribble(struct virtspec_device *d)
{
	for (unsigned i = 0; d->babble && d->used && i < 8; i++)
		d->memory[host_random(d) % (d->used < 65536 ? d->used : 65536)] =
			(uint8_t)(host_random(d) >> 20);
}

static inline uint32_t host_config_read(struct virtspec_device *d, unsigned offset, unsigned width)
{
	uint32_t value =
		d->all_ones ? (uint32_t)host_ones(width) : mock_config_read(d->mock, offset, width);

	value = (uint32_t)host_answer(d, value, width);
	host_note(d, false, 6, offset, width, value);
	return value;
}

static inline void host_config_write(struct virtspec_device *d, unsigned offset, unsigned width,
				     uint32_t value)
{
	if (!d->all_ones)
		mock_config_write(d->mock, offset, width, value);
	host_note(d, true, 6, offset, width, value);
}

static inline uint64_t host_bar_size(struct virtspec_device *d, unsigned bar)
{
	return mock_bar_info(d->mock, bar).size;
}

static inline bool host_bar_is_io(struct virtspec_device *d, unsigned bar)
{
	return mock_bar_info(d->mock, bar).io;
}

static inline uint64_t host_bar_read(struct virtspec_device *d, unsigned bar, uint64_t offset,
				     unsigned width)
{
	uint64_t value =
		d->all_ones ? host_ones(width) : mock_bar_read(d->mock, bar, offset, width);

	value = host_answer(d, value, width);
	host_note(d, false, bar, offset, width, value);
	return value;
}

static inline void host_bar_write(struct virtspec_device *d, unsigned bar, uint64_t offset,
				  unsigned width, uint64_t value)
{
	if (!d->all_ones)
		mock_bar_write(d->mock, bar, offset, width, value);
	host_note(d, true, bar, offset, width, value);
}

static inline void *host_dma_alloc(struct virtspec_device *d, size_t size, size_t align,
				   uint64_t *address)
{
	size_t at = (d->used + align - 1) & ~(align - 1);

	if (at > HOST_MEMORY || size > HOST_MEMORY - at ||
	    (d->memory_limit && size > d->memory_limit))
		return NULL;
	d->used = at + size;
	d->held++;
	memset(d->memory + at, 0, size);
	*address = HOST_ADDRESS + at;
	return d->memory + at;
}

static inline void host_dma_free(struct virtspec_device *d, void *memory)
{
	(void)memory;
	if (--d->held == 0)
		d->used = 0;
}

static inline void host_message(struct virtspec_device *d, unsigned vector, uint64_t *address,
				uint32_t *data)
{
	(void)d;
	*address = HOST_MSI + (uint64_t)vector * 4;
	*data = 1;
}

static inline uint64_t host_now(struct virtspec_device *d)
{
	return mock_now(d->mock);
}

static inline void host_deliver(struct virtspec_device *d)
{
	if (!d->state || d->interrupting)
		return;
	d->interrupting = true;
	for (int vector = 0; vector < 64; vector++) {
		uint8_t bit = (uint8_t)(1u << vector % 8);

		if (!(d->arrived[vector / 8] & bit))
			continue;
		d->arrived[vector / 8] &= (uint8_t)~bit;
		d->driver->interrupt(d->state, vector);
	}
	for (unsigned i = 0; d->line && i < 8; i++)
		d->driver->interrupt(d->state, -1);
	d->interrupting = false;
}

static inline void host_pause(struct virtspec_device *d, uint64_t ns)
{
	mock_advance(d->mock, ns);
	host_scribble(d);
	host_deliver(d);
}

static inline void host_log(struct virtspec_device *d, const char *text)
{
	size_t used = strlen(d->log);

	snprintf(d->log + used, sizeof(d->log) - used, "%s\n", text);
}

static inline const char *host_argument(struct virtspec_device *d)
{
	return d->argument;
}

static inline bool host_big_endian(struct virtspec_device *d)
{
	return d->big_endian;
}

static const struct virtspec_host plugin_host = {
	.config_read = host_config_read,
	.config_write = host_config_write,
	.bar_size = host_bar_size,
	.bar_is_io = host_bar_is_io,
	.bar_read = host_bar_read,
	.bar_write = host_bar_write,
	.dma_alloc = host_dma_alloc,
	.dma_free = host_dma_free,
	.msix_message = host_message,
	.now = host_now,
	.pause = host_pause,
	.log = host_log,
	.argument = host_argument,
	.big_endian = host_big_endian,
};

/* The plug-in of the build with this name. The object stays loaded. */
static inline const struct virtspec_driver *plugin_load(const char *name)
{
	const struct virtspec_driver *(*get)(void);
	char path[512];
	void *object, *symbol;

	snprintf(path, sizeof(path), "%s/%s.so", VIRTSPEC_PLUGINS, name);
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object) {
		fprintf(stderr, "%s\n", dlerror());
		return NULL;
	}
	symbol = dlsym(object, "virtspec_plugin");
	if (!symbol)
		return NULL;
	memcpy(&get, &symbol, sizeof(get));
	return get();
}

/* False where the mock cannot be made so. */
static inline bool plugin_open(struct virtspec_device *d, const char *plugin,
			       const struct mock_settings *settings, const char *argument)
{
	struct mock_host mock_host = { d,        host_map,  host_dma_read, host_dma_write,
				       host_msi, host_intx, NULL };
	char error[200];

	*d = (struct virtspec_device){ .argument = argument,
				       .big_endian = settings->big_endian,
				       .memory = calloc(1, HOST_MEMORY),
				       .record = calloc(HOST_RECORD, sizeof(*d->record)),
				       .driver = plugin_load(plugin) };
	if (!d->memory || !d->record || !d->driver)
		return false;
	d->mock = mock_create(settings, &mock_host, error, sizeof(error));
	if (!d->mock)
		fprintf(stderr, "%s\n", error);
	return d->mock;
}

static inline void plugin_close(struct virtspec_device *d)
{
	if (d->mock)
		mock_destroy(d->mock);
	free(d->memory);
	free(d->record);
}

#endif
