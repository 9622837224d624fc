/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness of rings: what a driver may do and devices stumble over (2.7.4, 2.7.5, 2.7.10). */
#include <string.h>

#include "device/ring_shapes.h"

#define SIZE 4u

static const struct vs_setup small = { .queue_size = SIZE, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };

/* Waits for the one buffer that is out. */
static void expect_used(struct vs_ctx *t, const struct vs_request *request, uint32_t id,
			const char *expected)
{
	struct vs_used used = { 0 };
	bool back = vs_queue_wait(request->q, &used);

	vs_where(t, "queue %u", request->q->index);
	if (!vs_expect(t, back, expected, "it stays unused (device_status %#x)", vs_status(t->s)))
		return;
	if (used.id != id)
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES, "used id %u, but %u is in flight",
			 used.id, id);
	vs_expect(t, used.len >= request->kind->used_min, expected,
		  "a used length of %u, where %u are the least", used.len, request->kind->used_min);
}

static void offer(struct vs_ctx *t, struct vs_request *request, const struct vs_element *elements,
		  unsigned count, bool indirect, const char *expected)
{
	struct vs_queue *q = request->q;
	int id = q->ring->offer(q, elements, count, indirect);

	if (id < 0)
		vs_block(t, -1, "queue %u has no room for %u descriptors", q->index, count);
	vs_queue_notify(q);
	expect_used(t, request, (uint32_t)id, expected);
}

/* What a table as it ought to be does not do is the matter of others. */
static void need_indirect(struct vs_ctx *t)
{
	struct vs_request request;
	struct vs_used used;

	vs_make_request(t, &request);
	request.q->ring->offer(request.q, request.elements, request.count, true);
	vs_queue_notify(request.q);
	if (!vs_queue_wait(request.q, &used))
		vs_block(t, -1, "queue %u: a request through an indirect table stays unused",
			 request.q->index);
}

static void indirect_unaligned(struct vs_ctx *t)
{
	static const struct vs_shape shape = { .list = { { .part = VS_PART_FIRST },
							 { .part = VS_PART_LAST } },
					       .indirect = true,
					       .table_place = VS_PLACE_ODD };
	struct vs_request request;

	vs_need_service(t);
	if (!vs_negotiated(t, VIRTIO_F_INDIRECT_DESC))
		vs_skip(t, "INDIRECT_DESC was not accepted");
	need_indirect(t);
	vs_start_over(t, VS_STAGE_LIVE, small);
	vs_shape_offer(t, &shape, &request);
	expect_used(t, &request, 0, "a request through an indirect table at an odd address, used");
}
VS_DEVICE_CHECK(indirect_unaligned, .rules = VS_RULES(ROBUST_INDIRECT_UNALIGNED),
		.stage = VS_STAGE_LIVE,
		.setup = { .queue_size = SIZE, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) },
		.needs = VS_NEEDS_REQUEST, .views = VS_ON(MODERN));

/* The element's bytes at another place. */
static void move(struct vs_ctx *t, struct vs_element *element, uint8_t *to)
{
	memcpy(to, element->at, element->size);
	vs_bus_push(t->s->bus, to, element->size);
	element->at = to;
}

static void buffer_unaligned(struct vs_ctx *t)
{
	struct vs_request request;

	vs_need_service(t);
	vs_make_request(t, &request);
	for (unsigned i = 0; i < request.count; i++)
		move(t, &request.elements[i],
		     (uint8_t *)vs_take_memory(t, request.elements[i].size + 1, 16) + 1);
	offer(t, &request, request.elements, request.count, false,
	      "a request with every part at an odd address, used");
}
VS_DEVICE_CHECK(buffer_unaligned, .rules = VS_RULES(ROBUST_BUFFER_UNALIGNED),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);

/* Each part in turn: memory that nobody else uses. */
static void buffer_at_end(struct vs_ctx *t)
{
	const struct vs_dma *dma = &t->s->bus->dma;
	struct vs_request request;

	vs_need_service(t);
	for (unsigned i = 0; i < 2; i++) {
		vs_make_request(t, &request);
		if (i == request.count)
			break;
		move(t, &request.elements[i], dma->host + (dma->size - request.elements[i].size));
		offer(t, &request, request.elements, request.count, false,
		      "a request with a part that ends with the last byte of memory, used");
	}
}
VS_DEVICE_CHECK(buffer_at_end, .rules = VS_RULES(ROBUST_BUFFER_AT_MEMORY_END),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);

