/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that notifications harm, or that lose them (4.1.4.4, 4.1.5.2). */
#include "mock-device/quirks/harm.h"

#define NS_PER_MS   UINT64_C(1000000)
#define STORM_LIMIT 100u

static bool exists(const struct mock *mock, uint64_t index)
{
	return index < mock->queue_total && mock->queues[index].max_size;
}

/* Trusts the place that the driver writes to: the classic. */
static void absent(struct mock_layer *q, const struct mock_cap *cap, uint64_t offset,
		   unsigned width, uint64_t value)
{
	if (cap->multiplier && !exists(q->mock, offset / cap->multiplier))
		mock_harm(q);
	mock_op_notify(q->below, cap, offset, width, value);
}
MOCK_QUIRK(notify_absent_harms, .kind = MOCK_VIOLATION,
	   .says = "a notification for a queue that is not there does harm",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_ABSENT_QUEUE), .values = MOCK_HARM_VALUES,
	   .needs = "mock:blk|net,interface=modern|transitional",
	   .ops = { .notify = absent, MOCK_HARM_OPS });

/* A queue that nobody set up has its rings at address 0. state[0]: queues enabled since a reset. */
static void disabled(struct mock_layer *q, struct mock_queue *queue)
{
	if (!(q->state[0] >> queue->index & 1) && !queue->descriptor_area && mock_live(q->mock))
		mock_harm(q);
	mock_op_queue_notified(q->below, queue);
}

static void was_enabled(struct mock_layer *q, struct mock_queue *queue)
{
	q->state[0] |= UINT64_C(1) << queue->index;
	mock_op_queue_enable(q->below, queue);
}

static void none_was(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(notify_disabled_harms, .kind = MOCK_VIOLATION,
	   .says = "a notification for a queue that was never set up does harm",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_DISABLED_QUEUE), .values = MOCK_HARM_VALUES,
	   .ops = { .queue_notified = disabled,
		    .queue_enable = was_enabled,
		    .reset = none_was,
		    MOCK_HARM_OPS });

/* The notification is what starts the queue, not queue_enable. */
static void start(struct mock_layer *q, struct mock_queue *queue)
{
	if (!queue->enabled && queue->descriptor_area && mock_live(q->mock))
		mock_op_queue_enable(q->mock->top, queue);
	mock_op_queue_notified(q->below, queue);
}
MOCK_QUIRK(notify_starts_queue, .kind = MOCK_VIOLATION,
	   .says = "a notification starts a queue that has addresses and is not enabled",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_DISABLED_QUEUE, PCI_COMMON_QUEUE_ENABLE_GATES),
	   .ops = { .queue_notified = start });

static bool is_early(const struct mock_layer *q, const struct mock_queue *queue)
{
	return !(q->mock->status & VIRTIO_STATUS_DRIVER_OK) && queue->enabled &&
	       !queue->ring->available(q->mock, (struct mock_queue *)queue);
}

static void early(struct mock_layer *q, struct mock_queue *queue)
{
	if (is_early(q, queue))
		mock_harm(q);
	mock_op_queue_notified(q->below, queue);
}
MOCK_QUIRK(notify_early_harms, .kind = MOCK_VIOLATION,
	   .says = "a notification of an empty queue before DRIVER_OK does harm",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_BEFORE_DRIVER_OK), .values = MOCK_HARM_VALUES,
	   .ops = { .queue_notified = early, MOCK_HARM_OPS });

/* state[0]: a bit for every queue that was notified too early, until the reset. */
static void note_early(struct mock_layer *q, struct mock_queue *queue)
{
	if (is_early(q, queue))
		q->state[0] |= UINT64_C(1) << queue->index % 64;
	mock_op_queue_notified(q->below, queue);
}

static bool not_early(struct mock_layer *q, struct mock_queue *queue)
{
	return !(q->state[0] >> queue->index % 64 & 1) && mock_op_may_consume(q->below, queue);
}

static void forget(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(notify_early_mutes, .kind = MOCK_VIOLATION,
	   .says = "a queue that was notified while empty before DRIVER_OK is never served",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_BEFORE_DRIVER_OK),
	   .ops = { .queue_notified = note_early, .may_consume = not_early, .reset = forget });

/* With all queues to start it takes a moment, and state[0] is when it is over. */
static void slow_start(struct mock_layer *q)
{
	bool all = true;

	for (unsigned i = 0; i < q->mock->queue_count; i++)
		all = all && (q->mock->queues[i].enabled || !q->mock->queues[i].max_size);
	q->state[0] = all ? q->mock->now + NS_PER_MS : 0;
	mock_op_driver_ok(q->below);
}

static void not_yet(struct mock_layer *q, struct mock_queue *queue)
{
	if (q->mock->now >= q->state[0])
		mock_op_queue_notified(q->below, queue);
}
MOCK_QUIRK(notify_lost_at_start, .kind = MOCK_VIOLATION,
	   .says = "after DRIVER_OK with all queues, notifications are lost for a millisecond",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_AFTER_DRIVER_OK), .needs = "mock:net",
	   .ops = { .driver_ok = slow_start, .queue_notified = not_yet });

