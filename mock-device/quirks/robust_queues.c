/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that take what a driver must not ask of a virtqueue, or come to harm by it (4.1.4.3). */
#include "mock-device/quirks/harm.h"
#include "spec/split_ring.h"

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

static struct mock_queue *selected(const struct mock_layer *q)
{
	struct mock *mock = q->mock;

	return mock->queue_select < mock->queue_total ? &mock->queues[mock->queue_select] : NULL;
}

/* state[0]: the size written last, however impossible, to state[1], the queue's index plus one. */
static void note_size(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(queue_size) && selected(q) && selected(q)->max_size) {
		q->state[0] = value;
		q->state[1] = selected(q)->index + 1;
	}
	mock_op_common_write(q->below, offset, width, value);
}

static bool was_written(const struct mock_layer *q, const struct mock_queue *queue)
{
	return q->state[1] == queue->index + 1;
}

static void forget_size(struct mock_layer *q)
{
	q->state[0] = q->state[1] = 0;
	mock_op_reset(q->below);
}

static void enable_zero(struct mock_layer *q, struct mock_queue *queue)
{
	if (was_written(q, queue) && q->state[0] == 0)
		mock_harm(q);
	mock_op_queue_enable(q->below, queue);
}
MOCK_QUIRK(queue_size_zero_harms, .kind = MOCK_VIOLATION,
	   .says = "enabling a queue after 0 was written to queue_size does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_SIZE_ZERO), .values = MOCK_HARM_VALUES,
	   .ops = { .common_write = note_size,
		    .queue_enable = enable_zero,
		    .reset = forget_size,
		    MOCK_HARM_OPS });

static void enable_odd(struct mock_layer *q, struct mock_queue *queue)
{
	if (was_written(q, queue) && q->state[0] & (q->state[0] - 1))
		mock_harm(q);
	mock_op_queue_enable(q->below, queue);
}
MOCK_QUIRK(queue_size_odd_harms, .kind = MOCK_VIOLATION,
	   .says = "enabling a queue with a size that is no power of two does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_SIZE_NOT_POWER_OF_TWO),
	   .also = MOCK_RULES(ROBUST_PACKED_ODD_QUEUE_SIZE), .values = MOCK_HARM_VALUES,
	   .ops = { .common_write = note_size,
		    .queue_enable = enable_odd,
		    .reset = forget_size,
		    MOCK_HARM_OPS });

static void enable_over(struct mock_layer *q, struct mock_queue *queue)
{
	if (was_written(q, queue) && q->state[0] > queue->max_size)
		mock_harm(q);
	mock_op_queue_enable(q->below, queue);
}
MOCK_QUIRK(queue_size_over_harms, .kind = MOCK_VIOLATION,
	   .says = "enabling a queue with more than its largest size does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_SIZE_OVER_MAXIMUM), .values = MOCK_HARM_VALUES,
	   .ops = { .common_write = note_size,
		    .queue_enable = enable_over,
		    .reset = forget_size,
		    MOCK_HARM_OPS });

/* The words: what of the impossible the device takes as it is. */
enum taken { ODD, ZERO };

/* Legal: it reads back, and nothing works with it. A queue of no entries breaks the device. */
static void take_size(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock_queue *queue = selected(q);
	bool odd = value & (value - 1);

	mock_op_common_write(q->below, offset, width, value);
	if (offset == FIELD(queue_size) && queue && !queue->enabled && value < queue->max_size &&
	    (q->value == ZERO ? value == 0 : odd))
		queue->size = (uint16_t)value;
}
MOCK_QUIRK(queue_size_taken, .kind = MOCK_VARIATION,
	   .says = "a queue_size of 0, or of no power of two, is taken", .values = "odd zero",
	   .ops = { .common_write = take_size });

static void take_more(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock_queue *queue = selected(q);

	mock_op_common_write(q->below, offset, width, value);
	if (offset == FIELD(queue_size) && queue && queue->max_size && !queue->enabled &&
	    value > queue->max_size)
		queue->size = (uint16_t)value;
}
MOCK_QUIRK(queue_size_over_taken, .kind = MOCK_VIOLATION,
	   .says = "a queue works with more entries than its largest size",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_SIZE_OVER_MAXIMUM),
	   .ops = { .common_write = take_more });

