/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a driver of split virtqueues notifies the device (2.7.10.1). New buffers are owed a
 * notification, or had better not cause one, by the flags and avail_event that stood there when the
 * available index moved. Several moves may share a notification, so what is owed is due when the
 * queue goes, or the trace ends. What the device changes in between is in the driver's favour.
 */
#include "monitor/buffers.h"
#include "spec/split_ring.h"

/* Why a notification has to follow. */
enum owed {
	OWED_NOTHING,
	OWED_BY_FLAGS,               /* they are 0 */
	OWED_BY_FLAGS_DESPITE_EVENT, /* which means nothing without EVENT_IDX */
	OWED_BY_EVENT,               /* the index moved past avail_event */
	OWED_BY_EVENT_DESPITE_FLAGS, /* which mean nothing with EVENT_IDX */
};

static bool by_event(const struct vs_model *model)
{
	return vs_model_negotiated(model, VIRTIO_F_EVENT_IDX);
}

static enum owed owed_for(const struct vs_model *model, const struct vs_seen_queue *q, uint64_t old,
			  uint64_t new)
{
	bool flag = q->device_flags & VIRTQ_USED_F_NO_NOTIFY;
	bool passed = vs_passes(q->avail_event, old, new);

	if (by_event(model))
		return !passed ? OWED_NOTHING : flag ? OWED_BY_EVENT_DESPITE_FLAGS : OWED_BY_EVENT;
	if (flag)
		return OWED_NOTHING;
	return q->avail_event && !passed ? OWED_BY_FLAGS_DESPITE_EVENT : OWED_BY_FLAGS;
}

/* Whether a notification is, or may be meant to be, one for the queue. Whether it goes to the right
 * place and says the right thing is judged elsewhere. */
static bool is_for(const struct vs_model *model, const struct vs_seen *seen, int queue)
{
	const struct vs_seen_queue *q = vs_model_queue(model, queue);
	uint16_t named = (uint16_t)seen->event->value;

	return seen->queue < 0 || seen->queue == queue || named == queue ||
	       (q && q->notify_data == named &&
		vs_model_negotiated(model, VIRTIO_F_NOTIF_CONFIG_DATA));
}

/* Of a queue: what is owed, and for a move from where to where. */
enum { OWED, FROM, TO };

/* A driver on another processor may have looked at flags that the trace does not show, so there it
 * takes more to call a notification missing: that the driver came to grief. */
static bool is_certain(const struct vs_model *model, const struct vs_seen_queue *q)
{
	if (!(model->subject->blind & VS_BLIND_ORDER))
		return true;
	return q->in_flight && (model->life == VS_LIFE_HUNG || model->life == VS_LIFE_UNSERVED ||
				model->life == VS_LIFE_DOWN);
}

/* The queue goes, or the driver gives up. It owes nothing to a device that is broken, asleep, or
 * not yet up. */
static void collect(struct vs_judge *j, int queue, enum owed mine)
{
	const struct vs_model *model = j->model;
	const struct vs_seen_queue *q = vs_model_queue(model, queue);
	uint64_t *state = vs_state_of(j, queue);

	if (!q || !state || state[OWED] != mine)
		return;
	state[OWED] = OWED_NOTHING;
	if (vs_model_live(model) && !model->needs_reset && !model->suspending &&
	    !model->suspended && model->status_read != UINT8_MAX &&
	    model->life != VS_LIFE_CRASHED && is_certain(model, q))
		vs_keep(j, false, "a notification of new buffers",
			"queue %d: none since the index went from %" PRIu64 " to %" PRIu64
			", flags %u, avail_event %u",
			queue, state[FROM], state[TO], q->device_flags, q->avail_event);
}

static void collect_all(struct vs_judge *j, enum owed mine)
{
	for (int queue = 0; queue < j->model->queue_top; queue++)
		collect(j, queue, mine);
	vs_clear_queues(j);
}

