/* SPDX-License-Identifier: BSD-3-Clause */
/* What a driver must not believe: used elements, used indexes, headers of packets. */
#include "mock-device/model/ring.h"
#include "mock-device/quirks/quirk.h"
#include "spec/net.h"
#include "spec/split_ring.h"

/* The first buffers go well, so that a driver gets to trust the device. */
#define AFTER 2u

static void length(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	if (++q->state[0] > AFTER)
		used.length = (uint32_t)q->value;
	mock_op_push_used(q->below, queue, used);
}
MOCK_QUIRK(used_length_nonsense, .kind = MOCK_SITUATION,
	   .says = "from the third buffer on the used length is this, whatever was written",
	   .values = "0 1 0x7fffffff 0xffffffff", .ops = { .push_used = length });

enum { ID_BEYOND, ID_HUGE, ID_OTHER, ID_AGAIN };

/* state[0]: elements; state[1]: the last id. */
static void id(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	uint32_t true_id = used.id;

	if (q->state[0]++ == AFTER) {
		switch (q->value) {
		case ID_BEYOND:
			used.id = queue->size;
			break;
		case ID_HUGE:
			used.id |= UINT32_C(0xffff8000);
			break;
		case ID_OTHER:
			used.id = (used.id + queue->size / 2u) % queue->size;
			break;
		default:
			used.id = (uint32_t)q->state[1];
			break;
		}
	}
	q->state[1] = true_id;
	mock_op_push_used(q->below, queue, used);
}
MOCK_QUIRK(used_id_nonsense, .kind = MOCK_SITUATION,
	   .says = "the third used element names a buffer beyond the queue, far beyond it, another "
		   "one, or the one before again",
	   .values = "beyond huge other again", .ops = { .push_used = id });

/* Seen once; with the next buffer the index is right again. */
static void jump(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_publish_used(q->below, queue);
	if (q->state[0]++ == AFTER && queue->ring == &mock_split_ring)
		mock_ring_store16(q->mock, queue->device_area + VIRTQ_USED_IDX,
				  (uint16_t)(queue->published + q->value));
}
MOCK_QUIRK(used_index_jumps, .kind = MOCK_SITUATION,
	   .says = "with the third buffer the used index is so much too high, for once",
	   .values = "1 100 32768 65535", .needs = "mock:,ring=split",
	   .ops = { .publish_used = jump });

/* ---- Packets ---- */

enum { HEADER_CHECKSUM, HEADER_GSO, HEADER_LENGTH, HEADER_BUFFERS };

#define FIELD(member) \
	offsetof(struct virtio_net_hdr, member), sizeof(((struct virtio_net_hdr *)0)->member)

static void put(struct mock_layer *q, struct mock_chain *chain, size_t offset, size_t width,
		uint64_t value)
{
	uint8_t bytes[sizeof(uint64_t)];

	mock_store(q->mock, bytes, (unsigned)width, value);
	mock_op_chain_write(q->below, chain, offset, bytes, width);
}

/* Whether a packet's header begins with this write. */
static bool is_header(const struct mock_chain *chain, uint64_t offset, size_t size)
{
	return offset == 0 && chain->queue->index % 2 == 0 &&
	       size >= offsetof(struct virtio_net_hdr, num_buffers);
}

static size_t header(struct mock_layer *q, struct mock_chain *chain, uint64_t offset,
		     const void *data, size_t size)
{
	size_t done = mock_op_chain_write(q->below, chain, offset, data, size);

	if (!is_header(chain, offset, size))
		return done;
	switch (q->value) {
	case HEADER_CHECKSUM:
		put(q, chain, FIELD(flags), VIRTIO_NET_HDR_F_NEEDS_CSUM);
		put(q, chain, FIELD(csum_start), UINT16_MAX);
		put(q, chain, FIELD(csum_offset), UINT16_MAX);
		break;
	case HEADER_GSO:
		put(q, chain, FIELD(gso_type), 0x7f);
		break;
	case HEADER_LENGTH:
		put(q, chain, FIELD(hdr_len), UINT16_MAX);
		put(q, chain, FIELD(gso_size), UINT16_MAX);
		break;
	default:
		if (size >= sizeof(struct virtio_net_hdr))
			put(q, chain, FIELD(num_buffers), UINT16_MAX);
		break;
	}
	return done;
}
MOCK_QUIRK(net_header_nonsense, .kind = MOCK_SITUATION,
	   .says = "the header of a received packet has a checksum behind its end, a GSO type that "
		   "is none, lengths of 65535, or 65535 buffers",
	   .values = "checksum gso lengths buffers", .needs = "mock:net",
	   .ops = { .chain_write = header });

/* ---- Buffers for packets (5.1.6.3.1) ---- */

#define LARGEST_PACKET 65562u /* with its header */

static void large(struct mock_layer *q, struct mock_features *features)
{
	mock_op_offered_features(q->below, features);
	mock_features_add(features, VIRTIO_NET_F_GUEST_CSUM);
	mock_features_add(features, VIRTIO_NET_F_GUEST_TSO4);
}

/* The first queue is a receive queue, whatever was negotiated. */
static struct mock_chain *pop_large(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock_chain *chain = mock_op_pop(q->below, queue);

	if (chain && queue->index == 0 && mock_has(q->mock, VIRTIO_NET_F_GUEST_TSO4) &&
	    !mock_has(q->mock, VIRTIO_NET_F_MRG_RXBUF) && chain->writable < LARGEST_PACKET)
		mock_op_needs_reset(q->mock->top, "a buffer that the largest packet does not fit");
	return chain;
}
MOCK_QUIRK(net_large_packets, .kind = MOCK_SITUATION,
	   .says = "GUEST_TSO4 is offered without MRG_RXBUF, and buffers that a packet of 64 KiB "
		   "does not fit are an error",
	   .needs = "mock:net,interface=modern|transitional",
	   .ops = { .offered_features = large, .pop = pop_large });
