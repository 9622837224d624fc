/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an input makes a device say that is not so. An input is a head, which chooses the device,
 * and a list of lies; each names what it is about, a place in it, and at which occasion there it is
 * told. No lies at all: an honest device. So one lie more or less leaves the others what they were.
 */
#ifndef FUZZ_PLUGIN_LIES_H
#define FUZZ_PLUGIN_LIES_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/support/input.h"

enum plugin_topic {
	LIE_CONFIG,   /* configuration space: place an offset */
	LIE_COMMON,   /* common configuration: place an offset */
	LIE_LEGACY,   /* the legacy header: the same */
	LIE_DEVICE,   /* device-specific configuration: the same */
	LIE_ISR,      /* the ISR status */
	LIE_USED_ID,  /* place the virtqueue: the id of a used buffer */
	LIE_USED_LEN, /* and its length */
	LIE_PUBLISH,  /* place the virtqueue: used buffers are not shown, or more are than there are
		       */
	LIE_STALL,    /* place the virtqueue: what is available is not looked at */
	LIE_INTERRUPT, /* place the virtqueue (LIE_ANY: the configuration): lost, or a second one */
	LIE_DATA,      /* place an offset in a device-writable buffer: other bytes */
	LIE_POKE,      /* at an access or pause: memory changes, see plugin_lie_place() */
	LIE_LOAD,      /* just before the driver's own load: the same */
	LIE_EVENT, /* at an access or pause, place says what happens: see enum plugin_happening */
	LIE_ALLOC, /* the platform has no DMA memory */
	LIE_STEP,  /* not a lie: step `place` of the driver's life is another one */
	LIE_TOPICS,
};

enum plugin_happening {
	HAPPENS_QUEUE_INTERRUPT, /* that nobody asked for, of virtqueue `value` */
	HAPPENS_CONFIG_INTERRUPT,
	HAPPENS_CONFIG_CHANGE, /* the device-specific configuration changes; no lie either */
	HAPPENS_NEEDS_RESET,
	HAPPENS_DEATH, /* the function is gone: all ones */
	HAPPENS_COUNT,
};

#define LIE_ANY     0xffffu /* as a place: any */
#define LIE_RECORD  10u     /* bytes: topic, how, place, nth, value */
#define LIES_MAX    48u
#define LIES_LOGGED 16u

/* How the truth is bent; LIE_SINCE: not once, but from the nth occasion on. */
enum plugin_how {
	BEND_SET,
	BEND_XOR,
	BEND_ADD,
	BEND_AND,
	BEND_ONES,
	BEND_ZERO,
	BEND_OR,
	BEND_WIDE, /* the value in the upper half as well */
	BENDS,
	LIE_SINCE = 8,
};

struct plugin_lie {
	uint8_t topic, how;
	uint16_t place, nth;
	uint32_t value;
	uint16_t seen; /* occasions so far */
};

/* One that was told, for the report. */
struct plugin_told {
	uint64_t event; /* number of the next event of the trace */
	uint64_t truth, said;
	uint16_t place;
	uint8_t topic;
};

struct plugin_lies {
	struct plugin_lie lies[LIES_MAX];
	unsigned count;
	uint32_t topics; /* that have any, one bit each */
	unsigned told;   /* of them: those of LIE_STEP do not count */
	struct plugin_told log[LIES_LOGGED];
	const uint64_t *event; /* counts the events of the trace */
};

void plugin_lies_read(struct plugin_lies *lies, struct fuzz_input *in, const uint64_t *event);

/* The lie that is due at [place, place + span), or NULL; counts the occasion. */
const struct plugin_lie *plugin_lie_due(struct plugin_lies *lies, enum plugin_topic topic,
					unsigned place, unsigned span);

/* `value`, as it is to be said: `width` bytes at `place`. */
uint64_t plugin_lie(struct plugin_lies *lies, enum plugin_topic topic, unsigned place,
		    unsigned width, uint64_t value);

/* A number of `width` bytes bent. */
uint64_t plugin_bend(const struct plugin_lie *lie, unsigned width, uint64_t value);

/* Notes that it was told. */
void plugin_lie_log(struct plugin_lies *lies, enum plugin_topic topic, unsigned place,
		    uint64_t truth, uint64_t said);

const char *plugin_topic_name(enum plugin_topic topic);

/*
 * The place of LIE_POKE and LIE_LOAD: an area in the upper four bits of `how` (four virtqueues'
 * device areas, descriptor areas, driver areas, then four pieces of the driver's DMA memory in the
 * order of allocation) and an offset in it.
 */
enum plugin_area {
	AREA_DEVICE,
	AREA_DESCRIPTOR,
	AREA_DRIVER,
	AREA_PIECE,
};

static inline enum plugin_area plugin_lie_area(const struct plugin_lie *lie)
{
	return (enum plugin_area)(lie->how >> 6);
}

static inline unsigned plugin_lie_number(const struct plugin_lie *lie)
{
	return lie->how >> 4 & 3;
}

#endif
