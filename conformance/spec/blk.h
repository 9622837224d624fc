/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The block device (5.2): features, configuration structure and requests. All little-endian on the
 * modern interface.
 */
#ifndef VS_SPEC_BLK_H
#define VS_SPEC_BLK_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Feature bit numbers (5.2.3). */
#define VIRTIO_BLK_F_BARRIER      0u /* legacy */
#define VIRTIO_BLK_F_SIZE_MAX     1u
#define VIRTIO_BLK_F_SEG_MAX      2u
#define VIRTIO_BLK_F_GEOMETRY     4u
#define VIRTIO_BLK_F_RO           5u
#define VIRTIO_BLK_F_BLK_SIZE     6u
#define VIRTIO_BLK_F_SCSI         7u /* legacy */
#define VIRTIO_BLK_F_FLUSH        9u
#define VIRTIO_BLK_F_TOPOLOGY     10u
#define VIRTIO_BLK_F_CONFIG_WCE   11u
#define VIRTIO_BLK_F_MQ           12u
#define VIRTIO_BLK_F_DISCARD      13u
#define VIRTIO_BLK_F_WRITE_ZEROES 14u
#define VIRTIO_BLK_F_LIFETIME     15u
#define VIRTIO_BLK_F_SECURE_ERASE 16u
#define VIRTIO_BLK_F_ZONED        17u

struct virtio_blk_config {
	uint64_t capacity; /* in sectors of 512 bytes */
	uint32_t size_max;
	uint32_t seg_max;
	struct {
		uint16_t cylinders;
		uint8_t heads;
		uint8_t sectors;
	} geometry;
	uint32_t blk_size;
	struct {
		uint8_t physical_block_exp;
		uint8_t alignment_offset;
		uint16_t min_io_size;
		uint32_t opt_io_size;
	} topology;
	uint8_t writeback;
	uint8_t unused0;
	uint16_t num_queues;
	uint32_t max_discard_sectors;
	uint32_t max_discard_seg;
	uint32_t discard_sector_alignment;
	uint32_t max_write_zeroes_sectors;
	uint32_t max_write_zeroes_seg;
	uint8_t write_zeroes_may_unmap;
	uint8_t unused1[3];
	uint32_t max_secure_erase_sectors;
	uint32_t max_secure_erase_seg;
	uint32_t secure_erase_sector_alignment;
	struct {
		uint32_t zone_sectors;
		uint32_t max_open_zones;
		uint32_t max_active_zones;
		uint32_t max_append_sectors;
		uint32_t write_granularity;
		uint8_t model;
		uint8_t unused2[3];
	} zoned;
};
static_assert(offsetof(struct virtio_blk_config, writeback) == 32, "virtio_blk_config");
static_assert(offsetof(struct virtio_blk_config, max_secure_erase_sectors) == 60, "blk_config");
static_assert(sizeof(struct virtio_blk_config) == 96, "virtio_blk_config");

#define VIRTIO_BLK_SECTOR_SIZE 512u
#define VIRTIO_BLK_ID_SIZE     20u

/* Request header; data and one byte of status follow (5.2.6). */
struct virtio_blk_req {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector;
};
static_assert(sizeof(struct virtio_blk_req) == 16, "virtio_blk_req");

#define VIRTIO_BLK_T_IN           0u
#define VIRTIO_BLK_T_OUT          1u
#define VIRTIO_BLK_T_FLUSH        4u
#define VIRTIO_BLK_T_FLUSH_OUT    5u /* legacy drivers: the same */
#define VIRTIO_BLK_T_GET_ID       8u
#define VIRTIO_BLK_T_GET_LIFETIME 10u
#define VIRTIO_BLK_T_DISCARD      11u
#define VIRTIO_BLK_T_WRITE_ZEROES 13u
#define VIRTIO_BLK_T_SECURE_ERASE 14u

#define VIRTIO_BLK_S_OK     0u
#define VIRTIO_BLK_S_IOERR  1u
#define VIRTIO_BLK_S_UNSUPP 2u

/* One range of a discard, write zeroes or secure erase request. */
struct virtio_blk_range {
	uint64_t sector;
	uint32_t num_sectors;
	uint32_t flags;
};
static_assert(sizeof(struct virtio_blk_range) == 16, "virtio_blk_range");

#define VIRTIO_BLK_RANGE_UNMAP 0x1u

#endif
