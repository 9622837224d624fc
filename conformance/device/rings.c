/* SPDX-License-Identifier: BSD-3-Clause */
#include "device/rings.h"

#include <string.h>

/* Bytes between two pieces in memory, so that reading on beyond one finds something else. */
#define GAP    24u
#define FILLER 0xa5
/* Before the status is asked whether there is anything to wait for. */
#define LOOKS  32u

uint8_t vs_filling(unsigned round, uint32_t i)
{
	return (uint8_t)(i * 7u + 0x31u + round * 0x35u);
}

/* The size of piece `i` when `left` of `size` bytes and room for `room` pieces are left. */
static uint32_t piece_size(enum vs_cut cut, unsigned i, uint32_t size, uint32_t left, unsigned room)
{
	static const uint8_t uneven[] = { 3, 1, 7, 2, 13, 5, 1, 29 };
	uint32_t piece = left;

	if (room == 1)
		return left;
	switch (cut) {
	case VS_CUT_WHOLE:
		break;
	case VS_CUT_HALVES:
		piece = i ? left : size / 2;
		break;
	case VS_CUT_FIRST:
		piece = i ? left : 1;
		break;
	case VS_CUT_LAST:
		piece = i ? left : left - 1;
		break;
	case VS_CUT_BYTES:
		piece = 1;
		break;
	case VS_CUT_LAST_BYTES:
		piece = left > room ? left - (room - 1) : 1;
		break;
	case VS_CUT_UNEVEN:
		piece = uneven[i % sizeof(uneven)];
		break;
	}
	if (piece == 0 || piece > left)
		piece = left;
	return piece;
}

/* Adds the pieces of one part, in one allocation with gaps. */
static void cut_part(struct vs_ctx *t, struct vs_message *m, enum vs_cut cut, uint32_t size,
		     bool writable, unsigned room)
{
	size_t span = size + (size_t)GAP * (room < size ? room : size);
	uint32_t left = size;
	uint8_t *at;

	if (size == 0)
		return;
	at = vs_take_memory(t, span, 1);
	memset(at, FILLER, span);
	for (unsigned i = 0; left; i++, room--) {
		uint32_t piece = piece_size(cut, i, size, left, room);

		m->pieces[m->count++] =
			(struct vs_element){ .at = at, .size = piece, .writable = writable };
		at += piece + GAP;
		left -= piece;
	}
}

/* Gives the readable pieces their bytes and the writable ones the round's filling. */
static void fill_pieces(struct vs_ctx *t, struct vs_message *m, const uint8_t *out)
{
	uint32_t position = 0;

	for (unsigned i = 0; i < m->count; i++) {
		uint8_t *at = m->pieces[i].at;

		if (i == m->readable)
			position = 0;
		for (uint32_t j = 0; j < m->pieces[i].size; j++, position++)
			at[j] = i < m->readable ? out[position] : vs_filling(m->round, position);
		vs_bus_push(t->s->bus, at, m->pieces[i].size + GAP);
	}
}

void vs_cut_message(struct vs_ctx *t, struct vs_message *m, enum vs_cut out, enum vs_cut in,
		    unsigned round)
{
	struct vs_request request;
	unsigned room, out_room;

	vs_make_request(t, &request);
	*m = (struct vs_message){ .kind = request.kind, .q = request.q, .round = round };
	room = m->q->size < VS_PIECES_MAX ? m->q->size : VS_PIECES_MAX;
	if (!m->kind->in_size)
		out_room = room;
	else if (in == VS_CUT_WHOLE)
		out_room = room - 1;
	else
		out_room = out == VS_CUT_WHOLE ? 1 : room / 2;
	cut_part(t, m, out, request.out_size, false, out_room);
	m->readable = m->count;
	cut_part(t, m, in, m->kind->in_size, true, room - m->count);
	fill_pieces(t, m, request.out);
	if (m->kind->in_size) {
		m->answer = vs_session_alloc(t->s, m->kind->in_size);
		if (!m->answer)
			vs_block(t, -1, "no memory left for an answer");
	}
}

/* A device that has given up is not waited for any longer. */
static bool comes_back(struct vs_ctx *t, struct vs_message *m)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		if (m->q->ring->take(m->q, &m->used))
			return true;
		vs_relax(t->s);
	}
	return !(vs_status(t->s) & VIRTIO_STATUS_NEEDS_RESET) && vs_queue_wait(m->q, &m->used);
}

