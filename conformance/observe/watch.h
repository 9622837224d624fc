/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Watches a driver on a bus: every access becomes an event of a trace, and the rings are looked at
 * around each of them.
 */
#ifndef VS_WATCH_H
#define VS_WATCH_H

#include "bus/bus.h"
#include "observe/rings.h"
#include "observe/subject.h"

struct vs_watch {
	struct vs_bus *bus;
	struct vs_subject *subject;
	struct vs_trace *trace;
	struct vs_rings *rings;
	struct vs_bus_watcher watcher;
	uint64_t changes; /* of the configuration, that have been told */
	/* Further on, with every event, or NULL. */
	void (*heard)(void *context, const struct vs_event *event);
	void *context;
};

/*
 * Fills in the subject from what stands behind the bus, unseen by the trace: configuration space,
 * BARs, byte order. Profile and names are the caller's. Returns 0, or -1 when the bus is lost.
 */
int vs_subject_read(struct vs_subject *subject, struct vs_bus *bus);

/*
 * Starts to watch: takes bus->trace and bus->watcher, and trace->heard. `memory` is the driver's
 * DMA memory; everything has to outlive the watch. Returns 0, or -1 without memory.
 */
int vs_watch_open(struct vs_watch *watch, struct vs_bus *bus, struct vs_subject *subject,
		  struct vs_trace *trace, const struct vs_rings_memory *memory);
void vs_watch_close(struct vs_watch *watch);

/* Tells the trace something that no access shows. `event->time` is filled in. */
void vs_watch_tell(struct vs_watch *watch, struct vs_event event);

#endif
