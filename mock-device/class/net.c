/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network device (5.1) on a link whose other end sends everything back: a frame transmitted is
 * a frame received, if the filter lets it pass. The link being down is what the status says, the
 * loop goes on.
 */
#include <stdlib.h>
#include <string.h>

#include "mock-device/class/net.h"
#include "mock-device/model/device.h"
#include "spec/pci_function.h"

#define CONTROL_QUEUE 64u /* entries */
#define QUEUE_SIZE    256u
#define MULTICAST     0x01u /* in the first byte of an address */

static const uint8_t features[] = {
	VIRTIO_NET_F_MTU,     VIRTIO_NET_F_MAC,           VIRTIO_NET_F_STATUS,
	VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_RX,       VIRTIO_NET_F_GUEST_ANNOUNCE,
	VIRTIO_NET_F_MQ,      VIRTIO_NET_F_CTRL_MAC_ADDR,
};

/* 5.1.3.1, also for what only a layer offers. */
static const struct mock_dependency dependencies[] = {
	{ VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_TSO6 },
	{ VIRTIO_NET_F_GUEST_UFO, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_GUEST_CSUM },
	{ VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_CSUM, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_HOST_ECN, VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_HOST_TSO6 },
	{ VIRTIO_NET_F_HOST_UFO, VIRTIO_NET_F_CSUM, VIRTIO_NET_F_CSUM },
	{ VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_CTRL_VLAN, VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_GUEST_ANNOUNCE, VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_NOTF_COAL, VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ },
	{ VIRTIO_NET_F_RSS, VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_VQ },
};

enum role { RECEIVE, TRANSMIT, CONTROL, ABSENT };

/* Where the control queue stands depends on how many pairs come before it (5.1.2). */
static enum role role_of(struct mock *mock, unsigned queue)
{
	unsigned pairs = mock_in_force(mock, VIRTIO_NET_F_MQ) ? NET_PAIRS : 1;

	if (queue < 2 * pairs)
		return queue % 2 ? TRANSMIT : RECEIVE;
	if (queue == 2 * pairs && mock_in_force(mock, VIRTIO_NET_F_CTRL_VQ))
		return CONTROL;
	return ABSENT;
}

static uint16_t queue_max(struct mock *mock, unsigned queue)
{
	switch (role_of(mock, queue)) {
	case ABSENT:
		return 0;
	case CONTROL:
		return CONTROL_QUEUE;
	default:
		return QUEUE_SIZE;
	}
}

/* What a driver can set: receives everything until it is told to choose, through receiveq1 (5.1.5,
 * 5.1.6.5.5). The text leaves the first promiscuous mode open. */
static void reset(struct mock *mock)
{
	static const uint8_t mac[VIRTIO_NET_MAC_SIZE] = { 0x52, 0x54, 0x00, 0x5e, 0xc0, 0xde };
	struct mock_net *net = mock->state;

	if (memcmp(net->mac, mac, sizeof(mac)) != 0 || net->status & VIRTIO_NET_S_ANNOUNCE)
		mock_config_touched(mock);
	memcpy(net->mac, mac, sizeof(mac));
	net->pairs = 1;
	net->promiscuous = true;
	net->all_multicast = false;
	net->table_count = 0;
	memset(net->waiting_count, 0, sizeof(net->waiting_count));
	net->status &= (uint16_t)~VIRTIO_NET_S_ANNOUNCE;
}

static void power_on(struct mock *mock)
{
	struct mock_net *net = mock->state;

	net->status = VIRTIO_NET_S_LINK_UP;
}

#define FIELD(member) MOCK_FIELD(struct virtio_net_config, member)

static void config(struct mock *mock, uint8_t *image)
{
	const struct mock_net *net = mock->state;

	memcpy(image + offsetof(struct virtio_net_config, mac), net->mac, sizeof(net->mac));
	mock_put(mock, image, FIELD(status), net->status);
	mock_put(mock, image, FIELD(max_virtqueue_pairs), NET_PAIRS);
	mock_put(mock, image, FIELD(mtu), VIRTIO_NET_MTU_DEFAULT);
}