/*
 * The request in exactly `count` elements, or fewer where it has too few bytes: the writable part
 * is cut, its last byte alone, else the readable one.
 */
static unsigned cut(const struct vs_request *request, struct vs_element *elements, unsigned count)
{
	const struct vs_element *whole = &request->elements[request->count - 1];
	unsigned pieces = count - (request->count - 1), done = 0;
	uint32_t each = pieces > 1 ? (whole->size - 1) / (pieces - 1) : whole->size;

	if (whole->size < pieces)
		return 0;
	if (request->count > 1)
		elements[done++] = request->elements[0];
	for (unsigned i = 0; i < pieces; i++) {
		elements[done] = *whole;
		elements[done].at = (uint8_t *)whole->at + (size_t)i * each;
		elements[done++].size = each;
	}
	/* What division leaves goes to the last but one. */
	elements[done - 1].at = (uint8_t *)whole->at + whole->size - 1;
	elements[done - 1].size = 1;
	elements[done - 2].size = whole->size - 1 - (pieces - 2) * each;
	return done;
}

static bool fill_queue(struct vs_ctx *t, struct vs_setup setup)
{
	struct vs_element *elements;
	struct vs_request request;
	struct vs_queue *q;
	unsigned count;

	vs_start_over(t, VS_STAGE_LIVE, setup);
	vs_make_request(t, &request);
	q = request.q;
	elements = vs_session_alloc(t->s, q->size * sizeof(*elements));
	if (!elements || q->size < request.count + 1u)
		return false;
	count = cut(&request, elements, q->size);
	if (!count)
		return false;
	offer(t, &request, elements, count, false,
	      "a request in as many descriptors as the queue has places, used");
	if (vs_negotiated(t, VIRTIO_F_INDIRECT_DESC)) {
		need_indirect(t);
		offer(t, &request, elements, count, true,
		      "a request in an indirect table as long as the queue, used");
	}
	return true;
}

static void chain_of_queue_size(struct vs_ctx *t)
{
	struct vs_setup tiny = small;
	bool done;

	vs_need_service(t);
	tiny.queue_size = 2;
	done = fill_queue(t, small) || fill_queue(t, tiny);
	if (!done)
		vs_skip(t, "a request of this device type has too few bytes for its queue");
	fill_queue(t, (struct vs_setup){ .refuse = small.refuse });
}
VS_DEVICE_CHECK(chain_of_queue_size, .rules = VS_RULES(ROBUST_CHAIN_OF_QUEUE_SIZE),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SPLIT_DESCRIPTOR_COUNT_REASONABLE));

#define EVENT_MARK 0xb6b7u

/* The place is there on every ring, and what it says means nothing without the feature. */
static void avail_event_untouched(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_queue *q;
	uint8_t *event;
	uint16_t found;

	vs_need_service(t);
	q = &s->queues[0];
	event = q->area[VS_AREA_DEVICE] + VIRTQ_USED_AVAIL_EVENT(q->size);
	vs_ring_store16(s, event, EVENT_MARK);
	vs_proceed(t, VS_STAGE_LIVE);
	for (unsigned i = 0; i < 2 * SIZE + 1; i++)
		vs_serve(t);
	vs_settle(s);
	found = vs_ring_load16(s, event);
	vs_where(t, "queue %u", q->index);
	vs_expect(t, found == EVENT_MARK, "bytes behind the used ring that are left alone",
		  "%#x, where %#x had been, after %u requests", found, EVENT_MARK, 2 * SIZE + 1);
}
VS_DEVICE_CHECK(avail_event_untouched, .rules = VS_RULES(ROBUST_AVAIL_EVENT_UNTOUCHED),
		.stage = VS_STAGE_QUEUES,
		.setup = { .queue_size = SIZE, .refuse = VS_BIT(VIRTIO_F_EVENT_IDX) },
		.needs = VS_NEEDS_REQUEST, .views = VS_ON(MODERN));
