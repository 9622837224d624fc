/* SPDX-License-Identifier: BSD-3-Clause */
/* The device status field (2.1). */
#include "monitor/steps.h"

/*
 * Judged when DRIVER_OK is set. A driver that says that it is up and never sets DRIVER_OK is judged
 * when the device is reset, or the trace over: it may say so a moment before.
 */
enum { TRACKS_UP };

static void tracks_never_live(struct vs_judge *j)
{
	const struct vs_model *m = j->model;

	if (j->state[TRACKS_UP] && m->used_modern && (m->written & VIRTIO_STATUS_DRIVER) &&
	    !m->driver_ok && !m->failed)
		vs_keep(j, false, "DRIVER_OK set by a driver that uses the device", "status %#x",
			m->written);
	j->state[TRACKS_UP] = 0;
}

static void tracks_steps(struct vs_judge *j, const struct vs_seen *seen)
{
	uint8_t set;

	if (seen->event->kind == VS_EVENT_LIFE) {
		if (seen->event->value == VS_LIFE_UP)
			j->state[TRACKS_UP] = 1;
		else if (seen->event->value != VS_LIFE_SERVED)
			j->state[TRACKS_UP] = 0;
	} else if (vs_is_reset(seen)) {
		tracks_never_live(j);
	} else if (!seen->legacy && (vs_new_status(j->model, seen) & VIRTIO_STATUS_DRIVER_OK)) {
		set = (uint8_t)(j->model->written | seen->event->value) & VS_STATUS_STEPS;
		vs_keep(j, set == VS_STATUS_STEPS, "every step marked on the way to DRIVER_OK",
			"bits %#x set in all", set);
	}
}
VS_MONITOR(status_tracks_steps, .rule = VS_RULE_DRIVER_STATUS_TRACKS_STEPS,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(LIFE) | VS_HEARS(RESET),
	   .step = tracks_steps, .end = tracks_never_live);

/*
 * What the driver knows to be set: bits that it wrote and did not read as clear since, and what the
 * device alone raises, read as set. Bits of the driver's that the device shows unasked are a lie.
 */
static void clears_no_bit(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;
	uint8_t value = (uint8_t)seen->event->value, set;

	if (!vs_is_status(seen) || m->status == UINT8_MAX)
		return;
	set = m->status & (m->written | VIRTIO_STATUS_NEEDS_RESET);
	/* The write that resumes the device, or takes back a suspension that never comes. */
	if ((m->suspending || m->suspended) && (value & VIRTIO_STATUS_DRIVER_OK))
		set &= (uint8_t)~VIRTIO_STATUS_SUSPEND;
	if (set)
		vs_keep(j, !(set & ~value), "bits that are set stay set",
			"status %#x written where %#x was set", value, set);
}
VS_MONITOR(status_clears_no_bit, .rule = VS_RULE_DRIVER_STATUS_CLEARS_NO_BIT,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .step = clears_no_bit);

/*
 * Starting again shows as a status without FAILED, or as another choice of features. Going on with
 * the steps of the same start-up is for driver.init.stops-after-failure.
 */
static void resets_after_failed(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;
	uint8_t value = (uint8_t)seen->event->value;

	if (!m->failed)
		return;
	if (vs_is_reset(seen))
		vs_keep(j, true, "", "%s", "");
	else if (vs_is_status(seen) && !(value & VIRTIO_STATUS_FAILED))
		vs_keep(j, false, "a reset after FAILED", "status %#x", value);
	else if (vs_writes(seen, VS_DRIVER_FEATURE) && seen->whole)
		vs_keep(j, false, "a reset after FAILED", "features %#" PRIx64 " chosen",
			seen->event->value);
}
VS_MONITOR(status_resets_after_failed, .rule = VS_RULE_DRIVER_STATUS_RESETS_AFTER_FAILED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(RESET),
	   .step = resets_after_failed);

/*
 * A notification or a buffer that another processor had under way when the status was read is
 * nobody's fault; where that can be, the first one is let pass.
 */
enum { RELIANCE_ARMED, RELIANCE_LATE };

static void no_reliance(struct vs_judge *j, const struct vs_seen *seen)
{
	bool concurrent = j->model->subject->blind & VS_BLIND_ORDER;
	bool notified = seen->place == VS_PLACE_NOTIFY && vs_is_write(seen);

	if (j->model->needs_reset && !j->state[RELIANCE_ARMED]++)
		vs_arm(j);
	if (vs_is_reset(seen)) {
		j->state[RELIANCE_ARMED] = j->state[RELIANCE_LATE] = 0;
		return;
	}
	if (!j->model->needs_reset || seen->legacy)
		return;
	if (!notified && (seen->event->kind != VS_EVENT_AVAILABLE || concurrent))
		return;
	if (concurrent && !j->state[RELIANCE_LATE]++)
		return;
	vs_keep(j, false, "a reset before anything else is asked of the device",
		"queue %d %s after DEVICE_NEEDS_RESET was read", seen->queue,
		notified ? "notified" : "filled");
}

static void no_reliance_end(struct vs_judge *j)
{
	if (j->model->needs_reset && !j->state[RELIANCE_ARMED])
		vs_arm(j);
}
VS_MONITOR(status_no_reliance, .rule = VS_RULE_DRIVER_STATUS_NO_RELIANCE_AFTER_NEEDS_RESET,
	   .at = VS_AT(COMMON) | VS_AT(NOTIFY), .hears = VS_HEARS(AVAILABLE) | VS_HEARS(RESET),
	   .step = no_reliance, .end = no_reliance_end);
