/* SPDX-License-Identifier: BSD-3-Clause */
/* The platform of a plug-in (include/virtspec/plugin.h), on a bus that is watched. */
#ifndef VS_HOST_H
#define VS_HOST_H

#include "exam/arena.h"
#include "include/virtspec/plugin.h"
#include "observe/watch.h"

/* What a plug-in holds as its struct virtspec_device. */
struct virtspec_device {
	struct vs_watch watch;
	struct vs_arena arena;
	struct vs_bus *bus;
	const char *argument;
	const struct virtspec_driver *driver;
	void *state; /* the driver's, from probe to remove; NULL: interrupts go nowhere */
	bool interrupting;
	uint64_t alone_ns; /* time that passed after the device was gone */
	uint32_t
		routed[PCI_MSIX_MAX_VECTORS / 32]; /* vectors that the driver asked a message for */
};

extern const struct virtspec_host vs_host;

/*
 * Puts a device for plug-ins on a bus. `subject` has been read; it and the rest have to outlive it.
 * Returns 0, or -1 without memory.
 */
int vs_host_open(struct virtspec_device *device, struct vs_bus *bus, struct vs_subject *subject,
		 struct vs_trace *trace, const char *argument);
void vs_host_close(struct virtspec_device *device);

/* Gives the driver the interrupts that are waiting. */
void vs_host_deliver(struct virtspec_device *device);

/* Pieces of DMA memory that the driver still holds. */
unsigned vs_host_held(const struct virtspec_device *device);

#endif
