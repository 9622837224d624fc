/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.8.15 on the memory of buffers, 2.8.6 and 2.8.18 on lists, 2.8.5 on what a used one says. */
#include "device/packed_list.h"
#include "spec/blk.h"

#define ROUNDS 3u

static const struct vs_setup without_order = { .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };

static void packed_buffers(struct vs_ctx *t)
{
	vs_check_buffers(t, VS_RULE_PACKED_READABLE_NOT_WRITTEN, VS_RULE_PACKED_WRITABLE_NOT_READ,
			 -1);
}
VS_DEVICE_CHECK(packed_buffers,
		.rules = VS_RULES(PACKED_READABLE_NOT_WRITTEN, PACKED_WRITABLE_NOT_READ),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);

static const struct cut {
	const char *what;
	enum vs_cut out, in;
} cuts[] = {
	{ "in one piece", VS_CUT_WHOLE, VS_CUT_WHOLE },
	{ "cut in halves", VS_CUT_HALVES, VS_CUT_HALVES },
	{ "cut unevenly", VS_CUT_UNEVEN, VS_CUT_UNEVEN },
	{ "read byte by byte", VS_CUT_BYTES, VS_CUT_WHOLE },
	{ "written byte by byte", VS_CUT_WHOLE, VS_CUT_BYTES },
};
#define CUTS (sizeof(cuts) / sizeof(cuts[0]))

/* All of a first sector may be 0, and so is all of a request for it: whatever its order. */
static const struct vs_request_kind identify = {
	.type = VIRTIO_ID_BLOCK,
	.what = "asks a disk for its name",
	.out_size = 16,
	.out = { VIRTIO_BLK_T_GET_ID },
	.in_size = VIRTIO_BLK_ID_SIZE + 1,
	.used_min = 1,
};

/* A request that tells, by its answer, whether its elements were put together rightly. */
static void make_telling(struct vs_ctx *t, struct vs_message *m, const struct cut *cut,
			 unsigned round)
{
	uint32_t left = identify.in_size;

	vs_cut_message(t, m, cut->out, cut->in, round);
	if (t->s->fn->type != VIRTIO_ID_BLOCK)
		return;
	m->kind = &identify;
	vs_store_le(m->pieces[0].at, 1, VIRTIO_BLK_T_GET_ID);
	vs_bus_push(t->s->bus, m->pieces[0].at, 1);
	m->count = m->readable;
	while (left) {
		struct vs_element *piece = &m->pieces[m->count++];

		piece->size = piece->size < left ? piece->size : left;
		left -= piece->size;
	}
}

static void make_reference(struct vs_ctx *t, struct vs_answers *reference)
{
	make_telling(t, &reference->first, &cuts[0], 0);
	make_telling(t, &reference->second, &cuts[0], 1);
	if (!vs_exchange_message(t, &reference->first, false) ||
	    !vs_exchange_message(t, &reference->second, false))
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "a benign request (%s) in one piece is not served",
			 reference->first.kind->what);
}

/* Where a device cannot take a request in pieces anyway, its order is not to blame. */
static void need_free_framing(struct vs_ctx *t)
{
	struct vs_answers reference;
	struct vs_message m;
	uint32_t at;

	vs_start_over(t, VS_STAGE_LIVE,
		      (struct vs_setup){ .refuse = VS_BIT(VIRTIO_F_RING_PACKED) |
						   VS_BIT(VIRTIO_F_IN_ORDER) });
	make_reference(t, &reference);
	for (size_t i = 1; i < CUTS; i++) {
		make_telling(t, &m, &cuts[i], 0);
		if (m.count > reference.first.count &&
		    (!vs_exchange_message(t, &m, false) || !vs_same_answer(&reference, &m, &at)))
			vs_block(t, VS_RULE_SPLIT_ANY_FRAMING,
				 "a request (%s) %s is not served on a split ring either",
				 m.kind->what, cuts[i].what);
	}
}

static void expect_in_order(struct vs_ctx *t, const struct vs_answers *reference,
			    const struct cut *cut, struct vs_message *m)
{
	bool back = vs_exchange_message(t, m, false), same;
	uint32_t at;

	vs_where(t, "queue %u, a request %s: a list of %u", m->q->index, cut->what, m->count);
	vs_require(t, back, "the request served as on a split ring",
		   "it did not come back (device_status %#x)", vs_status(t->s));
	same = vs_same_answer(reference, m, &at);
	vs_expect(t, same, "the answer that the request gets in one piece",
		  "byte %" PRIu32 " of the answer is %#x, not %#x", at, same ? 0 : m->answer[at],
		  same ? 0 : reference->first.answer[at]);
}

