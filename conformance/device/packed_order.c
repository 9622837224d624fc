/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.8.12 and 2.8.15: which descriptors a device takes, and where it puts used ones. */
#include "device/packed_list.h"

/* A small ring, so that its end and the next round come soon; IN_ORDER would restrict ids. */
#define SMALL_RING                                                   \
	{                                                            \
		.queue_size = 8, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) \
	}
#define BURSTS 8u
#define BUNCH  4u
#define SPOTS  5u

/* A request whose writable memory tells whether anybody wrote there, as a list. */
static void begin_request(struct vs_ctx *t, struct vs_request *request, struct vs_list *list)
{
	vs_make_request(t, request);
	if (request->in)
		vs_mark(t, request->in, request->kind->in_size);
	vs_list_begin(t, list, request->q, request->elements, request->count);
}

static bool is_unwritten(struct vs_ctx *t, const struct vs_request *request)
{
	return !request->in || vs_is_marked(t, request->in, request->kind->in_size);
}

/* Notified and given time. */
static void expect_left_alone(struct vs_ctx *t, const struct vs_request *request,
			      const struct vs_list *list)
{
	uint8_t status;

	vs_queue_notify(list->q);
	vs_settle(t->s);
	status = vs_status(t->s);
	/* A notification of nothing has to be borne, which is judged elsewhere. */
	if (status & VIRTIO_STATUS_NEEDS_RESET)
		vs_block(t, VS_RULE_SPLIT_SPURIOUS_NOTIFICATIONS,
			 "the device gives up as it is notified of nothing it can take");
	vs_require(t, is_unwritten(t, request), "a buffer that is left alone", "it was written");
	vs_require(t, !list->q->ring->pending(list->q), "nothing used", "place %u was marked used",
		   list->q->next_used);
}

static void take_back(struct vs_ctx *t, const struct vs_list *list)
{
	struct vs_used used;

	if (!vs_packed_comes_back(t, list->q, &used))
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "a benign request on queue %u was not used in time", list->q->index);
}

static void unavailable(struct vs_ctx *t, struct vs_queue *q, enum vs_list_state state,
			const char *what)
{
	struct vs_request request;
	struct vs_list list;

	begin_request(t, &request, &list);
	vs_where(t, "queue %u, %s at place %u, wrap counter %u", q->index, what, list.place,
		 list.wrap);
	vs_list_write(&list, state);
	expect_left_alone(t, &request, &list);
	vs_list_write(&list, VS_LIST_AVAILABLE);
	vs_queue_notify(q);
	take_back(t, &list);
}

/* What a round leaves behind; in the first one, a ring of zeroes is what used lists leave. */
static void left_overs(struct vs_ctx *t)
{
	static const struct {
		bool half, wrap; /* at the beginning of the ring, or in its middle */
	} spots[] = {
		{ false, true }, { true, true }, { false, false }, { true, false }, { false, true }
	};
	static const struct {
		enum vs_list_state state;
		const char *what;
	} left[] = { { VS_LIST_LEFT_USED, "what a used buffer of the round before left" },
		     { VS_LIST_LEFT_SKIPPED, "what a list of the round before left" } };
	struct vs_queue *q = vs_packed_queue(t);
	unsigned tried = 0;

	vs_need_service(t);
	for (size_t i = 0; i < (size_t)2 * SPOTS; i++) {
		if (!vs_packed_go_to(t, q, spots[i % SPOTS].half ? q->size / 2 : 0,
				     spots[i % SPOTS].wrap))
			continue;
		tried++;
		unavailable(t, q, left[i / SPOTS].state, left[i / SPOTS].what);
	}
	if (!tried)
		vs_skip(t, "queue %u of %u entries has no room for a request", q->index, q->size);
}
VS_DEVICE_CHECK(left_overs, .rules = VS_RULES(PACKED_UNAVAILABLE_NOT_USED), .stage = VS_STAGE_LIVE,
		.setup = SMALL_RING, .needs = VS_NEEDS_REQUEST);

/* Two buffers, of which the second is there first. */
static void in_wrong_order(struct vs_ctx *t, struct vs_queue *q)
{
	struct vs_request request[2];
	struct vs_list list[2];

	begin_request(t, &request[0], &list[0]);
	begin_request(t, &request[1], &list[1]);
	vs_where(t, "queue %u, available at place %u but not at place %u, wrap counter %u",
		 q->index, list[1].place, list[0].place, list[0].wrap);
	vs_list_write(&list[1], VS_LIST_AVAILABLE);
	expect_left_alone(t, &request[1], &list[1]);
	vs_list_write(&list[0], VS_LIST_AVAILABLE);
	vs_queue_notify(q);
	take_back(t, &list[0]);
	take_back(t, &list[1]);
}

