/* SPDX-License-Identifier: BSD-3-Clause */
/* The device status (2.1): negotiation, going live, reset, suspension and unrecoverable errors. */
#include <string.h>

#include "mock-device/model/base.h"

#define DRIVER_BITS (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FAILED)

/* Legacy drivers use queues before they set DRIVER_OK (3.1.2). */
bool mock_live(const struct mock *mock)
{
	return mock_alive(mock) && (mock->legacy || mock->status & VIRTIO_STATUS_DRIVER_OK) &&
	       !mock->suspending &&
	       !(mock->status &
		 (VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_NEEDS_RESET | VIRTIO_STATUS_FAILED));
}

bool mock_needs_reset(const struct mock *mock)
{
	return mock->status & VIRTIO_STATUS_NEEDS_RESET;
}

uint8_t mock_base_status_read(struct mock_layer *layer)
{
	return layer->mock->status;
}

static void negotiate(struct mock *mock)
{
	if (!mock_op_features_acceptable(mock->top, &mock->accepted))
		return;
	mock_fix_features(mock);
	mock->stepless = mock->legacy = false;
	mock->status |= VIRTIO_STATUS_FEATURES_OK;
	mock_queues_refresh(mock);
	if (mock->class->features_ok)
		mock->class->features_ok(mock);
}

/*
 * DRIVER_OK where there is no FEATURES_OK. In the draft of 2013 a driver that leaves bit 32 clear
 * comes no further: the bit does not take, and nothing is served.
 */
static void go_live_stepless(struct mock *mock)
{
	bool draft = mock->draft && !mock_on_legacy(mock);

	if (mock->status & VIRTIO_STATUS_DRIVER_OK)
		return;
	if (draft && !mock_op_features_acceptable(mock->top, &mock->accepted))
		return;
	mock->status |= VIRTIO_STATUS_DRIVER_OK;
	mock_follow_features(mock);
	/* A legacy driver's choice changes nothing by itself (5.2.5.4). */
	if (draft && mock->class->features_ok)
		mock->class->features_ok(mock);
	mock_op_driver_ok(mock->top);
}

/*
 * Bits come and stay: what the driver leaves out of a later write is not cleared (2.1.1 forbids it
 * to), DEVICE_NEEDS_RESET is not the driver's to set, and DRIVER_OK needs FEATURES_OK first, where
 * that exists; where it does not, the bit is ignored.
 */
void mock_base_status_write(struct mock_layer *layer, uint8_t value)
{
	struct mock *mock = layer->mock;
	uint8_t before = mock->status;

	if (value == 0) {
		mock_op_reset(mock->top);
		return;
	}
	mock->status |= value & DRIVER_BITS;
	if (mock_is_stepless(mock)) {
		if (value & VIRTIO_STATUS_DRIVER_OK)
			go_live_stepless(mock);
		return;
	}
	if (value & VIRTIO_STATUS_FEATURES_OK && !(before & VIRTIO_STATUS_FEATURES_OK))
		negotiate(mock);
	if (before & VIRTIO_STATUS_SUSPEND) {
		if (value & VIRTIO_STATUS_DRIVER_OK)
			mock_op_resume(mock->top);
		return;
	}
	if (before & VIRTIO_STATUS_DRIVER_OK) {
		/* Before initialization is complete SUSPEND means nothing (3.4.2). */
		if (value & VIRTIO_STATUS_SUSPEND && mock_has(mock, VIRTIO_F_SUSPEND))
			mock_op_suspend(mock->top);
	} else if (value & VIRTIO_STATUS_DRIVER_OK && mock->status & VIRTIO_STATUS_FEATURES_OK) {
		mock->status |= VIRTIO_STATUS_DRIVER_OK;
		mock_op_driver_ok(mock->top);
	}
}

/* Buffers and configuration changes that came before are not lost. */
void mock_base_driver_ok(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;

	if (mock->notify_later) {
		mock->notify_later = false;
		mock_op_raise_config_interrupt(mock->top);
	}
	mock_kick_all(mock);
}

/* Everything but the configuration generation, which counts versions of the configuration and
 * would lose its meaning to a driver that compares across a reset. */
void mock_virtio_reset(struct mock *mock)
{
	mock->status = 0;
	mock->isr = 0;
	mock->device_feature_select = mock->driver_feature_select = 0;
	mock->accepted = mock->negotiated = (struct mock_features){ { 0 } };
	mock->stepless = mock->legacy = false;
	mock->config_vector = VIRTIO_MSI_NO_VECTOR;
	mock->queue_select = 0;
	mock->suspending = mock->notify_later = false;
	mock->trouble = NULL;
	for (unsigned i = 0; i < mock->queue_total; i++)
		mock_queue_default(mock, &mock->queues[i]);
	mock_msix_forget_pending(mock);
	mock_admin_reset(mock);
	if (mock->class->reset)
		mock->class->reset(mock);
	mock_update_line(mock);
}

void mock_base_reset(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;
	unsigned changes = mock->changes_later;

	mock_virtio_reset(mock);
	/* What the environment changed during suspension has happened all the same. */
	mock->changes_later = 0;
	while (changes--)
		mock_op_change_config(mock->top);
}

void mock_base_power_on(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;

	mock_forget_timers(mock);
	memcpy(mock->config, mock->shape.bytes, sizeof(mock->config));
	mock_msix_power_on(mock);
	for (unsigned i = 0; i < mock->region_count; i++) {
		if (mock->regions[i].memory)
			memset(mock->regions[i].memory, 0, mock->regions[i].memory_size);
	}
	mock->changes_later = 0;
	if (mock->class->power_on)
		mock->class->power_on(mock);
	mock_virtio_reset(mock);
	mock->generation = 0;
	mock->config_dirty = false;
}

void mock_base_needs_reset(struct mock_layer *layer, const char *why)
{
	struct mock *mock = layer->mock;

	if (mock_needs_reset(mock) || !mock_alive(mock))
		return;
	mock->status |= VIRTIO_STATUS_NEEDS_RESET;
	mock->trouble = why;
	/* A suspended device has DRIVER_OK clear, so it stays silent. */
	if (mock->status & VIRTIO_STATUS_DRIVER_OK)
		mock_op_raise_config_interrupt(mock->top);
}

/* Stops taking buffers, and is suspended as soon as those that it has are used (3.4.2). */
void mock_base_suspend(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;

	if (mock_needs_reset(mock))
		return;
	mock->suspending = true;
	mock_suspended_yet(mock);
}

void mock_suspended_yet(struct mock *mock)
{
	if (!mock->suspending)
		return;
	for (unsigned i = 0; i < mock->queue_total; i++) {
		if (mock->queues[i].taken_count)
			return;
	}
	mock->suspending = false;
	mock->status &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
	mock->status |= VIRTIO_STATUS_SUSPEND;
}

void mock_base_resume(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;
	unsigned changes = mock->changes_later;

	if (mock_needs_reset(mock))
		return;
	mock->status &= (uint8_t)~VIRTIO_STATUS_SUSPEND;
	mock->status |= VIRTIO_STATUS_DRIVER_OK;
	mock->changes_later = 0;
	while (changes--)
		mock_op_change_config(mock->top);
	mock_kick_all(mock);
}
