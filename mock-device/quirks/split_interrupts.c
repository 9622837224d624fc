/* SPDX-License-Identifier: BSD-3-Clause */
/* Used buffer notifications and how they are suppressed (2.7.7). */
#include "mock-device/quirks/quirk.h"
#include "spec/split_ring.h"

/* Two bytes of the available ring; 0 where there is none. */
static uint16_t avail16(struct mock_layer *q, const struct mock_queue *queue, unsigned offset)
{
	uint8_t bytes[sizeof(uint16_t)] = { 0 };

	mock_op_dma_read(q->mock->top, queue->driver_area + offset, bytes, sizeof(bytes));
	return (uint16_t)mock_load(q->mock, bytes, sizeof(bytes));
}

static uint16_t used_event(struct mock_layer *q, const struct mock_queue *queue)
{
	return avail16(q, queue, VIRTQ_AVAIL_USED_EVENT(queue->size));
}

static bool no_interrupt(struct mock_layer *q, const struct mock_queue *queue)
{
	return avail16(q, queue, VIRTQ_AVAIL_FLAGS) & VIRTQ_AVAIL_F_NO_INTERRUPT;
}

/* Whether the entry at `event` is among those published last. */
static bool just_passed(const struct mock_queue *queue, uint16_t event)
{
	return (uint16_t)(event - queue->previous) < (uint16_t)(queue->published - queue->previous);
}

/* Whether the lie is about this queue: a split ring, with EVENT_IDX or without. */
static bool concerned(const struct mock_layer *q, const struct mock_queue *queue, bool event_idx)
{
	return queue->ring == &mock_split_ring &&
	       mock_has(q->mock, VIRTIO_F_EVENT_IDX) == event_idx;
}

enum influence { SUPPRESSES, FORCES };

static bool event_counts(struct mock_layer *q, struct mock_queue *queue)
{
	bool wanted = mock_op_want_interrupt(q->below, queue);
	uint16_t event = used_event(q, queue);

	if (!concerned(q, queue, false) || event == 0)
		return wanted;
	return q->value == FORCES ? wanted || just_passed(queue, event)
				  : wanted && just_passed(queue, event);
}
MOCK_QUIRK(
	used_event_unnegotiated, .kind = MOCK_VIOLATION,
	.says = "without EVENT_IDX, what stands behind the available ring suppresses interrupts, "
		"or asks for them",
	.breaks = MOCK_RULES(SPLIT_USED_EVENT_IGNORED), .values = "suppresses forces",
	.ops = { .want_interrupt = event_counts });

static bool flag_ignored(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_op_want_interrupt(q->below, queue) || concerned(q, queue, false);
}
MOCK_QUIRK(no_interrupt_ignored, .kind = MOCK_VIOLATION,
	   .says = "without EVENT_IDX, interrupts are sent whatever the flags say",
	   .breaks = MOCK_RULES(SPLIT_INTERRUPT_SUPPRESSED_BY_FLAG),
	   .ops = { .want_interrupt = flag_ignored });

