/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.7.5 The Virtqueue Descriptor Table, with 2.7.5.3 Indirect Descriptors. */
#include "device/rings.h"

#include <string.h>

/* Descriptors are placed by hand here, not in the order that IN_ORDER asks for (2.7.5.2). */
#define BY_HAND                                     \
	{                                           \
		.refuse = VS_BIT(VIRTIO_F_IN_ORDER) \
	}

/* A chain whose descriptors [0, direct) stand in the ring's table, followed by an indirect one. */
struct mixed {
	unsigned direct;
	uint16_t flags; /* of the descriptor that points to the table, beside INDIRECT */
	uint8_t *table;
	unsigned entries;
};

static void write_element(struct vs_ctx *t, void *at, const struct vs_element *e, bool last,
			  unsigned next)
{
	uint16_t flags =
		(uint16_t)((e->writable ? VIRTQ_DESC_F_WRITE : 0) | (last ? 0 : VIRTQ_DESC_F_NEXT));

	vs_split_descriptor_at(t->s, at,
			       (struct vs_split_descriptor){ vs_dma_address(t->s, e->at), e->size,
							     flags, last ? 0 : (uint16_t)next });
}

/* Lays the message out from the start of the ring's table on, which has to be idle; publishes. */
static void offer_mixed(struct vs_ctx *t, struct vs_message *m, struct mixed *mixed)
{
	uint8_t *desc = m->q->area[VS_AREA_DESC];
	size_t size = VIRTQ_DESC_SIZE;
	unsigned i;

	for (i = 0; i < mixed->direct; i++)
		write_element(t, desc + i * size, &m->pieces[i], false, i + 1);
	mixed->entries = m->count - mixed->direct;
	mixed->table = vs_take_memory(t, mixed->entries * size, VIRTQ_DESC_ALIGN);
	for (; i < m->count; i++)
		write_element(t, mixed->table + (i - mixed->direct) * size, &m->pieces[i],
			      i + 1 == m->count, i - mixed->direct + 1);
	vs_split_descriptor(m->q, mixed->direct,
			    (struct vs_split_descriptor){
				    .addr = vs_dma_address(t->s, mixed->table),
				    .len = (uint32_t)(mixed->entries * size),
				    .flags = (uint16_t)(VIRTQ_DESC_F_INDIRECT | mixed->flags) });
	vs_split_publish(m->q, 0);
}

static bool exchange_mixed(struct vs_ctx *t, struct vs_message *m, struct mixed *mixed)
{
	offer_mixed(t, m, mixed);
	if (m->q->ring->wants_notification(m->q))
		vs_queue_notify(m->q);
	return vs_await_message(t, m, 0);
}

static void need_indirect(struct vs_ctx *t)
{
	if (!vs_negotiated(t, VIRTIO_F_INDIRECT_DESC))
		vs_skip(t, "INDIRECT_DESC cannot be negotiated here");
}

/* Served, with the answer that there is to it. */
static void expect_served(struct vs_ctx *t, const struct vs_answers *reference,
			  struct vs_message *m, struct mixed *mixed)
{
	bool back = exchange_mixed(t, m, mixed), same;
	uint32_t at;

	vs_require(t, back, "the request served", "it did not come back (device_status %#x)",
		   vs_status(t->s));
	same = vs_same_answer(reference, m, &at);
	vs_expect(t, same, "the answer that the request gets in one piece",
		  "byte %" PRIu32 " of the answer is %#x, not %#x", at, same ? 0 : m->answer[at],
		  same ? 0 : reference->first.answer[at]);
}

static void indirect_write_flag(struct vs_ctx *t)
{
	struct mixed mixed = { .flags = VIRTQ_DESC_F_WRITE }, plain = { .flags = 0 };
	struct vs_answers reference;
	struct vs_message m;

	need_indirect(t);
	vs_answer_reference(t, &reference);
	vs_cut_message(t, &m, VS_CUT_WHOLE, VS_CUT_WHOLE, 0);
	if (!exchange_mixed(t, &m, &plain))
		vs_block(t, VS_RULE_SPLIT_ANY_FRAMING,
			 "a request in an indirect table does not come back");
	vs_cut_message(t, &m, VS_CUT_WHOLE, VS_CUT_WHOLE, 0);
	vs_where(t, "queue %u, WRITE set beside INDIRECT", m.q->index);
	expect_served(t, &reference, &m, &mixed);
}
VS_DEVICE_CHECK(indirect_write_flag, .rules = VS_RULES(SPLIT_INDIRECT_WRITE_FLAG_IGNORED),
		.views = VS_ON_SPLIT, .stage = VS_STAGE_LIVE, .setup = BY_HAND,
		.needs = VS_NEEDS_REQUEST);

