/* SPDX-License-Identifier: BSD-3-Clause */
/* Which descriptors of a packed ring are taken, and where used ones go (2.8.12, 2.8.15). */
#include "mock-device/quirks/late.h"
#include "mock-device/quirks/packed.h"

#define AHEAD 4u

static void turn_round(struct mock_queue *queue)
{
	queue->avail_turn.wrap = !queue->avail_turn.wrap;
	queue->used_turn.wrap = !queue->used_turn.wrap;
}

/* Bits that differ are all that counts: leftovers of the round before are taken again. */
static struct mock_chain *pop_any_round(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock_chain *chain;
	bool left;

	if (!mock_is_packed(queue) || !queue->size)
		return mock_op_pop(q->below, queue);
	turn_round(queue);
	left = mock_packed_is_available(q, queue, 0);
	if (!left)
		turn_round(queue);
	chain = mock_op_pop(q->below, queue);
	if (left)
		turn_round(queue);
	return chain;
}
MOCK_QUIRK(packed_round_ignored, .kind = MOCK_VIOLATION,
	   .says = "a descriptor is taken whose AVAIL and USED bits differ, of whatever round",
	   .breaks = MOCK_RULES(PACKED_UNAVAILABLE_NOT_USED),
	   .also = MOCK_RULES(SPLIT_ANY_FRAMING, ROBUST_CHAIN_OF_QUEUE_SIZE,
			      PACKED_USED_IN_COMPLETION_ORDER, ROBUST_PACKED_ODD_QUEUE_SIZE),
	   .needs = "mock:blk,ring=packed", .ops = { .pop = pop_any_round });

/* Looks on where the next place holds nothing yet. */
static struct mock_chain *pop_behind_gap(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock_chain *chain;
	struct mock_turn turn;
	unsigned i = 0;

	if (!mock_is_packed(queue) || !queue->size)
		return mock_op_pop(q->below, queue);
	turn = queue->avail_turn;
	while (i < AHEAD && i < queue->size && !mock_packed_is_available(q, queue, i))
		i++;
	if (i == 0 || i == AHEAD || i >= queue->size)
		return mock_op_pop(q->below, queue);
	if (queue->avail_turn.slot + i >= queue->size)
		queue->avail_turn.wrap = !queue->avail_turn.wrap;
	queue->avail_turn.slot = (uint16_t)((queue->avail_turn.slot + i) % queue->size);
	chain = mock_op_pop(q->below, queue);
	queue->avail_turn = turn;
	return chain;
}
MOCK_QUIRK(packed_gap_skipped, .kind = MOCK_VIOLATION,
	   .says = "where a place holds nothing yet, what is available behind it is taken",
	   .breaks = MOCK_RULES(PACKED_PROCESSING_ORDER), .needs = "mock:blk,ring=packed",
	   .ops = { .pop = pop_behind_gap });

/* state[0]: places too many that the next used buffer is said to have taken. */
static void count_table(struct mock_layer *q, struct mock_chain *chain, uint32_t length)
{
	q->state[0] = mock_is_packed(chain->queue) && chain->indirect ? chain->indirect - 1 : 0;
	mock_op_complete(q->below, chain, length);
	q->state[0] = 0;
}

static void push_and_skip(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	used.descriptors += (unsigned)q->state[0];
	mock_op_push_used(q->below, queue, used);
}
MOCK_QUIRK(packed_table_counted, .kind = MOCK_VIOLATION,
	   .says = "behind the used descriptor of an indirect buffer, as many places are skipped "
		   "as its table has entries",
	   .breaks = MOCK_RULES(PACKED_USED_IN_COMPLETION_ORDER),
	   .also = MOCK_RULES(SPLIT_ANY_FRAMING, ROBUST_CHAIN_OF_QUEUE_SIZE,
			      ROBUST_PACKED_CHAIN_OVER_END, ROBUST_PACKED_INDIRECT_FLAGS_IGNORED),
	   .needs = "mock:blk,ring=packed",
	   .ops = { .complete = count_table, .push_used = push_and_skip });

/* The words: length and id come after the mark; or the address is cleared after it. */
enum rewriting { LATE, AGAIN };

static void push_late(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	unsigned offset = q->value == LATE ? VIRTQ_PACKED_LEN : VIRTQ_PACKED_ADDR;
	size_t size = q->value == LATE ? sizeof(uint32_t) : sizeof(uint64_t);
	uint64_t at = queue->descriptor_area + (uint64_t)VIRTQ_PACKED_SIZE * queue->used_turn.slot +
		      offset;
	uint8_t before[sizeof(uint64_t)] = { 0 }, after[sizeof(uint64_t)];

	if (!mock_is_packed(queue) || q->state[0] ||
	    mock_op_dma_read(q->mock->top, at, before, size) < 0) {
		mock_op_push_used(q->below, queue, used);
		return;
	}
	mock_op_push_used(q->below, queue, used);
	if (q->value == LATE)
		mock_op_dma_write(q->mock->top, at, before, size);
	mock_store(q->mock, after, (unsigned)size, q->value == LATE ? used.length : 0);
	mock_write_late(q, at, after, size);
}
MOCK_QUIRK(packed_used_rewritten, .kind = MOCK_VIOLATION,
	   .says = "the length of a used descriptor is written a moment after the mark, or its "
		   "address is cleared then",
	   .breaks = MOCK_RULES(PACKED_USED_DESCRIPTOR_FINAL), .values = "late again",
	   .needs = "mock:blk,ring=packed", .ops = { .push_used = push_late, MOCK_LATE_OPS });

/* ---- Legal oddities ---- */

/* What is reserved in a used descriptor, and in its length where nothing was written. */
static void push_junk(struct mock_layer *q, struct mock_queue *queue, struct mock_used used)
{
	uint64_t at = queue->descriptor_area + (uint64_t)VIRTQ_PACKED_SIZE * queue->used_turn.slot;
	static const uint8_t junk[sizeof(uint64_t)] = { 0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 1, 2 };

	mock_op_push_used(q->below, queue, used);
	if (!mock_is_packed(queue))
		return;
	mock_op_dma_write(q->mock->top, at + VIRTQ_PACKED_ADDR, junk, sizeof(junk));
	queue->held_flags |= VIRTQ_PACKED_F_NEXT | VIRTQ_PACKED_F_INDIRECT;
}
MOCK_QUIRK(packed_used_junk, .kind = MOCK_VARIATION,
	   .says = "used descriptors have another address, NEXT and INDIRECT, which mean nothing",
	   .needs = "mock:blk,ring=packed", .ops = { .push_used = push_junk });

static void ask_always(struct mock_layer *q, struct mock_queue *queue, bool on)
{
	uint8_t bytes[sizeof(uint16_t)] = { 0 };

	mock_op_ask_notifications(q->below, queue, on);
	if (mock_is_packed(queue) && !mock_needs_reset(q->mock))
		mock_op_dma_write(q->mock->top, queue->device_area + VIRTQ_EVENT_FLAGS, bytes,
				  sizeof(bytes));
}
MOCK_QUIRK(packed_notify_always, .kind = MOCK_VARIATION,
	   .says = "all notifications are wanted, also with EVENT_IDX",
	   .needs = "mock:blk,ring=packed", .ops = { .ask_notifications = ask_always });