/* The device thinks otherwise before the driver may have looked. */
static void reconsider(struct vs_judge *j, const struct vs_seen *seen, uint64_t *state)
{
	uint16_t value = (uint16_t)seen->event->value;
	bool event = by_event(j->model);

	if (seen->event->kind == VS_EVENT_AVAIL_EVENT
		    ? event && !vs_passes(value, state[FROM], state[TO])
		    : !event && (value & VIRTQ_USED_F_NO_NOTIFY))
		state[OWED] = OWED_NOTHING;
}

static void notified(struct vs_judge *j, const struct vs_seen *seen, enum owed mine)
{
	for (int queue = 0; queue < j->model->queue_top; queue++) {
		uint64_t *state = vs_state_of(j, queue);

		if (!state || !state[OWED] || !is_for(j->model, seen, queue))
			continue;
		if (state[OWED] == mine)
			vs_arm(j);
		state[OWED] = OWED_NOTHING;
	}
}

static void follow_queue(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);
	const struct vs_event *e = seen->event;
	uint64_t *state = vs_state_of(j, seen->queue);
	enum owed owed;

	if (!q || !state)
		return;
	if (e->kind == VS_EVENT_QUEUE) {
		state[OWED] = OWED_NOTHING;
	} else if (e->kind != VS_EVENT_AVAIL_INDEX) {
		if (state[OWED])
			reconsider(j, seen, state);
	} else {
		owed = owed_for(j->model, q, e->offset, e->value);
		if (!owed)
			return;
		if (!state[OWED])
			state[FROM] = e->offset;
		state[OWED] = owed;
		state[TO] = e->value;
	}
}

static bool gives_up(const struct vs_seen *seen)
{
	return vs_writes(seen, VS_DEVICE_STATUS) && (seen->event->value & VIRTIO_STATUS_FAILED);
}

static void follow(struct vs_judge *j, const struct vs_seen *seen, enum owed mine)
{
	if (vs_is_reset(seen) || gives_up(seen))
		collect_all(j, mine);
	else if (vs_is_packed(j->model))
		return;
	else if (vs_writes(seen, VS_QUEUE_RESET) ||
		 (vs_writes(seen, VS_QUEUE_ADDRESS) && seen->event->value == 0))
		collect(j, seen->queue, mine);
	else if (seen->place == VS_PLACE_NOTIFY && vs_is_write(seen))
		notified(j, seen, mine);
	else if (seen->event->kind >= VS_EVENT_QUEUE)
		follow_queue(j, seen);
}

#define FOLLOW(monitor_name, rule_id, owed)                                             \
	static void monitor_name(struct vs_judge *j, const struct vs_seen *seen)        \
	{                                                                               \
		follow(j, seen, owed);                                                  \
	}                                                                               \
	static void monitor_name##_end(struct vs_judge *j)                              \
	{                                                                               \
		collect_all(j, owed);                                                   \
	}                                                                               \
	VS_MONITOR(split_##monitor_name, .rule = (rule_id),                             \
		   .at = VS_AT(COMMON) | VS_AT(LEGACY) | VS_AT(NOTIFY),                 \
		   .hears = VS_HEARS(RESET) | VS_HEARS(QUEUE) | VS_HEARS(AVAIL_INDEX) | \
			    VS_HEARS(DEVICE_FLAGS) | VS_HEARS(AVAIL_EVENT),             \
		   .needs = VS_BLIND_RINGS | VS_BLIND_NOTIFY, .step = monitor_name,     \
		   .end = monitor_name##_end)

FOLLOW(notification_sent, VS_RULE_DRIVER_SPLIT_NOTIFICATION_SENT, OWED_BY_FLAGS);
FOLLOW(avail_event_ignored, VS_RULE_DRIVER_SPLIT_AVAIL_EVENT_IGNORED, OWED_BY_FLAGS_DESPITE_EVENT);
FOLLOW(notification_at_event, VS_RULE_DRIVER_SPLIT_NOTIFICATION_AT_AVAIL_EVENT, OWED_BY_EVENT);
FOLLOW(used_flags_ignored, VS_RULE_DRIVER_SPLIT_USED_FLAGS_IGNORED_WITH_EVENT_IDX,
       OWED_BY_EVENT_DESPITE_FLAGS);
