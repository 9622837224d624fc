/* SPDX-License-Identifier: BSD-3-Clause */
/* What the draft of 2013 asks of a driver and no later version does. */
#include "monitor/start_order.h"
#include "spec/pci.h"

VS_TRIAL_MONITOR(draft_transitional_revisions, VS_RULE_DRIVER_DRAFT_TRANSITIONAL_REVISIONS_MATCHED);
VS_TRIAL_MONITOR(draft_revision, VS_RULE_DRIVER_DRAFT_NON_TRANSITIONAL_REVISION_MATCHED);

static void reserved_bits(struct vs_judge *j, const struct vs_seen *seen)
{
	uint32_t value = (uint32_t)seen->event->value;

	if (vs_writes(seen, VS_DRIVER_FEATURE) && j->model->driver_select >= 1)
		vs_keep(j, (j->model->driver_select == 1 ? value & ~1u : value) == 0,
			"bits above 32 are left clear", "%#" PRIx32 " accepted in window %" PRIu32,
			value, j->model->driver_select);
}
VS_MONITOR(draft_reserved_bits, .rule = VS_RULE_DRIVER_DRAFT_RESERVED_BITS_UNTOUCHED,
	   .at = VS_AT(COMMON), .step = reserved_bits);

static void init_order(struct vs_judge *j, const struct vs_seen *seen)
{
	if (seen->place == VS_PLACE_NOTIFY && vs_is_write(seen))
		vs_keep(j, j->model->driver_ok, "queues used after DRIVER_OK",
			"a notification, status %#x", j->model->written);
	else
		vs_judge_start_order(j, seen);
}
VS_MONITOR(draft_init_order, .rule = VS_RULE_DRIVER_DRAFT_INIT_ORDER, .at = VS_AT_START,
	   .step = init_order);

/* Taking the function shows in the first status that is written; leaving it alone, in a driver that
 * says so. */
static void revision_others(struct vs_judge *j, const struct vs_seen *seen)
{
	uint8_t revision = j->model->subject->config[PCI_REVISION_ID];
	bool taken = vs_writes(seen, VS_DEVICE_STATUS) && seen->event->value != 0;

	if (revision <= 1 || j->state[0])
		return;
	if (taken ||
	    (seen->event->kind == VS_EVENT_LIFE && seen->event->value == VS_LIFE_REFUSED)) {
		j->state[0] = 1;
		vs_keep(j, !taken, "it is left alone", "revision %u is driven", revision);
	}
}
VS_MONITOR(draft_revision_others, .rule = VS_RULE_DRIVER_DRAFT_REVISION_OTHERS_REFUSED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(LIFE), .step = revision_others);

/* A driver that has not read a capability cannot know of anything but the legacy header. What it
 * does to a modern structure without a look at the list is judged by driver.pci.cap.list-scanned.
 */
static void legacy_assumed(struct vs_judge *j, const struct vs_seen *seen)
{
	if (j->model->read_caps || j->state[0])
		return;
	if (seen->legacy) {
		j->state[0] = 1;
		vs_arm(j);
	} else if (seen->event->kind <= VS_EVENT_WRITE && seen->event->region < PCI_BAR_COUNT) {
		vs_keep(j, false, "the I/O region of BAR 0",
			"an access to BAR %u at %#" PRIx64 ", and no capability was read",
			seen->event->region, seen->event->offset);
	}
}
VS_MONITOR(draft_legacy_assumed, .rule = VS_RULE_DRIVER_DRAFT_LEGACY_REGISTERS_ASSUMED,
	   .at = VS_AT(NONE) | VS_AT(MSIX_TABLE) | VS_AT(MSIX_PBA) | VS_AT(LEGACY),
	   .needs = VS_BLIND_CAPS, .step = legacy_assumed);

static void queue_setup(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_seen_queue *q = vs_model_queue(j->model, seen->queue);
	const struct vs_event *e = seen->event;

	if (!q)
		return;
	if (vs_writes(seen, VS_QUEUE_ENABLE) && e->value == 1)
		vs_keep(j, q->read & VS_BIT(VS_QUEUE_SIZE), "the size is read first",
			"queue %d is enabled, and its queue_size was not read", seen->queue);
	else if (e->kind == VS_EVENT_QUEUE && (q->written & VS_BIT(VS_QUEUE_ENABLE)))
		vs_keep(j, e->flags & VS_QUEUE_ZEROED, "a queue full of zeroes",
			"queue %d is enabled with something in it", seen->queue);
}
VS_MONITOR(draft_queue_setup, .rule = VS_RULE_DRIVER_DRAFT_QUEUE_SETUP, .at = VS_AT(COMMON),
	   .hears = VS_HEARS(QUEUE), .step = queue_setup);
