/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers of packed virtqueues: areas, lists, indirect tables (2.8.11, 2.8.17, 2.8.19). */
#include "monitor/buffers.h"
#include "spec/blk.h"
#include "spec/packed_ring.h"

static void alignment(struct vs_judge *j, const struct vs_seen *seen)
{
	static const unsigned align[] = { VIRTQ_PACKED_ALIGN, VIRTQ_PACKED_EVENT_ALIGN,
					  VIRTQ_PACKED_EVENT_ALIGN };

	if (vs_is_packed(j->model))
		vs_judge_alignment(j, seen, align);
}
VS_MONITOR(packed_alignment, .rule = VS_RULE_DRIVER_PACKED_AREA_ALIGNMENT, .at = VS_AT(COMMON),
	   .step = alignment);

#define LIST_MONITOR(monitor_name, rule_id, its_step)                                   \
	VS_MONITOR(packed_##monitor_name, .rule = (rule_id), .hears = VS_HEARS_BUFFERS, \
		   .needs = VS_BLIND_RINGS, .step = (its_step))

static void order(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_is_packed(j->model))
		vs_judge_order(j, seen);
}
LIST_MONITOR(order, VS_RULE_DRIVER_PACKED_WRITABLE_AFTER_READABLE, order);

static void indirect_negotiated(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_is(seen, VS_EVENT_DESCRIPTOR) && vs_is_packed(j->model))
		vs_judge_indirect(j, seen);
}
LIST_MONITOR(indirect_negotiated, VS_RULE_DRIVER_PACKED_INDIRECT_NEGOTIATED, indirect_negotiated);

static bool is_whole_list(const struct vs_judge *j, const struct vs_seen *seen)
{
	return vs_is(seen, VS_EVENT_AVAILABLE) && vs_is_packed(j->model);
}

static void queue_size(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned size = vs_queue_size(j, seen);

	if (size && is_whole_list(j, seen))
		vs_keep(j, seen->event->length <= size && !(seen->event->flags & VS_CHAIN_TOO_LONG),
			"as many elements as the queue has places",
			"queue %d of %u entries, buffer %u: %" PRIu32 "%s elements", seen->queue,
			size, seen->event->index, seen->event->length,
			seen->event->flags & VS_CHAIN_TOO_LONG ? " and more" : "");
}
LIST_MONITOR(list_size, VS_RULE_DRIVER_PACKED_LIST_WITHIN_QUEUE_SIZE, queue_size);

/*
 * What the device type allows: as the subject says, or as a driver that minds SEG_MAX has read in
 * the configuration of a block device, with a header and a status beside the segments.
 */
enum { SEGMENTS_READ, SEGMENTS };
#define SEGMENTS_AT     offsetof(struct virtio_blk_config, seg_max)
#define SEGMENTS_BESIDE 2u

static uint64_t limit_of(const struct vs_judge *j)
{
	uint64_t segments = j->state[SEGMENTS] ? j->state[SEGMENTS] : 1;

	if (j->model->subject->list_limit)
		return j->model->subject->list_limit;
	if (j->model->type != VIRTIO_ID_BLOCK || !j->state[SEGMENTS_READ] ||
	    !vs_model_negotiated(j->model, VIRTIO_BLK_F_SEG_MAX))
		return UINT64_MAX;
	return segments + SEGMENTS_BESIDE;
}

/* What is longer than the queue is a matter of the rule above. */
static void device_limit(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned size = vs_queue_size(j, seen);
	uint64_t limit = limit_of(j);

	if (vs_is_read(seen) && seen->at == SEGMENTS_AT && seen->event->width == sizeof(uint32_t)) {
		j->state[SEGMENTS_READ] = 1;
		j->state[SEGMENTS] = seen->event->value;
	}
	if (!size || !is_whole_list(j, seen) || seen->event->length > size ||
	    (seen->event->flags & VS_CHAIN_TOO_LONG))
		return;
	vs_keep(j, seen->event->length <= limit, "as many elements as the device takes",
		"queue %d, buffer %u: %" PRIu32 " elements, the device takes %" PRIu64, seen->queue,
		seen->event->index, seen->event->length, limit);
}
VS_MONITOR(packed_device_limit, .rule = VS_RULE_DRIVER_PACKED_LIST_WITHIN_DEVICE_LIMIT,
	   .at = VS_AT(DEVICE), .hears = VS_HEARS(AVAILABLE), .needs = VS_BLIND_RINGS,
	   .step = device_limit);

