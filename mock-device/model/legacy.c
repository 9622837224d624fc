/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The legacy interface: the header in BAR 0 with device configuration behind it (4.1.4.10), and
 * queues in one piece (2.7.2).
 *
 * The device is one, whatever it is used through: status, queues and ISR status are those of the
 * common configuration. What makes a legacy driver is that it accepts features, gives the address
 * of a queue or sets DRIVER_OK here; until the next reset its rings and requests are then in the
 * byte order of the guest. Device configuration is so whenever it is accessed here.
 */
#include "spec/legacy.h"
#include "mock-device/model/base.h"
#include "mock-device/model/fields.h"
#include "spec/split_ring.h"

bool mock_on_legacy(const struct mock *mock)
{
	return mock->face == MOCK_FACE_LEGACY || (mock->face == MOCK_FACE_NONE && mock->legacy);
}

bool mock_legacy_driver(const struct mock *mock)
{
	return mock->legacy;
}

bool mock_swaps(const struct mock *mock)
{
	return mock->big_endian && mock_on_legacy(mock);
}

uint64_t mock_legacy_length(const struct mock *mock)
{
	if (mock->interface == MOCK_MODERN)
		return 0;
	return VIRTIO_LEGACY_CONFIG(true) + mock->class->config_size;
}

MOCK_READS(read_device_features)
{
	(void)queue;
	return mock_offered_window(mock, 0);
}

MOCK_READS(read_driver_features)
{
	(void)queue;
	return mock_accepted_window(mock, 0);
}

MOCK_WRITES(write_driver_features)
{
	(void)queue;
	mock_op_accept_features(mock->top, 0, value);
}

/* A queue that the modern interface set up may lie anywhere: then this is where it starts, roughly.
 */
MOCK_READS(read_queue_address)
{
	(void)mock;
	if (!queue || !queue->enabled)
		return 0;
	return (uint32_t)(queue->descriptor_area >> VIRTIO_LEGACY_PAGE_SHIFT);
}

/* A queue in use that is given another place, or the same once more, starts anew there. Its vector
 * stays: the driver may set that first. */
MOCK_WRITES(write_queue_address)
{
	uint16_t vector;

	mock_follow_features(mock);
	/* Which may have taken the queue away. */
	if (!queue || !queue->max_size)
		return;
	vector = queue->vector;
	if (queue->enabled)
		mock_queue_clear(mock, queue);
	if (value == 0)
		return;
	queue->vector = vector;
	mock_op_legacy_queue_parts(mock->top, queue, value);
	mock_op_queue_enable(mock->top, queue);
}

void mock_base_legacy_queue_parts(struct mock_layer *layer, struct mock_queue *queue, uint32_t page)
{
	const uint64_t align = VIRTIO_LEGACY_QUEUE_ALIGN;
	uint64_t end;

	(void)layer;
	queue->descriptor_area = (uint64_t)page << VIRTIO_LEGACY_PAGE_SHIFT;
	queue->driver_area = queue->descriptor_area + (uint64_t)VIRTQ_DESC_SIZE * queue->size;
	end = queue->driver_area + VIRTQ_AVAIL_SIZE((uint64_t)queue->size);
	queue->device_area = (end + align - 1) / align * align;
}

MOCK_READS(read_queue_size)
{
	(void)mock;
	return queue ? queue->size : 0;
}

MOCK_READS(read_queue_select)
{
	(void)queue;
	return mock->queue_select;
}

MOCK_WRITES(write_queue_select)
{
	(void)queue;
	mock->queue_select = (uint16_t)value;
}

/* The register keeps nothing: it reads 0. */
MOCK_READS(read_notify)
{
	(void)mock;
	(void)queue;
	return 0;
}

MOCK_WRITES(write_notify)
{
	(void)queue;
	if (value < mock->queue_total && mock->queues[value].max_size)
		mock_op_queue_notified(mock->top, &mock->queues[value]);
}

MOCK_READS(read_status)
{
	(void)queue;
	return mock_op_status_read(mock->top);
}

MOCK_WRITES(write_status)
{
	(void)queue;
	mock_op_status_write(mock->top, (uint8_t)value);
}

MOCK_READS(read_isr)
{
	(void)queue;
	return mock_op_isr_read(mock->top);
}

