/* SPDX-License-Identifier: BSD-3-Clause */
/* Which checks run, in which order, and which rules mean something on this device. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/result.h"
#include "spec/feature_table.h"
#include "spec/virtio.h"

extern const struct vs_check *const __start_vs_device_checks[];
extern const struct vs_check *const __stop_vs_device_checks[];

size_t vs_check_count(void)
{
	return (size_t)(__stop_vs_device_checks - __start_vs_device_checks);
}

const struct vs_check *vs_check_at(size_t index)
{
	return __start_vs_device_checks[index];
}

bool vs_rule_selected(const struct vs_run *run, int rule)
{
	const struct vs_rule *r = &vs_rules[rule];

	if (r->role != VS_ROLE_DEVICE || run->profile < r->since || run->profile > r->until)
		return false;
	for (unsigned i = 0; i < run->glob_count; i++)
		if (fnmatch(run->globs[i], r->id, 0) == 0)
			return true;
	return run->glob_count == 0;
}

static const char *interface_missing(const struct vs_run *run, const struct vs_rule *r)
{
	bool modern = run->modern, legacy = run->legacy;

	switch (r->interface) {
	case VS_INTERFACE_MODERN:
		return modern ? NULL : "the device has no modern interface";
	case VS_INTERFACE_LEGACY:
		return legacy ? NULL : "the device has no legacy interface";
	case VS_INTERFACE_TRANSITIONAL:
		return modern && legacy ? NULL : "the device is not transitional";
	case VS_INTERFACE_NON_TRANSITIONAL:
		return modern && !legacy ? NULL : "the device is not non-transitional";
	default:
		return NULL;
	}
}

/* A view shows one interface: rules about the other are judged elsewhere. */
static const char *other_interface(const struct vs_rule *r, enum vs_view view)
{
	bool legacy = view == VS_VIEW_LEGACY;

	if (legacy ? r->interface == VS_INTERFACE_MODERN : r->interface == VS_INTERFACE_LEGACY)
		return "the rule is about the other interface";
	return NULL;
}

