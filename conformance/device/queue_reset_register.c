/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.1.4.3 Common configuration structure layout: queue_reset. */
#include "device/burst.h"
#include "device/queue_reset.h"

#define LINGER_MAX_NS UINT64_C(100000000)

bool vs_resetting(struct vs_ctx *t, const struct vs_queue *q)
{
	return vs_queue_get(t->s, q->index, VS_QUEUE_RESET) != 0;
}

void vs_need_ring_reset(struct vs_ctx *t)
{
	if (!vs_negotiated(t, VIRTIO_F_RING_RESET))
		vs_skip(t, "RING_RESET was not negotiated");
}

void vs_reset_queue(struct vs_ctx *t, struct vs_queue *q)
{
	vs_need_ring_reset(t);
	vs_queue_set(t->s, q->index, VS_QUEUE_RESET, 1);
	if (!vs_wait_until(t->s, !vs_resetting(t, q)))
		vs_block(t, VS_RULE_PCI_COMMON_QUEUE_RESET_DONE_READS_ZERO,
			 "queue %u: queue_reset did not become 0", q->index);
	q->enabled = false;
}

void vs_start_queue(struct vs_ctx *t, struct vs_queue *q, uint16_t size)
{
	if (vs_queue_start(t->s, q, q->index, size))
		vs_block_by_trouble(t);
}

void vs_restart_queue(struct vs_ctx *t, struct vs_queue *q)
{
	if (vs_queue_restart(q))
		vs_block_by_trouble(t);
}

struct vs_queue *vs_working_queue(struct vs_ctx *t)
{
	struct vs_request request;

	vs_serve_interrupting(t);
	vs_make_request(t, &request);
	return request.q;
}

void vs_linger(struct vs_ctx *t, uint64_t service_ns)
{
	uint64_t since = vs_now(t->s), ns = 3 * service_ns;

	if (ns > LINGER_MAX_NS)
		ns = LINGER_MAX_NS;
	vs_settle(t->s);
	while (vs_now(t->s) - since < ns)
		vs_relax(t->s);
}

static void expect_reset_zero(struct vs_ctx *t, uint16_t index, const char *when)
{
	uint16_t read = (uint16_t)vs_queue_get(t->s, index, VS_QUEUE_RESET);

	vs_where(t, "queue %u, %s", index, when);
	vs_expect(t, read == 0, "0 in queue_reset", "%u", read);
}

/* The device reset overtakes one of a queue. */
static void queue_reset_after_reset(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	vs_need_ring_reset(t);
	for (unsigned i = 0; i < s->queue_count; i++)
		vs_queue_set(s, s->queues[i].index, VS_QUEUE_RESET, 1);
	vs_start_over(t, VS_STAGE_FEATURES, (struct vs_setup){ 0 });
	vs_need_ring_reset(t);
	for (uint16_t i = 0; i < s->num_queues; i++)
		if (vs_queue_get(s, i, VS_QUEUE_SIZE))
			expect_reset_zero(t, i, "after a device reset");
}
VS_DEVICE_CHECK(queue_reset_after_reset, .rules = VS_RULES(PCI_COMMON_QUEUE_RESET_ZERO_AFTER_RESET),
		.stage = VS_STAGE_LIVE, .setup = { .all_queues = true }, .needs = VS_NEEDS_QUEUE);

static void queue_reset_after_enable(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	vs_need_ring_reset(t);
	for (unsigned i = 0; i < s->queue_count; i++)
		expect_reset_zero(t, s->queues[i].index, "enabled");
	vs_proceed(t, VS_STAGE_LIVE);
	for (unsigned i = 0; i < s->queue_count; i++) {
		vs_reset_queue(t, &s->queues[i]);
		vs_start_queue(t, &s->queues[i], 4);
		expect_reset_zero(t, s->queues[i].index, "enabled again");
	}
}
VS_DEVICE_CHECK(queue_reset_after_enable,
		.rules = VS_RULES(PCI_COMMON_QUEUE_RESET_ZERO_AFTER_ENABLE),
		.stage = VS_STAGE_QUEUES, .setup = { .queue_size = 4 }, .needs = VS_NEEDS_QUEUE);

static void queue_reset_done(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	vs_need_ring_reset(t);
	for (unsigned i = 0; i < s->queue_count; i++) {
		const struct vs_queue *q = &s->queues[i];
		uint16_t enabled;

		vs_queue_set(s, q->index, VS_QUEUE_RESET, 1);
		vs_where(t, "queue %u", q->index);
		vs_require(t, vs_wait_until(s, !vs_resetting(t, q)), "a reset that comes to an end",
			   "queue_reset does not become 0");
		enabled = (uint16_t)vs_queue_get(s, q->index, VS_QUEUE_ENABLE);
		vs_expect(t, enabled == 0, "0 in queue_enable when queue_reset reads 0", "%u",
			  enabled);
	}
}
VS_DEVICE_CHECK(queue_reset_done, .rules = VS_RULES(PCI_COMMON_QUEUE_RESET_DONE_READS_ZERO),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_QUEUE);

/*
 * As soon as queue_reset reads 0 the memory is the driver's: it fills it, and looks again later.
 * A device needs time to begin and to end a request, so the reset comes at different moments.
 */
static void queue_reset_busy(struct vs_ctx *t)
{
	uint64_t since = vs_now(t->s), service;
	struct vs_queue *q = vs_working_queue(t);

	service = vs_now(t->s) - since;
	for (unsigned moment = 0; moment < 4; moment++) {
		struct vs_burst burst;
		uint64_t digest;

		vs_send_burst(t, &burst);
		for (unsigned i = 0; i < moment; i++)
			vs_status(t->s);
		vs_reset_queue(t, q);
		vs_mark_burst(t, &burst);
		digest = vs_queue_digest(t, q);
		vs_linger(t, service);
		vs_where(t, "queue %u, reset with %u buffers on their way", q->index, burst.count);
		vs_expect(t, vs_queue_digest(t, q) == digest,
			  "1 in queue_reset until the rings are left alone",
			  "0, and the device wrote into them after that");
		vs_expect(t, vs_is_burst_marked(t, &burst),
			  "1 in queue_reset until the buffers are left alone",
			  "0, and the device wrote into one after that");
		vs_start_queue(t, q, 0);
	}
}
VS_DEVICE_CHECK(queue_reset_busy, .rules = VS_RULES(PCI_COMMON_QUEUE_RESET_BUSY_READS_ONE),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);
