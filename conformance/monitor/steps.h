/* SPDX-License-Identifier: BSD-3-Clause */
/* Steps of a start-up (3.1.1) as they show in single accesses, for the monitors of several rules.
 */
#ifndef VS_STEPS_H
#define VS_STEPS_H

#include "monitor/monitor.h"

#define VS_STATUS_STEPS                                                                 \
	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | \
	 VIRTIO_STATUS_DRIVER_OK)

/* A write of the status that is no reset, through whichever interface. */
static inline bool vs_is_status(const struct vs_seen *seen)
{
	return vs_writes(seen, VS_DEVICE_STATUS) && seen->whole && (uint8_t)seen->event->value;
}

/*
 * The bits that this write of the status is the first to set since the last reset; none when it
 * writes no status. A bit that the device showed unasked is not the driver's.
 */
static inline uint8_t vs_new_status(const struct vs_model *model, const struct vs_seen *seen)
{
	return vs_is_status(seen)
		       ? (uint8_t)seen->event->value & (uint8_t) ~(model->status | model->written)
		       : 0;
}

/* The choice of features is settled: FEATURES_OK, or where the driver leaves that out, as on the
 * legacy interface, DRIVER_OK. */
static inline bool vs_settles_features(const struct vs_model *model, const struct vs_seen *seen)
{
	uint8_t set = vs_new_status(model, seen);

	return !model->features_ok && !model->failed &&
	       (set & (VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK));
}

/*
 * Whether the device offers a feature, as far as the driver was told or the trace knows. A device
 * that tells the driver now this, now that has offered both.
 */
enum vs_offer { VS_OFFER_UNKNOWN, VS_OFFER_NO, VS_OFFER_YES };
static inline enum vs_offer vs_offers(const struct vs_model *model, unsigned bit)
{
	static const struct vs_features none;
	const struct vs_features *truth = &model->subject->offered;
	bool read = model->offer_read >> bit / 32 & 1;

	if (vs_features_has(truth, bit) || (read && vs_features_has(&model->offered, bit)))
		return VS_OFFER_YES;
	return read || !vs_features_equal(truth, &none) ? VS_OFFER_NO : VS_OFFER_UNKNOWN;
}

/* A virtqueue is given its size, its memory or its vector, or is enabled. Taking a vector away is
 * no set-up: drivers do it when they leave. */
static inline bool vs_sets_queue_up(const struct vs_seen *seen)
{
	if (!vs_is_write(seen) || !seen->whole)
		return false;
	switch (seen->field) {
	case VS_QUEUE_SIZE:
	case VS_QUEUE_DESC:
	case VS_QUEUE_DRIVER:
	case VS_QUEUE_DEVICE:
	case VS_QUEUE_ENABLE:
	case VS_QUEUE_ADDRESS:
		return seen->event->value != 0;
	case VS_QUEUE_MSIX_VECTOR:
		return seen->event->value != VIRTIO_MSI_NO_VECTOR;
	default:
		return false;
	}
}

/* The device-specific configuration is written, other than with the emergency output of a console,
 * which is allowed at any time (5.3.5). */
bool vs_writes_config(const struct vs_model *model, const struct vs_seen *seen);

#endif
