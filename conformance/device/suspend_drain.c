/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.4 Device Suspend: on the way in and out, with buffers in the rings. */
#include "device/burst.h"
#include "device/suspend.h"

/* The driver's whole status with one more bit: it must not clear the others (2.1.1). */
uint8_t vs_change_to(struct vs_ctx *t, uint8_t bit, bool (*there)(uint8_t status))
{
	uint8_t status = vs_status(t->s);

	vs_set_status(t->s, status | bit);
	vs_wait_until(t->s, (status = vs_status(t->s), there(status) || vs_gave_up(status)));
	return status;
}

void vs_suspend(struct vs_ctx *t)
{
	uint8_t status = vs_change_to(t, VIRTIO_STATUS_SUSPEND, vs_is_suspended);

	if (vs_gave_up(status))
		vs_skip(t, "the device did not suspend but set DEVICE_NEEDS_RESET, as it may");
	if (!vs_is_suspended(status))
		vs_block(t, VS_RULE_SUSPEND_SUSPENDS_OR_NEEDS_RESET,
			 "the device did not suspend (device_status %#x)", status);
}

void vs_resume(struct vs_ctx *t)
{
	uint8_t status = vs_change_to(t, VIRTIO_STATUS_DRIVER_OK, vs_is_running);

	if (vs_gave_up(status))
		vs_skip(t, "the device did not resume but set DEVICE_NEEDS_RESET, as it may");
	if (!vs_is_running(status))
		vs_block(t, VS_RULE_SUSPEND_RESUMES_OR_NEEDS_RESET,
			 "the device did not resume (device_status %#x)", status);
}

/*
 * What was begun shows by its first byte written, or by coming back: neither may happen once the
 * status says that all is done.
 */
static void suspend_drained(struct vs_ctx *t)
{
	struct vs_burst burst;
	unsigned used;

	vs_send_burst(t, &burst);
	vs_suspend(t);
	used = vs_take_burst(&burst);
	vs_where(t, "%u buffers sent before SUSPEND was set", burst.count);
	vs_expect(t, !vs_burst_begun(t, &burst), "every buffer that was begun to be used",
		  "%u used, and one that is not used has been written to", used);
	vs_settle(t->s);
	vs_expect(t, vs_take_burst(&burst) == used && !vs_burst_begun(t, &burst),
		  "no buffer used or begun after the status showed the suspension",
		  "%u used then, %u used later, others %s", used, burst.used,
		  vs_burst_begun(t, &burst) ? "written to" : "untouched");
}
VS_DEVICE_CHECK(suspend_drained, .rules = VS_RULES(SUSPEND_DRAINED_FIRST), .stage = VS_STAGE_LIVE,
		.needs = VS_NEEDS_REQUEST);

static void suspend_drain_notified(struct vs_ctx *t)
{
	struct vs_burst burst;
	unsigned kinds;

	vs_live_listening(t, (struct vs_setup){ 0 });
	vs_send_burst(t, &burst);
	vs_suspend(t);
	kinds = vs_take_interrupts(t);
	if (vs_take_burst(&burst) == 0)
		vs_skip(t, "the device used no buffer on its way into the suspension");
	vs_where(t, "%u of %u buffers used before the suspension", burst.used, burst.count);
	vs_expect(t, kinds & VS_INTERRUPT_QUEUE, "their interrupt before the status shows it",
		  "none had come by then");
}
VS_DEVICE_CHECK(suspend_drain_notified, .rules = VS_RULES(SUSPEND_DRAIN_NOTIFIED),
		.stage = VS_STAGE_CAPS, .needs = VS_NEEDS_REQUEST);

/* The driver says nothing again of what it had made available and notified before. */
static void suspend_resumes(struct vs_ctx *t)
{
	struct vs_session *s = t->s;
	struct vs_burst burst;
	struct vs_used used;
	uint8_t status;

	vs_serve_interrupting(t); /* that it serves at all */
	vs_send_burst(t, &burst);
	vs_suspend(t);
	vs_settle(s);
	status = vs_change_to(t, VIRTIO_STATUS_DRIVER_OK, vs_is_running);
	vs_where(t, "DRIVER_OK set on a suspended device");
	vs_require(t, vs_is_running(status) || vs_gave_up(status),
		   "DRIVER_OK without SUSPEND, or DEVICE_NEEDS_RESET", "device_status %#x", status);
	if (vs_gave_up(status))
		vs_skip(t, "the device set DEVICE_NEEDS_RESET instead, as it may");
	vs_expect(t, vs_wait_until(s, vs_take_burst(&burst) == burst.count),
		  "buffers left in the ring to be used", "%u of %u are", burst.used, burst.count);
	if (burst.used < burst.count)
		return;
	vs_expect(t, vs_served(t, &used), "new buffers to be used", "one is not");
}
VS_DEVICE_CHECK(suspend_resumes, .rules = VS_RULES(SUSPEND_RESUMES_OR_NEEDS_RESET),
		.stage = VS_STAGE_LIVE, .needs = VS_NEEDS_REQUEST);

/* The same without a queue to try: what the status says. */
static void suspend_resumes_status(struct vs_ctx *t)
{
	uint8_t status;

	vs_suspend(t);
	status = vs_change_to(t, VIRTIO_STATUS_DRIVER_OK, vs_is_running);
	vs_where(t, "DRIVER_OK set on a suspended device");
	vs_expect(t, vs_is_running(status) || vs_gave_up(status),
		  "DRIVER_OK without SUSPEND, or DEVICE_NEEDS_RESET", "device_status %#x", status);
}
VS_DEVICE_CHECK(suspend_resumes_status, .rules = VS_RULES(SUSPEND_RESUMES_OR_NEEDS_RESET),
		.stage = VS_STAGE_LIVE);