/* It reads back and the queue is never served: also a way to refuse. */
static void refuse_over(struct mock_layer *q, struct mock_queue *queue)
{
	if (queue->size <= queue->max_size)
		mock_op_queue_enable(q->below, queue);
}
MOCK_QUIRK(queue_size_over_refused, .kind = MOCK_VARIATION,
	   .says = "a queue_size above the largest reads back, and such a queue is not enabled",
	   .ops = { .common_write = take_more, .queue_enable = refuse_over });

static bool is_memory(const struct mock *mock, uint64_t address, uint64_t size)
{
	return address <= UINT64_MAX - size &&
	       mock->host.dma_map(mock->host.context, address, (size_t)size);
}

static bool is_outside(const struct mock *mock, const struct mock_queue *queue)
{
	return !is_memory(mock, queue->descriptor_area, VIRTQ_DESC_SIZE) ||
	       !is_memory(mock, queue->driver_area, VIRTQ_AVAIL_SIZE(1u)) ||
	       !is_memory(mock, queue->device_area, VIRTQ_USED_SIZE(1u));
}

static bool is_misaligned(const struct mock *mock, const struct mock_queue *queue)
{
	(void)mock;
	return queue->descriptor_area % VIRTQ_DESC_ALIGN ||
	       queue->driver_area % VIRTQ_AVAIL_ALIGN || queue->device_area % VIRTQ_USED_ALIGN;
}

/* Whether an enabled queue is like that; DRIVER_OK is when the device looks at the rings. */
static bool any(const struct mock *mock,
		bool (*is)(const struct mock *mock, const struct mock_queue *queue))
{
	for (unsigned i = 0; i < mock->queue_total; i++)
		if (mock->queues[i].enabled && is(mock, &mock->queues[i]))
			return true;
	return false;
}

static void start_outside(struct mock_layer *q)
{
	if (any(q->mock, is_outside))
		mock_harm(q);
	mock_op_driver_ok(q->below);
}
MOCK_QUIRK(queue_outside_harms, .kind = MOCK_VIOLATION,
	   .says = "DRIVER_OK with a queue outside memory does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_OUTSIDE_MEMORY), .values = MOCK_HARM_VALUES,
	   .ops = { .driver_ok = start_outside, MOCK_HARM_OPS });

static void start_misaligned(struct mock_layer *q)
{
	if (any(q->mock, is_misaligned))
		mock_harm(q);
	mock_op_driver_ok(q->below);
}
MOCK_QUIRK(queue_misaligned_harms, .kind = MOCK_VIOLATION,
	   .says = "DRIVER_OK with a queue that is not aligned does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_MISALIGNED), .values = MOCK_HARM_VALUES,
	   .ops = { .driver_ok = start_misaligned, MOCK_HARM_OPS });

/* Registers of a queue that is not there are those of queue 0, as far as they can be written. */
static void write_first(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	uint16_t select = q->mock->queue_select;
	bool far = offset > FIELD(queue_size) && select >= q->mock->queue_count;

	if (far)
		q->mock->queue_select = 0;
	mock_op_common_write(q->below, offset, width, value);
	if (far)
		q->mock->queue_select = select;
}
MOCK_QUIRK(queue_select_spills, .kind = MOCK_VIOLATION,
	   .says = "what is written to a queue that is not there is written to queue 0",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_SELECT_OUT_OF_RANGE),
	   .ops = { .common_write = write_first });

static void write_far(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(queue_desc_lo) && q->mock->queue_select > q->mock->queue_count)
		mock_harm(q);
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_select_far_harms, .kind = MOCK_VIOLATION,
	   .says = "an address written to a queue that is not there does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_SELECT_OUT_OF_RANGE), .values = MOCK_HARM_VALUES,
	   .ops = { .common_write = write_far, MOCK_HARM_OPS });
