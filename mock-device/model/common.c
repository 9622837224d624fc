/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The common configuration structure (4.1.4.3), field by field.
 *
 * Accesses: a read gives the bytes that are there, whatever its width. A write reaches every field
 * that it covers wholly, in ascending order; a field that it covers in part keeps its value,
 * because a driver that writes half a field breaks 4.1.3.1 and no half of a selector or status
 * makes sense.
 */
#include "mock-device/model/base.h"

struct field {
	uint8_t offset, width;
	uint32_t (*read)(struct mock *mock, struct mock_queue *queue);
	void (*write)(struct mock *mock, struct mock_queue *queue, uint32_t value);
};

/* `queue` is the selected one, or NULL; fields of the whole device ignore it. */
#define READS(name)  static uint32_t name(struct mock *mock, struct mock_queue *queue)
#define WRITES(name) static void name(struct mock *mock, struct mock_queue *queue, uint32_t value)

READS(read_device_feature_select)
{
	(void)queue;
	return mock->device_feature_select;
}

WRITES(write_device_feature_select)
{
	(void)queue;
	mock->device_feature_select = value;
}

READS(read_device_feature)
{
	(void)queue;
	return mock_offered_window(mock, mock->device_feature_select);
}

READS(read_driver_feature_select)
{
	(void)queue;
	return mock->driver_feature_select;
}

WRITES(write_driver_feature_select)
{
	(void)queue;
	mock->driver_feature_select = value;
}

READS(read_driver_feature)
{
	(void)queue;
	return mock_accepted_window(mock, mock->driver_feature_select);
}

WRITES(write_driver_feature)
{
	(void)queue;
	mock_op_accept_features(mock->top, mock->driver_feature_select, value);
}

READS(read_config_vector)
{
	(void)queue;
	return mock->config_vector;
}

WRITES(write_config_vector)
{
	(void)queue;
	mock->config_vector = mock_op_map_vector(mock->top, (uint16_t)value);
}

READS(read_num_queues)
{
	(void)queue;
	return mock->queue_count;
}

READS(read_status)
{
	(void)queue;
	return mock_op_status_read(mock->top);
}

WRITES(write_status)
{
	(void)queue;
	mock_op_status_write(mock->top, (uint8_t)value);
}

READS(read_generation)
{
	(void)queue;
	return mock->generation;
}

READS(read_queue_select)
{
	(void)queue;
	return mock->queue_select;
}

WRITES(write_queue_select)
{
	(void)queue;
	mock->queue_select = (uint16_t)value;
}

READS(read_queue_size)
{
	(void)mock;
	return queue ? queue->size : 0;
}

/* An enabled queue keeps what it was set up with (4.1.4.3.2); one that is not there takes nothing.
 */
static bool settable(const struct mock_queue *queue)
{
	return queue && !queue->enabled;
}

/* A size that is no power of two, or larger than the device can, leaves the size as it was. */
WRITES(write_queue_size)
{
	bool packed = mock_has(mock, VIRTIO_F_RING_PACKED);

	if (!settable(queue) || value == 0 || value > queue->max_size)
		return;
	if (packed || (value & (value - 1)) == 0)
		queue->size = (uint16_t)value;
}

READS(read_queue_vector)
{
	(void)mock;
	return queue ? queue->vector : VIRTIO_MSI_NO_VECTOR;
}

WRITES(write_queue_vector)
{
	if (queue)
		queue->vector = mock_op_map_vector(mock->top, (uint16_t)value);
}

READS(read_queue_enable)
{
	(void)mock;
	return queue && queue->enabled;
}

WRITES(write_queue_enable)
{
	if (settable(queue) && value == 1)
		mock_op_queue_enable(mock->top, queue);
}

static struct mock_queue_info info_of(struct mock *mock, const struct mock_queue *queue)
{
	struct mock_queue_info info = { 0 };

	if (queue)
		mock_op_queue_info(mock->top, queue->index, &info);
	return info;
}

READS(read_queue_notify_off)
{
	return info_of(mock, queue).notify_off;
}

