/* SPDX-License-Identifier: BSD-3-Clause */
/* The used ring (2.7.8), and notifications that are about nothing (2.7.10). */
#include "mock-device/quirks/late.h"
#include "spec/split_ring.h"

#define ELEMENT (VIRTQ_USED_RING(1) - VIRTQ_USED_RING(0))
#define ID_SIZE (VIRTQ_USED_RING_LEN(0) - VIRTQ_USED_RING(0))

enum late { LENGTH, WHOLE };

/* What stood in the element is put back, and what belongs there comes later. */
static void push_late(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	unsigned slot = queue->next_used % (unsigned)queue->size;
	uint64_t at = queue->device_area + VIRTQ_USED_RING(slot);
	unsigned size = ELEMENT;
	uint8_t before[ELEMENT], after[ELEMENT];

	if (q->value == LENGTH) {
		at += ID_SIZE;
		size -= ID_SIZE;
	}
	if (q->state[0] || queue->ring != &mock_split_ring ||
	    mock_op_dma_read(q->mock->top, at, before, size) < 0) {
		mock_op_push_used(q->below, queue, used);
		return;
	}
	mock_op_push_used(q->below, queue, used);
	mock_op_dma_read(q->mock->top, at, after, size);
	mock_op_dma_write(q->mock->top, at, before, size);
	mock_write_late(q, at, after, size);
}
MOCK_QUIRK(used_element_late, .kind = MOCK_VIOLATION,
	   .says = "the used index covers an element whose length, or which as a whole, is written "
		   "a moment later",
	   .breaks = MOCK_RULES(SPLIT_USED_LEN_BEFORE_IDX),
	   .also = MOCK_RULES(ROBUST_REQUEST_COMPLETES, ROBUST_MEMORY_DECODE_TOGGLED,
			      SUSPEND_RESUMES_OR_NEEDS_RESET, RESERVED_IN_ORDER,
			      ROBUST_BUFFER_AT_MEMORY_END, ROBUST_BUFFER_UNALIGNED,
			      ROBUST_CHAIN_OF_QUEUE_SIZE, ROBUST_INDIRECT_UNALIGNED,
			      QUEUE_RESET_STOPS_REQUESTS),
	   .values = "length whole", .ops = { .push_used = push_late, MOCK_LATE_OPS });

enum flags { RESERVED, HIGH, WITH_EVENTS };

static void say_flags(struct mock_layer *q, const struct mock_queue *queue, uint16_t value)
{
	uint8_t bytes[sizeof(value)];

	mock_store(q->mock, bytes, sizeof(bytes), value);
	mock_op_dma_write(q->mock->top, queue->device_area + VIRTQ_USED_FLAGS, bytes,
			  sizeof(bytes));
}

static void ask_oddly(struct mock_layer *q, struct mock_queue *queue, bool on)
{
	bool events = mock_has(q->mock, VIRTIO_F_EVENT_IDX);

	mock_op_ask_notifications(q->below, queue, on);
	if (queue->ring != &mock_split_ring || mock_needs_reset(q->mock))
		return;
	if (q->value == WITH_EVENTS && events)
		say_flags(q, queue, VIRTQ_USED_F_NO_NOTIFY);
	if (q->value == RESERVED && !events)
		say_flags(q, queue, (on ? 0 : VIRTQ_USED_F_NO_NOTIFY) | 2);
	if (q->value == HIGH)
		say_flags(q, queue, 0x8000);
}
MOCK_QUIRK(used_flags, .kind = MOCK_VIOLATION,
	   .says = "the used ring's flags have bits that mean nothing, or NO_NOTIFY with EVENT_IDX",
	   .breaks = MOCK_RULES(SPLIT_USED_FLAGS), .values = "reserved high with-events",
	   .ops = { .ask_notifications = ask_oddly });

enum spurious { AGAIN, BREAKS, STALLS };

/* state[0]: id of the buffer used last, and one; state[2]: of which queue. */
static void remember(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	q->state[0] = used.id + 1;
	q->state[2] = queue->index;
	mock_op_push_used(q->below, queue, used);
}

static void about_nothing(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock *mock = q->mock;

	if (!mock_live(mock) || !queue->enabled || queue->ring->available(mock, queue)) {
		mock_op_queue_notified(q->below, queue);
		return;
	}
	if (q->value == BREAKS) {
		mock_op_needs_reset(mock->top, "a notification of an empty queue");
	} else if (q->value == STALLS) {
		q->state[1] = 1;
	} else if (q->state[0] && queue->index == q->state[2]) {
		struct mock_used used = { .id = (uint32_t)q->state[0] - 1 };

		mock_op_push_used(q->below, queue, used);
		mock_op_publish_used(mock->top, queue);
	}
}

/* state[1]: the device waits for what it was told of. */
static bool stalled(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[1] && mock_op_may_consume(q->below, queue);
}

static void forget_spurious(struct mock_layer *q)
{
	q->state[0] = q->state[1] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(
	spurious_notification, .kind = MOCK_VIOLATION,
	.says = "a notification of an empty queue makes a buffer used again, breaks the device, or "
		"makes it stall",
	.breaks = MOCK_RULES(SPLIT_SPURIOUS_NOTIFICATIONS), .also = MOCK_RULES(ROBUST_NOTIFY_STORM),
	.values = "again breaks stalls",
	.ops = { .push_used = remember,
		 .queue_notified = about_nothing,
		 .may_consume = stalled,
		 .reset = forget_spurious });