/* Legacy drivers set their address here, unless they have negotiated the command for it (5.1.4.3).
 * Every byte counts as it comes. */
static void config_write(struct mock *mock, unsigned offset, unsigned width, uint64_t value)
{
	struct mock_net *net = mock->state;
	const unsigned mac = offsetof(struct virtio_net_config, mac);

	if (!mock_on_legacy(mock) || mock_has(mock, VIRTIO_NET_F_CTRL_MAC_ADDR))
		return;
	for (unsigned i = 0; i < width; i++) {
		if (offset + i < mac || offset + i >= mac + sizeof(net->mac))
			continue;
		net->mac[offset + i - mac] = (uint8_t)(value >> 8 * i);
		mock_config_touched(mock);
	}
}

/* The link goes down; when it comes back the driver is asked to announce itself (5.1.6.5.4). */
static bool change(struct mock *mock)
{
	struct mock_net *net = mock->state;

	net->status ^= VIRTIO_NET_S_LINK_UP;
	if (net->status & VIRTIO_NET_S_LINK_UP && mock_has(mock, VIRTIO_NET_F_GUEST_ANNOUNCE))
		net->status |= VIRTIO_NET_S_ANNOUNCE;
	return true;
}

static bool in_table(const struct mock_net *net, const uint8_t *mac)
{
	for (unsigned i = 0; i < net->table_count; i++) {
		if (memcmp(net->table[i], mac, VIRTIO_NET_MAC_SIZE) == 0)
			return true;
	}
	return false;
}

/* Frames with an address not chosen are dropped (5.1.6.5.2.1), broadcasts pass. */
static bool passes(struct mock *mock, const uint8_t *frame, unsigned size)
{
	static const uint8_t broadcast[VIRTIO_NET_MAC_SIZE] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff
	};
	const struct mock_net *net = mock->state;

	if (size < VIRTIO_NET_ETHERNET_HEADER)
		return false;
	if (net->promiscuous || !mock_has(mock, VIRTIO_NET_F_CTRL_RX))
		return true;
	return memcmp(frame, broadcast, sizeof(broadcast)) == 0 ||
	       memcmp(frame, net->mac, sizeof(net->mac)) == 0 || in_table(net, frame) ||
	       (frame[0] & MULTICAST && net->all_multicast);
}

/* Where a frame that left on `queue` comes back: the same pair if it is in use and its receive
 * queue works, else the first that does; NULL: it is lost (5.1.6.5.5.2). */
static struct mock_queue *receive_queue(struct mock *mock, unsigned queue)
{
	const struct mock_net *net = mock->state;
	struct mock_queue *same = &mock->queues[queue & ~1u];

	if (same->enabled && queue / 2 < net->pairs)
		return same;
	for (unsigned i = 0; i / 2 < net->pairs; i += 2) {
		if (mock->queues[i].enabled)
			return &mock->queues[i];
	}
	return NULL;
}

static void queue_reset(struct mock *mock, unsigned queue)
{
	struct mock_net *net = mock->state;

	if (role_of(mock, queue) == RECEIVE)
		net->waiting_count[queue / 2] = 0;
}

/* Without merged buffers a legacy driver's header ends before num_buffers (5.1.6.1). */
static unsigned header_size(const struct mock *mock)
{
	if (mock_legacy_driver(mock) && !mock_has(mock, VIRTIO_NET_F_MRG_RXBUF))
		return offsetof(struct virtio_net_hdr, num_buffers);
	return sizeof(struct virtio_net_hdr);
}

static void drop_oldest(struct mock_net *net, unsigned pair)
{
	net->waiting_count[pair]--;
	memmove(&net->waiting[pair][0], &net->waiting[pair][1],
		net->waiting_count[pair] * sizeof(net->waiting[pair][0]));
}

