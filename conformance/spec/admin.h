/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Administration commands (2.12.1) as an administration virtqueue carries them (2.13). All
 * little-endian.
 */
#ifndef VS_SPEC_ADMIN_H
#define VS_SPEC_ADMIN_H

#include <assert.h>
#include <stdint.h>

/* The device-readable part; data of the command follows. */
struct virtio_admin_cmd {
	uint16_t opcode;
	uint16_t group_type;
	uint8_t reserved1[12];
	uint64_t group_member_id;
};
static_assert(sizeof(struct virtio_admin_cmd) == 24, "virtio_admin_cmd");

/* The device-writable part; the command's result follows. */
struct virtio_admin_result {
	uint16_t status;
	uint16_t status_qualifier;
	uint8_t reserved2[4];
};
static_assert(sizeof(struct virtio_admin_result) == 8, "virtio_admin_result");

#define VIRTIO_ADMIN_CMD_LIST_QUERY 0u
#define VIRTIO_ADMIN_CMD_LIST_USE   1u

#define VIRTIO_ADMIN_GROUP_SELF  0u
#define VIRTIO_ADMIN_GROUP_SRIOV 1u

#define VIRTIO_ADMIN_STATUS_OK     0u
#define VIRTIO_ADMIN_STATUS_EINVAL 22u

#define VIRTIO_ADMIN_STATUS_Q_OK             0u
#define VIRTIO_ADMIN_STATUS_Q_INVALID_OPCODE 2u
#define VIRTIO_ADMIN_STATUS_Q_INVALID_FIELD  3u
#define VIRTIO_ADMIN_STATUS_Q_INVALID_GROUP  4u
#define VIRTIO_ADMIN_STATUS_Q_INVALID_MEMBER 5u

#endif
