/* SPDX-License-Identifier: BSD-3-Clause */
/* The legacy interface: who uses it, and how a start-up goes (2.2.3, 3.1.2, 4.1.4.10, 4.1.5.1.1).
 */
#include "spec/legacy.h"
#include "monitor/start_order.h"

/* A bit that the device shows of its own accord, and gets back, is none that the driver sets. */
static void init_order(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_model *m = j->model;

	if (!seen->legacy || seen->place != VS_PLACE_LEGACY)
		return;
	if (vs_writes(seen, VS_DEVICE_STATUS) && (seen->event->value & VIRTIO_STATUS_FEATURES_OK) &&
	    !((m->written | m->status) & VIRTIO_STATUS_FEATURES_OK))
		vs_keep(j, false, "FEATURES_OK is never set", "status %#" PRIx64 " written",
			seen->event->value);
	vs_judge_start_order(j, seen);
}
VS_MONITOR(legacy_init_order, .rule = VS_RULE_DRIVER_LEGACY_INIT_ORDER, .at = VS_AT_START,
	   .step = init_order);

/* The state says that the driver has begun to drive the device through its legacy interface.
 * Whoever writes 0 to a status takes the device over. */
static void one_interface(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_is_reset(seen)) {
		j->state[0] = 0;
	} else if (seen->legacy) {
		if (vs_writes(seen, VS_DEVICE_STATUS)) {
			j->state[0] = 1;
			vs_arm(j);
		}
	} else if (j->state[0] && seen->event->kind <= VS_EVENT_WRITE) {
		j->state[0] = 0;
		vs_keep(j, false, "the legacy interface alone",
			"an access to the structure of type %u while the device is driven through "
			"the legacy interface",
			seen->cap->cfg_type);
	}
}
VS_MONITOR(legacy_one_interface, .rule = VS_RULE_DRIVER_LEGACY_ONE_INTERFACE,
	   .at = VS_AT_START | VS_AT(ISR) | VS_AT(DEVICE), .hears = VS_HEARS(RESET),
	   .step = one_interface);

/* Whether this write makes the device live. */
static bool goes_live(const struct vs_judge *j, const struct vs_seen *seen)
{
	return vs_writes(seen, VS_DEVICE_STATUS) &&
	       (seen->event->value & VIRTIO_STATUS_DRIVER_OK) && !j->model->driver_ok;
}

static bool offers(const struct vs_model *model, unsigned feature)
{
	return vs_features_has(&model->offered, feature) ||
	       vs_features_has(&model->subject->offered, feature);
}

/* The driver has read the window of bit 32, and it was not there. */
static bool found_no_version_1(const struct vs_model *model)
{
	return (model->offer_read & 2) && !vs_features_has(&model->offered, VIRTIO_F_VERSION_1);
}

/* On a device that has no legacy interface there is nothing to treat as one. */
static void device_detected(struct vs_judge *j, const struct vs_seen *seen)
{
	if (!goes_live(j, seen))
		return;
	if (seen->legacy)
		vs_arm(j);
	else if (j->model->has_legacy && found_no_version_1(j->model))
		vs_keep(j, false, "the device is treated as a legacy one",
			"VERSION_1 was not offered, and the device is driven through the modern "
			"interface");
}
VS_MONITOR(legacy_device_detected, .rule = VS_RULE_DRIVER_LEGACY_DEVICE_DETECTED,
	   .at = VS_AT(COMMON) | VS_AT(LEGACY), .step = device_detected);

static void legacy_refused(struct vs_judge *j, const struct vs_seen *seen)
{
	bool ended;

	if (j->model->has_legacy)
		return;
	ended = seen->event->kind == VS_EVENT_LIFE &&
		(seen->event->value == VS_LIFE_DOWN || seen->event->value == VS_LIFE_REFUSED);
	if (found_no_version_1(j->model) && (goes_live(j, seen) || vs_is_reset(seen) || ended))
		vs_keep(j, !goes_live(j, seen), "it is not driven",
			"bit 32 was not offered, and DRIVER_OK is set");
}
VS_MONITOR(draft_legacy_refused, .rule = VS_RULE_DRIVER_DRAFT_LEGACY_DEVICE_REFUSED,
	   .at = VS_AT(COMMON), .hears = VS_HEARS(LIFE) | VS_HEARS(RESET), .step = legacy_refused);

/* Whether the driver has looked for virtio capabilities: one that has not is a legacy driver, which
 * the demands on transitional ones do not bind. The platform looks through the list as well, so on
 * a list that has none of virtio's nothing is known of a driver in a real machine. */
static bool is_transitional(const struct vs_judge *j, bool read_type)
{
	const struct vs_model *model = j->model;

	for (unsigned i = 0; i < model->caps.count; i++)
		if (model->caps.list[i].id == PCI_CAP_ID_VNDR)
			return read_type;
	return model->read_caps && !(model->subject->blind & VS_BLIND_ORDER);
}