/* The table begins behind the first element, in the middle, and before the last. */
static void indirect_after_chain(struct vs_ctx *t)
{
	struct vs_answers reference;
	unsigned tried = 0, before = 0;
	struct vs_message m;
	uint32_t at;

	need_indirect(t);
	vs_answer_reference(t, &reference);
	vs_cut_message(t, &m, VS_CUT_HALVES, VS_CUT_HALVES, 0);
	if (!vs_exchange_message(t, &m, false) || !vs_same_answer(&reference, &m, &at))
		vs_block(t, VS_RULE_SPLIT_ANY_FRAMING,
			 "a request in halves is not served as in one piece");
	for (unsigned i = 0; i < 3; i++) {
		struct mixed mixed = { 0 };

		vs_cut_message(t, &m, VS_CUT_HALVES, VS_CUT_HALVES, 0);
		mixed.direct = i == 0 ? 1 : i == 1 ? m.count / 2 : m.count - 1;
		if (m.count < 2 || mixed.direct == before || mixed.direct + 1 > m.q->size)
			continue;
		before = mixed.direct;
		tried++;
		vs_where(t, "queue %u, %u descriptors followed by a table of %u", m.q->index,
			 mixed.direct, m.count - mixed.direct);
		expect_served(t, &reference, &m, &mixed);
	}
	if (!tried)
		vs_skip(t, "a queue of %u entries has no room for it", reference.first.q->size);
}
/* A legacy device that gives up does not say so, and waiting for it is long. */
VS_DEVICE_CHECK(indirect_after_chain, .rules = VS_RULES(SPLIT_INDIRECT_AFTER_CHAIN),
		.views = VS_ON(MODERN), .stage = VS_STAGE_LIVE, .setup = BY_HAND,
		.needs = VS_NEEDS_REQUEST);

/* What the driver wrote, to compare later. */
static uint8_t *keep(struct vs_ctx *t, const void *at, size_t size)
{
	uint8_t *copy = vs_session_alloc(t->s, size);

	if (!copy)
		vs_block(t, -1, "no memory left for a copy of %zu bytes", size);
	memcpy(copy, at, size);
	return copy;
}

static void expect_kept(struct vs_ctx *t, const uint8_t *copy, const uint8_t *at, size_t size,
			const char *what)
{
	size_t i = 0;

	vs_bus_pull(t->s->bus, at, size);
	while (i < size && copy[i] == at[i])
		i++;
	vs_expect(t, i == size, "descriptors as the driver wrote them",
		  "descriptor %zu of the %s was written to, at its byte %zu", i / VIRTQ_DESC_SIZE,
		  what, i % VIRTQ_DESC_SIZE);
}

/* Descriptors of the chain, those that no chain uses, and those of an indirect table. */
static void descriptors_not_written(struct vs_ctx *t)
{
	size_t size, table_size;
	struct mixed mixed = { 0 };
	uint8_t *desc, *copy, *table_copy;
	struct vs_message m;

	vs_cut_message(t, &m, VS_CUT_HALVES, VS_CUT_HALVES, 0);
	desc = m.q->area[VS_AREA_DESC];
	size = m.q->ring->area_size(m.q, VS_AREA_DESC);
	vs_mark(t, desc, size);
	vs_split_chain(m.q, 0, m.pieces, m.count);
	copy = keep(t, desc, size);
	vs_split_publish(m.q, 0);
	vs_queue_notify(m.q);
	if (!vs_await_message(t, &m, 0))
		vs_block(t, VS_RULE_SPLIT_ANY_FRAMING, "a request in halves does not come back");
	vs_where(t, "queue %u, a request of %u elements", m.q->index, m.count);
	expect_kept(t, copy, desc, size, "table");
	if (!vs_negotiated(t, VIRTIO_F_INDIRECT_DESC))
		return;
	vs_cut_message(t, &m, VS_CUT_HALVES, VS_CUT_HALVES, 1);
	offer_mixed(t, &m, &mixed);
	table_size = (size_t)mixed.entries * VIRTQ_DESC_SIZE;
	copy = keep(t, desc, size);
	table_copy = keep(t, mixed.table, table_size);
	vs_queue_notify(m.q);
	if (!vs_await_message(t, &m, 0))
		vs_block(t, VS_RULE_SPLIT_ANY_FRAMING,
			 "a request in an indirect table does not come back");
	vs_where(t, "queue %u, a request of %u elements in an indirect table", m.q->index, m.count);
	expect_kept(t, copy, desc, size, "table");
	expect_kept(t, table_copy, mixed.table, table_size, "indirect table");
}
VS_DEVICE_CHECK(descriptors_not_written, .rules = VS_RULES(SPLIT_DESCRIPTORS_NOT_WRITTEN),
		.views = VS_ON_SPLIT, .stage = VS_STAGE_LIVE, .setup = BY_HAND,
		.needs = VS_NEEDS_REQUEST);
