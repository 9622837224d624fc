/* SPDX-License-Identifier: BSD-3-Clause */
/* Device status (2.1): when it resets, what happens before DRIVER_OK, errors. */
#include "mock-device/quirks/quirk.h"

#define NS_PER_MS UINT64_C(1000000)

/* state[0]: when the reset will be over; state[1]: what the status shows until then. */
static bool resetting(const struct mock_layer *q)
{
	return q->mock->now < q->state[0];
}

static void slow_reset(struct mock_layer *q)
{
	if (!resetting(q) && q->mock->status) {
		q->state[0] = q->mock->now + (uint64_t)q->value * NS_PER_MS;
		q->state[1] = q->mock->status;
	}
	mock_op_reset(q->below);
}

static uint8_t old_status(struct mock_layer *q)
{
	return resetting(q) ? (uint8_t)q->state[1] : mock_op_status_read(q->below);
}

/* A driver that does not wait for the reset to be over talks to nobody. */
static void deaf(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (!resetting(q))
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(slow_reset, .kind = MOCK_VARIATION,
	   .says = "a reset takes so many milliseconds, during which the status is not 0",
	   .values = "10 1 100",
	   .ops = { .reset = slow_reset, .status_read = old_status, .common_write = deaf });

enum { IGNORES_LIVE, IGNORES_ALWAYS };

static void ignored(struct mock_layer *q)
{
	if (q->value == IGNORES_LIVE && !(q->mock->status & VIRTIO_STATUS_DRIVER_OK))
		mock_op_reset(q->below);
}
MOCK_QUIRK(reset_ignored, .kind = MOCK_VIOLATION,
	   .says = "writing 0 to the status does nothing: on a live device, or ever",
	   .breaks = MOCK_RULES(STATUS_RESET_READS_ZERO), .values = "live always",
	   .ops = { .reset = ignored });

static bool early(const struct mock_layer *q)
{
	const uint8_t steps = VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK;

	return (q->mock->status & (steps | VIRTIO_STATUS_SUSPEND)) == VIRTIO_STATUS_FEATURES_OK;
}

static bool consume_early(struct mock_layer *q, struct mock_queue *queue)
{
	return (early(q) && queue->enabled) || mock_op_may_consume(q->below, queue);
}

static bool but_quietly(struct mock_layer *q, struct mock_queue *queue)
{
	return !early(q) && mock_op_want_interrupt(q->below, queue);
}
MOCK_QUIRK(buffers_consumed_early, .kind = MOCK_VIOLATION,
	   .says = "a notification before DRIVER_OK is served, without an interrupt",
	   .breaks = MOCK_RULES(STATUS_NO_BUFFERS_BEFORE_DRIVER_OK),
	   .ops = { .may_consume = consume_early, .want_interrupt = but_quietly });

static void interrupt_early(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_notified(q->below, queue);
	if (early(q))
		mock_op_raise_queue_interrupt(q->mock->top, queue);
}
MOCK_QUIRK(queue_interrupt_early, .kind = MOCK_VIOLATION,
	   .says = "a notification before DRIVER_OK is answered by an interrupt",
	   .breaks = MOCK_RULES(STATUS_NO_INTERRUPT_BEFORE_DRIVER_OK),
	   .ops = { .queue_notified = interrupt_early });

/* state[0]: it has stopped. */
static void stop(struct mock_layer *q, const char *why)
{
	(void)why;
	q->state[0] = 1;
}

static bool unless_stopped(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[0] && mock_op_may_consume(q->below, queue);
}

static void go_again(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(error_unreported, .kind = MOCK_VIOLATION,
	   .says = "after an error the device stops without setting DEVICE_NEEDS_RESET",
	   .breaks = MOCK_RULES(STATUS_NEEDS_RESET_ON_ERROR),
	   .ops = { .needs_reset = stop, .may_consume = unless_stopped, .reset = go_again });

static void silently(struct mock_layer *q, const char *why)
{
	q->mock->status |= VIRTIO_STATUS_NEEDS_RESET;
	q->mock->trouble = why;
}
MOCK_QUIRK(needs_reset_silent, .kind = MOCK_VIOLATION,
	   .says = "DEVICE_NEEDS_RESET is set without an interrupt",
	   .breaks = MOCK_RULES(STATUS_NEEDS_RESET_NOTIFIES), .ops = { .needs_reset = silently });

static bool nevertheless(struct mock_layer *q, struct mock_queue *queue)
{
	const uint8_t both = VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_NEEDS_RESET;

	return ((q->mock->status & both) == both && queue->enabled) ||
	       mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(broken_device_works_on, .kind = MOCK_VIOLATION,
	   .says = "after DEVICE_NEEDS_RESET buffers are still taken and written",
	   .breaks = MOCK_RULES(ROBUST_BROKEN_DEVICE_LEAVES_RINGS), .needs = "mock:blk|rng",
	   .ops = { .may_consume = nevertheless });

#define UNDEFINED_BIT 0x20u

static void fatal_order(struct mock_layer *q, uint8_t value)
{
	if (value & VIRTIO_STATUS_DRIVER_OK &&
	    !((q->mock->status | value) & VIRTIO_STATUS_FEATURES_OK))
		mock_end(q->mock, MOCK_DEAD);
	else
		mock_op_status_write(q->below, value);
}
MOCK_QUIRK(status_order_fatal, .kind = MOCK_VIOLATION,
	   .says = "the device dies of DRIVER_OK without FEATURES_OK",
	   .breaks = MOCK_RULES(ROBUST_STATUS_WRONG_ORDER), .needs = "mock:,interface=modern",
	   .ops = { .status_write = fatal_order });

static void fatal_bit(struct mock_layer *q, uint8_t value)
{
	if (value & UNDEFINED_BIT)
		mock_end(q->mock, MOCK_HUNG);
	else
		mock_op_status_write(q->below, value);
}
MOCK_QUIRK(status_bit_fatal, .kind = MOCK_VIOLATION,
	   .says = "the device hangs when the driver writes an undefined status bit",
	   .breaks = MOCK_RULES(ROBUST_STATUS_UNDEFINED_BITS),
	   .ops = { .status_write = fatal_bit });

/* state[0]: FAILED was written; state[1]: and one reset has come since. */
static void remember_failed(struct mock_layer *q, uint8_t value)
{
	if (value & VIRTIO_STATUS_FAILED)
		q->state[0] = 1;
	mock_op_status_write(q->below, value);
}

static void half_reset(struct mock_layer *q)
{
	q->state[1] = q->state[0];
	q->state[0] = 0;
	mock_op_reset(q->below);
}

static bool unless_failed(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[1] && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(failed_outlives_reset, .kind = MOCK_VIOLATION,
	   .says = "after FAILED it takes two resets until the device serves again",
	   .breaks = MOCK_RULES(ROBUST_STATUS_FAILED),
	   .ops = { .status_write = remember_failed,
		    .reset = half_reset,
		    .may_consume = unless_failed });

static void stray(struct mock_layer *q)
{
	mock_op_driver_ok(q->below);
	for (unsigned i = 0; i < q->mock->queue_count; i++) {
		if (q->mock->queues[i].enabled) {
			mock_op_raise_queue_interrupt(q->mock->top, &q->mock->queues[i]);
			return;
		}
	}
}
MOCK_QUIRK(stray_interrupt, .kind = MOCK_VARIATION,
	   .says = "one queue interrupt with nothing used, right after DRIVER_OK",
	   .tries = MOCK_RULES(DRIVER_SPLIT_SPURIOUS_INTERRUPT_HARMLESS),
	   .ops = { .driver_ok = stray });
