/* SPDX-License-Identifier: BSD-3-Clause */
#include "monitor/attempt.h"

#include "monitor/steps.h"

enum { NOT_BEGUN, BEGUN, OFFERED, SETTLED, ENDED };

static bool for_want_of(const struct vs_judge *j, uint64_t stage)
{
	return stage == OFFERED && !j->state[VS_ATTEMPT_LEGACY] &&
	       (j->state[VS_ATTEMPT_MISSING] || j->state[VS_ATTEMPT_WITHHELD]);
}

static enum vs_attempt_end end_with(struct vs_judge *j, enum vs_attempt_end end, bool *for_want)
{
	uint64_t *a = j->state;
	uint64_t stage = a[VS_ATTEMPT_PENDING] ? a[VS_ATTEMPT_PENDING] : a[VS_ATTEMPT_STAGE];

	*for_want = end == VS_ATTEMPT_UP ? a[VS_ATTEMPT_MISSING] || a[VS_ATTEMPT_WITHHELD]
					 : for_want_of(j, stage);
	a[VS_ATTEMPT_PENDING] = NOT_BEGUN;
	a[VS_ATTEMPT_STAGE] = ENDED;
	return end;
}

/* The attempt is over without a word, so far. */
static void fell_silent(struct vs_judge *j)
{
	uint64_t *a = j->state;

	if (a[VS_ATTEMPT_STAGE] >= BEGUN && a[VS_ATTEMPT_STAGE] <= SETTLED &&
	    j->model->status != UINT8_MAX)
		a[VS_ATTEMPT_PENDING] = a[VS_ATTEMPT_STAGE];
}

static enum vs_attempt_end live(struct vs_judge *j, uint64_t life, bool *for_want)
{
	uint64_t *a = j->state;

	switch (life) {
	case VS_LIFE_DOWN:
	case VS_LIFE_REFUSED:
		fell_silent(j);
		return VS_ATTEMPT_NONE;
	case VS_LIFE_PROBE:
	case VS_LIFE_REMOVED:
		return vs_attempt_over(j, for_want);
	case VS_LIFE_UP:
	case VS_LIFE_HUNG:
	case VS_LIFE_CRASHED:
		a[VS_ATTEMPT_PENDING] = NOT_BEGUN;
		return VS_ATTEMPT_NONE;
	default:
		return VS_ATTEMPT_NONE;
	}
}

/* How far the access brings the attempt. */
static void advance(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *stage = &j->state[VS_ATTEMPT_STAGE];
	uint8_t set = vs_new_status(j->model, seen);

	if (*stage == ENDED)
		return;
	if ((set & VIRTIO_STATUS_DRIVER) && *stage == NOT_BEGUN) {
		*stage = BEGUN;
		j->state[VS_ATTEMPT_LEGACY] = seen->legacy;
	}
	if (set & VIRTIO_STATUS_FEATURES_OK)
		*stage = SETTLED;
	if (!vs_reads(seen, VS_DEVICE_FEATURE) || *stage < BEGUN)
		return;
	if (*stage == BEGUN)
		*stage = OFFERED;
	if (!seen->legacy && j->model->device_select == VIRTIO_F_VERSION_1 / 32)
		j->state[VS_ATTEMPT_MISSING] = !(seen->event->value >> VIRTIO_F_VERSION_1 % 32 & 1);
}

enum vs_attempt_end vs_attempt_step(struct vs_judge *j, const struct vs_seen *seen, bool *for_want)
{
	uint64_t *a = j->state;
	uint8_t set = vs_new_status(j->model, seen);

	*for_want = false;
	if (seen->event->kind == VS_EVENT_TRIAL) {
		a[VS_ATTEMPT_WITHHELD] |=
			seen->event->value == VS_RULE_DRIVER_FEATURES_FALLS_BACK ||
			seen->event->value == VS_RULE_DRIVER_FEATURES_GIVES_UP_WITH_FAILED;
		return VS_ATTEMPT_NONE;
	}
	if (seen->event->kind == VS_EVENT_LIFE)
		return live(j, seen->event->value, for_want);
	if (seen->event->kind == VS_EVENT_RESET) { /* may be none of the driver's */
		a[VS_ATTEMPT_STAGE] = a[VS_ATTEMPT_PENDING] = NOT_BEGUN;
		return VS_ATTEMPT_NONE;
	}
	if (vs_is_reset(seen)) {
		fell_silent(j);
		a[VS_ATTEMPT_STAGE] = NOT_BEGUN;
		return VS_ATTEMPT_NONE;
	}
	advance(j, seen);
	if (a[VS_ATTEMPT_STAGE] == ENDED ||
	    (a[VS_ATTEMPT_STAGE] == NOT_BEGUN && !a[VS_ATTEMPT_PENDING]))
		return VS_ATTEMPT_NONE;
	/* Also where the device had shown the bit: it stands. */
	if (vs_writes(seen, VS_DEVICE_STATUS) && seen->event->value & VIRTIO_STATUS_FAILED)
		return end_with(j, VS_ATTEMPT_TOLD, for_want);
	if (set & VIRTIO_STATUS_DRIVER_OK)
		return end_with(j, VS_ATTEMPT_UP, for_want);
	return VS_ATTEMPT_NONE;
}

enum vs_attempt_end vs_attempt_over(struct vs_judge *j, bool *for_want)
{
	*for_want = false;
	if (!j->state[VS_ATTEMPT_PENDING])
		return VS_ATTEMPT_NONE;
	return end_with(j, VS_ATTEMPT_SILENT, for_want);
}
