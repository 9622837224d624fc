/* SPDX-License-Identifier: BSD-3-Clause */
/* What a driver of packed virtqueues leaves alone once it is out, and what it says in notifications
 * (2.8.16, 2.8.21.1.1). */
#include "spec/packed_ring.h"
#include "monitor/buffers.h"
#include "spec/notification.h"

/* What was changed under a buffer that was out, by the rule that it breaks. */
static bool changed(struct vs_judge *j, const struct vs_seen *seen, unsigned mask, unsigned flags,
		    const char *expected)
{
	const struct vs_event *e = seen->event;

	if (!vs_is(seen, VS_EVENT_CHANGED))
		return false;
	if (vs_is_packed(j->model) && (e->flags & mask) == flags)
		vs_keep(j, false, expected, "queue %d, buffer %u, place %" PRIu64 ": %s",
			seen->queue, e->index, e->value & VIRTQ_EVENT_OFFSET_MASK,
			e->note ? e->note : "changed");
	return true;
}

/* A buffer that was used without a change while it was out is one that was kept. */
static void arm_used(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_is(seen, VS_EVENT_USED) && vs_is_packed(j->model) &&
	    !(seen->event->flags & VS_USED_UNKNOWN))
		vs_arm(j);
}

static void published_complete(struct vs_judge *j, const struct vs_seen *seen)
{
	if (!changed(j, seen, VS_CHANGED_AVAIL | VS_CHANGED_FIRST, VS_CHANGED_FIRST,
		     "descriptors complete when they become available"))
		arm_used(j, seen);
}
VS_MONITOR(packed_published, .rule = VS_RULE_DRIVER_PACKED_PUBLISHED_COMPLETE,
	   .hears = VS_HEARS(CHANGED) | VS_HEARS(USED), .needs = VS_BLIND_RINGS,
	   .step = published_complete);

static void after_available(struct vs_judge *j, const struct vs_seen *seen)
{
	if (!changed(j, seen, VS_CHANGED_AVAIL | VS_CHANGED_FIRST, 0,
		     "descriptors as they were made available"))
		arm_used(j, seen);
}
VS_MONITOR(packed_after_available, .rule = VS_RULE_DRIVER_PACKED_NO_CHANGE_AFTER_AVAILABLE,
	   .hears = VS_HEARS(CHANGED) | VS_HEARS(USED), .needs = VS_BLIND_RINGS,
	   .step = after_available);

/* Of a queue: whether the driver has been round the ring, so that it fills places anew. */
enum { ROUND };

static void before_used(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *state = vs_state_of(j, seen->queue);

	if (changed(j, seen, VS_CHANGED_AVAIL, VS_CHANGED_AVAIL,
		    "places filled anew only after they were used") ||
	    !state || !vs_is_packed(j->model))
		return;
	if (vs_is(seen, VS_EVENT_QUEUE))
		state[ROUND] = 0;
	else
		state[ROUND] |= !(seen->event->value & VIRTQ_EVENT_WRAP);
	if (state[ROUND])
		vs_arm(j);
}
VS_MONITOR(packed_before_used, .rule = VS_RULE_DRIVER_PACKED_NO_CHANGE_BEFORE_USED,
	   .hears = VS_HEARS(CHANGED) | VS_HEARS(AVAILABLE) | VS_HEARS(QUEUE),
	   .needs = VS_BLIND_RINGS, .step = before_used);

/* Of a queue: where the driver fills next, in places of two rounds of which the first is the one
 * with the counter at 1; places of the buffer so far; whether the trace lost the thread. */
enum { NEXT, PLACES, LOST };

static void notify_position(struct vs_judge *j, const struct vs_seen *seen, const uint64_t *state,
			    unsigned size)
{
	const struct vs_event *e = seen->event;
	unsigned off = e->value >> VIRTIO_NOTIFY_NEXT_OFF_SHIFT & VIRTIO_NOTIFY_NEXT_OFF_MASK;
	bool wrap = e->value & VIRTIO_NOTIFY_NEXT_WRAP;
	unsigned round = 2 * size, at = off + (wrap ? 0 : size);
	bool late;

	if (e->width != sizeof(uint32_t) || state[LOST])
		return;
	/* A driver on another processor may be further than its notification. */
	late = (j->model->subject->blind & VS_BLIND_ORDER) &&
	       (state[NEXT] + round - at) % round <= size;
	vs_keep(j, off < size && (at == state[NEXT] || late),
		"place and wrap counter of the next descriptor to be filled",
		"queue %d: %u with wrap counter %d, not %" PRIu64 " with %d", seen->queue, off,
		wrap, state[NEXT] % size, state[NEXT] < size);
}

static void follow_position(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;
	unsigned size = vs_queue_size(j, seen);
	uint64_t *state = vs_state_of(j, seen->queue);

	if (!state || !vs_is_packed(j->model) ||
	    !vs_model_negotiated(j->model, VIRTIO_F_NOTIFICATION_DATA))
		return;
	if (vs_is(seen, VS_EVENT_QUEUE)) {
		state[NEXT] = state[PLACES] = state[LOST] = 0;
	} else if (!size) {
		return;
	} else if (vs_is(seen, VS_EVENT_DESCRIPTOR)) {
		state[PLACES] += !vs_in_table(seen);
	} else if (vs_is(seen, VS_EVENT_AVAILABLE)) {
		state[NEXT] = (e->value & VIRTQ_EVENT_OFFSET_MASK) +
			      (e->value & VIRTQ_EVENT_WRAP ? 0 : size) + state[PLACES];
		state[NEXT] %= UINT64_C(2) * size;
		state[PLACES] = 0;
		state[LOST] = e->flags & (VS_CHAIN_INCOMPLETE | VS_CHAIN_TOO_LONG);
	} else if (vs_is_write(seen) && !seen->legacy) {
		notify_position(j, seen, state, size);
	}
}
VS_MONITOR(packed_notify_position, .rule = VS_RULE_DRIVER_PACKED_NOTIFICATION_OFFSET,
	   .at = VS_AT(NOTIFY), .hears = VS_HEARS(QUEUE) | VS_HEARS_BUFFERS,
	   .needs = VS_BLIND_RINGS | VS_BLIND_NOTIFY, .step = follow_position);
