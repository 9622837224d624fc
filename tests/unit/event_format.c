/* SPDX-License-Identifier: BSD-3-Clause */
/* Events as people read them in findings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/rules.h"
#include "trace/trace.h"

#define EVENT(of_kind, ...)                                         \
	{                                                           \
		.kind = VS_EVENT_##of_kind, .queue = 1, __VA_ARGS__ \
	}

static const struct {
	struct vs_event event;
	const char *text;
} rows[] = {
	{ EVENT(READ, .region = 4, .offset = 20, .width = 1, .value = 11),
	  "read8 bar4+0x14 = 0xb" },
	{ EVENT(WRITE, .region = VS_REGION_CONFIG, .offset = 4, .width = 2, .value = 7,
		.note = "early"),
	  "write16 config+0x4 <- 0x7  early" },
	{ EVENT(INTERRUPT, .offset = VS_INTX, .value = 1), "INTx asserted" },
	{ EVENT(INTERRUPT, .offset = 3, .value = 1), "MSI-X vector 3" },
	{ EVENT(RESET, .note = "restart"), "reset: restart" },
	{ EVENT(NOTE, .note = "a remark"), "# a remark" },
	{ EVENT(MAP, .offset = 0x1000, .value = 0x2000), "memory 0x1000 to 0x3000 can be reached" },
	{ EVENT(UNMAP, .offset = 0x1000, .value = 0x2000),
	  "memory 0x1000 to 0x3000 cannot be reached any more" },
	{ EVENT(CHANGE, .note = NULL), "configuration changed by itself" },
	{ EVENT(LIFE, .value = VS_LIFE_CRASHED, .note = "signal 11"),
	  "driver: crashed  signal 11" },
	{ EVENT(LIFE, .value = VS_LIFE_COUNT), "driver: ?" },
	{ EVENT(TRIAL, .value = VS_RULE_COUNT, .flags = VS_TRIAL_REFUSAL), "on trial: ?, refusal" },
	{ EVENT(QUEUE, .index = 256, .flags = VS_QUEUE_DESC_MEMORY | VS_QUEUE_ZEROED),
	  "queue 1 enabled: 256 entries, desc-memory, zeroed" },
	{ EVENT(DESCRIPTOR, .index = 2, .offset = 0x8000, .length = 512, .flags = 3,
		.value = VS_DESCRIPTOR_VALUE(7, 8, 0), .width = VS_DESCRIPTOR_IN_TABLE),
	  "queue 1: element 2, place 7: 512 bytes at 0x8000, NEXT, WRITE, next 8, "
	  "in an indirect table" },
	{ EVENT(DESCRIPTOR, .flags = 0x8080 | 0x10, .width = VS_DESCRIPTOR_NO_MEMORY),
	  "queue 1: element 0, place 0: 0 bytes at 0, 0x10, not in memory" },
	{ EVENT(AVAILABLE, .index = 7, .value = 0x8003, .length = 3,
		.flags = VS_CHAIN_LOOP | VS_CHAIN_OUT_OF_TURN),
	  "queue 1: buffer 7 available at 0x8003: 3 elements, loop, out-of-turn" },
	{ EVENT(AVAIL_INDEX, .offset = 5, .value = 7), "queue 1: available index 5 -> 7" },
	{ EVENT(AVAIL_FLAGS, .value = 1), "queue 1: avail-flags = 0x1" },
	{ EVENT(USED_EVENT, .value = 9), "queue 1: used-event = 0x9" },
	{ EVENT(DEVICE_FLAGS, .value = 1), "queue 1: device-flags = 0x1" },
	{ EVENT(AVAIL_EVENT, .value = 2), "queue 1: avail-event = 0x2" },
	{ EVENT(USED, .index = 7, .length = 513, .flags = VS_USED_UNKNOWN),
	  "queue 1: buffer 7 used: 513 bytes, unknown" },
	{ EVENT(CHANGED, .index = 7, .value = 4, .flags = VS_CHANGED_FIRST, .note = "its length"),
	  "queue 1: available buffer 7 changed at 0x4, first  its length" },
};

static void test_every_kind(void **state)
{
	uint64_t kinds = 0;
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		vs_event_format(&rows[i].event, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
		kinds |= UINT64_C(1) << rows[i].event.kind;
	}
	assert_int_equal(kinds, (UINT64_C(1) << VS_EVENT_KIND_COUNT) - 1);
}

static void test_rule_on_trial(void **state)
{
	struct vs_event event = { .kind = VS_EVENT_TRIAL, .value = 0 };
	char text[160];

	(void)state;
	vs_event_format(&event, text, sizeof(text));
	assert_non_null(strstr(text, vs_rules[0].id));
}

/* Whatever the room, the text ends in it. */
static void test_short_buffers(void **state)
{
	char text[161];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (size_t size = 0; size < 60; size++) {
			memset(text, 'x', sizeof(text));
			vs_event_format(&rows[i].event, text, size);
			assert_int_equal(text[size], 'x');
			if (size)
				assert_int_equal(strncmp(text, rows[i].text, strlen(text)), 0);
			if (size && strlen(rows[i].text) >= size)
				assert_int_equal(strlen(text), size - 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_rule_on_trial),
		cmocka_unit_test(test_short_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
