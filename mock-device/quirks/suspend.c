/* SPDX-License-Identifier: BSD-3-Clause */
/* Suspending a device (3.4): when it counts, and what a suspended device does. */
#include "mock-device/quirks/quirk.h"

#define NS_PER_MS UINT64_C(1000000)

static bool suspended(const struct mock *mock)
{
	return mock->status & VIRTIO_STATUS_SUSPEND;
}

/* ---- Legal ways to suspend and resume ---- */

/* state[0]: 1 while a suspension is on its way, 2 while a resumption is. */
enum { ON_THE_WAY_IN = 1, ON_THE_WAY_OUT };

static void forget(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}

static void suspend_now(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	if (q->state[0] != ON_THE_WAY_IN)
		return;
	q->state[0] = 0;
	if (mock->status & VIRTIO_STATUS_DRIVER_OK)
		mock_op_suspend(q->below);
}

static void suspend_slowly(struct mock_layer *q)
{
	if (q->state[0])
		return;
	q->state[0] = ON_THE_WAY_IN;
	mock_after(q->mock, (uint64_t)q->value * NS_PER_MS, suspend_now, q);
}

static void resume_now(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	if (q->state[0] != ON_THE_WAY_OUT)
		return;
	q->state[0] = 0;
	if (suspended(mock))
		mock_op_resume(q->below);
}

static void resume_slowly(struct mock_layer *q)
{
	if (q->state[0])
		return;
	q->state[0] = ON_THE_WAY_OUT;
	mock_after(q->mock, (uint64_t)q->value * NS_PER_MS, resume_now, q);
}
MOCK_QUIRK(suspend_slow, .kind = MOCK_VARIATION,
	   .says = "suspending and resuming take so many milliseconds each", .values = "10 100",
	   .ops = { .suspend = suspend_slowly, .resume = resume_slowly, .reset = forget });

static void give_up(struct mock_layer *q)
{
	mock_op_needs_reset(q->mock->top, "the device cannot do this");
}
MOCK_QUIRK(suspend_fails, .kind = MOCK_VARIATION,
	   .says = "the device cannot suspend and says so by DEVICE_NEEDS_RESET",
	   .ops = { .suspend = give_up });
MOCK_QUIRK(resume_fails, .kind = MOCK_VARIATION,
	   .says = "the device cannot resume and says so by DEVICE_NEEDS_RESET",
	   .ops = { .resume = give_up });

/* ---- SUSPEND before the device runs ---- */

enum early { ANY_TIME, FEATURES_OK, NO_START };

static bool is_early(const struct mock *mock, uint8_t value)
{
	return value & VIRTIO_STATUS_SUSPEND && !((mock->status | value) & VIRTIO_STATUS_DRIVER_OK);
}

/* state[0]: whether the device will not start before the next reset. */
static void early(struct mock_layer *q, uint8_t value)
{
	struct mock *mock = q->mock;
	bool counts = is_early(mock, value) && value != 0;

	if (counts && q->value == FEATURES_OK)
		counts = mock->status & VIRTIO_STATUS_FEATURES_OK;
	if (counts && q->value == NO_START)
		q->state[0] = 1;
	if (q->state[0] && value)
		value &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
	mock_op_status_write(q->below, value);
	if (counts && q->value != NO_START)
		mock->status |= VIRTIO_STATUS_SUSPEND;
}

MOCK_QUIRK(suspend_early, .kind = MOCK_VIOLATION,
	   .says = "SUSPEND counts before DRIVER_OK: its bit sticks, at any time or from "
		   "FEATURES_OK on, or the device does not start any more",
	   .breaks = MOCK_RULES(SUSPEND_IGNORED_BEFORE_DRIVER_OK),
	   .values = "any features-ok no-start", .ops = { .status_write = early, .reset = forget });

/* ---- What a suspended device does ---- */

