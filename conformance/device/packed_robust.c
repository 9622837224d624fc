/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: lists across the end of a packed ring, odd sizes, lists without an end. */
#include "device/packed_list.h"

/* What one size may take on the bus's clock, beyond which its further rounds are left out. */
#define BUDGET_NS UINT64_C(50000000)
#define LARGEST   VIRTQ_PACKED_MAX_SIZE

static const struct vs_setup plain = { .refuse = VS_BIT(VIRTIO_F_IN_ORDER) };
static const struct vs_setup ordered = { .refuse = 0 };

static void go_live(struct vs_ctx *t, uint16_t size, struct vs_setup setup)
{
	setup.queue_size = size;
	vs_start_over(t, VS_STAGE_LIVE, setup);
}

static const char *order_of(struct vs_ctx *t)
{
	return vs_negotiated(t, VIRTIO_F_IN_ORDER) ? ", IN_ORDER" : "";
}

/* ---- Lists across the end ---- */

/* How a request is cut for a ring of `size` entries, which a list of it may fill. */
struct pieces {
	enum vs_cut out, in;
	unsigned size;
};

/* Whether a device serves a request cut like this on a split ring; its elements. */
static unsigned try_cut(struct vs_ctx *t, enum vs_cut out, enum vs_cut in)
{
	struct vs_setup setup = plain;
	struct vs_answers reference;
	struct vs_message m;
	uint32_t at;

	setup.refuse |= VS_BIT(VIRTIO_F_RING_PACKED);
	setup.queue_size = 4;
	vs_start_over(t, VS_STAGE_LIVE, setup);
	vs_answer_reference(t, &reference);
	vs_cut_message(t, &m, out, in, 0);
	if (!vs_exchange_message(t, &m, false) || !vs_same_answer(&reference, &m, &at))
		return 0;
	return m.count;
}

/* The longest list that a small ring can hold: cut to pieces where the device takes that. */
static struct pieces choose_pieces(struct vs_ctx *t)
{
	struct pieces p = { VS_CUT_BYTES, VS_CUT_LAST_BYTES, 0 };

	p.size = try_cut(t, p.out, p.in);
	if (p.size == 0) {
		p.out = p.in = VS_CUT_WHOLE;
		p.size = try_cut(t, p.out, p.in);
	}
	if (p.size == 0)
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "a benign request is not served on a split ring");
	return p;
}

/* A list that begins there; whether that could be tried. */
static bool list_at(struct vs_ctx *t, struct vs_queue *q, const struct pieces *p, unsigned place,
		    bool wrap, struct vs_answers *reference)
{
	struct vs_message m;
	uint32_t at;
	bool same;

	if (!vs_packed_go_to(t, q, place, wrap))
		return false;
	vs_cut_message(t, &m, p->out, p->in, 0);
	vs_where(t, "queue %u of %u entries%s, a list of %u from place %u on, wrap counter %u",
		 q->index, q->size, order_of(t), m.count, place, wrap);
	vs_require(t, vs_exchange_message(t, &m, false), "the list used",
		   "it is not (device_status %#x)", vs_status(t->s));
	same = vs_same_answer(reference, &m, &at);
	vs_require(t, same, "the answer that the request gets in one piece",
		   "byte %" PRIu32 " of the answer is %#x, not %#x", at, same ? 0 : m.answer[at],
		   same ? 0 : reference->first.answer[at]);
	return true;
}

/* Each place from which a list of this length meets the end, in rounds of both kinds. */
static unsigned meet_end(struct vs_ctx *t, const struct pieces *p, unsigned size,
			 struct vs_setup setup)
{
	struct vs_answers reference;
	struct vs_queue *q;
	unsigned tried = 0;
	uint64_t start;

	go_live(t, (uint16_t)size, setup);
	vs_answer_reference(t, &reference);
	q = reference.first.q;
	if (q->size != size)
		return 0;
	start = vs_now(t->s);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned place = size - p->size; place < size; place++) {
			tried += list_at(t, q, p, place, round == 0, &reference);
			if (tried && vs_now(t->s) - start > BUDGET_NS)
				return tried;
		}
	}
	return tried;
}

