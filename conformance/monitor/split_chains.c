/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers of split virtqueues: message framing, descriptor table, indirect tables (2.7.4.2, 2.7.5).
 */
#include "monitor/buffers.h"
#include "spec/split_ring.h"

/* From this many elements on, a buffer whose elements average less is scattered needlessly. */
#define ELEMENTS_MANY 16u
#define ELEMENT_SMALL 16u

static void order(struct vs_judge *j, const struct vs_seen *seen)
{
	if (!vs_is_packed(j->model))
		vs_judge_order(j, seen);
}
VS_MONITOR(split_order, .rule = VS_RULE_DRIVER_SPLIT_WRITABLE_AFTER_READABLE,
	   .hears = VS_HEARS_BUFFERS, .needs = VS_BLIND_RINGS, .step = order);

/* Adds up the bytes of a buffer's elements; true when the buffer is complete. */
static bool add_up(struct vs_judge *j, const struct vs_seen *seen, uint64_t *bytes)
{
	if (vs_is(seen, VS_EVENT_DESCRIPTOR)) {
		if (!(seen->event->flags & VIRTQ_DESC_F_INDIRECT))
			j->state[0] += seen->event->length;
		return false;
	}
	*bytes = j->state[0];
	j->state[0] = 0;
	return !vs_is_packed(j->model);
}

static void scattered(struct vs_judge *j, const struct vs_seen *seen)
{
	uint32_t count = seen->event->length;
	uint64_t bytes;

	if (add_up(j, seen, &bytes) && count > 1 && !(seen->event->flags & VS_CHAIN_LOOP))
		vs_keep(j, count <= ELEMENTS_MANY || bytes >= (uint64_t)ELEMENT_SMALL * count,
			"no more elements than the buffer is worth",
			"queue %d, buffer %u: %" PRIu64 " bytes in %" PRIu32 " elements",
			seen->queue, seen->event->index, bytes, count);
}
VS_MONITOR(split_scattered, .rule = VS_RULE_DRIVER_SPLIT_DESCRIPTOR_COUNT_REASONABLE,
	   .hears = VS_HEARS_BUFFERS, .needs = VS_BLIND_RINGS, .step = scattered);

static void byte_limit(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t bytes;

	/* A loop is endless as well, but a matter of its own rule. */
	if (add_up(j, seen, &bytes) && seen->event->length && !(seen->event->flags & VS_CHAIN_LOOP))
		vs_keep(j, bytes <= UINT64_C(1) << 32, "4 GiB at most",
			"queue %d, buffer %u: %" PRIu64 " bytes", seen->queue, seen->event->index,
			bytes);
}
VS_MONITOR(split_byte_limit, .rule = VS_RULE_DRIVER_SPLIT_CHAIN_BYTE_LIMIT,
	   .hears = VS_HEARS_BUFFERS, .needs = VS_BLIND_RINGS, .step = byte_limit);

static void loop_free(struct vs_judge *j, const struct vs_seen *seen)
{
	bool loop = seen->event->flags & VS_CHAIN_LOOP;

	if (!vs_is_packed(j->model) && (loop || seen->event->length > 1))
		vs_keep(j, !loop, "a chain that ends", "queue %d, buffer %u: it comes back",
			seen->queue, seen->event->index);
}
VS_MONITOR(split_loop, .rule = VS_RULE_DRIVER_SPLIT_CHAIN_LOOP_FREE, .hears = VS_HEARS(AVAILABLE),
	   .needs = VS_BLIND_RINGS, .step = loop_free);

static void within_queue_size(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned size = vs_queue_size(j, seen);
	uint32_t count = seen->event->length;

	/* A buffer that was used before it was looked at has no known elements. */
	if (size && count && !vs_is_packed(j->model) && !(seen->event->flags & VS_CHAIN_LOOP))
		vs_keep(j, count <= size && !(seen->event->flags & VS_CHAIN_TOO_LONG),
			"as many elements as the queue has places",
			"queue %d of %u entries, buffer %u: %" PRIu32 "%s elements", seen->queue,
			size, seen->event->index, count,
			seen->event->flags & VS_CHAIN_TOO_LONG ? " and more" : "");
}
VS_MONITOR(split_chain_length, .rule = VS_RULE_DRIVER_SPLIT_CHAIN_WITHIN_QUEUE_SIZE,
	   .hears = VS_HEARS(AVAILABLE), .needs = VS_BLIND_RINGS, .step = within_queue_size);

