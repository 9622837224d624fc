/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks at the rings of a driver from the device's side, and tells a trace what it sees as
 * VS_EVENT_QUEUE and those after it: what became available, what changed that had to stay, what the
 * device gave back. It knows where the rings are from the driver's own register accesses, bounds
 * every walk, and reads each byte of guest memory once a look. It judges nothing.
 *
 * For each access of the driver: vs_rings_before(), then the access reaches the device, then it is
 * recorded and vs_rings_hear() gets the event, then vs_rings_after(). What is different before an
 * access, the driver has done; what is different after it, the device has.
 *
 * A driver that runs meanwhile, on a processor of its own, may make new buffers available at any
 * time, and use the places of a buffer for another one as soon as it can see that the device has
 * used it. To follow such a driver without a gap, vs_rings_store() is told of what the device
 * publishes, before the driver can see it.
 */
#ifndef VS_RINGS_H
#define VS_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "observe/subject.h"
#include "trace/trace.h"

struct vs_rings;

/* Guest memory, by bus address. */
struct vs_rings_memory {
	void *context;
	/* 0, or -1 when any byte of the range is not memory that the device can reach. */
	int (*read)(void *context, uint64_t address, void *data, size_t size);
	/* Nanoseconds, for the events. */
	uint64_t (*now)(void *context);
};

/* NULL without memory. `subject` and `trace` have to outlive it. */
struct vs_rings *vs_rings_open(const struct vs_subject *subject,
			       const struct vs_rings_memory *memory, struct vs_trace *trace);
void vs_rings_close(struct vs_rings *rings);

void vs_rings_before(struct vs_rings *rings);
void vs_rings_hear(struct vs_rings *rings, const struct vs_event *event);
void vs_rings_after(struct vs_rings *rings);
/* Within an access, the device is about to store these 16 bits. */
void vs_rings_store(struct vs_rings *rings, uint64_t address, const void *bytes);

#endif
