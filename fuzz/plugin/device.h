/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The platform of a plug-in under a fuzzer (include/virtspec/plugin.h), with the mock device behind
 * it, whose answers are bent as the input wants (lies.h), and with the monitors watching.
 */
#ifndef FUZZ_PLUGIN_DEVICE_H
#define FUZZ_PLUGIN_DEVICE_H

#include "bus/bus.h"
#include "fuzz/plugin/lies.h"
#include "fuzz/plugin/memory.h"
#include "fuzz/support/oracle.h"
#include "include/virtspec/plugin.h"
#include "mock-device/model/layer.h"
#include "monitor/jury.h"
#include "observe/watch.h"

/* One way to be of the mock device. */
struct plugin_face {
	const char *name;
	struct mock_settings settings;
};

/* A layer over all others of the mock. */
struct plugin_layer {
	struct mock_layer layer;
	struct virtspec_device *device;
};

#define PLUGIN_EVENTS 4096u /* that are kept for the report */
#define PLUGIN_SUPPLY 2048u
#define PLUGIN_ROUTES 32u /* words of vectors */

/* What a plug-in holds as its struct virtspec_device. */
struct virtspec_device {
	struct vs_bus bus;
	struct mock *mock;
	struct plugin_layer top;
	struct plugin_lies lies;
	struct plugin_memory memory;
	bool crooked; /* the mock has quirks */
	struct fuzz_budget budget;

	struct vs_subject subject;
	struct vs_event events[PLUGIN_EVENTS];
	struct vs_trace trace;
	struct vs_watch watch;
	struct vs_jury jury;
	/* Events from this one on: memory changed that is not the device's, or between two
	 * accesses, and who did what cannot be told any more. */
	uint64_t doubtful;

	const struct virtspec_driver *driver;
	void *state; /* the driver's, from probe to remove; NULL: interrupts go nowhere */
	const char *argument;
	bool interrupting, intx;
	uint32_t routed[PLUGIN_ROUTES], arrived[PLUGIN_ROUTES];
	unsigned moments; /* accesses and pauses so far */
	/* Bytes that the device wrote into buffers, the first of them. */
	uint8_t supply[PLUGIN_SUPPLY];
	size_t supplied;
};

/*
 * Power-on, with the lies that d->lies holds. `settings` are of a mock with or without quirks.
 * d->driver and d->argument stay. Returns 0, or -1 where there is no such mock or no memory.
 */
int plugin_device_open(struct virtspec_device *d, const struct mock_settings *settings);
void plugin_device_close(struct virtspec_device *d);

/* The lying layer, put on top of a mock that has just been made. */
void plugin_layer_add(struct virtspec_device *d);
/* Where an area of LIE_POKE and LIE_LOAD begins in host memory, or NULL; *size bytes. */
uint8_t *plugin_layer_area(struct virtspec_device *d, enum plugin_area area, unsigned number,
			   size_t *size);
/* An access or a pause begins: what is to happen by itself now. */
void plugin_layer_moment(struct virtspec_device *d);

/*
 * What the monitors see from now on is no more what the driver saw: memory changed between two
 * accesses or went back to what it was, a used index jumped, or structures are not where they were
 * said to be.
 */
static inline void plugin_doubt(struct virtspec_device *d)
{
	if (d->trace.count < d->doubtful)
		d->doubtful = d->trace.count;
}

/* The device has told the truth so far. */
bool plugin_is_honest(const struct virtspec_device *d);

extern const struct virtspec_host plugin_host;
void plugin_host_deliver(struct virtspec_device *d);

/* Tells the trace what became of the driver. */
void plugin_tell(struct virtspec_device *d, enum vs_life life);

/* The driver's life from probe to remove: `lives` times, until it refuses. Whether it served a
 * request. Ends the process with an oracle's name where something is wrong. */
bool plugin_live(struct virtspec_device *d, unsigned lives);

/* Loads of the driver's (-fsanitize-coverage=trace-loads) go by this device; NULL: none. */
void plugin_loads_of(struct virtspec_device *d);

/* On standard error: the device, the lies that were told, and the events up to the one with this
 * number, or the last. */
void plugin_story(const struct virtspec_device *d, uint64_t number);
/* What the report is to be about when the process ends by a sanitizer. */
void plugin_story_of(const struct virtspec_device *d);
/* The story to its end, and fuzz_oracle(). */
void plugin_oracle(const struct virtspec_device *d, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn, cold));

#endif
