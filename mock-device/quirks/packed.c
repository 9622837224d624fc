/* SPDX-License-Identifier: BSD-3-Clause */
#include "mock-device/quirks/packed.h"

bool mock_is_packed(const struct mock_queue *queue)
{
	return queue->ring == &mock_packed_ring;
}

struct mock_packed_seen mock_packed_read(struct mock_layer *q, uint64_t address)
{
	uint8_t bytes[VIRTQ_PACKED_SIZE] = { 0 };

	mock_op_dma_read(q->mock->top, address, bytes, sizeof(bytes));
	return (struct mock_packed_seen){
		.address = mock_load(q->mock, bytes + VIRTQ_PACKED_ADDR, sizeof(uint64_t)),
		.length = (uint32_t)mock_load(q->mock, bytes + VIRTQ_PACKED_LEN, sizeof(uint32_t)),
		.id = (uint16_t)mock_load(q->mock, bytes + VIRTQ_PACKED_ID, sizeof(uint16_t)),
		.flags = (uint16_t)mock_load(q->mock, bytes + VIRTQ_PACKED_FLAGS, sizeof(uint16_t)),
	};
}

struct mock_packed_seen mock_packed_ahead(struct mock_layer *q, const struct mock_queue *queue,
					  unsigned places)
{
	unsigned slot = (queue->avail_turn.slot + places) % queue->size;

	return mock_packed_read(q, queue->descriptor_area + (uint64_t)VIRTQ_PACKED_SIZE * slot);
}

bool mock_packed_is_available(struct mock_layer *q, const struct mock_queue *queue, unsigned places)
{
	bool next_round = (queue->avail_turn.slot + places) / queue->size % 2;
	uint16_t state = mock_packed_ahead(q, queue, places).flags & MOCK_PACKED_STATE;

	return state ==
	       (queue->avail_turn.wrap != next_round ? VIRTQ_PACKED_F_AVAIL : VIRTQ_PACKED_F_USED);
}

unsigned mock_packed_list(struct mock_layer *q, const struct mock_queue *queue)
{
	unsigned count = 1;

	while (count < queue->size &&
	       mock_packed_ahead(q, queue, count - 1).flags & VIRTQ_PACKED_F_NEXT)
		count++;
	return count;
}
