/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Feature bits and device types of virtio 1.4 (2.2, chapters 5 and 6), transcribed.
 *
 * Only what the text calls a requirement between features is one here (2.2.1, 2.2.2: neither to be
 * offered nor accepted without the other). A dependency that is a SHOULD, that holds on one side
 * only or under a further condition has its own clause, and is no row's need.
 */
#include "spec/feature_table.h"

#include "spec/virtio.h"
#include "spec/virtio_pci.h"

enum {
	ANY = VS_FEATURE_ANY_TYPE,
	NET = VIRTIO_ID_NET,
	BLK = VIRTIO_ID_BLOCK,
	CONSOLE = VIRTIO_ID_CONSOLE,
	BALLOON = VIRTIO_ID_BALLOON,
	SCSI = VIRTIO_ID_SCSI,
	GPU = VIRTIO_ID_GPU,
	RTC = VIRTIO_ID_RTC,
	VSOCK = VIRTIO_ID_VSOCK,
	CRYPTO = VIRTIO_ID_CRYPTO,
	IOMMU = VIRTIO_ID_IOMMU,
	MEM = VIRTIO_ID_MEM,
	SOUND = VIRTIO_ID_SOUND,
	FS = VIRTIO_ID_FS,
	PMEM = VIRTIO_ID_PMEM,
};

/* The bits that others need, by name. */
enum {
	NET_CSUM = 0,
	NET_GUEST_CSUM = 1,
	NET_GUEST_TSO4 = 7,
	NET_GUEST_TSO6 = 8,
	NET_HOST_TSO4 = 11,
	NET_HOST_TSO6 = 12,
	NET_CTRL_VQ = 17,
	NET_GUEST_USO4 = 54,
	NET_GUEST_USO6 = 55,
	NET_HOST_USO = 56,
	NET_HASH_REPORT = 57,
	NET_RSS = 60,
	NET_GUEST_TUNNEL_GSO = 65,
	NET_HOST_TUNNEL_GSO = 67,
	GPU_VIRGL = 0,
	GPU_RESOURCE_BLOB = 3,
	CRYPTO_REVISION_1 = 0,
};

/* clang-format off */

#define CURRENT false
#define LEGACY  true

#define NONE           NEEDS_OF(VS_FEATURE_NO_NEED, VS_FEATURE_NO_NEED)
#define NEEDS(a)       NEEDS_OF(a, VS_FEATURE_NO_NEED)
#define EITHER(a, b)   NEEDS_OF(a, b)
#define NEEDS_OF(a, b) { a, b, VS_FEATURE_NO_NEED, VS_FEATURE_NO_NEED }

/*
 * The needs of one row are alternatives. A feature that requires several others at once has one
 * row for each, one after the other and alike but for the needs: whoever checks requirements walks
 * all rows of a bit, and vs_feature_find returns the first of them.
 */
