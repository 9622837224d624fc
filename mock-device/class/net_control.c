/* SPDX-License-Identifier: BSD-3-Clause */
/* The control queue of the network device: filters, the address, announcements, pairs (5.1.6.5). */
#include <string.h>

#include "mock-device/class/net.h"
#include "mock-device/model/device.h"

/* Two tables, unicast and multicast, each a count and its addresses (5.1.6.5.2). */
static bool set_table(struct mock *mock, struct mock_chain *chain, uint64_t at)
{
	struct mock_net *net = mock->state;
	uint8_t table[NET_MAC_TABLE_MAX][VIRTIO_NET_MAC_SIZE];
	unsigned filled = 0;

	for (unsigned part = 0; part < 2; part++) {
		uint8_t bytes[sizeof(uint32_t)];
		uint64_t count;

		if (mock_chain_read(mock, chain, at, bytes, sizeof(bytes)) != sizeof(bytes))
			return false;
		count = mock_load(mock, bytes, sizeof(bytes));
		at += sizeof(bytes);
		if (count > NET_MAC_TABLE_MAX - filled)
			return false;
		for (; count; count--, filled++, at += VIRTIO_NET_MAC_SIZE) {
			if (mock_chain_read(mock, chain, at, table[filled], VIRTIO_NET_MAC_SIZE) !=
			    VIRTIO_NET_MAC_SIZE)
				return false;
		}
	}
	memcpy(net->table, table, filled * sizeof(table[0]));
	net->table_count = filled;
	return true;
}

static bool set_mode(struct mock *mock, struct mock_chain *chain, uint64_t at, bool *mode)
{
	uint8_t on;

	if (mock_chain_read(mock, chain, at, &on, sizeof(on)) != sizeof(on) || on > 1)
		return false;
	*mode = on;
	return true;
}

static bool set_mac(struct mock *mock, struct mock_chain *chain, uint64_t at)
{
	struct mock_net *net = mock->state;
	uint8_t mac[VIRTIO_NET_MAC_SIZE];

	if (mock_chain_read(mock, chain, at, mac, sizeof(mac)) != sizeof(mac))
		return false;
	memcpy(net->mac, mac, sizeof(mac));
	mock_config_touched(mock);
	return true;
}

static bool set_pairs(struct mock *mock, struct mock_chain *chain, uint64_t at)
{
	struct mock_net *net = mock->state;
	uint8_t bytes[sizeof(uint16_t)];
	uint64_t pairs;

	if (mock_chain_read(mock, chain, at, bytes, sizeof(bytes)) != sizeof(bytes))
		return false;
	pairs = mock_load(mock, bytes, sizeof(bytes));
	if (pairs == 0 || pairs > NET_PAIRS)
		return false;
	net->pairs = (uint16_t)pairs;
	return true;
}

static bool acknowledge(struct mock *mock)
{
	struct mock_net *net = mock->state;

	net->status &= (uint16_t)~VIRTIO_NET_S_ANNOUNCE;
	mock_config_touched(mock);
	return true;
}

/* A command whose feature was not negotiated is refused like one that does not exist. */
static bool command(struct mock *mock, struct mock_chain *chain, const struct virtio_net_ctrl *ctrl)
{
	struct mock_net *net = mock->state;
	const uint64_t at = sizeof(*ctrl);

	switch (ctrl->class_id << 8 | ctrl->command) {
	case VIRTIO_NET_CTRL_RX << 8 | VIRTIO_NET_CTRL_RX_PROMISC:
		return mock_has(mock, VIRTIO_NET_F_CTRL_RX) &&
		       set_mode(mock, chain, at, &net->promiscuous);
	case VIRTIO_NET_CTRL_RX << 8 | VIRTIO_NET_CTRL_RX_ALLMULTI:
		return mock_has(mock, VIRTIO_NET_F_CTRL_RX) &&
		       set_mode(mock, chain, at, &net->all_multicast);
	case VIRTIO_NET_CTRL_MAC << 8 | VIRTIO_NET_CTRL_MAC_TABLE_SET:
		return mock_has(mock, VIRTIO_NET_F_CTRL_RX) && set_table(mock, chain, at);
	case VIRTIO_NET_CTRL_MAC << 8 | VIRTIO_NET_CTRL_MAC_ADDR_SET:
		return mock_has(mock, VIRTIO_NET_F_CTRL_MAC_ADDR) && set_mac(mock, chain, at);
	case VIRTIO_NET_CTRL_ANNOUNCE << 8 | VIRTIO_NET_CTRL_ANNOUNCE_ACK:
		return mock_has(mock, VIRTIO_NET_F_GUEST_ANNOUNCE) && acknowledge(mock);
	case VIRTIO_NET_CTRL_MQ << 8 | VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET:
		return mock_has(mock, VIRTIO_NET_F_MQ) && set_pairs(mock, chain, at);
	default:
		return false;
	}
}

void mock_net_control(struct mock *mock, struct mock_chain *chain)
{
	struct virtio_net_ctrl ctrl;
	bool whole = mock_chain_read(mock, chain, 0, &ctrl, sizeof(ctrl)) == sizeof(ctrl);
	uint8_t ack = whole && command(mock, chain, &ctrl) ? VIRTIO_NET_OK : VIRTIO_NET_ERR;

	mock_chain_write(mock, chain, 0, &ack, sizeof(ack));
	mock_complete(mock, chain);
}
