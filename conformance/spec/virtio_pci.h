/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtio over PCI: identity, structure capabilities and the common configuration structure (4.1).
 * Offsets are in bytes; multi-byte fields are little-endian.
 */
#ifndef VS_SPEC_VIRTIO_PCI_H
#define VS_SPEC_VIRTIO_PCI_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTIO_PCI_VENDOR        0x1af4u
#define VIRTIO_PCI_DEVICE_FIRST  0x1000u /* transitional identifiers: 0x1000 to 0x103f */
#define VIRTIO_PCI_DEVICE_MODERN 0x1040u /* plus the device type: 0x1040 to 0x107f */
#define VIRTIO_PCI_DEVICE_LAST   0x107fu

/* cfg_type of a structure capability (4.1.4). */
#define VIRTIO_PCI_CAP_COMMON_CFG        1u
#define VIRTIO_PCI_CAP_NOTIFY_CFG        2u
#define VIRTIO_PCI_CAP_ISR_CFG           3u
#define VIRTIO_PCI_CAP_DEVICE_CFG        4u
#define VIRTIO_PCI_CAP_PCI_CFG           5u
#define VIRTIO_PCI_CAP_SHARED_MEMORY_CFG 8u
#define VIRTIO_PCI_CAP_VENDOR_CFG        9u

#define VIRTIO_PCI_CAP_BAR_IN_CONFIG \
	0xfu /* draft-2013: the structure lies in configuration space */

struct virtio_pci_cap {
	uint8_t cap_vndr;
	uint8_t cap_next;
	uint8_t cap_len;
	uint8_t cfg_type;
	uint8_t bar;
	uint8_t id;
	uint8_t padding[2];
	uint32_t offset;
	uint32_t length;
};
static_assert(sizeof(struct virtio_pci_cap) == 16, "virtio_pci_cap");

struct virtio_pci_cap64 {
	struct virtio_pci_cap cap;
	uint32_t offset_hi;
	uint32_t length_hi;
};
static_assert(sizeof(struct virtio_pci_cap64) == 24, "virtio_pci_cap64");

struct virtio_pci_notify_cap {
	struct virtio_pci_cap cap;
	uint32_t notify_off_multiplier;
};
static_assert(sizeof(struct virtio_pci_notify_cap) == 20, "virtio_pci_notify_cap");

struct virtio_pci_cfg_cap {
	struct virtio_pci_cap cap;
	uint8_t pci_cfg_data[4];
};
static_assert(sizeof(struct virtio_pci_cfg_cap) == 20, "virtio_pci_cfg_cap");

struct virtio_pci_vndr_data {
	uint8_t cap_vndr;
	uint8_t cap_next;
	uint8_t cap_len;
	uint8_t cfg_type;
	uint16_t vendor_id;
	/* vendor-defined bytes follow, up to a multiple of 4 in all */
};
static_assert(sizeof(struct virtio_pci_vndr_data) == 6, "virtio_pci_vndr_data");
#define VIRTIO_PCI_VNDR_DATA_MIN 8u /* the header, padded to a multiple of 4 */

struct virtio_pci_common_cfg {
	/* About the whole device. */
	uint32_t device_feature_select;
	uint32_t device_feature;
	uint32_t driver_feature_select;
	uint32_t driver_feature;
	uint16_t config_msix_vector;
	uint16_t num_queues;
	uint8_t device_status;
	uint8_t config_generation;

	/* About the virtqueue that queue_select names. */
	uint16_t queue_select;
	uint16_t queue_size;
	uint16_t queue_msix_vector;
	uint16_t queue_enable;
	uint16_t queue_notify_off;
	uint32_t queue_desc_lo;
	uint32_t queue_desc_hi;
	uint32_t queue_driver_lo;
	uint32_t queue_driver_hi;
	uint32_t queue_device_lo;
	uint32_t queue_device_hi;
	uint16_t queue_notif_config_data; /* 1.2 */
	uint16_t queue_reset;             /* 1.2 */

	/* About the administration virtqueues. */
	uint16_t admin_queue_index; /* 1.3 */
	uint16_t admin_queue_num;   /* 1.3 */
};
static_assert(offsetof(struct virtio_pci_common_cfg, queue_select) == 22, "common_cfg");
static_assert(offsetof(struct virtio_pci_common_cfg, queue_desc_lo) == 32, "common_cfg");
static_assert(sizeof(struct virtio_pci_common_cfg) == 64, "common_cfg");

#define VIRTIO_PCI_COMMON_CFG_MIN 56u /* up to queue_device: all that 1.0 has */

/* ISR status (4.1.4.5). */
#define VIRTIO_ISR_QUEUE  0x1u
#define VIRTIO_ISR_CONFIG 0x2u

#define VIRTIO_MSI_NO_VECTOR 0xffffu

#endif
