/* SPDX-License-Identifier: BSD-3-Clause */
/* The available ring of a split virtqueue, and what stays once it is out (2.7.6.1, 2.7.7.1,
 * 2.7.13.3.1). */
#include "monitor/buffers.h"
#include "spec/split_ring.h"

/* Of a queue: entries handed over and not used, and whether the device used what was not there, so
 * that nobody can tell how many places the driver takes for free. */
enum { OUTSTANDING, CONFUSED };

static void idx_forward(struct vs_judge *j, const struct vs_seen *seen)
{
	unsigned size = vs_queue_size(j, seen), room, step;
	const struct vs_event *e = seen->event;
	uint64_t *queue = vs_state_of(j, seen->queue);

	if (!queue || vs_is_packed(j->model))
		return;
	if (e->kind == VS_EVENT_QUEUE) {
		queue[OUTSTANDING] = queue[CONFUSED] = 0;
	} else if (!size) {
		return;
	} else if (e->kind == VS_EVENT_USED) {
		queue[CONFUSED] |= e->flags & VS_USED_UNKNOWN || !queue[OUTSTANDING];
		queue[OUTSTANDING] -= queue[OUTSTANDING] != 0;
	} else {
		room = queue[CONFUSED] || queue[OUTSTANDING] > size
			       ? size
			       : size - (unsigned)queue[OUTSTANDING];
		step = (uint16_t)(e->value - e->offset);
		if (vs_keep(j, step <= room, "a step forward, within the free places",
			    "queue %d of %u entries: from %" PRIu64 " to %" PRIu64
			    " with room for %u",
			    seen->queue, size, e->offset, e->value, room))
			queue[OUTSTANDING] += step;
		else
			queue[CONFUSED] = 1;
	}
}
VS_MONITOR(split_idx_forward, .rule = VS_RULE_DRIVER_SPLIT_AVAIL_IDX_FORWARD,
	   .hears = VS_HEARS(QUEUE) | VS_HEARS(USED) | VS_HEARS(AVAIL_INDEX),
	   .needs = VS_BLIND_RINGS, .step = idx_forward);

static void avail_flags(struct vs_judge *j, const struct vs_seen *seen)
{
	bool events = vs_model_negotiated(j->model, VIRTIO_F_EVENT_IDX);
	const struct vs_event *e = seen->event;

	if (vs_is_packed(j->model))
		return;
	if (e->kind == VS_EVENT_AVAILABLE)
		vs_arm(j); /* with the flags as they were judged */
	else
		vs_keep(j, e->value == 0 || (!events && e->value == VIRTQ_AVAIL_F_NO_INTERRUPT),
			events ? "0, with EVENT_IDX" : "0 or NO_INTERRUPT",
			"queue %d: flags %#" PRIx64, seen->queue, e->value);
}
VS_MONITOR(split_avail_flags, .rule = VS_RULE_DRIVER_SPLIT_AVAIL_FLAGS,
	   .hears = VS_HEARS(AVAIL_FLAGS) | VS_HEARS(AVAILABLE), .needs = VS_BLIND_RINGS,
	   .step = avail_flags);

/*
 * A buffer that was used without a change while it was out is one that was kept. A change that is
 * found later than at the first look is charged as one of an exposed buffer
 * (driver.cleanup.exposed-buffers-unaltered).
 */
static void published_complete(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;

	if (vs_is_packed(j->model))
		return;
	if (e->kind == VS_EVENT_USED && !(e->flags & VS_USED_UNKNOWN))
		vs_arm(j);
	else if (e->kind == VS_EVENT_CHANGED && (e->flags & VS_CHANGED_FIRST))
		vs_keep(j, false, "chain and entry complete when they are published",
			"queue %d, buffer %u, %s %" PRIu64 ": %s", seen->queue, e->index,
			e->flags & VS_CHANGED_ENTRY ? "entry" : "place", e->value,
			e->note ? e->note : "changed");
}
VS_MONITOR(split_published, .rule = VS_RULE_DRIVER_SPLIT_PUBLISHED_COMPLETE,
	   .hears = VS_HEARS(CHANGED) | VS_HEARS(USED), .needs = VS_BLIND_RINGS,
	   .step = published_complete);

VS_TRIAL_MONITOR(split_spurious_interrupt, VS_RULE_DRIVER_SPLIT_SPURIOUS_INTERRUPT_HARMLESS);
