/* SPDX-License-Identifier: BSD-3-Clause */
/* The reference driver as a plug-in: it drives every legal device, and lives through every lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mock-device/quirks/quirk.h"
#include "plugin_life.h"

static unsigned failures; /* of this program's run */

static const char *const classes[] = { "blk", "net", "console", "rng" };

static const struct mock_settings faces[] = {
	{ .interface = MOCK_MODERN },
	{ .interface = MOCK_MODERN, .packed = true },
	{ .interface = MOCK_TRANSITIONAL },
	{ .interface = MOCK_TRANSITIONAL, .big_endian = true },
	{ .interface = MOCK_LEGACY },
	{ .interface = MOCK_LEGACY, .big_endian = true },
	{ .interface = MOCK_MODERN, .draft = true },
	{ .interface = MOCK_TRANSITIONAL, .draft = true },
};

static const char *argument_for(const struct mock_settings *settings)
{
	return settings->draft ? "profile=draft-2013" : "";
}

static void drives_every_face(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 4; c++) {
		for (unsigned f = 0; f < sizeof(faces) / sizeof(faces[0]); f++) {
			struct mock_settings settings = faces[f];
			struct virtspec_device d;

			settings.class_name = classes[c];
			assert_true(
				plugin_open(&d, "reference", &settings, argument_for(&settings)));
			for (unsigned life = 0; life < 2; life++) {
				struct life_outcome o = life_live(&d, classes[c]);

				if (!o.served)
					fail_msg("%s, face %u, life %u: refused %d, up %d: %s",
						 classes[c], f, life, o.refused, o.up, d.log);
				assert_int_equal(d.held, 0);
			}
			plugin_close(&d);
		}
	}
}

/* Whether the driver is up to a legal device is known but for these. */
static bool may_fail(const struct mock_quirk *quirk, const struct mock_settings *settings)
{
	/* In the draft of 2013 these features do not exist, and a device cannot insist on them; a
	 * revision says whether it is one of ours, and the subsystem identifier is the type. */
	return settings->draft &&
	       (strcmp(quirk->name, "platform") == 0 || strcmp(quirk->name, "revision") == 0 ||
		strcmp(quirk->name, "subsystem") == 0);
}

static void live_with(const struct mock_quirk *quirk, const char *value,
		      struct mock_settings settings)
{
	struct virtspec_device d;
	struct life_outcome o;
	char name[64];

	mock_quirk_name(quirk, name, sizeof(name));
	settings.quirks[0].name = name;
	settings.quirks[0].value = value;
	settings.quirk_count = 1;
	assert_true(plugin_open(&d, "reference", &settings, argument_for(&settings)));
	for (unsigned life = 0; life < (quirk->kind == MOCK_VIOLATION ? 1 : 2); life++) {
		o = life_live(&d, settings.class_name);
		if (mock_quirk_drivers(quirk) == MOCK_DRIVER_WORKS && !o.served &&
		    !may_fail(quirk, &settings)) {
			failures++;
			print_error("%s=%s on %s, interface %u%s, life %u: refused %d, up %d:\n%s",
				    name, value ? value : "", settings.class_name,
				    settings.interface, settings.packed ? ", packed" : "", life,
				    o.refused, o.up, d.log);
		}
		assert_int_equal(d.held, 0);
	}
	plugin_close(&d);
}

static void live_with_values(const struct mock_quirk *quirk, const struct mock_settings *settings)
{
	const char *values = quirk->values ? quirk->values : "";

	do {
		size_t length = strcspn(values, " ");
		char word[64];

		snprintf(word, sizeof(word), "%.*s", (int)length, values);
		live_with(quirk, *word ? word : NULL, *settings);
		values += length + (values[length] == ' ');
	} while (*values);
}

/* Legal ones on every face of the first class that has it, lies on the first face. */
static void lives_with_every_quirk(void **state)
{
	(void)state;
	for (unsigned i = 0; mock_quirk_at(i); i++) {
		const struct mock_quirk *quirk = mock_quirk_at(i);
		bool over = false;

		for (unsigned f = 0; f < sizeof(faces) / sizeof(faces[0]) && !over; f++) {
			for (unsigned c = 0; c < 4; c++) {
				struct mock_settings settings = faces[f];

				settings.class_name = classes[c];
				if (!mock_quirk_applies(quirk, &settings))
					continue;
				live_with_values(quirk, &settings);
				over = quirk->kind == MOCK_VIOLATION;
				break;
			}
		}
	}
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drives_every_face),
		cmocka_unit_test(lives_with_every_quirk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
