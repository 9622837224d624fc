/* SPDX-License-Identifier: BSD-3-Clause */
/* The planner: the order of sections, and that a plan holds every check once, fresh ones first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/result.h"
#include "spec/virtio.h"

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void sections(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} rows[] = {
		{ "2.4.1", "2.10", -1 },        { "2.4.1", "2.4.1", 0 }, { "2.4", "2.4.1", -1 },
		{ "4.1.4.10", "4.1.4.9.1", 1 }, { "", "2.1", -1 },       { "6.2", "4.1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(sign(vs_section_compare(rows[i].a, rows[i].b)), rows[i].order);
		assert_int_equal(sign(vs_section_compare(rows[i].b, rows[i].a)), -rows[i].order);
	}
}

/* The whole plan: every check in each view that it asks for and the device has, once. */
static size_t plan_part(const struct vs_run *run, bool fresh, unsigned seen[])
{
	size_t count;
	struct vs_step *plan = vs_plan(run, fresh, &count);

	assert_non_null(plan);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(!!(plan[i].check->needs & VS_NEEDS_FRESH), fresh);
		for (size_t j = 0; j < i; j++)
			assert_true(plan[i].check != plan[j].check || plan[i].view != plan[j].view);
		for (size_t c = 0; c < vs_check_count(); c++)
			if (vs_check_at(c) == plan[i].check)
				seen[c] |= 1u << plan[i].view;
	}
	free(plan);
	return count;
}

/* Checks with a rule that binds in the profile of the run. */
static size_t bound_checks(const struct vs_run *run)
{
	size_t count = 0;

	for (size_t c = 0; c < vs_check_count(); c++) {
		const uint16_t *rule = vs_check_at(c)->rules;

		while (*rule != VS_RULE_COUNT && !vs_rule_selected(run, *rule))
			rule++;
		count += *rule != VS_RULE_COUNT;
	}
	return count;
}

static void whole_plan(void **state)
{
	struct vs_run run = { .profile = VS_PROFILE_1_4 };
	unsigned *alone = calloc(vs_check_count(), sizeof(*alone));
	unsigned *all = calloc(vs_check_count(), sizeof(*all));
	size_t count;

	(void)state;
	assert_true(alone && all);
	/* A device that has nothing: each check stands there once, to say so. */
	count = plan_part(&run, true, alone) + plan_part(&run, false, alone);
	assert_int_equal(count, bound_checks(&run));
	run.modern = run.legacy = true;
	vs_features_add(&run.probes[VS_VIEW_MODERN].offered, VIRTIO_F_RING_PACKED);
	count = plan_part(&run, true, all) + plan_part(&run, false, all);
	assert_true(count > bound_checks(&run));
	for (size_t c = 0; c < vs_check_count(); c++)
		assert_int_equal(alone[c] & all[c], alone[c]);
	free(alone);
	free(all);
}

static void selection(void **state)
{
	const char *glob = "pci.notify.*";
	struct vs_run run = { .profile = VS_PROFILE_1_4, .globs = &glob, .glob_count = 1 };
	int multiplier = vs_rule_find("pci.notify.multiplier");
	int reset = vs_rule_find("status.reset-reads-zero");
	int late = vs_rule_find("suspend.no-notifications");

	(void)state;
	assert_true(vs_rule_selected(&run, multiplier));
	assert_false(vs_rule_selected(&run, reset));
	run.glob_count = 0;
	assert_true(vs_rule_selected(&run, reset));
	assert_true(vs_rule_selected(&run, late));
	run.profile = VS_PROFILE_1_0;
	assert_false(vs_rule_selected(&run, late));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections),
		cmocka_unit_test(whole_plan),
		cmocka_unit_test(selection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