static const char *structure_missing(const struct vs_probe *probe, const struct vs_rule *r)
{
	static const struct {
		uint8_t has;
		const char *why;
	} reasons[] = {
		{ VS_HAS_MSIX, "the function has no MSI-X capability" },
		{ VS_HAS_SHARED_MEMORY, "the device presents no shared memory region" },
		{ VS_HAS_VENDOR_DATA, "the device presents no vendor data capability" },
		{ VS_HAS_DEVICE_CONFIG, "the device presents no device-specific structure" },
		{ VS_HAS_PCI_WINDOW, "the device presents no PCI configuration access capability" },
		{ VS_HAS_QUEUES, "the device has no virtqueue" },
		{ VS_HAS_CONFIG_TYPE, "its device type has no configuration structure" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if ((r->has & reasons[i].has) && !(probe->has & reasons[i].has))
			return reasons[i].why;
	return NULL;
}

const char *vs_rule_inapplicable(const struct vs_run *run, int rule, enum vs_view view, char *text,
				 size_t size)
{
	const struct vs_rule *r = &vs_rules[rule];
	const struct vs_probe *probe = &run->probes[view];
	const char *why = interface_missing(run, r);

	if (!why)
		why = other_interface(r, view);
	if (!why)
		why = structure_missing(probe, r);
	if (why || !probe->live)
		return why;
	for (unsigned i = 0; i < r->offered_count; i++) {
		if (!vs_features_has(&probe->offered, r->offered[i])) {
			const char *name = vs_feature_name(run->fn.type, r->offered[i]);

			snprintf(text, size, "%s is not offered", name ? name : "a feature");
			return text;
		}
	}
	return NULL;
}

static const char *bus_missing(const struct vs_run *run, const struct vs_check *check)
{
	unsigned has = run->bus->features;

	if ((check->needs & VS_NEEDS_FRESH) && !(has & VS_BUS_FRESH))
		return "the device may have been driven before";
	if ((check->needs & VS_NEEDS_BARS) && !(has & VS_BUS_RAW_BARS))
		return "this bus keeps BAR registers to itself";
	if ((check->needs & VS_NEEDS_MSIX) && !(has & VS_BUS_MSIX))
		return "this bus cannot observe MSI-X messages";
	if ((check->needs & VS_NEEDS_INTX) && !(has & VS_BUS_INTX))
		return "this bus cannot observe INTx";
	return NULL;
}

const char *vs_check_inapplicable(const struct vs_run *run, struct vs_step step, char *text,
				  size_t size)
{
	const struct vs_check *check = step.check;
	const struct vs_probe *probe = &run->probes[step.view];
	const struct vs_function *fn = &run->fn;
	const char *why = bus_missing(run, check);

	if (why)
		return why;
	if (check->stage > VS_STAGE_FUNCTION && step.view != VS_VIEW_LEGACY && !run->modern)
		return "the device has no modern interface";
	if (step.view == VS_VIEW_LEGACY && !run->legacy)
		return "the device has no legacy interface";
	if (step.view == VS_VIEW_PACKED && !vs_view_available(run, VS_VIEW_PACKED))
		return "VIRTIO_F_RING_PACKED is not offered";
	if ((check->needs & VS_NEEDS_MSIX) && fn->msix_vectors == 0)
		return "the function has no MSI-X capability";
	if ((check->needs & VS_NEEDS_INTX) && fn->config[PCI_INTERRUPT_PIN] == 0)
		return "the function has no interrupt pin";
	if ((check->needs & VS_NEEDS_REQUEST) && !vs_request_kind(fn->type)) {
		snprintf(text, size, "no benign request is known for device type %u", fn->type);
		return text;
	}
	if ((check->needs & VS_NEEDS_DEVICE) && step.view != VS_VIEW_LEGACY &&
	    !vs_caps_first(&fn->caps, VIRTIO_PCI_CAP_DEVICE_CFG, 1))
		return "the device presents no usable device-specific structure";
	if ((check->needs & VS_NEEDS_WINDOW) &&
	    !vs_caps_first(&fn->caps, VIRTIO_PCI_CAP_PCI_CFG, 0))
		return "the device presents no PCI configuration access capability";
	if ((check->needs & (VS_NEEDS_QUEUE | VS_NEEDS_REQUEST)) && probe->live &&
	    probe->num_queues == 0)
		return "the device has no virtqueue";
	if ((check->needs & VS_NEEDS_REQUEST) && probe->comes_up && probe->answer == VS_ANSWER_NONE)
		return "its virtqueue has no room for a benign request";
	return NULL;
}

int vs_section_compare(const char *a, const char *b)
{
	while (*a && *b) {
		char *end_a, *end_b;
		unsigned long x = strtoul(a, &end_a, 10), y = strtoul(b, &end_b, 10);

		if (x != y)
			return x < y ? -1 : 1;
		a = *end_a == '.' ? end_a + 1 : end_a;
		b = *end_b == '.' ? end_b + 1 : end_b;
		if (a == end_a && b == end_b && *a && *b)
			break; /* neither is a number: nothing left to compare by */
	}
	/* What has no section (robustness) comes last; otherwise the heading before its parts. */
	return (*a != '\0') - (*b != '\0');
}

bool vs_view_available(const struct vs_run *run, enum vs_view view)
{
	switch (view) {
	case VS_VIEW_MODERN:
		return run->modern;
	case VS_VIEW_PACKED:
		return run->modern && run->profile >= VS_PROFILE_1_1 &&
		       vs_features_has(&run->probes[VS_VIEW_MODERN].offered, VIRTIO_F_RING_PACKED);
	default:
		return run->legacy;
	}
}

enum vs_view vs_main_view(const struct vs_run *run)
{
	return run->modern ? VS_VIEW_MODERN : VS_VIEW_LEGACY;
}

static bool asks_for(const struct vs_rule *r, unsigned feature)
{
	for (unsigned i = 0; i < r->offered_count; i++)
		if (r->offered[i] == feature)
			return true;
	return false;
}

static unsigned views_of(const struct vs_check *check)
{
	const struct vs_rule *r = &vs_rules[check->rules[0]];

	if (check->views)
		return check->views;
	if (r->interface == VS_INTERFACE_LEGACY)
		return VS_ON(LEGACY);
	if (asks_for(r, VIRTIO_F_RING_PACKED))
		return VS_ON(PACKED);
	return check->needs & VS_NEEDS_REQUEST ? VS_ON_RINGS : VS_ON(MODERN);
}

/* Robustness last; each view in one piece; the rest by section. */
static int by_order(const void *left, const void *right)
{
	const struct vs_step *a = left, *b = right;
	const struct vs_rule *x = &vs_rules[a->check->rules[0]];
	const struct vs_rule *y = &vs_rules[b->check->rules[0]];
	int order = (int)x->robustness - (int)y->robustness;

	if (!order)
		order = (int)a->view - (int)b->view;
	if (!order)
		order = vs_section_compare(x->section, y->section);
	if (!order)
		order = (int)a->check->rules[0] - (int)b->check->rules[0];
	return order ? order : strcmp(a->check->name, b->check->name);
}

static bool is_selected(const struct vs_run *run, const struct vs_check *check)
{
	for (const uint16_t *rule = check->rules; *rule != VS_RULE_COUNT; rule++)
		if (vs_rule_selected(run, *rule))
			return true;
	return false;
}

bool vs_anything_to_check(const struct vs_run *run)
{
	for (size_t i = 0; i < vs_check_count(); i++)
		if (is_selected(run, vs_check_at(i)))
			return true;
	return false;
}

/* Each view of the check that the device has; where it has none, the first, to say so. */
static size_t add_steps(const struct vs_run *run, const struct vs_check *check,
			struct vs_step *plan, size_t count)
{
	unsigned views = views_of(check);
	size_t before = count;

	for (unsigned view = 0; view < VS_VIEW_COUNT; view++)
		if ((views >> view & 1) && vs_view_available(run, view))
			plan[count++] = (struct vs_step){ check, view };
	if (count == before)
		plan[count++] = (struct vs_step){ check, (enum vs_view)__builtin_ctz(views) };
	return count;
}

struct vs_step *vs_plan(const struct vs_run *run, bool fresh, size_t *count)
{
	struct vs_step *plan = calloc(VS_VIEW_COUNT * vs_check_count() + 1, sizeof(*plan));

	*count = 0;
	for (size_t i = 0; plan && i < vs_check_count(); i++) {
		const struct vs_check *check = vs_check_at(i);

		if (!(check->needs & VS_NEEDS_FRESH) == !fresh && is_selected(run, check))
			*count = add_steps(run, check, plan, *count);
	}
	if (plan)
		qsort(plan, *count, sizeof(*plan), by_order);
	return plan;
}