/* Puts the oldest frame into a buffer. One that is too small stays with the device for a smaller
 * frame, since a frame has to be in one buffer (5.1.6.3.2). */
static void receive(struct mock *mock, struct mock_chain *chain)
{
	struct mock_net *net = mock->state;
	unsigned pair = chain->queue->index / 2;
	const unsigned size = header_size(mock);
	uint8_t header[sizeof(struct virtio_net_hdr)] = { 0 };
	struct mock_net_frame frame;

	if (net->waiting_count[pair] == 0) {
		mock_unpop(mock, chain);
		return;
	}
	frame.size = net->waiting[pair][0].size;
	memcpy(frame.bytes, net->waiting[pair][0].bytes, frame.size);
	drop_oldest(net, pair);
	if (chain->writable < size + frame.size) {
		mock_unpop(mock, chain);
		return;
	}
	mock_put(mock, header, MOCK_FIELD(struct virtio_net_hdr, num_buffers), 1);
	mock_chain_write(mock, chain, 0, header, size);
	mock_chain_write(mock, chain, size, frame.bytes, frame.size);
	mock_complete(mock, chain);
}

/* Keeps a frame for a receive buffer, unless it is shorter than its header, longer than the MTU,
 * not wanted or one too many. */
static void keep(struct mock *mock, struct mock_chain *chain, unsigned pair)
{
	struct mock_net *net = mock->state;
	const unsigned header = header_size(mock);
	struct mock_net_frame *frame;

	if (chain->readable <= header || chain->readable - header > NET_FRAME_MAX ||
	    net->waiting_count[pair] == NET_WAITING_MAX)
		return;
	frame = &net->waiting[pair][net->waiting_count[pair]];
	frame->size = (unsigned)mock_chain_read(mock, chain, header, frame->bytes,
						(size_t)(chain->readable - header));
	if (passes(mock, frame->bytes, frame->size))
		net->waiting_count[pair]++;
}

static void transmit(struct mock *mock, struct mock_chain *chain)
{
	const struct mock_net *net = mock->state;
	struct mock_queue *queue = receive_queue(mock, chain->queue->index);
	struct mock_chain *buffer = NULL;

	if (queue)
		keep(mock, chain, queue->index / 2);
	mock_complete(mock, chain);
	if (!queue)
		return;
	if (net->waiting_count[queue->index / 2])
		buffer = mock_take(mock, queue);
	if (buffer)
		receive(mock, buffer);
	mock_kick(mock, queue->index);
}

static bool wants(struct mock *mock, unsigned queue)
{
	const struct mock_net *net = mock->state;

	return role_of(mock, queue) != RECEIVE || net->waiting_count[queue / 2];
}

static void execute(struct mock *mock, struct mock_chain *chain)
{
	switch (role_of(mock, chain->queue->index)) {
	case RECEIVE:
		receive(mock, chain);
		return;
	case TRANSMIT:
		transmit(mock, chain);
		return;
	default:
		mock_net_control(mock, chain);
	}
}

MOCK_CLASS(net, .type = VIRTIO_ID_NET, .class_code = PCI_CLASS_CODE_NETWORK,
	   .queue_count = 2 * NET_PAIRS + 1, .state_size = sizeof(struct mock_net),
	   /* What follows belongs to speed, hash and tunnel features that are not offered. */
	   .config_size = offsetof(struct virtio_net_config, speed), .features = features,
	   .feature_count = sizeof(features), .dependencies = dependencies,
	   .dependency_count = sizeof(dependencies) / sizeof(dependencies[0]),
	   .queue_max = queue_max, .power_on = power_on, .reset = reset, .queue_reset = queue_reset,
	   .config = config, .config_write = config_write, .change = change, .wants = wants,
	   .execute = execute);