/* What a buffer has in the ring. */
enum { PLACES, INDIRECT, NEXT, TABLE_FLAGS, TABLE, STATES };

/* True when the buffer is complete, with what it had in `had`. */
static bool gather(struct vs_judge *j, const struct vs_seen *seen, uint64_t had[STATES])
{
	unsigned flags = seen->event->flags;

	if (vs_is(seen, VS_EVENT_DESCRIPTOR)) {
		if (vs_in_table(seen)) {
			j->state[TABLE] = 1;
			j->state[TABLE_FLAGS] |= flags & ~VIRTQ_PACKED_F_WRITE;
		} else {
			j->state[PLACES]++;
			j->state[INDIRECT] |= flags & VIRTQ_PACKED_F_INDIRECT;
			j->state[NEXT] |= flags & VIRTQ_PACKED_F_NEXT;
		}
		return false;
	}
	for (unsigned i = 0; i < STATES; i++) {
		had[i] = j->state[i];
		j->state[i] = 0;
	}
	return vs_is_packed(j->model);
}

static void list_space(struct vs_judge *j, const struct vs_seen *seen)
{
	bool no_room = seen->event->flags & VS_CHAIN_NO_ROOM;
	uint64_t had[STATES];

	if (gather(j, seen, had) && (had[NEXT] || no_room))
		vs_keep(j, !no_room, "room for the whole list",
			"queue %d, list at place %" PRIu64 ": it goes on in a full ring",
			seen->queue, seen->event->value & VIRTQ_EVENT_OFFSET_MASK);
}
LIST_MONITOR(list_space, VS_RULE_DRIVER_PACKED_LIST_SPACE, list_space);

static void head_last(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned flags = seen->event->flags;
	uint64_t had[STATES];

	if (gather(j, seen, had) && had[NEXT] && !(flags & (VS_CHAIN_NO_ROOM | VS_CHAIN_TOO_LONG)))
		vs_keep(j, !(flags & VS_CHAIN_INCOMPLETE), "the first descriptor after the others",
			"queue %d, list at place %" PRIu64 ": only %" PRIu64 " are available",
			seen->queue, seen->event->value & VIRTQ_EVENT_OFFSET_MASK, had[PLACES]);
}
LIST_MONITOR(head_last, VS_RULE_DRIVER_PACKED_HEAD_LAST, head_last);

static void indirect_flags(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t had[STATES];

	if (gather(j, seen, had) && had[TABLE])
		vs_keep(j, !had[TABLE_FLAGS], "no flag but WRITE in an indirect table",
			"queue %d, buffer %u: flags %#" PRIx64, seen->queue, seen->event->index,
			had[TABLE_FLAGS]);
}
LIST_MONITOR(indirect_flags, VS_RULE_DRIVER_PACKED_INDIRECT_FLAGS, indirect_flags);

static void not_chained(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t had[STATES];

	if (gather(j, seen, had) && had[INDIRECT] &&
	    vs_model_negotiated(j->model, VIRTIO_F_INDIRECT_DESC))
		vs_keep(j, !had[NEXT], "a descriptor with INDIRECT by itself",
			"queue %d, buffer %u: in a list of %" PRIu64, seen->queue,
			seen->event->index, had[PLACES]);
}
LIST_MONITOR(indirect_chained, VS_RULE_DRIVER_PACKED_INDIRECT_NOT_CHAINED, not_chained);
