/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that stumble over rings as they may be (2.7.4, 2.7.5, 2.7.6, 2.7.10). */
#include "mock-device/quirks/harm.h"
#include "mock-device/quirks/ring_facts.h"
#include "spec/split_ring.h"

/* ---- Buffers that are not taken ---- */

/* The words. */
enum refusal { BREAKS, STALLS };

static struct mock_chain *refuse(struct mock_layer *q)
{
	if (q->value == BREAKS)
		mock_op_needs_reset(q->mock->top, "a buffer that the device does not like");
	return NULL;
}

#define REFUSES(name, fact)                                                                  \
	static struct mock_chain *pop_##name(struct mock_layer *q, struct mock_queue *queue) \
	{                                                                                    \
		if (mock_ring_facts(q->mock, queue) & (fact))                                \
			return refuse(q);                                                    \
		return mock_op_pop(q->below, queue);                                         \
	}
#define REFUSING(name) .values = "breaks stalls", .ops = { .pop = pop_##name }

REFUSES(table_unaligned_refused, MOCK_FACT_TABLE_SKEW)
MOCK_QUIRK(table_unaligned_refused, .kind = MOCK_VIOLATION,
	   .says = "an indirect table at an odd address is not taken",
	   .breaks = MOCK_RULES(ROBUST_INDIRECT_UNALIGNED), REFUSING(table_unaligned_refused));

REFUSES(buffer_unaligned_refused, MOCK_FACT_SKEW)
MOCK_QUIRK(buffer_unaligned_refused, .kind = MOCK_VIOLATION,
	   .says = "a buffer with every part at an odd address is not taken",
	   .breaks = MOCK_RULES(ROBUST_BUFFER_UNALIGNED), .needs = "mock:blk|net|rng",
	   REFUSING(buffer_unaligned_refused));

REFUSES(buffer_at_end_refused, MOCK_FACT_AT_END)
MOCK_QUIRK(buffer_at_end_refused, .kind = MOCK_VIOLATION,
	   .says = "a buffer that ends where memory does is not taken",
	   .breaks = MOCK_RULES(ROBUST_BUFFER_AT_MEMORY_END), REFUSING(buffer_at_end_refused));

REFUSES(full_chain_refused, MOCK_FACT_FULL)
MOCK_QUIRK(full_chain_refused, .kind = MOCK_VIOLATION,
	   .says = "a chain with as many elements as the queue has places is not taken",
	   .breaks = MOCK_RULES(ROBUST_CHAIN_OF_QUEUE_SIZE), .also = MOCK_RULES(SPLIT_ANY_FRAMING),
	   REFUSING(full_chain_refused));

/* ---- Indexes and events ---- */

/* Indexes compared as if they had no end. */
static struct mock_chain *pop_below(struct mock_layer *q, struct mock_queue *queue)
{
	uint8_t bytes[sizeof(uint16_t)];

	if (mock_op_dma_read(q->mock->top, queue->driver_area + VIRTQ_AVAIL_IDX, bytes,
			     sizeof(bytes)) == 0 &&
	    vs_load_le16(bytes) < queue->next_avail)
		return NULL;
	return mock_op_pop(q->below, queue);
}
MOCK_QUIRK(avail_index_compared, .kind = MOCK_VIOLATION,
	   .says = "an available index below the device's own means that there is nothing",
	   .breaks = MOCK_RULES(ROBUST_RING_INDEX_WRAPS), .needs = "mock:blk,long=yes",
	   .ops = { .pop = pop_below });

enum event { NEXT, FAR };

static void write_event(struct mock_layer *q, struct mock_queue *queue, bool on)
{
	uint8_t bytes[sizeof(uint16_t)];

	mock_op_ask_notifications(q->below, queue, on);
	vs_store_le16(bytes,
		      (uint16_t)(queue->next_avail + (q->value == FAR ? UINT16_MAX / 2 : 0)));
	if (!mock_has(q->mock, VIRTIO_F_EVENT_IDX))
		mock_op_dma_write(q->mock->top,
				  queue->device_area + VIRTQ_USED_AVAIL_EVENT(queue->size), bytes,
				  sizeof(bytes));
}
MOCK_QUIRK(
	avail_event_always, .kind = MOCK_VIOLATION,
	.says = "avail_event is written without EVENT_IDX as well: the next entry, or one far off",
	.breaks = MOCK_RULES(ROBUST_AVAIL_EVENT_UNTOUCHED), .values = "next far",
	.needs = "mock:,ring=split", .ops = { .ask_notifications = write_event });

/* ---- Load ---- */

#define BUSY 100u /* buffers of one queue after which something goes wrong */

/* state[0]: buffers used since a queue was enabled. */
static void start_counting(struct mock_layer *q, struct mock_queue *queue)
{
	q->state[0] = 0;
	mock_op_queue_enable(q->below, queue);
}

static void count_used(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	q->state[0]++;
	mock_op_complete(q->below, chain, length);
}

static void forget_notifications(struct mock_layer *q, struct mock_queue *queue, bool on)
{
	mock_op_ask_notifications(q->below, queue, on && q->state[0] < BUSY);
}
MOCK_QUIRK(notifications_forgotten, .kind = MOCK_VIOLATION,
	   .says = "after many buffers the device forgets to ask for notifications again",
	   .breaks = MOCK_RULES(ROBUST_NO_STALL_UNDER_LOAD),
	   .ops = { .queue_enable = start_counting,
		    .complete = count_used,
		    .ask_notifications = forget_notifications });

static bool forget_interrupt(struct mock_layer *q, struct mock_queue *queue)
{
	return mock_op_want_interrupt(q->below, queue) && q->state[0] < BUSY;
}
MOCK_QUIRK(interrupts_forgotten, .kind = MOCK_VIOLATION,
	   .says = "after many buffers the device does not interrupt any more",
	   .breaks = MOCK_RULES(ROBUST_NO_STALL_UNDER_LOAD),
	   .ops = { .queue_enable = start_counting,
		    .complete = count_used,
		    .want_interrupt = forget_interrupt });
