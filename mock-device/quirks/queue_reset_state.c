/* SPDX-License-Identifier: BSD-3-Clause */
/* What remains of a virtqueue after its reset (2.6.1), and what queue_reset says (4.1.4.3). */
#include "mock-device/quirks/slow.h"
#include "spec/split_ring.h"

#define FIELD(member) offsetof(struct virtio_pci_common_cfg, member)

static void forget(struct mock_layer *q)
{
	for (unsigned i = 0; i < MOCK_SLOW_SLOT; i++)
		q->state[i] = 0;
	mock_op_reset(q->below);
}

/* ---- What a queue remembers when it is enabled again ---- */

/* state[]: a queue as it was when it was reset; state[0] is its index plus one, 0: none was. */
static void keep(struct mock_layer *q, struct mock_queue *queue)
{
	if (queue->enabled) {
		q->state[0] = queue->index + 1u;
		q->state[1] = queue->next_avail;
		q->state[2] = queue->next_used;
		q->state[3] = queue->size;
		q->state[4] = queue->driver_area;
		q->state[5] = queue->vector;
	}
	mock_op_queue_reset(q->below, queue);
}

static bool was_kept(const struct mock_layer *q, const struct mock_queue *queue)
{
	return q->state[0] == queue->index + 1u;
}

enum position { AVAIL, USED };

static void resume_position(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	if (!was_kept(q, queue))
		return;
	if (q->value == AVAIL)
		queue->next_avail = (uint16_t)q->state[1];
	else
		queue->next_used = queue->published = (uint16_t)q->state[2];
}
MOCK_QUIRK(queue_reset_keeps_position, .kind = MOCK_VIOLATION,
	   .says = "a queue goes on where it was in the available or in the used ring",
	   .breaks = MOCK_RULES(QUEUE_RESET_STATE_CLEARED), .values = "avail used",
	   .ops = { .queue_reset = keep, .queue_enable = resume_position, .reset = forget });

enum configuration { SIZE, ADDRESS, VECTOR };

static void resume_configuration(struct mock_layer *q, struct mock_queue *queue)
{
	if (was_kept(q, queue)) {
		if (q->value == SIZE)
			queue->size = (uint16_t)q->state[3];
		else if (q->value == ADDRESS)
			queue->driver_area = q->state[4];
		else
			queue->vector = (uint16_t)q->state[5];
	}
	mock_op_queue_enable(q->below, queue);
}
MOCK_QUIRK(queue_reset_keeps_configuration, .kind = MOCK_VIOLATION,
	   .says = "a queue enabled again has its old size, driver area or vector",
	   .breaks = MOCK_RULES(QUEUE_RESET_NEW_CONFIGURATION_USED),
	   .also = MOCK_RULES(ROBUST_STRAY_WRITE), .values = "size address vector",
	   .needs = "mock:blk|net|console",
	   .ops = { .queue_reset = keep, .queue_enable = resume_configuration, .reset = forget });

/* ---- The register ---- */

enum after_reset { UNDER_WAY, ALWAYS };

/* state[0]: queues whose reset is under way; state[1]: until when; state[2]: queues that show it
 * for good; state[3]: queues enabled since the last reset. */
static void reset_for_a_while(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_reset(q->below, queue);
	q->state[0] |= UINT64_C(1) << queue->index;
	q->state[1] = q->mock->now + MOCK_SLOW_NS;
}

static void reset_with_traces(struct mock_layer *q)
{
	if (q->mock->now < q->state[1])
		q->state[2] |= q->state[0];
	q->state[0] = q->state[1] = q->state[3] = 0;
	mock_op_reset(q->below);
}

static void enable_traced(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	q->state[2] &= ~(UINT64_C(1) << queue->index);
	q->state[3] |= UINT64_C(1) << queue->index;
}

