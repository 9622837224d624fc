/* SPDX-License-Identifier: BSD-3-Clause */
/* Device reset (2.4), and how PCI shows its end (4.1.4.3.2). */
#include "monitor/steps.h"

/*
 * Starting up again is what has to wait: leaving the device alone after a reset needs no reading.
 * FAILED alone is no start-up. Only resets through the modern interface are meant.
 */
enum { WAITING };

static void waits_for_zero(struct vs_judge *j, const struct vs_seen *seen)
{
	bool starts = (vs_is_status(seen) && !(seen->event->value & VIRTIO_STATUS_FAILED)) ||
		      (vs_writes(seen, VS_DRIVER_FEATURE) && seen->whole) || vs_sets_queue_up(seen);

	if (vs_is_reset(seen)) {
		j->state[WAITING] = !seen->legacy && seen->event->kind == VS_EVENT_WRITE;
	} else if (starts && !seen->legacy && j->state[WAITING]) {
		j->state[WAITING] = 0;
		vs_keep(j, !j->model->resetting, "0 read from the status before the next step",
			"%s written first",
			seen->field >= 0 ? vs_common_fields[seen->field].name : "something");
	}
}
VS_MONITOR(reset_waits_for_zero, .rule = VS_RULE_DRIVER_RESET_WAITS_FOR_ZERO,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(RESET), .step = waits_for_zero);

/*
 * Waiting on shows as looking at the status again and again, or as another reset and another. A
 * reset when the driver leaves and one when the next comes follow each other, and a driver that
 * adds to the status reads it first: so one more reset and a few readings are let pass.
 */
#define RESETS_TOO_MANY 3u
#define READS_TOO_MANY  8u

enum { ZERO_READS, ZERO_RESETS, ZERO_JUDGED };

static void complete_on_zero(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *zero = j->state;
	bool reads_zero = vs_reads(seen, VS_DEVICE_STATUS) && (uint8_t)seen->event->value == 0;

	if (vs_is_reset(seen) && vs_is_write(seen)) {
		zero[ZERO_RESETS] = zero[ZERO_READS] ? zero[ZERO_RESETS] + 1 : 1;
		zero[ZERO_READS] = 0;
	} else if (reads_zero && zero[ZERO_RESETS]) {
		zero[ZERO_READS]++;
	} else if (!vs_reads(seen, VS_DEVICE_STATUS) && seen->event->kind != VS_EVENT_INTERRUPT) {
		if (zero[ZERO_READS])
			vs_arm(j);
		zero[ZERO_READS] = zero[ZERO_RESETS] = zero[ZERO_JUDGED] = 0;
		return;
	}
	if (zero[ZERO_JUDGED])
		return;
	if (zero[ZERO_RESETS] >= RESETS_TOO_MANY && zero[ZERO_READS])
		zero[ZERO_JUDGED] = !vs_keep(j, false, "no reset after one that is done",
					     "%" PRIu64 " in a row", zero[ZERO_RESETS]);
	else if (zero[ZERO_READS] >= READS_TOO_MANY)
		zero[ZERO_JUDGED] = !vs_keep(j, false, "no waiting after the status read 0",
					     "it read 0 %" PRIu64 " times", zero[ZERO_READS]);
}
VS_MONITOR(reset_complete_on_zero, .rule = VS_RULE_DRIVER_RESET_COMPLETE_ON_ZERO,
	   .step = complete_on_zero);
