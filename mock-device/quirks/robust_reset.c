/* SPDX-License-Identifier: BSD-3-Clause */
/* Resets at bad times, and one driver after another. */
#include "mock-device/quirks/quirk.h"
#include "spec/split_ring.h"

#define MANY_REQUESTS 8u
#define MANY_RESETS   20u

/* state[0]: buffers taken since the device went live; state[1]: where the last one was writable,
 * state[2]: the same over one reset. */
static void count_buffers(struct mock_layer *q, struct mock_chain *chain)
{
	q->state[0]++;
	if (chain->readable_count < chain->count)
		q->state[1] = chain->segments[chain->readable_count].address;
	mock_op_execute(q->below, chain);
}

static void keep_buffer(struct mock_layer *q)
{
	q->state[2] = q->state[0] >= MANY_REQUESTS ? q->state[1] : 0;
	q->state[0] = q->state[1] = 0;
	mock_op_reset(q->below);
}

static void finish_old(struct mock_layer *q)
{
	static const uint8_t byte = 0xee;

	if (q->state[2])
		mock_op_dma_write(q->mock->top, q->state[2], &byte, sizeof(byte));
	q->state[2] = 0;
	mock_op_driver_ok(q->below);
}
MOCK_QUIRK(old_requests_finish, .kind = MOCK_VIOLATION,
	   .says = "a buffer of many before a reset is written when the next driver is live",
	   .breaks = MOCK_RULES(ROBUST_RESET_IN_FLIGHT), .also = MOCK_RULES(ROBUST_STRAY_WRITE),
	   .needs = "mock:blk",
	   .ops = { .execute = count_buffers, .reset = keep_buffer, .driver_ok = finish_old });

/* state[0]: resets with no access to configuration space between them. */
static void too_many(struct mock_layer *q)
{
	if (++q->state[0] > MANY_RESETS)
		mock_end(q->mock, MOCK_DEAD);
	else
		mock_op_reset(q->below);
}

static void start_again(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	q->state[0] = 0;
	mock_op_config_write(q->below, offset, width, value);
}
MOCK_QUIRK(reset_storm_fatal, .kind = MOCK_VIOLATION,
	   .says = "the device dies of many resets in a row",
	   .breaks = MOCK_RULES(ROBUST_RESET_STORM),
	   .ops = { .reset = too_many, .config_write = start_again });

/* state[0]: 1 + queues of the first driver, until a reset of a device that is reset. */
static void count_queues(struct mock_layer *q)
{
	uint64_t count = 1;

	for (unsigned i = 0; i < q->mock->queue_count; i++)
		count += q->mock->queues[i].enabled;
	if (q->state[0] == 0 && count > 1)
		q->state[0] = count;
	mock_op_driver_ok(q->below);
	if (q->state[0] && count > q->state[0])
		mock_op_needs_reset(q->mock->top, "more queues than the first driver had");
}

static void forget_queues(struct mock_layer *q)
{
	if (!q->mock->status)
		q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(first_driver_rules, .kind = MOCK_VIOLATION,
	   .says = "a driver of more queues than the one before finds a broken device",
	   .breaks = MOCK_RULES(ROBUST_SECOND_DRIVER), .needs = "mock:blk",
	   .ops = { .driver_ok = count_queues, .reset = forget_queues });

static uint16_t ahead(struct mock_layer *q, struct mock_queue *queue)
{
	uint8_t bytes[2] = { 0, 0 };

	if (queue->ring != &mock_split_ring)
		return 0;
	mock_op_dma_read(q->mock->top, queue->driver_area + VIRTQ_AVAIL_IDX, bytes, sizeof(bytes));
	return (uint16_t)(mock_load(q->mock, bytes, sizeof(bytes)) - queue->next_avail);
}

enum { JUMP_STICKS, JUMP_HANGS };

/* state[0]: the index has jumped; state[1]: and one reset has come since. */
static struct mock_chain *mind_jumps(struct mock_layer *q, struct mock_queue *queue)
{
	uint16_t jump = ahead(q, queue);

	if (q->value == JUMP_HANGS && jump > 0x8000)
		mock_end(q->mock, MOCK_HUNG);
	if (q->value == JUMP_STICKS && jump > queue->size)
		q->state[0] = 1;
	return mock_op_pop(q->below, queue);
}

static void half_reset(struct mock_layer *q)
{
	q->state[1] = q->state[0];
	q->state[0] = 0;
	mock_op_reset(q->below);
}

static bool unless_stuck(struct mock_layer *q, struct mock_queue *queue)
{
	return !q->state[1] && mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(avail_jump_harms, .kind = MOCK_VIOLATION,
	   .says = "after a jump of the available index one reset is not enough, or a long one "
		   "hangs the device",
	   .breaks = MOCK_RULES(ROBUST_AVAIL_INDEX_JUMP), .values = "sticks hangs",
	   .ops = { .pop = mind_jumps, .reset = half_reset, .may_consume = unless_stuck });

/* Takes no more than the ring can hold for available, and so all there is in the end. */
static int at_most_all(struct mock_layer *q, uint64_t address, void *data, size_t size)
{
	int result = mock_op_dma_read(q->below, address, data, size);

	for (unsigned i = 0; !result && size == 2 && i < q->mock->queue_count; i++) {
		const struct mock_queue *queue = &q->mock->queues[i];

		if (!queue->enabled || queue->ring != &mock_split_ring ||
		    address != queue->driver_area + VIRTQ_AVAIL_IDX)
			continue;
		if ((uint16_t)(vs_load_le16(data) - queue->next_used) > queue->size)
			vs_store_le16(data, (uint16_t)(queue->next_used + queue->size));
	}
	return result;
}

/* Returns heads that name no descriptor, with nothing done. */
static struct mock_chain *return_bad(struct mock_layer *q, struct mock_queue *queue)
{
	struct mock *mock = q->mock;

	while (queue->size && ahead(q, queue)) {
		unsigned slot = queue->next_avail % (unsigned)queue->size;
		uint8_t head[2] = { 0, 0 };

		mock_op_dma_read(mock->top, queue->driver_area + VIRTQ_AVAIL_RING(slot), head,
				 sizeof(head));
		if (vs_load_le16(head) < queue->size)
			break;
		queue->next_avail++;
		mock_op_push_used(mock->top, queue,
				  (struct mock_used){ .id = vs_load_le16(head), .descriptors = 1 });
		mock_op_publish_used(mock->top, queue);
	}
	return mock_op_pop(q->below, queue);
}
MOCK_QUIRK(broken_rings_tolerated, .kind = MOCK_VARIATION,
	   .says = "an available index too far ahead is served a ring at a time, and heads that "
		   "name nothing are returned",
	   .needs = "mock:,endian=little", .ops = { .dma_read = at_most_all, .pop = return_bad });
