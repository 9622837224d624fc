/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.6.1 Virtqueue Reset. */
#include "device/queue_reset.h"
#include "device/burst.h"

/*
 * What shows that a queue that was enabled with empty rings did not begin at their beginning: an
 * entry used for nothing, the first one not used, or more than that. NULL: it did.
 */
static const char *begins_elsewhere(struct vs_ctx *t, struct vs_queue *q)
{
	struct vs_used used;

	vs_settle(t->s);
	if (q->ring->take(q, &used))
		return "an entry was used with nothing available";
	if (!vs_served(t, &used))
		return "a request in the first entry was not served";
	vs_settle(t->s);
	if (q->ring->take(q, &used))
		return "more entries were used than one request takes";
	return NULL;
}

/* Reset while idle and enabled again as it was; blocks where the queue does not begin anew. */
static void reset_idle(struct vs_ctx *t, struct vs_queue *q)
{
	const char *why;

	vs_reset_queue(t, q);
	vs_settle(t->s);
	vs_restart_queue(t, q);
	why = begins_elsewhere(t, q);
	if (why)
		vs_block(t, VS_RULE_QUEUE_RESET_STATE_CLEARED, "enabled again: %s", why);
}

/* What is late of before the reset has other rules: it is waited for. */
static void queue_reset_stops_requests(struct vs_ctx *t)
{
	struct vs_queue *q = vs_working_queue(t);
	struct vs_request request;
	uint64_t digest;

	vs_reset_queue(t, q);
	vs_settle(t->s);
	vs_make_request(t, &request);
	if (request.in)
		vs_mark(t, request.in, request.kind->in_size);
	q->ring->offer(q, request.elements, request.count, false);
	digest = vs_queue_digest(t, q);
	vs_queue_notify(q);
	vs_settle(t->s);
	vs_where(t, "queue %u, a buffer and a notification after its reset", q->index);
	vs_expect(t, vs_queue_digest(t, q) == digest, "rings that nobody writes",
		  "the device wrote into them");
	vs_expect(t, !request.in || vs_is_marked(t, request.in, request.kind->in_size),
		  "a buffer that nobody writes", "the device wrote into it");
}
VS_DEVICE_CHECK(queue_reset_stops_requests, .rules = VS_RULES(QUEUE_RESET_STOPS_REQUESTS),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);

/*
 * The queue is enabled again, with empty rings, before the requests of before its reset can have
 * ended: none of them may come back there.
 */
static void queue_reset_forgets_requests(struct vs_ctx *t)
{
	uint64_t since = vs_now(t->s), service, digest;
	struct vs_queue *q = vs_working_queue(t);
	struct vs_burst burst;
	struct vs_used used;

	service = vs_now(t->s) - since;
	reset_idle(t, q);
	vs_send_burst(t, &burst);
	vs_status(t->s); /* a moment in which the device can take them */
	vs_reset_queue(t, q);
	vs_restart_queue(t, q);
	vs_settle(t->s); /* the device may say what it wants to be notified of */
	digest = vs_queue_digest(t, q);
	vs_linger(t, service);
	vs_where(t, "queue %u, reset with %u buffers on their way and enabled again", q->index,
		 burst.count);
	vs_expect(t, vs_queue_digest(t, q) == digest && !q->ring->take(q, &used),
		  "nothing used in a ring in which nothing is available",
		  "the device wrote into the ring");
}
VS_DEVICE_CHECK(queue_reset_forgets_requests, .rules = VS_RULES(QUEUE_RESET_STOPS_REQUESTS),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);

static void queue_reset_spares_others(struct vs_ctx *t)
{
	struct vs_queue *q = vs_working_queue(t), *other = NULL;
	struct vs_used used;

	for (unsigned i = 0; i < t->s->queue_count && !other; i++)
		if (t->s->queues[i].index != q->index)
			other = &t->s->queues[i];
	if (!other)
		vs_skip(t, "there is only one virtqueue");
	vs_reset_queue(t, other);
	vs_where(t, "queue %u, after the reset of queue %u", q->index, other->index);
	vs_expect(t, vs_served(t, &used), "a queue that goes on", "a request on it was not served");
}
VS_DEVICE_CHECK(queue_reset_spares_others, .rules = VS_RULES(QUEUE_RESET_STOPS_REQUESTS),
		.stage = VS_STAGE_LIVE, .setup = { .all_queues = true }, .needs = VS_NEEDS_REQUEST);