/* With IN_ORDER a descriptor in the table, or in an indirect one, goes on in the next place. */
static void judge_next(struct vs_judge *j, const struct vs_seen *seen, bool in_table, unsigned wrap)
{
	uint64_t value = seen->event->value;
	unsigned place = VS_DESCRIPTOR_PLACE(value), next = VS_DESCRIPTOR_NEXT(value);
	unsigned expected = wrap && place + 1 == wrap ? 0 : place + 1;

	if (vs_in_table(seen) == in_table && (seen->event->flags & VIRTQ_DESC_F_NEXT) &&
	    !(seen->event->flags & VIRTQ_DESC_F_INDIRECT) && !vs_is_packed(j->model) &&
	    vs_model_negotiated(j->model, VIRTIO_F_IN_ORDER))
		vs_keep(j, next == expected, "the next place of the table",
			"queue %d, place %u: next is %u", seen->queue, place, next);
}

static void in_order(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned size = vs_queue_size(j, seen);

	if (size)
		judge_next(j, seen, false, size);
}
VS_MONITOR(split_in_order, .rule = VS_RULE_DRIVER_SPLIT_IN_ORDER_NEXT,
	   .hears = VS_HEARS(DESCRIPTOR), .needs = VS_BLIND_RINGS, .step = in_order);

static void in_order_table(struct vs_judge *j, const struct vs_seen *seen)
{
	judge_next(j, seen, true, 0);
}
VS_MONITOR(split_in_order_table, .rule = VS_RULE_DRIVER_SPLIT_IN_ORDER_INDIRECT_NEXT,
	   .hears = VS_HEARS(DESCRIPTOR), .needs = VS_BLIND_RINGS, .step = in_order_table);

static void indirect_negotiated(struct vs_judge *j, const struct vs_seen *seen)
{
	if (!vs_is_packed(j->model))
		vs_judge_indirect(j, seen);
}
VS_MONITOR(split_indirect_negotiated, .rule = VS_RULE_DRIVER_SPLIT_INDIRECT_NEGOTIATED,
	   .hears = VS_HEARS(DESCRIPTOR), .needs = VS_BLIND_RINGS, .step = indirect_negotiated);

static bool indirect_split(const struct vs_model *model)
{
	return !vs_is_packed(model) && vs_model_negotiated(model, VIRTIO_F_INDIRECT_DESC);
}

static void not_nested(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_is(seen, VS_EVENT_DESCRIPTOR)) {
		j->state[0] |= vs_in_table(seen);
		return;
	}
	if (indirect_split(j->model) && (j->state[0] || seen->event->flags & VS_CHAIN_NESTED))
		vs_keep(j, !(seen->event->flags & VS_CHAIN_NESTED),
			"a table that names buffers only", "queue %d, buffer %u: it names a table",
			seen->queue, seen->event->index);
	j->state[0] = 0;
}
VS_MONITOR(split_indirect_nested, .rule = VS_RULE_DRIVER_SPLIT_INDIRECT_NOT_NESTED,
	   .hears = VS_HEARS_BUFFERS, .needs = VS_BLIND_RINGS, .step = not_nested);

static void without_next(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned flags = seen->event->flags;

	if (!vs_in_table(seen) && (flags & VIRTQ_DESC_F_INDIRECT) && indirect_split(j->model))
		vs_keep(j, !(flags & VIRTQ_DESC_F_NEXT), "INDIRECT without NEXT",
			"queue %d, place %u: flags %#x", seen->queue,
			VS_DESCRIPTOR_PLACE(seen->event->value), flags);
}
VS_MONITOR(split_indirect_without_next, .rule = VS_RULE_DRIVER_SPLIT_INDIRECT_WITHOUT_NEXT,
	   .hears = VS_HEARS(DESCRIPTOR), .needs = VS_BLIND_RINGS, .step = without_next);
