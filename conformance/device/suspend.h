/* SPDX-License-Identifier: BSD-3-Clause */
/* Suspending and resuming, for the checks of 3.4. */
#ifndef VS_SUSPEND_H
#define VS_SUSPEND_H

#include "engine/check.h"

/* What a device_status says. */
static inline bool vs_is_suspended(uint8_t status)
{
	return (status & (VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_DRIVER_OK)) ==
	       VIRTIO_STATUS_SUSPEND;
}

static inline bool vs_is_running(uint8_t status)
{
	return (status & (VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_DRIVER_OK)) ==
	       VIRTIO_STATUS_DRIVER_OK;
}

static inline bool vs_gave_up(uint8_t status)
{
	return status & VIRTIO_STATUS_NEEDS_RESET;
}

/* Adds a bit and waits for what it should lead to, or for DEVICE_NEEDS_RESET. The last status. */
uint8_t vs_change_to(struct vs_ctx *t, uint8_t bit, bool (*there)(uint8_t status));

/* For checks that build on it. A device may fail, if it says so: then they skip. */
void vs_suspend(struct vs_ctx *t);
void vs_resume(struct vs_ctx *t);

#endif