/* Once with nothing to do and a notification, once with buffers on their way. */
static void expect_silence(struct vs_ctx *t)
{
	uint64_t since = vs_now(t->s), service;
	struct vs_queue *q = vs_working_queue(t);
	struct vs_burst burst;

	service = vs_now(t->s) - since;
	vs_reset_queue(t, q);
	vs_settle(t->s);
	vs_take_interrupts(t);
	if (!t->s->msix_enabled && vs_intx(t->s))
		vs_block(t, VS_RULE_PCI_ISR_READ_LOWERS_LINE, "the interrupt line stays high");
	vs_queue_notify(q);
	vs_settle(t->s);
	vs_where(t, "queue %u, a notification after its reset", q->index);
	vs_expect(t, !(vs_take_interrupts(t) & VS_INTERRUPT_QUEUE), "no interrupt for it",
		  "one arrived");
	vs_start_queue(t, q, 0);
	vs_send_burst(t, &burst);
	vs_status(t->s); /* a moment in which the device can take them */
	vs_reset_queue(t, q);
	vs_take_interrupts(t);
	vs_linger(t, service);
	vs_where(t, "queue %u, reset with %u buffers on their way", q->index, burst.count);
	vs_expect(t, !(vs_take_interrupts(t) & VS_INTERRUPT_QUEUE), "no interrupt for it",
		  "one arrived");
}

static void queue_reset_silent(struct vs_ctx *t)
{
	vs_live_listening(t, (struct vs_setup){ 0 });
	expect_silence(t);
}
VS_DEVICE_CHECK(queue_reset_silent, .rules = VS_RULES(QUEUE_RESET_STOPS_NOTIFICATIONS),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST);

/* The vector may go with the reset, the line has nothing of the kind. */
static void queue_reset_silent_intx(struct vs_ctx *t)
{
	expect_silence(t);
}
VS_DEVICE_CHECK(queue_reset_silent_intx, .rules = VS_RULES(QUEUE_RESET_STOPS_NOTIFICATIONS),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST | VS_NEEDS_INTX | VS_NEEDS_ISR);

static void queue_reset_clears_state(struct vs_ctx *t)
{
	struct vs_queue *q = vs_working_queue(t);
	const char *why;

	for (unsigned i = 0; i < 2; i++)
		vs_serve_interrupting(t);
	vs_reset_queue(t, q);
	vs_settle(t->s);
	vs_restart_queue(t, q);
	why = begins_elsewhere(t, q);
	vs_where(t, "queue %u, enabled again", q->index);
	vs_expect(t, !why, "a queue that begins at the beginning of its rings", "%s",
		  why ? why : "");
}
VS_DEVICE_CHECK(queue_reset_clears_state, .rules = VS_RULES(QUEUE_RESET_STATE_CLEARED),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);

/* The next vector that is not used yet, where there are enough of them. */
static void choose_vector(struct vs_session *s)
{
	if (s->msix_enabled && s->queue_vector > 1)
		s->queue_vector--;
}

/* Round the ring as it is, to know that the device goes by the size that it is given. */
static void round_ring(struct vs_ctx *t, struct vs_queue *q)
{
	if (vs_queue_get(t->s, q->index, VS_QUEUE_SIZE) != q->size)
		vs_block(t, VS_RULE_PCI_COMMON_QUEUE_SIZE_REDUCED, "queue_size did not become %u",
			 q->size);
	for (unsigned i = 0; i < 2u * q->size; i++) {
		struct vs_used used;

		if (!vs_served(t, &used))
			vs_block(t, VS_RULE_PCI_COMMON_QUEUE_SIZE_REDUCED,
				 "request %u on a ring of %u entries was not served", i, q->size);
	}
}

/* Half the size, elsewhere, with another vector; round the ring twice. */
static void queue_reset_new_configuration(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_queue *q, old;
	uint64_t digest;

	vs_live_listening(t, (struct vs_setup){ .queue_size = 8 });
	q = vs_working_queue(t);
	round_ring(t, q);
	reset_idle(t, q);
	old = *q;
	vs_reset_queue(t, q);
	vs_settle(s);
	digest = vs_queue_digest(t, &old);
	choose_vector(s);
	vs_start_queue(t, q, old.size > 4 ? 4 : old.size);
	vs_take_interrupts(t);
	vs_where(t, "queue %u, enabled again", q->index);
	for (unsigned i = 0; i < 2u * q->size; i++) {
		struct vs_used used;

		vs_require(t, vs_served(t, &used), "requests served by the new configuration",
			   "request %u was not, with %u entries instead of %u", i, q->size,
			   old.size);
	}
	vs_expect(t, vs_wait_interrupt(t, VS_INTERRUPT_QUEUE),
		  "interrupts by the new configuration", "none through vector %#x, before %#x",
		  q->vector, old.vector);
	vs_expect(t, vs_queue_digest(t, &old) == digest, "old rings that nobody writes",
		  "the device wrote into them");
}
VS_DEVICE_CHECK(queue_reset_new_configuration,
		.rules = VS_RULES(QUEUE_RESET_NEW_CONFIGURATION_USED), .stage = VS_STAGE_CAPS,
		.needs = VS_NEEDS_REQUEST);
