/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.7.8 The Virtqueue Used Ring, and 2.7.10 on notifications that the device did not ask for. */
#include "device/split_batch.h"

#include <string.h>

#define UNWRITTEN UINT32_MAX
#define REQUESTS  8u

/* IN_ORDER could use several requests by one entry. */
#define ONE_BY_ONE                                  \
	{                                           \
		.refuse = VS_BIT(VIRTIO_F_IN_ORDER) \
	}
static const struct vs_setup without_events = { .refuse = VS_BIT(VIRTIO_F_IN_ORDER) |
							  VS_BIT(VIRTIO_F_EVENT_IDX) };

/* Element `slot` of the used ring as it is now. */
static struct vs_used look_at(struct vs_ctx *t, const struct vs_queue *q, unsigned slot)
{
	const uint8_t *element = q->area[VS_AREA_DEVICE] + VIRTQ_USED_RING(slot);

	vs_bus_pull(t->s->bus, element, VIRTQ_USED_RING(1) - VIRTQ_USED_RING(0));
	return (struct vs_used){ .id = (uint32_t)vs_native_load(t->s, element, 4),
				 .len = (uint32_t)vs_native_load(t->s, element + 4, 4) };
}

/*
 * All elements say what no device can mean before the device gets to see the ring at work. Then one
 * request at a time, and a look at its element as soon as the index covers it.
 */
static void used_element_in_place(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_request request;
	struct vs_queue *q;
	unsigned count;

	vs_make_request(t, &request);
	q = request.q;
	memset(q->area[VS_AREA_DEVICE] + VIRTQ_USED_RING(0), 0xff, (size_t)q->size * 8);
	vs_bus_push(s->bus, q->area[VS_AREA_DEVICE] + VIRTQ_USED_RING(0), (size_t)q->size * 8);
	vs_proceed(t, VS_STAGE_LIVE);
	count = q->size < REQUESTS ? q->size : REQUESTS;
	for (unsigned i = 0; i < count; i++) {
		struct vs_used seen;

		vs_make_request(t, &request);
		vs_send_request(t, &request);
		if (!vs_wait_until(s, vs_split_used_idx(q) != i))
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "a benign request (%s) was not used in time", request.kind->what);
		seen = look_at(t, q, i);
		vs_where(t, "queue %u, element %u of the used ring, used index %u", q->index, i,
			 vs_split_used_idx(q));
		vs_expect(t, seen.id == (uint32_t)request.id,
			  "the head of the buffer that is used, as soon as the index covers it",
			  "id %#" PRIx32 ", head %d is in flight", seen.id, request.id);
		vs_expect(t, seen.len != UNWRITTEN, "a used length as soon as the index covers it",
			  "%#" PRIx32 ", as the driver left it", seen.len);
		/* An element that comes too late is waited for, so that the next has its turn. */
		if (seen.id != (uint32_t)request.id || seen.len == UNWRITTEN)
			vs_settle(s);
		if (!q->ring->take(q, &seen) || seen.id != (uint32_t)request.id)
			return;
	}
}
VS_DEVICE_CHECK(used_element_in_place, .rules = VS_RULES(SPLIT_USED_LEN_BEFORE_IDX),
		.views = VS_ON_SPLIT, .stage = VS_STAGE_QUEUES, .setup = ONE_BY_ONE,
		.needs = VS_NEEDS_REQUEST);

static void expect_flags(struct vs_ctx *t, const struct vs_queue *q, const char *when)
{
	uint16_t flags = vs_ring_load16(t->s, q->area[VS_AREA_DEVICE] + VIRTQ_USED_FLAGS);
	bool events = vs_negotiated(t, VIRTIO_F_EVENT_IDX);

	vs_where(t, "queue %u, %s EVENT_IDX, %s", q->index, events ? "with" : "without", when);
	if (events)
		vs_expect(t, flags == 0, "0 in the used ring's flags", "%#x", flags);
	else
		vs_expect(t, (flags & ~VIRTQ_USED_F_NO_NOTIFY) == 0,
			  "0 or 1 in the used ring's flags", "%#x", flags);
}

static void watch_flags(struct vs_ctx *t)
{
	struct vs_queue *q = vs_request_queue_of(t);

	expect_flags(t, q, "before the first request");
	vs_serve_batch(t, 1);
	expect_flags(t, q, "after a request");
	vs_serve_batch(t, vs_batch_size(t));
	expect_flags(t, q, "after some more");
	vs_queue_notify(q);
	vs_settle(t->s);
	expect_flags(t, q, "at rest");
}

static void used_flags(struct vs_ctx *t)
{
	watch_flags(t);
	if (!vs_negotiated(t, VIRTIO_F_EVENT_IDX))
		return;
	vs_start_over(t, VS_STAGE_LIVE, without_events);
	watch_flags(t);
}
VS_DEVICE_CHECK(used_flags, .rules = VS_RULES(SPLIT_USED_FLAGS), .views = VS_ON_SPLIT,
		.stage = VS_STAGE_LIVE, .setup = ONE_BY_ONE, .needs = VS_NEEDS_REQUEST);

static void notify_times(struct vs_queue *q, unsigned times)
{
	while (times--)
		vs_queue_notify(q);
}

static void expect_used(struct vs_ctx *t, struct vs_queue *q, uint16_t idx)
{
	uint8_t status;

	vs_settle(t->s);
	status = vs_status(t->s);
	vs_expect(t, !(status & VIRTIO_STATUS_NEEDS_RESET), "a device that goes on",
		  "device_status %#x", status);
	vs_expect(t, vs_split_used_idx(q) == idx, "buffers used once each, and no others",
		  "the used index is %u, not %u", vs_split_used_idx(q), idx);
}

/* Of an empty queue, several times about one buffer, and again when that is back. */
static void spurious_notifications(struct vs_ctx *t)
{
	struct vs_request request;
	struct vs_used used;
	struct vs_queue *q;

	vs_need_service(t);
	vs_make_request(t, &request);
	q = request.q;
	notify_times(q, 3);
	vs_where(t, "queue %u, notified with nothing in it", q->index);
	expect_used(t, q, 0);
	request.id = q->ring->offer(q, request.elements, request.count, false);
	if (request.id < 0)
		vs_block(t, -1, "queue %u has no room for a request", q->index);
	notify_times(q, 3);
	vs_where(t, "queue %u, notified three times of one buffer", q->index);
	vs_require(t, vs_comes_back(t, q, &used), "the buffer used", "it is not");
	expect_used(t, q, 1);
	if (request.in)
		vs_mark(t, request.in, request.kind->in_size);
	notify_times(q, 2);
	vs_where(t, "queue %u, notified again of a buffer that is back", q->index);
	expect_used(t, q, 1);
	if (request.in)
		vs_expect(t, vs_is_marked(t, request.in, request.kind->in_size),
			  "memory that is left alone once its buffer is used", "it was written");
	vs_make_request(t, &request);
	vs_send_request(t, &request);
	vs_expect(t, vs_comes_back(t, q, &used), "the next buffer used as ever", "it is not");
}
VS_DEVICE_CHECK(spurious_notifications, .rules = VS_RULES(SPLIT_SPURIOUS_NOTIFICATIONS),
		.views = VS_ON_SPLIT, .stage = VS_STAGE_LIVE, .setup = ONE_BY_ONE,
		.needs = VS_NEEDS_REQUEST);