/* state[0]: interrupts that were due. */
static bool every_other(struct mock_layer *q, struct mock_queue *queue)
{
	bool wanted = mock_op_want_interrupt(q->below, queue);

	return wanted && !(concerned(q, queue, false) && q->state[0]++ % 2);
}
static void begin_anew(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(interrupts_halved, .kind = MOCK_VIOLATION,
	   .says = "without EVENT_IDX, every other interrupt is not sent",
	   .breaks = MOCK_RULES(SPLIT_INTERRUPT_SENT),
	   .also = MOCK_RULES(ROBUST_FEATURES_AFTER_DRIVER_OK),
	   .ops = { .want_interrupt = every_other, .reset = begin_anew });

static bool flag_counts(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_op_want_interrupt(q->below, queue) &&
	       !(concerned(q, queue, true) && no_interrupt(q, queue));
}
MOCK_QUIRK(no_interrupt_with_event_idx, .kind = MOCK_VIOLATION,
	   .says = "with EVENT_IDX, NO_INTERRUPT suppresses interrupts all the same",
	   .breaks = MOCK_RULES(SPLIT_FLAGS_IGNORED_WITH_EVENT_IDX),
	   .ops = { .want_interrupt = flag_counts });

/* Compares numbers where an index goes round. */
static bool event_compared(struct mock_layer *q, struct mock_queue *queue)
{
	uint16_t event = used_event(q, queue);

	if (!concerned(q, queue, true))
		return mock_op_want_interrupt(q->below, queue);
	return event >= queue->previous && event < queue->published;
}
MOCK_QUIRK(used_event_compared, .kind = MOCK_VIOLATION,
	   .says = "an interrupt is lost where the used index goes from 65535 to 0",
	   .breaks = MOCK_RULES(SPLIT_INTERRUPT_AT_USED_EVENT), .needs = "mock:rng,long=yes",
	   .ops = { .want_interrupt = event_compared });

/* Looks at the end of what was published only. */
static bool last_only(struct mock_layer *q, struct mock_queue *queue)
{
	bool wanted = mock_op_want_interrupt(q->below, queue);

	return wanted && (!concerned(q, queue, true) ||
			  used_event(q, queue) == (uint16_t)(queue->published - 1));
}
MOCK_QUIRK(used_event_last, .kind = MOCK_VIOLATION,
	   .says = "of a batch, only the last entry is compared with used_event",
	   .breaks = MOCK_RULES(SPLIT_INTERRUPT_AT_USED_EVENT),
	   .also = MOCK_RULES(SUSPEND_DRAIN_NOTIFIED, ROBUST_NO_STALL_UNDER_LOAD,
			      LEGACY_NOTIFY_ON_EMPTY),
	   .needs = "mock:blk,quirk=used-batched", .ops = { .want_interrupt = last_only });

enum excess { ALWAYS, PASSED, ONE_BEFORE };

static bool event_exceeded(struct mock_layer *q, struct mock_queue *queue)
{
	bool wanted = mock_op_want_interrupt(q->below, queue);
	uint16_t event = used_event(q, queue);

	if (!concerned(q, queue, true) || wanted)
		return wanted;
	switch (q->value) {
	case ALWAYS:
		return true;
	case PASSED:
		return (uint16_t)(queue->published - 1 - event) < queue->size;
	default:
		return just_passed(queue, (uint16_t)(event - 1));
	}
}
MOCK_QUIRK(
	used_event_exceeded, .kind = MOCK_VIOLATION,
	.says = "with EVENT_IDX, interrupts are sent about every entry, every one from used_event "
		"on, or the one before it as well",
	.breaks = MOCK_RULES(SPLIT_NO_INTERRUPT_OFF_USED_EVENT), .values = "always passed before",
	.needs = "mock:rng,long=yes", .ops = { .want_interrupt = event_exceeded });

/*
 * Used entries become visible together, a moment later: legal, and the way of devices that work off
 * what they find. Nothing is held back on the way into a suspension.
 */
#define BATCH_NS UINT64_C(20000)

static bool held_back(const struct mock_queue *queue)
{
	return queue->enabled && queue->ring == &mock_split_ring &&
	       queue->published != queue->next_used;
}

static void show_batches(struct mock *mock, void *layer)
{
	struct mock_layer *q = layer;

	for (unsigned i = 0; i < mock->queue_total; i++) {
		struct mock_queue *queue = &mock->queues[i];

		if (!held_back(queue) || mock_needs_reset(mock))
			continue;
		mock_op_publish_used(q->below, queue);
		if (!mock_needs_reset(mock) && mock_op_want_interrupt(mock->top, queue))
			mock_op_raise_queue_interrupt(mock->top, queue);
	}
}

static void hold_back(struct mock_layer *q, struct mock_queue *queue)
{
	if (queue->ring != &mock_split_ring || q->mock->suspending)
		mock_op_publish_used(q->below, queue);
	else
		mock_after(q->mock, BATCH_NS, show_batches, q);
}

/* Nothing was published, so there is nothing to tell. */
static bool want_later(struct mock_layer *q, struct mock_queue *queue)
{
	return !held_back(queue) && mock_op_want_interrupt(q->below, queue);
}

static void show_and_suspend(struct mock_layer *q)
{
	show_batches(q->mock, q);
	mock_op_suspend(q->below);
}
MOCK_QUIRK(used_batched, .kind = MOCK_VARIATION,
	   .says = "used entries become visible many at a time, a moment later",
	   .ops = { .publish_used = hold_back,
		    .want_interrupt = want_later,
		    .suspend = show_and_suspend });

/* state[0]: whether there was none yet. Legal, as it says nothing of the entry at used_event. */
static bool spurious_first(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_op_want_interrupt(q->below, queue) || queue->published == 1;
}
MOCK_QUIRK(interrupt_first, .kind = MOCK_VARIATION,
	   .says = "the first used entry of a queue is interrupted about in any case",
	   .ops = { .want_interrupt = spurious_first });
