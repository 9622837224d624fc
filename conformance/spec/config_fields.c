/* SPDX-License-Identifier: BSD-3-Clause */
/* Device configuration layouts of virtio 1.4 (chapter 5), transcribed. Reserved bytes are left out.
 */
#include "spec/config_fields.h"

#include "spec/feature_table.h"
#include "spec/virtio.h"

enum {
	NET = VIRTIO_ID_NET,
	BLK = VIRTIO_ID_BLOCK,
	CONSOLE = VIRTIO_ID_CONSOLE,
	BALLOON = VIRTIO_ID_BALLOON,
	SCSI = VIRTIO_ID_SCSI,
	GPU = VIRTIO_ID_GPU,
	INPUT = VIRTIO_ID_INPUT,
	VSOCK = VIRTIO_ID_VSOCK,
	CRYPTO = VIRTIO_ID_CRYPTO,
	IOMMU = VIRTIO_ID_IOMMU,
	MEM = VIRTIO_ID_MEM,
	SOUND = VIRTIO_ID_SOUND,
	FS = VIRTIO_ID_FS,
	PMEM = VIRTIO_ID_PMEM,
};

/* clang-format off */

#define FIELD(of, at, bytes, what, ...) \
	{ .type = of, .offset = at, .width = bytes, .count = 1, .name = what, __VA_ARGS__ }
#define BYTES(of, at, number, what, ...) \
	{ .type = of, .offset = at, .width = 1, .count = number, .name = what, __VA_ARGS__ }

#define ALWAYS           .feature = VS_FEATURE_NO_NEED, .or_feature = VS_FEATURE_NO_NEED
#define WITH(bit)        .feature = bit, .or_feature = VS_FEATURE_NO_NEED
#define WITH_ONE(bit, b) .feature = bit, .or_feature = b
#define RANGE(from, to)  .least = from, .most = to
#define WRITABLE         .writable = true

#define ADDRESS_MAX (UINT64_C(1) << 56)

