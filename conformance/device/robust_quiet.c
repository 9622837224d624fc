/* SPDX-License-Identifier: BSD-3-Clause */
/* Robustness: interrupts when there is nothing to tell, and one when there is. */
#include "engine/check.h"

#define IDLE_LOOKS  6u
#define IDLE_STREAM 3u /* looks that found an interrupt: more than a stray one */

static void expect_quiet(struct vs_ctx *t, const char *when)
{
	unsigned seen;

	vs_settle(t->s);
	seen = vs_take_interrupts(t);
	vs_where(t, "%s", when);
	vs_expect(t, seen == 0, "no interrupt before DRIVER_OK", "%s%s%s",
		  seen & VS_INTERRUPT_QUEUE ? "one for a used buffer" : "",
		  seen == (VS_INTERRUPT_QUEUE | VS_INTERRUPT_CONFIG) ? " or " : "",
		  seen & VS_INTERRUPT_CONFIG ? "one for a configuration change" : "");
}

/* A configuration change is what a device is most likely to tell too early. */
static void quiet_until_live(struct vs_ctx *t)
{
	struct vs_session *s = t->s;

	vs_take_interrupts(t);
	expect_quiet(t, "virtqueues set up");
	vs_change_config(t);
	expect_quiet(t, "virtqueues set up, as the configuration changed");
	vs_session_renew(s, s->setup);
	vs_proceed(t, VS_STAGE_COMMON);
	if (s->setup.msix && vs_msix_enable(s))
		vs_block_by_trouble(t);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE);
	vs_set_status(s, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	vs_change_config(t);
	expect_quiet(t, "at DRIVER, as the configuration changed");
}

static void no_message_before_driver_ok(struct vs_ctx *t)
{
	quiet_until_live(t);
}
VS_DEVICE_CHECK(no_message_before_driver_ok, .rules = VS_RULES(ROBUST_QUIET_BEFORE_DRIVER_OK),
		.stage = VS_STAGE_QUEUES, .setup = { .msix = true }, .needs = VS_NEEDS_MSIX);

static void no_line_before_driver_ok(struct vs_ctx *t)
{
	quiet_until_live(t);
}
VS_DEVICE_CHECK(no_line_before_driver_ok, .rules = VS_RULES(ROBUST_QUIET_BEFORE_DRIVER_OK),
		.stage = VS_STAGE_QUEUES, .needs = VS_NEEDS_INTX);

/* After a request, where there is one, so that whatever starts with the first has started. */
static void idle(struct vs_ctx *t)
{
	unsigned looks = 0;

	if (vs_can_serve(t))
		vs_serve(t);
	vs_settle(t->s);
	vs_take_interrupts(t);
	if (!t->s->msix_enabled && vs_intx(t->s))
		vs_block(t, VS_RULE_PCI_ISR_READ_LOWERS_LINE,
			 "the line stays up when the ISR status is read");
	for (unsigned i = 0; i < IDLE_LOOKS; i++) {
		vs_settle(t->s);
		looks += vs_take_interrupts(t) != 0;
	}
	vs_expect(t, looks < IDLE_STREAM, "at most a stray interrupt of an idle device",
		  "one at %u of %u looks", looks, IDLE_LOOKS);
}

static void no_idle_messages(struct vs_ctx *t)
{
	idle(t);
}
VS_DEVICE_CHECK(no_idle_messages, .rules = VS_RULES(ROBUST_NO_IDLE_INTERRUPTS),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true }, .needs = VS_NEEDS_MSIX,
		.views = VS_ON(MODERN) | VS_ON(LEGACY));

static void no_idle_line(struct vs_ctx *t)
{
	idle(t);
}
VS_DEVICE_CHECK(no_idle_line, .rules = VS_RULES(ROBUST_NO_IDLE_INTERRUPTS), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_INTX, .views = VS_ON(MODERN) | VS_ON(LEGACY));

/* Its answer is written where the device says it is; interrupts where they can be seen. */
static void request_completes(struct vs_ctx *t)
{
	/* Which bit the ISR status shows for it is not judged here. */
	unsigned kind = VS_INTERRUPT_QUEUE | (t->s->msix_enabled ? 0 : VS_INTERRUPT_CONFIG);
	struct vs_request request;
	struct vs_used used = { 0 };
	uint32_t written;

	vs_settle(t->s); /* what comes right after DRIVER_OK is for another rule */
	vs_make_request(t, &request);
	if (request.in)
		vs_mark(t, request.in, request.kind->in_size);
	vs_take_interrupts(t);
	vs_send_request(t, &request);
	vs_where(t, "queue %u, %s", request.q->index, request.kind->what);
	vs_require(t, vs_queue_wait(request.q, &used), "the request used", "it stays unused");
	vs_expect(t, used.id == (uint32_t)request.id, "the head that was made available",
		  "%" PRIu32 ", available was %d", used.id, request.id);
	vs_require(t, used.len >= request.kind->used_min && used.len <= request.kind->in_size,
		   "a used length that fits", "%" PRIu32 " for %" PRIu32 " writable bytes",
		   used.len, request.kind->in_size);
	written = used.len < request.kind->in_size ? used.len : request.kind->in_size;
	if (written)
		vs_expect(t, !vs_is_marked(t, request.in, written), "an answer in the buffer",
			  "%" PRIu32 " bytes are said to be written, and none has changed",
			  written);
	if (t->s->msix_enabled || vs_sees_intx(t))
		vs_expect(t, vs_wait_interrupt(t, kind), "an interrupt for it", "none came");
}

static void request_completes_message(struct vs_ctx *t)
{
	request_completes(t);
}
VS_DEVICE_CHECK(request_completes_message, .rules = VS_RULES(ROBUST_REQUEST_COMPLETES),
		.stage = VS_STAGE_LIVE, .setup = { .msix = true },
		.needs = VS_NEEDS_REQUEST | VS_NEEDS_MSIX, .views = VS_EVERYWHERE);

/* With INTx where that can be seen, by polling alone where not. */
static void request_completes_line(struct vs_ctx *t)
{
	request_completes(t);
}
VS_DEVICE_CHECK(request_completes_line, .rules = VS_RULES(ROBUST_REQUEST_COMPLETES),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST, .views = VS_EVERYWHERE);