static void list_over_end(struct vs_ctx *t)
{
	unsigned tried = 0, size = 1;
	struct pieces p;

	vs_need_service(t);
	p = choose_pieces(t);
	while (size < p.size)
		size *= 2;
	tried += meet_end(t, &p, size, plain);
	tried += meet_end(t, &p, 2 * size, plain);
	if (vs_offers(t, VIRTIO_F_IN_ORDER)) {
		tried += meet_end(t, &p, size, ordered);
		tried += meet_end(t, &p, 2 * size, ordered);
	}
	if (!tried)
		vs_skip(t, "no list of %u can be made to meet the end of a ring", p.size);
}
VS_DEVICE_CHECK(list_over_end, .rules = VS_RULES(ROBUST_PACKED_CHAIN_OVER_END),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_REQUEST);

/* ---- Sizes ---- */

/* The largest size of the queue that carries requests. */
static unsigned largest_size(struct vs_ctx *t)
{
	vs_start_over(t, VS_STAGE_LIVE, plain);
	return vs_packed_queue(t)->max_size;
}

/* As many requests as fit, all about the same memory; whether all came back. */
static bool fill_ring(struct vs_ctx *t, const struct vs_request *request)
{
	struct vs_queue *q = request->q;
	struct vs_used used;
	unsigned count = 0;

	while (q->slots_free >= request->count) {
		q->ring->offer(q, request->elements, request->count, false);
		count++;
	}
	vs_queue_notify(q);
	for (unsigned i = 0; i < count; i++)
		if (!vs_packed_comes_back(t, q, &used))
			return false;
	return count > 0;
}

static void expect_size_works(struct vs_ctx *t, unsigned size, struct vs_setup setup)
{
	struct vs_request request;
	uint64_t start;
	bool back;

	go_live(t, (uint16_t)size, setup);
	vs_make_request(t, &request);
	if (request.q->size != size || request.count > size)
		return;
	start = vs_now(t->s);
	for (unsigned round = 0; round < 5; round++) {
		vs_where(t, "queue %u of %u entries%s, filled for the %u. time", request.q->index,
			 size, order_of(t), round + 1);
		back = fill_ring(t, &request);
		vs_require(t, back, "requests that are used", "not all are (device_status %#x)",
			   vs_status(t->s));
		if (vs_now(t->s) - start > BUDGET_NS)
			break;
	}
}

static void odd_size(struct vs_ctx *t)
{
	static const uint16_t sizes[] = { 3, 5, 6, 7, 12, 31, 33, 100, 1000 };
	unsigned max;

	vs_need_service(t);
	max = largest_size(t);
	if (max < 3)
		vs_skip(t, "the largest size is %u", max);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && sizes[i] <= max; i++)
		expect_size_works(t, sizes[i], plain);
	if (max > 3)
		expect_size_works(t, vs_is_pow2(max) ? max - 1 : max, plain);
}
VS_DEVICE_CHECK(odd_size, .rules = VS_RULES(ROBUST_PACKED_ODD_QUEUE_SIZE), .stage = VS_STAGE_COMMON,
		.needs = VS_NEEDS_REQUEST);

/* A ring of one place, where every list meets the end; and the largest. */
static void end_of_sizes(struct vs_ctx *t)
{
	unsigned max;

	vs_need_service(t);
	max = largest_size(t);
	expect_size_works(t, 1, plain);
	expect_size_works(t, 2, plain);
	expect_size_works(t, max < LARGEST ? max : LARGEST, plain);
	if (vs_offers(t, VIRTIO_F_IN_ORDER)) {
		expect_size_works(t, 1, ordered);
		expect_size_works(t, 2, ordered);
		expect_size_works(t, max < LARGEST ? max : LARGEST, ordered);
	}
}
VS_DEVICE_CHECK(end_of_sizes, .rules = VS_RULES(ROBUST_PACKED_CHAIN_OVER_END),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_REQUEST);

/* ---- No end ---- */

/* All places from where the device stands on say that the list goes on in the next. */
static void without_end(struct vs_ctx *t, uint16_t kind, const char *blow)
{
	uint8_t *memory;
	struct vs_queue *q;

	go_live(t, 0, plain);
	q = &t->s->queues[0];
	memory = vs_take_memory(t, 64, 1);
	/* The first becomes available last. */
	for (unsigned i = q->size; i-- > 0;)
		vs_packed_descriptor(q, i,
				     (struct vs_packed_descriptor){
					     .addr = vs_dma_address(t->s, memory),
					     .len = 1,
					     .flags = (uint16_t)(VIRTQ_PACKED_F_NEXT | kind |
								 vs_packed_available(true)) });
	vs_queue_notify(q);
	vs_settle(t->s);
	vs_expect_recovery(t, blow);
}

