/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Suspending a device (3.4). What a driver may not do is judged from its write of SUSPEND to its
 * write that resumes the device; from there to the status that shows it running again, by
 * driver.suspend.waits-for-resume.
 */
#include "monitor/steps.h"

/* Where a driver is, in the first words of each monitor's state. */
enum { PHASE, PHASE_READ };
enum { RUNNING, SUSPENDING, SUSPENDED, RESUMING };

static bool is_negotiated(const struct vs_model *m)
{
	return m->driver_ok && vs_features_has(&m->accepted, VIRTIO_F_SUSPEND);
}

/* A driver that saw the device go on running may ask it once more. */
static bool asks_again(const struct vs_judge *j, uint8_t value)
{
	return j->state[PHASE] == SUSPENDING && j->state[PHASE_READ] &&
	       (value & VIRTIO_STATUS_SUSPEND);
}

/* Follows the status. What the event itself is judged by is the phase before it. */
static void follow(struct vs_judge *j, const struct vs_seen *seen)
{
	const uint8_t both = VIRTIO_STATUS_SUSPEND | VIRTIO_STATUS_DRIVER_OK;
	uint8_t value = (uint8_t)seen->event->value;
	uint64_t *phase = &j->state[PHASE];

	if (vs_is_reset(seen)) {
		*phase = RUNNING;
	} else if (vs_is_status(seen)) {
		if (*phase == RUNNING && is_negotiated(j->model) &&
		    (vs_new_status(j->model, seen) & VIRTIO_STATUS_SUSPEND)) {
			*phase = SUSPENDING;
			j->state[PHASE_READ] = 0;
		} else if ((*phase == SUSPENDING || *phase == SUSPENDED) &&
			   (value & VIRTIO_STATUS_DRIVER_OK) && !asks_again(j, value)) {
			*phase = RESUMING;
		}
	} else if (vs_reads(seen, VS_DEVICE_STATUS) && value != UINT8_MAX) {
		j->state[PHASE_READ] = 1;
		if (*phase == SUSPENDING && (value & both) == VIRTIO_STATUS_SUSPEND)
			*phase = SUSPENDED;
		else if (*phase == RESUMING && (value & both) == VIRTIO_STATUS_DRIVER_OK)
			*phase = RUNNING;
	}
}

#define FOLLOWS_AT    (VS_AT(COMMON) | VS_AT(LEGACY))
#define FOLLOWS_HEARS VS_HEARS(RESET)

/* A bit that the device showed unasked, and the driver gave back, is not its own. */
static void only_when_live(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;

	if (seen->legacy || !(vs_new_status(m, seen) & VIRTIO_STATUS_SUSPEND))
		return;
	vs_keep(j, m->driver_ok && vs_features_has(&m->accepted, VIRTIO_F_SUSPEND),
		"SUSPEND set on a live device with the feature", "%s",
		m->driver_ok ? "the feature was not accepted" : "DRIVER_OK is not set");
}
VS_MONITOR(suspend_only_when_live, .rule = VS_RULE_DRIVER_SUSPEND_ONLY_WHEN_LIVE,
	   .at = VS_AT(COMMON), .step = only_when_live);

/* A driver that looked, and gave up on a device that never suspends, has verified. */
static void verified(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t before = j->state[PHASE];

	follow(j, seen);
	if (before == SUSPENDING && j->state[PHASE] == SUSPENDED)
		vs_arm(j);
	else if (before == SUSPENDING && j->state[PHASE] == RESUMING)
		vs_keep(j, j->state[PHASE_READ], "the status read after SUSPEND was set",
			"resumed without");
}

static void verified_end(struct vs_judge *j)
{
	if (j->state[PHASE] == SUSPENDING && j->model->life != VS_LIFE_HUNG &&
	    j->model->life != VS_LIFE_CRASHED)
		vs_keep(j, j->state[PHASE_READ], "the status read after SUSPEND was set",
			"it is never read");
}
VS_MONITOR(suspend_verified, .rule = VS_RULE_DRIVER_SUSPEND_VERIFIED, .at = FOLLOWS_AT,
	   .hears = FOLLOWS_HEARS, .step = verified, .end = verified_end);

