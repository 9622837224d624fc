/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.1 Device Status Field: resetting it, silence before DRIVER_OK, errors that need a reset. */
#include "device/broken_ring.h"

/*
 * Bring-up begins with a reset, and here that is what is judged. Everything else that is in the way
 * blocks.
 */
static void reach(struct vs_ctx *t, enum vs_stage stage)
{
	struct vs_session *s = t->s;

	vs_session_renew(s, (struct vs_setup){ 0 });
	if (vs_session_advance(s, stage) == 0)
		return;
	if (s->trouble.rule != VS_RULE_STATUS_RESET_READS_ZERO)
		vs_block_by_trouble(t);
	vs_require(t, false, "0 in device_status after 0 was written", "%#x for %.1f s",
		   vs_status(s), (double)s->patience_ns / 1e9);
}

static void expect_reset(struct vs_ctx *t, const char *from)
{
	struct vs_session *s = t->s;

	vs_where(t, "from %s", from);
	vs_require(t, vs_reset(s) == 0, "0 in device_status after 0 was written", "%#x for %.1f s",
		   vs_status(s), (double)s->patience_ns / 1e9);
}

/* As many requests as there is room for, at most a handful, and nobody waits for them. */
static void start_requests(struct vs_ctx *t)
{
	struct vs_request request;

	for (unsigned i = 0; i < 8; i++) {
		vs_make_request(t, &request);
		if (vs_request_send(&request))
			return;
	}
}

static void reset_from_every_step(struct vs_ctx *t)
{
	reach(t, VS_STAGE_COMMON);
	expect_reset(t, "a device that was reset");
	vs_set_status(t->s, VIRTIO_STATUS_ACKNOWLEDGE);
	expect_reset(t, "ACKNOWLEDGE");
	vs_set_status(t->s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	expect_reset(t, "DRIVER");
	reach(t, VS_STAGE_FEATURES);
	expect_reset(t, "FEATURES_OK");
	reach(t, VS_STAGE_QUEUES);
	expect_reset(t, "queues that are set up");
	reach(t, VS_STAGE_LIVE);
	expect_reset(t, "DRIVER_OK");
	reach(t, VS_STAGE_LIVE);
	if (vs_can_serve(t))
		start_requests(t);
	expect_reset(t, "DRIVER_OK with requests in flight");
}
VS_DEVICE_CHECK(reset_from_every_step, .rules = VS_RULES(STATUS_RESET_READS_ZERO),
		.stage = VS_STAGE_CAPS);

/* A request that waits in its ring, its answer marked, notified of whether asked for or not. */
static void offer_early(struct vs_ctx *t, struct vs_request *request)
{
	vs_make_request(t, request);
	if (request->in)
		vs_mark(t, request->in, request->kind->in_size);
	request->q->ring->offer(request->q, request->elements, request->count, false);
	vs_queue_notify(request->q);
	vs_settle(t->s);
}

static void buffers_before_driver_ok(struct vs_ctx *t)
{
	struct vs_request request;

	offer_early(t, &request);
	vs_where(t, "queue %u, notified before DRIVER_OK", request.q->index);
	vs_expect(t, !request.q->ring->pending(request.q), "a buffer that is not used", "%s",
		  "it is used");
	if (request.in)
		vs_expect(t, vs_is_marked(t, request.in, request.kind->in_size),
			  "a buffer that is not written", "%u bytes, some of them written",
			  request.kind->in_size);
}
VS_DEVICE_CHECK(buffers_before_driver_ok, .rules = VS_RULES(STATUS_NO_BUFFERS_BEFORE_DRIVER_OK),
		.stage = VS_STAGE_QUEUES, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_INIT_NO_NOTIFICATION_BEFORE_DRIVER_OK));

/* With one vector for all, a configuration change must not pass for a virtqueue's interrupt. */
static void expect_no_queue_interrupt(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_request request;
	unsigned seen;

	if (s->msix_enabled && s->queue_vector == s->config_vector) {
		vs_set(s, VS_CONFIG_MSIX_VECTOR, VIRTIO_MSI_NO_VECTOR);
		s->config_vector = VIRTIO_MSI_NO_VECTOR;
	}
	vs_take_interrupts(t);
	offer_early(t, &request);
	seen = vs_take_interrupts(t);
	vs_where(t, "queue %u, notified before DRIVER_OK", request.q->index);
	vs_expect(t, !(seen & VS_INTERRUPT_QUEUE), "no interrupt for a virtqueue",
		  s->msix_enabled ? "a message of vector %u" : "the line rose with the queue bit",
		  s->queue_vector);
}

