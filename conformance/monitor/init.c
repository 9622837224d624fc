/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start-up of a device (3.1): the order of its steps. What follows a step that failed is in
 * init_failure.c. One misdeed is charged once:
 *
 *	a bit that never is set              driver.status.tracks-steps
 *	a bit set after one behind it        status-order
 *	queues before FEATURES_OK            queues-after-features
 *	anything between FEATURES_OK and its reading, or in spite of it    features-ok-checked
 */
#include "monitor/steps.h"
#include "spec/console.h"

bool vs_writes_config(const struct vs_model *model, const struct vs_seen *seen)
{
	if (!vs_is_write(seen) || seen->place != VS_PLACE_DEVICE)
		return false;
	return model->type != VIRTIO_ID_CONSOLE ||
	       seen->at != offsetof(struct virtio_console_config, emerg_wr);
}

/* Only the first start-up can lack it: what later ones begin with shows as a reset, or else as bits
 * that are cleared. */
enum { RESET_JUDGED };

static void reset_first(struct vs_judge *j, const struct vs_seen *seen)
{
	uint8_t value = (uint8_t)seen->event->value;

	if (!vs_is_status(seen) || !(value & VIRTIO_STATUS_ACKNOWLEDGE))
		return;
	if (!j->state[RESET_JUDGED]++ || !j->model->written)
		vs_keep(j, j->model->was_reset, "0 written to the status first", "status %#x",
			value);
}
VS_MONITOR(init_reset_first, .rule = VS_RULE_DRIVER_INIT_RESET_FIRST,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .step = reset_first);

/* The steps among these bits as numbers that grow: ACKNOWLEDGE 1, …, DRIVER_OK 8. */
static unsigned in_order(uint8_t bits)
{
	unsigned steps = bits & (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);

	return steps | (bits & VIRTIO_STATUS_FEATURES_OK ? 4u : 0u) |
	       (bits & VIRTIO_STATUS_DRIVER_OK ? 8u : 0u);
}

static void status_order(struct vs_judge *j, const struct vs_seen *seen)
{
	const uint8_t at_once = VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK;
	uint8_t set = vs_new_status(j->model, seen) & VS_STATUS_STEPS;
	unsigned before = in_order(j->model->written), now = in_order(set);

	if (!set || seen->legacy)
		return;
	/* The lowest of the new bits is above all old ones. */
	vs_keep(j, (now & -now) > before && (set & at_once) != at_once,
		"ACKNOWLEDGE, DRIVER, FEATURES_OK, DRIVER_OK set in this order",
		"%#x set after %#x", set, j->model->written);
}
VS_MONITOR(init_status_order, .rule = VS_RULE_DRIVER_INIT_STATUS_ORDER, .at = VS_AT(COMMON),
	   .step = status_order);

/* A driver that has read the offer in an earlier life may know it: one that starts a device again
 * after a sleep of the machine gives it back the choice that it had. */
enum { OFFER_READ, CHOICE_WRITTEN, OFFER_KNOWN };

static void features_before_ok(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *done = j->state;

	if (vs_is_reset(seen)) {
		done[OFFER_KNOWN] |= j->model->offer_read;
		done[OFFER_READ] = done[CHOICE_WRITTEN] = 0;
	} else if (seen->legacy) {
		return;
	} else if (j->model->written & VIRTIO_STATUS_DRIVER) {
		done[OFFER_READ] |= vs_reads(seen, VS_DEVICE_FEATURE);
		done[CHOICE_WRITTEN] |= vs_writes(seen, VS_DRIVER_FEATURE);
	}
	if (vs_new_status(j->model, seen) & VIRTIO_STATUS_FEATURES_OK)
		vs_keep(j, (done[OFFER_READ] || done[OFFER_KNOWN]) && done[CHOICE_WRITTEN],
			"features read and chosen between DRIVER and FEATURES_OK",
			"the offer %s, the choice %s", done[OFFER_READ] ? "read" : "not read",
			done[CHOICE_WRITTEN] ? "written" : "not written");
}
VS_MONITOR(init_features_before_ok, .rule = VS_RULE_DRIVER_INIT_FEATURES_BEFORE_FEATURES_OK,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(RESET),
	   .step = features_before_ok);

/* A reading of all ones shows the bit as well: what is to be made of it is another matter. */
enum { LOOKED_AT, LOOKED_HOLDS, LOOKED_JUDGED };