bool vs_await_message(struct vs_ctx *t, struct vs_message *m, int id)
{
	uint32_t position = 0;

	if (!comes_back(t, m))
		return false;
	if (m->used.id != (uint32_t)id)
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "queue %u: used id %" PRIu32 ", but %d is in flight", m->q->index,
			 m->used.id, id);
	for (unsigned i = m->readable; i < m->count; i++) {
		vs_bus_pull(t->s->bus, m->pieces[i].at, m->pieces[i].size);
		memcpy(m->answer + position, m->pieces[i].at, m->pieces[i].size);
		position += m->pieces[i].size;
	}
	return true;
}

bool vs_exchange_message(struct vs_ctx *t, struct vs_message *m, bool indirect)
{
	int id = m->q->ring->offer(m->q, m->pieces, m->count, indirect);

	if (id < 0)
		vs_block(t, -1, "queue %u has no room for a request of %u elements", m->q->index,
			 m->count);
	if (m->q->ring->wants_notification(m->q))
		vs_queue_notify(m->q);
	return vs_await_message(t, m, id);
}

bool vs_is_message_intact(struct vs_ctx *t, const struct vs_message *m)
{
	struct vs_request request;
	uint32_t position = 0;

	vs_make_request(t, &request);
	for (unsigned i = 0; i < m->readable; i++) {
		vs_bus_pull(t->s->bus, m->pieces[i].at, m->pieces[i].size);
		if (memcmp(m->pieces[i].at, request.out + position, m->pieces[i].size) != 0)
			return false;
		position += m->pieces[i].size;
	}
	return true;
}

void vs_answer_reference(struct vs_ctx *t, struct vs_answers *reference)
{
	vs_cut_message(t, &reference->first, VS_CUT_WHOLE, VS_CUT_WHOLE, 0);
	vs_cut_message(t, &reference->second, VS_CUT_WHOLE, VS_CUT_WHOLE, 1);
	if (!vs_exchange_message(t, &reference->first, false) ||
	    !vs_exchange_message(t, &reference->second, false))
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "a benign request (%s) in one piece is not served",
			 reference->first.kind->what);
}

static uint32_t steady_end(const struct vs_request_kind *kind)
{
	return kind->steady.end ? kind->steady.end : kind->in_size;
}

/* Bytes that differ with the filling were not written; what they are says nothing. */
bool vs_same_answer(const struct vs_answers *reference, const struct vs_message *m, uint32_t *at)
{
	const uint8_t *first = reference->first.answer, *second = reference->second.answer;

	for (*at = m->kind->steady.from; *at < steady_end(m->kind); ++*at)
		if (first[*at] == second[*at] && m->answer[*at] != first[*at])
			return false;
	return true;
}

/*
 * On the legacy interface framing is free with ANY_LAYOUT only (2.7.4.3). Without it a device may
 * ask for what its type's section says of framing, and this is where that has to be laid out.
 */
static void need_free_framing(struct vs_ctx *t)
{
	if (!vs_negotiated(t, VIRTIO_F_VERSION_1) && !vs_negotiated(t, VIRTIO_F_ANY_LAYOUT))
		vs_skip(t, "without ANY_LAYOUT the device may rely on conservative framing");
}

static const struct shape {
	const char *what;
	enum vs_cut out, in;
	bool indirect;
} shapes[] = {
	{ "cut in halves", VS_CUT_HALVES, VS_CUT_HALVES, false },
	{ "with its first bytes apart", VS_CUT_FIRST, VS_CUT_FIRST, false },
	{ "with its last bytes apart", VS_CUT_LAST, VS_CUT_LAST, false },
	{ "cut unevenly", VS_CUT_UNEVEN, VS_CUT_UNEVEN, false },
	{ "read byte by byte", VS_CUT_BYTES, VS_CUT_WHOLE, false },
	{ "written byte by byte from the start", VS_CUT_WHOLE, VS_CUT_BYTES, false },
	{ "written byte by byte at the end", VS_CUT_WHOLE, VS_CUT_LAST_BYTES, false },
	{ "byte by byte", VS_CUT_BYTES, VS_CUT_LAST_BYTES, false },
	{ "whole in an indirect table", VS_CUT_WHOLE, VS_CUT_WHOLE, true },
	{ "cut unevenly in an indirect table", VS_CUT_UNEVEN, VS_CUT_UNEVEN, true },
	{ "byte by byte in an indirect table", VS_CUT_BYTES, VS_CUT_BYTES, true },
};

/* Whether the shape can be laid out and is another one than the reference has. */
static bool has_shape(struct vs_ctx *t, const struct shape *shape, const struct vs_message *m,
		      const struct vs_answers *reference)
{
	if (shape->indirect)
		return vs_negotiated(t, VIRTIO_F_INDIRECT_DESC);
	return m->count > reference->first.count;
}

