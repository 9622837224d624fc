/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.4 Device Reset: what goes with it, and the silence after it. */
#include "engine/check.h"

#define POSITIONS   16u /* entries of a ring that is run round */
#define FLOOD       16u /* requests that are started and not waited for */
#define QUEUES_SEEN 4u  /* whose registers are looked at */

static void reset_or_block(struct vs_ctx *t)
{
	if (vs_reset(t->s))
		vs_block(t, VS_RULE_STATUS_RESET_READS_ZERO,
			 "device_status did not become 0 after 0 was written");
}

static void features_forgotten(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	reset_or_block(t);
	for (uint32_t i = 0; i < VS_FEATURE_WINDOWS; i++) {
		uint32_t bits = vs_accepted_window(s, i);

		vs_where(t, "driver_feature, window %" PRIu32, i);
		vs_expect(t, bits == 0, "0 after a reset",
			  "%#010" PRIx32 "; %#010" PRIx32 " had been written", bits,
			  s->accepted.window[i]);
	}
}
VS_DEVICE_CHECK(features_forgotten, .rules = VS_RULES(RESET_REGISTERS_RESTORED),
		.stage = VS_STAGE_FEATURES);

static bool expect_register(struct vs_ctx *t, uint16_t queue, enum vs_common_field field,
			    uint16_t wanted)
{
	uint16_t value = (uint16_t)vs_queue_get(t->s, queue, field);

	vs_where(t, "queue %u, %s", queue, vs_common_fields[field].name);
	return vs_expect(t, value == wanted, "the value that it has at power-up",
			 "%#x after a reset, at power-up %#x", value, wanted);
}

/*
 * The single registers have rules of their own; all of them together are what a reset is. Before
 * the reset the queue is live, with fewer entries than it can have.
 */
static void registers_restored(struct vs_ctx *t)
{
	struct vs_setup setup = { .queue_size = 4, .msix = vs_sees_msix(t) };
	struct vs_session *s = t->s;
	uint16_t index, max_size, vector;

	for (index = 0; index < s->num_queues && index < QUEUES_SEEN; index++)
		if (!expect_register(t, index, VS_QUEUE_ENABLE, 0))
			return;
	vs_start_over(t, VS_STAGE_LIVE, setup);
	if (s->queue_count == 0)
		vs_skip(t, "no virtqueue was set up");
	index = s->queues[0].index;
	max_size = s->queues[0].max_size;
	vs_start_over(t, VS_STAGE_FEATURES, setup);
	expect_register(t, index, VS_QUEUE_SIZE, max_size);
	expect_register(t, index, VS_QUEUE_ENABLE, 0);
	if (!setup.msix)
		return;
	expect_register(t, index, VS_QUEUE_MSIX_VECTOR, VIRTIO_MSI_NO_VECTOR);
	vector = (uint16_t)vs_get(s, VS_CONFIG_MSIX_VECTOR);
	vs_where(t, "config_msix_vector");
	vs_expect(t, vector == VIRTIO_MSI_NO_VECTOR, "the value that it has at power-up",
		  "%#x after a reset", vector);
}
VS_DEVICE_CHECK(registers_restored, .rules = VS_RULES(RESET_REGISTERS_RESTORED),
		.stage = VS_STAGE_FEATURES, .needs = VS_NEEDS_QUEUE);

/* Sets up a virtqueue that a benign request does not use; skips where there is none. */
static void start_other(struct vs_ctx *t, uint16_t index)
{
	struct vs_session *s = t->s;

	s->queues = vs_session_alloc(s, sizeof(*s->queues));
	if (!s->queues)
		vs_block(t, -1, "no memory left for a queue");
	for (uint32_t i = 0; i < s->num_queues; i++) {
		if (i == index || !vs_queue_get(s, (uint16_t)i, VS_QUEUE_SIZE))
			continue;
		if (vs_queue_start(s, s->queues, (uint16_t)i, 0))
			vs_block_by_trouble(t);
		s->queue_count = 1;
		s->stage = VS_STAGE_QUEUES;
		return;
	}
	vs_skip(t, "it has no other virtqueue that a second driver could set up alone");
}

/*
 * A second driver that sets up another queue: a device that still knows the rings of the first one,
 * whatever queue_enable says, finds a buffer there. Many queues exist only with a feature.
 */
static void queue_forgotten(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_setup setup = s->setup;
	struct vs_request request;
	struct vs_queue old;
	size_t taken;
	uint16_t idx;

	vs_make_request(t, &request);
	if (vs_request_return(&request))
		vs_block_by_trouble(t);
	old = *request.q;
	taken = s->dma_used;
	vs_session_renew(s, setup);
	s->dma_used = taken;
	vs_proceed(t, VS_STAGE_FEATURES);
	start_other(t, old.index);
	idx = vs_split_used_idx(&old);
	vs_split_publish(&old, (uint16_t)request.id);
	vs_proceed(t, VS_STAGE_LIVE);
	vs_settle(s);
	vs_where(t, "queue %u, enabled before the reset and not since", old.index);
	vs_expect(t, vs_split_used_idx(&old) == idx, "a queue that is not served",
		  "the used index went from %u to %u", idx, vs_split_used_idx(&old));
}
VS_DEVICE_CHECK(queue_forgotten, .rules = VS_RULES(RESET_REGISTERS_RESTORED),
		.stage = VS_STAGE_LIVE,
		.setup = { .accept = UINT64_MAX, .refuse = VS_BIT(VIRTIO_F_RING_PACKED) },
		.needs = VS_NEEDS_REQUEST, .views = VS_ON(MODERN));

