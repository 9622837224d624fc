/* SPDX-License-Identifier: BSD-3-Clause */
/* Mistakes that real devices made with their registers (docs/real-bugs.md). */
#include "mock-device/quirks/quirk.h"

#define FIELD(name) offsetof(struct virtio_pci_common_cfg, name)

static void empty_config(struct mock_layer *q, struct mock_caps *caps)
{
	struct mock_cap config = { .id = PCI_CAP_ID_VNDR, .type = VIRTIO_PCI_CAP_DEVICE_CFG };

	mock_op_build_caps(q->below, caps);
	mock_caps_insert(caps, caps->count, &config);
}
MOCK_QUIRK(config_empty, .kind = MOCK_VIOLATION,
	   .says = "an entropy device has a structure of length 0 for its configuration",
	   .breaks = MOCK_RULES(ROBUST_NO_EMPTY_STRUCTURE), .needs = "mock:rng",
	   .ops = { .build_caps = empty_config });

/* The select as it is, whether there is such a queue or not. */
static uint32_t place_of_select(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock *mock = q->mock;

	if (offset == FIELD(queue_notify_off) && mock->queue_select >= mock->queue_total)
		return mock->queue_select;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(absent_queue_notified_outside, .kind = MOCK_VIOLATION,
	   .says = "queue_notify_off of a queue that is not there leads past the structure",
	   .breaks = MOCK_RULES(ROBUST_ABSENT_QUEUE_PLACE),
	   .ops = { .common_read = place_of_select });

static uint32_t largest_until_enabled(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock_queue *queue = mock_selected_queue(q->mock);

	if (offset == FIELD(queue_size) && queue && !queue->enabled)
		return queue->max_size;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(queue_size_shown_late, .kind = MOCK_VIOLATION,
	   .says = "a smaller queue_size reads back only when the queue is enabled",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_SIZE_REDUCED),
	   .ops = { .common_read = largest_until_enabled });

static uint32_t unreadable(struct mock_layer *q, unsigned offset, unsigned width)
{
	return offset == FIELD(driver_feature) ? 0 : mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(driver_feature_unreadable, .kind = MOCK_VIOLATION,
	   .says = "driver_feature reads 0 whatever was written",
	   .breaks = MOCK_RULES(PCI_COMMON_DRIVER_FEATURE_WINDOW),
	   .ops = { .common_read = unreadable });

static bool with_all_others(struct mock_layer *q, struct mock_queue *queue)
{
	for (unsigned i = 0; i < q->mock->queue_count; i++)
		if (q->mock->queues[i].max_size && !q->mock->queues[i].enabled)
			return false;
	return mock_op_may_consume(q->below, queue);
}
MOCK_QUIRK(all_queues_or_none, .kind = MOCK_VIOLATION,
	   .says = "no queue is served unless all that there are have been enabled",
	   .breaks = MOCK_RULES(ROBUST_SOME_QUEUES_ENABLED),
	   .also = MOCK_RULES(QUEUE_RESET_STOPS_REQUESTS), .needs = "mock:console",
	   .ops = { .may_consume = with_all_others });

/* state[0]: a select was written and device_feature not read since; state[1]: the one before. */
static void select_later(struct mock_layer *q, unsigned offset, unsigned width, uint32_t value)
{
	if (offset == FIELD(device_feature_select)) {
		q->state[0] = 1;
		q->state[1] = q->mock->device_feature_select;
	}
	mock_op_common_write(q->below, offset, width, value);
}

static uint32_t window_before(struct mock_layer *q, unsigned offset, unsigned width)
{
	if (offset != FIELD(device_feature) || !q->state[0])
		return mock_op_common_read(q->below, offset, width);
	q->state[0] = 0;
	return mock_offered_window(q->mock, (uint32_t)q->state[1]);
}
MOCK_QUIRK(device_feature_select_late, .kind = MOCK_VIOLATION,
	   .says = "the first look at device_feature after a select still shows the old window",
	   .breaks = MOCK_RULES(RESERVED_VERSION_ONE_OFFERED, PCI_COMMON_DEVICE_FEATURE_WINDOW),
	   .also = MOCK_RULES(PCI_COMMON_DRIVER_FEATURE_WINDOW), .needs = "mock:blk|rng",
	   .ops = { .common_write = select_later, .common_read = window_before });