void vs_check_framing(struct vs_ctx *t)
{
	struct vs_answers reference;
	struct vs_message m;
	unsigned tried = 0;
	uint32_t at;
	bool back, same;

	need_free_framing(t);
	vs_answer_reference(t, &reference);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		vs_cut_message(t, &m, shapes[i].out, shapes[i].in, 0);
		if (!has_shape(t, &shapes[i], &m, &reference))
			continue;
		tried++;
		vs_where(t, "queue %u, a request %s: %u elements", m.q->index, shapes[i].what,
			 m.count);
		back = vs_exchange_message(t, &m, shapes[i].indirect);
		vs_require(t, back, "the request served as it is in one piece",
			   "it did not come back (device_status %#x)", vs_status(t->s));
		same = vs_same_answer(&reference, &m, &at);
		vs_expect(t, same, "the answer that the request gets in one piece",
			  "byte %" PRIu32 " of the answer is %#x, not %#x", at,
			  same ? 0 : m.answer[at], same ? 0 : reference.first.answer[at]);
	}
	if (!tried)
		vs_skip(t, "a queue of %u entries has no room to cut the request",
			reference.first.q->size);
}

/* Four rounds, each with another filling, in one piece and cut by turns. */
#define ROUNDS 4u

static void expect_untouched(struct vs_ctx *t, int rule, const struct vs_message *m)
{
	if (rule >= 0 && m->readable)
		vs_judge(t, rule, vs_is_message_intact(t, m),
			 "device-readable memory as it was offered", "it was written to");
}

static void expect_len_fits(struct vs_ctx *t, int rule, const struct vs_message *m)
{
	if (rule >= 0)
		vs_judge(t, rule, m->used.len <= m->kind->in_size,
			 "a used length within the writable part",
			 "%" PRIu32 " for %" PRIu32 " writable bytes", m->used.len,
			 m->kind->in_size);
}

/* Whether a byte stayed what the driver left there. */
static bool untouched(const struct vs_message *m, uint32_t at)
{
	return m->answer[at] == vs_filling(m->round, at);
}

/* A byte that the length covers in every round and that shows the filling each time. */
static void expect_written(struct vs_ctx *t, int rule, const struct vs_message *m)
{
	uint32_t size = m[0].kind->in_size, at;

	for (at = 0; at < size; at++) {
		unsigned unwritten = 0;

		for (unsigned i = 0; i < ROUNDS; i++)
			unwritten += m[i].used.len > at && untouched(&m[i], at);
		if (unwritten == ROUNDS)
			break;
	}
	vs_judge(t, rule, at == size, "every byte below the used length written",
		 "used length %" PRIu32 ", and byte %" PRIu32 " holds what the driver left there",
		 m[0].used.len, at);
}

/* Of two requests that are cut alike, a byte that is written is the same in both. */
static void expect_independent(struct vs_ctx *t, int rule, const struct vs_message *a,
			       const struct vs_message *b)
{
	uint32_t at;

	for (at = a->kind->steady.from; at < steady_end(a->kind); at++)
		if (a->answer[at] != b->answer[at] && !(untouched(a, at) && untouched(b, at)))
			break;
	vs_judge(t, rule, at >= steady_end(a->kind),
		 "an answer that does not depend on what stood there before",
		 "byte %" PRIu32 " of it does", at);
}

void vs_check_buffers(struct vs_ctx *t, int not_written, int not_read, int used_len)
{
	struct vs_message m[ROUNDS];

	need_free_framing(t);
	for (unsigned i = 0; i < ROUNDS; i++) {
		enum vs_cut cut = i % 2 ? VS_CUT_UNEVEN : VS_CUT_WHOLE;

		vs_cut_message(t, &m[i], cut, cut, i);
		if (!vs_exchange_message(t, &m[i], false))
			vs_block(t,
				 i ? VS_RULE_SPLIT_ANY_FRAMING : VS_RULE_ROBUST_REQUEST_COMPLETES,
				 "a benign request (%s) does not come back", m[i].kind->what);
		vs_where(t, "queue %u, a request of %u elements", m[i].q->index, m[i].count);
		expect_untouched(t, not_written, &m[i]);
		expect_len_fits(t, used_len, &m[i]);
	}
	vs_where(t, "queue %u", m[0].q->index);
	if (used_len >= 0)
		expect_written(t, used_len, m);
	if (m[0].kind->in_size && not_read >= 0)
		expect_independent(t, not_read, &m[0], &m[2]);
	if (!m[0].kind->in_size || !m[0].readable)
		vs_skip(t, "the request (%s) has no device-%s part", m[0].kind->what,
			m[0].readable ? "writable" : "readable");
}
