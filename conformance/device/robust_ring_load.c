/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness of rings: many requests, until indices wrap and suppression has raced with everything
 * (2.7.6, 2.7.7, 2.7.10). */
#include "engine/check.h"

#define WRAP      0x10000u /* entries after which an index is 0 again */
#define LIMIT     256u     /* buffers out at once */
#define BUDGET_NS UINT64_C(4000000000)

/*
 * The same request in every chain that the table has room for, and all of them in the ring once:
 * from then on moving the index is all it takes.
 */
struct wheel {
	struct vs_queue *q;
	unsigned heads; /* chains */
	unsigned each;  /* descriptors of one */
	uint32_t done;  /* buffers used */
	bool broken;
};

static uint16_t head_at(const struct wheel *w, uint32_t i)
{
	return (uint16_t)(i % w->q->size % w->heads * w->each);
}

static void make_wheel(struct vs_ctx *t, struct wheel *w)
{
	struct vs_request request;

	vs_make_request(t, &request);
	*w = (struct wheel){ .q = request.q, .each = request.count };
	w->heads = request.q->size / request.count;
	if (!w->heads)
		vs_block(t, -1, "queue %u has no room for a request", w->q->index);
	for (unsigned i = 0; i < w->heads; i++)
		vs_split_chain(w->q, i * w->each, request.elements, request.count);
	for (unsigned i = 0; i < w->q->size; i++)
		vs_ring_store16(t->s, w->q->area[VS_AREA_DRIVER] + VIRTQ_AVAIL_RING(i),
				head_at(w, i));
}

/* Offers so many and waits for them. */
static void turn(struct vs_ctx *t, struct wheel *w, unsigned count)
{
	uint16_t goal = (uint16_t)(w->done + count), last = (uint16_t)(w->done + count - 1);
	const uint8_t *element =
		w->q->area[VS_AREA_DEVICE] + VIRTQ_USED_RING((size_t)(last % w->q->size));
	uint32_t id;

	vs_split_set_avail_idx(w->q, goal);
	vs_queue_notify(w->q);
	if (!vs_wait_until(t->s, vs_split_used_idx(w->q) == goal)) {
		w->broken = true;
		vs_where(t, "queue %u", w->q->index);
		vs_expect(t, false, "requests that are all used, however many there were before",
			  "the used index is %u with the available index at %u, after %u requests",
			  vs_split_used_idx(w->q), goal, w->done);
		return;
	}
	vs_bus_pull(t->s->bus, element, sizeof(id));
	id = vs_load_le32(element);
	w->done += count;
	w->broken =
		!vs_expect(t, id < w->heads * w->each && id % w->each == 0,
			   "used elements in their places", "id %u in place %u, after %u requests",
			   id, last % w->q->size, w->done);
}

static void roll(struct vs_ctx *t, struct wheel *w, uint32_t until, unsigned step)
{
	while (w->done < until && !w->broken)
		turn(t, w, w->done + step > until ? until - w->done : step);
}

/* How many ns of the bus's clock one turn of the whole wheel takes, which others judge. */
static uint64_t need_turn(struct vs_ctx *t, struct wheel *w)
{
	uint64_t since = vs_now(t->s);

	w->done += w->heads;
	vs_split_set_avail_idx(w->q, (uint16_t)w->done);
	vs_queue_notify(w->q);
	if (!vs_wait_until(t->s, vs_split_used_idx(w->q) == (uint16_t)w->done))
		vs_block(t, VS_RULE_ROBUST_NO_STALL_UNDER_LOAD,
			 "queue %u: of %u buffers with one notification, not all are used",
			 w->q->index, w->heads);
	return vs_now(t->s) - since;
}

