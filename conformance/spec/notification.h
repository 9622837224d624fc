/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The 32-bit value of an available buffer notification under VIRTIO_F_NOTIFICATION_DATA (2.9,
 * 4.1.5.2). Without that feature a notification is the 16 bits of the identifier alone.
 */
#ifndef VS_SPEC_NOTIFICATION_H
#define VS_SPEC_NOTIFICATION_H

#define VIRTIO_NOTIFY_ID_MASK        0x0000ffffu /* index of the queue, or its config data */
#define VIRTIO_NOTIFY_NEXT_OFF_SHIFT 16u
#define VIRTIO_NOTIFY_NEXT_OFF_MASK  0x7fffu /* after the shift */
#define VIRTIO_NOTIFY_NEXT_WRAP      0x80000000u

#endif