static void any_layout(struct vs_judge *j, const struct vs_seen *seen)
{
	if (seen->place == VS_PLACE_CAPABILITY) {
		size_t at = offsetof(struct virtio_pci_cap, cfg_type);

		j->state[0] |= vs_is_read(seen) && seen->cap->id == PCI_CAP_ID_VNDR &&
			       seen->at <= at && seen->at + seen->event->width > at;
	} else if (goes_live(j, seen) && offers(j->model, VIRTIO_F_ANY_LAYOUT) &&
		   is_transitional(j, j->state[0])) {
		vs_keep(j, vs_features_has(&j->model->accepted, VIRTIO_F_ANY_LAYOUT),
			"ANY_LAYOUT is accepted", "features %#" PRIx32 " accepted",
			j->model->accepted.window[0]);
	}
}
VS_MONITOR(legacy_any_layout, .rule = VS_RULE_DRIVER_LEGACY_ACCEPTS_ANY_LAYOUT,
	   .at = VS_AT(LEGACY) | VS_AT(CAPABILITY), .needs = VS_BLIND_CAPS, .step = any_layout);

static void unused_bit(struct vs_judge *j, const struct vs_seen *seen)
{
	if (vs_writes(seen, VS_DRIVER_FEATURE) && offers(j->model, VIRTIO_F_UNUSED))
		vs_keep(j, !(seen->event->value >> VIRTIO_F_UNUSED & 1), "bit 30 is left clear",
			"features %#" PRIx64 " accepted", seen->event->value);
}
VS_MONITOR(legacy_unused_bit, .rule = VS_RULE_DRIVER_LEGACY_UNUSED_BIT_DECLINED,
	   .at = VS_AT(LEGACY), .step = unused_bit);

/* Whether the function has any structure of virtio's. */
static bool has_structures(const struct vs_model *model)
{
	for (unsigned i = 0; i < model->caps.count; i++)
		if (model->caps.list[i].id == PCI_CAP_ID_VNDR)
			return true;
	return false;
}

enum { TRIED, SERVED, FAILED, TOUCHED, ANSWERED };

/* What became of the driver on a function without virtio capabilities. */
static void note_life(struct vs_judge *j, const struct vs_seen *seen)
{
	const struct vs_event *e = seen->event;

	if (e->kind == VS_EVENT_TRIAL) {
		j->state[TRIED] |= e->value == j->monitor->rule;
	} else if (e->kind == VS_EVENT_LIFE) {
		if (e->value == VS_LIFE_SERVED)
			j->state[SERVED] = 1;
		else if (e->value == VS_LIFE_REFUSED)
			j->state[ANSWERED] = 1;
		else if (e->value == VS_LIFE_DOWN || e->value == VS_LIFE_UNSERVED ||
			 e->value == VS_LIFE_WRONG || e->value == VS_LIFE_HUNG ||
			 e->value == VS_LIFE_CRASHED)
			j->state[FAILED] = e->value;
	} else if (e->region < PCI_BAR_COUNT) {
		j->state[TOUCHED] = 1;
	}
}

/* A driver that never goes to the legacy interface is no transitional one. */
static void falls_back(struct vs_judge *j)
{
	const struct vs_model *model = j->model;

	if (!has_structures(model) && model->used_legacy &&
	    (j->state[SERVED] || (j->state[TRIED] && j->state[FAILED])))
		vs_keep(j, j->state[SERVED] && !(j->state[TRIED] && j->state[FAILED]),
			"the driver works", "the driver: %s",
			vs_life_name((enum vs_life)j->state[FAILED]));
}
#define OUTCOME                                                                      \
	.at = VS_BIT(VS_PLACE_COUNT) - 1, .hears = VS_HEARS(TRIAL) | VS_HEARS(LIFE), \
	.needs = VS_BLIND_LIFE, .step = note_life
VS_MONITOR(legacy_falls_back, .rule = VS_RULE_DRIVER_LEGACY_FALLS_BACK, OUTCOME, .end = falls_back);

/* And one that does is no non-transitional one. */
static void refuses(struct vs_judge *j)
{
	const struct vs_model *model = j->model;
	bool bad = j->state[FAILED] == VS_LIFE_HUNG || j->state[FAILED] == VS_LIFE_CRASHED;

	if (has_structures(model) || model->used_legacy)
		return;
	if (j->state[ANSWERED] || j->state[FAILED])
		vs_keep(j, !j->state[TOUCHED] && !bad, "the function is left alone", "%s",
			j->state[TOUCHED] ? "an access to a BAR" : "the driver did not survive");
}
VS_MONITOR(legacy_refuses, .rule = VS_RULE_DRIVER_LEGACY_REFUSES_LEGACY_DEVICE, OUTCOME,
	   .end = refuses);