/* More requests than the ring has places for, so that no index is where it began. */
static void ring_positions(struct vs_ctx *t)
{
	const struct vs_setup setup = t->s->setup;
	struct vs_queue *q = &t->s->queues[0];
	struct vs_request request;
	struct vs_used used = { 0 };
	bool served;

	/* The legacy interface has no way to make the ring a small one. */
	for (unsigned i = 0; i < q->size + 5u && i < 2 * POSITIONS; i++)
		vs_serve(t);
	vs_start_over(t, VS_STAGE_LIVE, setup);
	vs_make_request(t, &request);
	q = request.q;
	vs_send_request(t, &request);
	served = vs_queue_wait(q, &used);
	vs_where(t, "queue %u of %u entries, the first request after a reset", q->index, q->size);
	vs_expect(t, served && !q->ring->pending(q) && used.id == (uint32_t)request.id,
		  "its buffer used in the first place of the ring, and nothing else",
		  "%s%" PRIu32 "%s, the buffer is %d",
		  served ? "used: " : "not used in time: ", used.id,
		  q->ring->pending(q) ? " and another" : "", request.id);
}
VS_DEVICE_CHECK(ring_positions, .rules = VS_RULES(RESET_RING_POSITIONS_RESTORED),
		.stage = VS_STAGE_LIVE, .setup = { .queue_size = POSITIONS },
		.needs = VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);

/* Requests that nobody waits for; the last one made is the one that is returned. */
static struct vs_request start_requests(struct vs_ctx *t)
{
	struct vs_request request, last = { 0 };

	for (unsigned i = 0; i < FLOOD; i++) {
		vs_make_request(t, &request);
		if (vs_request_send(&request))
			break;
		last = request;
	}
	return last;
}

static void expect_no_interrupt(struct vs_ctx *t, const char *when)
{
	unsigned seen = vs_take_interrupts(t);

	vs_where(t, "%s", when);
	vs_expect(t, seen == 0, "no interrupt until the device is started again", "%s%s%s",
		  seen & VS_INTERRUPT_QUEUE ? "one for a used buffer" : "",
		  seen == (VS_INTERRUPT_QUEUE | VS_INTERRUPT_CONFIG) ? " or " : "",
		  seen & VS_INTERRUPT_CONFIG ? "one for a configuration change" : "");
}

/* What came before the status read 0 is not judged. */
static void expect_quiet_after_reset(struct vs_ctx *t)
{
	start_requests(t);
	reset_or_block(t);
	if (!t->s->msix_enabled && vs_intx(t->s))
		vs_block(t, VS_RULE_RESET_ISR_CLEARED, "the line is still up after the reset");
	vs_take_interrupts(t);
	vs_settle(t->s);
	expect_no_interrupt(t, "after a reset with requests in flight");
	vs_change_config(t);
	vs_settle(t->s);
	expect_no_interrupt(t, "after a reset, as the configuration changed");
}

static void no_message_after_reset(struct vs_ctx *t)
{
	expect_quiet_after_reset(t);
}
VS_DEVICE_CHECK(no_message_after_reset, .rules = VS_RULES(RESET_NO_NOTIFICATIONS),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true },
		.needs = VS_NEEDS_REQUEST | VS_NEEDS_MSIX, .views = VS_EVERYWHERE);

static void no_line_after_reset(struct vs_ctx *t)
{
	expect_quiet_after_reset(t);
}
VS_DEVICE_CHECK(no_line_after_reset, .rules = VS_RULES(RESET_NO_NOTIFICATIONS),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST | VS_NEEDS_INTX,
		.views = VS_EVERYWHERE);

/* Once the status reads 0 the memory is the driver's again; a further buffer tempts the device. */
static void queues_untouched(struct vs_ctx *t)
{
	struct vs_request last = start_requests(t);
	struct vs_queue *q = last.q;
	size_t used_size;

	if (!q)
		vs_block(t, -1, "no request could be started");
	reset_or_block(t);
	used_size = q->ring->area_size(q, VS_AREA_DEVICE);
	vs_mark(t, q->area[VS_AREA_DEVICE], used_size);
	if (last.in)
		vs_mark(t, last.in, last.kind->in_size);
	vs_split_publish(q, (uint16_t)last.id);
	vs_queue_notify(q);
	vs_settle(t->s);
	vs_where(t, "queue %u, after a reset with requests in flight", q->index);
	vs_expect(t, vs_is_marked(t, q->area[VS_AREA_DEVICE], used_size),
		  "a used ring that is left alone", "it was written");
	if (last.in)
		vs_expect(t, vs_is_marked(t, last.in, last.kind->in_size),
			  "buffers that are left alone", "one was written");
}
VS_DEVICE_CHECK(queues_untouched, .rules = VS_RULES(RESET_QUEUES_UNTOUCHED), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_REQUEST,
		.breaks = VS_BREAKS(DRIVER_INIT_NO_NOTIFICATION_BEFORE_DRIVER_OK,
				    DRIVER_PCI_NOTIFY_ADDRESS),
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

/* An interrupt that the first driver never looks at. */
static void isr_gone(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	bool raised;

	vs_serve(t);
	raised = vs_wait_until(s, vs_intx(s));
	if (!raised)
		vs_block(t, VS_RULE_ROBUST_REQUEST_COMPLETES,
			 "no interrupt came for a used buffer");
	reset_or_block(t);
	vs_where(t, "after a reset with an interrupt pending");
	vs_expect(t, !vs_intx(s), "the interrupt line down", "it is up");
	if (s->isr) {
		uint8_t isr = vs_isr(s);

		vs_expect(t, isr == 0, "0 in the ISR status", "%#x", isr);
	}
}
VS_DEVICE_CHECK(isr_gone, .rules = VS_RULES(RESET_ISR_CLEARED), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_REQUEST | VS_NEEDS_INTX, .views = VS_EVERYWHERE);