static uint32_t read_traced(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock_queue *queue = mock_selected_queue(q->mock);
	uint64_t shown = q->mock->now < q->state[1] ? q->state[0] : 0;

	if (offset != FIELD(queue_reset) || !queue)
		return mock_op_common_read(q->below, offset, width);
	shown |= q->value == UNDER_WAY ? q->state[2] : ~q->state[3];
	return shown >> queue->index & 1;
}
MOCK_QUIRK(queue_reset_survives, .kind = MOCK_VIOLATION,
	   .says = "after a device reset queue_reset reads 1: if the reset of the queue was under "
		   "way, or always until the queue is enabled",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_RESET_ZERO_AFTER_RESET),
	   .values = "under-way always",
	   .ops = { .queue_reset = reset_for_a_while,
		    .reset = reset_with_traces,
		    .queue_enable = enable_traced,
		    .common_read = read_traced });

static uint32_t read_enabled(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock_queue *queue = mock_selected_queue(q->mock);

	if (offset == FIELD(queue_reset) && queue && queue->enabled)
		return 1;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(queue_reset_reads_enabled, .kind = MOCK_VIOLATION,
	   .says = "queue_reset reads 1 while the queue is enabled",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_RESET_ZERO_AFTER_ENABLE),
	   .ops = { .common_read = read_enabled });

enum done { RESET_STAYS, ENABLE_STAYS };

/* state[0]: queues that were reset and not enabled since. */
static void note_reset(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_reset(q->below, queue);
	q->state[0] |= UINT64_C(1) << queue->index;
}

static void note_enable(struct mock_layer *q, struct mock_queue *queue)
{
	mock_op_queue_enable(q->below, queue);
	q->state[0] &= ~(UINT64_C(1) << queue->index);
}

static uint32_t read_noted(struct mock_layer *q, unsigned offset, unsigned width)
{
	const struct mock_queue *queue = mock_selected_queue(q->mock);
	unsigned field = q->value == RESET_STAYS ? FIELD(queue_reset) : FIELD(queue_enable);

	if (offset == field && queue && q->state[0] >> queue->index & 1)
		return 1;
	return mock_op_common_read(q->below, offset, width);
}
MOCK_QUIRK(queue_reset_not_done, .kind = MOCK_VIOLATION,
	   .says = "after the reset of a queue queue_reset or queue_enable goes on reading 1",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_RESET_DONE_READS_ZERO), .values = "reset enable",
	   .ops = { .queue_reset = note_reset,
		    .queue_enable = note_enable,
		    .common_read = read_noted,
		    .reset = forget });

enum early { RING, BUFFER };

/* state[0]: where to write once more; 0: nowhere. */
static void write_once_more(struct mock *mock, void *layer)
{
	static const uint8_t bytes[2] = { 0xff, 0xff };
	struct mock_layer *q = layer;

	if (q->state[0])
		mock_op_dma_write(mock->top, q->state[0], bytes, sizeof(bytes));
	q->state[0] = 0;
}

/* The first writable byte of what is in the works, or the used index. */
static void reset_early(struct mock_layer *q, struct mock_queue *queue)
{
	const struct mock_chain *chain = queue->taken;

	if (q->value == RING && queue->enabled)
		q->state[0] = queue->device_area + VIRTQ_USED_IDX;
	else if (chain && chain->count > chain->readable_count)
		q->state[0] = chain->segments[chain->readable_count].address;
	mock_op_queue_reset(q->below, queue);
	mock_after(q->mock, MOCK_SLOW_NS, write_once_more, q);
}
MOCK_QUIRK(queue_reset_early, .kind = MOCK_VIOLATION,
	   .says = "queue_reset reads 0 while the device still writes into the ring or a buffer",
	   .breaks = MOCK_RULES(PCI_COMMON_QUEUE_RESET_BUSY_READS_ONE),
	   .also = MOCK_RULES(QUEUE_RESET_STOPS_REQUESTS), .values = "ring buffer",
	   .needs = "mock:blk|rng",
	   .ops = { .queue_reset = reset_early, .execute = mock_execute_slowly, .reset = forget });