static void gap_in_ring(struct vs_ctx *t)
{
	struct vs_queue *q = vs_packed_queue(t);
	struct vs_request request;

	vs_need_service(t);
	vs_make_request(t, &request);
	if (q->size < 2 * request.count)
		vs_skip(t, "queue %u of %u entries has no room for two requests", q->index,
			q->size);
	for (unsigned i = 0; i < 6; i++)
		in_wrong_order(t, q);
}
VS_DEVICE_CHECK(gap_in_ring, .rules = VS_RULES(PACKED_PROCESSING_ORDER), .stage = VS_STAGE_LIVE,
		.setup = SMALL_RING, .needs = VS_NEEDS_REQUEST);

/* A place other than the next one that is marked used in its round, or -1. */
static int used_elsewhere(struct vs_queue *q)
{
	unsigned out = (unsigned)q->size - q->slots_free;

	for (unsigned i = 1; i < out; i++) {
		unsigned at = q->next_used + i;

		if (vs_packed_is_used(q, at, q->used_wrap != (at >= q->size)))
			return (int)(at % q->size);
	}
	return -1;
}

static void expect_bunch_back(struct vs_ctx *t, struct vs_queue *q, unsigned count)
{
	struct vs_used used;

	for (unsigned i = 0; i < count; i++) {
		unsigned place = q->next_used;
		int other;

		vs_where(t, "queue %u, place %u, after %u of %u buffers", q->index, place, i,
			 count);
		if (vs_packed_comes_back(t, q, &used)) {
			vs_expect(t, true, "", " ");
			continue;
		}
		other = used_elsewhere(q);
		vs_require(t, other < 0, "used descriptors one after the other",
			   "place %d was marked used, and place %u was not", other, place);
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "of %u requests notified of together, %u were used", count, i);
	}
}

/* Lists of different lengths side by side: some requests in the ring, some in tables. */
static void used_without_gap(struct vs_ctx *t)
{
	bool tables = vs_negotiated(t, VIRTIO_F_INDIRECT_DESC);
	struct vs_queue *q = vs_packed_queue(t);

	for (unsigned i = 0; i < BURSTS; i++) {
		struct vs_request request;
		unsigned count = 0;

		vs_make_request(t, &request);
		while (count < BUNCH && q->slots_free >= request.count) {
			vs_offer_request(t, &request, tables && (count + i) % 3 == 0);
			count++;
		}
		vs_queue_notify(q);
		expect_bunch_back(t, q, count);
	}
}
VS_DEVICE_CHECK(used_without_gap, .rules = VS_RULES(PACKED_USED_IN_COMPLETION_ORDER),
		.stage = VS_STAGE_LIVE, .setup = SMALL_RING, .needs = VS_NEEDS_REQUEST);

/*
 * A look at the descriptor as soon as it is marked, and another one later. What stands in its
 * length before is no length that could be; in a list, neither is the id.
 */
static void final_when_used(struct vs_ctx *t)
{
	struct vs_queue *q = vs_packed_queue(t);

	vs_need_service(t);
	for (unsigned i = 0; i < 2u * q->size && i < 16; i++) {
		struct vs_packed_descriptor seen, later;
		struct vs_request request;
		struct vs_list list;
		struct vs_used used;

		begin_request(t, &request, &list);
		vs_where(t, "queue %u, place %u, wrap counter %u", q->index, list.place, list.wrap);
		vs_list_write(&list, VS_LIST_AVAILABLE);
		vs_queue_notify(q);
		if (!vs_wait_until(t->s, vs_packed_is_used(q, list.place, list.wrap)))
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "a benign request (%s) was not used in time", request.kind->what);
		seen = vs_packed_read(q, list.place);
		if (i < 2 || i % 4 == 0)
			vs_settle(t->s);
		later = vs_packed_read(q, list.place);
		vs_require(t,
			   seen.addr == later.addr && seen.len == later.len &&
				   seen.id == later.id && seen.flags == later.flags,
			   "a descriptor that stays as it was when it was marked used",
			   "length %" PRIu32 ", id %u, flags %#x became %" PRIu32 ", %u, %#x",
			   seen.len, seen.id, seen.flags, later.len, later.id, later.flags);
		if (!vs_packed_comes_back(t, q, &used) || used.id != list.id)
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "a benign request (%s) comes back as another one",
				 request.kind->what);
	}
}
VS_DEVICE_CHECK(final_when_used, .rules = VS_RULES(PACKED_USED_DESCRIPTOR_FINAL),
		.stage = VS_STAGE_LIVE, .setup = SMALL_RING, .needs = VS_NEEDS_REQUEST);
