/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness of rings: requests that cannot be answered, and descriptors that do not hold still
 * (2.7.4, 2.7.5). */
#include <string.h>

#include "device/ring_shapes.h"

#define SIZE  8u
#define FLIPS 32u /* times a descriptor is changed while a request is out */

static const struct vs_setup small = { .queue_size = SIZE, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };

static bool gave_up(struct vs_ctx *t)
{
	return vs_status(t->s) & VIRTIO_STATUS_NEEDS_RESET;
}

/* Whether *used, of `count`, are all there are, or the device has given up. */
static bool is_over(struct vs_ctx *t, struct vs_queue *q, unsigned *used, unsigned count)
{
	struct vs_used element;

	while (*used < count && q->ring->take(q, &element))
		++*used;
	return *used == count || gave_up(t);
}

/*
 * Without its answer, or with a place for it that the device may not write. A device may wait with
 * it until there is something to do.
 */
static void no_writable_part(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_request request;
	struct vs_queue *q;
	unsigned count = 1, used = 0;

	vs_need_service(t);
	vs_make_request(t, &request);
	if (!request.in)
		vs_skip(t, "a request of this device type has no answer");
	q = request.q;
	if (request.out)
		request.count--;
	else
		request.elements[0].writable = false;
	q->ring->offer(q, request.elements, request.count, false);
	vs_queue_notify(q);
	vs_settle(s);
	if (!is_over(t, q, &used, count)) {
		count++;
		vs_make_request(t, &request);
		q->ring->offer(q, request.elements, request.count, false);
		vs_queue_notify(q);
	}
	vs_where(t, "queue %u", q->index);
	vs_expect(t, vs_wait_until(s, is_over(t, q, &used, count)),
		  "a request without room for its answer that is used, or DEVICE_NEEDS_RESET",
		  "%u of %u requests are used (device_status %#x)", used, count, vs_status(s));
	vs_where(t, "%s", "");
	vs_expect_recovery(t, "a request without room for its answer");
}
VS_DEVICE_CHECK(no_writable_part, .rules = VS_RULES(ROBUST_NO_WRITABLE_PART),
		.stage = VS_STAGE_LIVE, .setup = { .queue_size = SIZE }, .needs = VS_NEEDS_REQUEST);

/* What becomes of the last descriptor of a request. Its memory is as long as it ever claims. */
static const struct {
	const char *blow;
	struct vs_shape_descriptor bent;
} changes[] = {
	{ "a length that grows in flight", { .length = VS_LENGTH_MUCH } },
	{ "a length that becomes 0 in flight", { .length = VS_LENGTH_ZERO } },
	{ "an address that leaves memory in flight", { .place = VS_PLACE_OUTSIDE } },
	{ "a chain that loses its end in flight", { .next = VS_NEXT_MOST } },
};

/* A request whose last part has room to grow; in descriptors 0 and up. */
static void lay_request(struct vs_ctx *t, struct vs_request *request)
{
	struct vs_element *last;
	uint8_t *room;

	vs_make_request(t, request);
	last = &request->elements[request->count - 1];
	room = vs_take_memory(t, VS_SHAPE_MUCH, 16);
	memcpy(room, last->at, last->size);
	vs_bus_push(t->s->bus, room, last->size);
	last->at = room;
	vs_split_chain(request->q, 0, request->elements, request->count);
}

static void change(struct vs_ctx *t, const struct vs_shape_descriptor *bent)
{
	static const struct vs_shape_descriptor plain;
	struct vs_request request;
	const struct vs_element *last;
	unsigned at;

	lay_request(t, &request);
	at = request.count - 1;
	last = &request.elements[at];
	vs_split_publish(request.q, 0);
	vs_queue_notify(request.q);
	for (unsigned i = 0; i < FLIPS; i++) {
		vs_shape_rewrite(request.q, at, last, bent);
		vs_ring_barrier();
		vs_shape_rewrite(request.q, at, last, &plain);
		vs_ring_barrier();
	}
	vs_shape_rewrite(request.q, at, last, bent);
	vs_queue_notify(request.q);
	vs_settle(t->s);
}

static void changed_in_flight(struct vs_ctx *t)
{
	const size_t count = sizeof(changes) / sizeof(changes[0]);

	vs_need_service(t);
	vs_start_over(t, VS_STAGE_LIVE, small);
	for (size_t i = 0; i < count; i++) {
		if (i)
			vs_require_restart(t, VS_STAGE_LIVE, small, changes[i - 1].blow);
		change(t, &changes[i].bent);
	}
	vs_expect_recovery(t, changes[count - 1].blow);
}
VS_DEVICE_CHECK(changed_in_flight, .rules = VS_RULES(ROBUST_DESCRIPTOR_CHANGED_IN_FLIGHT),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_REQUEST, .views = VS_ON(MODERN),
		.breaks = VS_BREAKS(DRIVER_SPLIT_PUBLISHED_COMPLETE));
