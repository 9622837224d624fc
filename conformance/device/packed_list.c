/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/packed_list.h"

/* Before a device is asked whether it has given up, and is notified once more. */
#define LOOKS 48u

void vs_list_begin(struct vs_ctx *t, struct vs_list *list, struct vs_queue *q,
		   const struct vs_element *elements, unsigned count)
{
	if (q->free_count == 0 || q->slots_free < count)
		vs_block(t, -1, "queue %u has no room for a list of %u", q->index, count);
	*list = (struct vs_list){
		.q = q, .elements = elements, .count = count, .place = q->next, .wrap = q->wrap
	};
	list->id = list->others = vs_flight_free(q);
	vs_flight_depart(q, list->id, (uint16_t)count);
	q->slots_free = (uint16_t)(q->slots_free - count);
	vs_packed_advance(q, count);
}

static uint16_t state_bits(enum vs_list_state state, bool wrap)
{
	switch (state) {
	case VS_LIST_LEFT_USED:
		return vs_packed_used(!wrap);
	case VS_LIST_LEFT_SKIPPED:
		return vs_packed_available(!wrap);
	default:
		return vs_packed_available(wrap);
	}
}

void vs_list_write(const struct vs_list *list, enum vs_list_state state)
{
	struct vs_queue *q = list->q;

	for (unsigned i = list->count; i-- > 0;) {
		const struct vs_element *e = &list->elements[i];
		bool last = i + 1 == list->count;
		bool wrap = list->wrap != ((list->place + i) / q->size % 2 != 0);
		uint16_t flags = state_bits(state, wrap);

		if (e->writable)
			flags |= VIRTQ_PACKED_F_WRITE;
		if (!last)
			flags |= VIRTQ_PACKED_F_NEXT;
		vs_packed_descriptor(q, list->place + i,
				     (struct vs_packed_descriptor){
					     .addr = vs_dma_address(q->s, e->at),
					     .len = e->size,
					     .id = last ? list->id : list->others,
					     .flags = flags });
	}
}

struct vs_queue *vs_packed_queue(struct vs_ctx *t)
{
	struct vs_request request;

	vs_make_request(t, &request);
	return request.q;
}

bool vs_packed_is_used(struct vs_queue *q, unsigned place, bool wrap)
{
	uint16_t flags = vs_packed_read(q, place).flags;

	return (flags & (VIRTQ_PACKED_F_AVAIL | VIRTQ_PACKED_F_USED)) == vs_packed_used(wrap);
}

int vs_offer_request(struct vs_ctx *t, struct vs_request *request, bool indirect)
{
	int id;

	vs_make_request(t, request);
	id = request->q->ring->offer(request->q, request->elements, request->count, indirect);
	if (id < 0)
		vs_block(t, -1, "queue %u has no room for a request", request->q->index);
	request->id = id;
	return id;
}

bool vs_packed_comes_back(struct vs_ctx *t, struct vs_queue *q, struct vs_used *used)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (q->ring->take(q, used))
			return true;
		vs_relax(t->s);
	}
	if (vs_status(t->s) & VIRTIO_STATUS_NEEDS_RESET)
		return false;
	vs_queue_notify(q);
	return vs_queue_wait(q, used);
}

static void serve(struct vs_ctx *t, struct vs_queue *q, bool indirect)
{
	struct vs_request request;
	struct vs_used used;

	vs_offer_request(t, &request, indirect);
	if (q->ring->wants_notification(q))
		vs_queue_notify(q);
	if (!vs_packed_comes_back(t, q, &used) || used.id != (uint32_t)request.id)
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "a benign request (%s) on the way round the ring was not used",
			 request.kind->what);
}

bool vs_packed_go_to(struct vs_ctx *t, struct vs_queue *q, unsigned place, bool wrap)
{
	bool tables = vs_negotiated(t, VIRTIO_F_INDIRECT_DESC);
	struct vs_request request;

	vs_make_request(t, &request);
	for (unsigned i = 0; i < 4u * q->size; i++) {
		unsigned round = q->wrap == wrap ? 0 : q->size;
		unsigned left = (round + place + 2u * q->size - q->next) % (2u * q->size);

		if (left == 0)
			return true;
		if (left >= request.count && request.count <= q->size)
			serve(t, q, false);
		else if (tables)
			serve(t, q, true);
		else
			return false;
	}
	return false;
}
