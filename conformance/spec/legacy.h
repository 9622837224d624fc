/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The legacy interface of a PCI function: one header in the I/O region of BAR 0 (4.1.4.10). Device
 * configuration follows it; its fields, and those of the rings, are in the byte order of the guest,
 * while the header itself is little-endian like all of PCI.
 */
#ifndef VS_SPEC_LEGACY_H
#define VS_SPEC_LEGACY_H

#define VIRTIO_LEGACY_BAR 0u

#define VIRTIO_LEGACY_DEVICE_FEATURES 0u  /* 32 bits, read-only: features 0 to 31 */
#define VIRTIO_LEGACY_DRIVER_FEATURES 4u  /* 32 bits */
#define VIRTIO_LEGACY_QUEUE_ADDRESS   8u  /* 32 bits: the number of a page; 0: not in use */
#define VIRTIO_LEGACY_QUEUE_SIZE      12u /* 16 bits, read-only; 0: there is no such queue */
#define VIRTIO_LEGACY_QUEUE_SELECT    14u /* 16 bits */
#define VIRTIO_LEGACY_QUEUE_NOTIFY    16u /* 16 bits: the index of a queue */
#define VIRTIO_LEGACY_DEVICE_STATUS   18u /* 8 bits */
#define VIRTIO_LEGACY_ISR_STATUS      19u /* 8 bits */
/* These two are there only while MSI-X is enabled. */
#define VIRTIO_LEGACY_CONFIG_VECTOR   20u /* 16 bits */
#define VIRTIO_LEGACY_QUEUE_VECTOR    22u /* 16 bits */

/* Where device configuration starts. */
#define VIRTIO_LEGACY_CONFIG(msix_enabled) ((msix_enabled) ? 24u : 20u)

/* A queue lies in one piece: descriptor table, available ring, and the used ring at the next
 * multiple of this (2.7.2); its address is given in pages of as many bytes. */
#define VIRTIO_LEGACY_QUEUE_ALIGN 4096u
#define VIRTIO_LEGACY_PAGE_SHIFT  12u

#endif
