/* SPDX-License-Identifier: BSD-3-Clause */
/* 6 Reserved Feature Bits. */
#include <string.h>

#include "engine/check.h"

#define BATCH 8u /* requests that are out at once */

static void version_one_offered(struct vs_ctx *t)
{
	uint32_t high = vs_offered_window(t->s, VIRTIO_F_VERSION_1 / 32);

	vs_where(t, "device_feature, window %u", VIRTIO_F_VERSION_1 / 32);
	vs_expect(t, high >> (VIRTIO_F_VERSION_1 % 32) & 1, "bit 32 set", "%#010" PRIx32, high);
}
VS_DEVICE_CHECK(version_one_offered, .rules = VS_RULES(RESERVED_VERSION_ONE_OFFERED),
		.stage = VS_STAGE_COMMON);

/* The next used element. Some devices take one buffer for each notification, not all there are. */
static bool next_used(struct vs_ctx *t, struct vs_queue *q, struct vs_used *used)
{
	if (q->ring->take(q, used))
		return true;
	vs_settle(t->s);
	if (q->ring->take(q, used))
		return true;
	vs_queue_notify(q);
	return vs_queue_wait(q, used);
}

/*
 * All requests are made available before the first notification. A used element may stand for those
 * before it as well, so the place of each has to be behind that of the one before.
 */
/* Makes the places of the used ring such that one shows when it is written. */
static void clear_places(struct vs_ctx *t, struct vs_queue *q)
{
	uint8_t *used = q->area[VS_AREA_DEVICE];

	if (q->ring != &vs_split_ring)
		return;
	memset(used + VIRTQ_USED_RING(0), UINT8_MAX,
	       (size_t)VIRTQ_USED_RING(q->size) - VIRTQ_USED_RING(0));
	vs_bus_push(t->s->bus, used, VIRTQ_USED_RING((size_t)q->size));
}

static bool is_written(struct vs_ctx *t, struct vs_queue *q, unsigned place)
{
	const uint8_t *element = q->area[VS_AREA_DEVICE] + VIRTQ_USED_RING((size_t)place);

	if (q->ring == &vs_packed_ring)
		return (vs_packed_read(q, place).flags & vs_packed_used(true)) ==
		       vs_packed_used(true);
	vs_bus_pull(t->s->bus, element, sizeof(uint32_t));
	return vs_load_le32(element) != UINT32_MAX;
}

/* A ring keeps what was written: a batch leaves one used element, not one a buffer. */
static void expect_written(struct vs_ctx *t, struct vs_queue *q, unsigned elements)
{
	unsigned written = 0;

	for (unsigned i = 0; i < q->size; i++)
		written += is_written(t, q, i);
	vs_where(t, "queue %u", q->index);
	vs_expect(t, written == elements,
		  "one used element for each buffer, or for each batch of buffers in order",
		  "%u of them, of which %u are in order", written, elements);
}

static void in_order(struct vs_ctx *t)
{
	struct vs_request requests[BATCH];
	unsigned count, next = 0, elements = 0;
	struct vs_used used;

	for (unsigned i = 0; i < t->s->queue_count; i++)
		clear_places(t, &t->s->queues[i]);
	vs_proceed(t, VS_STAGE_LIVE);
	for (count = 0; count < BATCH; count++) {
		struct vs_request *r = &requests[count];

		vs_make_request(t, r);
		r->id = r->q->ring->offer(r->q, r->elements, r->count, false);
		if (r->id < 0)
			break;
	}
	if (count < 2)
		vs_skip(t, "queue %u has no room for two requests", requests[0].q->index);
	vs_queue_notify(requests[0].q);
	while (next < count) {
		unsigned place;

		if (!next_used(t, requests[0].q, &used))
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "of %u requests sent together, %u were used", count, next);
		for (place = 0; place < count && used.id != (uint32_t)requests[place].id; place++)
			;
		vs_where(t, "queue %u, request %u of %u", requests[0].q->index, place, count);
		vs_require(t, place >= next && place < count,
			   "buffers used in the order in which they were made available",
			   "head %" PRIu32 " is used, the next one out is head %d", used.id,
			   requests[next].id);
		next = place + 1;
		elements += !used.unnamed;
	}
	vs_settle(t->s);
	expect_written(t, requests[0].q, elements);
}
VS_DEVICE_CHECK(in_order, .rules = VS_RULES(RESERVED_IN_ORDER), .stage = VS_STAGE_QUEUES,
		.needs = VS_NEEDS_REQUEST);

static void require_extended_config(struct vs_ctx *t)
{
	if (!(t->s->bus->features & VS_BUS_EXTENDED_CONFIG))
		vs_skip(t, "this bus does not show extended configuration space");
}

static void sr_iov_needs_capability(struct vs_ctx *t)
{
	require_extended_config(t);
	vs_expect(t, t->s->fn->sriov, "SR_IOV offered only with an SR-IOV capability",
		  "it is offered, and the function has no such capability");
}
VS_DEVICE_CHECK(sr_iov_needs_capability, .rules = VS_RULES(RESERVED_SR_IOV_NEEDS_CAPABILITY),
		.stage = VS_STAGE_COMMON);

static void sr_iov_offered(struct vs_ctx *t)
{
	uint32_t high = vs_offered_window(t->s, VIRTIO_F_SR_IOV / 32);

	require_extended_config(t);
	if (!t->s->fn->sriov)
		vs_skip(t, "the function has no SR-IOV capability");
	vs_expect(t, high >> (VIRTIO_F_SR_IOV % 32) & 1, "SR_IOV, bit 37, offered",
		  "window 1 of device_feature is %#010" PRIx32, high);
}
VS_DEVICE_CHECK(sr_iov_offered, .rules = VS_RULES(RESERVED_SR_IOV_OFFERED),
		.stage = VS_STAGE_COMMON);