/* Round the ring and round the index: singly at the seams, in bulk between them. */
static void ring_index_wraps(struct vs_ctx *t)
{
	struct wheel w;
	uint64_t turn_ns;

	vs_need_service(t);
	make_wheel(t, &w);
	roll(t, &w, w.q->size + 2u, 1);
	if (w.broken)
		return;
	turn_ns = need_turn(t, &w);
	if (!(t->s->bus->features & VS_BUS_LONG) || turn_ns * (WRAP / w.heads) > BUDGET_NS)
		vs_skip(t, "65536 requests would take too long");
	roll(t, &w, WRAP - 2, w.heads);
	roll(t, &w, WRAP + 2, 1);
	roll(t, &w, WRAP + w.q->size + 3u, w.heads);
}
VS_DEVICE_CHECK(ring_index_wraps, .rules = VS_RULES(ROBUST_RING_INDEX_WRAPS),
		.stage = VS_STAGE_LIVE,
		.setup = { .queue_size = LIMIT, .refuse = VS_BIT(VIRTIO_F_IN_ORDER) },
		.needs = VS_NEEDS_REQUEST, .views = VS_ON(MODERN));

#define LOAD   128u /* requests */
#define RING   16u  /* entries */
#define WINDOW 8u   /* of them out at once, at the most */

struct load {
	struct vs_request requests[WINDOW];
	struct vs_queue *q;
	unsigned sent, back;
};

static void send(struct load *l)
{
	/* Bursts of every length, so that events fall on every place of the ring. */
	unsigned window = 1 + l->sent * 5 % WINDOW;

	while (l->sent < LOAD && l->sent - l->back < window) {
		const struct vs_request *request = &l->requests[l->sent % WINDOW];

		if (l->q->ring->offer(l->q, request->elements, request->count, false) < 0)
			break;
		l->sent++;
	}
	/* One notification for all of them, if it is wanted. */
	if (l->q->ring->wants_notification(l->q))
		vs_queue_notify(l->q);
}

/* As a driver does that sleeps: interrupts off, take all, interrupts on, look once more. */
static void collect(struct load *l)
{
	struct vs_used used;

	do {
		l->q->ring->interrupts(l->q, false);
		while (l->back < l->sent && l->q->ring->take(l->q, &used))
			l->back++;
		l->q->ring->interrupts(l->q, true);
	} while (l->back < l->sent && l->q->ring->pending(l->q));
}

/* Nothing interrupts any more: what was lost? */
static void expect_no_stall(struct vs_ctx *t, struct load *l)
{
	bool used = l->q->ring->pending(l->q);

	vs_where(t, "queue %u", l->q->index);
	vs_expect(t, false, "traffic that never stalls",
		  used ? "after %u of %u requests a buffer was used without an interrupt"
		       : "after %u of %u requests the rest stay unused, though no notification was "
			 "called for",
		  l->back, LOAD);
}

static void serve_listening(struct vs_ctx *t)
{
	vs_serve_interrupting(t);
	if (!vs_wait_interrupt(t, VS_INTERRUPT_QUEUE))
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES, "a used buffer does not interrupt");
}

static void run_load(struct vs_ctx *t, struct vs_setup setup)
{
	struct load l = { .sent = 0 };

	vs_live_listening(t, setup);
	/* What goes wrong without any load is not judged here. */
	for (unsigned i = 0; i < 2 * RING; i++)
		serve_listening(t);
	for (unsigned i = 0; i < WINDOW; i++)
		vs_make_request(t, &l.requests[i]);
	l.q = l.requests[0].q;
	for (unsigned round = 0; l.back < LOAD && round < 4 * LOAD; round++) {
		collect(&l);
		send(&l);
		if (l.back < l.sent && !vs_wait_interrupt(t, VS_INTERRUPT_QUEUE)) {
			expect_no_stall(t, &l);
			return;
		}
	}
	vs_expect(t, l.back == LOAD, "traffic that never stalls", "%u of %u requests came back",
		  l.back, LOAD);
}

static void no_stall(struct vs_ctx *t)
{
	const uint64_t refuse = VS_BIT(VIRTIO_F_IN_ORDER);

	vs_need_service(t);
	run_load(t, (struct vs_setup){ .queue_size = RING, .refuse = refuse });
	if (vs_offers(t, VIRTIO_F_EVENT_IDX))
		run_load(t, (struct vs_setup){ .queue_size = RING,
					       .refuse = refuse | VS_BIT(VIRTIO_F_EVENT_IDX) });
}
VS_DEVICE_CHECK(no_stall, .rules = VS_RULES(ROBUST_NO_STALL_UNDER_LOAD), .stage = VS_STAGE_COMMON,
		.needs = VS_NEEDS_REQUEST);