/* The three areas, each as two halves of 32 bits. */
#define AREA(area)                                                                        \
	READS(read_##area##_lo)                                                           \
	{                                                                                 \
		(void)mock;                                                               \
		return queue ? (uint32_t)queue->area : 0;                                 \
	}                                                                                 \
	WRITES(write_##area##_lo)                                                         \
	{                                                                                 \
		(void)mock;                                                               \
		if (settable(queue))                                                      \
			queue->area = (queue->area & ~(uint64_t)UINT32_MAX) | value;      \
	}                                                                                 \
	READS(read_##area##_hi)                                                           \
	{                                                                                 \
		(void)mock;                                                               \
		return queue ? (uint32_t)(queue->area >> 32) : 0;                         \
	}                                                                                 \
	WRITES(write_##area##_hi)                                                         \
	{                                                                                 \
		(void)mock;                                                               \
		if (settable(queue))                                                      \
			queue->area = (queue->area & UINT32_MAX) | (uint64_t)value << 32; \
	}
AREA(descriptor_area)
AREA(driver_area)
AREA(device_area)

/* Fields that exist only with their feature read 0 and take nothing without it. */
READS(read_queue_notif_config_data)
{
	if (!mock_has(mock, VIRTIO_F_NOTIF_CONFIG_DATA))
		return 0;
	return info_of(mock, queue).config_data;
}

/* A queue reset is over before the write that asks for it ends, so nobody ever reads 1. */
READS(read_queue_reset)
{
	(void)mock;
	(void)queue;
	return 0;
}

WRITES(write_queue_reset)
{
	if (queue && value == 1 && mock_has(mock, VIRTIO_F_RING_RESET))
		mock_op_queue_reset(mock->top, queue);
}

READS(read_admin_queue_index)
{
	(void)queue;
	return mock_has(mock, VIRTIO_F_ADMIN_VQ) ? mock->queue_count : 0;
}

READS(read_admin_queue_num)
{
	(void)queue;
	return mock_has(mock, VIRTIO_F_ADMIN_VQ) ? mock->queue_total - mock->queue_count : 0;
}

#define FIELD(member) MOCK_FIELD(struct virtio_pci_common_cfg, member)

static const struct field fields[] = {
	{ FIELD(device_feature_select), read_device_feature_select, write_device_feature_select },
	{ FIELD(device_feature), read_device_feature, NULL },
	{ FIELD(driver_feature_select), read_driver_feature_select, write_driver_feature_select },
	{ FIELD(driver_feature), read_driver_feature, write_driver_feature },
	{ FIELD(config_msix_vector), read_config_vector, write_config_vector },
	{ FIELD(num_queues), read_num_queues, NULL },
	{ FIELD(device_status), read_status, write_status },
	{ FIELD(config_generation), read_generation, NULL },
	{ FIELD(queue_select), read_queue_select, write_queue_select },
	{ FIELD(queue_size), read_queue_size, write_queue_size },
	{ FIELD(queue_msix_vector), read_queue_vector, write_queue_vector },
	{ FIELD(queue_enable), read_queue_enable, write_queue_enable },
	{ FIELD(queue_notify_off), read_queue_notify_off, NULL },
	{ FIELD(queue_desc_lo), read_descriptor_area_lo, write_descriptor_area_lo },
	{ FIELD(queue_desc_hi), read_descriptor_area_hi, write_descriptor_area_hi },
	{ FIELD(queue_driver_lo), read_driver_area_lo, write_driver_area_lo },
	{ FIELD(queue_driver_hi), read_driver_area_hi, write_driver_area_hi },
	{ FIELD(queue_device_lo), read_device_area_lo, write_device_area_lo },
	{ FIELD(queue_device_hi), read_device_area_hi, write_device_area_hi },
	{ FIELD(queue_notif_config_data), read_queue_notif_config_data, NULL },
	{ FIELD(queue_reset), read_queue_reset, write_queue_reset },
	{ FIELD(admin_queue_index), read_admin_queue_index, NULL },
	{ FIELD(admin_queue_num), read_admin_queue_num, NULL },
};
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

/* The field that has the byte, or NULL behind the structure. */
static const struct field *field_at(uint64_t offset)
{
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		if (offset >= fields[i].offset && offset - fields[i].offset < fields[i].width)
			return &fields[i];
	}
	return NULL;
}

uint32_t mock_base_common_read(struct mock_layer *layer, unsigned offset, unsigned width)
{
	const struct field *field = field_at(offset);

	(void)width;
	return field ? field->read(layer->mock, mock_selected_queue(layer->mock)) : 0;
}

void mock_base_common_write(struct mock_layer *layer, unsigned offset, unsigned width,
			    uint32_t value)
{
	const struct field *field = field_at(offset);

	(void)width;
	if (field && field->write)
		field->write(layer->mock, mock_selected_queue(layer->mock), value);
}

static uint64_t region_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			    unsigned width)
{
	uint64_t value = 0;

	(void)region;
	for (unsigned i = 0; i < width;) {
		const struct field *field = field_at(offset + i);
		uint64_t bytes, skip;

		if (!field) {
			i++;
			continue;
		}
		bytes = mock_op_common_read(mock->top, field->offset, field->width);
		skip = offset + i - field->offset;
		bytes &= UINT64_MAX >> (64 - 8 * field->width);
		value |= bytes >> 8 * skip << 8 * i;
		i += field->width - (unsigned)skip;
	}
	return value;
}

static void region_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width, uint64_t value)
{
	(void)region;
	for (unsigned i = 0; i < width;) {
		const struct field *field = field_at(offset + i);

		if (!field || field->offset != offset + i || field->width > width - i) {
			i++;
			continue;
		}
		mock_op_common_write(mock->top, field->offset, field->width,
				     (uint32_t)(value >> 8 * i &
						UINT64_MAX >> (64 - 8 * field->width)));
		i += field->width;
	}
}

const struct mock_registers mock_common_registers = {
	.name = "common configuration",
	.read = region_read,
	.write = region_write,
};
