/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notifications of split virtqueues that the device does not want (2.7.10.1). Only those that
 * announce buffers are judged, when no move of the available index since the last one was wanted;
 * of what the device changes meanwhile the driver gets the benefit.
 */
#include "monitor/buffers.h"
#include "spec/split_ring.h"

/* Of a queue: what is to be said of the moves since the last notification, from where to where they
 * went, and the time in which the device last changed its mind. */
enum { MOVES, FROM, TO, CHANGED };
enum { NONE, UNWANTED, WANTED };

/* Of the monitor: times, told apart by accesses and interrupts. Around each of them the rings are
 * looked at: what was not there at a look was done after it. */
enum { TIME };

/* A driver on another processor may have moved on before the device changed its mind. */
static bool may_be_late(const struct vs_judge *j, const uint64_t *state)
{
	return (j->model->subject->blind & VS_BLIND_ORDER) && state[CHANGED] == j->state[TIME] + 1;
}

static void moved(struct vs_judge *j, const struct vs_seen *seen, uint64_t *state, bool by_event)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);
	uint64_t old = seen->event->offset, new = seen->event->value;
	bool unwanted = by_event ? !vs_passes(q->avail_event, old, new)
				 : (q->device_flags & VIRTQ_USED_F_NO_NOTIFY) != 0;

	if (!unwanted || may_be_late(j, state)) {
		state[MOVES] = WANTED;
		return;
	}
	vs_arm(j);
	if (state[MOVES] == NONE) {
		state[MOVES] = UNWANTED;
		state[FROM] = old;
	}
	state[TO] = new;
}

static void changed(const struct vs_judge *j, const struct vs_seen *seen, uint64_t *state,
		    bool by_event)
{
	uint16_t value = (uint16_t)seen->event->value;
	bool event = seen->event->kind == VS_EVENT_AVAIL_EVENT;

	if (event != by_event)
		return;
	state[CHANGED] = j->state[TIME] + 1;
	if (state[MOVES] == UNWANTED &&
	    (event ? vs_passes(value, state[FROM], state[TO]) : !(value & VIRTQ_USED_F_NO_NOTIFY)))
		state[MOVES] = WANTED;
}

static void notified(struct vs_judge *j, const struct vs_seen *seen, uint64_t *state)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);

	if (state[MOVES] == UNWANTED)
		vs_keep(j, false, "no notification",
			"queue %d: one for the index going from %" PRIu64 " to %" PRIu64
			", flags %u, avail_event %u",
			seen->queue, state[FROM], state[TO], q->device_flags, q->avail_event);
	state[MOVES] = NONE;
}

static void follow(struct vs_judge *j, const struct vs_seen *seen, bool by_event)
{
	uint64_t *state;

	if (seen->event->kind <= VS_EVENT_INTERRUPT)
		j->state[TIME]++;
	if (vs_is_reset(seen)) {
		vs_clear_queues(j);
		return;
	}
	if (vs_is_packed(j->model) || by_event != vs_model_negotiated(j->model, VIRTIO_F_EVENT_IDX))
		return;
	state = vs_state_of(j, seen->queue);
	if (!state || !vs_model_queue(j->model, seen->queue))
		return;
	if (seen->event->kind == VS_EVENT_QUEUE)
		state[MOVES] = state[CHANGED] = 0;
	else if (seen->event->kind == VS_EVENT_AVAIL_INDEX)
		moved(j, seen, state, by_event);
	else if (seen->event->kind >= VS_EVENT_QUEUE)
		changed(j, seen, state, by_event);
	else if (seen->place == VS_PLACE_NOTIFY && vs_is_write(seen))
		notified(j, seen, state);
}

static void by_flag(struct vs_judge *j, const struct vs_seen *seen)
{
	follow(j, seen, false);
}

static void by_event(struct vs_judge *j, const struct vs_seen *seen)
{
	follow(j, seen, true);
}

#define UNWANTED_MONITOR(monitor_name, rule_id, its_step)                             \
	VS_MONITOR(monitor_name, .rule = (rule_id), .at = VS_AT(COUNT) - 1,           \
		   .hears = VS_HEARS(RESET) | VS_HEARS(INTERRUPT) | VS_HEARS(QUEUE) | \
			    VS_HEARS(AVAIL_INDEX) | VS_HEARS(DEVICE_FLAGS) |          \
			    VS_HEARS(AVAIL_EVENT),                                    \
		   .needs = VS_BLIND_RINGS | VS_BLIND_NOTIFY, .step = (its_step))

UNWANTED_MONITOR(split_suppressed_by_flag, VS_RULE_DRIVER_SPLIT_NOTIFICATION_SUPPRESSED_BY_FLAG,
		 by_flag);
UNWANTED_MONITOR(split_off_event, VS_RULE_DRIVER_SPLIT_NO_NOTIFICATION_OFF_AVAIL_EVENT, by_event);
