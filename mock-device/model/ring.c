/* SPDX-License-Identifier: BSD-3-Clause */
/* What ring formats share, and the ring operations of the bottom layer: the queue's format does the
 * work, an error breaks the device. */
#include "mock-device/model/ring.h"

#include "mock-device/model/base.h"
#include "spec/split_ring.h"

#define CHAIN_BYTES_MAX (UINT64_C(1) << 32)

static const char not_in_memory[] = "a ring is not in memory";

int mock_ring_load16(struct mock *mock, uint64_t address, uint16_t *value)
{
	uint8_t bytes[sizeof(*value)];

	if (mock_op_dma_read(mock->top, address, bytes, sizeof(bytes)) < 0)
		return -1;
	*value = (uint16_t)mock_load(mock, bytes, sizeof(bytes));
	return 0;
}

int mock_ring_store16(struct mock *mock, uint64_t address, uint16_t value)
{
	uint8_t bytes[sizeof(value)];

	mock_store(mock, bytes, sizeof(bytes), value);
	return mock_op_dma_write(mock->top, address, bytes, sizeof(bytes));
}

bool mock_ring_fits(uint64_t address, uint64_t align, uint64_t size)
{
	return address % align == 0 && address <= UINT64_MAX - size;
}

const char *mock_ring_element(struct mock_chain *chain, const struct mock_descriptor *descriptor)
{
	bool writable = descriptor->flags & VIRTQ_DESC_F_WRITE;

	/* Elements count, wherever they stand: a chain has as many as the queue has entries at most
	 * (2.7.5.3.1, 2.8.17). The descriptor that refers to a table is not an element. */
	if (chain->count == chain->queue->size)
		return "a descriptor chain is longer than the queue, or a loop";
	if (descriptor->address > UINT64_MAX - descriptor->length)
		return "a descriptor wraps around";
	if (!writable && chain->count > chain->readable_count)
		return "a device-readable descriptor follows a device-writable one";
	if (chain->readable + chain->writable + descriptor->length > CHAIN_BYTES_MAX)
		return "a descriptor chain is longer than 2^32 bytes";
	if (mock_chain_add(chain, descriptor->address, descriptor->length, writable) < 0)
		return "the device is out of memory";
	return NULL;
}

const char *mock_ring_table(struct mock *mock, struct mock_chain *chain,
			    const struct mock_descriptor *table)
{
	if (!mock_has(mock, VIRTIO_F_INDIRECT_DESC))
		return "an indirect descriptor without the feature";
	if (table->flags & VIRTQ_DESC_F_NEXT)
		return "a descriptor is both indirect and continued";
	if (table->length % VIRTQ_DESC_SIZE || table->length == 0)
		return "an indirect table is no array of descriptors";
	if (table->address > UINT64_MAX - table->length)
		return "an indirect table wraps around";
	chain->table_flags = table->flags;
	return NULL;
}

void mock_base_push_used(struct mock_layer *layer, struct mock_queue *queue, struct mock_used used)
{
	if (queue->ring->push(layer->mock, queue, &used) < 0)
		mock_op_needs_reset(layer->mock->top, not_in_memory);
}

void mock_base_publish_used(struct mock_layer *layer, struct mock_queue *queue)
{
	if (queue->ring->publish(layer->mock, queue) < 0)
		mock_op_needs_reset(layer->mock->top, not_in_memory);
}

bool mock_base_want_interrupt(struct mock_layer *layer, struct mock_queue *queue)
{
	bool wanted = false;

	if (queue->ring->want_interrupt(layer->mock, queue, &wanted) < 0)
		mock_op_needs_reset(layer->mock->top, not_in_memory);
	/* Having nothing left is worth an interrupt whatever the driver suppresses (6.4). */
	if (mock_has(layer->mock, VIRTIO_F_NOTIFY_ON_EMPTY) && !mock_needs_reset(layer->mock))
		wanted |= !queue->ring->available(layer->mock, queue);
	return wanted;
}

void mock_base_ask_notifications(struct mock_layer *layer, struct mock_queue *queue, bool on)
{
	if (queue->ring->ask_notifications(layer->mock, queue, on) < 0)
		mock_op_needs_reset(layer->mock->top, not_in_memory);
}