static void write_anyway(struct mock_layer *q, unsigned offset, unsigned width, uint64_t value)
{
	if (suspended(q->mock))
		q->mock->class->config_write(q->mock, offset, width, value);
	else
		mock_op_device_config_write(q->below, offset, width, value);
}
MOCK_QUIRK(suspended_config_writable, .kind = MOCK_VIOLATION,
	   .says = "the configuration takes writes while the device is suspended",
	   .breaks = MOCK_RULES(SUSPEND_CONFIG_WRITES_IGNORED), .needs = "mock:blk",
	   .ops = { .device_config_write = write_anyway });

static void interrupt_anyway(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_notified(q->below, queue);
	if (suspended(q->mock))
		mock_op_raise_queue_interrupt(q->mock->top, queue);
}
MOCK_QUIRK(suspended_queue_interrupts, .kind = MOCK_VIOLATION,
	   .says = "a suspended device answers notifications with interrupts",
	   .breaks = MOCK_RULES(SUSPEND_NO_NOTIFICATIONS),
	   .ops = { .queue_notified = interrupt_anyway });

static bool consume_anyway(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_op_may_consume(q->below, queue) || (suspended(q->mock) && queue->enabled);
}
MOCK_QUIRK(suspended_serves, .kind = MOCK_VIOLATION,
	   .says = "a suspended device goes on as if it were not",
	   .breaks = MOCK_RULES(SUSPEND_QUEUES_UNTOUCHED, SUSPEND_NO_NOTIFICATIONS),
	   .ops = { .may_consume = consume_anyway });

static void not_suspended(struct mock_layer *q, struct mock_queue *queue)
{
	if (!suspended(q->mock))
		mock_op_raise_queue_interrupt(q->below, queue);
}
MOCK_QUIRK(suspended_serves_quietly, .kind = MOCK_VIOLATION,
	   .says = "a suspended device uses buffers and keeps quiet about it",
	   .breaks = MOCK_RULES(SUSPEND_QUEUES_UNTOUCHED),
	   .ops = { .may_consume = consume_anyway, .raise_queue_interrupt = not_suspended });

/* state[0]: whether a change has to be told when the device runs again. */
static bool change_at_once(struct mock_layer *q)
{
	struct mock *mock = q->mock;

	if (!suspended(mock))
		return mock_op_change_config(q->below);
	if (!mock->class->change || !mock->class->change(mock))
		return false;
	mock_config_touched(mock);
	q->state[0] = 1;
	return true;
}

static void tell_on_resume(struct mock_layer *q)
{
	mock_op_resume(q->below);
	if (q->state[0])
		mock_op_raise_config_interrupt(q->mock->top);
	q->state[0] = 0;
}
MOCK_QUIRK(suspended_config_changes, .kind = MOCK_VIOLATION,
	   .says = "the configuration changes while the device is suspended",
	   .breaks = MOCK_RULES(SUSPEND_CONFIG_UNCHANGED),
	   .ops = { .change_config = change_at_once, .resume = tell_on_resume, .reset = forget });

static bool tell_at_once(struct mock_layer *q)
{
	bool changed = mock_op_change_config(q->below);

	if (changed && suspended(q->mock))
		mock_op_raise_config_interrupt(q->mock->top);
	return changed;
}
MOCK_QUIRK(suspended_config_interrupts, .kind = MOCK_VIOLATION,
	   .says = "a suspended device interrupts for a configuration change, and again later",
	   .breaks = MOCK_RULES(SUSPEND_CONFIG_NOTIFICATION_WITHHELD),
	   .ops = { .change_config = tell_at_once });

static void tell_nothing(struct mock_layer *q)
{
	struct mock *mock = q->mock;

	for (; mock->changes_later; mock->changes_later--)
		mock->class->change(mock);
	mock_config_touched(mock);
	mock_op_resume(q->below);
}
MOCK_QUIRK(resume_forgets_change, .kind = MOCK_VIOLATION,
	   .says = "a configuration change during a suspension is never told",
	   .breaks = MOCK_RULES(SUSPEND_CONFIG_NOTIFICATION_ON_RESUME),
	   .ops = { .resume = tell_nothing });
