/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that cannot do without an answer, or look at a descriptor again (2.7.4, 2.7.5). */
#include "mock-device/quirks/harm.h"
#include "mock-device/quirks/ring_facts.h"
#include "spec/split_ring.h"

#define DELAY_NS UINT64_C(2000000)

static struct mock_chain *pop_answerless(struct mock_layer *q, struct mock_queue *queue)
{
	if (mock_ring_facts(q->mock, queue) == MOCK_FACT_NO_ANSWER)
		mock_harm(q);
	return mock_op_pop(q->below, queue);
}
MOCK_QUIRK(answerless_harms, .kind = MOCK_VIOLATION,
	   .says = "a request without room for its answer does harm",
	   .breaks = MOCK_RULES(ROBUST_NO_WRITABLE_PART), .values = MOCK_HARM_VALUES,
	   .needs = "mock:blk", .ops = { .pop = pop_answerless, MOCK_HARM_OPS });

static void keep_answerless(struct mock_layer *q, struct mock_chain *chain)
{
	if (chain->writable)
		mock_op_execute(q->below, chain);
}
MOCK_QUIRK(answerless_vanishes, .kind = MOCK_VIOLATION,
	   .says = "a request without room for its answer is taken and never used",
	   .breaks = MOCK_RULES(ROBUST_NO_WRITABLE_PART), .needs = "mock:blk",
	   .ops = { .execute = keep_answerless });

/* state[0]: as in requests.c, the lowest serial that may still wait. */
static bool is_changed(struct mock *mock, const struct mock_chain *chain)
{
	uint64_t at = chain->queue->descriptor_area +
		      (uint64_t)VIRTQ_DESC_SIZE * (chain->id + chain->direct - 1u);
	const struct mock_segment *last = &chain->segments[chain->count - 1];
	uint8_t bytes[VIRTQ_DESC_SIZE];

	if (chain->indirect || chain->id + chain->direct > chain->queue->size ||
	    mock_op_dma_read(mock->top, at, bytes, sizeof(bytes)) < 0)
		return false;
	return vs_load_le64(bytes + VIRTQ_DESC_ADDR) != last->address ||
	       vs_load_le32(bytes + VIRTQ_DESC_LEN) != last->length;
}

static void look_again(struct mock *mock, void *argument)
{
	struct mock_layer *q = argument;

	while (!mock_needs_reset(mock) && q->state[0] <= mock->serial) {
		struct mock_chain *chain = mock_chain_find(mock, q->state[0]++);

		if (!chain)
			continue;
		if (is_changed(mock, chain))
			mock_harm(q);
		mock_op_execute(q->below, chain);
		return;
	}
}

static void take_time(struct mock_layer *q, struct mock_chain *chain)
{
	if (q->state[0] == 0)
		q->state[0] = chain->serial;
	mock_after(q->mock, DELAY_NS, look_again, q);
}
MOCK_QUIRK(descriptor_read_again, .kind = MOCK_VIOLATION,
	   .says = "a descriptor that changed before its request is carried out does harm",
	   .breaks = MOCK_RULES(ROBUST_DESCRIPTOR_CHANGED_IN_FLIGHT), .values = MOCK_HARM_VALUES,
	   .needs = "mock:,ring=split,endian=little",
	   .ops = { .execute = take_time, MOCK_HARM_OPS });
