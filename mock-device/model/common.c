/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The common configuration structure (4.1.4.3), field by field.
 */
#include "mock-device/model/base.h"
#include "mock-device/model/fields.h"

#define READS  MOCK_READS
#define WRITES MOCK_WRITES

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
	/* In the draft of 2013 the byte is not used. */
	return mock->draft ? 0 : mock->generation;
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

/* A paused queue that is set up differently does not go on: what it had is gone. */
static void replace(struct mock_queue *queue)
{
	if (queue->paused)
		mock_chains_drop(queue);
	queue->paused = false;
}

/* A size that is no power of two, or larger than the device can, leaves the size as it was. */
WRITES(write_queue_size)
{
	bool packed = mock_has(mock, VIRTIO_F_RING_PACKED);

	if (!settable(queue) || value == 0 || value > queue->max_size)
		return;
	if (packed || (value & (value - 1)) == 0) {
		replace(queue);
		queue->size = (uint16_t)value;
	}
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
	else if (mock->draft && queue && queue->enabled && value == 0)
		mock_op_queue_disable(mock->top, queue);
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
		if (settable(queue)) {                                                    \
			replace(queue);                                                   \
			queue->area = (queue->area & ~(uint64_t)UINT32_MAX) | value;      \
		}                                                                         \
	}                                                                                 \
	READS(read_##area##_hi)                                                           \
	{                                                                                 \
		(void)mock;                                                               \
		return queue ? (uint32_t)(queue->area >> 32) : 0;                         \
	}                                                                                 \
	WRITES(write_##area##_hi)                                                         \
	{                                                                                 \
		(void)mock;                                                               \
		if (settable(queue)) {                                                    \
			replace(queue);                                                   \
			queue->area = (queue->area & UINT32_MAX) | (uint64_t)value << 32; \
		}                                                                         \
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

static const struct mock_field common[] = {
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

static const struct mock_fields fields = {
	.field = common,
	.count = sizeof(common) / sizeof(common[0]),
	.read = mock_op_common_read,
	.write = mock_op_common_write,
};

uint32_t mock_base_common_read(struct mock_layer *layer, unsigned offset, unsigned width)
{
	(void)width;
	return mock_field_read(layer->mock, &fields, offset);
}

void mock_base_common_write(struct mock_layer *layer, unsigned offset, unsigned width,
			    uint32_t value)
{
	(void)width;
	mock_field_write(layer->mock, &fields, offset, value);
}

static uint64_t region_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			    unsigned width)
{
	(void)region;
	return mock_fields_read(mock, &fields, offset, width);
}

static void region_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width, uint64_t value)
{
	(void)region;
	mock_fields_write(mock, &fields, offset, width, value);
}

const struct mock_registers mock_common_registers = {
	.name = "common configuration",
	.face = MOCK_FACE_MODERN,
	.read = region_read,
	.write = region_write,
};