static void endless_list(struct vs_ctx *t)
{
	without_end(t, 0, "a list as long as the ring that goes on");
	without_end(t, VIRTQ_PACKED_F_WRITE, "the same with memory to write");
}
VS_DEVICE_CHECK(endless_list, .rules = VS_RULES(ROBUST_PACKED_ENDLESS_CHAIN),
		.stage = VS_STAGE_COMMON, .needs = VS_NEEDS_QUEUE,
		.breaks = VS_BREAKS(DRIVER_PACKED_LIST_WITHIN_QUEUE_SIZE));

/* ---- Flags in a table ---- */

static void junk_in_table(struct vs_ctx *t, struct vs_message *m, uint16_t flags, uint16_t id,
			  uint16_t beside)
{
	uint8_t *table =
		vs_take_memory(t, (size_t)m->count * VIRTQ_PACKED_SIZE, VIRTQ_PACKED_ALIGN);
	struct vs_element whole = { .at = table, .size = m->count * VIRTQ_PACKED_SIZE };
	struct vs_list list;

	for (unsigned i = 0; i < m->count; i++)
		vs_packed_descriptor_at(t->s, table + (size_t)i * VIRTQ_PACKED_SIZE,
					(struct vs_packed_descriptor){
						.addr = vs_dma_address(t->s, m->pieces[i].at),
						.len = m->pieces[i].size,
						.id = id,
						.flags = (uint16_t)(flags |
								    (m->pieces[i].writable
									     ? VIRTQ_PACKED_F_WRITE
									     : 0)) });
	vs_list_begin(t, &list, m->q, &whole, 1);
	vs_packed_descriptor(m->q, list.place,
			     (struct vs_packed_descriptor){
				     .addr = vs_dma_address(t->s, table),
				     .len = whole.size,
				     .id = list.id,
				     .flags = (uint16_t)(VIRTQ_PACKED_F_INDIRECT | beside |
							 vs_packed_available(list.wrap)) });
	vs_queue_notify(m->q);
	vs_require(t, vs_await_message(t, m, list.id), "the request served as without",
		   "it did not come back (device_status %#x)", vs_status(t->s));
}

static void flags_in_table(struct vs_ctx *t)
{
	static const struct {
		const char *what;
		uint16_t flags, id, beside;
	} cases[] = {
		{ "all as it should be", 0, 0, 0 },
		{ "ids in the table", 0, UINT16_MAX, 0 },
		{ "NEXT in the table", VIRTQ_PACKED_F_NEXT, 0, 0 },
		{ "NEXT and ids in the table", VIRTQ_PACKED_F_NEXT, UINT16_MAX, 0 },
		{ "INDIRECT in the table", VIRTQ_PACKED_F_INDIRECT, 0, 0 },
		{ "AVAIL in the table", VIRTQ_PACKED_F_AVAIL, 0, 0 },
		{ "USED in the table", VIRTQ_PACKED_F_USED, 0, 0 },
		{ "reserved bits in the table", 0x7f78, 0, 0 },
		{ "WRITE beside INDIRECT", 0, 0, VIRTQ_PACKED_F_WRITE },
	};
	struct vs_answers reference;
	struct vs_message m;
	uint32_t at;
	bool same;

	if (!vs_negotiated(t, VIRTIO_F_INDIRECT_DESC))
		vs_skip(t, "INDIRECT_DESC cannot be negotiated here");
	vs_answer_reference(t, &reference);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vs_cut_message(t, &m, VS_CUT_WHOLE, VS_CUT_WHOLE, 0);
		vs_where(t, "queue %u, a table of %u, %s", m.q->index, m.count, cases[i].what);
		junk_in_table(t, &m, cases[i].flags, cases[i].id, cases[i].beside);
		same = vs_same_answer(&reference, &m, &at);
		vs_require(t, same, "the answer that the request gets without",
			   "byte %" PRIu32 " of the answer is %#x, not %#x", at,
			   same ? 0 : m.answer[at], same ? 0 : reference.first.answer[at]);
	}
}
VS_DEVICE_CHECK(flags_in_table, .rules = VS_RULES(ROBUST_PACKED_INDIRECT_FLAGS_IGNORED),
		.stage = VS_STAGE_LIVE, .setup = { .refuse = VS_BIT(VIRTIO_F_IN_ORDER) },
		.needs = VS_NEEDS_REQUEST, .breaks = VS_BREAKS(DRIVER_PACKED_INDIRECT_FLAGS));
