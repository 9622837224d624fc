/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver/common.h"

#include "spec/legacy.h"
#include "spec/virtio.h"
#include "spec/virtio_pci.h"

#define FIELD(member, bytes, ...)                                                          \
	{                                                                                  \
		.name = #member, .offset = offsetof(struct virtio_pci_common_cfg, member), \
		.width = (bytes), __VA_ARGS__                                              \
	}
#define HALVES(member, ...)                                                                     \
	{                                                                                       \
		.name = #member, .offset = offsetof(struct virtio_pci_common_cfg, member##_lo), \
		.width = 8, __VA_ARGS__                                                         \
	}

const struct vs_common_field_info vs_common_fields[VS_FIELD_COUNT] = {
	[VS_DEVICE_FEATURE_SELECT] = FIELD(device_feature_select, 4, .read_only = false),
	[VS_DEVICE_FEATURE] = FIELD(device_feature, 4, .read_only = true),
	[VS_DRIVER_FEATURE_SELECT] = FIELD(driver_feature_select, 4, .read_only = false),
	[VS_DRIVER_FEATURE] = FIELD(driver_feature, 4, .read_only = false),
	[VS_CONFIG_MSIX_VECTOR] = FIELD(config_msix_vector, 2, .read_only = false),
	[VS_NUM_QUEUES] = FIELD(num_queues, 2, .read_only = true),
	[VS_DEVICE_STATUS] = FIELD(device_status, 1, .read_only = false),
	[VS_CONFIG_GENERATION] = FIELD(config_generation, 1, .read_only = true),
	[VS_QUEUE_SELECT] = FIELD(queue_select, 2, .read_only = false),
	[VS_QUEUE_SIZE] = FIELD(queue_size, 2, .per_queue = true),
	[VS_QUEUE_MSIX_VECTOR] = FIELD(queue_msix_vector, 2, .per_queue = true),
	[VS_QUEUE_ENABLE] = FIELD(queue_enable, 2, .per_queue = true),
	[VS_QUEUE_NOTIFY_OFF] = FIELD(queue_notify_off, 2, .read_only = true, .per_queue = true),
	[VS_QUEUE_DESC] = HALVES(queue_desc, .per_queue = true),
	[VS_QUEUE_DRIVER] = HALVES(queue_driver, .per_queue = true),
	[VS_QUEUE_DEVICE] = HALVES(queue_device, .per_queue = true),
	[VS_QUEUE_NOTIF_CONFIG_DATA] =
		FIELD(queue_notif_config_data, 2, .read_only = true, .per_queue = true,
		      .feature = VIRTIO_F_NOTIF_CONFIG_DATA),
	[VS_QUEUE_RESET] = FIELD(queue_reset, 2, .per_queue = true, .feature = VIRTIO_F_RING_RESET),
	[VS_ADMIN_QUEUE_INDEX] =
		FIELD(admin_queue_index, 2, .read_only = true, .feature = VIRTIO_F_ADMIN_VQ),
	[VS_ADMIN_QUEUE_NUM] =
		FIELD(admin_queue_num, 2, .read_only = true, .feature = VIRTIO_F_ADMIN_VQ),
};

#define LEGACY(member, at, bytes, ...)                                         \
	{                                                                      \
		.name = #member, .offset = (at), .width = (bytes), __VA_ARGS__ \
	}

const struct vs_common_field_info vs_legacy_fields[VS_FIELD_COUNT] = {
	[VS_DEVICE_FEATURE] =
		LEGACY(device_features, VIRTIO_LEGACY_DEVICE_FEATURES, 4, .read_only = true),
	[VS_DRIVER_FEATURE] =
		LEGACY(driver_features, VIRTIO_LEGACY_DRIVER_FEATURES, 4, .read_only = false),
	[VS_QUEUE_ADDRESS] =
		LEGACY(queue_address, VIRTIO_LEGACY_QUEUE_ADDRESS, 4, .per_queue = true),
	[VS_QUEUE_SIZE] = LEGACY(queue_size, VIRTIO_LEGACY_QUEUE_SIZE, 2, .read_only = true,
				 .per_queue = true),
	[VS_QUEUE_SELECT] = LEGACY(queue_select, VIRTIO_LEGACY_QUEUE_SELECT, 2, .read_only = false),
	[VS_DEVICE_STATUS] =
		LEGACY(device_status, VIRTIO_LEGACY_DEVICE_STATUS, 1, .read_only = false),
	[VS_CONFIG_MSIX_VECTOR] =
		LEGACY(config_msix_vector, VIRTIO_LEGACY_CONFIG_VECTOR, 2, .read_only = false),
	[VS_QUEUE_MSIX_VECTOR] =
		LEGACY(queue_msix_vector, VIRTIO_LEGACY_QUEUE_VECTOR, 2, .per_queue = true),
};