static void features_ok_checked(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *looked = j->state;
	bool goes_on;

	if (vs_is_reset(seen)) {
		looked[LOOKED_AT] = looked[LOOKED_HOLDS] = looked[LOOKED_JUDGED] = 0;
		return;
	}
	if (!j->model->features_ok || seen->legacy || looked[LOOKED_JUDGED])
		return;
	if (vs_reads(seen, VS_DEVICE_STATUS)) {
		looked[LOOKED_AT] = 1;
		looked[LOOKED_HOLDS] = (seen->event->value & VIRTIO_STATUS_FEATURES_OK) != 0;
		return;
	}
	goes_on = vs_sets_queue_up(seen) || vs_writes_config(j->model, seen) ||
		  (vs_new_status(j->model, seen) & VIRTIO_STATUS_DRIVER_OK);
	if (!goes_on || j->model->failed)
		return;
	looked[LOOKED_JUDGED] = 1;
	vs_keep(j, looked[LOOKED_HOLDS], "a status that shows FEATURES_OK before anything else",
		"the status %s", looked[LOOKED_AT] ? "showed it clear" : "was not read");
}
VS_MONITOR(init_features_ok_checked, .rule = VS_RULE_DRIVER_INIT_FEATURES_OK_CHECKED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY) | VS_AT(DEVICE), .hears = VS_HEARS(RESET),
	   .step = features_ok_checked);

enum { QUEUE_SET_UP, QUEUE_FIELD, QUEUE_INDEX };

static void queues_after_features(struct vs_judge *j, const struct vs_seen *seen)
{
	uint64_t *early = j->state;

	if (vs_is_reset(seen)) {
		early[QUEUE_SET_UP] = 0;
	} else if (seen->legacy || j->model->features_ok) {
		return;
	} else if (vs_sets_queue_up(seen) && !early[QUEUE_SET_UP]) {
		early[QUEUE_SET_UP] = 1;
		early[QUEUE_FIELD] = (uint64_t)seen->field;
		early[QUEUE_INDEX] = (uint64_t)seen->queue;
	} else if (vs_new_status(j->model, seen) & VIRTIO_STATUS_FEATURES_OK) {
		vs_keep(j, !early[QUEUE_SET_UP], "no queue set up before FEATURES_OK",
			"%s of queue %" PRIu64 " was written",
			vs_common_fields[early[QUEUE_FIELD]].name, early[QUEUE_INDEX]);
	}
}
VS_MONITOR(init_queues_after_features, .rule = VS_RULE_DRIVER_INIT_QUEUES_AFTER_FEATURES,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .hears = VS_HEARS(RESET),
	   .step = queues_after_features);

static void config_not_written_early(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;

	if (seen->legacy || m->features_ok || !m->written)
		return;
	if (vs_writes_config(m, seen))
		vs_keep(j, false, "no configuration written before FEATURES_OK",
			"%u bytes written at %" PRIu64, seen->event->width, seen->at);
	else if (m->device && (vs_new_status(m, seen) & VIRTIO_STATUS_FEATURES_OK))
		vs_arm(j);
}
VS_MONITOR(init_config_not_written_early, .rule = VS_RULE_DRIVER_INIT_CONFIG_NOT_WRITTEN_EARLY,
	   .at = VS_AT(COMMON) | VS_AT(DEVICE), .step = config_not_written_early);

/* Where the device refused the choice, another one is nothing new accepted. */
static void features_frozen(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;
	uint32_t added;

	if (!m->features_ok || m->refused || m->failed || seen->legacy)
		return;
	if (vs_new_status(m, seen) & VIRTIO_STATUS_DRIVER_OK)
		vs_arm(j);
	if (!vs_writes(seen, VS_DRIVER_FEATURE) || !seen->whole ||
	    m->driver_select >= VS_FEATURE_WINDOWS)
		return;
	added = (uint32_t)seen->event->value & ~m->accepted.window[m->driver_select];
	vs_keep(j, !added, "nothing more accepted after FEATURES_OK",
		"bits %#" PRIx32 " of window %" PRIu32 " added", added, m->driver_select);
}
VS_MONITOR(init_features_frozen, .rule = VS_RULE_DRIVER_INIT_FEATURES_FROZEN, .at = VS_AT(COMMON),
	   .step = features_frozen);
