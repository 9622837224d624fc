/* SPDX-License-Identifier: BSD-3-Clause */
/* Every lapse can be chosen with every value, and leaves a driver that lives to the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "plugin_life.h"
#include "spec/virtio_pci.h"

static virtspec_lapses_function *lapses(void)
{
	virtspec_lapses_function *list;
	void *object, *symbol;

	object = dlopen(VIRTSPEC_PLUGINS "/reference.so", RTLD_NOW | RTLD_LOCAL);
	assert_non_null(object);
	symbol = dlsym(object, "virtspec_lapses");
	assert_non_null(symbol);
	memcpy(&list, &symbol, sizeof(list));
	return list;
}

static const char *text_of(const json_t *lapse, const char *key)
{
	return json_string_value(json_object_get(lapse, key));
}

static void listing_is_json(void **state)
{
	virtspec_lapses_function *list = lapses();
	char text[2048];
	unsigned count = 0;

	(void)state;
	for (; list(count, text, sizeof(text)); count++) {
		json_t *lapse = json_loads(text, 0, NULL);

		if (!lapse)
			fail_msg("no JSON: %s", text);
		assert_non_null(text_of(lapse, "lapse"));
		assert_non_null(text_of(lapse, "says"));
		if (!json_array_size(json_object_get(lapse, "breaks")))
			fail_msg("%s breaks nothing", text_of(lapse, "lapse"));
		json_decref(lapse);
	}
	assert_true(count > 0);
}

static void live_with(const struct mock_settings *settings, const char *argument)
{
	struct virtspec_device d;

	assert_true(plugin_open(&d, "reference", settings, argument));
	for (unsigned life = 0; life < 2; life++) {
		/* Some refuse what they should take, but each knows its name. */
		life_live(&d, settings->class_name);
		if (strstr(d.log, "does not know"))
			fail_msg("%s: %s", argument, d.log);
		assert_int_equal(d.held, 0);
	}
	plugin_close(&d);
}

static void every_lapse_lives(void **state)
{
	static const char *const classes[] = { "blk", "net", "console", "rng" };
	virtspec_lapses_function *list = lapses();
	char text[2048], argument[128];

	(void)state;
	for (unsigned i = 0; list(i, text, sizeof(text)); i++) {
		json_t *lapse = json_loads(text, 0, NULL);
		const json_t *values = json_object_get(lapse, "values");
		size_t count = json_array_size(values);

		for (size_t v = 0; v < (count ? count : 1); v++) {
			const char *value = json_string_value(json_array_get(values, v));

			snprintf(argument, sizeof(argument), "lapse=%s%s%s",
				 text_of(lapse, "lapse"), value ? "=" : "", value ? value : "");
			for (unsigned c = 0; c < 4; c++) {
				struct mock_settings settings = { .class_name = classes[c] };

				live_with(&settings, argument);
				settings.packed = true;
				live_with(&settings, argument);
				settings = (struct mock_settings){ .class_name = classes[c],
								   .interface = MOCK_LEGACY };
				live_with(&settings, argument);
			}
		}
		json_decref(lapse);
	}
}

static void unknown_lapses_are_refused(void **state)
{
	const struct mock_settings settings = { .class_name = "rng" };
	const char *const arguments[] = { "lapse=no-such", "lapse=descriptor-altered=thrice",
					  "lapse=", "colour=blue" };

	(void)state;
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		struct virtspec_device d;

		assert_true(plugin_open(&d, "reference", &settings, arguments[i]));
		assert_true(life_live(&d, "rng").refused);
		assert_non_null(strstr(d.log, "does not know"));
		plugin_close(&d);
	}
}

/* Accesses of one life, by where and how. */
static unsigned count_of(const struct virtspec_device *d, bool write, uint64_t offset,
			 unsigned width)
{
	unsigned count = 0;

	for (unsigned i = 0; i < d->count && i < HOST_RECORD; i++)
		count += d->record[i].write == write && d->record[i].region == 0 &&
			 d->record[i].offset == offset && d->record[i].width == width;
	return count;
}

/* The mock has common configuration at the start of BAR 0. */
#define FIELD(member) offsetof(struct virtio_pci_common_cfg, member)

static unsigned with_lapse(const char *argument, bool write, uint64_t offset, unsigned width)
{
	const struct mock_settings settings = { .class_name = "rng" };
	struct virtspec_device d;
	unsigned count;

	assert_true(plugin_open(&d, "reference", &settings, argument));
	life_live(&d, "rng");
	count = count_of(&d, write, offset, width);
	plugin_close(&d);
	return count;
}

static void rows_do_what_they_say(void **state)
{
	unsigned usual = with_lapse("", false, FIELD(device_status), 1);

	(void)state;
	assert_int_equal(with_lapse("lapse=features-ok-unread", false, FIELD(device_status), 1),
			 usual - 1);
	assert_int_equal(with_lapse("", true, 0x1000, 4), 0);
	assert_true(with_lapse("lapse=notify-of-another-width", true, 0x1000, 4) > 0);
	assert_int_equal(with_lapse("lapse=notify-of-another-width", true, 0x1000, 2), 0);
	assert_int_equal(with_lapse("lapse=notified-early", true, 0x1000, 2),
			 with_lapse("", true, 0x1000, 2) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listing_is_json),
		cmocka_unit_test(every_lapse_lives),
		cmocka_unit_test(unknown_lapses_are_refused),
		cmocka_unit_test(rows_do_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