/* It starts as slowly, and looks at all queues when it has started. */
static void look(struct mock *mock, void *argument)
{
	(void)argument;
	mock_kick_all(mock);
}

static void slow_but_sure(struct mock_layer *q)
{
	slow_start(q);
	if (q->state[0])
		mock_after(q->mock, NS_PER_MS, look, NULL);
}
MOCK_QUIRK(slow_start, .kind = MOCK_VARIATION,
	   .says = "DRIVER_OK with all queues takes effect a millisecond later",
	   .needs = "mock:net", .ops = { .driver_ok = slow_but_sure, .queue_notified = not_yet });

static bool is_odd(const struct mock_layer *q, const struct mock_cap *cap, uint64_t offset,
		   unsigned width)
{
	return !mock_has(q->mock, VIRTIO_F_NOTIFICATION_DATA) &&
	       (width != sizeof(uint16_t) || (cap->multiplier && offset % cap->multiplier));
}

static void odd(struct mock_layer *q, const struct mock_cap *cap, uint64_t offset, unsigned width,
		uint64_t value)
{
	if (is_odd(q, cap, offset, width))
		mock_harm(q);
	mock_op_notify(q->below, cap, offset, width, value);
}
MOCK_QUIRK(
	notify_odd_harms, .kind = MOCK_VIOLATION,
	.says = "a notification of another width, or between the places of two queues, does harm",
	.breaks = MOCK_RULES(ROBUST_NOTIFY_ODD_ACCESS), .values = MOCK_HARM_VALUES,
	.ops = { .notify = odd, MOCK_HARM_OPS });

static uint64_t read(struct mock_layer *q, unsigned bar, uint64_t offset, unsigned width)
{
	const struct mock_cap *cap = mock_caps_find(&q->mock->caps, VIRTIO_PCI_CAP_NOTIFY_CFG);

	if (cap && bar == cap->bar && offset >= cap->offset && offset - cap->offset < cap->length)
		mock_harm(q);
	return mock_op_bar_read(q->below, bar, offset, width);
}
MOCK_QUIRK(notify_read_harms, .kind = MOCK_VIOLATION,
	   .says = "reading the notification structure does harm",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_ODD_ACCESS), .values = MOCK_HARM_VALUES,
	   .ops = { .bar_read = read, MOCK_HARM_OPS });

/* What a device makes of any access there: a notification of the queue that has the place. Where
 * all have the same, the value has to tell. */
static void by_place(struct mock_layer *q, const struct mock_cap *cap, uint64_t offset,
		     unsigned width, uint64_t value)
{
	if (cap->multiplier == 0)
		mock_op_notify(q->below, cap, offset, width, value);
	else if (exists(q->mock, offset / cap->multiplier))
		mock_op_queue_notified(q->mock->top, &q->mock->queues[offset / cap->multiplier]);
}
MOCK_QUIRK(notify_by_place, .kind = MOCK_VARIATION,
	   .says = "a notification counts by its place alone, whatever its width and value",
	   .ops = { .notify = by_place });

/* Legal: whoever notifies like that on a live device has lost his mind, and needs a reset. */
static void strict(struct mock_layer *q, const struct mock_cap *cap, uint64_t offset,
		   unsigned width, uint64_t value)
{
	if (mock_live(q->mock) && (is_odd(q, cap, offset, width) ||
				   (cap->multiplier && !exists(q->mock, offset / cap->multiplier))))
		mock_op_needs_reset(q->mock->top, "a notification is no notification");
	mock_op_notify(q->below, cap, offset, width, value);
}
MOCK_QUIRK(notify_strict, .kind = MOCK_VARIATION,
	   .says = "odd notifications, and those of absent queues, make the device need a reset",
	   .ops = { .notify = strict });

/* state[0]: notifications of empty queues since the reset. */
static bool is_storm(struct mock_layer *q, const struct mock_queue *queue)
{
	if (queue->enabled && !queue->ring->available(q->mock, (struct mock_queue *)queue))
		q->state[0]++;
	return q->state[0] > STORM_LIMIT;
}

static void storm(struct mock_layer *q, struct mock_queue *queue)
{
	if (is_storm(q, queue))
		mock_harm(q);
	mock_op_queue_notified(q->below, queue);
}
MOCK_QUIRK(notify_storm_harms, .kind = MOCK_VIOLATION,
	   .says = "a hundred notifications for nothing do harm",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_STORM), .values = MOCK_HARM_VALUES,
	   .ops = { .queue_notified = storm, .reset = forget, MOCK_HARM_OPS });

static void tired(struct mock_layer *q, struct mock_queue *queue)
{
	if (is_storm(q, queue))
		mock_op_needs_reset(q->mock->top,
				    "so many notifications, and nothing in the queue");
	mock_op_queue_notified(q->below, queue);
}
MOCK_QUIRK(notify_storm_breaks, .kind = MOCK_VIOLATION,
	   .says = "a hundred notifications for nothing and the device needs a reset",
	   .breaks = MOCK_RULES(ROBUST_NOTIFY_STORM),
	   .ops = { .queue_notified = tired, .reset = forget });
