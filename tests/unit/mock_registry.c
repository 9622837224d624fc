/* SPDX-License-Identifier: BSD-3-Clause */
/* The registry of quirks, and the settings that the mock device refuses. */
#include "mock_rings.h"

#include "mock-device/quirks/quirk.h"

static void registry(void **state)
{
	const struct mock_quirk *quirk, *before = NULL;
	char name[64];

	(void)state;
	for (unsigned i = 0; (quirk = mock_quirk_at(i)); i++) {
		assert_true(!before || strcmp(before->name, quirk->name) < 0);
		before = quirk;
		mock_quirk_name(quirk, name, sizeof(name));
		assert_null(strchr(name, '_'));
		assert_ptr_equal(mock_quirk_find(name), quirk);
		assert_ptr_equal(mock_quirk_find(quirk->name), quirk);
		assert_non_null(quirk->says);
		assert_int_equal(quirk->kind == MOCK_VIOLATION, quirk->breaks.count != 0);
		for (unsigned j = 0; j < quirk->breaks.count; j++)
			assert_true(quirk->breaks.ids[j] < VS_RULE_COUNT);
	}
	assert_non_null(before);
	assert_null(mock_quirk_find("multiplie"));
	assert_null(mock_quirk_find("multipliers"));
}

static void refusals(void **state)
{
	static const struct {
		struct mock_settings settings;
		const char *says;
	} cases[] = {
		{ { .class_name = "blk", .interface = MOCK_LEGACY, .packed = true }, "legacy" },
		{ { .class_name = "blk", .draft = true, .packed = true }, "draft" },
		{ { .class_name = "blk", .big_endian = true }, "legacy" },
		{ { .class_name = "blk", .big_endian = true, .draft = true }, "legacy" },
		{ { .class_name = "gpu" }, "only" },
		{ { .class_name = NULL }, "only" },
		{ { .class_name = "blk", .quirks = { { "lies", NULL } }, .quirk_count = 1 },
		  "no quirk \"lies\"" },
		{ { .class_name = "blk", .quirks = { { NULL, NULL } }, .quirk_count = 1 },
		  "no quirk" },
		{ { .class_name = "blk", .quirks = { { "multiplier", "7" } }, .quirk_count = 1 },
		  "takes one of 0 2 8 4096" },
		{ { .class_name = "blk", .quirks = { { "multiplier", "" } }, .quirk_count = 1 },
		  "takes one of" },
		{ { .class_name = "blk", .quirks = { { "caps-reversed", "1" } }, .quirk_count = 1 },
		  "takes no value" },
		{ { .class_name = "rng", .quirks = { { "queue-gap", NULL } }, .quirk_count = 1 },
		  "needs a mock:blk" },
		{ { .class_name = "rng", .quirk_count = MOCK_QUIRKS_MAX + 1 }, "at most" },
		{ { .class_name = "blk",
		    .quirks = { { "unknown-capabilities", NULL },
				{ "unknown-capabilities", NULL },
				{ "unknown-capabilities", NULL } },
		    .quirk_count = 3 },
		  "do not fit" },
	};
	const struct mock_host host = { 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char error[256] = "", tiny[8] = "";

		assert_null(mock_create(&cases[i].settings, &host, error, sizeof(error)));
		if (!strstr(error, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", error, cases[i].says);
		assert_null(mock_create(&cases[i].settings, &host, tiny, sizeof(tiny)));
		assert_true(strlen(tiny) < sizeof(tiny));
	}
}

static void needs(void **state)
{
	static const struct {
		const char *needs;
		struct mock_settings settings;
		bool applies;
	} cases[] = {
		{ NULL, { .class_name = "blk" }, true },
		{ "mock:blk", { .class_name = "blk" }, true },
		{ "mock:blk", { .class_name = "net" }, false },
		{ "mock:bl", { .class_name = "blk" }, false },
		{ "mock:blk,ring=packed", { .class_name = "blk" }, false },
		{ "mock:blk,ring=packed", { .class_name = "blk", .packed = true }, true },
		{ "mock:,ring=packed", { .class_name = "net", .packed = true }, true },
		{ "mock:net,interface=legacy,endian=big",
		  { .class_name = "net", .interface = MOCK_LEGACY, .big_endian = true },
		  true },
		{ "mock:net,interface=legacy,endian=big",
		  { .class_name = "net", .interface = MOCK_LEGACY },
		  false },
		{ "mock:blk,profile=draft-2013", { .class_name = "blk", .draft = true }, true },
		{ "mock:blk,profile=draft-2013", { .class_name = "blk" }, false },
		{ "mock:net|blk", { .class_name = "blk" }, true },
		{ "mock:net|blk", { .class_name = "rng" }, false },
		{ "mock:,interface=modern|transitional",
		  { .class_name = "rng", .interface = MOCK_TRANSITIONAL },
		  true },
		{ "mock:,interface=modern|transitional",
		  { .class_name = "rng", .interface = MOCK_LEGACY },
		  false },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mock_quirk quirk = { .needs = cases[i].needs };

		assert_int_equal(mock_quirk_applies(&quirk, &cases[i].settings), cases[i].applies);
	}
}

static void values(void **state)
{
	const struct mock_quirk words = { .values = "odd even 7" };
	const struct mock_quirk none = { .values = NULL };
	struct mock_layer layer = { 0 };

	(void)state;
	assert_int_equal(mock_quirk_value(&words, NULL, &layer), 0);
	assert_int_equal(layer.value, 0);
	assert_string_equal(layer.text, "odd");
	assert_int_equal(mock_quirk_value(&words, "even", &layer), 0);
	assert_int_equal(layer.value, 1);
	assert_int_equal(mock_quirk_value(&words, "0x7", &layer), 0);
	assert_int_equal(layer.value, 7);
	assert_int_equal(mock_quirk_value(&words, "eve", &layer), -1);
	assert_int_equal(mock_quirk_value(&words, "0", &layer), -1);
	assert_int_equal(mock_quirk_value(&none, NULL, &layer), 0);
	assert_int_equal(mock_quirk_value(&none, "1", &layer), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registry),
		cmocka_unit_test(refusals),
		cmocka_unit_test(needs),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests_name("mock_registry", tests, NULL, NULL);
}
