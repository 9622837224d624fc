/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts about packed rings against what the driver's structure asks for (2.8.10). */
#include "mock-device/quirks/packed.h"

static uint16_t load(struct mock_layer *q, const struct mock_queue *queue, unsigned offset)
{
	uint8_t bytes[sizeof(uint16_t)] = { 0 };

	mock_op_dma_read(q->mock->top, queue->driver_area + offset, bytes, sizeof(bytes));
	return (uint16_t)mock_load(q->mock, bytes, sizeof(bytes));
}

/* Whether the driver named a place, and heeding that was negotiated. */
static bool names_place(struct mock_layer *q, const struct mock_queue *queue)
{
	return mock_is_packed(queue) && mock_has(q->mock, VIRTIO_F_EVENT_IDX) &&
	       load(q, queue, VIRTQ_EVENT_FLAGS) == VIRTQ_EVENT_F_DESC;
}

static bool disabled_ignored(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_op_want_interrupt(q->below, queue) || mock_is_packed(queue);
}
MOCK_QUIRK(packed_events_always, .kind = MOCK_VIOLATION,
	   .says = "a packed queue interrupts about every buffer, whatever the driver asks for",
	   .breaks = MOCK_RULES(ROBUST_PACKED_INTERRUPT_SENT), .needs = "mock:blk,ring=packed",
	   .ops = { .want_interrupt = disabled_ignored });

static bool place_ignored(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_op_want_interrupt(q->below, queue) || names_place(q, queue);
}
MOCK_QUIRK(packed_event_place_ignored, .kind = MOCK_VIOLATION,
	   .says = "a packed queue whose driver names a place interrupts about all of them",
	   .breaks = MOCK_RULES(ROBUST_PACKED_INTERRUPT_SENT), .needs = "mock:blk,ring=packed",
	   .ops = { .want_interrupt = place_ignored });

/* The last place that was used or skipped when something was published last. */
static unsigned last_slot(const struct mock_queue *queue)
{
	return (queue->published_turn.slot + queue->size - 1u) % queue->size;
}

/* Places are compared as numbers. */
static bool round_compared(struct mock_layer *q, struct mock_queue *queue)
{
	unsigned place = load(q, queue, VIRTQ_EVENT_DESC) & VIRTQ_EVENT_OFFSET_MASK;

	if (!names_place(q, queue))
		return mock_op_want_interrupt(q->below, queue);
	return place >= queue->previous_turn.slot && place <= last_slot(queue);
}
MOCK_QUIRK(packed_event_round_ignored, .kind = MOCK_VIOLATION,
	   .says = "where the driver of a packed queue names a place, that of any round will do",
	   .breaks = MOCK_RULES(ROBUST_PACKED_INTERRUPT_SENT), .needs = "mock:blk,ring=packed",
	   .ops = { .want_interrupt = round_compared });

/* Nothing to tell in the round with wrap counter 0. */
static bool second_round_lost(struct mock_layer *q, struct mock_queue *queue)
{
	bool wanted = mock_op_want_interrupt(q->below, queue);

	return wanted && !(mock_is_packed(queue) && !queue->previous_turn.wrap &&
			   (q->value == 1) == names_place(q, queue));
}
MOCK_QUIRK(packed_events_lost, .kind = MOCK_VIOLATION,
	   .says = "in rounds with wrap counter 0 a packed queue does not interrupt, without "
		   "EVENT_IDX or where the driver names a place",
	   .breaks = MOCK_RULES(ROBUST_PACKED_INTERRUPT_SENT), .values = "enabled named",
	   .needs = "mock:blk,ring=packed", .ops = { .want_interrupt = second_round_lost });
