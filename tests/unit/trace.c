/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "trace/trace.h"

static void add(struct vs_trace *trace, uint64_t value)
{
	vs_trace_add(trace,
		     &(struct vs_event){ .kind = VS_EVENT_READ, .width = 1, .value = value });
}

static void keeps_the_newest(void **state)
{
	struct vs_trace trace;

	(void)state;
	assert_int_equal(vs_trace_init(&trace, 4), 0);
	assert_null(vs_trace_at(&trace, 0));
	for (uint64_t i = 0; i < 10; i++)
		add(&trace, i);
	assert_int_equal(trace.count, 10);
	assert_null(vs_trace_at(&trace, 5));
	assert_int_equal(vs_trace_at(&trace, 6)->value, 6);
	assert_int_equal(vs_trace_at(&trace, 9)->value, 9);
	assert_null(vs_trace_at(&trace, 10));
	vs_trace_free(&trace);
}

static void records_nothing_without_a_ring(void **state)
{
	struct vs_trace trace = { 0 };

	(void)state;
	add(&trace, 1);
	add(NULL, 1);
	assert_int_equal(trace.count, 0);
}

static void lines(void **state)
{
	static const struct {
		struct vs_event event;
		const char *text;
	} rows[] = {
		{ { .kind = VS_EVENT_READ, .region = 4, .offset = 0x14, .width = 1, .value = 0xf },
		  "read8 bar4+0x14 = 0xf" },
		{ { .kind = VS_EVENT_WRITE,
		    .region = VS_REGION_CONFIG,
		    .offset = 4,
		    .width = 2,
		    .value = 7 },
		  "write16 config+0x4 <- 0x7" },
		{ { .kind = VS_EVENT_INTERRUPT, .offset = VS_INTX, .value = 1 }, "INTx asserted" },
		{ { .kind = VS_EVENT_INTERRUPT, .offset = 3 }, "MSI-X vector 3" },
		{ { .kind = VS_EVENT_NOTE, .note = "here" }, "# here" },
	};
	char text[80];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vs_event_format(&rows[i].event, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_newest),
		cmocka_unit_test(records_nothing_without_a_ring),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
