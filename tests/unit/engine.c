/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The engine on checks of its own: every way in which a check can end has its verdict, and what
 * comes after it runs on a device that works. The checks are registered in this program only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bus/way.h"
#include "engine/result.h"

static void passes(struct vs_ctx *t)
{
	vs_expect(t, true, "", "%s", "");
}
VS_DEVICE_CHECK(passes, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES), .stage = VS_STAGE_LIVE);

static void judges_nothing(struct vs_ctx *t)
{
	(void)t;
}
VS_DEVICE_CHECK(judges_nothing, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES));

static void fails_and_goes_on(struct vs_ctx *t)
{
	vs_where(t, "here");
	vs_expect(t, false, "one", "%s", "two");
	vs_expect(t, false, "three", "%s", "four");
}
VS_DEVICE_CHECK(fails_and_goes_on, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES));

static void fails_and_ends(struct vs_ctx *t)
{
	vs_require(t, false, "one", "%s", "two");
	vs_expect(t, false, "three", "%s", "four");
}
VS_DEVICE_CHECK(fails_and_ends, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES));

static void warns(struct vs_ctx *t)
{
	vs_expect(t, false, "one", "%s", "two");
}
VS_DEVICE_CHECK(warns, .rules = VS_RULES(STATUS_NEEDS_RESET_ON_ERROR));

static void judges_one_of_two(struct vs_ctx *t)
{
	vs_expect_for(t, STATUS_NEEDS_RESET_ON_ERROR, false, "one", "%s", "two");
}
VS_DEVICE_CHECK(judges_one_of_two,
		.rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES, STATUS_NEEDS_RESET_ON_ERROR));

static void skips(struct vs_ctx *t)
{
	vs_skip(t, "there is no %s", "such thing");
}
VS_DEVICE_CHECK(skips, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES));

static void blocks(struct vs_ctx *t)
{
	vs_block(t, VS_RULE_STATUS_RESET_READS_ZERO, "the %s is in the way", "reset");
}
VS_DEVICE_CHECK(blocks, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES));

static void waits_for_ever(struct vs_ctx *t)
{
	while (!vs_wait_until(t->s, false))
		vs_status(t->s);
}
VS_DEVICE_CHECK(waits_for_ever, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES),
		.stage = VS_STAGE_LIVE);

static void kills_the_device(struct vs_ctx *t)
{
	vs_expect(t, true, "", "%s", "");
	vs_bus_fail(t->s->bus, VS_BUS_DIED, "killed on purpose");
	vs_status(t->s);
}
VS_DEVICE_CHECK(kills_the_device, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES),
		.stage = VS_STAGE_LIVE);

static void hangs_the_device(struct vs_ctx *t)
{
	vs_bus_fail(t->s->bus, VS_BUS_HUNG, "hung on purpose");
	vs_status(t->s);
}
VS_DEVICE_CHECK(hangs_the_device, .rules = VS_RULES(STATUS_NEEDS_RESET_NOTIFIES),
		.stage = VS_STAGE_LIVE);

static void needs_what_no_device_has(struct vs_ctx *t)
{
	vs_expect(t, false, "not to get here", "%s", "here");
}
VS_DEVICE_CHECK(needs_what_no_device_has, .rules = VS_RULES(RESERVED_SR_IOV_NEEDS_CAPABILITY));

static struct vs_run run;
static struct vs_bus *bus;

static int examine(void **state)
{
	static const char *const globs[] = { "status.needs-reset-*",
					     "reserved.sr-iov-needs-capability" };
	char error[256];

	(void)state;
	bus = vs_bus_open("mock:blk", &(struct vs_bus_options){ 0 }, error, sizeof(error));
	assert_non_null(bus);
	run = (struct vs_run){ .bus = bus,
			       .target = "mock:blk",
			       .profile = VS_PROFILE_1_4,
			       .globs = globs,
			       .glob_count = 2,
			       .timeout_ns = UINT64_C(10000000000) };
	return vs_run_device(&run);
}

static int leave(void **state)
{
	(void)state;
	vs_run_free(&run);
	vs_bus_close(bus);
	return 0;
}

static const struct vs_outcome *of(const char *name)
{
	for (size_t i = 0; i < run.outcome_count; i++)
		if (strcmp(run.outcomes[i].check->name, name) == 0)
			return &run.outcomes[i];
	fail_msg("%s did not run", name);
	return NULL;
}

static void verdicts(void **state)
{
	static const struct {
		const char *check;
		enum vs_verdict verdict;
		const char *reason;
		unsigned findings;
	} rows[] = {
		{ "passes", VS_PASS, "", 0 },
		{ "judges_nothing", VS_VACUOUS, "the check judged nothing", 0 },
		{ "fails_and_goes_on", VS_FAIL, "", 2 },
		{ "fails_and_ends", VS_FAIL, "", 1 },
		{ "warns", VS_WARN, "", 1 },
		{ "skips", VS_NOT_APPLICABLE, "there is no such thing", 0 },
		{ "blocks", VS_BLOCKED, "the reset is in the way", 0 },
		{ "waits_for_ever", VS_TIMEOUT, "the check did not end in time", 0 },
		{ "kills_the_device", VS_DIED, "killed on purpose", 0 },
		{ "hangs_the_device", VS_TIMEOUT, "hung on purpose", 0 },
		{ "needs_what_no_device_has", VS_NOT_APPLICABLE, "VIRTIO_F_SR_IOV is not offered",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vs_outcome *o = of(rows[i].check);

		if (o->verdict != rows[i].verdict || o->finding_count != rows[i].findings)
			fail_msg("%s: %s, %u findings", rows[i].check, vs_verdict_name(o->verdict),
				 o->finding_count);
		if (strcmp(o->reason, rows[i].reason) != 0)
			fail_msg("%s: reason '%s'", rows[i].check, o->reason);
	}
}

static void rules_of_one_check_are_apart(void **state)
{
	const struct vs_outcome *o = of("judges_one_of_two");

	(void)state;
	assert_int_equal(o->rules[0], VS_VACUOUS);
	assert_int_equal(o->rules[1], VS_WARN);
}

static void findings_say_what_and_where(void **state)
{
	const struct vs_finding *finding = &of("fails_and_goes_on")->findings[1];

	(void)state;
	assert_string_equal(finding->expected, "three");
	assert_string_equal(finding->observed, "four");
	assert_string_equal(finding->where, "here");
	assert_int_equal(of("blocks")->blocked_by, VS_RULE_STATUS_RESET_READS_ZERO);
}

/* Whatever went before: deaths and hangs in the middle do not spoil a check that comes after. */
static void goes_on_after_a_death(void **state)
{
	(void)state;
	assert_int_equal(run.outcome_count, run.planned);
	assert_string_equal(run.trouble, "");
	assert_int_equal(bus->state, VS_BUS_ALIVE);
}

static void worst_of_its_checks_counts(void **state)
{
	(void)state;
	assert_int_equal(run.rules[VS_RULE_STATUS_NEEDS_RESET_NOTIFIES].verdict, VS_DIED);
	assert_int_equal(run.rules[VS_RULE_STATUS_NEEDS_RESET_ON_ERROR].verdict, VS_WARN);
	assert_false(run.conformant);
	assert_false(run.rules[VS_RULE_STATUS_RESET_READS_ZERO].in_run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(rules_of_one_check_are_apart),
		cmocka_unit_test(findings_say_what_and_where),
		cmocka_unit_test(goes_on_after_a_death),
		cmocka_unit_test(worst_of_its_checks_counts),
	};

	return cmocka_run_group_tests(tests, examine, leave);
}
