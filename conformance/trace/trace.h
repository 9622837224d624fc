/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happened between a driver and a device, in order: every configuration and BAR access, DMA
 * exposure, interrupt and reset as one event. A trace keeps the newest events in a ring and counts
 * all of them, so that a finding can name its range and show the accesses that led to it.
 */
#ifndef VS_TRACE_H
#define VS_TRACE_H

#include <stddef.h>
#include <stdint.h>

enum vs_event_kind {
	VS_EVENT_READ,      /* the driver read `value` */
	VS_EVENT_WRITE,     /* the driver wrote `value` */
	VS_EVENT_INTERRUPT, /* the driver saw vector `offset` (VS_INTX: the line) with level `value`
			     */
	VS_EVENT_RESET,     /* function reset or restart of the device */
	VS_EVENT_NOTE,      /* a remark of the suite: `note` */
};

/* Where an access went: 0 to 5 are BARs. */
enum vs_region {
	VS_REGION_BAR0,
	VS_REGION_CONFIG = 6,
	VS_REGION_NONE = 7,
};

#define VS_INTX 0xffffffffu /* `offset` of an interrupt event that is INTx */

struct vs_event {
	uint64_t time; /* nanoseconds on the bus's clock */
	uint64_t offset;
	uint64_t value;
	const char *note; /* static text, or NULL */
	uint8_t kind;     /* enum vs_event_kind */
	uint8_t region;   /* enum vs_region */
	uint8_t width;    /* bytes */
};

struct vs_trace {
	struct vs_event *events; /* ring of `capacity`, a power of two; NULL records nothing */
	size_t capacity;
	uint64_t count; /* events seen since vs_trace_init; the ring holds the newest */
};

/* Allocates a ring of `capacity` events (a power of two). Returns 0, or -1 without memory. */
int vs_trace_init(struct vs_trace *trace, size_t capacity);
void vs_trace_free(struct vs_trace *trace);

/* Appends an event; the oldest goes when the ring is full. Does nothing on NULL. */
void vs_trace_add(struct vs_trace *trace, const struct vs_event *event);

/*
 * The event with number `index` (0 is the first since vs_trace_init), or NULL when it has not
 * happened or has left the ring. Owned by the trace, valid until the next vs_trace_add.
 */
const struct vs_event *vs_trace_at(const struct vs_trace *trace, uint64_t index);

/* Writes one line about the event, without a newline, into text (always terminated). */
void vs_event_format(const struct vs_event *event, char *text, size_t size);

#endif
