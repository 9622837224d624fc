/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtqueues as a driver sets them up, and the loop that empties them (2.6, 4.1.5.2). */
#include "mock-device/model/base.h"
#include "spec/notification.h"

#define ADMIN_QUEUE_SIZE 16u
/* Queue i is notified as 0x5a00 + i under NOTIF_CONFIG_DATA: not its index, which a driver that
 * ignores the feature would send. */
#define CONFIG_DATA_BASE 0x5a00u
#define RUN_ROUNDS       4u /* a request on one queue may start work on another */

struct mock_queue *mock_selected_queue(struct mock *mock)
{
	struct mock_queue *queue;

	if (mock->queue_select >= mock->queue_total)
		return NULL;
	queue = &mock->queues[mock->queue_select];
	return queue->max_size ? queue : NULL;
}

void mock_base_queue_info(struct mock_layer *layer, unsigned index, struct mock_queue_info *info)
{
	struct mock *mock = layer->mock;

	if (mock_is_admin(mock, index))
		info->max_size = mock_in_force(mock, VIRTIO_F_ADMIN_VQ) ? ADMIN_QUEUE_SIZE : 0;
	else if (index < mock->class->queue_count)
		info->max_size = mock->class->queue_max(mock, index);
	if (info->max_size) {
		info->notify_off = (uint16_t)index;
		info->config_data = (uint16_t)(CONFIG_DATA_BASE + index);
	}
}

void mock_queue_default(struct mock *mock, struct mock_queue *queue)
{
	struct mock_queue_info info = { 0 };
	unsigned index = queue->index;

	mock_chains_drop(queue);
	mock_op_queue_info(mock->top, index, &info);
	*queue = (struct mock_queue){
		.index = index,
		.max_size = info.max_size,
		.size = info.max_size,
		.vector = VIRTIO_MSI_NO_VECTOR,
		.ring = &mock_split_ring,
	};
}

/*
 * Which queues there are, and how large they can be, may depend on what was negotiated; and what
 * the configuration says may depend on that. Where drivers may set queues up first and accept
 * features after (mock_follow_features), a queue that is in use keeps its size, and stays until the
 * choice is final.
 */
void mock_queues_refresh(struct mock *mock)
{
	bool final = !mock->stepless || mock->status & VIRTIO_STATUS_DRIVER_OK;

	for (unsigned i = 0; i < mock->queue_total; i++) {
		struct mock_queue *queue = &mock->queues[i];
		struct mock_queue_info info = { 0 };
		bool keeps = mock->stepless && queue->enabled;

		mock_op_queue_info(mock->top, i, &info);
		if (!keeps && (queue->size == queue->max_size || queue->size > info.max_size))
			queue->size = info.max_size;
		if (queue->max_size && info.max_size && queue->max_size != info.max_size)
			mock_config_touched(mock);
		queue->max_size = info.max_size;
		if (!queue->max_size && final)
			queue->enabled = false;
	}
}

/* A paused queue goes on where it was. */
void mock_base_queue_enable(struct mock_layer *layer, struct mock_queue *queue)
{
	if (!queue->paused) {
		queue->ring = mock_has(layer->mock, VIRTIO_F_RING_PACKED) ? &mock_packed_ring
									  : &mock_split_ring;
		queue->ring->start(queue);
	}
	queue->paused = false;
	queue->enabled = true;
	/* On a live device the queue may already hold buffers (2.6.1.2). */
	queue->kicked = true;
}

void mock_base_queue_disable(struct mock_layer *layer, struct mock_queue *queue)
{
	(void)layer;
	queue->enabled = false;
	queue->paused = true;
}

/* Whether a message of this vector could be of somebody else's. */
static bool shares_vector(const struct mock *mock, const struct mock_queue *queue)
{
	if (mock->config_vector == queue->vector)
		return true;
	for (unsigned i = 0; i < mock->queue_total; i++) {
		if (&mock->queues[i] != queue && mock->queues[i].vector == queue->vector)
			return true;
	}
	return false;
}

/* Nothing of the queue remains, not even a notification that waits behind a mask (2.6.1.1.1). */
void mock_queue_clear(struct mock *mock, struct mock_queue *queue)
{
	if (queue->vector < mock->msix.count && !shares_vector(mock, queue))
		mock->msix.pending[queue->vector] = false;
	mock_queue_default(mock, queue);
	if (mock->class->queue_reset && !mock_is_admin(mock, queue->index))
		mock->class->queue_reset(mock, queue->index);
	mock_suspended_yet(mock);
}

void mock_base_queue_reset(struct mock_layer *layer, struct mock_queue *queue)
{
	mock_queue_clear(layer->mock, queue);
}