/* No list fills the ring or runs across its end: what becomes of those is another matter. */
static void chain_order(struct vs_ctx *t)
{
	struct vs_answers reference;
	struct vs_message m;
	unsigned tried = 0;

	need_free_framing(t);
	vs_start_over(t, VS_STAGE_LIVE, without_order);
	make_reference(t, &reference);
	for (size_t i = 1; i < CUTS; i++) {
		make_telling(t, &m, &cuts[i], 0);
		if (m.count <= reference.first.count || m.count >= m.q->size)
			continue;
		if (m.q->next + m.count > m.q->size && !vs_packed_go_to(t, m.q, 0, !m.q->wrap))
			continue;
		tried++;
		expect_in_order(t, &reference, &cuts[i], &m);
	}
	if (!tried)
		vs_skip(t, "a queue of %u entries has no room to cut the request",
			reference.first.q->size);
}
VS_DEVICE_CHECK(chain_order, .rules = VS_RULES(PACKED_CHAIN_ORDER), .stage = VS_STAGE_COMMON,
		.needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SPLIT_DESCRIPTOR_COUNT_REASONABLE));

/* A request in two elements: as it is, or cut in halves; or skips. */
static void make_pair(struct vs_ctx *t, struct vs_message *m)
{
	vs_cut_message(t, m, VS_CUT_WHOLE, VS_CUT_WHOLE, 0);
	if (m->count < 2)
		vs_cut_message(t, m, VS_CUT_HALVES, VS_CUT_HALVES, 0);
	if (m->count < 2)
		vs_skip(t, "no request of two elements fits into queue %u", m->q->index);
}

/* The ids in the others are of no buffer, or of one that is not out. */
static void id_in_last(struct vs_ctx *t)
{
	const uint16_t others[] = { UINT16_MAX, 0 };
	struct vs_message m;
	struct vs_list list;
	struct vs_used used;

	vs_need_service(t);
	vs_serve(t);
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		make_pair(t, &m);
		vs_list_begin(t, &list, m.q, m.pieces, m.count);
		list.others = others[i];
		vs_where(t, "queue %u, a list of %u with id %u in its last descriptor, %u before",
			 m.q->index, m.count, list.id, list.others);
		vs_list_write(&list, VS_LIST_AVAILABLE);
		vs_queue_notify(m.q);
		vs_require(t, vs_packed_comes_back(t, m.q, &used), "the list used",
			   "it is not (device_status %#x)", vs_status(t->s));
		vs_require(t, used.id == list.id, "the id of the last descriptor",
			   "used with id %" PRIu32, used.id);
	}
}
VS_DEVICE_CHECK(id_in_last, .rules = VS_RULES(ROBUST_PACKED_ID_IN_LAST), .stage = VS_STAGE_LIVE,
		.setup = { .refuse = VS_BIT(VIRTIO_F_IN_ORDER) }, .needs = VS_NEEDS_REQUEST);

/* In both rounds, since the flag stands beside the bits that differ there. */
static void used_write_flag(struct vs_ctx *t)
{
	for (unsigned i = 0; i < 2u * ROUNDS; i++) {
		struct vs_packed_descriptor d;
		struct vs_request request;
		uint16_t place;
		struct vs_queue *q;
		struct vs_used used;

		vs_make_request(t, &request);
		q = request.q;
		if (!request.in)
			vs_skip(t, "the request (%s) has no device-writable part",
				request.kind->what);
		vs_mark(t, request.in, request.kind->in_size);
		place = q->next_used;
		vs_send_request(t, &request);
		if (!vs_packed_comes_back(t, q, &used) || used.id != (uint32_t)request.id)
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "a benign request (%s) was not used", request.kind->what);
		if (vs_is_marked(t, request.in, request.kind->in_size))
			vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "a benign request (%s) was used without an answer",
				 request.kind->what);
		vs_where(t, "queue %u, place %u", q->index, place);
		d = vs_packed_read(q, place);
		vs_require(t, d.flags & VIRTQ_PACKED_F_WRITE, "WRITE in the used descriptor",
			   "flags %#x and length %" PRIu32 " for a buffer that was written to",
			   d.flags, d.len);
	}
}
VS_DEVICE_CHECK(used_write_flag, .rules = VS_RULES(ROBUST_PACKED_USED_WRITE_FLAG),
		.stage = VS_STAGE_LIVE,
		.setup = { .queue_size = 4, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) },
		.needs = VS_NEEDS_REQUEST);
