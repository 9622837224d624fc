/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device-specific configuration (2.5, 4.1.4.6) and its generation. The class makes the whole
 * structure for every read, so any width at any offset gives the bytes that are there.
 */
#include <assert.h>

#include "mock-device/model/base.h"

#define CONFIG_MAX 256u

/*
 * 4.1.4.3.1: what has changed since the driver last read any part of the configuration shows in the
 * generation once the driver has read it. The flag makes 256 unread changes one step, not none.
 */
uint64_t mock_base_device_config_read(struct mock_layer *layer, unsigned offset, unsigned width)
{
	struct mock *mock = layer->mock;
	uint8_t image[CONFIG_MAX] = { 0 };

	assert(mock->class->config_size <= CONFIG_MAX);
	if (mock->config_dirty) {
		mock->config_dirty = false;
		mock->generation++;
	}
	if (mock->class->config)
		mock->class->config(mock, image);
	return offset + width <= CONFIG_MAX ? vs_load_le(image + offset, width) : 0;
}

/* While suspended the configuration takes no writes (3.4.2). The common configuration is not meant:
 * on PCI it is another structure, and holds the status that ends the suspension. */
void mock_base_device_config_write(struct mock_layer *layer, unsigned offset, unsigned width,
				   uint64_t value)
{
	struct mock *mock = layer->mock;

	if (mock->suspending || mock->status & VIRTIO_STATUS_SUSPEND)
		return;
	if (mock->class->config_write)
		mock->class->config_write(mock, offset, width, value);
}

void mock_config_touched(struct mock *mock)
{
	mock->config_dirty = true;
	mock->config_changes++;
}

uint64_t mock_config_changes(const struct mock *mock)
{
	return mock->config_changes;
}

/* A suspended device modifies no field and yet has to tell of changes when it resumes (3.4.2): so
 * a change waits until then, as a whole. */
bool mock_base_change_config(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;

	if (!mock->class->change)
		return false;
	if (mock->suspending || mock->status & VIRTIO_STATUS_SUSPEND) {
		mock->changes_later++;
		return true;
	}
	if (!mock->class->change(mock))
		return false;
	mock_op_config_changed(mock->top);
	return true;
}

/* No notification may go out before DRIVER_OK (2.4.1), but a driver on its way there may have read
 * the old value: it hears of the change as soon as it is there. */
void mock_base_config_changed(struct mock_layer *layer)
{
	struct mock *mock = layer->mock;

	mock_config_touched(mock);
	if (mock->status & VIRTIO_STATUS_DRIVER_OK)
		mock_op_raise_config_interrupt(mock->top);
	else
		mock->notify_later = mock->status != 0;
}

static uint64_t region_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			    unsigned width)
{
	(void)region;
	/* A region longer than the structure, where a layer says so, reads 0 behind it. */
	if (offset > CONFIG_MAX)
		return 0;
	return mock_op_device_config_read(mock->top, (unsigned)offset, width);
}

static void region_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width, uint64_t value)
{
	(void)region;
	if (offset <= CONFIG_MAX)
		mock_op_device_config_write(mock->top, (unsigned)offset, width, value);
}

const struct mock_registers mock_device_config_registers = {
	.name = "device configuration",
	.face = MOCK_FACE_MODERN,
	.read = region_read,
	.write = region_write,
};

bool mock_change_config(struct mock *mock)
{
	bool changed = mock_alive(mock) && mock_op_change_config(mock->top);

	mock_run(mock);
	return changed;
}
