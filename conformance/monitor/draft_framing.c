/* SPDX-License-Identifier: BSD-3-Clause */
/* The framing that the legacy interface of the draft of 2013 wants without ANY_LAYOUT. */
#include "monitor/monitor.h"
#include "spec/blk.h"
#include "spec/net.h"
#include "spec/split_ring.h"

/* The buffer that is being made available: its first and its last element. */
enum { FIRST_LENGTH, FIRST_WRITABLE, LAST_LENGTH, LAST_WRITABLE, QUEUE };

static void note_element(struct vs_judge *j, const struct vs_seen *seen)
{
	bool writable = seen->event->flags & VIRTQ_DESC_F_WRITE;

	if (seen->event->index == 0) {
		j->state[FIRST_LENGTH] = seen->event->length;
		j->state[FIRST_WRITABLE] = writable;
	}
	j->state[LAST_LENGTH] = seen->event->length;
	j->state[LAST_WRITABLE] = writable;
	j->state[QUEUE] = (uint64_t)seen->queue;
}

static void judge_blk(struct vs_judge *j, unsigned count)
{
	vs_keep(j,
		count >= 2 && j->state[FIRST_LENGTH] == sizeof(struct virtio_blk_req) &&
			!j->state[FIRST_WRITABLE] && j->state[LAST_LENGTH] == 1 &&
			j->state[LAST_WRITABLE],
		"header and status in descriptors of their own",
		"%u elements, the first of %" PRIu64 " bytes, the last of %" PRIu64, count,
		j->state[FIRST_LENGTH], j->state[LAST_LENGTH]);
}

/* Packets alone; a receive buffer of MRG_RXBUF is one piece of memory. */
static void judge_net(struct vs_judge *j, unsigned count)
{
	bool mergeable = vs_model_negotiated(j->model, VIRTIO_NET_F_MRG_RXBUF);
	uint64_t header = sizeof(struct virtio_net_hdr);

	if (!mergeable)
		header = offsetof(struct virtio_net_hdr, num_buffers);
	if (j->state[QUEUE] > 1 || (j->state[QUEUE] == 0 && mergeable))
		return;
	vs_keep(j, count >= 2 && j->state[FIRST_LENGTH] == header,
		"the header in a descriptor of its own",
		"%u elements, the first of %" PRIu64 " bytes", count, j->state[FIRST_LENGTH]);
}

static void framing(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);

	if (!q || !(q->written & VS_BIT(VS_QUEUE_ADDRESS)) ||
	    vs_model_negotiated(j->model, VIRTIO_F_ANY_LAYOUT))
		return;
	if (seen->event->kind == VS_EVENT_DESCRIPTOR)
		note_element(j, seen);
	else if (j->state[QUEUE] != (uint64_t)seen->queue || seen->event->length == 0)
		return;
	else if (j->model->type == VIRTIO_ID_BLOCK)
		judge_blk(j, seen->event->length);
	else if (j->model->type == VIRTIO_ID_NET)
		judge_net(j, seen->event->length);
}
VS_MONITOR(draft_framing, .rule = VS_RULE_DRIVER_DRAFT_CONSERVATIVE_FRAMING, .at = 0,
	   .hears = VS_HEARS(DESCRIPTOR) | VS_HEARS(AVAILABLE), .needs = VS_BLIND_RINGS,
	   .step = framing);
