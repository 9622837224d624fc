/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network device (5.1): features, configuration structure, packet header and control commands.
 * All little-endian on the modern interface.
 */
#ifndef VS_SPEC_NET_H
#define VS_SPEC_NET_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* Feature bit numbers (5.1.3). */
#define VIRTIO_NET_F_CSUM                0u
#define VIRTIO_NET_F_GUEST_CSUM          1u
#define VIRTIO_NET_F_CTRL_GUEST_OFFLOADS 2u
#define VIRTIO_NET_F_MTU                 3u
#define VIRTIO_NET_F_MAC                 5u
#define VIRTIO_NET_F_GUEST_TSO4          7u
#define VIRTIO_NET_F_GUEST_TSO6          8u
#define VIRTIO_NET_F_GUEST_ECN           9u
#define VIRTIO_NET_F_GUEST_UFO           10u
#define VIRTIO_NET_F_HOST_TSO4           11u
#define VIRTIO_NET_F_HOST_TSO6           12u
#define VIRTIO_NET_F_HOST_ECN            13u
#define VIRTIO_NET_F_HOST_UFO            14u
#define VIRTIO_NET_F_MRG_RXBUF           15u
#define VIRTIO_NET_F_STATUS              16u
#define VIRTIO_NET_F_CTRL_VQ             17u
#define VIRTIO_NET_F_CTRL_RX             18u
#define VIRTIO_NET_F_CTRL_VLAN           19u
#define VIRTIO_NET_F_CTRL_RX_EXTRA       20u
#define VIRTIO_NET_F_GUEST_ANNOUNCE      21u
#define VIRTIO_NET_F_MQ                  22u
#define VIRTIO_NET_F_CTRL_MAC_ADDR       23u
#define VIRTIO_NET_F_NOTF_COAL           53u
#define VIRTIO_NET_F_HASH_REPORT         57u
#define VIRTIO_NET_F_RSS                 60u
#define VIRTIO_NET_F_SPEED_DUPLEX        63u

#define VIRTIO_NET_RECEIVEQ1  0u
#define VIRTIO_NET_TRANSMITQ1 1u

#define VIRTIO_NET_MAC_SIZE 6u

struct virtio_net_config {
	uint8_t mac[VIRTIO_NET_MAC_SIZE];
	uint16_t status;
	uint16_t max_virtqueue_pairs;
	uint16_t mtu;
	uint32_t speed;
	uint8_t duplex;
	uint8_t rss_max_key_size;
	uint16_t rss_max_indirection_table_length;
	uint32_t supported_hash_types;
	uint32_t supported_tunnel_types;
};
static_assert(offsetof(struct virtio_net_config, speed) == 12, "virtio_net_config");
static_assert(sizeof(struct virtio_net_config) == 28, "virtio_net_config");

#define VIRTIO_NET_S_LINK_UP  1u
#define VIRTIO_NET_S_ANNOUNCE 2u

/* In front of every packet; longer with HASH_REPORT and later features (5.1.6). */
struct virtio_net_hdr {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t num_buffers;
};
static_assert(sizeof(struct virtio_net_hdr) == 12, "virtio_net_hdr");

#define VIRTIO_NET_HDR_F_NEEDS_CSUM 1u
#define VIRTIO_NET_HDR_F_DATA_VALID 2u
#define VIRTIO_NET_HDR_GSO_NONE     0u

#define VIRTIO_NET_ETHERNET_HEADER 14u /* bytes of an untagged frame in front of its payload */
#define VIRTIO_NET_MTU_DEFAULT     1500u

/* Control commands (5.1.6.5): class, command, data; the answer is one byte. */
struct virtio_net_ctrl {
	uint8_t class_id;
	uint8_t command;
};
static_assert(sizeof(struct virtio_net_ctrl) == 2, "virtio_net_ctrl");

#define VIRTIO_NET_OK  0u
#define VIRTIO_NET_ERR 1u

#define VIRTIO_NET_CTRL_RX          0u
#define VIRTIO_NET_CTRL_RX_PROMISC  0u
#define VIRTIO_NET_CTRL_RX_ALLMULTI 1u

#define VIRTIO_NET_CTRL_MAC           1u
#define VIRTIO_NET_CTRL_MAC_TABLE_SET 0u
#define VIRTIO_NET_CTRL_MAC_ADDR_SET  1u

#define VIRTIO_NET_CTRL_ANNOUNCE     3u
#define VIRTIO_NET_CTRL_ANNOUNCE_ACK 0u

#define VIRTIO_NET_CTRL_MQ              4u
#define VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET 0u

#endif