MOCK_READS(read_config_vector)
{
	(void)queue;
	return mock->config_vector;
}

MOCK_WRITES(write_config_vector)
{
	(void)queue;
	mock->config_vector = mock_op_map_vector(mock->top, (uint16_t)value);
}

MOCK_READS(read_queue_vector)
{
	(void)mock;
	return queue ? queue->vector : VIRTIO_MSI_NO_VECTOR;
}

MOCK_WRITES(write_queue_vector)
{
	if (queue)
		queue->vector = mock_op_map_vector(mock->top, (uint16_t)value);
}

static const struct mock_field header[] = {
	{ VIRTIO_LEGACY_DEVICE_FEATURES, 4, read_device_features, NULL },
	{ VIRTIO_LEGACY_DRIVER_FEATURES, 4, read_driver_features, write_driver_features },
	{ VIRTIO_LEGACY_QUEUE_ADDRESS, 4, read_queue_address, write_queue_address },
	{ VIRTIO_LEGACY_QUEUE_SIZE, 2, read_queue_size, NULL },
	{ VIRTIO_LEGACY_QUEUE_SELECT, 2, read_queue_select, write_queue_select },
	{ VIRTIO_LEGACY_QUEUE_NOTIFY, 2, read_notify, write_notify },
	{ VIRTIO_LEGACY_DEVICE_STATUS, 1, read_status, write_status },
	{ VIRTIO_LEGACY_ISR_STATUS, 1, read_isr, NULL },
	{ VIRTIO_LEGACY_CONFIG_VECTOR, 2, read_config_vector, write_config_vector },
	{ VIRTIO_LEGACY_QUEUE_VECTOR, 2, read_queue_vector, write_queue_vector },
};

static const struct mock_fields fields = {
	.field = header,
	.count = sizeof(header) / sizeof(header[0]),
	.read = mock_op_legacy_read,
	.write = mock_op_legacy_write,
};

uint32_t mock_base_legacy_read(struct mock_layer *layer, unsigned offset, unsigned width)
{
	(void)width;
	return mock_field_read(layer->mock, &fields, offset);
}

void mock_base_legacy_write(struct mock_layer *layer, unsigned offset, unsigned width,
			    uint32_t value)
{
	(void)width;
	mock_field_write(layer->mock, &fields, offset, value);
}

/* Enabled counts: a capability that nobody turned on moves nothing. */
unsigned mock_base_legacy_config(struct mock_layer *layer)
{
	return VIRTIO_LEGACY_CONFIG(mock_msix_enabled(layer->mock));
}

/* The bytes of an access that lie in the header; the others are device configuration. Where the
 * header ends is asked once, because an access may move it. */
static unsigned in_header(uint64_t offset, unsigned width, unsigned end)
{
	if (offset >= end)
		return 0;
	return width < end - offset ? width : (unsigned)(end - offset);
}

static uint64_t region_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			    unsigned width)
{
	unsigned end = mock_op_legacy_config(mock->top);
	unsigned part = in_header(offset, width, end);
	uint64_t value;

	(void)region;
	if (!part)
		return mock_op_device_config_read(mock->top, (unsigned)(offset - end), width);
	value = mock_fields_read(mock, &fields, offset, part);
	for (unsigned i = part; i < width; i++)
		value |= (mock_op_device_config_read(mock->top, (unsigned)(offset + i - end), 1) &
			  UINT8_MAX)
			 << 8 * i;
	return value;
}

static void region_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width, uint64_t value)
{
	unsigned end = mock_op_legacy_config(mock->top);
	unsigned part = in_header(offset, width, end);

	(void)region;
	if (!part) {
		mock_op_device_config_write(mock->top, (unsigned)(offset - end), width, value);
		return;
	}
	mock_fields_write(mock, &fields, offset, part, value);
	for (unsigned i = part; i < width; i++)
		mock_op_device_config_write(mock->top, (unsigned)(offset + i - end), 1,
					    value >> 8 * i & UINT8_MAX);
}

const struct mock_registers mock_legacy_registers = {
	.name = "legacy header",
	.face = MOCK_FACE_LEGACY,
	.read = region_read,
	.write = region_write,
};