/* Armed by the suspension; returns whether it is one for the driver to keep quiet in. */
static bool is_quiet(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t before = j->state[PHASE];

	follow(j, seen);
	if (before == RUNNING && j->state[PHASE] == SUSPENDING)
		vs_arm(j);
	return (before == SUSPENDING || before == SUSPENDED) && !j->model->needs_reset &&
	       !j->model->failed;
}

static void no_new_buffers(struct vs_judge *j, const struct vs_seen *seen)
{
	if (is_quiet(j, seen) && seen->event->kind == VS_EVENT_AVAILABLE)
		vs_keep(j, false, "no buffer made available while suspended", "one in queue %d",
			seen->queue);
}
VS_MONITOR(suspend_no_new_buffers, .rule = VS_RULE_DRIVER_SUSPEND_NO_NEW_BUFFERS, .at = FOLLOWS_AT,
	   .hears = FOLLOWS_HEARS | VS_HEARS(AVAILABLE), .needs = VS_BLIND_RINGS | VS_BLIND_ORDER,
	   .step = no_new_buffers);

static void no_notifications(struct vs_judge *j, const struct vs_seen *seen)
{
	if (is_quiet(j, seen) && seen->place == VS_PLACE_NOTIFY && vs_is_write(seen))
		vs_keep(j, false, "no notification while suspended", "queue %d notified",
			seen->queue);
}
VS_MONITOR(suspend_no_notifications, .rule = VS_RULE_DRIVER_SUSPEND_NO_NOTIFICATIONS,
	   .at = FOLLOWS_AT | VS_AT(NOTIFY), .hears = FOLLOWS_HEARS, .needs = VS_BLIND_NOTIFY,
	   .step = no_notifications);

static void config_unwritten(struct vs_judge *j, const struct vs_seen *seen)
{
	if (is_quiet(j, seen) && vs_writes_config(j->model, seen))
		vs_keep(j, false, "no configuration written while suspended",
			"%u bytes written at %" PRIu64, seen->event->width, seen->at);
}
VS_MONITOR(suspend_config_unwritten, .rule = VS_RULE_DRIVER_SUSPEND_CONFIG_UNWRITTEN,
	   .at = FOLLOWS_AT | VS_AT(DEVICE), .hears = FOLLOWS_HEARS, .step = config_unwritten);

static void waits_for_resume(struct vs_judge *j, const struct vs_seen *seen)
{
	bool concurrent = j->model->subject->blind & VS_BLIND_ORDER;
	uint64_t before = j->state[PHASE];
	bool notified = seen->place == VS_PLACE_NOTIFY && vs_is_write(seen);
	bool uses = notified || vs_writes_config(j->model, seen) ||
		    (seen->event->kind == VS_EVENT_AVAILABLE && !concurrent);

	follow(j, seen);
	if (before == RESUMING && j->state[PHASE] == RUNNING && !vs_is_reset(seen))
		vs_arm(j);
	if (before == RESUMING && uses && !j->model->needs_reset && !j->model->failed)
		vs_keep(j, false, "the status read as running before the device is used",
			"%s before that",
			notified ? "a notification"
				 : (seen->event->kind == VS_EVENT_AVAILABLE ? "a buffer"
									    : "configuration"));
}
VS_MONITOR(suspend_waits_for_resume, .rule = VS_RULE_DRIVER_SUSPEND_WAITS_FOR_RESUME,
	   .at = FOLLOWS_AT | VS_AT(NOTIFY) | VS_AT(DEVICE),
	   .hears = FOLLOWS_HEARS | VS_HEARS(AVAILABLE), .step = waits_for_resume);
