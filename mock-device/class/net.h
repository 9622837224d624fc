/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of the network device, for the files of this class alone. */
#ifndef MOCK_NET_H
#define MOCK_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "mock-device/model/queue.h"
#include "spec/net.h"

#define NET_PAIRS         2u
#define NET_FRAME_MAX     (VIRTIO_NET_ETHERNET_HEADER + VIRTIO_NET_MTU_DEFAULT)
#define NET_WAITING_MAX   8u /* frames without a receive buffer; more are lost */
#define NET_MAC_TABLE_MAX 16u

struct mock_net_frame {
	unsigned size;
	uint8_t bytes[NET_FRAME_MAX];
};

struct mock_net {
	uint8_t mac[VIRTIO_NET_MAC_SIZE];
	uint16_t status;
	uint16_t pairs; /* in use */
	bool promiscuous, all_multicast;
	uint8_t table[NET_MAC_TABLE_MAX][VIRTIO_NET_MAC_SIZE];
	unsigned table_count;
	/* For each receive queue, oldest first. */
	struct mock_net_frame waiting[NET_PAIRS][NET_WAITING_MAX];
	unsigned waiting_count[NET_PAIRS];
};

/* Executes a command of the control queue and completes it. */
void mock_net_control(struct mock *mock, struct mock_chain *chain);

#endif
