/* SPDX-License-Identifier: BSD-3-Clause */
/* Which checks run, in which order, and which rules mean something on this device. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/result.h"
#include "spec/feature_table.h"

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
	bool modern = run->probe.modern, legacy = run->probe.legacy;

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

static const char *structure_missing(const struct vs_run *run, const struct vs_rule *r)
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
		if ((r->has & reasons[i].has) && !(run->probe.has & reasons[i].has))
			return reasons[i].why;
	return NULL;
}

const char *vs_rule_inapplicable(const struct vs_run *run, int rule, char *text, size_t size)
{
	const struct vs_rule *r = &vs_rules[rule];
	const char *why = interface_missing(run, r);

	if (!why)
		why = structure_missing(run, r);
	if (why || !run->probe.live)
		return why;
	for (unsigned i = 0; i < r->offered_count; i++) {
		if (!vs_features_has(&run->probe.offered, r->offered[i])) {
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

const char *vs_check_inapplicable(const struct vs_run *run, const struct vs_check *check,
				  char *text, size_t size)
{
	const struct vs_function *fn = &run->fn;
	const char *why = bus_missing(run, check);

	if (why)
		return why;
	if ((check->needs & VS_NEEDS_MSIX) && fn->msix_vectors == 0)
		return "the function has no MSI-X capability";
	if ((check->needs & VS_NEEDS_INTX) && fn->config[PCI_INTERRUPT_PIN] == 0)
		return "the function has no interrupt pin";
	if ((check->needs & VS_NEEDS_REQUEST) && !vs_request_kind(fn->type)) {
		snprintf(text, size, "no benign request is known for device type %u", fn->type);
		return text;
	}
	if ((check->needs & VS_NEEDS_DEVICE) &&
	    !vs_caps_first(&fn->caps, VIRTIO_PCI_CAP_DEVICE_CFG, 1))
		return "the device presents no usable device-specific structure";
	if ((check->needs & VS_NEEDS_WINDOW) &&
	    !vs_caps_first(&fn->caps, VIRTIO_PCI_CAP_PCI_CFG, 0))
		return "the device presents no PCI configuration access capability";
	if ((check->needs & (VS_NEEDS_QUEUE | VS_NEEDS_REQUEST)) && run->probe.live &&
	    run->probe.num_queues == 0)
		return "the device has no virtqueue";
	if ((check->needs & VS_NEEDS_REQUEST) && run->probe.comes_up &&
	    run->probe.answer == VS_ANSWER_NONE)
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

/* What needs a device at power-on goes first; robustness last; the rest by section. */
static int by_order(const void *left, const void *right)
{
	const struct vs_check *a = *(const struct vs_check *const *)left;
	const struct vs_check *b = *(const struct vs_check *const *)right;
	const struct vs_rule *x = &vs_rules[a->rules[0]], *y = &vs_rules[b->rules[0]];
	int fresh = !!(b->needs & VS_NEEDS_FRESH) - !!(a->needs & VS_NEEDS_FRESH);
	int order = fresh ? fresh : (int)x->robustness - (int)y->robustness;

	if (!order)
		order = vs_section_compare(x->section, y->section);
	if (!order)
		order = (int)a->rules[0] - (int)b->rules[0];
	return order ? order : strcmp(a->name, b->name);
}

const struct vs_check **vs_plan(const struct vs_run *run, size_t *count)
{
	const struct vs_check **plan =
		calloc(vs_check_count() + 1, sizeof(const struct vs_check *));

	*count = 0;
	for (size_t i = 0; plan && i < vs_check_count(); i++) {
		const struct vs_check *check = vs_check_at(i);

		for (const uint16_t *rule = check->rules; *rule != VS_RULE_COUNT; rule++) {
			if (vs_rule_selected(run, *rule)) {
				plan[(*count)++] = check;
				break;
			}
		}
	}
	if (plan)
		qsort(plan, *count, sizeof(const struct vs_check *), by_order);
	return plan;
}
