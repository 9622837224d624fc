/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers that the device holds, and the end of their life (3.3). */
#include "monitor/steps.h"

/*
 * Split rings only: rules of packed ones say the same of their descriptors. What is found at the
 * first look after a buffer became available was perhaps never complete, and is charged with that
 * (driver.split.published-complete).
 */
static void exposed_unaltered(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;

	if (!vs_model_live(j->model) ||
	    (vs_model_negotiated(j->model, VIRTIO_F_RING_PACKED) && e->kind != VS_EVENT_USED))
		return;
	if (e->kind == VS_EVENT_USED && !(e->flags & VS_USED_UNKNOWN))
		vs_arm(j);
	else if (e->kind == VS_EVENT_CHANGED && !(e->flags & VS_CHANGED_FIRST))
		vs_keep(j, false, "exposed buffers left as they are",
			"queue %d, buffer %u: %s changed", seen->queue, e->index,
			e->note ? e->note : "something");
	else if (e->kind == VS_EVENT_AVAILABLE && (e->flags & VS_CHAIN_IN_FLIGHT))
		vs_keep(j, false, "exposed buffers left as they are",
			"queue %d, buffer %u: takes descriptors of another that is exposed",
			seen->queue, e->index);
}
VS_MONITOR(cleanup_exposed_unaltered, .rule = VS_RULE_DRIVER_CLEANUP_EXPOSED_BUFFERS_UNALTERED,
	   .hears = VS_HEARS(CHANGED) | VS_HEARS(AVAILABLE) | VS_HEARS(USED),
	   .needs = VS_BLIND_RINGS, .step = exposed_unaltered);

/*
 * Taking memory back. Of a few buffers in flight the largest element is remembered: HELD_MAX of
 * three words each, `who` being the queue and the name of the buffer, plus 1. The element under way
 * (DESCRIPTOR comes before AVAILABLE) is in the first of them.
 */
enum { HELD_ADDRESS, HELD_LENGTH, HELD_WHO, HELD_WORDS };
#define HELD_MAX 5u
#define HELD_RESET \
	((size_t)HELD_MAX * HELD_WORDS) /* a reset was written and the status not read since */

static uint64_t who(const struct vs_event *e)
{
	return ((uint64_t)e->queue << 16 | e->index) + 1;
}

static void hold_element(struct vs_judge *j, const struct vs_event *e)
{
	if (e->index == 0)
		j->state[HELD_LENGTH] = 0;
	if (e->length > j->state[HELD_LENGTH]) {
		j->state[HELD_ADDRESS] = e->offset;
		j->state[HELD_LENGTH] = e->length;
	}
}

static void hold(struct vs_judge *j, const struct vs_event *e)
{
	for (unsigned i = 1; i < HELD_MAX; i++) {
		uint64_t *slot = &j->state[(size_t)i * HELD_WORDS];

		if (slot[HELD_WHO])
			continue;
		slot[HELD_ADDRESS] = j->state[HELD_ADDRESS];
		slot[HELD_LENGTH] = j->state[HELD_LENGTH];
		slot[HELD_WHO] = j->state[HELD_LENGTH] ? who(e) : 0;
		break;
	}
	j->state[HELD_LENGTH] = 0;
}

/* Lets go of one buffer, of all those of a queue (`mask` leaves that of `who`), or of all. */
static void let_go(struct vs_judge *j, uint64_t named, uint64_t mask)
{
	for (unsigned i = 1; i < HELD_MAX; i++) {
		uint64_t *slot = &j->state[(size_t)i * HELD_WORDS];

		if (slot[HELD_WHO] && ((slot[HELD_WHO] - 1) & mask) == ((named - 1) & mask))
			slot[HELD_WHO] = 0;
	}
}

static bool any_in_flight(const struct vs_model *m)
{
	for (unsigned i = 0; i < m->queue_top; i++)
		if (m->queues[i].in_flight)
			return true;
	return false;
}

static bool is_held(const struct vs_judge *j, const struct vs_event *e)
{
	const struct vs_model *m = j->model;

	for (unsigned i = 1; i < HELD_MAX; i++) {
		const uint64_t *slot = &j->state[(size_t)i * HELD_WORDS];

		if (slot[HELD_WHO] && slot[HELD_ADDRESS] >= e->offset &&
		    slot[HELD_ADDRESS] - e->offset < e->value)
			return true;
	}
	for (unsigned i = 0; i < m->queue_top; i++)
		for (unsigned k = 0; m->queues[i].in_flight && k < 3; k++)
			if (m->queues[i].address[k] >= e->offset &&
			    m->queues[i].address[k] - e->offset < e->value)
				return true;
	return false;
}

static void judge_removal(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;
	const struct vs_event *e = seen->event;
	bool mapping = e->kind == VS_EVENT_UNMAP;

	/* A device that went away holds nothing, and nobody expects a reset of a crashed driver. */
	if (m->status == UINT8_MAX || m->life == VS_LIFE_HUNG || m->life == VS_LIFE_CRASHED)
		return;
	/* Where the machine maps and unmaps, it is not the driver's doing. */
	if (mapping && !(m->subject->blind & VS_BLIND_ORDER) && is_held(j, e))
		vs_keep(j, false, "a reset before exposed buffers are taken back",
			"memory at %#" PRIx64 " unmapped", e->offset);
	else if (!mapping && e->value == VS_LIFE_REMOVED && m->driver_ok && any_in_flight(m))
		vs_keep(j, false, "a reset before exposed buffers are taken back",
			"the driver is gone and the device live");
}

static void follow_reset(struct vs_judge *j, const struct vs_seen *seen)
{
	if (any_in_flight(j->model))
		vs_arm(j);
	/* On the modern interface a reset takes its time: what counts is that the driver looked. */
	if (seen->event->kind == VS_EVENT_RESET || seen->legacy)
		let_go(j, 0, 0);
	else
		j->state[HELD_RESET] = 1;
}

static void reset_before_removal(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;

	if (vs_is_reset(seen)) {
		follow_reset(j, seen);
	} else if (vs_reads(seen, VS_DEVICE_STATUS) && j->state[HELD_RESET]) {
		j->state[HELD_RESET] = 0;
		let_go(j, 0, 0);
	} else if (vs_writes(seen, VS_QUEUE_RESET)) {
		let_go(j, ((uint64_t)seen->queue << 16) + 1, ~(uint64_t)UINT16_MAX);
	} else if (e->kind == VS_EVENT_DESCRIPTOR) {
		hold_element(j, e);
	} else if (e->kind == VS_EVENT_AVAILABLE && j->model->driver_ok) {
		hold(j, e);
	} else if (e->kind == VS_EVENT_USED) {
		let_go(j, who(e), UINT64_MAX);
	} else if (e->kind == VS_EVENT_UNMAP || e->kind == VS_EVENT_LIFE) {
		judge_removal(j, seen);
	}
}
VS_MONITOR(cleanup_reset_before_removal, .rule = VS_RULE_DRIVER_CLEANUP_RESET_BEFORE_REMOVAL,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY),
	   .hears = VS_HEARS(RESET) | VS_HEARS(DESCRIPTOR) | VS_HEARS(AVAILABLE) | VS_HEARS(USED) |
		    VS_HEARS(UNMAP) | VS_HEARS(LIFE),
	   .needs = VS_BLIND_RINGS, .step = reset_before_removal);