const struct vs_config_field vs_config_fields[] = {
	/* Network device (5.1.4) */
	BYTES(NET, 0, 6, "mac", ALWAYS),
	FIELD(NET, 6, 2, "status", WITH(16), RANGE(0, 3)),
	FIELD(NET, 8, 2, "max_virtqueue_pairs", WITH_ONE(22, 60), RANGE(1, 0x8000), .queues = 2),
	FIELD(NET, 10, 2, "mtu", WITH(3)),
	FIELD(NET, 12, 4, "speed", WITH(63)),
	FIELD(NET, 16, 1, "duplex", WITH(63)),
	FIELD(NET, 17, 1, "rss_max_key_size", WITH_ONE(60, 57)),
	FIELD(NET, 18, 2, "rss_max_indirection_table_length", WITH(60)),
	FIELD(NET, 20, 4, "supported_hash_types", WITH_ONE(60, 57), RANGE(0, 0xffff)),
	FIELD(NET, 24, 4, "supported_tunnel_types", WITH(51), RANGE(0, 0xffff)),

	/* Block device (5.2.4). The geometry tells nothing: who has none sets it to anything. */
	FIELD(BLK, 0, 8, "capacity", ALWAYS, RANGE(0, UINT64_C(1) << 48)),
	FIELD(BLK, 8, 4, "size_max", WITH(1)),
	FIELD(BLK, 12, 4, "seg_max", WITH(2), RANGE(1, 0xffff)),
	FIELD(BLK, 16, 2, "cylinders", WITH(4)),
	FIELD(BLK, 18, 1, "heads", WITH(4)),
	FIELD(BLK, 19, 1, "sectors", WITH(4)),
	FIELD(BLK, 20, 4, "blk_size", WITH(6)),
	FIELD(BLK, 24, 1, "physical_block_exp", WITH(10)),
	FIELD(BLK, 25, 1, "alignment_offset", WITH(10)),
	FIELD(BLK, 26, 2, "min_io_size", WITH(10)),
	FIELD(BLK, 28, 4, "opt_io_size", WITH(10)),
	FIELD(BLK, 32, 1, "writeback", WITH(11), WRITABLE, .late = true),
	FIELD(BLK, 34, 2, "num_queues", WITH(12), RANGE(1, 0xffff), .queues = 1),
	FIELD(BLK, 36, 4, "max_discard_sectors", WITH(13)),
	FIELD(BLK, 40, 4, "max_discard_seg", WITH(13), RANGE(1, 0xffffff)),
	FIELD(BLK, 44, 4, "discard_sector_alignment", WITH(13), RANGE(0, 0xffffff)),
	FIELD(BLK, 48, 4, "max_write_zeroes_sectors", WITH(14)),
	FIELD(BLK, 52, 4, "max_write_zeroes_seg", WITH(14), RANGE(1, 0xffffff)),
	FIELD(BLK, 56, 1, "write_zeroes_may_unmap", WITH(14)),
	FIELD(BLK, 60, 4, "max_secure_erase_sectors", WITH(16)),
	FIELD(BLK, 64, 4, "max_secure_erase_seg", WITH(16), RANGE(1, 0xffffff)),
	FIELD(BLK, 68, 4, "secure_erase_sector_alignment", WITH(16), RANGE(0, 0xffffff)),
	FIELD(BLK, 72, 4, "zone_sectors", WITH(17)),
	FIELD(BLK, 76, 4, "max_open_zones", WITH(17)),
	FIELD(BLK, 80, 4, "max_active_zones", WITH(17)),
	FIELD(BLK, 84, 4, "max_append_sectors", WITH(17)),
	FIELD(BLK, 88, 4, "write_granularity", WITH(17)),
	FIELD(BLK, 92, 1, "model", WITH(17)),

	/* Console device (5.3.4) */
	FIELD(CONSOLE, 0, 2, "cols", WITH(0), RANGE(0, 4999)),
	FIELD(CONSOLE, 2, 2, "rows", WITH(0), RANGE(0, 4999)),
	FIELD(CONSOLE, 4, 4, "max_nr_ports", WITH(1), RANGE(1, 0x7fff), .queues = 2),
	FIELD(CONSOLE, 8, 4, "emerg_wr", WITH(2), WRITABLE),

	/* Traditional memory balloon device (5.5.4) */
	FIELD(BALLOON, 0, 4, "num_pages", ALWAYS),
	FIELD(BALLOON, 4, 4, "actual", ALWAYS, WRITABLE),
	FIELD(BALLOON, 8, 4, "free_page_hint_cmd_id", WITH(3)),
	FIELD(BALLOON, 12, 4, "poison_val", WITH(4), WRITABLE),

	/* SCSI host device (5.6.4) */
	FIELD(SCSI, 0, 4, "num_queues", ALWAYS, RANGE(1, 0xffff), .queues = 1),
	FIELD(SCSI, 4, 4, "seg_max", ALWAYS, RANGE(1, 0xffff)),
	FIELD(SCSI, 8, 4, "max_sectors", ALWAYS),
	FIELD(SCSI, 12, 4, "cmd_per_lun", ALWAYS, RANGE(0, 0xffffff)),
	FIELD(SCSI, 16, 4, "event_info_size", ALWAYS, RANGE(1, 0xffff)),
	FIELD(SCSI, 20, 4, "sense_size", ALWAYS, WRITABLE, RANGE(1, 0xffff)),
	FIELD(SCSI, 24, 4, "cdb_size", ALWAYS, WRITABLE, RANGE(1, 0xffff)),
	FIELD(SCSI, 28, 2, "max_channel", ALWAYS),
	FIELD(SCSI, 30, 2, "max_target", ALWAYS),
	FIELD(SCSI, 32, 4, "max_lun", ALWAYS, RANGE(0, 0xffffff)),

	/* GPU device (5.7.4) */
	FIELD(GPU, 0, 4, "events_read", ALWAYS, RANGE(0, 1)),
	FIELD(GPU, 4, 4, "events_clear", ALWAYS, WRITABLE),
	FIELD(GPU, 8, 4, "num_scanouts", ALWAYS, RANGE(1, 16)),
	FIELD(GPU, 12, 4, "num_capsets", ALWAYS, RANGE(0, 0xffff)),
	FIELD(GPU, 16, 4, "blob_alignment", WITH(5)),

	/* Input device (5.8.4). The driver's choice in the first two shows in all others. */
	FIELD(INPUT, 0, 1, "select", ALWAYS, WRITABLE),
	FIELD(INPUT, 1, 1, "subsel", ALWAYS, WRITABLE),
	FIELD(INPUT, 2, 1, "size", ALWAYS),
	BYTES(INPUT, 8, 128, "u", ALWAYS),

	/* Socket device (5.10.4) */
	FIELD(VSOCK, 0, 8, "guest_cid", ALWAYS, RANGE(3, UINT32_MAX - 1)),

	/* Crypto device (5.9.5) */
	FIELD(CRYPTO, 0, 4, "status", ALWAYS, RANGE(0, 1)),
	FIELD(CRYPTO, 4, 4, "max_dataqueues", ALWAYS, RANGE(1, 0xffff), .queues = 1),
	FIELD(CRYPTO, 8, 4, "crypto_services", ALWAYS, RANGE(0, 0xffff)),
	FIELD(CRYPTO, 12, 4, "cipher_algo_l", ALWAYS),
	FIELD(CRYPTO, 16, 4, "cipher_algo_h", ALWAYS),
	FIELD(CRYPTO, 20, 4, "hash_algo", ALWAYS),
	FIELD(CRYPTO, 24, 4, "mac_algo_l", ALWAYS),
	FIELD(CRYPTO, 28, 4, "mac_algo_h", ALWAYS),
	FIELD(CRYPTO, 32, 4, "aead_algo", ALWAYS),
	FIELD(CRYPTO, 36, 4, "max_cipher_key_len", ALWAYS, RANGE(0, 0xffffff)),
	FIELD(CRYPTO, 40, 4, "max_auth_key_len", ALWAYS, RANGE(0, 0xffffff)),
	FIELD(CRYPTO, 44, 4, "akcipher_algo", ALWAYS),
	FIELD(CRYPTO, 48, 8, "max_size", ALWAYS),

	/* IOMMU device (5.13.4) */
	FIELD(IOMMU, 0, 8, "page_size_mask", ALWAYS),
	FIELD(IOMMU, 8, 8, "input_range.start", WITH(0)),
	FIELD(IOMMU, 16, 8, "input_range.end", WITH(0)),
	FIELD(IOMMU, 24, 4, "domain_range.start", WITH(1)),
	FIELD(IOMMU, 28, 4, "domain_range.end", WITH(1)),
	FIELD(IOMMU, 32, 4, "probe_size", WITH(4), RANGE(0, 0xffff)),
	FIELD(IOMMU, 36, 1, "bypass", WITH(6), WRITABLE),

	/* Sound device (5.14.4) */
	FIELD(SOUND, 0, 4, "jacks", ALWAYS, RANGE(0, 0xffff)),
	FIELD(SOUND, 4, 4, "streams", ALWAYS, RANGE(0, 0xffff)),
	FIELD(SOUND, 8, 4, "chmaps", ALWAYS, RANGE(0, 0xffff)),
	FIELD(SOUND, 12, 4, "controls", WITH(0), RANGE(0, 0xffff)),

	/* Memory device (5.15.4) */
	FIELD(MEM, 0, 8, "block_size", ALWAYS, RANGE(1, UINT64_C(1) << 40)),
	FIELD(MEM, 8, 2, "node_id", WITH(0), RANGE(0, 0xfff)),
	FIELD(MEM, 16, 8, "addr", ALWAYS, RANGE(0, ADDRESS_MAX)),
	FIELD(MEM, 24, 8, "region_size", ALWAYS, RANGE(0, ADDRESS_MAX)),
	FIELD(MEM, 32, 8, "usable_region_size", ALWAYS, RANGE(0, ADDRESS_MAX)),
	FIELD(MEM, 40, 8, "plugged_size", ALWAYS, RANGE(0, ADDRESS_MAX)),
	FIELD(MEM, 48, 8, "requested_size", ALWAYS, RANGE(0, ADDRESS_MAX)),

	/* File system device (5.11.4) */
	BYTES(FS, 0, 36, "tag", ALWAYS),
	FIELD(FS, 36, 4, "num_request_queues", ALWAYS, RANGE(1, 0xffff), .queues = 1),
	FIELD(FS, 40, 4, "notify_buf_size", WITH(0), RANGE(0, 0xffffff)),

	/* PMEM device (5.19.4) */
	FIELD(PMEM, 0, 8, "start", ALWAYS, RANGE(0, ADDRESS_MAX)),
	FIELD(PMEM, 8, 8, "size", ALWAYS, RANGE(1, ADDRESS_MAX)),
};
/* clang-format on */

const size_t vs_config_field_count = sizeof(vs_config_fields) / sizeof(vs_config_fields[0]);
