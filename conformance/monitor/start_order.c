/* SPDX-License-Identifier: BSD-3-Clause */
#include "monitor/start_order.h"

/* Bits that the device shows by itself are given back to it, and one who gives up sets FAILED on
 * top of whatever there is. */
static void judge_status(struct vs_judge *j, uint8_t value)
{
	uint8_t written = j->model->written;
	uint8_t fresh = value & (uint8_t) ~(written | j->model->status_read);

	if (value & VIRTIO_STATUS_FAILED)
		return;
	if (fresh & VIRTIO_STATUS_DRIVER)
		vs_keep(j, (written | value) & VIRTIO_STATUS_ACKNOWLEDGE,
			"ACKNOWLEDGE before DRIVER", "status %#x written after %#x", value,
			written);
	if (fresh & VIRTIO_STATUS_DRIVER_OK)
		vs_keep(j, written & VIRTIO_STATUS_DRIVER, "DRIVER before DRIVER_OK",
			"status %#x written after %#x", value, written);
}

void vs_judge_start_order(struct vs_judge *j, const struct vs_seen *seen)
{
	bool ready = (j->model->written & VIRTIO_STATUS_DRIVER) && !j->model->driver_ok;
	uint64_t value = seen->event->value;

	if (!vs_is_write(seen) || (seen->field >= 0 && !seen->whole))
		return;
	if (seen->field == VS_DEVICE_STATUS)
		judge_status(j, (uint8_t)value);
	else if (seen->field == VS_DRIVER_FEATURE)
		vs_keep(j, ready, "features between DRIVER and DRIVER_OK",
			"features written, status %#x", j->model->written);
	else if ((seen->field == VS_QUEUE_ADDRESS && value) || seen->field == VS_QUEUE_ENABLE)
		vs_keep(j, ready, "queues between DRIVER and DRIVER_OK",
			"queue %d set up, status %#x", seen->queue, j->model->written);
}
