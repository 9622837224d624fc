/* SPDX-License-Identifier: BSD-3-Clause */
/* Devices that listen to the registers of a queue which is enabled already (4.1.4.3). */
#include "mock-device/quirks/harm.h"

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

static struct mock_queue *enabled(const struct mock_layer *q)
{
	struct mock *mock = q->mock;

	if (mock->queue_select >= mock->queue_total || !mock->queues[mock->queue_select].enabled)
		return NULL;
	return &mock->queues[mock->queue_select];
}

static void set_low(uint64_t *area, uint32_t value)
{
	*area = (*area & ~(uint64_t)UINT32_MAX) | value;
}

static void take_address(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock_queue *queue = enabled(q);

	if (queue && offset == FIELD(queue_desc_lo))
		set_low(&queue->descriptor_area, value);
	else if (queue && offset == FIELD(queue_driver_lo))
		set_low(&queue->driver_area, value);
	else if (queue && offset == FIELD(queue_device_lo))
		set_low(&queue->device_area, value);
	else
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_address_live, .kind = MOCK_VIOLATION,
	   .says = "addresses written to an enabled queue move its rings",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_CHANGED_LIVE),
	   .ops = { .common_write = take_address });

/* The words: from when on; with DRIVER_OK or without. */
enum when { EARLY, LATE };

static void take_size(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock_queue *queue = enabled(q);
	bool live = q->mock->status & VIRTIO_STATUS_DRIVER_OK;

	if (queue && offset == FIELD(queue_size) && value && value <= queue->max_size &&
	    live == (q->value == LATE))
		queue->size = (uint16_t)value;
	else
		mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_size_live, .kind = MOCK_VIOLATION,
	   .says = "queue_size written to an enabled queue is what its rings are run by",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_CHANGED_LIVE), .values = "early late",
	   .needs = "mock:rng", .ops = { .common_write = take_size });

static void break_live(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (enabled(q) && offset == FIELD(queue_size) && q->mock->status & VIRTIO_STATUS_DRIVER_OK)
		mock_harm(q);
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_size_live_harms, .kind = MOCK_VIOLATION,
	   .says = "queue_size written to a queue at work does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_CHANGED_LIVE), .values = MOCK_HARM_VALUES,
	   .ops = { .common_write = break_live, MOCK_HARM_OPS });

/* Legal: it will have none of it. */
static void give_up(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (enabled(q) && offset >= FIELD(queue_size) && offset != FIELD(queue_msix_vector) &&
	    offset <= FIELD(queue_device_hi) && q->mock->status & VIRTIO_STATUS_DRIVER_OK)
		mock_op_needs_reset(q->mock->top, "a queue at work was set up again");
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_live_gives_up, .kind = MOCK_VARIATION,
	   .says = "a write to the registers of a queue at work makes the device need a reset",
	   .ops = { .common_write = give_up });

/* state[0] to state[2]: areas as last written to an enabled queue; the driver's below 4 GiB. */
static void again(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	struct mock_queue *queue = enabled(q);

	if (queue && offset == FIELD(queue_desc_lo))
		q->state[0] = value;
	else if (queue && offset == FIELD(queue_driver_lo))
		q->state[1] = value;
	else if (queue && offset == FIELD(queue_device_lo))
		q->state[2] = value;
	if (queue && offset == FIELD(queue_enable) && q->state[0]) {
		queue->descriptor_area = q->state[0];
		queue->driver_area = q->state[1];
		queue->device_area = q->state[2];
	}
	mock_op_common_write(q->below, offset, width, value);
}

static void forget(struct mock_layer *q)
{
	q->state[0] = 0;
	mock_op_reset(q->below);
}
MOCK_QUIRK(queue_enable_again, .kind = MOCK_VIOLATION,
	   .says = "enabling a queue a second time moves its rings to addresses written since",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_ENABLED_TWICE),
	   .ops = { .common_write = again, .reset = forget });

static void break_again(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (enabled(q) && offset == FIELD(queue_enable) && value == 1)
		mock_harm(q);
	mock_op_common_write(q->below, offset, width, value);
}
MOCK_QUIRK(queue_enable_again_harms, .kind = MOCK_VIOLATION,
	   .says = "enabling a queue a second time does harm",
	   .breaks = MOCK_RULES(ROBUST_QUEUE_ENABLED_TWICE), .values = MOCK_HARM_VALUES,
	   .ops = { .common_write = break_again, MOCK_HARM_OPS });
