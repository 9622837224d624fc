/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device status, device-independent feature bits and device types of virtio (chapters 2, 5, 6).
 */
#ifndef VS_SPEC_VIRTIO_H
#define VS_SPEC_VIRTIO_H

/* Device status field (2.1). */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01u
#define VIRTIO_STATUS_DRIVER      0x02u
#define VIRTIO_STATUS_DRIVER_OK   0x04u
#define VIRTIO_STATUS_FEATURES_OK 0x08u
#define VIRTIO_STATUS_SUSPEND     0x10u
#define VIRTIO_STATUS_NEEDS_RESET 0x40u
#define VIRTIO_STATUS_FAILED      0x80u

/* Device-independent feature bits (6, 6.3), as bit numbers. */
#define VIRTIO_F_NOTIFY_ON_EMPTY   24u
#define VIRTIO_F_ANY_LAYOUT        27u
#define VIRTIO_F_INDIRECT_DESC     28u
#define VIRTIO_F_EVENT_IDX         29u
#define VIRTIO_F_UNUSED            30u
#define VIRTIO_F_VERSION_1         32u
#define VIRTIO_F_ACCESS_PLATFORM   33u
#define VIRTIO_F_RING_PACKED       34u
#define VIRTIO_F_IN_ORDER          35u
#define VIRTIO_F_ORDER_PLATFORM    36u
#define VIRTIO_F_SR_IOV            37u
#define VIRTIO_F_NOTIFICATION_DATA 38u
#define VIRTIO_F_NOTIF_CONFIG_DATA 39u
#define VIRTIO_F_RING_RESET        40u
#define VIRTIO_F_ADMIN_VQ          41u
#define VIRTIO_F_SUSPEND           43u

/* Device types (5). */
#define VIRTIO_ID_NET     1u
#define VIRTIO_ID_BLOCK   2u
#define VIRTIO_ID_CONSOLE 3u
#define VIRTIO_ID_ENTROPY 4u
#define VIRTIO_ID_BALLOON 5u
#define VIRTIO_ID_SCSI    8u
#define VIRTIO_ID_9P      9u
#define VIRTIO_ID_GPU     16u
#define VIRTIO_ID_RTC     17u
#define VIRTIO_ID_INPUT   18u
#define VIRTIO_ID_VSOCK   19u
#define VIRTIO_ID_CRYPTO  20u
#define VIRTIO_ID_IOMMU   23u
#define VIRTIO_ID_MEM     24u
#define VIRTIO_ID_SOUND   25u
#define VIRTIO_ID_FS      26u
#define VIRTIO_ID_PMEM    27u

#define VIRTIO_QUEUE_MAX_COUNT 65536u /* virtqueues of a device (2.6) */
#define VIRTIO_QUEUE_MAX_SIZE  32768u /* entries of a virtqueue (2.7, 2.8.10.1) */

#endif
