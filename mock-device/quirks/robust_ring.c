/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that come to harm by descriptors that no driver can mean (2.7.5, 2.7.6). */
#include "mock-device/quirks/harm.h"
#include "mock-device/quirks/ring_facts.h"

#define HARMED_BY(name, fact)                                                                \
	static struct mock_chain *pop_##name(struct mock_layer *q, struct mock_queue *queue) \
	{                                                                                    \
		if (mock_ring_facts(q->mock, queue) & (fact))                                \
			mock_harm(q);                                                        \
		return mock_op_pop(q->below, queue);                                         \
	}
#define HARMING(name) .values = MOCK_HARM_VALUES, .ops = { .pop = pop_##name, MOCK_HARM_OPS }

HARMED_BY(head_out_of_range_harms, MOCK_FACT_HEAD_FAR)
MOCK_QUIRK(head_out_of_range_harms, .kind = MOCK_VIOLATION,
	   .says = "a head that is no place of the descriptor table does harm",
	   .breaks = MOCK_RULES(ROBUST_HEAD_OUT_OF_RANGE), HARMING(head_out_of_range_harms));

HARMED_BY(next_out_of_range_harms, MOCK_FACT_NEXT_FAR)
MOCK_QUIRK(next_out_of_range_harms, .kind = MOCK_VIOLATION,
	   .says = "a next that is no place of its table does harm",
	   .breaks = MOCK_RULES(ROBUST_NEXT_OUT_OF_RANGE), HARMING(next_out_of_range_harms));

HARMED_BY(descriptor_loop_harms, MOCK_FACT_LOOP)
MOCK_QUIRK(descriptor_loop_harms, .kind = MOCK_VIOLATION,
	   .says = "a chain that comes back to itself does harm",
	   .breaks = MOCK_RULES(ROBUST_DESCRIPTOR_LOOP), HARMING(descriptor_loop_harms));

HARMED_BY(too_many_bytes_harm, MOCK_FACT_MANY_BYTES)
MOCK_QUIRK(too_many_bytes_harm, .kind = MOCK_VIOLATION,
	   .says = "a chain of more than 4 GiB does harm",
	   .breaks = MOCK_RULES(ROBUST_CHAIN_TOO_MANY_BYTES), HARMING(too_many_bytes_harm));

HARMED_BY(outside_memory_harms, MOCK_FACT_OUTSIDE)
MOCK_QUIRK(outside_memory_harms, .kind = MOCK_VIOLATION,
	   .says = "an element outside memory does harm",
	   .breaks = MOCK_RULES(ROBUST_BUFFER_OUTSIDE_MEMORY), .needs = "mock:,endian=little",
	   HARMING(outside_memory_harms));

HARMED_BY(wrapping_element_harms, MOCK_FACT_WRAPS)
MOCK_QUIRK(wrapping_element_harms, .kind = MOCK_VIOLATION,
	   .says = "an element that wraps past the last address does harm",
	   .breaks = MOCK_RULES(ROBUST_BUFFER_WRAPS_ADDRESS_SPACE),
	   HARMING(wrapping_element_harms));

HARMED_BY(zero_length_harms, MOCK_FACT_EMPTY_ELEMENT)
MOCK_QUIRK(zero_length_harms, .kind = MOCK_VIOLATION, .says = "an element of length 0 does harm",
	   .breaks = MOCK_RULES(ROBUST_ZERO_LENGTH_DESCRIPTOR), HARMING(zero_length_harms));

HARMED_BY(published_twice_harms, MOCK_FACT_TWICE)
MOCK_QUIRK(published_twice_harms, .kind = MOCK_VIOLATION,
	   .says = "a head that is offered twice does harm",
	   .breaks = MOCK_RULES(ROBUST_DESCRIPTOR_PUBLISHED_TWICE), .needs = "mock:,endian=little",
	   HARMING(published_twice_harms));

HARMED_BY(nested_table_harms, MOCK_FACT_NESTED)
MOCK_QUIRK(nested_table_harms, .kind = MOCK_VIOLATION,
	   .says = "an indirect table in an indirect table does harm",
	   .breaks = MOCK_RULES(ROBUST_INDIRECT_NESTED), HARMING(nested_table_harms));

HARMED_BY(odd_table_harms, MOCK_FACT_TABLE_ODD)
MOCK_QUIRK(odd_table_harms, .kind = MOCK_VIOLATION,
	   .says = "an indirect table whose length is no multiple of 16 does harm",
	   .breaks = MOCK_RULES(ROBUST_INDIRECT_ODD_LENGTH), HARMING(odd_table_harms));

HARMED_BY(long_table_harms, MOCK_FACT_TABLE_LONG)
MOCK_QUIRK(long_table_harms, .kind = MOCK_VIOLATION,
	   .says = "an indirect table with more elements than the queue has places does harm",
	   .breaks = MOCK_RULES(ROBUST_INDIRECT_TOO_LONG), HARMING(long_table_harms));

HARMED_BY(empty_table_harms, MOCK_FACT_TABLE_EMPTY)
MOCK_QUIRK(empty_table_harms, .kind = MOCK_VIOLATION,
	   .says = "an indirect table of length 0 does harm",
	   .breaks = MOCK_RULES(ROBUST_INDIRECT_EMPTY), HARMING(empty_table_harms));

HARMED_BY(far_table_harms, MOCK_FACT_TABLE_OUTSIDE)
MOCK_QUIRK(far_table_harms, .kind = MOCK_VIOLATION,
	   .says = "an indirect table outside memory does harm",
	   .breaks = MOCK_RULES(ROBUST_INDIRECT_OUTSIDE_MEMORY), HARMING(far_table_harms));

static struct mock_chain *pop_unasked(struct mock_layer *q, struct mock_queue *queue)
{
	if (mock_ring_facts(q->mock, queue) & MOCK_FACT_TABLE &&
	    !mock_has(q->mock, VIRTIO_F_INDIRECT_DESC))
		mock_harm(q);
	return mock_op_pop(q->below, queue);
}
MOCK_QUIRK(unasked_table_harms, .kind = MOCK_VIOLATION,
	   .says = "an indirect table without the feature does harm",
	   .breaks = MOCK_RULES(ROBUST_INDIRECT_NOT_NEGOTIATED), .values = MOCK_HARM_VALUES,
	   .needs = "mock:,interface=modern|transitional",
	   .ops = { .pop = pop_unasked, MOCK_HARM_OPS });