/*
 * A notification names its queue twice, by where and by what is written; one that does not agree
 * with itself, or has not the width that was negotiated (4.1.5.2.1), is nobody's.
 */
void mock_base_notify(struct mock_layer *layer, const struct mock_cap *cap, uint64_t offset,
		      unsigned width, uint64_t value)
{
	struct mock *mock = layer->mock;
	bool with_data = mock_has(mock, VIRTIO_F_NOTIFICATION_DATA);

	if (width != (with_data ? sizeof(uint32_t) : sizeof(uint16_t)))
		return;
	for (unsigned i = 0; i < mock->queue_total; i++) {
		struct mock_queue_info info = { 0 };
		unsigned id = i;

		if (!mock->queues[i].max_size)
			continue;
		mock_op_queue_info(mock->top, i, &info);
		if (mock_has(mock, VIRTIO_F_NOTIF_CONFIG_DATA))
			id = info.config_data;
		if ((uint64_t)info.notify_off * cap->multiplier == offset &&
		    (value & VIRTIO_NOTIFY_ID_MASK) == id) {
			mock_op_queue_notified(mock->top, &mock->queues[i]);
			return;
		}
	}
}

void mock_base_queue_notified(struct mock_layer *layer, struct mock_queue *queue)
{
	(void)layer;
	queue->kicked = true;
}

bool mock_base_may_consume(struct mock_layer *layer, struct mock_queue *queue)
{
	return mock_live(layer->mock) && mock_may_master(layer->mock) && queue->enabled;
}

void mock_base_execute(struct mock_layer *layer, struct mock_chain *chain)
{
	struct mock *mock = layer->mock;

	if (mock_is_admin(mock, chain->queue->index))
		mock_admin_execute(mock, chain);
	else
		mock->class->execute(mock, chain);
}

static bool wanted(struct mock *mock, struct mock_queue *queue)
{
	bool wants = true;

	if (mock->class->wants && !mock_is_admin(mock, queue->index))
		wants = mock->class->wants(mock, queue->index);
	return wants && mock_op_may_consume(mock->top, queue);
}

/* Takes and executes at most *budget buffers; how many. */
static unsigned consume(struct mock *mock, struct mock_queue *queue, unsigned *budget)
{
	unsigned taken = 0;

	while (*budget && wanted(mock, queue)) {
		struct mock_chain *chain = mock_op_pop(mock->top, queue);

		if (!chain)
			break;
		mock_op_execute(mock->top, chain);
		taken++;
		--*budget;
	}
	return taken;
}

/*
 * Empties a queue. While it works it wants no notifications; after asking for them again it looks
 * once more, since the driver may have added a buffer before it could see that (2.7.10). A driver
 * in another process could feed it for ever, so there is a budget; the rest waits for the next
 * call.
 */
static void look(struct mock *mock, struct mock_queue *queue)
{
	unsigned budget = queue->size;
	unsigned tries = 2;

	queue->kicked = false;
	while (wanted(mock, queue)) {
		mock_op_ask_notifications(mock->top, queue, false);
		if (consume(mock, queue, &budget))
			tries = 2;
		else
			tries--;
		/* After an error the rings are not touched any more. */
		if (!mock_op_may_consume(mock->top, queue))
			return;
		mock_op_ask_notifications(mock->top, queue, true);
		if (!tries || !queue->ring->available(mock, queue))
			return;
		if (!budget) {
			queue->kicked = true;
			return;
		}
	}
}

void mock_kick(struct mock *mock, unsigned index)
{
	if (index < mock->queue_total)
		mock->queues[index].kicked = true;
}

void mock_kick_all(struct mock *mock)
{
	for (unsigned i = 0; i < mock->queue_total; i++)
		mock->queues[i].kicked = true;
}

void mock_run(struct mock *mock)
{
	bool again = true;

	for (unsigned round = 0; again && mock_alive(mock) && round < RUN_ROUNDS; round++) {
		again = false;
		for (unsigned i = 0; i < mock->queue_total; i++) {
			if (!mock->queues[i].kicked)
				continue;
			look(mock, &mock->queues[i]);
			again = true;
		}
	}
}

static uint64_t region_read(struct mock *mock, const struct mock_region *region, uint64_t offset,
			    unsigned width)
{
	/* There is nothing to read where notifications go. */
	(void)mock;
	(void)region;
	(void)offset;
	(void)width;
	return 0;
}

static void region_write(struct mock *mock, const struct mock_region *region, uint64_t offset,
			 unsigned width, uint64_t value)
{
	mock_op_notify(mock->top, region->cap, offset, width, value);
}

const struct mock_registers mock_notify_registers = {
	.name = "notifications",
	.face = MOCK_FACE_MODERN,
	.read = region_read,
	.write = region_write,
};