static void queue_message_before_driver_ok(struct vs_ctx *t)
{
	expect_no_queue_interrupt(t);
}
VS_DEVICE_CHECK(queue_message_before_driver_ok,
		.rules = VS_RULES(STATUS_NO_INTERRUPT_BEFORE_DRIVER_OK), .stage = VS_STAGE_QUEUES,
		.setup = { .msix = true }, .needs = VS_NEEDS_REQUEST | VS_NEEDS_MSIX,
		.breaks = VS_BREAKS(DRIVER_INIT_NO_NOTIFICATION_BEFORE_DRIVER_OK));

static void queue_line_before_driver_ok(struct vs_ctx *t)
{
	expect_no_queue_interrupt(t);
}
VS_DEVICE_CHECK(queue_line_before_driver_ok,
		.rules = VS_RULES(STATUS_NO_INTERRUPT_BEFORE_DRIVER_OK), .stage = VS_STAGE_QUEUES,
		.needs = VS_NEEDS_REQUEST | VS_NEEDS_INTX,
		.breaks = VS_BREAKS(DRIVER_INIT_NO_NOTIFICATION_BEFORE_DRIVER_OK));

/* Whether a request behind the nonsense is served, after whatever the device made of that. */
static bool still_serves(struct vs_ctx *t)
{
	struct vs_request request;
	struct vs_used used;

	vs_make_request(t, &request);
	request.id = request.q->ring->offer(request.q, request.elements, request.count, false);
	vs_queue_notify(request.q);
	for (unsigned i = 0; i <= 2u * request.q->size; i++) {
		if (!vs_queue_wait(request.q, &used))
			return false;
		if (used.id == (uint32_t)request.id)
			return true;
	}
	return false;
}

static void needs_reset_on_error(struct vs_ctx *t)
{
	struct vs_queue *q;
	bool needs_reset;

	vs_need_service(t);
	q = vs_break_ring(t, &needs_reset);
	vs_where(t, "queue %u of %u entries", q->index, q->size);
	vs_expect(t, needs_reset || still_serves(t),
		  "DEVICE_NEEDS_RESET, or a queue that is served on",
		  "device_status is %#x and the queue stands still after a broken ring",
		  vs_status(t->s));
}
VS_DEVICE_CHECK(needs_reset_on_error, .rules = VS_RULES(STATUS_NEEDS_RESET_ON_ERROR),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_SPLIT_AVAIL_IDX_FORWARD,
				    DRIVER_PACKED_LIST_WITHIN_QUEUE_SIZE));

/* Only the configuration change is to be heard, whatever its interrupt looks like. */
static void silence_queues(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	for (unsigned i = 0; i < s->queue_count; i++) {
		s->queues[i].ring->interrupts(&s->queues[i], false);
		if (s->msix_enabled)
			vs_queue_set(s, s->queues[i].index, VS_QUEUE_MSIX_VECTOR,
				     VIRTIO_MSI_NO_VECTOR);
	}
	s->queue_vector = VIRTIO_MSI_NO_VECTOR;
}

static void expect_needs_reset_notifies(struct vs_ctx *t)
{
	bool needs_reset;

	silence_queues(t);
	vs_take_interrupts(t);
	vs_break_ring(t, &needs_reset);
	if (!needs_reset)
		vs_skip(t, "a broken ring does not make the device set DEVICE_NEEDS_RESET");
	vs_expect(t, vs_wait_until(t->s, vs_take_interrupts(t)), "a configuration change interrupt",
		  "none, device_status is %#x", vs_status(t->s));
}

static void needs_reset_message(struct vs_ctx *t)
{
	expect_needs_reset_notifies(t);
}
VS_DEVICE_CHECK(needs_reset_message, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true },
		.needs = VS_NEEDS_REQUEST | VS_NEEDS_MSIX,
		.breaks = VS_BREAKS(DRIVER_SPLIT_AVAIL_IDX_FORWARD,
				    DRIVER_PACKED_LIST_WITHIN_QUEUE_SIZE));

static void needs_reset_line(struct vs_ctx *t)
{
	expect_needs_reset_notifies(t);
}
VS_DEVICE_CHECK(needs_reset_line, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES),
		.stage = VS_STAGE_LIVE, .setup = { .queue_size = 16 },
		.needs = VS_NEEDS_REQUEST | VS_NEEDS_INTX,
		.breaks = VS_BREAKS(DRIVER_SPLIT_AVAIL_IDX_FORWARD,
				    DRIVER_PACKED_LIST_WITHIN_QUEUE_SIZE));
