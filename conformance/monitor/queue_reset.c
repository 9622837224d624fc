/* SPDX-License-Identifier: BSD-3-Clause */
/* Reset of a single virtqueue (2.6.1). */
#include "monitor/steps.h"

static bool resets_queue(const struct vs_model *m, const struct vs_seen *seen)
{
	return vs_writes(seen, VS_QUEUE_RESET) && seen->whole && (seen->event->value & 1) &&
	       vs_features_has(&m->accepted, VIRTIO_F_RING_RESET);
}

/* Whether memory [start, start + size) holds the beginning of a part of the queue. */
static bool holds_queue(const struct vs_seen_queue *q, uint64_t start, uint64_t size)
{
	for (unsigned i = 0; i < 3; i++)
		if (q->address[i] && q->address[i] >= start && q->address[i] - start < size)
			return true;
	return false;
}

/* Of a queue. */
enum { UNVERIFIED };

static void judge_unmapped(struct vs_judge *j, const struct vs_event *e)
{
	/* Where another processor, or the machine, unmaps, it is not the driver's doing. */
	if (j->model->subject->blind & VS_BLIND_ORDER)
		return;
	for (int i = 0; i < j->model->queue_top; i++) {
		uint64_t *state = vs_state_of(j, i);

		if (!state || !state[UNVERIFIED] ||
		    !holds_queue(&j->model->queues[i], e->offset, e->value))
			continue;
		state[UNVERIFIED] = 0;
		vs_keep(j, false, "queue_reset read as 0 first",
			"memory of queue %d taken back before", i);
	}
}

static void verified(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *state = vs_state_of(j, seen->queue);

	if (vs_is_reset(seen)) {
		vs_clear_queues(j);
	} else if (seen->event->kind == VS_EVENT_UNMAP) {
		judge_unmapped(j, seen->event);
	} else if (!state || seen->legacy) {
		return;
	} else if (resets_queue(j->model, seen)) {
		state[UNVERIFIED] = 1;
	} else if (state[UNVERIFIED] && vs_reads(seen, VS_QUEUE_RESET) && seen->event->value == 0) {
		state[UNVERIFIED] = 0;
		vs_arm(j);
	} else if (state[UNVERIFIED] && vs_sets_queue_up(seen)) {
		state[UNVERIFIED] = 0;
		vs_keep(j, false, "queue_reset read as 0 first", "%s of queue %d written before",
			vs_common_fields[seen->field].name, seen->queue);
	}
}
VS_MONITOR(queue_reset_verified, .rule = VS_RULE_DRIVER_QUEUE_RESET_VERIFIED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(RESET) | VS_HEARS(UNMAP),
	   .step = verified);

/* Of a queue: the registers that the driver once wrote of it, and whether it was reset. */
enum { ONCE_WRITTEN, WAS_RESET };

static uint64_t configured(const struct vs_model *m, const struct vs_seen_queue *q)
{
	uint64_t fields = VS_BIT(VS_QUEUE_SIZE) | VS_BIT(VS_QUEUE_DESC) | VS_BIT(VS_QUEUE_DRIVER) |
			  VS_BIT(VS_QUEUE_DEVICE);

	if (m->msix_enabled && q->vector != VIRTIO_MSI_NO_VECTOR)
		fields |= VS_BIT(VS_QUEUE_MSIX_VECTOR);
	return q->written & fields;
}

static const char *first_field(uint64_t fields)
{
	for (int i = 0; i < VS_COMMON_FIELD_COUNT; i++)
		if (fields >> i & 1)
			return vs_common_fields[i].name;
	return "nothing";
}

/* "As during initial discovery": a register that the driver did without the first time, it may do
 * without again. */
static void reconfigured(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);
	uint64_t *state = vs_state_of(j, seen->queue), missing;

	if (vs_is_reset(seen)) {
		vs_clear_queues(j);
	} else if (!state || !q || seen->legacy) {
		return;
	} else if (resets_queue(j->model, seen)) {
		state[ONCE_WRITTEN] |= configured(j->model, q);
		state[WAS_RESET] = 1;
	} else if (state[WAS_RESET] && vs_writes(seen, VS_QUEUE_ENABLE) &&
		   (seen->event->value & 1)) {
		missing = state[ONCE_WRITTEN] & ~(uint64_t)q->written;
		if (!j->model->msix_enabled)
			missing &= ~VS_BIT(VS_QUEUE_MSIX_VECTOR);
		state[ONCE_WRITTEN] = state[WAS_RESET] = 0;
		vs_keep(j, !missing, "all of the queue written anew", "queue %d enabled without %s",
			seen->queue, first_field(missing));
	}
}
VS_MONITOR(queue_reset_reconfigured, .rule = VS_RULE_DRIVER_QUEUE_RESET_RECONFIGURED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(RESET), .step = reconfigured);