const struct vs_feature vs_feature_table[] = {
	/* Reserved feature bits (6) */
	{ ANY, 28, CURRENT, NONE, "VIRTIO_F_INDIRECT_DESC" },
	{ ANY, 29, CURRENT, NONE, "VIRTIO_F_EVENT_IDX" },
	{ ANY, 32, CURRENT, NONE, "VIRTIO_F_VERSION_1" },
	{ ANY, 33, CURRENT, NONE, "VIRTIO_F_ACCESS_PLATFORM" },
	{ ANY, 34, CURRENT, NONE, "VIRTIO_F_RING_PACKED" },
	{ ANY, 35, CURRENT, NONE, "VIRTIO_F_IN_ORDER" },
	{ ANY, 36, CURRENT, NONE, "VIRTIO_F_ORDER_PLATFORM" },
	{ ANY, 37, CURRENT, NONE, "VIRTIO_F_SR_IOV" },
	{ ANY, 38, CURRENT, NONE, "VIRTIO_F_NOTIFICATION_DATA" },
	{ ANY, 39, CURRENT, NONE, "VIRTIO_F_NOTIF_CONFIG_DATA" },
	{ ANY, 40, CURRENT, NONE, "VIRTIO_F_RING_RESET" },
	{ ANY, 41, CURRENT, NONE, "VIRTIO_F_ADMIN_VQ" },
	{ ANY, 43, CURRENT, NONE, "VIRTIO_F_SUSPEND" },
	/* Legacy interface: reserved feature bits (6.3); the text calls bit 30 just UNUSED */
	{ ANY, 24, LEGACY, NONE, "VIRTIO_F_NOTIFY_ON_EMPTY" },
	{ ANY, 27, LEGACY, NONE, "VIRTIO_F_ANY_LAYOUT" },
	{ ANY, 30, LEGACY, NONE, "VIRTIO_F_UNUSED" },

	/* Network device (5.1.3, 5.1.3.1) */
	{ NET, 0, CURRENT, NONE, "VIRTIO_NET_F_CSUM" },
	{ NET, 1, CURRENT, NONE, "VIRTIO_NET_F_GUEST_CSUM" },
	{ NET, 2, CURRENT, NONE, "VIRTIO_NET_F_CTRL_GUEST_OFFLOADS" },
	{ NET, 3, CURRENT, NONE, "VIRTIO_NET_F_MTU" },
	{ NET, 5, CURRENT, NONE, "VIRTIO_NET_F_MAC" },
	{ NET, 7, CURRENT, NEEDS(NET_GUEST_CSUM), "VIRTIO_NET_F_GUEST_TSO4" },
	{ NET, 8, CURRENT, NEEDS(NET_GUEST_CSUM), "VIRTIO_NET_F_GUEST_TSO6" },
	{ NET, 9, CURRENT, EITHER(NET_GUEST_TSO4, NET_GUEST_TSO6), "VIRTIO_NET_F_GUEST_ECN" },
	{ NET, 10, CURRENT, NEEDS(NET_GUEST_CSUM), "VIRTIO_NET_F_GUEST_UFO" },
	{ NET, 11, CURRENT, NEEDS(NET_CSUM), "VIRTIO_NET_F_HOST_TSO4" },
	{ NET, 12, CURRENT, NEEDS(NET_CSUM), "VIRTIO_NET_F_HOST_TSO6" },
	{ NET, 13, CURRENT, EITHER(NET_HOST_TSO4, NET_HOST_TSO6), "VIRTIO_NET_F_HOST_ECN" },
	{ NET, 14, CURRENT, NEEDS(NET_CSUM), "VIRTIO_NET_F_HOST_UFO" },
	{ NET, 15, CURRENT, NONE, "VIRTIO_NET_F_MRG_RXBUF" },
	{ NET, 16, CURRENT, NONE, "VIRTIO_NET_F_STATUS" },
	{ NET, 17, CURRENT, NONE, "VIRTIO_NET_F_CTRL_VQ" },
	{ NET, 18, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_CTRL_RX" },
	{ NET, 19, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_CTRL_VLAN" },
	{ NET, 20, CURRENT, NONE, "VIRTIO_NET_F_CTRL_RX_EXTRA" },
	{ NET, 21, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_GUEST_ANNOUNCE" },
	{ NET, 22, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_MQ" },
	{ NET, 23, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_CTRL_MAC_ADDR" },
	{ NET, 50, CURRENT, NONE, "VIRTIO_NET_F_DEVICE_STATS" },
	{ NET, 51, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_HASH_TUNNEL" },
	{ NET, 51, CURRENT, EITHER(NET_RSS, NET_HASH_REPORT), "VIRTIO_NET_F_HASH_TUNNEL" },
	{ NET, 52, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_VQ_NOTF_COAL" },
	{ NET, 53, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_NOTF_COAL" },
	{ NET, 54, CURRENT, NEEDS(NET_GUEST_CSUM), "VIRTIO_NET_F_GUEST_USO4" },
	{ NET, 55, CURRENT, NEEDS(NET_GUEST_CSUM), "VIRTIO_NET_F_GUEST_USO6" },
	{ NET, 56, CURRENT, NEEDS(NET_CSUM), "VIRTIO_NET_F_HOST_USO" },
	{ NET, 57, CURRENT, NONE, "VIRTIO_NET_F_HASH_REPORT" },
	{ NET, 59, CURRENT, NONE, "VIRTIO_NET_F_GUEST_HDRLEN" },
	{ NET, 60, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_RSS" },
	/* As 5.1.3.1 has it; 5.1.9.4 says in passing that it implies GUEST_TSO4 or GUEST_TSO6. */
	{ NET, 61, CURRENT, EITHER(NET_HOST_TSO4, NET_HOST_TSO6), "VIRTIO_NET_F_RSC_EXT" },
	{ NET, 62, CURRENT, NONE, "VIRTIO_NET_F_STANDBY" },
	{ NET, 63, CURRENT, NONE, "VIRTIO_NET_F_SPEED_DUPLEX" },
	{ NET, 64, CURRENT, NEEDS(NET_CTRL_VQ), "VIRTIO_NET_F_RSS_CONTEXT" },
	{ NET, 64, CURRENT, NEEDS(NET_RSS), "VIRTIO_NET_F_RSS_CONTEXT" },
	{ NET, 65, CURRENT, NEEDS(NET_GUEST_TSO4), "VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO" },
	{ NET, 65, CURRENT, NEEDS(NET_GUEST_TSO6), "VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO" },
	{ NET, 65, CURRENT, NEEDS(NET_GUEST_USO4), "VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO" },
	{ NET, 65, CURRENT, NEEDS(NET_GUEST_USO6), "VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO" },
	{ NET, 66, CURRENT, NEEDS(NET_GUEST_TUNNEL_GSO), "VIRTIO_NET_F_GUEST_UDP_TUNNEL_GSO_CSUM" },
	{ NET, 67, CURRENT, NEEDS(NET_HOST_TSO4), "VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO" },
	{ NET, 67, CURRENT, NEEDS(NET_HOST_TSO6), "VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO" },
	{ NET, 67, CURRENT, NEEDS(NET_HOST_USO), "VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO" },
	{ NET, 68, CURRENT, NEEDS(NET_HOST_TUNNEL_GSO), "VIRTIO_NET_F_HOST_UDP_TUNNEL_GSO_CSUM" },
	{ NET, 69, CURRENT, NONE, "VIRTIO_NET_F_OUT_NET_HEADER" },
	{ NET, 70, CURRENT, NONE, "VIRTIO_NET_F_IPSEC" },
	/* Legacy interface: feature bits (5.1.3.2); bit 41 is VIRTIO_F_ADMIN_VQ as well */
	{ NET, 6, LEGACY, NONE, "VIRTIO_NET_F_GSO" },
	{ NET, 41, LEGACY, NONE, "VIRTIO_NET_F_GUEST_RSC4" },
	{ NET, 42, LEGACY, NONE, "VIRTIO_NET_F_GUEST_RSC6" },

	/* Block device (5.2.3) */
	{ BLK, 1, CURRENT, NONE, "VIRTIO_BLK_F_SIZE_MAX" },
	{ BLK, 2, CURRENT, NONE, "VIRTIO_BLK_F_SEG_MAX" },
	{ BLK, 4, CURRENT, NONE, "VIRTIO_BLK_F_GEOMETRY" },
	{ BLK, 5, CURRENT, NONE, "VIRTIO_BLK_F_RO" },
	{ BLK, 6, CURRENT, NONE, "VIRTIO_BLK_F_BLK_SIZE" },
	{ BLK, 9, CURRENT, NONE, "VIRTIO_BLK_F_FLUSH" },
	{ BLK, 10, CURRENT, NONE, "VIRTIO_BLK_F_TOPOLOGY" },
	/* Not offered without FLUSH (5.2.5.2), yet a driver may accept it without: no need. */
	{ BLK, 11, CURRENT, NONE, "VIRTIO_BLK_F_CONFIG_WCE" },
	{ BLK, 12, CURRENT, NONE, "VIRTIO_BLK_F_MQ" },
	{ BLK, 13, CURRENT, NONE, "VIRTIO_BLK_F_DISCARD" },
	{ BLK, 14, CURRENT, NONE, "VIRTIO_BLK_F_WRITE_ZEROES" },
	{ BLK, 15, CURRENT, NONE, "VIRTIO_BLK_F_LIFETIME" },
	{ BLK, 16, CURRENT, NONE, "VIRTIO_BLK_F_SECURE_ERASE" },
	{ BLK, 17, CURRENT, NONE, "VIRTIO_BLK_F_ZONED" },
	/* Legacy interface: feature bits (5.2.3.1) */
	{ BLK, 0, LEGACY, NONE, "VIRTIO_BLK_F_BARRIER" },
	{ BLK, 7, LEGACY, NONE, "VIRTIO_BLK_F_SCSI" },

	/* Console device (5.3.3) */
	{ CONSOLE, 0, CURRENT, NONE, "VIRTIO_CONSOLE_F_SIZE" },
	{ CONSOLE, 1, CURRENT, NONE, "VIRTIO_CONSOLE_F_MULTIPORT" },
	{ CONSOLE, 2, CURRENT, NONE, "VIRTIO_CONSOLE_F_EMERG_WRITE" },

	/* Entropy device (5.4.3): none */

	/* Traditional memory balloon device (5.5.3) */
	{ BALLOON, 0, CURRENT, NONE, "VIRTIO_BALLOON_F_MUST_TELL_HOST" },
	{ BALLOON, 1, CURRENT, NONE, "VIRTIO_BALLOON_F_STATS_VQ" },
	{ BALLOON, 2, CURRENT, NONE, "VIRTIO_BALLOON_F_DEFLATE_ON_OOM" },
	{ BALLOON, 3, CURRENT, NONE, "VIRTIO_BALLOON_F_FREE_PAGE_HINT" },
	{ BALLOON, 4, CURRENT, NONE, "VIRTIO_BALLOON_F_PAGE_POISON" },
	{ BALLOON, 5, CURRENT, NONE, "VIRTIO_BALLOON_F_PAGE_REPORTING" },

	/* SCSI host device (5.6.3) */
	{ SCSI, 0, CURRENT, NONE, "VIRTIO_SCSI_F_INOUT" },
	{ SCSI, 1, CURRENT, NONE, "VIRTIO_SCSI_F_HOTPLUG" },
	{ SCSI, 2, CURRENT, NONE, "VIRTIO_SCSI_F_CHANGE" },
	{ SCSI, 3, CURRENT, NONE, "VIRTIO_SCSI_F_T10_PI" },

	/* GPU device (5.7.3) */
	{ GPU, 0, CURRENT, NONE, "VIRTIO_GPU_F_VIRGL" },
	{ GPU, 1, CURRENT, NONE, "VIRTIO_GPU_F_EDID" },
	{ GPU, 2, CURRENT, NONE, "VIRTIO_GPU_F_RESOURCE_UUID" },
	{ GPU, 3, CURRENT, NONE, "VIRTIO_GPU_F_RESOURCE_BLOB" },
	{ GPU, 4, CURRENT, NEEDS(GPU_VIRGL), "VIRTIO_GPU_F_CONTEXT_INIT" },
	{ GPU, 5, CURRENT, NEEDS(GPU_RESOURCE_BLOB), "VIRTIO_GPU_F_BLOB_ALIGNMENT" },

	/* Input device (5.8.3): none */

	/* Crypto device (5.9.3, 5.9.3.1) */
	{ CRYPTO, 0, CURRENT, NONE, "VIRTIO_CRYPTO_F_REVISION_1" },
	{ CRYPTO, 1, CURRENT, NEEDS(CRYPTO_REVISION_1), "VIRTIO_CRYPTO_F_CIPHER_STATELESS_MODE" },
	{ CRYPTO, 2, CURRENT, NEEDS(CRYPTO_REVISION_1), "VIRTIO_CRYPTO_F_HASH_STATELESS_MODE" },
	{ CRYPTO, 3, CURRENT, NEEDS(CRYPTO_REVISION_1), "VIRTIO_CRYPTO_F_MAC_STATELESS_MODE" },
	{ CRYPTO, 4, CURRENT, NEEDS(CRYPTO_REVISION_1), "VIRTIO_CRYPTO_F_AEAD_STATELESS_MODE" },
	{ CRYPTO, 5, CURRENT, NEEDS(CRYPTO_REVISION_1), "VIRTIO_CRYPTO_F_AKCIPHER_STATELESS_MODE" },

	/* Socket device (5.10.3) */
	{ VSOCK, 0, CURRENT, NONE, "VIRTIO_VSOCK_F_STREAM" },
	{ VSOCK, 1, CURRENT, NONE, "VIRTIO_VSOCK_F_SEQPACKET" },
	{ VSOCK, 2, CURRENT, NONE, "VIRTIO_VSOCK_F_NO_IMPLIED_STREAM" },

	/* File system device (5.11.3) */
	{ FS, 0, CURRENT, NONE, "VIRTIO_FS_F_NOTIFICATION" },

	/* IOMMU device (5.13.3) */
	{ IOMMU, 0, CURRENT, NONE, "VIRTIO_IOMMU_F_INPUT_RANGE" },
	{ IOMMU, 1, CURRENT, NONE, "VIRTIO_IOMMU_F_DOMAIN_RANGE" },
	{ IOMMU, 2, CURRENT, NONE, "VIRTIO_IOMMU_F_MAP_UNMAP" },
	{ IOMMU, 3, CURRENT, NONE, "VIRTIO_IOMMU_F_BYPASS" },
	{ IOMMU, 4, CURRENT, NONE, "VIRTIO_IOMMU_F_PROBE" },
	{ IOMMU, 5, CURRENT, NONE, "VIRTIO_IOMMU_F_MMIO" },
	{ IOMMU, 6, CURRENT, NONE, "VIRTIO_IOMMU_F_BYPASS_CONFIG" },

	/* Sound device (5.14.3) */
	{ SOUND, 0, CURRENT, NONE, "VIRTIO_SND_F_CTLS" },

	/* Memory device (5.15.3) */
	{ MEM, 0, CURRENT, NONE, "VIRTIO_MEM_F_ACPI_PXM" },
	{ MEM, 1, CURRENT, NONE, "VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE" },
	{ MEM, 2, CURRENT, NONE, "VIRTIO_MEM_F_PERSISTENT_SUSPEND" },

	/* PMEM device (5.19.3) */
	{ PMEM, 0, CURRENT, NONE, "VIRTIO_PMEM_F_SHMEM_REGION" },

	/* RTC device (5.23.3) */
	{ RTC, 0, CURRENT, NONE, "VIRTIO_RTC_F_ALARM" },
};
/* clang-format on */

const size_t vs_feature_table_size = sizeof(vs_feature_table) / sizeof(vs_feature_table[0]);

static const struct vs_feature *first_row(uint16_t type, unsigned bit)
{
	for (size_t i = 0; i < vs_feature_table_size; i++)
		if (vs_feature_table[i].type == type && vs_feature_table[i].bit == bit)
			return &vs_feature_table[i];
	return NULL;
}

const struct vs_feature *vs_feature_find(uint16_t type, unsigned bit)
{
	const struct vs_feature *own = first_row(type, bit);
	const struct vs_feature *any = first_row(VS_FEATURE_ANY_TYPE, bit);

	/* Bit 41 is what chapter 6 says, not what a network device once did with it. */
	return own && !(own->legacy && any) ? own : any;
}

const char *vs_feature_name(uint16_t type, unsigned bit)
{
	const struct vs_feature *feature = vs_feature_find(type, bit);

	return feature ? feature->name : NULL;
}

/*
 * Device types (5). A size reaches to the end of the last field that exists without any feature,
 * which the comment names. Where a type is not described, 0 may also mean that we do not know.
 */
/* clang-format off */
#define TYPE(number, words, size, chapter) \
	{ .name = words, .type = number, .config_size = size, .described = chapter, \
	  .has_config = (size) != 0 || (number) == VIRTIO_ID_CONSOLE }
#define DESCRIBED(number, words, size)   TYPE(number, words, size, true)
#define UNDESCRIBED(number, words, size) TYPE(number, words, size, false)

static const struct vs_device_type device_types[] = {
	DESCRIBED(1, "network device", 6), /* mac */
	DESCRIBED(2, "block device", 8), /* capacity */
	DESCRIBED(3, "console", 0), /* a structure, but every field hangs on a feature */
	DESCRIBED(4, "entropy source", 0),
	DESCRIBED(5, "traditional memory balloon", 8), /* actual */
	UNDESCRIBED(6, "I/O memory", 0),
	UNDESCRIBED(7, "remote processor messaging", 0),
	DESCRIBED(8, "SCSI host", 36), /* max_lun */
	UNDESCRIBED(9, "9P transport", 0),
	UNDESCRIBED(10, "mac80211 wireless LAN", 0),
	UNDESCRIBED(11, "remote processor serial port", 0),
	UNDESCRIBED(12, "CAIF link", 0),
	UNDESCRIBED(13, "memory balloon", 0),
	DESCRIBED(16, "GPU", 16), /* num_capsets */
	DESCRIBED(17, "real-time clock", 0),
	DESCRIBED(18, "input device", 136), /* the union */
	DESCRIBED(19, "socket device", 8), /* guest_cid */
	DESCRIBED(20, "crypto device", 56), /* max_size */
	UNDESCRIBED(21, "signal distribution module", 0),
	UNDESCRIBED(22, "persistent store", 0),
	DESCRIBED(23, "IOMMU", 8), /* page_size_mask */
	DESCRIBED(24, "memory device", 56), /* requested_size */
	DESCRIBED(25, "sound device", 12), /* chmaps */
	DESCRIBED(26, "file system", 40), /* num_request_queues */
	DESCRIBED(27, "persistent memory", 16), /* size */
	UNDESCRIBED(28, "replay-protected memory block", 3), /* max_rd_cnt */
	UNDESCRIBED(29, "simulated mac80211 radio", 0),
	UNDESCRIBED(30, "video encoder", 0),
	UNDESCRIBED(31, "video decoder", 0),
	UNDESCRIBED(32, "SCMI device", 0),
	UNDESCRIBED(33, "Nitro secure module", 0),
	UNDESCRIBED(34, "I2C adapter", 0),
	UNDESCRIBED(35, "watchdog", 0),
	UNDESCRIBED(36, "CAN controller", 2), /* status */
	UNDESCRIBED(38, "parameter server", 0),
	UNDESCRIBED(39, "audio policy device", 0),
	UNDESCRIBED(40, "Bluetooth device", 0),
	UNDESCRIBED(41, "GPIO device", 8), /* gpio_names_size */
	UNDESCRIBED(42, "RDMA device", 0),
	UNDESCRIBED(43, "camera", 0),
	UNDESCRIBED(44, "internal shared memory", 0),
	UNDESCRIBED(45, "SPI controller", 32), /* max_cs_inactive_ns */
	UNDESCRIBED(46, "trusted execution environment", 0),
	UNDESCRIBED(47, "CPU balloon", 0),
	UNDESCRIBED(48, "media device", 40), /* card */
	UNDESCRIBED(49, "USB controller", 0),
};
/* clang-format on */

const struct vs_device_type *vs_device_type_find(uint16_t type)
{
	for (size_t i = 0; i < sizeof(device_types) / sizeof(device_types[0]); i++)
		if (device_types[i].type == type)
			return &device_types[i];
	return NULL;
}

bool vs_feature_undefined(uint16_t type, unsigned bit)
{
	const struct vs_device_type *described = vs_device_type_find(type);
	/* 41 and 42 once were bits of a device type: of virtio-net (5.1.3.2). */
	bool own = bit < 24 || bit == 41 || bit == 42 || bit >= 50;

	if (own && (!described || !described->described))
		return false;
	return !vs_feature_find(type, bit);
}

uint16_t vs_transitional_type(uint16_t device)
{
	static const uint8_t types[] = {
		VIRTIO_ID_NET,
		VIRTIO_ID_BLOCK,
		VIRTIO_ID_BALLOON,
		VIRTIO_ID_CONSOLE,
		VIRTIO_ID_SCSI,
		VIRTIO_ID_ENTROPY,
		0,
		0,
		0,
		VIRTIO_ID_9P,
	};
	unsigned index = device - VIRTIO_PCI_DEVICE_FIRST;

	return index < sizeof(types) ? types[index] : 0;
}
