/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtqueues on the legacy interface: where they lie and in which byte order (2.7.2, 2.7.3,
 * 4.1.5.1.3.1). */
#include "monitor/monitor.h"
#include "spec/split_ring.h"

#define ALL_MEMORY (VS_QUEUE_DESC_MEMORY | VS_QUEUE_DRIVER_MEMORY | VS_QUEUE_DEVICE_MEMORY)

/* The queue, if it was set up through the legacy interface, or NULL. */
static const struct vs_seen_queue *legacy_queue(const struct vs_model *model, int queue)
{
	const struct vs_seen_queue *q = vs_model_queue(model, queue);

	return q && (q->written & VS_BIT(VS_QUEUE_ADDRESS)) ? q : NULL;
}

/* A queue was just enabled, and its flags tell what of it is memory. */
static bool tells_memory(const struct vs_judge *j, const struct vs_seen *seen)
{
	return seen->event->kind == VS_EVENT_QUEUE && legacy_queue(j->model, seen->queue) &&
	       !(j->model->subject->blind & VS_BLIND_MEMORY);
}

/* A queue that is not in memory at all has a wrong address, not too few pages. */
static void queue_memory(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);
	unsigned flags = seen->event->flags;

	if (vs_writes(seen, VS_QUEUE_ADDRESS) && seen->event->value && q)
		vs_keep(j, q->read & VS_BIT(VS_QUEUE_SIZE), "the size is read first",
			"the address of queue %d written, and its size was not read", seen->queue);
	if (tells_memory(j, seen) && (flags & VS_QUEUE_DESC_MEMORY))
		vs_keep(j, (flags & ALL_MEMORY) == ALL_MEMORY, "memory for the whole queue",
			"queue %d of %u entries is not wholly in memory", seen->queue,
			seen->event->index);
}
VS_MONITOR(legacy_queue_memory, .rule = VS_RULE_DRIVER_LEGACY_QUEUE_MEMORY, .at = VS_AT(LEGACY),
	   .hears = VS_HEARS(QUEUE), .step = queue_memory);

static void queue_address(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_writes(seen, VS_QUEUE_ADDRESS) && seen->event->value)
		vs_arm(j);
	if (vs_writes(seen, VS_QUEUE_SIZE))
		vs_keep(j, false, "the queue size is left alone",
			"%" PRIu64 " written to the size of queue %d", seen->event->value,
			seen->queue);
	if (tells_memory(j, seen))
		vs_keep(j, seen->event->flags & VS_QUEUE_DESC_MEMORY,
			"the number of a page of memory",
			"queue %d is at %#" PRIx64 ", which is not memory", seen->queue,
			j->model->queues[seen->queue].address[0]);
}
VS_MONITOR(legacy_queue_address, .rule = VS_RULE_DRIVER_LEGACY_QUEUE_ADDRESS, .at = VS_AT(LEGACY),
	   .hears = VS_HEARS(QUEUE), .step = queue_address);

/* A queue that was notified of while nothing was ever found in it: the driver put its rings
 * somewhere else, if it then fails. */
static void judge_layout(struct vs_judge *j, bool served)
{
	for (unsigned i = 0; i < j->model->queue_top; i++) {
		const struct vs_seen_queue *q = legacy_queue(j->model, (int)i);
		const uint64_t *notified = vs_state_of(j, (int)i);

		if (!q || !q->enabled || !notified)
			continue;
		if (served && q->available)
			vs_arm(j);
		else if (!served && *notified && !q->available)
			vs_keep(j, false, "rings where the size of the queue puts them",
				"queue %u was notified of, and nothing was ever in its available "
				"ring",
				i);
	}
}

static void queue_layout(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;
	uint64_t *notified;

	if (vs_is_reset(seen)) {
		vs_clear_queues(j);
	} else if (seen->place == VS_PLACE_NOTIFY && seen->legacy && vs_is_write(seen)) {
		notified = vs_state_of(j, seen->queue);
		if (notified && legacy_queue(j->model, seen->queue))
			*notified = 1;
	} else if (e->kind == VS_EVENT_LIFE) {
		if (e->value == VS_LIFE_SERVED)
			judge_layout(j, true);
		else if (e->value == VS_LIFE_UNSERVED || e->value == VS_LIFE_HUNG ||
			 e->value == VS_LIFE_DOWN)
			judge_layout(j, false);
	}
}
VS_MONITOR(legacy_queue_layout, .rule = VS_RULE_DRIVER_LEGACY_QUEUE_LAYOUT,
	   .at = VS_AT(LEGACY) | VS_AT(NOTIFY), .hears = VS_HEARS(RESET) | VS_HEARS(LIFE),
	   .needs = VS_BLIND_RINGS | VS_BLIND_LIFE, .step = queue_layout);

static uint16_t swapped(uint64_t value)
{
	return (uint16_t)((value & 0xff) << 8 | (value >> 8 & 0xff));
}

static bool is_step(uint16_t step, uint16_t size)
{
	return step >= 1 && step <= size;
}

/* An index that moves as one does only when its bytes are taken the other way round. */
static bool index_native(const struct vs_seen_queue *q, const struct vs_event *e)
{
	uint16_t step = (uint16_t)(e->value - e->offset);
	uint16_t other = (uint16_t)(swapped(e->value) - swapped(e->offset));

	return is_step(step, q->size) || !is_step(other, q->size);
}

#define DESCRIPTOR_FLAGS (VIRTQ_DESC_F_NEXT | VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_INDIRECT)

static void native_endian(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = legacy_queue(j->model, seen->queue);
	const struct vs_event *e = seen->event;

	if (!q)
		return;
	if (e->kind == VS_EVENT_AVAIL_INDEX)
		vs_keep(j, index_native(q, e), "the byte order of the guest",
			"the available index of queue %d moved from %#" PRIx64 " to %#" PRIx64,
			seen->queue, e->offset, e->value);
	else if ((e->flags & ~DESCRIPTOR_FLAGS) && !(swapped(e->flags) & ~DESCRIPTOR_FLAGS))
		vs_keep(j, false, "the byte order of the guest",
			"flags %#x in a descriptor of queue %d", e->flags, seen->queue);
}
VS_MONITOR(legacy_native_endian, .rule = VS_RULE_DRIVER_LEGACY_RING_NATIVE_ENDIAN, .at = 0,
	   .hears = VS_HEARS(AVAIL_INDEX) | VS_HEARS(DESCRIPTOR), .needs = VS_BLIND_RINGS,
	   .step = native_endian);
