/* SPDX-License-Identifier: BSD-3-Clause */
/* Start-up of a device (3.1): what a driver does about a step that failed. */
#include "monitor/attempt.h"
#include "monitor/steps.h"

/* An end for want of a feature is for driver.features.gives-up-with-failed. */
static void judge_end(struct vs_judge *j, enum vs_attempt_end end, bool for_want)
{
	/* Nobody is there any more to be told. */
	if (j->model->status_read == UINT8_MAX)
		return;
	if ((end == VS_ATTEMPT_TOLD || end == VS_ATTEMPT_SILENT) && !for_want)
		vs_keep(j, end == VS_ATTEMPT_TOLD, "FAILED set by a driver that gives up",
			"the start-up was abandoned without it");
}

static void failed_on_error(struct vs_judge *j, const struct vs_seen *seen)
{
	bool for_want;
	enum vs_attempt_end end = vs_attempt_step(j, seen, &for_want);

	judge_end(j, end, for_want);
}

static void failed_on_error_end(struct vs_judge *j)
{
	bool for_want;
	enum vs_attempt_end end = vs_attempt_over(j, &for_want);

	judge_end(j, end, for_want);
}
VS_MONITOR(init_failed_on_error, .rule = VS_RULE_DRIVER_INIT_FAILED_ON_ERROR, .at = VS_ATTEMPT_AT,
	   .hears = VS_ATTEMPT_HEARS, .step = failed_on_error, .end = failed_on_error_end);

/*
 * The failure is the one that the driver itself has declared: which others are for good, it alone
 * knows, but for a refused FEATURES_OK (driver.init.features-ok-checked) and a reset that does not
 * end (driver.reset.waits-for-zero). Beginning anew is for driver.status.resets-after-failed.
 */
enum { DECLARED };

static bool begins_anew(const struct vs_seen *seen)
{
	return (vs_is_status(seen) && !(seen->event->value & VIRTIO_STATUS_FAILED)) ||
	       vs_writes(seen, VS_DRIVER_FEATURE);
}

static void stops_after_failure(struct vs_judge *j, const struct vs_seen *seen)
{
	const uint8_t later = VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK;
	const struct vs_model *m = j->model;
	uint8_t set = vs_new_status(m, seen);

	if (vs_is_reset(seen) || begins_anew(seen)) {
		j->state[DECLARED] = 0;
	} else if ((set & VIRTIO_STATUS_FAILED) && !m->driver_ok) {
		j->state[DECLARED] = 1;
		vs_arm(j);
	} else if (!j->state[DECLARED]) {
		return;
	} else if (set & later) {
		vs_keep(j, false, "no further step after FAILED", "status %#x",
			(unsigned)(uint8_t)seen->event->value);
	} else if (vs_sets_queue_up(seen)) {
		vs_keep(j, false, "no further step after FAILED", "queue %d set up", seen->queue);
	}
}
VS_MONITOR(init_stops_after_failure, .rule = VS_RULE_DRIVER_INIT_STOPS_AFTER_FAILURE,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(RESET),
	   .step = stops_after_failure);
