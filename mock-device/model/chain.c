/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers between being taken and being used: their bytes, their order, their end. */
#include <stdlib.h>
#include <string.h>

#include "mock-device/model/base.h"

int mock_chain_add(struct mock_chain *chain, uint64_t address, uint32_t length, bool writable)
{
	/* Grows at powers of two. */
	if ((chain->count & (chain->count - 1)) == 0) {
		size_t room = chain->count ? 2u * chain->count : 1u;
		void *segments = realloc(chain->segments, room * sizeof(*chain->segments));

		if (!segments)
			return -1;
		chain->segments = segments;
	}
	chain->segments[chain->count++] = (struct mock_segment){ address, length };
	if (writable) {
		chain->writable += length;
	} else {
		chain->readable += length;
		chain->readable_count = chain->count;
	}
	return 0;
}

static void chain_free(struct mock_chain *chain)
{
	free(chain->segments);
	free(chain);
}

static void append(struct mock_queue *queue, struct mock_chain *chain)
{
	if (queue->taken)
		queue->taken_last->next = chain;
	else
		queue->taken = chain;
	queue->taken_last = chain;
	queue->taken_count++;
}

static void detach(struct mock_queue *queue, struct mock_chain *chain)
{
	struct mock_chain **link = &queue->taken;
	struct mock_chain *before = NULL;

	while (*link != chain) {
		before = *link;
		link = &before->next;
	}
	*link = chain->next;
	if (queue->taken_last == chain)
		queue->taken_last = before;
	queue->taken_count--;
}

void mock_chain_drop(struct mock_queue *queue, struct mock_chain *chain)
{
	detach(queue, chain);
	chain_free(chain);
}

void mock_chains_drop(struct mock_queue *queue)
{
	while (queue->taken)
		mock_chain_drop(queue, queue->taken);
}

struct mock_chain *mock_chain_find(struct mock *mock, uint64_t serial)
{
	for (unsigned i = 0; i < mock->queue_total; i++) {
		for (struct mock_chain *chain = mock->queues[i].taken; chain; chain = chain->next) {
			if (chain->serial == serial)
				return chain;
		}
	}
	return NULL;
}

struct mock_chain *mock_base_pop(struct mock_layer *layer, struct mock_queue *queue)
{
	struct mock *mock = layer->mock;
	struct mock_chain *chain = calloc(1, sizeof(*chain));
	const char *why = "the device is out of memory";
	int result = -1;

	if (chain) {
		chain->queue = queue;
		result = queue->ring->pop(mock, queue, chain, &why);
	}
	if (result == 1) {
		chain->serial = ++mock->serial;
		append(queue, chain);
		return chain;
	}
	if (chain)
		chain_free(chain);
	if (result < 0)
		mock_op_needs_reset(mock->top, why);
	return NULL;
}

struct mock_chain *mock_take(struct mock *mock, struct mock_queue *queue)
{
	return mock_op_may_consume(mock->top, queue) ? mock_op_pop(mock->top, queue) : NULL;
}

void mock_unpop(struct mock *mock, struct mock_chain *chain)
{
	struct mock_queue *queue = chain->queue;

	queue->ring->unpop(queue, chain);
	mock_chain_drop(queue, chain);
	mock_suspended_yet(mock);
}

/* Moves bytes between `data` and the segments [first, last), beginning at `offset` of them: to the
 * guest if `out` is set, else into `in`. How many there were. */
static size_t move(struct mock *mock, struct mock_chain *chain, unsigned first, unsigned last,
		   uint64_t offset, uint8_t *in, const uint8_t *out, size_t size)
{
	size_t done = 0;

	for (unsigned i = first; i < last && done < size && !chain->broken; i++) {
		const struct mock_segment *segment = &chain->segments[i];
		size_t part = size - done;
		int result;

		if (offset >= segment->length) {
			offset -= segment->length;
			continue;
		}
		if (part > segment->length - offset)
			part = (size_t)(segment->length - offset);
		if (out)
			result = mock_op_dma_write(mock->top, segment->address + offset, out + done,
						   part);
		else
			result = mock_op_dma_read(mock->top, segment->address + offset, in + done,
						  part);
		if (result < 0) {
			chain->broken = true;
			mock_op_needs_reset(mock->top, "a buffer is not in memory");
			break;
		}
		done += part;
		offset = 0;
	}
	return done;
}

/* What is not there reads as zero, so that nobody computes with what lay on the stack. */
size_t mock_base_chain_read(struct mock_layer *layer, struct mock_chain *chain, uint64_t offset,
			    void *data, size_t size)
{
	size_t done = move(layer->mock, chain, 0, chain->readable_count, offset, data, NULL, size);

	if (done < size)
		memset((uint8_t *)data + done, 0, size - done);
	return done;
}

size_t mock_base_chain_write(struct mock_layer *layer, struct mock_chain *chain, uint64_t offset,
			     const void *data, size_t size)
{
	size_t done = move(layer->mock, chain, chain->readable_count, chain->count, offset, NULL,
			   data, size);

	if (offset <= chain->prefix && offset + done > chain->prefix)
		chain->prefix = offset + done;
	return done;
}

size_t mock_chain_read(struct mock *mock, struct mock_chain *chain, uint64_t offset, void *data,
		       size_t size)
{
	return mock_op_chain_read(mock->top, chain, offset, data, size);
}

size_t mock_chain_write(struct mock *mock, struct mock_chain *chain, uint64_t offset,
			const void *data, size_t size)
{
	return mock_op_chain_write(mock->top, chain, offset, data, size);
}

void mock_complete(struct mock *mock, struct mock_chain *chain)
{
	uint64_t length = chain->prefix < UINT32_MAX ? chain->prefix : UINT32_MAX;

	mock_op_complete(mock->top, chain, (uint32_t)length);
}

/* Makes one buffer used. A broken device leaves the rings alone (2.1.2). */
static void use(struct mock *mock, struct mock_queue *queue, struct mock_chain *chain)
{
	struct mock_used used = { .id = chain->id,
				  .length = chain->length,
				  .descriptors = chain->direct };

	mock_chain_drop(queue, chain);
	if (!mock_needs_reset(mock))
		mock_op_push_used(mock->top, queue, used);
	mock_show_used(mock, queue);
}

void mock_show_used(struct mock *mock, struct mock_queue *queue)
{
	if (!mock_needs_reset(mock))
		mock_op_publish_used(mock->top, queue);
	if (!mock_needs_reset(mock) && mock_op_want_interrupt(mock->top, queue))
		mock_op_raise_queue_interrupt(mock->top, queue);
}

/* Commands of an administration queue are in order whatever was negotiated (2.13.1). */
bool mock_is_in_order(const struct mock *mock, const struct mock_queue *queue)
{
	return mock_has(mock, VIRTIO_F_IN_ORDER) || mock_is_admin(mock, queue->index);
}

void mock_base_complete(struct mock_layer *layer, struct mock_chain *chain, uint32_t length)
{
	struct mock *mock = layer->mock;
	struct mock_queue *queue = chain->queue;

	chain->done = true;
	chain->length = length;
	if (mock_is_in_order(mock, queue)) {
		while (queue->taken && queue->taken->done)
			use(mock, queue, queue->taken);
	} else {
		use(mock, queue, chain);
	}
	mock_suspended_yet(mock);
}
